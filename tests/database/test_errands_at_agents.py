"""What is counted of a citizen who filed by phone and paid at a service point, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.billing import Coming
from app.errands import ErrandKind
from app.impact.command import read_report
from app.messages import Answered
from app.payments import Bill
from tests.work.agent import THABO, code_in, enrol, text
from tests.work.agent_menu import billed, shipped
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio
POINT, MPESA = "001", "00000000-0000-4000-8000-000000000001"


@pytest.fixture
async def bench(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with open_bench(shipped(), tmp_path, url) as bench:
        bench.desk.answers["note-fee"] = Answered({"noted": "PF-000001"})
        await enrol(bench, THABO)
        yield bench


async def counted(bench: Bench, kind: ErrandKind) -> tuple[str, str, int]:
    """The channel, the point and how many there were of one kind."""
    counts = await bench.database.errands.counts(bench.time() - timedelta(days=9), bench.time() + timedelta(hours=1))
    (one,) = (count for count in counts if count.kind == kind)
    return one.channel, one.point, one.count


async def pay_at_the_point(bench: Bench, bill: Bill) -> None:
    asked = await text(bench, THABO, f"LEFA {bill.code} 135")
    await text(bench, THABO, f"E {code_in(asked)}")


async def test_a_request_whose_bill_an_agent_took_ended_at_that_point(bench: Bench) -> None:
    bill = await billed(bench)
    await pay_at_the_point(bench, bill)
    assert await counted(bench, ErrandKind.FILED) == ("ussd", "", 1)
    assert await counted(bench, ErrandKind.PAID) == ("agent", POINT, 1)
    assert await counted(bench, ErrandKind.ENDED) == ("agent", POINT, 1)


async def test_a_request_whose_bill_a_wallet_paid_ended_where_it_was_filed(bench: Bench) -> None:
    bill = await billed(bench)
    taken = await bench.billing.take(bill, Coming("mpesa", MPESA, "135", "LSL", bill.msisdn, "M1", True))
    assert taken.unfit is None
    await bench.work()
    for kind in (ErrandKind.PAID, ErrandKind.ENDED):
        assert await counted(bench, kind) == ("ussd", "", 1)


async def test_payments_at_a_point_are_counted_there_and_nothing_is_claimed_of_them(bench: Bench) -> None:
    for number in range(5):
        await pay_at_the_point(bench, await billed(bench, f"+2665012345{number}"))
    today = bench.pack.program.day(bench.time())
    report = await read_report(bench.database, bench.pack, today, today)
    (row,) = report.tables["point"]
    assert (row.names, row.saved.errands) == ((POINT,), {"ended": 5, "paid": 5})
    assert {one.events for one in row.saved.sums.values()} == {0}
    assert "5 payments were counted; nobody is asked about them, so nothing is claimed." in report.unsaid
