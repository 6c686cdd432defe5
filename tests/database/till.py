"""What tests of the books share: a bill, money that comes for it, and the posting that belongs to it."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.bill_code import new_bill_code
from app.messages import ARROWS, Change, Filing, Request, Status
from app.payments import Bill, BillState, Payment, Price, judge, posting_of
from app.ports import Taken
from app.reference import new_reference
from integrations.database import Database

PRICE = Price("LSL", 2, 130_00, 5_00, "treasury", "office:passports", "Gazette 69, 2019-11-29")
AMOUNT = PRICE.total_minor


class Bytes:
    """Random bytes that are the same in every run and never repeat."""

    def __init__(self, purpose: str = "till") -> None:
        self._purpose = purpose
        self._count = itertools.count(1)

    def __call__(self, size: int) -> bytes:
        return hashlib.shake_256(f"{self._purpose} {next(self._count)}".encode()).digest(size)


class Till:
    """Files requests, makes their bills and takes money for them, as the house does."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.now = now
        self.random = Bytes()

    async def bill(self, name: str = "palesa", hours: float = 72.0, price: Price = PRICE) -> Bill:
        filing = Filing(
            name, new_reference(self.random), "passport", "+26658123456", "st", {"pages": "32"}, self.now, "v1"
        )
        await self.database.ledger.file(filing, [])
        expires = self.now + timedelta(hours=hours)
        bill = Bill(
            f"{name}:0", new_bill_code(self.random), name, 0, "passport", "+26658123456", price, BillState.CREATED,
            self.now, expires, self.now,
        )  # fmt: skip
        return await self.database.bills.issue(bill, [])

    def payment(self, bill: Bill, correlation: str | None = None, **changes: Any) -> Payment:
        correlation = correlation or str(uuid.UUID(bytes=self.random(16), version=4))
        server_id = str(uuid.UUID(bytes=self.random(16), version=4))
        values: dict[str, Any] = {"wallet": "mpesa", "amount_minor": bill.price.total_minor, "payer": "+26650999999"}
        values |= changes
        return Payment(
            new_reference(self.random), values["wallet"], correlation, server_id, bill.id, values["amount_minor"],
            "LSL", values["payer"], "MP1", self.now,
        )  # fmt: skip

    async def pay(self, seen: Bill, payment: Payment, seen_request: Request | None = None) -> Taken:
        """Judge by what was seen, as a gateway does that read the bill, and maybe its request, a moment before."""
        request = seen_request or await self.request(seen)
        waited = request.stage == seen.stage and bool(ARROWS[request.status])
        unfit = judge(seen, payment.amount_minor, self.now, is_waited_for=waited)
        payment = replace(payment, unfit=unfit)
        change = Change(Status.IN_PROGRESS, 1, {"payment": payment.receipt}, self.now, by="wallet:mpesa")
        move = (request, change) if unfit is None else None
        posting = posting_of(seen, payment, f"wallet:{payment.wallet}")
        return await self.database.bills.take(seen, payment, posting, move, [])

    async def request(self, bill: Bill) -> Request:
        request = await self.database.ledger.request(bill.request_id)
        assert request is not None
        return request

    async def fresh(self, bill: Bill) -> Bill:
        found = await self.database.bills.bill(bill.id)
        assert found is not None
        return found

    async def came(self, payment: Payment) -> Payment:
        found = await self.database.bills.payment(payment.receipt)
        assert found is not None
        return found
