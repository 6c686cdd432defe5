"""Money that was paid in time and is told of when the bill's time is over, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from app import limits
from app.billing import Billing
from app.bookkeeping import examine
from app.endings import Again, Finished
from app.messages import Status
from app.payments import Bill, BillState, Unfit
from integrations.database import Database, open_books
from tests.database.shop import MPHO, Shop, open_shop, pack
from tests.database.till import Bytes

pytestmark = pytest.mark.anyio
GRACE = timedelta(hours=limits.bill_telling_hours)
MINUTE = timedelta(minutes=1)
Held = Callable[[], Awaitable[dict[str, int]]]


@pytest.fixture
async def shop(database: Database, at: datetime) -> AsyncIterator[Shop]:
    async with open_shop(database, at, pack()) as shop:
        yield shop


@pytest.fixture
def held(url: str) -> Held:
    async def check() -> dict[str, int]:
        books = await open_books(url)
        try:
            found = await examine(books)
        finally:
            await books.close()
        assert found.faults == []
        return {account: minor for (account, _), minor in found.balances.items() if minor}

    return check


def worker(shop: Shop, now: datetime) -> Billing:
    """Another process, whose clock shows something else."""
    return Billing(shop.requests, shop.database.ledger, shop.database.bills, lambda: now, Bytes("worker"))


async def tell(shop: Shop, bill: Bill, at: object, wallet: str = "ecocash") -> str:
    """What the wallet hears of its money: `paid`, `suspense`, or why it was refused."""
    answer = await shop.pay(bill, wallet=wallet, paid_at=at)
    told = answer.json()
    return str(told.get("billPaymentStatus") or told["errorCode"])


async def test_money_that_was_paid_in_time_pays_although_it_is_told_late(shop: Shop, held: Held) -> None:
    bill = await shop.bill()
    shop.now = bill.expires_at + 20 * MINUTE
    assert await tell(shop, bill, (bill.expires_at - 10 * MINUTE).isoformat()) == "paid"
    assert (await shop.fresh(bill)).state is BillState.PAID
    assert (await shop.request(bill)).stage == 1
    assert await held() == {"wallet:ecocash": -32_50, "treasury": 30_00, "office:land": 2_50}
    lines = [(one.actor, one.act, dict(one.details)) for one in await shop.database.audit.of(bill.request_id, 0)]
    told = next(details for actor, act, details in lines if (actor, act) == ("wallet:ecocash", "told-late"))
    assert datetime.fromisoformat(told["paid_at"]) == bill.expires_at - 10 * MINUTE
    assert [act for _, act, _ in lines].index("told-late") < [act for _, act, _ in lines].index("payment")


async def test_the_last_moment_to_tell_is_the_end_of_the_bill(shop: Shop) -> None:
    first, second = await shop.bill(), await shop.bill()
    told = (first.expires_at - MINUTE).isoformat()
    shop.now = first.expires_at + GRACE - MINUTE
    assert await tell(shop, first, told) == "paid"
    shop.now = first.expires_at + GRACE
    assert await tell(shop, second, told) == "suspense"


async def test_money_that_was_paid_late_is_kept_whenever_it_is_told(shop: Shop, held: Held) -> None:
    bill = await shop.bill()
    shop.now = bill.expires_at + 20 * MINUTE
    assert await tell(shop, bill, bill.expires_at.isoformat()) == "suspense"
    assert await held() == {"wallet:ecocash": -32_50, "suspense": 32_50}
    acts = [one.act for one in await shop.database.audit.of(bill.request_id, 0)]
    assert "payment" in acts and "told-late" not in acts


async def test_what_does_not_pay_the_bill_was_not_told_late(shop: Shop) -> None:
    small, twice = await shop.bill(), await shop.bill()
    told = (small.expires_at - MINUTE).isoformat()
    shop.now = small.expires_at + MINUTE
    answer = await shop.pay(small, "10", wallet="ecocash", paid_at=told)
    assert answer.json()["billPaymentStatus"] == "suspense"
    assert [await tell(shop, twice, told), await tell(shop, twice, told)] == ["paid", "suspense"]
    lines = [one for bill in (small, twice) for one in await shop.database.audit.of(bill.request_id, 0)]
    (line,) = [one for one in lines if one.act == "told-late"]
    assert line.details["receipt"] == (await shop.fresh(twice)).receipt


@pytest.mark.parametrize(
    "says",
    [
        "2099-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "yesterday", "", 5, None,
        {"a": ["b"]}, "2026-11-27T23:50:00", "9999-12-31T23:59:59-23:59",
    ],
)  # fmt: skip
async def test_what_cannot_be_is_not_believed_and_refuses_no_money(shop: Shop, says: object) -> None:
    early, late = await shop.bill(), await shop.bill()
    assert await tell(shop, early, says) == "paid"
    shop.now = late.expires_at + MINUTE
    assert await tell(shop, late, says) == "suspense"


async def test_a_time_before_the_bill_was_made_is_not_believed(shop: Shop) -> None:
    bill = await shop.bill()
    shop.now = bill.expires_at + MINUTE
    assert await tell(shop, bill, (bill.created_at - MINUTE).isoformat()) == "suspense"


async def test_a_time_that_is_still_to_come_is_not_believed(shop: Shop) -> None:
    bill = await shop.bill()
    shop.now = bill.expires_at + MINUTE
    assert await tell(shop, bill, (shop.now + MINUTE).isoformat()) == "suspense"


async def test_a_wallet_that_takes_the_money_only_now_is_told_no_whatever_it_says(shop: Shop, held: Held) -> None:
    bill = await shop.bill()
    shop.now = bill.expires_at + MINUTE
    assert await tell(shop, bill, (bill.expires_at - MINUTE).isoformat(), "mpesa") == "identifierError"
    assert await held() == {}


async def test_nobody_begins_to_pay_a_bill_that_is_only_waited_for(shop: Shop) -> None:
    bill = await shop.bill()
    shop.now = bill.expires_at
    assert (await shop.ask("GET", f"/accounts/msisdn/{MPHO}/bills")).json() == []
    assert await shop.billing.judged(bill, bill.price.total_minor) is Unfit.LATE
    assert isinstance(await shop.billing.expire(bill.id), Again)
    assert (await shop.fresh(bill)).state is BillState.CREATED


async def test_the_day_that_is_shown_is_the_one_it_was(shop: Shop) -> None:
    bill = await shop.bill()
    (told,) = (await shop.ask("GET", f"/accounts/msisdn/{MPHO}/bills")).json()
    program = shop.pack.program
    assert told["dueDate"] == program.day(bill.expires_at - MINUTE).isoformat()
    assert bill.expires_at == program.end_of_day(bill.created_at + timedelta(hours=48))


@pytest.mark.parametrize("round", range(6))
async def test_the_end_and_what_is_told_late_come_at_the_same_moment(shop: Shop, held: Held, round: int) -> None:
    bill = await shop.bill()
    shop.now = bill.expires_at + GRACE - timedelta(seconds=1)
    told, house = (bill.expires_at - MINUTE).isoformat(), worker(shop, bill.expires_at + GRACE)
    both = (house.expire(bill.id), tell(shop, bill, told))
    if round % 2:
        said, ending = await asyncio.gather(both[1], both[0])
    else:
        ending, said = await asyncio.gather(*both)
    if isinstance(ending, Again):
        ending = await house.expire(bill.id)
    assert isinstance(ending, Finished)
    now, request = await shop.fresh(bill), await shop.request(bill)
    if said == "paid":
        assert (now.state, request.stage, request.status) == (BillState.PAID, 1, Status.IN_PROGRESS)
        assert await held() == {"wallet:ecocash": -32_50, "treasury": 30_00, "office:land": 2_50}
    else:
        assert (said, now.state, request.status) == ("suspense", BillState.EXPIRED, Status.REJECTED)
        assert await held() == {"wallet:ecocash": -32_50, "suspense": 32_50}


async def test_what_was_looked_at_before_the_end_is_judged_by_the_end(shop: Shop, held: Held) -> None:
    """The gateway read the bill, then the worker ended it, then the gateway writes."""
    bill = await shop.bill()
    seen = await shop.fresh(bill)
    house = worker(shop, bill.expires_at + GRACE)
    assert isinstance(await house.expire(bill.id), Finished)
    shop.now = bill.expires_at + GRACE - timedelta(seconds=1)
    assert seen.state is BillState.CREATED
    assert await tell(shop, seen, (bill.expires_at - MINUTE).isoformat()) == "suspense"
    assert await held() == {"wallet:ecocash": -32_50, "suspense": 32_50}
