"""Agents who are there from the start, made as clerks would make them: of conversations and of the sandbox country.

They are no other agents: the same rows, the same postings, the same lines of the audit log. No real house calls this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app import limits
from app.agency import (
    AGENT_ARROWS,
    Agent,
    AgentNumber,
    AgentState,
    Caps,
    Holdings,
    Proposal,
    ProposalKind,
    decided,
    moved,
    usable_from,
)
from app.agent_hearing import heard_at, language_of
from app.agent_phrases import money_jobs
from app.audit import AuditEntry
from app.engine.program import Program
from app.messages import Job
from app.ports import RandomBytes, Taken
from app.reference import new_reference
from integrations.database import Database
from integrations.database.agents import DatabaseAgents

CLERKS = ("sandbox:first-clerk", "sandbox:second-clerk")
"""Nobody: the two that money of agents takes. `mohala audit` shows them for what they are."""


@dataclass(frozen=True, slots=True)
class EarlyAgent:
    """`activation` has eight digits; who is not `invited` was activated at `since`, and cools down from then."""

    code: str
    point: str
    msisdn: str
    currency: str
    float_minor: int
    state: AgentState
    since: datetime
    activation: str
    caps: Caps = field(default_factory=Caps)


PRETEND = "DEMO"
"""The sandbox country's agent: citizens and the books are told this code, so that nobody takes it for a real one."""


async def enrol(book: DatabaseAgents, early: EarlyAgent, why: str, random_bytes: RandomBytes) -> bool:
    """Put an agent on the books; False: the code or the number is somebody's already, and nothing is done."""
    at, who = early.since, CLERKS[0]
    agent = Agent(early.code, early.point, AgentState.INVITED, early.currency, early.caps, at, at)
    until = at + timedelta(hours=limits.agent_activation_hours)
    number = AgentNumber(f"early-{early.code}", early.code, early.msisdn, until)
    if not await book.add(agent, number, early.activation, AuditEntry(at, who, "add-agent", early.code, why)):
        return False
    if early.state is not AgentState.INVITED:
        await book.activate(number, early.activation, at, usable_from(at))
    if early.float_minor:
        await _top_up(book, early, why, random_bytes)
    if early.state is AgentState.SUSPENDED:
        await suspend(book, early.code, at, why)
    return True


async def suspend(book: DatabaseAgents, code: str, at: datetime, why: str) -> bool:
    """As a clerk does, at once; False: there is no such agent. Raises `DeskRefused` for one who cannot be suspended."""
    agent = await book.agent(code)
    if agent is None:
        return False
    entry = AuditEntry(at, CLERKS[0], "suspend-agent", code, why)
    return await book.change(agent, moved(agent, AgentState.SUSPENDED, at), entry)


async def telling(database: Database, program: Program, proposal: Proposal) -> Callable[[Holdings], Sequence[Job]]:
    """How the agent whose money is moved hears of it; nobody is told at a number that was never activated."""
    numbers = heard_at(await database.agents.numbers(proposal.agent))
    spoken = [(one, await language_of(database.ledger, program, one)) for one in numbers]
    return lambda held: money_jobs(program, proposal, spoken, held)


async def move_money(
    database: Database, program: Program, code: str, kind: ProposalKind, minor: int, at: datetime,
    random_bytes: RandomBytes,
) -> bool:  # fmt: skip
    """As two clerks do it; False: there is no such agent, or the books do not owe so much."""
    if await database.agents.agent(code) is None:
        return False
    asked = Proposal(new_reference(random_bytes), code, kind, minor, program.currency.code, CLERKS[0], at)
    await database.agents.propose(asked, AuditEntry(at, CLERKS[0], "propose", code))
    done = decided(asked, CLERKS[1], at, approved=True)
    entry = AuditEntry(at, CLERKS[1], "approve", code)
    return await database.agents.decide(done, entry, await telling(database, program, done)) is Taken.TAKEN


async def retire_pretend(book: DatabaseAgents, now: datetime) -> bool:
    """Suspend the sandbox country's agent, if there is one: in a house that citizens call its float is no money."""
    agent = await book.agent(PRETEND)
    if agent is None or AgentState.SUSPENDED not in AGENT_ARROWS[agent.state]:
        return False
    return await suspend(book, PRETEND, now, "pretend money is none here")


async def _top_up(book: DatabaseAgents, early: EarlyAgent, why: str, random_bytes: RandomBytes) -> None:
    at, (asks, approves) = early.since, CLERKS
    id = new_reference(random_bytes)
    asked = Proposal(id, early.code, ProposalKind.TOP_UP, early.float_minor, early.currency, asks, at)
    told = {"proposal": id, "kind": asked.kind.value, "amount_minor": str(early.float_minor)}
    await book.propose(asked, AuditEntry(at, asks, "propose", early.code, why, told))
    done = decided(asked, approves, at, approved=True)
    taken = await book.decide(done, AuditEntry(at, approves, "approve", early.code, why, told))
    assert taken is Taken.TAKEN, "money was paid in, so nothing can be short"
