"""What `mohala agents` does by one clerk: agents enrolled, looked at, suspended and closed."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from app import limits
from app.agency import CODE, Agent, AgentNumber, AgentState, Caps, Holdings, Takings, moved
from app.agent_hearing import of_a_number
from app.audit import AuditEntry
from app.desking import prepared, with_database
from app.editions import Edition, Editions, known_points
from app.errors import DeskRefused
from app.settings import Settings
from app.tasks import Clerk
from app.values.days import midnight_of
from app.values.msisdn import read_msisdn
from app.wiring import now_utc
from integrations.database import Database

listed_max = 1_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seat:
    """Who works with agents at the moment: a clerk, on a database, under the current menus."""

    database: Database
    edition: Edition
    clerk: Clerk

    async def agent(self, code: str) -> Agent:
        return await agent_named(self.database, code)

    def entry(self, act: str, agent: str, why: str, **details: str) -> AuditEntry:
        return AuditEntry(now_utc(), self.clerk.actor, act, agent, why, details)


@dataclass(frozen=True, slots=True)
class Sight:
    """An agent with the numbers, and what the books owe; `today` counts from midnight of the country."""

    agent: Agent
    numbers: Sequence[AgentNumber]
    holdings: Holdings
    today: Takings
    minor_digits: int
    is_off_sheet: bool


def add(settings: Settings, token: str, code: str, point: str, msisdn: str, why: str) -> str:
    """Enrol an agent at a service point; returns the activation code, which is told once. Raises `DeskRefused`."""

    async def work(seat: Seat) -> str:
        if not CODE.fullmatch(code):
            raise DeskRefused("An agent's code is 2 to 6 capitals and digits, such as 014.")
        points = known_points(seat.edition)
        if points is not None and point not in points:
            raise DeskRefused(f"{point} is no service point of these menus.")
        now, activation = now_utc(), _new_activation()
        currency = seat.edition.program.currency.code
        agent = Agent(code, point, AgentState.INVITED, currency, Caps(), now, now)
        number = _invited(code, _checked(msisdn), now)
        entry = seat.entry("add-agent", code, why, point=point, number=number.id)
        if not await seat.database.agents.add(agent, number, activation, entry):
            raise DeskRefused(f"There is an agent {code} already, or that number is an agent's.")
        return activation

    return as_clerk(settings, token, work)


def add_number(settings: Settings, token: str, code: str, msisdn: str, why: str) -> str:
    """Another number of an agent, or a new activation code for one that waits for it; returns the code."""

    async def work(seat: Seat) -> str:
        agent, now, activation = await seat.agent(code), now_utc(), _new_activation()
        if agent.state is AgentState.CLOSED:
            raise DeskRefused(f"Agent {code} is closed.")
        checked = _checked(msisdn)
        theirs = await seat.database.agents.numbers(code)
        if len(theirs) >= limits.agent_numbers_max and all(one.msisdn != checked for one in theirs):
            raise DeskRefused(f"Agent {code} has {len(theirs)} numbers; remove one first.")
        waiting = next((one for one in theirs if one.msisdn == checked and one.active_at is None), None)
        number = replace(_invited(code, checked, now), id=waiting.id) if waiting else _invited(code, checked, now)
        entry = seat.entry("add-number", code, why, number=number.id)
        if not await seat.database.agents.invite(number, activation, entry):
            raise DeskRefused("That number is an agent's already.")
        return activation

    return as_clerk(settings, token, work)


def remove_number(settings: Settings, token: str, code: str, msisdn: str, why: str) -> None:
    """At once: what waits to be confirmed from it is paid no more. Raises `DeskRefused`."""

    async def work(seat: Seat) -> None:
        checked, now = _checked(msisdn), now_utc()
        theirs = await seat.database.agents.numbers((await seat.agent(code)).code)
        number = next((one for one in theirs if one.msisdn == checked), None)
        if number is None:
            raise DeskRefused(f"That is no number of agent {code}.")
        entry, database = seat.entry("remove-number", code, why, number=number.id), seat.database
        program = seat.edition.program
        others = await of_a_number(database.agents, database.ledger, program, number, "agent_left", now)
        if not await database.agents.remove_number(number.id, now, entry, others):
            raise DeskRefused(f"That is no number of agent {code}.")

    as_clerk(settings, token, work)


def suspend(settings: Settings, token: str, code: str, why: str) -> Agent:
    """At once, also for what waits to be confirmed. Raises `DeskRefused`."""
    return _move(settings, token, code, "suspend-agent", why, _suspended)


def resume(settings: Settings, token: str, code: str, why: str) -> Agent:
    """Raises `DeskRefused`."""
    return _move(settings, token, code, "resume-agent", why, _resumed)


def close(settings: Settings, token: str, code: str, why: str) -> Agent:
    """For good. Raises `DeskRefused` while the books owe the agent something."""
    return _move(settings, token, code, "close-agent", why, _closed)


def listed(settings: Settings, state: AgentState | None) -> Sequence[tuple[Agent, bool]]:
    """Each with whether the point is not in the sheet any more, so that no money is taken there."""

    async def work(database: Database) -> Sequence[tuple[Agent, bool]]:
        edition = await edition_of(database)
        return [(agent, _is_off_sheet(agent, edition)) for agent in await database.agents.all(state, listed_max)]

    return with_database(settings, work)


def look(settings: Settings, code: str, by: str) -> Sight:
    """Whoever looks stands in the audit log. Raises `DeskRefused`."""

    async def work(database: Database) -> Sight:
        agent, edition = await agent_named(database, code), await edition_of(database)
        program = edition.program
        now = now_utc()
        midnight = midnight_of(program.day(now), program.timezone)
        await database.audit.append(AuditEntry(now, f"operator:{by}", "show-agent", code))
        numbers = await database.agents.numbers(code)
        holdings = await database.agents.holdings(code, agent.currency)
        today = await database.agents.takings(code, midnight, now + timedelta(seconds=1))
        digits = program.currency.minor_digits
        return Sight(agent, numbers, holdings, today, digits, _is_off_sheet(agent, edition))

    return with_database(settings, work)


Move = Callable[[Agent, Sequence[AgentNumber], Holdings], Agent]


def _suspended(agent: Agent, numbers: Sequence[AgentNumber], holdings: Holdings) -> Agent:
    return moved(agent, AgentState.SUSPENDED, now_utc())


def _resumed(agent: Agent, numbers: Sequence[AgentNumber], holdings: Holdings) -> Agent:
    is_active = any(number.active_at for number in numbers)
    return moved(agent, AgentState.ACTIVE if is_active else AgentState.INVITED, now_utc())


def _closed(agent: Agent, numbers: Sequence[AgentNumber], holdings: Holdings) -> Agent:
    if holdings != Holdings():
        raise DeskRefused(f"The books do not stand at nothing for agent {agent.code}; pay out first.")
    return moved(agent, AgentState.CLOSED, now_utc())


def _move(settings: Settings, token: str, code: str, act: str, why: str, move: Move) -> Agent:
    async def work(seat: Seat) -> Agent:
        agent, database = await seat.agent(code), seat.database
        numbers = await database.agents.numbers(code)
        changed = move(agent, numbers, await database.agents.holdings(code, agent.currency))
        if not await database.agents.change(agent, changed, seat.entry(act, code, why)):
            raise DeskRefused("It was changed meanwhile; look at it again.")
        return changed

    return as_clerk(settings, token, work)


def as_clerk(settings: Settings, token: str, use: Callable[[Seat], Awaitable[T]]) -> T:
    """Agents and their money are the treasury's, so it takes a clerk of all offices."""

    async def work(database: Database) -> T:
        clerk = await database.board.clerk(token.strip())
        if clerk is None:
            raise DeskRefused("That is no clerk's token; `mohala desk clerks add` makes one.")
        if clerk.office:
            raise DeskRefused("Agents are the treasury's matter; it takes a clerk of all offices.")
        return await use(Seat(database, await edition_of(database), clerk))

    return with_database(settings, work)


async def edition_of(database: Database) -> Edition:
    return (await Editions.open(database.archive, prepared)).current


async def agent_named(database: Database, code: str) -> Agent:
    """Raises `DeskRefused`."""
    agent = await database.agents.agent(code)
    if agent is None:
        raise DeskRefused(f"There is no agent {code}.")
    return agent


def _is_off_sheet(agent: Agent, edition: Edition) -> bool:
    points = known_points(edition)
    return agent.state is not AgentState.CLOSED and points is not None and agent.point not in points


def _invited(code: str, msisdn: str, now: datetime) -> AgentNumber:
    until = now + timedelta(hours=limits.agent_activation_hours)
    return AgentNumber(secrets.token_hex(8), code, msisdn, until)


def _new_activation() -> str:
    digits = limits.agent_activation_digits
    return f"{secrets.randbelow(10**digits):0{digits}}"


def _checked(msisdn: str) -> str:
    number = read_msisdn(msisdn)
    if number is None:
        raise DeskRefused("That is no phone number: write it with its country, such as +12025550123.")
    return number
