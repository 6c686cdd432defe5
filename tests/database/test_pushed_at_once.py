"""Requests whose wallet is asked as soon as they are filed, through the whole house on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app import limits
from app.billing import Coming
from app.compiler.pack import version_of
from app.endings import Finished
from app.errors import ServiceFailed
from app.messages import Act, Answered, Pending, Refused, Status
from app.payments import Bill, BillState
from app.ports import Window
from app.pushes import PUSH, PUSHED, Push
from sessions.memory_store import MemorySessionStore
from tests.database.balanced import SEARCHED, balanced_bench
from tests.made_once import compiled
from tests.work import typed
from tests.work.agent import MPHO
from tests.work.at_once import searched, sources
from tests.work.conftest import Bench, open_bench
from tests.work.test_editions import another_gateway, prepared, publish
from tests.work.typed import CHARGE

pytestmark = pytest.mark.anyio
ASK = "request-payment"
PAID = Answered({"payment": "MP77"})


@pytest.fixture
async def bench(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with balanced_bench(sources(), tmp_path, url) as bench:
        bench.desk.answers["search"] = SEARCHED
        yield bench


async def settled(bench: Bench) -> list[str]:
    """Everything that is due once the last page is on the phone."""
    bench.time.pass_(limits.push_begins_seconds)
    return await bench.work()


async def bill_of(bench: Bench) -> Bill:
    bills, _ = await bench.database.bills.of_number(MPHO, Window(5), bench.time())
    assert len(bills) == 1
    return bills[0]


async def push_of(bench: Bench) -> Push:
    push = await bench.database.pushes.last((await bill_of(bench)).id)
    assert push is not None
    return push


def asked(bench: Bench) -> list[tuple[str, str]]:
    """For how much the wallet was asked, under which key."""
    return [(told["amount"], key) for operation, told, key in bench.desk.asked if operation == ASK]


def texts(bench: Bench) -> list[str]:
    """What the citizen is texted of money; that the request was received is told in any case."""
    return [sms.text for sms in bench.mast.sent if sms.msisdn == MPHO and not sms.text.startswith("Mohala: patlo")]


async def test_the_bill_and_its_push_are_there_when_the_page_is(bench: Bench) -> None:
    page = await searched(bench, "40")
    assert page.startswith("Ref ")
    bill, push = await bill_of(bench), await push_of(bench)
    assert (bill.state, bill.price.total_minor) == (BillState.SENT, 40_00 + CHARGE)
    assert (push.number, push.wallet, push.is_asked) == (1, "wallet", False)
    assert asked(bench) == [], "no wallet is asked while a page is waited for"


async def test_the_wallet_is_asked_for_the_total_and_the_request_goes_on(bench: Bench) -> None:
    bench.desk.answers[ASK] = PAID
    await searched(bench, "40")
    assert PUSH in await settled(bench)
    bill = await bill_of(bench)
    assert asked(bench) == [(str(40_00 + CHARGE), f"{bill.id}p1")]
    request = await bench.database.ledger.request(bill.request_id)
    assert request is not None and request.status is Status.DONE and request.results["payment"] == bill.receipt
    payment = await bench.database.bills.payment(bill.receipt)
    assert payment is not None and (payment.payer, payment.their_reference) == (MPHO, "MP77")


async def test_nobody_is_texted_a_code_that_they_do_not_need(bench: Bench) -> None:
    bench.desk.answers[ASK] = Pending()
    await searched(bench, "40")
    await settled(bench)
    assert texts(bench) == []
    assert (await bill_of(bench)).state is BillState.PENDING


async def test_whoever_chose_no_wallet_is_texted_the_code_and_no_wallet_is_asked(bench: Bench) -> None:
    await searched(bench, "40", way="2")
    await settled(bench)
    bill = await bill_of(bench)
    assert bill.state is BillState.CREATED and await bench.database.pushes.last(bill.id) is None
    assert asked(bench) == [] and len(texts(bench)) == 1 and bill.code[:5] in texts(bench)[0]


async def asked_before(bench: Bench, times: int) -> None:
    """Today, by whatever other services."""
    await bench.database.ledger.tally(PUSHED, MPHO, bench.editions.current.program.day(bench.time()), times)


async def test_who_has_asked_their_wallets_often_enough_today_is_told_so_and_files_nothing(bench: Bench) -> None:
    await asked_before(bench, limits.pushes_a_day_max)
    assert await searched(bench, "40") == "Li felile."
    await settled(bench)
    assert asked(bench) == [] and bench.mast.sent == []
    assert (await bench.database.bills.of_number(MPHO, Window(9), bench.time()))[0] == []
    assert "Ref " in await searched(bench, "40", way="2", session="at a point")
    bench.time.pass_(86_400)
    assert "Ref " in await searched(bench, "40", session="tomorrow")
    await settled(bench)
    assert len(asked(bench)) == 1


async def test_a_step_that_comes_again_beyond_the_days_number_has_the_page_of_the_first_time(bench: Bench) -> None:
    await asked_before(bench, limits.pushes_a_day_max - 1)
    page = await searched(bench, "40")
    assert "Ref " in page
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)  # the session server forgot everything
    assert (await bench.hop("7*1234-567*40*1*1", "s1")).text == page
    await settled(bench)
    assert len(asked(bench)) == 1


async def test_of_two_filings_at_the_same_moment_the_one_too_many_is_texted_its_code(bench: Bench) -> None:
    await asked_before(bench, limits.pushes_a_day_max - 1)
    bench.desk.answers[ASK] = Pending()
    await asyncio.gather(*(searched(bench, "40", session=f"s{count}") for count in range(2)))
    await settled(bench)
    bills, _ = await bench.database.bills.of_number(MPHO, Window(9), bench.time())
    pushed = [bill for bill in bills if await bench.database.pushes.last(bill.id)]
    left = [bill for bill in bills if bill not in pushed]
    assert len(pushed) == len(asked(bench))
    assert [sum(bill.code[:5] in text for text in texts(bench)) for bill in left] == [1] * len(left)


async def test_a_push_that_is_made_with_its_bill_is_counted_once_however_often_it_is_made(bench: Bench) -> None:
    await searched(bench, "40")
    await settled(bench)
    day = bench.editions.current.program.day(bench.time())
    assert await bench.database.ledger.tally(PUSHED, MPHO, day, 0) == 1


async def test_a_wallet_that_brings_nothing_leaves_a_bill_that_can_be_paid_otherwise(bench: Bench) -> None:
    bench.desk.answers[ASK] = Refused("declined")
    await searched(bench, "40")
    await settled(bench)
    bill = await bill_of(bench)
    assert bill.state is BillState.REFUSED and len(texts(bench)) == 1 and "ha ea etsahala" in texts(bench)[0]
    other = Coming("unayo", "00000000-0000-4000-8000-000000000001", "42.50", "LSL", "", "UN1", True)
    await bench.billing.take(bill, other)
    await settled(bench)
    request = await bench.database.ledger.request(bill.request_id)
    assert request is not None and request.status is Status.DONE


async def test_what_a_wallet_may_have_taken_is_asked_about_by_its_key(bench: Bench) -> None:
    bench.desk.answers[ASK] = ServiceFailed("timeout", retryable=True, late=True)
    await searched(bench, "40")
    await settled(bench)
    assert (await bill_of(bench)).state is BillState.UNKNOWN
    bench.desk.answers[ASK] = PAID
    bench.time.pass_(60)
    await settled(bench)
    assert (await bill_of(bench)).state is BillState.PAID
    assert {key for _, key in asked(bench)} == {f"{(await bill_of(bench)).id}p1"}


async def test_a_repeat_of_the_confirmation_asks_nobody_again(bench: Bench) -> None:
    bench.desk.answers[ASK] = PAID
    first = await searched(bench, "40")
    assert await bench.hop("7*1234-567*40*1*1") == await bench.hop("7*1234-567*40*1*1")
    await settled(bench)
    assert (await bench.hop("7*1234-567*40*1*1")).text == first
    assert len(asked(bench)) == 1 and (await push_of(bench)).number == 1


async def test_the_worker_makes_bill_and_push_where_the_gateway_died_before(bench: Bench) -> None:
    """The request was filed, and nothing more: as if the process ended right behind the filing's commit."""
    real = bench.billing.at_once

    async def dies(request: object) -> dict[str, str]:
        raise ServiceFailed("killed", retryable=True)

    bench.billing.at_once = dies  # type: ignore[assignment,method-assign]
    with pytest.raises(ServiceFailed):
        await searched(bench, "40")
    bench.billing.at_once = real  # type: ignore[method-assign]
    bench.desk.answers[ASK] = PAID
    await bench.work()
    await settled(bench)
    bill = await bill_of(bench)
    assert bill.state is BillState.PAID and len(asked(bench)) == 1


