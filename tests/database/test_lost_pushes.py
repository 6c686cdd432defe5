"""Pushes that were lost on the way, on both databases: nobody is asked for a PIN who has paid, nor again too soon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app import limits
from app.endings import Again, Finished
from app.errors import ServiceFailed
from app.messages import Pending, Refused
from app.payments import Bill, BillState
from app.wallets import FRESH, LOOK, UNSEEN
from tests.database.balanced import SEARCHED, balanced_bench
from tests.database.test_pushes import ASK, PAID, TOTAL, away, confirmed, fresh, held, keys, late, the_push
from tests.database.test_stale_pushes import by_unayo
from tests.work.agent import billed
from tests.work.conftest import Bench
from tests.work.pushed import sources

pytestmark = pytest.mark.anyio
SETTLES = limits.office_push_settles_seconds


@pytest.fixture
async def bench(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with balanced_bench(sources(), tmp_path, url) as bench:
        bench.desk.answers["search"] = SEARCHED
        yield bench


async def lost(bench: Bench) -> Bill:
    """The bill of a push that was sent, and that the wallet does not know of."""
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK], bench.desk.looks[ASK] = late(), Refused(UNSEEN)
    await bench.work()
    assert sent(bench) == 1 and (await fresh(bench, bill)).state is BillState.UNKNOWN
    return bill


def sent(bench: Bench) -> int:
    """How often a wallet was to ask its payer."""
    return sum(operation == ASK and LOOK not in arguments for operation, arguments, _ in bench.desk.asked)


async def test_whoever_paid_in_cash_after_a_push_was_lost_is_asked_for_no_pin(bench: Bench) -> None:
    bill = await lost(bench)
    await by_unayo(bench, bill)
    bench.desk.answers[ASK] = PAID  # what the wallet would take, if it were sent the push again
    for _ in range(8):
        bench.time.pass_(SETTLES / 4)
        await bench.work()
    assert sent(bench) == 1 and len(keys(bench)) > 1
    assert await held(bench) == {"wallet:unayo": -TOTAL, "treasury": 30_00, "office:land": 2_50}
    push = await bench.database.pushes.last(bill.id)
    assert push is not None and push.is_withdrawn


async def test_a_lost_push_that_turns_up_after_somebody_paid_in_cash_is_found(bench: Bench) -> None:
    bill = await lost(bench)
    await by_unayo(bench, bill)
    bench.desk.looks[ASK] = PAID
    bench.time.pass_(SETTLES / 4)
    await bench.work()
    assert sent(bench) == 1 and (await held(bench))["suspense"] == TOTAL


async def test_a_lost_push_is_sent_again_when_it_has_settled_and_pays(bench: Bench) -> None:
    bill = await lost(bench)
    bench.desk.answers[ASK] = PAID
    bench.time.pass_(SETTLES - 1)
    await bench.work()
    assert sent(bench) == 1 and (await fresh(bench, bill)).state is BillState.UNKNOWN
    for _ in range(4):
        bench.time.pass_(SETTLES / 4)
        await bench.work()
    assert sent(bench) == 2 and (await fresh(bench, bill)).state is BillState.PAID


async def test_what_was_counted_leaves_at_once_without_a_look_in_which_its_worker_could_die(bench: Bench) -> None:
    """Whoever is counted and not sent, because of a crash in between, waits until the push would have settled."""
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK], bench.desk.looks[ASK] = Pending(), Refused(UNSEEN)
    await bench.work()
    bench.time.pass_(SETTLES)
    bench.desk.answers[ASK] = PAID
    await bench.work()
    hows = [set(given) & {FRESH, LOOK} for operation, given, _ in bench.desk.asked if operation == ASK]
    assert hows == [{FRESH}, {LOOK}, {FRESH}] and (await fresh(bench, bill)).state is BillState.PAID


async def test_no_other_worker_sends_a_push_again_before_it_has_settled(bench: Bench) -> None:
    """The wallet has not found it yet, and whoever looks now knows of it by the database alone."""
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK], bench.desk.looks[ASK] = late(), Refused(UNSEEN)
    first = await the_push(bench, lease=0.0)
    second = await the_push(bench, lease=0.0)
    await bench.worker._attempt(first)
    bench.time.pass_(5)
    ending = await bench.worker._attempt(second)
    assert sent(bench) == 1 and isinstance(ending, Again) and ending.pause_seconds is not None


async def test_of_workers_that_find_a_push_settled_at_the_same_moment_one_sends_it(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK], bench.desk.looks[ASK] = late(), Refused(UNSEEN)
    push = await the_push(bench, lease=0.0)
    await bench.worker._attempt(push)
    bench.time.pass_(SETTLES)
    bench.desk.answers[ASK] = Pending()
    await asyncio.gather(*(bench.worker._attempt(push) for _ in range(4)))
    assert sent(bench) == 2
    bench.desk.looks[ASK] = PAID
    assert isinstance(await bench.worker._attempt(push), Finished) and sent(bench) == 2


async def test_of_workers_that_have_a_new_push_at_the_same_moment_one_sends_it(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK], bench.desk.looks[ASK] = Pending(), Pending()
    push = await the_push(bench, lease=0.0)
    await asyncio.gather(*(bench.worker._attempt(push) for _ in range(4)))
    assert sent(bench) == 1


async def test_a_wallet_that_is_away_when_a_push_is_to_be_sent_again_has_it_sent_later(bench: Bench) -> None:
    bill = await lost(bench)
    bench.desk.answers[ASK] = ServiceFailed("connect", retryable=True)
    bench.time.pass_(SETTLES)
    await bench.work()
    bench.desk.answers[ASK] = PAID
    for _ in range(8):
        bench.time.pass_(SETTLES / 2)
        await bench.work()
    assert (await fresh(bench, bill)).state is BillState.PAID


async def test_a_push_that_has_long_waited_is_looked_up_before_it_leaves_as_its_database_may_have_been_restored(
    bench: Bench,
) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK] = away()
    await bench.work()
    bench.time.pass_(SETTLES)
    bench.desk.answers[ASK] = PAID
    await bench.work()
    hows = [set(given) & {FRESH, LOOK} for operation, given, _ in bench.desk.asked if operation == ASK]
    assert hows == [{FRESH}, set()] and (await fresh(bench, bill)).state is BillState.PAID
