"""What tests of assisted service share: an agent's phone on its line, and the codes that citizens get."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.audit import AuditEntry
from app.messages import Reply
from sessions.memory_store import MemorySessionStore
from tests.work.agent import LERATO, MPHO, PALESA, THABO
from tests.work.conftest import Bench

CODE = "*384*26614#"
BIRTH, PASSPORT, POWER = "1", "2", "3"
BY_SMS, BY_SHEET = "1", "2"
ASKS_CODE = "Khoutu eo moahi a u joetsang eona"
WRONG, BLOCKED, EXPIRED = "Khoutu eo ha se eona.", "Likhoutu li ngata haholo.", "Khoutu ena ha e sa sebetsa."
BARRED, UNASKED, OVER = "Ha u lumelloe ho thusa", "Nomoro ena e ke ke ea botsoa.", "Tumello ea moahi ha e sa sebetsa."
STARTS = "Lengolo la tsoalo. Ngoana ke:"
ORDINARY = "Rea u amohela!"
BORN = ("2", "5/3/2026", "1", "012345678901", "1", "1")
"""From the first question about a birth to the yes."""
SHEET = ("11112222", "33334444", "55556666")

__all__ = ["LERATO", "MPHO", "PALESA", "THABO"]


@dataclass
class Line:
    """One dialogue of an agent, hop by hop as the aggregator posts it."""

    bench: Bench
    session: str
    agent: str = THABO
    typed: list[str] = field(default_factory=list)
    code: str = CODE

    async def type(self, *texts: str) -> Reply:
        reply = Reply("", False)
        for text in texts:
            self.typed.append(text)
            reply = await self.again()
        return reply

    async def again(self) -> Reply:
        """The last hop, posted once more."""
        return await self.bench.hop("*".join(self.typed), self.session, msisdn=self.agent, service_code=self.code)


def entry(bench: Bench, act: str = "code-sheet") -> AuditEntry:
    return AuditEntry(bench.time(), "operator:lineo", act, "", "saw their ID")


async def print_sheet(bench: Bench, *codes: str, number: str = MPHO) -> None:
    await bench.database.mandates.new_sheet(number, codes or SHEET, entry(bench))


def other(code: str, add: int = 1) -> str:
    return f"{(int(code) + add) % 10_000:04}"


async def lines(bench: Bench, act: str) -> list[AuditEntry]:
    return [line for line in await bench.database.audit.page(0) if line.act == act]  # type: ignore[misc]


async def asks(
    bench: Bench, session: str = "a1", program: str = BIRTH, by: str = BY_SMS, number: str = MPHO, agent: str = THABO
) -> tuple[Line, Reply]:
    """An agent dials and asks to act for somebody; the line, and the page then."""
    line = Line(bench, session, agent)
    await line.again()
    return line, await line.type(program, by, number.removeprefix("+266"))


async def texted(bench: Bench, number: str = MPHO) -> str:
    """The code in the newest text to a citizen."""
    await bench.work(2)
    texts = [sms.text for sms in bench.mast.sent if sms.msisdn == number]
    found = re.search(r"Khoutu ([0-9]{4}):", texts[-1])
    assert found is not None, texts
    return found[1]


async def begins(bench: Bench, session: str = "a1", program: str = BIRTH) -> Line:
    """An agent whom Mpho has let start a program."""
    line, _ = await asks(bench, session, program)
    reply = await line.type(await texted(bench))
    assert not reply.final, reply.text
    return line


def texts_to(bench: Bench, number: str) -> list[str]:
    return [sms.text for sms in bench.mast.sent if sms.msisdn == number]


def reference(reply: Reply) -> str:
    found = re.search(r"Ref: ([0-9A-Z]{4})-([0-9A-Z]{5})", reply.text)
    assert found is not None, reply.text
    return found[1] + found[2]


async def filings(bench: Bench, number: str) -> int:
    """How many requests stand under a number."""
    ids = await bench.database.audit.filed("")
    found = [await bench.database.ledger.request(id) for id in ids]
    return sum(one is not None and one.msisdn == number for one in found)


def lose_sessions(bench: Bench) -> None:
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)
