"""What tests of the reconciliation share: a wallet's day, clerks who decide, and what people are called for."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from app.agency import Agent, AgentNumber, AgentState, Caps, Proposal, ProposalKind, decided
from app.audit import AuditEntry
from app.bookkeeping import Findings, examine
from app.decisions import Decisions
from app.layouts import read_layouts
from app.payments import Bill, Payment, Unfit, refund_asked, refund_decided, refund_of
from app.ports import Taken
from app.reconciliation import Report
from app.reference import new_reference
from app.tasks import Clerk
from benchmarks.market import priced
from benchmarks.reconciliation import BEGUN, DAY, LINEO, THABO, Day
from integrations.database import Database, DatabaseBooks
from integrations.sandbox.statement import Fault, Move, Type, written
from tests.conftest import ROOT

MPHO, LERATO = "+26650123456", "+26658765432"
NOON = BEGUN + timedelta(hours=12)
NEXT_MORNING = BEGUN + timedelta(days=1, hours=9)
__all__ = ["DAY", "LERATO", "LINEO", "MPHO", "NEXT_MORNING", "NOON", "THABO", "Treasury"]


class Treasury(Day):
    """A day of the benchmark, played by hand."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, priced(), random.Random(7))
        self.now = NEXT_MORNING
        layouts = read_layouts(ROOT / "menus" / "statements")
        bank = replace(self.layout, source="bank", account="bank")
        daily = replace(self.layout, is_daily=True)
        self.reconciliation._layouts = {**layouts, "sandbox": daily, "bank": bank}
        self.bank = bank
        self.decisions = Decisions(
            self.reconciliation._layouts, database.statements, database.proposals, database.bills, self.billing,
            lambda: self.now, self.chance.randbytes,
        )  # fmt: skip

    async def bill(self, number: str = MPHO) -> Bill:
        return await super().bill(number)

    async def paid(self, at: datetime = NOON, number: str = MPHO, fault: Fault | None = None) -> tuple[Bill, Payment]:
        """A bill that a wallet has paid and told us of, and its row in the statement."""
        bill = await self.bill(number)
        correlation, move = self.stated(at, bill.code, fault)
        payment = await self.pay(bill, correlation, move.reference, at)
        assert isinstance(payment, Payment)
        return bill, payment

    def stated(
        self, at: datetime, account: str = "", fault: Fault | None = None, type: Type = Type.PAYMENT,
        correlation: str = "",
    ) -> tuple[str, Move]:  # fmt: skip
        """What the wallet moves, whether or not it tells us."""
        correlation = correlation or str(uuid.UUID(bytes=self.chance.randbytes(16), version=4))
        move = self._moved(correlation, account, at, type)
        if fault is not None:
            self.faults[move.reference] = fault
        return correlation, move

    async def imported(self, day: date = DAY, clerk: Clerk = LINEO, opening_minor: int = 0, extra: str = "") -> Report:
        text = written(sorted(self.moves, key=lambda move: move.at), self.faults, day, opening_minor) + extra
        digest = sha256(text.encode()).hexdigest()
        await self.reconciliation.take_in(self.layout, day, digest, text.splitlines(keepends=True), clerk)
        return await self.compared(day)

    async def agents_money(self, kind: ProposalKind, minor: int, reference: str = "") -> Proposal | None:
        """What two clerks say moved between an agent and the bank; None: it was asked for before."""
        agents = self.database.agents
        if await agents.agent("014") is None:
            enrolling = AuditEntry(self.now, LINEO.actor, "add-agent", "014")
            number = AgentNumber("number-0", "014", "+26659000014", self.now)
            agent = Agent("014", "001", AgentState.ACTIVE, "LSL", Caps(), self.now, self.now)
            assert await agents.add(agent, number, "12345678", enrolling)
        id = new_reference(self.chance.randbytes)
        asked = Proposal(id, "014", kind, minor, "LSL", LINEO.actor, self.now, reference=reference)
        if not await agents.propose(asked, AuditEntry(self.now, LINEO.actor, "propose", "014")):
            return None
        told = decided(asked, THABO.actor, self.now, approved=True)
        assert await agents.decide(told, AuditEntry(self.now, THABO.actor, "approve", "014")) is Taken.TAKEN
        return told

    async def bank_says(self, *rows: str, day: date = DAY) -> Report:
        """A file of the bank with such rows: id, time of day, what the payer wrote, type, amount, balance."""
        lines = ["Transaction,Time,Type,Status,Account,Correlation,Amount,Currency,Balance\n"]
        for row in rows:
            id, at, name, type, amount, left = row.split(",")
            lines.append(f"{id},{day} {at},{type},Completed,,{name},{amount},LSL,{left}\n")
        digest = sha256(f"{day}{''.join(lines)}".encode()).hexdigest()
        await self.reconciliation.take_in(self.bank, day, digest, lines, LINEO)
        return await self.reconciliation.compare(self.bank, day)

    async def compared(self, day: date = DAY) -> Report:
        return await self.reconciliation.compare(self.layout, day)

    async def second(self, bill: Bill, at: datetime = NOON) -> Payment:
        """Money for a bill that is paid already, which stands in suspense."""
        correlation, move = self.stated(at, bill.code)
        payment = await self.pay(await self.bill_now(bill), correlation, move.reference, at)
        assert isinstance(payment, Payment) and payment.unfit is Unfit.SECOND
        return payment

    async def fresh(self, payment: Payment) -> Payment:
        found = await self.database.bills.payment(payment.receipt)
        assert found is not None
        return found

    async def bill_now(self, bill: Bill) -> Bill:
        found = await self.database.bills.bill(bill.id)
        assert found is not None
        return found

    async def refund(self, payment: Payment) -> None:
        """Given back by two clerks, as `mohala payments` does it."""
        bill = await self.database.bills.bill(payment.refunds)
        assert bill is not None
        asked = refund_asked(payment, LINEO.actor)
        entry = AuditEntry(self.now, LINEO.actor, "refund", bill.request_id)
        assert await self.database.bills.change_refund(payment, asked, bill, None, [], entry)
        done, bill = refund_decided(asked, THABO.actor, approved=True), await self.bill_now(bill)
        posting = refund_of(bill, asked, self.now, THABO.actor)
        assert await self.database.bills.change_refund(asked, done, bill, posting, [], entry)

    async def books(self) -> Findings:
        return await examine(DatabaseBooks(self.database._store))

    async def calls(self) -> Sequence[str]:
        """Ids of what waits for a person."""
        return [job.id for job in await self.database.shelf.page()]

    async def acts(self) -> list[str]:
        return [line.act for line in await self.database.audit.page(0)]