async def test_gateway_and_worker_at_one_moment_make_one_bill_with_one_push(bench: Bench) -> None:
    """Both propose a bill of their own code; the second finds that of the first, and writes no push."""
    await searched(bench, "40")
    bill = await bill_of(bench)
    ended = await asyncio.gather(*(bench.billing.issue(bill.request_id, 0) for _ in range(8)))
    assert all(isinstance(one, Finished) for one in ended)
    assert (await push_of(bench)).number == 1
    jobs = await settled(bench)
    assert jobs.count(PUSH) == 1


async def test_the_menu_that_was_filed_under_is_the_one_that_is_pushed_by(bench: Bench) -> None:
    """A version published in between knows of no such service; the push goes on under its own."""
    await searched(bench, "40")
    older = (await push_of(bench)).version
    newer = typed.sources()
    await publish(bench, newer, Act.PUBLISH)
    started = another_gateway(bench, await prepared(bench, newer))
    assert started.current.version == version_of(newer) != older
    bench.desk.answers[ASK] = PAID
    await settled(bench)
    assert (await push_of(bench)).version == older and (await bill_of(bench)).state is BillState.PAID


async def test_nothing_is_asked_for_what_was_paid_before_the_wallet_was_reached(bench: Bench) -> None:
    await searched(bench, "40")
    other = Coming("unayo", "00000000-0000-4000-8000-000000000001", "42.50", "LSL", "", "UN1", True)
    await bench.billing.take(await bill_of(bench), other)
    await settled(bench)
    assert asked(bench) == [] and (await bill_of(bench)).state is BillState.PAID


