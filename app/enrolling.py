"""What `mohala agents` does: agents enrolled, suspended and closed by a clerk, their money and bounds by two."""

from __future__ import annotations

import os
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import phonenumbers

from app import limits
from app.agency import (
    CODE,
    Agent,
    AgentNumber,
    AgentState,
    Caps,
    Holdings,
    Proposal,
    ProposalKind,
    Takings,
    decided,
    midnight_of,
    moved,
)
from app.agent_hearing import of_a_number
from app.audit import AuditEntry
from app.desking import prepared, with_database
from app.early_agents import telling
from app.editions import Edition, Editions, known_points
from app.errors import DeskRefused
from app.payments import to_minor
from app.point_caps import PointProposal
from app.ports import Taken
from app.reference import new_reference, read_reference
from app.settings import Settings
from app.statements import is_line_id
from app.tasks import Clerk
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


def propose(
    settings: Settings, token: str, code: str, kind: ProposalKind, amount: str, why: str, payments: int = 0,
    reference: str = "",
) -> Proposal:  # fmt: skip
    """Ask for money to be moved, or for other caps of a day; another clerk decides. Raises `DeskRefused`.

    `reference` is the bank's own id of it, as its statement writes it.
    """

    async def work(seat: Seat) -> Proposal:
        agent, digits = await seat.agent(code), seat.edition.program.currency.minor_digits
        minor = to_minor(amount, digits)
        if not minor:
            raise DeskRefused(f"{amount} is no amount; write whole units, such as 500, or with cents, such as 500.50.")
        if agent.state is AgentState.CLOSED:
            raise DeskRefused(f"Agent {code} is closed.")
        if reference and not is_line_id(reference):
            raise DeskRefused("That is no id as banks write them: up to 64 letters, digits, `.`, `_`, `:`, `/`, `-`.")
        id = new_reference(os.urandom)
        proposal = Proposal(
            id, code, kind, minor, agent.currency, seat.clerk.actor, now_utc(), payments, reference=reference
        )  # fmt: skip
        told = {"proposal": id, "kind": kind.value, "amount_minor": str(minor), "payments": str(payments)}
        told |= {"reference": reference} if reference else {}
        if not await seat.database.agents.propose(proposal, seat.entry("propose", code, why, **told)):
            raise DeskRefused(f"{reference} was asked for before: one transfer is booked once.")
        return proposal

    return as_clerk(settings, token, work)


def cap_point(settings: Settings, token: str, point: str, payments: int, amount: str, why: str) -> PointProposal:
    """Ask for other bounds of a service point's day; another clerk decides. Raises `DeskRefused`."""

    async def work(seat: Seat) -> PointProposal:
        currency = seat.edition.program.currency
        minor = to_minor(amount, currency.minor_digits)
        if not minor:
            raise DeskRefused(f"{amount} is no amount; write whole units, such as 500, or with cents, such as 500.50.")
        points = known_points(seat.edition)
        if point not in points if points is not None else not await seat.database.agents.at_point(point):
            raise DeskRefused(f"{point} is no service point of these menus, and no agent is there.")
        id, by, caps = new_reference(os.urandom), seat.clerk.actor, Caps(payments, minor)
        proposal = PointProposal(id, point, caps, currency.code, by, now_utc())
        told = {"proposal": id, "kind": "point_caps", "amount_minor": str(minor), "payments": str(payments)}
        await seat.database.point_caps.propose(proposal, seat.entry("propose", f"point:{point}", why, **told))
        return proposal

    return as_clerk(settings, token, work)


def decide(settings: Settings, token: str, named: str, why: str, *, approved: bool) -> Proposal | PointProposal:
    """Do what another clerk asked for, or refuse it. Raises `DeskRefused`."""

    async def work(seat: Seat) -> Proposal | PointProposal:
        id = read_reference(named)
        proposal = await seat.database.agents.proposal(id) if id else None
        if proposal is None:
            return await _decide_point(seat, id or "", named, why, approved=approved)
        told = decided(proposal, seat.clerk.actor, now_utc(), approved=approved)
        details = {"proposal": proposal.id, "kind": proposal.kind.value, "amount_minor": str(proposal.amount_minor)}
        entry = seat.entry("approve" if approved else "refuse", proposal.agent, why, **details)
        tell = await telling(seat.database, seat.edition.program, told)
        outcome = await seat.database.agents.decide(told, entry, tell)
        if outcome is Taken.SHORT:
            raise DeskRefused("The books do not owe the agent so much; look with `mohala agents show`.")
        if outcome is not Taken.TAKEN:
            raise DeskRefused("It was decided meanwhile.")
        return told

    return as_clerk(settings, token, work)


async def _decide_point(seat: Seat, id: str, named: str, why: str, *, approved: bool) -> PointProposal:
    proposal = await seat.database.point_caps.proposal(id)
    if proposal is None:
        raise DeskRefused(f"{named} is nothing that waits for a second clerk.")
    told = decided(proposal, seat.clerk.actor, now_utc(), approved=approved)
    details = {"proposal": id, "kind": "point_caps", "amount_minor": str(proposal.caps.amount_minor)}
    entry = seat.entry("approve" if approved else "refuse", f"point:{proposal.point}", why, **details)
    if not await seat.database.point_caps.decide(told, entry):
        raise DeskRefused("It was decided meanwhile.")
    return told


def listed(settings: Settings, state: AgentState | None) -> Sequence[Agent]:
    return with_database(settings, lambda database: database.agents.all(state, listed_max))


def waiting(settings: Settings) -> Sequence[Proposal | PointProposal]:
    """What waits for a second clerk."""

    async def work(database: Database) -> Sequence[Proposal | PointProposal]:
        agents = await database.agents.proposals(listed_max)
        return [*agents, *await database.point_caps.proposals(listed_max)]

    return with_database(settings, work)


def look(settings: Settings, code: str, by: str) -> Sight:
    """Whoever looks stands in the audit log. Raises `DeskRefused`."""

    async def work(database: Database) -> Sight:
        agent, program = await agent_named(database, code), (await edition_of(database)).program
        now = now_utc()
        midnight = midnight_of(program.day(now), program.timezone)
        await database.audit.append(AuditEntry(now, f"operator:{by}", "show-agent", code))
        numbers = await database.agents.numbers(code)
        holdings = await database.agents.holdings(code, agent.currency)
        today = await database.agents.takings(code, midnight, now + timedelta(seconds=1))
        return Sight(agent, numbers, holdings, today, program.currency.minor_digits)

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


def _invited(code: str, msisdn: str, now: datetime) -> AgentNumber:
    until = now + timedelta(hours=limits.agent_activation_hours)
    return AgentNumber(secrets.token_hex(8), code, msisdn, until)


def _new_activation() -> str:
    digits = limits.agent_activation_digits
    return f"{secrets.randbelow(10**digits):0{digits}}"


def _checked(msisdn: str) -> str:
    try:
        number = phonenumbers.parse(msisdn)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise DeskRefused("That is no phone number: write it with its country, such as +12025550123.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
