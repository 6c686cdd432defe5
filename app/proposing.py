"""What `mohala agents` does by two clerks: money moved and bounds changed, asked for by one, decided by another."""

from __future__ import annotations

import os
from collections.abc import Sequence

from app.agency import AgentState, Caps, Proposal, ProposalKind, decided
from app.desking import with_database
from app.early_agents import telling
from app.editions import known_points
from app.enrolling import Seat, as_clerk, listed_max
from app.errors import DeskRefused
from app.payments import to_minor
from app.point_caps import PointProposal
from app.ports import Taken
from app.reference import new_reference, read_reference
from app.settings import Settings
from app.statements import is_line_id
from app.wiring import now_utc
from integrations.database import Database


def propose(
    settings: Settings, token: str, code: str, kind: ProposalKind, amount: str, why: str, payments: int = 0,
    reference: str = "",
) -> Proposal:  # fmt: skip
    """Ask for money to be moved, or for other caps of a day; another clerk decides. Raises `DeskRefused`.

    `reference` is the bank's own id of it, as its statement writes it.
    """

    async def work(seat: Seat) -> Proposal:
        agent, digits = await seat.agent(code), seat.edition.program.currency.minor_digits
        minor = _minor(amount, digits)
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
        minor = _minor(amount, currency.minor_digits)
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


def waiting(settings: Settings) -> Sequence[Proposal | PointProposal]:
    """What waits for a second clerk."""

    async def work(database: Database) -> Sequence[Proposal | PointProposal]:
        agents = await database.agents.proposals(listed_max)
        return [*agents, *await database.point_caps.proposals(listed_max)]

    return with_database(settings, work)


def _minor(amount: str, minor_digits: int) -> int:
    """An amount as a clerk writes it, in minor units."""
    minor = to_minor(amount, minor_digits)
    if not minor:
        raise DeskRefused(f"{amount} is no amount; write whole units, such as 500, or with cents, such as 500.50.")
    return minor
