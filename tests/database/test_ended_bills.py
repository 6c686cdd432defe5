"""How bills end whose wallet is asked, and what is said by then, on both databases: nobody pays what is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import limits
from app.audit import AuditEntry
from app.billing import Coming
from app.compiler.pack import compile_published
from app.messages import Answered, Change, Pending, Refused, Status
from app.payments import Bill, BillState, Payment, Refund, Unfit, refund_of
from app.ports import Window
from tests.database.balanced import balanced_bench
from tests.made_once import compiled
from tests.work.agent import LERATO, MPHO, billed
from tests.work.conftest import Bench, OfficeAnswer, open_bench
from tests.work.paid import BILL_SECONDS, TELLING_SECONDS
from tests.work.pushed import CODE, sources
from tests.work.test_editions import publish

pytestmark = pytest.mark.anyio
ASK = "request-payment"
OVER, WAITS = "E felile.", "Ema hoseng."
KEPT = '      expired_kept: "Mohala: patlo {reference}: nako e fetile; {paid} e bolokiloe, rasiti {receipt}."\n'


@pytest.fixture
async def bench(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with balanced_bench(sources(), tmp_path, url) as bench:
        yield bench


async def see(bench: Bench, bill: Bill, *typed: str, session: str, msisdn: str = MPHO) -> str:
    return (await bench.dial(bill.code, *typed, session=session, msisdn=msisdn, service_code=CODE)).text


async def confirmed(bench: Bench, bill: Bill, answer: OfficeAnswer | None = None) -> None:
    """A push that was confirmed, and asked for once if there is an answer."""
    assert await see(bench, bill, "1", session="pay") == "Sheba mohala."
    bench.time.pass_(limits.push_begins_seconds)
    if answer is not None:
        await says(bench, answer, 0)


async def says(bench: Bench, answer: OfficeAnswer, seconds: float = 600) -> None:
    bench.desk.answers[ASK] = answer
    bench.time.pass_(seconds)
    await bench.work()


async def end_request(bench: Bench, bill: Bill) -> bool:
    request = await bench.database.ledger.request(bill.request_id)
    assert request is not None
    change = Change(Status.REJECTED, request.stage, request.results, bench.time(), "given_up", by="operator:thabo")
    return await bench.database.ledger.advance(request, change, ())


async def fresh(bench: Bench, bill: Bill) -> Bill:
    found = await bench.database.bills.bill(bill.id)
    assert found is not None
    return found


async def listed(bench: Bench) -> int:
    """How many of Mpho's bills a wallet lists."""
    _, count = await bench.database.bills.of_number(MPHO, Window(5), bench.time())
    return count


def said(bench: Bench, number: str = MPHO) -> list[str]:
    return [sms.text for sms in bench.mast.sent if sms.msisdn == number]


def money(amount: str, number: int = 1, payer: str = LERATO) -> Coming:
    return Coming("unayo", f"00000000-0000-4000-8000-{number:012}", amount, "LSL", payer, f"UN{number}", True)


async def take(bench: Bench, bill: Bill, coming: Coming) -> Payment:
    payment = await bench.billing.take(await fresh(bench, bill), coming)
    assert isinstance(payment, Payment)
    return payment


async def is_over(bench: Bench, bill: Bill) -> None:
    assert (await fresh(bench, bill)).state is BillState.EXPIRED and await listed(bench) == 0
    assert await see(bench, bill, session="again") == OVER
    lines = await bench.database.audit.of(bill.request_id, 0)
    states = [one.details["state"] for one in lines if one.act == "bill"]
    assert states[-2:] == ["refused", "expired"]


# --- a request that is ended while a wallet is asked --------------------------------------------------------------


