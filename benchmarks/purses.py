"""The wallets that are pushed to in `benchmarks.books`: they take money, refuse, wait and fail, and forget no key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from random import Random

from app.catalogue import Catalogue, Service, ServiceKind
from app.errors import ServiceFailed
from app.house_services import Show
from app.messages import Answered, Pending, Refused
from app.ports import PushBook
from app.pushes import TOLD_ON, Push
from app.wallets import LOOK, UNSEEN
from benchmarks.notebook import Notebook

PUSHED = ("mpesa", "ecocash")
"""Wallets that are pushed to; both have a menu of their own as well."""
TOTAL, CURRENCY = "3250", "LSL"
HEARD, PENDING, PAID, REFUSED = "heard", "pending", "paid", "refused"
LETTING, LET_GO = "letting", "let-go"
"""How a wallet stands to a key: it may have heard of it, or has it; a clerk lets it go, or did."""
ENDED = (REFUSED, LETTING, LET_GO)
REASONS = ("declined", "insufficient_funds", "expired")


class Place(StrEnum):
    """Where a worker may stand still, for so long that others take its job up as well."""

    COUNTED = "counted"  # it has looked, and is about to note its attempt
    ASKED = "asked"
    HEARD = "heard"  # the wallet has answered


Gate = tuple[Place, asyncio.Future[None]]
gate_of: ContextVar[Gate | None] = ContextVar("gate_of", default=None)


async def _come_to(place: Place) -> None:
    gate = gate_of.get()
    if gate is not None and gate[0] is place:
        await gate[1]


class SlowBook:
    """The book of pushes for workers that may stand still before they note an attempt."""

    def __init__(self, book: PushBook) -> None:
        self.begin, self.last, self.by, self.move = book.begin, book.last, book.by, book.move
        self.note_unheard, self.withdraw = book.note_unheard, book.withdraw
        self._book = book

    async def note_asking(self, push: Push, at: datetime) -> bool:
        await _come_to(Place.COUNTED)
        return await self._book.note_asking(push, at)


def reference_of(key: str) -> str:
    """The wallet's own id of what it took under a key."""
    return f"MP{key}"[:40]


def pushable(catalogue: Catalogue) -> Mapping[str, Service]:
    """A service of each wallet that is pushed to; its texts say what they are about, for nobody reads them."""
    told = catalogue.services["birth-certificate"].title
    return {
        f"by-{wallet}": Service(
            f"by-{wallet}", told, ServiceKind.MINE, {}, {}, (), 1.0, None, (), None, dict.fromkeys(TOLD_ON, told), {},
            shows=Show.PUSH, wallet=wallet,
        )
        for wallet in PUSHED
    }  # fmt: skip


@dataclass(slots=True)
class Wallet:
    """An office that asks payers for money; whatever happens to its answers, a key stands as it stands.

    `is_plain`: it answers, and its payers decide.
    """

    name: str
    chance: Random
    notes: Notebook
    violations: list[str] = field(default_factory=list)
    is_plain: bool = False

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending:
        for _ in range(self.chance.randint(0, 6)):
            await asyncio.sleep(0)  # what others do while the line is open
        await _come_to(Place.ASKED)
        try:
            return self._answer(arguments, key)
        finally:
            await _come_to(Place.HEARD)

    def _answer(self, arguments: Mapping[str, str], key: str) -> Answered | Refused | Pending:
        if arguments["amount"] != TOTAL or arguments["currency"] != CURRENCY:
            self.violations.append(f"{self.name} is asked for {arguments['amount']} under {key}")
        if not self.is_plain and self.chance.random() < 0.1:
            raise ServiceFailed("connect", retryable=True)
        bill, _, number = key.rpartition("p")
        of_bill = self.notes.asked.setdefault(bill, {})
        is_lost = not self.is_plain and self.chance.random() < 0.15
        if LOOK in arguments and of_bill.get(number, HEARD) in (HEARD, LETTING, LET_GO):
            if is_lost:
                raise self._lost()
            return Refused(UNSEEN)
        self._look_at_others(key, number, of_bill)
        before = of_bill.setdefault(number, HEARD)
        if is_lost and self.chance.random() < 0.5:
            raise self._lost()  # before anything was done
        if before in (HEARD, LETTING):
            of_bill[number] = PENDING
        if of_bill[number] == PENDING and self.chance.random() < (1.0 if self.is_plain else 0.6):
            self._decide(of_bill, number)
        if is_lost:
            raise self._lost()
        return self._said(of_bill[number], key)

    async def close(self) -> None:
        return None

    def _look_at_others(self, key: str, number: str, of_bill: Mapping[str, str]) -> None:
        """No payer is asked while money may come, or came, under another key of the same bill."""
        stands = of_bill.get(number, HEARD)
        if stands == LET_GO:
            self.violations.append(f"{self.name} is asked under {key}, which a clerk let go")
        others = [f"{one} is {state}" for one, state in of_bill.items() if one != number and state not in ENDED]
        if others and stands not in ENDED:
            self.violations.append(f"{self.name} is asked under {key} though {', '.join(others)}")

    def _decide(self, of_bill: dict[str, str], number: str) -> None:
        of_bill[number] = PAID if self.chance.random() < 0.5 else REFUSED
        if of_bill[number] == PAID:
            self.notes.took[self.name] = self.notes.took.get(self.name, 0) + int(TOTAL)

    def _lost(self) -> ServiceFailed:
        if self.chance.random() < 0.8:
            return ServiceFailed("timeout", retryable=True, late=True)
        return ServiceFailed("word_unknown", retryable=False)

    def _said(self, stands: str, key: str) -> Answered | Refused | Pending:
        if stands == PAID:
            return Answered({"payment": reference_of(key)})
        return Pending() if stands == PENDING else Refused(REASONS[len(key) % len(REASONS)])
