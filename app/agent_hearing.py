"""Who hears what is done with an agent's numbers and money: all that were activated, for one may be a thief's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.agency import AgentNumber
from app.agent_phrases import say
from app.agent_turns import masked
from app.engine.program import Program
from app.messages import Job, Priority, SmsKind
from app.ports import AgentBook, Ledger


def heard_at(numbers: Sequence[AgentNumber]) -> Sequence[AgentNumber]:
    """Nobody is told at a number that was never activated: whose it is, only its code would have shown."""
    return [one for one in numbers if one.active_at is not None]


async def to_all(
    numbers: Sequence[AgentNumber], ledger: Ledger, program: Program, id: str, phrase: str,
    values: Mapping[str, str], at: datetime, priority: Priority = Priority.TOLD,
) -> tuple[Job, ...]:  # fmt: skip
    """A text to each of these numbers, in the language that it chose; `id` names what it tells of."""
    jobs = []
    for one in heard_at(numbers):
        text = say(program, phrase, await language_of(ledger, program, one), **values)
        payload = {"aggregator": "", "to": one.msisdn, "text": text, "sms": SmsKind.AGENT.value}
        jobs.append(Job(f"{id}:{one.id}", "text", payload, at, priority))
    return tuple(jobs)


async def of_a_number(
    book: AgentBook, ledger: Ledger, program: Program, number: AgentNumber, phrase: str, at: datetime, **values: str
) -> tuple[Job, ...]:
    """To an agent's other numbers, that this one was activated or removed."""
    others = [one for one in await book.numbers(number.agent) if one.id != number.id]
    told = {"agent": number.agent, "number": masked(number.msisdn), **values}
    return await to_all(others, ledger, program, f"{phrase}:{number.id}:{at.isoformat()}", phrase, told, at)


async def language_of(ledger: Ledger, program: Program, number: AgentNumber) -> str:
    return program.language_or_base(await ledger.language(number.msisdn))