async def test_a_push_that_no_wallet_heard_of_ends_with_its_request(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    assert await end_request(bench, bill)
    assert await listed(bench) == 0
    await bench.work()
    await is_over(bench, bill)
    assert "felile" in said(bench)[-1] and not any("Lefa M32.50 ho fihlela" in one for one in said(bench))


async def test_a_refusal_that_comes_after_the_request_was_ended_opens_nothing_again(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill, Pending())
    assert await end_request(bench, bill)
    await says(bench, Refused("declined"))
    await is_over(bench, bill)
    assert "felile" in said(bench)[-1]


async def test_menus_from_before_there_was_a_text_for_it_say_that_no_money_was_taken(tmp_path: Path, url: str) -> None:
    older = sources()
    lines = [line for line in older["services.yaml"].splitlines() if not line.startswith("      over: ")]
    older["services.yaml"] = "\n".join(lines)
    async with open_bench(compile_published(older), tmp_path, url) as bench:
        bill = await billed(bench)
        await confirmed(bench, bill, Pending())
        assert await end_request(bench, bill)
        await says(bench, Refused("declined"))
        assert (await fresh(bench, bill)).state is BillState.EXPIRED
        assert "ha ea etsahala" in said(bench)[-1] and "felile" not in said(bench)[-1]


async def test_money_that_comes_after_the_request_was_ended_is_kept_and_the_bill_is_over(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill, Pending())
    assert await end_request(bench, bill)
    await says(bench, Answered({"payment": "MP77"}))
    (kept,) = await bench.database.bills.unsettled(5)
    assert kept.unfit is Unfit.CLOSED
    await is_over(bench, bill)


async def test_a_refusal_racing_the_end_of_the_request_leaves_no_bill_that_can_be_paid(bench: Bench) -> None:
    for count in range(6):
        bill = await billed(bench, f"search-{count}")
        assert await see(bench, bill, "1", session=f"pay-{count}") == "Sheba mohala."
        await says(bench, Pending(), 0)
        bench.desk.answers[ASK] = Refused("declined")
        bench.time.pass_(600)
        ends = (end_request(bench, bill), bench.work())
        await asyncio.gather(*(ends if count % 2 else reversed(ends)))
        bench.time.pass_(600)
        await bench.work()
        request = await bench.database.ledger.request(bill.request_id)
        assert request is not None and request.status is Status.REJECTED
        assert (await fresh(bench, bill)).state is BillState.EXPIRED, count
        bench.time.pass_(86_400)  # a number asks its wallets five times a day


async def test_a_text_that_asks_to_pay_does_not_go_out_with_the_end_of_a_bill(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill, Pending())
    seen, push = await fresh(bench, bill), await bench.database.pushes.last(bill.id)
    assert push is not None and await end_request(bench, bill)
    now = bench.time()
    move = bench.database.pushes.move
    assert not await move(push, seen, BillState.REFUSED, now, "house", (), is_held=False, is_open=True)
    assert (await fresh(bench, bill)).state is BillState.PENDING
    assert await move(push, seen, BillState.REFUSED, now, "house", (), is_held=False)
    assert (await fresh(bench, bill)).state is BillState.EXPIRED


# --- what is said when the time is over ---------------------------------------------------------------------------


async def test_a_refusal_after_the_last_day_names_no_day_until_which_to_pay(bench: Bench) -> None:
    bill = await billed(bench)
    bench.time.pass_(BILL_SECONDS - 60)
    await confirmed(bench, bill, Pending())
    bench.time.pass_(120)
    await says(bench, Refused("expired"))
    assert (await fresh(bench, bill)).state is BillState.REFUSED
    assert said(bench)[-1].endswith("Nako e felile.") and "ho fihlela" not in said(bench)[-1]


async def test_until_all_that_was_paid_in_time_was_told_whoever_looks_is_told_to_wait(bench: Bench) -> None:
    bill = await billed(bench)
    bench.time.pass_(BILL_SECONDS - 60)
    assert "M32.50" in await see(bench, bill, session="in-time")
    bench.time.pass_(120)
    assert await see(bench, bill, session="hers", msisdn=LERATO) == WAITS
    yes = await bench.hop(f"{bill.code}*1", "in-time", service_code=CODE)
    assert yes.text == WAITS, "confirmed too late"
    bench.time.pass_(limits.bill_telling_hours * 3600)
    assert await see(bench, bill, session="later") == OVER


async def test_a_request_that_was_ended_is_over_and_not_waited_for_the_night_after(bench: Bench) -> None:
    bill = await billed(bench)
    assert await end_request(bench, bill)
    bench.time.pass_(BILL_SECONDS + 60)
    assert await see(bench, bill, session="night") == OVER


# --- money that is kept when a bill ends --------------------------------------------------------------------------


async def until_it_ends(bench: Bench, bill: Bill) -> list[str]:
    """What Mpho and Lerato are told when the bill's time is over."""
    bench.time.pass_(BILL_SECONDS + TELLING_SECONDS)
    before = len(bench.mast.sent)
    await bench.work()
    assert (await fresh(bench, bill)).state is BillState.EXPIRED
    return [sms.text for sms in bench.mast.sent[before:]]


async def test_whose_money_is_kept_hears_so_when_the_bill_ends(tmp_path: Path, url: str) -> None:
    services, mark = sources()["services.yaml"], '      suspense: "Mohala: {paid} ea {bill} e bolokiloe.'
    assert services.count(mark) == 1
    told = {**sources(), "services.yaml": services.replace(mark, KEPT + mark)}
    async with open_bench(compiled(told), tmp_path, url) as bench:
        await publish(bench, told)
        bill = await billed(bench)
        kept = await take(bench, bill, money("10"))
        assert kept.unfit is Unfit.UNDER
        await bench.work()
        (text,) = await until_it_ends(bench, bill)
        assert "M10.00 e bolokiloe" in text and said(bench)[-1] == text, "whose request it is, not who paid for it"


async def test_without_a_text_of_its_own_it_is_said_again_that_money_is_kept(bench: Bench) -> None:
    bill = await billed(bench)
    await take(bench, bill, money("10"))
    await bench.work()
    first = said(bench, LERATO)[-1]
    assert "e bolokiloe" in first
    assert await until_it_ends(bench, bill) == [first]


async def test_what_was_given_back_is_not_kept_and_the_bill_ends_as_if_none_had_come(bench: Bench) -> None:
    bill = await billed(bench)
    kept = await take(bench, bill, money("10"))
    await refund(bench, bill, kept)
    (text,) = await until_it_ends(bench, bill)
    assert text.endswith("e fetile.")


async def refund(bench: Bench, bill: Bill, payment: Payment) -> None:
    """Asked for by one clerk and approved by another, with what is texted then."""
    asked = replace(payment, refund=Refund.ASKED, asked_by="clerk:lineo")
    done, now = replace(asked, refund=Refund.DONE), bench.time()
    entry = AuditEntry(now, "clerk:thabo", "refund", bill.request_id, bill.service)
    change = bench.database.bills.change_refund
    assert await change(payment, asked, await fresh(bench, bill), None, (), entry)
    texts = await bench.billing.given_back(bill, done)
    posting = refund_of(bill, done, now, "clerk:thabo")
    assert await change(asked, done, await fresh(bench, bill), posting, texts, entry)
    await bench.work()


async def test_who_paid_for_another_hears_as_well_that_it_was_given_back(bench: Bench) -> None:
    bill = await billed(bench)
    paid = await take(bench, bill, money("32.5"))
    assert paid.unfit is None
    await refund(bench, bill, paid)
    (theirs,) = [text for text in said(bench, LERATO) if "khutlisitsoe" in text]
    (citizens,) = [text for text in said(bench) if "khutlisitsoe" in text]
    assert theirs == citizens and paid.receipt[:4] in theirs


async def test_who_paid_their_own_hears_once_that_it_was_given_back(bench: Bench) -> None:
    bill = await billed(bench)
    paid = await take(bench, bill, money("32.5", payer=MPHO))
    await refund(bench, bill, paid)
    assert len([text for text in said(bench) if "khutlisitsoe" in text]) == 1


async def test_who_sent_what_did_not_fit_hears_alone_that_it_was_given_back(bench: Bench) -> None:
    bill = await billed(bench)
    await refund(bench, bill, await take(bench, bill, money("10")))
    assert len([text for text in said(bench, LERATO) if "khutlisitsoe" in text]) == 1
    assert not [text for text in said(bench) if "khutlisitsoe" in text]
