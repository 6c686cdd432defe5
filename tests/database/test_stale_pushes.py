"""Pushes that two workers hold, one of which stood still, or two clerks: what is seen late moves nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app import limits
from app.audit import AuditEntry
from app.billing import Coming
from app.endings import Again, Finished
from app.errors import ServiceFailed
from app.messages import Pending, Refused
from app.payments import Bill, BillState, Payment
from app.pushes import Push
from app.wallets import LOOK, UNSEEN
from tests.database.balanced import balanced_bench
from tests.database.test_pushes import ASK, PAID, TOTAL, away, confirmed, fresh, held, keys, late, the_push
from tests.work.agent import LERATO, billed
from tests.work.conftest import Bench
from tests.work.pushed import CODE, sources

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bench(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with balanced_bench(sources(), tmp_path, url) as bench:
        yield bench


class Between:
    """What happens, once, while a wallet is asked by a worker that stands still just before it does."""

    def __init__(self, bench: Bench, happens: Callable[[], Awaitable[None]]) -> None:
        self._happens = happens
        self._is_over = False
        bench.desk.before = self

    async def __call__(self, operation: str) -> None:
        if operation == ASK and not self._is_over:
            self._is_over = True
            await self._happens()


async def by_unayo(bench: Bench, bill: Bill) -> None:
    """Somebody pays in another wallet's own menu."""
    other = Coming("unayo", "00000000-0000-4000-8000-000000000001", "32.5", "LSL", LERATO, "UN1", True)
    assert isinstance(await bench.billing.take(await fresh(bench, bill), other), Payment)


async def test_a_worker_that_hears_no_long_after_another_leaves_the_next_push_alone(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK] = Refused("declined")
    slow = await the_push(bench, lease=0.0)

    async def another_hears_it_and_the_payer_pushes_again() -> None:
        await bench.work()
        await confirmed(bench, bill, "again")

    Between(bench, another_hears_it_and_the_payer_pushes_again)
    await bench.worker.do(slow)
    assert (await fresh(bench, bill)).state is BillState.SENT
    await shown_to_be_under_way(bench, bill)
    bench.desk.answers[ASK] = PAID
    await bench.work()
    assert keys(bench) == [f"{bill.id}p1", f"{bill.id}p1", f"{bill.id}p2"]
    assert await held(bench) == {"wallet:wallet": -TOTAL, "treasury": 30_00, "office:land": 2_50}


async def shown_to_be_under_way(bench: Bench, bill: Bill) -> None:
    page = await bench.dial(bill.code, session="third", msisdn=LERATO, service_code=CODE)
    assert page.text == "E botsoa."


async def test_what_one_worker_brought_to_the_wallet_is_not_unsaid_by_another_that_came_to_a_closed_door(
    bench: Bench,
) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    slow = await the_push(bench, lease=0.0)
    bench.desk.answers[ASK] = away()

    async def another_is_heard() -> None:
        """So much later that the wallet, which knows of nothing, is asked anew."""
        bench.time.pass_(limits.office_push_settles_seconds)
        bench.desk.answers[ASK], bench.desk.looks[ASK] = late(), Refused(UNSEEN)
        await bench.worker._attempt(slow)
        bench.desk.answers[ASK] = away()
        del bench.desk.looks[ASK]

    Between(bench, another_is_heard)
    await bench.worker._attempt(slow)
    await by_unayo(bench, bill)
    bench.desk.answers[ASK] = PAID
    await bench.work()
    assert (await held(bench))["suspense"] == TOTAL, "the payer's money is looked for, and found"


async def test_a_push_that_was_withdrawn_is_not_asked_by_a_worker_that_looked_before(bench: Bench) -> None:
    """One looks and stands still; for another the bill is paid meanwhile, and it ends the push."""
    bill = await billed(bench)
    await confirmed(bench, bill)
    slow, note = await the_push(bench, lease=0.0), bench.database.pushes.note_asking

    async def after_another(push: Push, at: datetime) -> bool:
        await by_unayo(bench, bill)
        await bench.work()
        return await note(push, at)

    bench.worker._pushing._book = Stalling(bench.database.pushes, after_another)
    ending = await bench.worker._attempt(slow)
    assert keys(bench) == [] and isinstance(ending, Again)
    bench.worker._pushing._book = bench.database.pushes
    assert isinstance(await bench.worker._attempt(slow), Finished) and keys(bench) == []


