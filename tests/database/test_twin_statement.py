"""The sandbox's wallet and the gateway over real sockets: what it moved, what it states, the faults planted in it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from app.counter import Counter, Wallet
from app.editions import Edition, Editions
from app.matching import Kind
from app.measures import Measures
from app.payments import Bill, BillState
from app.reconciliation import Report
from app.under_way import CashBeside
from app.web.wallets import wallets_router
from integrations.sandbox import SandboxSettings, create_sandbox
from tests.database.shop import served
from tests.database.treasury import DAY, LINEO, MPHO, NEXT_MORNING, NOON, THABO, Treasury

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class Twin:
    """A treasury with a wallet that is reached over HTTP, and reaches the gateway so."""

    treasury: Treasury
    wallet: httpx.AsyncClient

    async def pays(self, bill: Bill, **order: object) -> str:
        """The wallet's own reference of a payment at its menu."""
        told = {"number": MPHO, "code": bill.code, "amount": "32.50", **order}
        (await self.wallet.post("/wallet/menu/pay", json=told)).raise_for_status()
        return str((await self.moves())[0]["reference"])

    async def moves(self) -> list[dict[str, object]]:
        return list((await self.wallet.get("/wallet/statement/moves")).raise_for_status().json())

    async def plant(self, reference: str, fault: str) -> None:
        told = {"reference": reference, "fault": fault}
        (await self.wallet.post("/wallet/statement/faults", json=told)).raise_for_status()

    async def reconciled(self, days: int = 0) -> Report:
        """The statement fetched when its day is over, imported and compared."""
        day = DAY + timedelta(days=days)
        self.treasury.now = NEXT_MORNING + timedelta(days=days)
        text = (await self.wallet.get("/wallet/statement", params={"day": str(day)})).raise_for_status().text
        digest, lines = hashlib.sha256(text.encode()).hexdigest(), text.splitlines(keepends=True)
        imported = await self.treasury.reconciliation.take_in(self.treasury.layout, day, digest, lines, LINEO)
        assert imported.faults == []
        return await self.treasury.compared(day)


@pytest.fixture
async def twin(database) -> AsyncIterator[Twin]:
    treasury = Treasury(database)
    treasury.now = NOON
    editions = Editions(Edition(treasury.pack, {}))
    wallets = {"sandbox": Wallet("sandbox", "sandbox", ("sandbox",))}
    beside = CashBeside(database.pushes, lambda: treasury.now)
    counter = Counter(
        wallets, treasury.billing, database.bills, database.ledger, beside, editions, lambda: treasury.now
    )
    gateway = FastAPI()
    gateway.include_router(wallets_router(counter, editions, Measures(), lambda: treasury.now))
    async with served(gateway) as base:
        told = SandboxSettings(gateway_url=base)
        sandbox = create_sandbox(told, lambda: treasury.now, treasury.chance.randbytes)
        async with served(sandbox) as wallet, httpx.AsyncClient(base_url=wallet, trust_env=False, timeout=30) as http:
            yield Twin(treasury, http)


async def test_a_day_at_the_wallet_without_faults_agrees_with_the_books(twin: Twin) -> None:
    for _ in range(3):
        await twin.pays(await twin.treasury.bill(), times=3)
    report = await twin.reconciled()
    assert (report.pairs, report.differences, report.gap_minor) == (3, [], 0)


async def test_what_the_gateway_refused_is_no_line_of_the_statement(twin: Twin) -> None:
    bill = await twin.treasury.bill()
    await twin.wallet.post("/wallet/menu/pay", json={"number": MPHO, "code": "0" * 10, "amount": "32.50"})
    assert [move["status"] for move in await twin.moves()] == ["Failed"]
    await twin.pays(bill)
    report = await twin.reconciled()
    assert (report.pairs, report.differences, report.gap_minor) == (1, [], 0)


@pytest.mark.parametrize(
    ("fault", "kind", "theirs"), [("lost", "not-stated", 0), ("doubled", "twice", 32_50), ("off", "amount", 32_49)]
)
async def test_a_fault_of_a_row_is_found_and_nothing_else(twin: Twin, fault: str, kind: str, theirs: int) -> None:
    await twin.plant(await twin.pays(await twin.treasury.bill()), fault)
    await twin.pays(await twin.treasury.bill())
    report = await twin.reconciled()
    assert [(str(one.kind), one.theirs_minor) for one in report.differences] == [(kind, theirs)]
    assert report.gap_minor == 0  # the wallet holds the money; only its rows are wrong


async def test_a_late_row_is_a_difference_until_the_next_day(twin: Twin) -> None:
    await twin.plant(await twin.pays(await twin.treasury.bill()), "late")
    assert [one.kind for one in (await twin.reconciled()).differences] == [Kind.NOT_STATED]
    later = await twin.reconciled(days=1)
    assert (later.differences, later.vanished, later.gap_minor) == ([], 1, 0)


async def test_a_payment_that_no_gateway_answered_is_in_the_statement_and_taken_in_by_two(twin: Twin) -> None:
    bill = await twin.treasury.bill()
    # A wallet that does not reach the gateway: it has the payer's money, and we have heard of nothing.
    sandbox = create_sandbox(
        SandboxSettings(gateway_url="http://127.0.0.1:9"), lambda: twin.treasury.now, twin.treasury.chance.randbytes
    )
    async with served(sandbox) as base, httpx.AsyncClient(base_url=base, trust_env=False, timeout=30) as lost:
        order = {"number": MPHO, "code": bill.code, "amount": "32.50"}
        assert (await lost.post("/wallet/menu/pay", json=order)).status_code == 502
        twin.wallet = lost
        report = await twin.reconciled()
        assert [one.kind for one in report.differences] == [Kind.NOT_BOOKED] and report.unvouched_minor == 32_50
        await twin.treasury.reconciliation.vouch(twin.treasury.layout, DAY, THABO)
        report = await twin.treasury.compared()
    assert (report.taken, report.differences, report.gap_minor) == (1, [], 0)
    assert (await twin.treasury.bill_now(bill)).state is BillState.PAID


async def test_money_that_the_wallet_gave_back_by_itself_is_found(twin: Twin) -> None:
    await twin.pays(await twin.treasury.bill())
    (move,) = await twin.moves()
    given = {"type": "Reversal", "correlation": move["correlation"], "amount": "32.50"}
    (await twin.wallet.post("/wallet/statement/moves", json=given)).raise_for_status()
    report = await twin.reconciled()
    assert [(one.kind, one.theirs_minor) for one in report.differences] == [(Kind.NOT_BOOKED, -32_50)]
    assert report.gap_minor == -32_50


async def test_a_fault_of_nothing_is_refused(twin: Twin) -> None:
    told = {"reference": "SB9", "fault": "lost"}
    assert (await twin.wallet.post("/wallet/statement/faults", json=told)).status_code == 404
