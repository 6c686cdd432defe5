"""Bills pushed to wallets, on both databases: whoever comes at the same moment, a bill is paid once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from app import limits
from app.agency import Caps
from app.billing import Coming
from app.bookkeeping import examine
from app.errors import ServiceFailed
from app.messages import Answered, ClaimedJob, Job, Pending, Refused
from app.payments import UNDER_WAY, Bill, BillState, Payment, Unfit
from app.pushes import PUSH, Push
from app.wakes import id_of, job_of
from integrations.database import DatabaseBooks
from tests.database.balanced import SEARCHED, balanced_bench
from tests.work.agent import LERATO, MPHO, THABO, billed, code_in, enrol, event, float_of, text
from tests.work.conftest import Bench
from tests.work.pushed import CODE, sources

pytestmark = pytest.mark.anyio
TOTAL = 32_50
ASK = "request-payment"
PAID = Answered({"payment": "MP77"})
ROUNDS = 4


@pytest.fixture
async def bench(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with balanced_bench(sources(), tmp_path, url) as bench:
        bench.desk.answers["search"] = SEARCHED
        yield bench


async def held(bench: Bench) -> Mapping[str, int]:
    found = await examine(DatabaseBooks(bench.database._store))
    return {account: minor for (account, _), minor in found.balances.items() if minor}


async def shown(bench: Bench, bill: Bill, session: str, number: str = MPHO) -> None:
    """Up to the page that asks."""
    page = await bench.dial(bill.code, session=session, msisdn=number, service_code=CODE)
    assert "M32.50" in page.text


async def yes(bench: Bench, bill: Bill, session: str, number: str = MPHO) -> str:
    return (await bench.hop(f"{bill.code}*1", session, msisdn=number, service_code=CODE)).text


async def confirmed(bench: Bench, bill: Bill, session: str = "pay", number: str = MPHO) -> None:
    await shown(bench, bill, session, number)
    assert await yes(bench, bill, session, number) == "Sheba mohala."
    bench.time.pass_(limits.push_begins_seconds)


async def fresh(bench: Bench, bill: Bill) -> Bill:
    found = await bench.database.bills.bill(bill.id)
    assert found is not None
    return found


async def the_push(bench: Bench, lease: float = 60.0) -> ClaimedJob:
    claimed = await bench.database.outbox.claim("other", bench.time(), lease, 20)
    (push,) = [one for one in claimed if one.job.kind == PUSH]
    return push


def keys(bench: Bench) -> list[str]:
    return [key for operation, _, key in bench.desk.asked if operation == ASK]


async def test_of_many_who_confirm_at_once_one_wallet_is_asked(bench: Bench) -> None:
    bill = await billed(bench)
    who = [(f"s{count}", (MPHO, LERATO)[count % 2]) for count in range(8)]
    for session, number in who:
        await shown(bench, bill, session, number)
    pages = await asyncio.gather(*(yes(bench, bill, session, number) for session, number in who))
    assert sorted(pages) == ["E botsoa."] * 7 + ["Sheba mohala."]
    bench.time.pass_(limits.push_begins_seconds)
    await bench.work()
    assert keys(bench) == [f"{bill.id}p1"]
    assert await held(bench) == {"wallet:wallet": -TOTAL, "treasury": 30_00, "office:land": 2_50}


async def test_a_push_racing_the_yes_of_an_agent_pays_and_no_cash_is_taken_beside_it(bench: Bench) -> None:
    await enrol(bench, THABO, ROUNDS * TOTAL, Caps(payments=60, amount_minor=10_000_00))
    for count in range(ROUNDS):
        bill = await billed(bench, f"search-{count}")
        code = code_in(await text(bench, THABO, f"LEFA {bill.code} 32.50", f"A{count}"))
        await confirmed(bench, bill, f"pay-{count}")
        bench.desk.answers[ASK] = Pending()
        await bench.work()
        bench.desk.answers[ASK] = PAID
        await bench.texts.take_in(event(THABO, f"E {code}", f"Y{count}"))
        bench.time.pass_(200)  # the push was asked for, and is due to be looked at again
        claimed = await bench.database.outbox.claim("both", bench.time(), 60.0, 20)
        assert PUSH in {one.job.kind for one in claimed}
        order = list(claimed)
        random.Random(count).shuffle(order)
        await asyncio.gather(*(bench.worker.do(one) for one in order))
        await bench.work()
        assert (await fresh(bench, bill)).state is BillState.PAID
    assert await bench.database.bills.unsettled(50) == [] and await float_of(bench) == ROUNDS * TOTAL
    assert (await held(bench))["wallet:wallet"] == -ROUNDS * TOTAL


async def test_a_wallet_racing_another_wallets_own_menu_the_second_stands_in_suspense(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK] = Pending()
    await bench.work()
    bench.desk.answers[ASK] = PAID
    bench.time.pass_(60)
    push, seen = await the_push(bench), await fresh(bench, bill)
    other = Coming("unayo", "00000000-0000-4000-8000-000000000001", "32.5", "LSL", LERATO, "UN1", True)
    await asyncio.gather(bench.worker.do(push), bench.billing.take(seen, other))
    await bench.work()
    assert (await fresh(bench, bill)).state is BillState.PAID
    (second,) = await bench.database.bills.unsettled(5)
    assert second.unfit is Unfit.SECOND
    assert await held(bench) == {
        "wallet:wallet": -TOTAL, "wallet:unayo": -TOTAL, "treasury": 30_00, "office:land": 2_50, "suspense": TOTAL,
    }  # fmt: skip


async def test_workers_that_carry_one_push_out_at_once_book_it_once(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    claims = [await the_push(bench, lease=0.0) for _ in range(5)]
    await asyncio.gather(*(bench.worker.do(one) for one in claims))
    await bench.work()
    assert await held(bench) == {"wallet:wallet": -TOTAL, "treasury": 30_00, "office:land": 2_50}
    assert set(keys(bench)) == {f"{bill.id}p1"}


async def test_a_callback_that_is_delivered_twice_hastens_the_push_and_books_once(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK] = Pending()
    await bench.work()
    bench.desk.answers[ASK] = PAID
    job = job_of(id_of(f"{bill.id}p1"))
    assert job is not None
    assert await bench.database.outbox.hasten(job, bench.time())
    await bench.database.outbox.hasten(job, bench.time())
    await bench.work()
    assert not await bench.database.outbox.hasten(job, bench.time()), "it is done"
    assert await held(bench) == {"wallet:wallet": -TOTAL, "treasury": 30_00, "office:land": 2_50}


async def test_a_worker_that_dies_before_it_says_what_it_booked_asks_again_and_books_nothing(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    push = await the_push(bench, lease=0.0)
    assert await bench.worker._attempt(push)  # the money is booked, and the job's end never comes
    await bench.work()
    assert keys(bench) == [f"{bill.id}p1"] * 2
    assert await held(bench) == {"wallet:wallet": -TOTAL, "treasury": 30_00, "office:land": 2_50}


async def test_the_database_refuses_a_second_push_of_the_same_number(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    values = f"'{bill.id}', 1, 'other', 'wallet', 'v', 0, 0, NULL"

    def work(connection):
        connection.execute(sql(f"INSERT INTO pushes VALUES ({values})"))

    with pytest.raises(AssertionError, match="refused a row of ours"):
        await bench.database._store.write(work)
    seen = await fresh(bench, bill)
    again = Push(bill.id, 1, "other", "wallet", "v", bench.time())
    assert not await bench.database.pushes.begin(seen, again, "citizen", Job("j", PUSH, {}, bench.time()))
    assert (await fresh(bench, bill)).state is BillState.SENT


async def test_what_was_seen_long_ago_begins_no_push(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    await bench.work()
    stale = Push(bill.id, 2, "stale", "wallet", "v", bench.time())
    assert not await bench.database.pushes.begin(bill, stale, "citizen", Job("j", PUSH, {}, bench.time()))
    assert (await fresh(bench, bill)).state is BillState.PAID
    assert await bench.database.pushes.by("stale") is None


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_a_bill_is_paid_once_and_what_came_is_all_there(bench: Bench, seed: int) -> None:
    """Wallets that answer in any way, other money, citizens who try again, time that passes, workers side by side."""
    dice = random.Random(seed)
    bill = await billed(bench)
    came = dict[str, int]()
    answers = (PAID, PAID, Pending(), Refused("declined"), Refused("expired"), late(), away())
    for step in range(25):
        bench.desk.answers[ASK] = dice.choice(answers)
        match dice.randrange(5):
            case 0:
                await bench.dial(
                    bill.code, "1", session=f"p{step}", msisdn=dice.choice((MPHO, LERATO)), service_code=CODE
                )
            case 1 if dice.random() < 0.3:
                coming = Coming("unayo", f"00000000-0000-4000-8000-{step:012}", "32.5", "LSL", "", f"UN{step}", True)
                if isinstance(await bench.billing.take(await fresh(bench, bill), coming), Payment):
                    came["unayo"] = came.get("unayo", 0) + TOTAL
            case 2:
                bench.time.pass_(dice.choice((1, 60, 3_600)))
            case _:
                claimed = await bench.database.outbox.claim("dice", bench.time(), dice.choice((0.0, 60.0)), 20)
                twice = [one for one in claimed for _ in range(dice.choice((1, 2)))]
                await asyncio.gather(*(bench.worker.do(one) for one in twice))
        bench.time.pass_(1)
    bench.desk.answers[ASK] = Refused("declined")
    for _ in range(5):
        bench.time.pass_(86_400)
        await bench.work()
    final, money = await fresh(bench, bill), await held(bench)
    assert final.state not in UNDER_WAY
    assert money.get("treasury", 0) == (30_00 if final.state is BillState.PAID else 0)
    assert -money.get("wallet:unayo", 0) == came.get("unayo", 0)
    paid_for = [one for one in await bench.database.bills.payments_of(bill.id) if one.unfit is None]
    assert len(paid_for) == (1 if final.state is BillState.PAID else 0)
    # No push is asked about under a key that comes before one that was refused or paid.
    numbers = [int(key.rpartition("p")[2]) for key in keys(bench)]
    assert numbers == sorted(numbers)


def late() -> ServiceFailed:
    return ServiceFailed("timeout", retryable=True, late=True)


def away() -> ServiceFailed:
    return ServiceFailed("connect", retryable=True)