async def test_who_stands_still_between_noting_a_push_and_sending_it_leaves_that_to_whoever_has_it_now(
    bench: Bench,
) -> None:
    """A machine may be stopped there for long; its payer would be asked for a PIN whose money nobody looks for."""
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.looks[ASK] = Refused(UNSEEN)
    slow, note = await the_push(bench, lease=0.0), bench.database.pushes.note_asking

    async def before_another(push: Push, at: datetime) -> bool:
        is_counted = await note(push, at)
        await by_unayo(bench, bill)
        bench.time.pass_(limits.office_push_settles_seconds)
        await bench.work()
        ended = await bench.database.pushes.last(bill.id)
        assert ended is not None and ended.is_withdrawn
        return is_counted

    bench.worker._pushing._book = Stalling(bench.database.pushes, before_another)
    bench.desk.answers[ASK] = Pending()
    ending = await bench.worker._attempt(slow)
    assert all(LOOK in arguments for operation, arguments, _ in bench.desk.asked if operation == ASK)
    assert isinstance(ending, Again)


async def test_who_stood_still_there_has_the_push_sent_once_it_has_settled(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.looks[ASK] = Refused(UNSEEN)
    slow, note = await the_push(bench, lease=0.0), bench.database.pushes.note_asking

    async def slowly(push: Push, at: datetime) -> bool:
        is_counted = await note(push, at)
        bench.time.pass_(limits.job_lease_seconds + 1)
        return is_counted

    bench.worker._pushing._book = Stalling(bench.database.pushes, slowly)
    await bench.worker.do(slow)
    for _ in range(8):
        bench.time.pass_(limits.office_push_settles_seconds / 4)
        await bench.work()
    assert (await fresh(bench, bill)).state is BillState.PAID
    assert await held(bench) == {"wallet:wallet": -TOTAL, "treasury": 30_00, "office:land": 2_50}


class Stalling:
    """The book of pushes, to one caller who comes late to it; whoever else asks gets the book itself."""

    def __init__(self, book: Any, late: Callable[[Push, datetime], Awaitable[bool]]) -> None:
        self._book = book
        self._late: Callable[[Push, datetime], Awaitable[bool]] | None = late

    def __getattr__(self, name: str) -> Any:
        if name == "note_asking" and self._late is not None:
            late, self._late = self._late, None
            return late
        return getattr(self._book, name)


async def test_money_behind_an_answer_that_nobody_could_read_is_found_though_the_bill_was_paid_meanwhile(
    bench: Bench,
) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK] = ServiceFailed("word_unknown", retryable=False)
    await bench.work()
    await by_unayo(bench, bill)
    bench.desk.answers[ASK] = PAID
    now = bench.time()
    entry = AuditEntry(now, "operator:thabo", "retry-job", bill.request_id)
    assert await bench.database.shelf.retry(f"{bill.id}:push:1", now, entry)
    await bench.work()
    assert await held(bench) == {
        "wallet:wallet": -TOTAL, "wallet:unayo": -TOTAL, "treasury": 30_00, "office:land": 2_50, "suspense": TOTAL,
    }  # fmt: skip


async def test_a_push_that_a_person_let_go_is_never_asked_again_though_another_has_it_tried(bench: Bench) -> None:
    """Its bill may be pushed anew by then, and the payer asked twice."""
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK] = ServiceFailed("word_unknown", retryable=False)
    await bench.work()
    payload = await bench.database.shelf.payload(f"{bill.id}:push:1")
    assert await bench.worker._pushing.let_go(payload, "", "operator:thabo")
    await confirmed(bench, bill, "again")
    now = bench.time()
    entry = AuditEntry(now, "operator:lineo", "retry-job", bill.request_id)
    assert await bench.database.shelf.retry(f"{bill.id}:push:1", now, entry)
    bench.desk.answers[ASK] = PAID
    await bench.work()
    assert keys(bench) == [f"{bill.id}p1", f"{bill.id}p2"]
    assert await held(bench) == {"wallet:wallet": -TOTAL, "treasury": 30_00, "office:land": 2_50}


async def test_a_push_that_a_person_let_go_is_not_asked_though_its_bill_was_paid_in_another_way(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK] = ServiceFailed("word_unknown", retryable=False)
    await bench.work()
    assert await bench.worker._pushing.let_go(await bench.database.shelf.payload(f"{bill.id}:push:1"), "", "operator:t")
    await by_unayo(bench, bill)
    entry = AuditEntry(bench.time(), "operator:lineo", "retry-job", bill.request_id)
    assert await bench.database.shelf.retry(f"{bill.id}:push:1", bench.time(), entry)
    await bench.work()
    assert keys(bench) == [f"{bill.id}p1"]


async def test_a_push_that_another_has_tried_again_is_not_let_go(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK] = ServiceFailed("word_unknown", retryable=False)
    await bench.work()
    payload, now = await bench.database.shelf.payload(f"{bill.id}:push:1"), bench.time()
    entry = AuditEntry(now, "operator:lineo", "retry-job", bill.request_id)
    assert await bench.database.shelf.retry(f"{bill.id}:push:1", now, entry)
    assert not await bench.worker._pushing.let_go(payload, "given_up", "operator:thabo")
    assert (await fresh(bench, bill)).state is BillState.UNKNOWN
