"""Bills over what citizens typed, on both databases: their price, the books, and what must not be billed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing import Coming
from app.bookkeeping import examine
from app.books import fault_of, opposite
from app.catalogue import price_of
from app.compiler.pack import version_of
from app.endings import Finished, GivenUp
from app.filing import Asker
from app.ledger import Requests
from app.messages import Act, Request, Status
from app.pack import Pack
from app.payments import Bill, BillState, Payment, Price, Unfit, from_minor, posting_of, refund_of
from app.ports import Window
from integrations.database import DatabaseBooks
from tests.database.balanced import SEARCHED, balanced_bench
from tests.made_once import compiled
from tests.work.agent import MPHO, THABO, code_in, enrol, float_of, text
from tests.work.conftest import Bench
from tests.work.paid import BILL_SECONDS, TELLING_SECONDS
from tests.work.test_editions import another_gateway, prepared, publish
from tests.work.typed import CHARGE, COMMISSION, LEAST, MOST, searched, sources

pytestmark = pytest.mark.anyio
AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FORGED = ("", "-5000", "99", "50000001", "5000.5", "٥٠٠٠", "5000 ", "0x1388", "9" * 40)


@pytest.fixture(scope="module")
def typed() -> Pack:
    return compiled(sources())


@pytest.fixture
async def bench(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with balanced_bench(sources(), tmp_path, url) as bench:
        bench.desk.answers["search"] = SEARCHED
        yield bench


def price(pack: Pack, amount: str) -> Price | None:
    return price_of(pack.catalogue.services["plot-search"], pack.program.currency, {"paying": amount})


async def bill_of(bench: Bench) -> Bill:
    bills, _ = await bench.database.bills.of_number(MPHO, Window(1), bench.time())
    return bills[0]


async def held(bench: Bench) -> Mapping[str, int]:
    """What every account of the books holds, but for those that hold nothing."""
    found = await examine(DatabaseBooks(bench.database._store))
    assert found.faults == []
    return {account: minor for (account, _), minor in found.balances.items() if minor}


async def filed(bench: Bench, amount: str, step: str = "step-1", number: str = MPHO) -> Request:
    """A request as if some page had let this amount in."""
    requests: Requests = bench.worker._requests
    service = bench.pack.catalogue.services["plot-search"]
    answers = {"plot": "1234-567", "district": "Leribe", "paying": amount}
    return await requests.filings.file(bench.editions.current, service, answers, Asker(number, "st", step, 3.0))


def coming(amount: str, number: int = 1) -> Coming:
    return Coming("mpesa", f"00000000-0000-4000-8000-{number:012}", amount, "LSL", MPHO, "MP1", True)


async def test_the_bill_is_over_what_was_typed_and_the_charge_and_the_page_says_what_pays_it(bench: Bench) -> None:
    page = await searched(bench, "250.75")
    bill = await bill_of(bench)
    shown = f"{bill.code[:5]}-{bill.code[5:]}"
    assert page.endswith(f"{shown}: M253.25 ho fihlela 25/11/2026")
    assert (bill.price.fee_minor, bill.price.charge_minor, bill.price.commission_minor) == (250_75, CHARGE, COMMISSION)
    assert (bill.price.fee_to, bill.price.charge_to) == ("office:land", "office:land")
    assert bill.price.source.startswith("typed by the citizen; notice of the test (2026-11-25)")
    await bench.work()
    asked = [sms.text for sms in bench.mast.sent if shown in sms.text]
    assert asked == [f"Mohala: lefa M253.25 (M250.75 le M2.50) ka {shown} pele ho 25/11/2026."]


async def test_an_agent_takes_it_and_everybody_gets_their_part(bench: Bench) -> None:
    await enrol(bench, THABO)
    await searched(bench, "250.75")
    bill = await bill_of(bench)
    assert "eseng M250.75" in await text(bench, THABO, f"LEFA {bill.code} 250.75"), "the charge is missing"
    code = code_in(await text(bench, THABO, f"LEFA {bill.code} 253.25"))
    assert "M253.25 e lefiloe" in await text(bench, THABO, f"E {code}")
    assert await float_of(bench) == 1_000_00 - 253_25
    assert await held(bench) == {
        "bank": -1_000_00, "agent:014:float": 1_000_00 - 253_25, "agent:014:commission": COMMISSION,
        "office:land": 250_75 + CHARGE - COMMISSION,
    }  # fmt: skip
    assert any("M250.75, ts'ebeletso M2.50" in sms.text for sms in bench.mast.sent if sms.msisdn == MPHO)


async def test_it_is_paid_once_and_the_office_is_asked_only_then(bench: Bench) -> None:
    await searched(bench, "100")
    await bench.work()
    assert bench.desk.asked == []
    bill = await bill_of(bench)
    first = await bench.billing.take(bill, coming("102.5"))
    second = await bench.billing.take(bill, coming("102.5", 2))
    await bench.work()
    assert isinstance(first, Payment) and first.unfit is None
    assert isinstance(second, Payment) and second.unfit is Unfit.SECOND
    assert [asked[0] for asked in bench.desk.asked] == ["search"]
    assert await held(bench) == {"wallet:mpesa": -205_00, "office:land": 102_50, "suspense": 102_50}


async def test_nobody_paid_in_time_and_what_comes_then_is_kept(bench: Bench) -> None:
    await searched(bench, "100")
    bill = await bill_of(bench)
    bench.time.pass_(BILL_SECONDS)
    late = await bench.billing.take(bill, coming("102.5"))
    assert isinstance(late, Payment) and late.unfit is Unfit.LATE
    bench.time.pass_(TELLING_SECONDS)
    await bench.work()
    request = await bench.database.ledger.request(bill.request_id)
    assert request is not None and (request.status, request.reason) == (Status.REJECTED, "not_paid")
    kept = "M102.50 ea XHA84-RKZZ7 e bolokiloe"  # when it came, and once more in the place of "nobody has paid"
    assert sum(kept in sms.text for sms in bench.mast.sent) == 2
    assert not any("e fetile" in sms.text for sms in bench.mast.sent)
    stale = await bench.billing.take(bill, coming("102.5", 2))  # as it was looked at before its end
    assert isinstance(stale, Payment) and stale.unfit is Unfit.LATE


async def test_a_step_that_is_heard_again_shows_the_same_bill(bench: Bench) -> None:
    request = await filed(bench, "10000")
    first = await bench.billing.at_once(request)
    assert await bench.billing.at_once(request) == first != {}
    await bench.work()
    assert first["bill"].replace("-", "") == (await bill_of(bench)).code
    assert sum("lefa M102.50" in sms.text for sms in bench.mast.sent) == 1


@pytest.mark.parametrize("amount", FORGED)
async def test_what_no_page_lets_in_is_never_billed_but_left_for_a_person(bench: Bench, amount: str) -> None:
    request = await filed(bench, amount)
    assert isinstance(await bench.billing.issue(request.id, 0), GivenUp)
    assert await bench.billing.at_once(request) == {}
    await bench.work()
    assert await bench.database.bills.bill(f"{request.id}:0") is None
    assert (await bench.database.outbox.counts())["set_aside"] == 1
    assert [sms.text.rpartition(" ")[2] for sms in bench.mast.sent] == ["amohetsoe.", "lieha."]


async def test_a_bill_costs_what_its_request_was_filed_for_whatever_is_published_later(bench: Bench) -> None:
    early, late = await filed(bench, "10000"), await filed(bench, "20000", "step-2")
    assert isinstance(await bench.billing.issue(early.id, 0), Finished)
    newer = sources()
    services = newer["services.yaml"].replace('charge: {amount: "2.50"', 'charge: {amount: "9"')
    newer["services.yaml"] = services.replace("most: 5000, to: land", "most: 6000, to: land")
    assert newer["services.yaml"].count('"9"') == 1 and newer["services.yaml"].count("most: 6000") == 1
    await publish(bench, newer, Act.PUBLISH)
    another_gateway(bench, await prepared(bench, newer))
    assert bench.editions.current.version != version_of(newer)
    assert isinstance(await bench.billing.issue(late.id, 0), Finished)
    bills = [await bench.database.bills.bill(f"{one.id}:0") for one in (early, late)]
    assert [bill.price.total_minor for bill in bills if bill] == [102_50, 202_50]
    assert bills[0] is not None
    paid = await bench.billing.take(bills[0], coming("102.5"))
    assert isinstance(paid, Payment) and paid.unfit is None


async def test_whatever_is_typed_within_the_bounds_is_what_everybody_is_told(bench: Bench) -> None:
    chance = random.Random(11)
    amounts = [LEAST, LEAST + 1, MOST - 1, MOST, *(chance.randint(LEAST, MOST) for _ in range(12))]
    for number, minor in enumerate(amounts, 1):
        request = await filed(bench, str(minor), f"step-{number}", f"+266501200{number:02}")
        await bench.billing.issue(request.id, 0)
        bill = await bench.database.bills.bill(f"{request.id}:0")
        assert bill is not None
        before = len(bench.mast.sent)
        taken = await bench.billing.take(bill, coming(from_minor(minor + CHARGE, 2), number))
        assert isinstance(taken, Payment) and taken.unfit is None
        await bench.work()
        told = " ".join(sms.text for sms in bench.mast.sent[before:])
        assert f"M{minor / 100:,.2f} le M2.50 li amohetsoe ka mpesa" in told
        assert f"lefa M{(minor + CHARGE) / 100:,.2f}" in told
    total = sum(amounts) + CHARGE * len(amounts)
    assert await held(bench) == {"wallet:mpesa": -total, "office:land": total}


@given(minor=st.integers(LEAST, MOST), way=st.sampled_from(["mpesa", "agent:014"]), by=st.integers(-3, 3))
def test_for_any_amount_the_books_sum_to_zero_and_give_back_what_they_took(
    typed: Pack, minor: int, way: str, by: int
) -> None:
    cost = price(typed, str(minor))
    assert cost is not None and (cost.fee_minor, cost.total_minor) == (minor, minor + CHARGE)
    at = AT + timedelta(seconds=1)
    bill = Bill("r:0", "C" * 10, "r", 0, "plot-search", MPHO, cost, BillState.CREATED, AT, at, AT)
    unfit = Unfit.UNDER if by < 0 else Unfit.OVER if by else None
    payment = Payment("R", way, "c", "s", bill.id, cost.total_minor + by, "LSL", "", "", AT, unfit)
    posting = posting_of(bill, payment, way)
    assert fault_of(posting.entries) is None and sum(entry.amount_minor for entry in posting.entries) == 0
    given_out: Counter[str] = Counter()
    for entry in posting.entries:
        given_out[entry.account] += max(0, entry.amount_minor)
    given_out = +given_out
    if unfit is None and way == "mpesa":
        assert given_out == {"office:land": minor + CHARGE}
    elif unfit is None:
        assert given_out == {"office:land": minor + CHARGE - COMMISSION, "agent:014:commission": COMMISSION}
    else:
        assert given_out == {"suspense": payment.amount_minor}
    back = refund_of(bill, payment, AT, "clerk:lineo")
    assert sorted(back.entries, key=str) == sorted(opposite(posting.entries), key=str)


@pytest.mark.parametrize("amount", FORGED)
def test_what_is_no_amount_within_the_bounds_has_no_price(typed: Pack, amount: str) -> None:
    assert price(typed, amount) is None