async def test_a_gateway_that_knows_no_session_gives_the_same_answer_and_asks_nobody_again(bench: Bench) -> None:
    first = await searched(bench, "40")
    bench.desk.answers[ASK] = PAID
    for _ in range(2):  # before a worker asked the wallet, and after
        bench.line.to = MemorySessionStore(bench.keyring, bench.time)
        assert (await bench.hop("7*1234-567*40*1*1")).text == first
        await settled(bench)
    assert len(asked(bench)) == 1


@pytest.fixture
async def receipting(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    """The same where the text of the end has the receipt, as in a purchase that costs one text."""
    told, done = sources(), 'done: "Mohala: patlo {reference} e phethiloe. {note}"'
    assert told["services.yaml"].count(done) >= 1
    told |= {"services.yaml": told["services.yaml"].replace(done, 'done: "Mohala: e felile. {note} Rasiti {receipt}"')}
    async with open_bench(compiled(told), tmp_path, url) as bench:
        await publish(bench, told)
        bench.desk.answers |= {ASK: PAID, "search": Answered({"note": "ho lokile"})}
        yield bench


def with_receipt(bench: Bench) -> list[str]:
    return [sms.text for sms in bench.mast.sent if sms.msisdn == MPHO and "Rasiti" in sms.text]


async def test_a_purchase_that_ends_at_once_costs_one_text(receipting: Bench) -> None:
    await searched(receipting, "40")
    await settled(receipting)
    (end,) = with_receipt(receipting)
    assert end.startswith("Mohala: e felile.")
    receipting.time.pass_(limits.paid_text_seconds)
    assert "tell" in await receipting.work()
    assert with_receipt(receipting) == [end]


async def test_whoever_paid_has_a_receipt_although_the_office_is_away(receipting: Bench) -> None:
    receipting.desk.answers["search"] = ServiceFailed("connect", retryable=True)
    await searched(receipting, "40")
    await settled(receipting)
    assert with_receipt(receipting) == [], "the office may only be slow"
    receipting.time.pass_(limits.paid_text_seconds)
    await receipting.work()
    (paid,) = with_receipt(receipting)
    assert "li amohetsoe ka Wallet" in paid
    receipting.desk.answers["search"] = Answered({"note": "ho lokile"})
    receipting.time.pass_(3_600)
    await receipting.work()
    assert len(with_receipt(receipting)) == 2
