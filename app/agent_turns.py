"""One thing that an agent asks for, by text or in the menu, and what the agent hears; how often secrets are tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import phonenumbers

from app import limits
from app.agency import BY_SMS, Agent, Barred, Enrolled, barred
from app.editions import Edition
from app.messages import Most
from app.values.text import fill

Points = Callable[[Edition], Mapping[str, str] | None]
"""The service points of a version of the menus, by id with their names; None: it says nothing of them."""
EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Told:
    """What an agent hears: a phrase of the pack with its values, amounts in minor units."""

    phrase: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """One thing that an agent asks for. `id` is the same for each copy of it, `channel` how it came: `sms`, `ussd`."""

    edition: Edition
    enrolled: Enrolled
    id: str
    language: str
    channel: str = BY_SMS

    @property
    def agent(self) -> Agent:
        return self.enrolled.agent

    def moment(self, at: datetime | None) -> str:
        """Day and time in the country."""
        assert at is not None, "a number that was activated is usable some time"
        program = self.edition.program
        local = at.astimezone(program.timezone)
        return f"{program.formats[self.language].day(local.date())} {local:%H:%M}"

    def is_offered(self, service: str) -> bool:
        """Whether the agent's point helps with a service. One that was taken off the sheet helps with nothing; of menus
        without a sheet every point does, and one that says nothing of what it helps with.
        """
        points = self.edition.points
        point = points.get(self.agent.point)
        return point.helps_with(service) if point is not None else not points

    def title(self, service: str) -> str:
        """What a service is called, in the agent's language."""
        known = self.edition.catalogue.services.get(service)
        return fill(known.title[self.edition.program.language_or_base(self.language)], {}) if known else service

    def kept_from(self, now: datetime) -> Told | None:
        """What an agent hears who may not move money now."""
        reason = barred(self.enrolled, now)
        if reason is Barred.COOLING:
            return Told("agent_waits", {"until": self.moment(self.enrolled.number.usable_at)})
        return Told("agent_suspended", {"agent": self.agent.code}) if reason else None


def masked(msisdn: str) -> str:
    """A citizen's number as an agent sees it: `5xxxx456`; empty of a citizen who was forgotten."""
    try:
        national = str(phonenumbers.parse(msisdn).national_number)
    except phonenumbers.NumberParseException:
        return ""
    return f"{national[0]}{'x' * (len(national) - 4)}{national[-3:]}"


def guesses(what: str, msisdn: str, a_day: int = limits.agent_guesses_day_max) -> tuple[Most, ...]:
    """How often a number may try something that is secret."""
    return (
        Most(f"agent-{what}", f"number {msisdn}", limits.code_window_seconds, limits.agent_guesses_window_max),
        Most(f"agent-{what}", f"number {msisdn}", limits.code_day_seconds, a_day),
    )


def guesses_of_all(what: str) -> Most:
    """The same of all numbers together."""
    return Most(f"agent-{what}", EVERYBODY, limits.code_window_seconds, limits.agent_guesses_all_max)
