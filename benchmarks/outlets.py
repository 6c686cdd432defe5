"""Agents among the random operations on books: top-ups, PAY and YES, pages, cancels, with crashes and repeats."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from app.agency import BY_USSD, Agent, AgentNumber, AgentState, Caps, Proposal, ProposalKind, decided
from app.agent_intents import CARRY_OUT, AgentIntents
from app.agent_money import AgentMoney
from app.agent_turns import AgentTurn
from app.agents import Agents
from app.audit import AuditEntry
from app.bill_code import show_bill_code
from app.books import agent_of
from app.editions import Edition
from app.endings import Finished
from app.messages import Job
from app.payments import Bill, Refund
from app.ports import Taken
from app.reference import new_reference, read_reference
from benchmarks.notebook import Notebook, remember
from integrations.database import Database, DatabaseBooks

POINT = "001"
"""A point of the sheet that helps with what is paid here."""
NUMBERS = {"+26659000014": "014", "+26659000114": "014", "+26662000015": "015", "+26663000016": "016"}
"""Numbers of three agents; one of them texts from two."""
CAPS = Caps(payments=1_000_000, amount_minor=10**12)
AMOUNTS = ("M32.50", "32,5", "32.5", "M 32.50", "32", "33")
TOP_UPS = (32_50, 32_49, 65_00, 1, 325_00)
PAGE_AMOUNTS = (32_50, 32_50, 32_50, 32_49, 65_00)
CRASHED_SHARE = 0.15
_PAID = re.compile("e lefiloe. Rasiti ([0-9A-Z-]{10})")
_CODE = re.compile("E ([0-9]{4})$")
T = TypeVar("T")


async def dying(doing: Coroutine[Any, Any, T], chance: Random) -> T | None:
    """What it comes to; None: it died on the way, and what was begun may be done all the same."""
    task = asyncio.ensure_future(doing)
    if chance.random() < CRASHED_SHARE:
        for _ in range(chance.randint(1, 40)):
            await asyncio.sleep(0)
        task.cancel()
    with suppress(asyncio.CancelledError):
        return await task
    return None


@dataclass(slots=True)
class Outlets:
    """Agents who text and type anything at any time, and note what they were told."""

    database: Database
    agents: Agents
    money: AgentMoney
    intents: AgentIntents
    edition: Edition
    chance: Random
    notes: Notebook
    violations: list[str] = field(default_factory=list)

    async def open(self) -> None:
        """Enrol everybody; their numbers have cooled down long ago."""
        now = self.notes.now
        long_ago = now - timedelta(days=30)
        for place, (msisdn, code) in enumerate(NUMBERS.items()):
            entry = AuditEntry(now, "clerk:lineo", "add-agent", code)
            number = AgentNumber(f"number-{place}", code, msisdn, now + timedelta(hours=1))
            agent = Agent(code, POINT, AgentState.INVITED, "LSL", CAPS, now, now)
            if not await self.database.agents.add(agent, number, "12345678", entry):
                assert await self.database.agents.invite(number, "12345678", entry)
            assert await self.database.agents.activate(number, "12345678", now, long_ago)
        for code in sorted(set(NUMBERS.values())):
            await self._move(ProposalKind.TOP_UP, 1, code)

    async def top_up(self) -> None:
        await self._move(ProposalKind.TOP_UP, 1)

    async def pay_out(self) -> None:
        """Also what the float does not hold."""
        await self._move(ProposalKind.PAY_OUT, -1)

    async def ask(self, bill: Bill) -> None:
        """PAY, right or wrong, for a bill that somebody saw; often the code follows at once."""
        shown, amount = show_bill_code(bill.code), self.chance.choice(AMOUNTS)
        known = self.notes.codes[-1:]
        await self._send(self.chance.choice(list(NUMBERS)), f"LEFA {shown} {amount}", bill.code)
        if self.notes.codes[-1:] != known and self.chance.random() < 0.6:
            number, code = self.notes.codes[-1]
            await self._send(number, f"E {code}", "")

    async def confirm(self) -> None:
        """A code that was seen some time, mostly by its own number; perhaps a guess."""
        if not self.notes.codes:
            return
        recent = self.notes.codes[-2:] if self.chance.random() < 0.9 else self.notes.codes
        number, code = self.chance.choice(recent)
        if self.chance.random() < 0.1:
            number = self.chance.choice(list(NUMBERS))
        if self.chance.random() < 0.05:
            code = f"{self.chance.randrange(10_000):04}"
        await self._send(number, f"E {code}", "")

    async def cancel(self, bill: Bill) -> None:
        await self._send(self.chance.choice(list(NUMBERS)), f"EMISA {bill.code}", bill.code)

    async def page(self, bill: Bill) -> None:
        """The menu's page for a bill that somebody saw; often yes follows at once."""
        number, amount = self.chance.choice(list(NUMBERS)), self.chance.choice(PAGE_AMOUNTS)
        turn = await self._turn(number)
        ordered = await dying(self.money.order(turn, bill.code, amount), self.chance)
        if isinstance(ordered, tuple):
            remember(self.notes.pages, (number, ordered[1].id), self.chance)
            if self.chance.random() < 0.6:
                await self.say_yes()

    async def say_yes(self) -> None:
        """To a page that was shown some time, mostly on its own phone; a worker takes it up at once, or later."""
        if not self.notes.pages:
            return
        recent = self.notes.pages[-2:] if self.chance.random() < 0.9 else self.notes.pages
        number, order_id = self.chance.choice(recent)
        if self.chance.random() < 0.1:
            number = self.chance.choice(list(NUMBERS))
        turn = await self._turn(number)
        await dying(self.intents.intend_pay(turn, order_id), self.chance)
        if await self.database.agents.intended(turn.id) is not None:
            job = Job(f"{turn.id}:pay", CARRY_OUT, {"intent": turn.id, "sender": number}, self.notes.now)
            remember(self.notes.saids, job, self.chance)
            if self.chance.random() < 0.7:
                await self.carry_out()

    async def carry_out(self) -> None:
        """A yes, of now or of before: its worker died, or two have it."""
        if self.notes.saids:
            job = self.chance.choice(self.notes.saids[-60:])
            ending = await dying(self.agents.carry_out(job), self.chance)
            if isinstance(ending, Finished):
                self._hear(job.payload["sender"], ending.jobs[0].payload["text"])

    async def _turn(self, number: str) -> AgentTurn:
        enrolled = await self.agents.enrolled(self.edition.program, number)
        assert enrolled is not None, "everybody is enrolled"
        return AgentTurn(self.edition, enrolled, self.chance.randbytes(16).hex(), "st", BY_USSD)

    async def repeat(self) -> None:
        """A text that was sent before comes again, as the same job: its worker died, or two have it."""
        if self.notes.texts:
            job, number = self.chance.choice(self.notes.texts[-60:])
            await self._answer(job, number)

    async def _send(self, number: str, words: str, code: str) -> None:
        job = Job(self.chance.randbytes(16).hex(), "answer", {"text": words, "bill": code}, self.notes.now)
        remember(self.notes.texts, (job, number), self.chance)
        await self._answer(job, number)

    async def _answer(self, job: Job, number: str) -> None:
        """As the worker does it; now and then that dies on the way, and what was begun may be done all the same."""
        enrolled = await self.agents.enrolled(self.edition.program, number)
        assert enrolled is not None, "everybody is enrolled"
        said = await dying(self.agents.answer(self.edition, enrolled, job, "st"), self.chance)
        self._hear(number, said if isinstance(said, str) else "")

    def _hear(self, number: str, said: str) -> None:
        if code := _CODE.search(said):
            remember(self.notes.codes, (number, code[1]), self.chance)
        if paid := _PAID.search(said):
            bill, receipt = said.split(" ", 1)[0], read_reference(paid[1]) or ""
            if bill not in self.notes.paid:
                remember(self.notes.receipts, receipt, self.chance)
            if self.notes.paid.setdefault(bill, receipt) != receipt:
                self.violations.append(f"{bill} was paid by {self.notes.paid[bill]} and by {receipt}")

    async def _move(self, kind: ProposalKind, sign: int, code: str = "") -> None:
        now, code = self.notes.now, code or self.chance.choice(sorted(set(NUMBERS.values())))
        minor = self.chance.choice(TOP_UPS)
        proposal = Proposal(new_reference(self.chance.randbytes), code, kind, minor, "LSL", "clerk:lineo", now)
        await self.database.agents.propose(proposal, AuditEntry(now, "clerk:lineo", "propose", code))
        told = decided(proposal, "clerk:thabo", now, approved=True)
        outcome = await self.database.agents.decide(told, AuditEntry(now, "clerk:thabo", "approve", code))
        if outcome is Taken.TAKEN:
            self.notes.moved[code] = self.notes.moved.get(code, 0) + sign * minor
            self.notes.moves += 1

    async def prove(self, books: DatabaseBooks, balances: Counter[tuple[str, str]]) -> tuple[int, int]:
        """Hold agents' accounts against what clerks and agents were told; how many payments came by agents, and how
        many of them were given back.
        """
        back, left, came = 0, Counter(self.notes.moved), await books.by_agents()
        for way, _, amount_minor, refund in came:
            if refund is Refund.DONE:
                back += 1
            else:
                left[agent_of(way)] -= amount_minor
        receipts = {receipt for _, receipt, _, _ in came}
        for bill, receipt in self.notes.paid.items():
            if receipt not in receipts:
                self.violations.append(f"{bill} was acknowledged with {receipt}, which is not there")
        for code in set(NUMBERS.values()):
            stands = balances[(f"agent:{code}:float", "LSL")]
            if stands != left[code] or stands < 0:
                self.violations.append(f"the float of {code} stands at {stands} and not at {left[code]}")
        if balances[("bank", "LSL")] != -sum(self.notes.moved.values()):
            self.violations.append("the bank does not stand at what clerks moved")
        return len(came), back
