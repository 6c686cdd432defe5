"""Bills that are paid from a wallet, through the whole house on a real ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app import limits
from app.auditing import verify
from app.bill_code import new_bill_code, show_bill_code
from app.billing import Coming
from app.bookkeeping import examine as examine_books
from app.compiler.pack import examine
from app.errors import DeskRefused, ServiceFailed, StoreUnavailable
from app.jobbing import Known, give_up, retry, waiting
from app.messages import Answered, Change, Pending, Refused, Status
from app.pack import Pack
from app.payments import Bill, BillState, Unfit
from app.ports import Window
from app.pushes import PUSH
from app.settings import Settings
from app.wakes import id_of, job_of
from app.wallets import FRESH
from app.wiring import now_utc
from integrations.database import open_books
from tests.made_once import compiled
from tests.work.conftest import Bench, Numbers, OfficeAnswer, open_bench
from tests.work.pushed import CODE, sources
from tests.work.test_editions import publish

pytestmark = pytest.mark.anyio
MPHO, LERATO = "+26650123456", "+26658765432"
SEARCH = ("7", "1234-567", "1")
ASK = "request-payment"
PAID = Answered({"payment": "MP77"})
LATE = ServiceFailed("timeout", retryable=True, late=True)
AWAY = ServiceFailed("connect", retryable=True)
TO_PAY = 62 * 3_600
"""Seconds until the end of the last day: of the second one after that of the search."""


@pytest.fixture(scope="module")
def pushed() -> Pack:
    return compiled(sources())


@pytest.fixture
async def bench(pushed: Pack, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(pushed, tmp_path) as bench:
        await publish(bench, sources())
        yield bench


async def billed(bench: Bench, session: str = "search") -> Bill:
    """Mpho's search of a plot, which costs M32.50."""
    await bench.dial(*SEARCH, session=session)
    await bench.work()
    (bill, *_), _ = await bench.database.bills.of_number(MPHO, Window(5), bench.time())
    return bill


async def see(bench: Bench, *typed: str, session: str = "pay", msisdn: str = MPHO) -> str:
    return (await bench.dial(*typed, session=session, msisdn=msisdn, service_code=CODE)).text


async def confirmed(bench: Bench, bill: Bill, session: str = "pay", msisdn: str = MPHO) -> None:
    assert await see(bench, bill.code, "1", session=session, msisdn=msisdn) == "Sheba mohala."
    bench.time.pass_(limits.push_begins_seconds)


async def state_of(bench: Bench, bill: Bill) -> BillState:
    found = await bench.database.bills.bill(bill.id)
    assert found is not None
    return found.state


async def says(bench: Bench, answer: OfficeAnswer, seconds: float = 600) -> BillState:
    """How the bill stands when the wallet has said so; `seconds` later, when it is asked again."""
    bench.desk.answers[ASK] = answer
    bench.time.pass_(seconds)
    await bench.work()
    (bill, *_), _ = await bench.database.bills.of_number(MPHO, Window(5), bench.time() - timedelta(seconds=seconds))
    return bill.state


def said(bench: Bench, number: str = MPHO) -> list[str]:
    return [sms.text for sms in bench.mast.sent if sms.msisdn == number]


def keys(bench: Bench) -> list[str]:
    return [key for operation, _, key in bench.desk.asked if operation == ASK]


async def agent_pays(bench: Bench, bill: Bill) -> None:
    """Whoever else brings the money, here another wallet's own menu."""
    fresh = await bench.database.bills.bill(bill.id)
    assert fresh is not None
    other = Coming("unayo", "00000000-0000-4000-8000-000000000001", "32.5", "LSL", "", "UN1", True)
    await bench.billing.take(fresh, other)
    await bench.work()


async def books(bench: Bench, tmp_path: Path):
    opened = await open_books(f"sqlite:///{tmp_path / 'mohala.db'}")
    try:
        return await examine_books(opened)
    finally:
        await opened.close()


def test_the_pack_of_these_tests_lacks_nothing_but_translations() -> None:
    assert {one.rule for one in examine(sources())[1]} == {"missing-translation"}


async def test_a_bill_is_shown_with_fee_charge_and_total(bench: Bench) -> None:
    bill = await billed(bench)
    page = await see(bench, bill.code)
    assert page.startswith(f"Patlo ea setsha {show_bill_code(bill.code)}: M30.00 + M2.50 = M32.50\n")


async def test_nothing_is_asked_of_a_wallet_while_the_page_is_waited_for(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    assert keys(bench) == [] and await state_of(bench, bill) is BillState.SENT


async def test_no_wallet_is_asked_before_our_last_page_has_reached_the_phone(bench: Bench) -> None:
    """A network shows a wallet's prompt to nobody whose dialogue is still open."""
    bill = await billed(bench)
    assert await see(bench, bill.code, "1") == "Sheba mohala."
    bench.time.pass_(limits.push_begins_seconds - 1)
    await bench.work()
    assert keys(bench) == []
    bench.time.pass_(1)
    await bench.work()
    assert keys(bench) == [f"{bill.id}p1"]


async def test_the_wallet_is_asked_by_a_worker_and_the_money_pays_the_bill(bench: Bench, tmp_path: Path) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK] = PAID
    assert PUSH in await bench.work()
    paid = await bench.database.bills.bill(bill.id)
    assert paid is not None and paid.state is BillState.PAID
    payment = await bench.database.bills.payment(paid.receipt)
    assert payment is not None
    assert (payment.wallet, payment.their_reference, payment.payer) == ("wallet", "MP77", MPHO)
    request = await bench.database.ledger.request(bill.request_id)
    assert request is not None and request.status is Status.DONE and request.results["payment"] == paid.receipt
    found = await books(bench, tmp_path)
    assert found.faults == [] and found.balances[("wallet:wallet", "LSL")] == -32_50


async def test_the_wallet_hears_who_pays_how_much_and_for_what(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill, msisdn=LERATO)
    await bench.work()
    (asked,) = [arguments for operation, arguments, _ in bench.desk.asked if operation == ASK]
    assert asked == {
        "msisdn": LERATO, "amount": "3250", "currency": "LSL", "reference": bill.code, "text": "Patlo ea setsha",
        FRESH: "only",
    }  # fmt: skip


async def test_the_citizen_has_one_receipt_and_another_payer_one_of_their_own(bench: Bench) -> None:
    bill = await billed(bench)
    told = len(said(bench))
    await confirmed(bench, bill, msisdn=LERATO)
    await bench.work()
    receipt, done = said(bench)[told:]
    assert "phethiloe" in done and "M30.00 le M2.50 li amohetsoe ka Wallet" in receipt
    (theirs,) = said(bench, LERATO)
    assert theirs.startswith(f"Mohala: M32.50 ea {show_bill_code(bill.code)} e amohetsoe. Rasiti ")


async def test_the_bill_moves_through_all_that_is_known_of_the_push(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    assert await says(bench, Pending(), 0) is BillState.PENDING
    assert await says(bench, LATE) is BillState.UNKNOWN
    assert await says(bench, Pending()) is BillState.PENDING
    assert await says(bench, PAID) is BillState.PAID
    assert set(keys(bench)) == {f"{bill.id}p1"} and len(keys(bench)) == 4


async def test_an_unknown_outcome_is_asked_about_with_its_key_and_nobody_can_push_anew(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    assert await says(bench, LATE, 0) is BillState.UNKNOWN
    assert await see(bench, bill.code, session="again") == "E botsoa."
    assert await see(bench, bill.code, session="hers", msisdn=LERATO) == "E botsoa."
    assert await says(bench, PAID) is BillState.PAID
    assert set(keys(bench)) == {f"{bill.id}p1"}


@pytest.mark.parametrize("reason", ["declined", "insufficient_funds", "expired"])
async def test_a_refusal_is_told_and_the_bill_can_be_pushed_again_under_another_key(bench: Bench, reason: str) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    assert await says(bench, Refused(reason), 0) is BillState.REFUSED
    assert said(bench)[-1].startswith(f"Mohala: tefo ea {show_bill_code(bill.code)} ha ea etsahala: ")
    assert said(bench)[-1].endswith("Lefa M32.50 ho fihlela 25/11/2026.")
    await confirmed(bench, bill, "again")
    assert await says(bench, PAID, 0) is BillState.PAID
    assert keys(bench) == [f"{bill.id}p1", f"{bill.id}p2"]
    references = [arguments["reference"] for operation, arguments, _ in bench.desk.asked if operation == ASK]
    assert references == [bill.code, f"{bill.code}02"]


async def test_a_refused_push_leaves_the_bill_to_be_paid_in_another_way(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    assert await says(bench, Refused("declined"), 0) is BillState.REFUSED
    await agent_pays(bench, bill)
    assert await state_of(bench, bill) is BillState.PAID


async def test_a_step_that_comes_again_asks_nobody_twice(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    assert (await bench.hop(f"{bill.code}*1", "pay", service_code=CODE)).text == "Sheba mohala."
    await bench.work()
    assert len(keys(bench)) == 1


async def test_a_step_that_comes_again_after_a_refusal_pushes_no_second_time(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    assert await says(bench, Refused("declined"), 0) is BillState.REFUSED
    bench.line.to = type(bench.store)(bench.keyring, bench.time)  # the session server forgot everything
    assert (await bench.hop(f"{bill.code}*1", "pay", service_code=CODE)).text == "Sheba mohala."
    await bench.work()
    assert len(keys(bench)) == 1 and await state_of(bench, bill) is BillState.REFUSED


async def test_of_two_who_confirm_at_once_one_wallet_is_asked(bench: Bench) -> None:
    bill = await billed(bench)
    for session, number in (("mine", MPHO), ("hers", LERATO)):
        await see(bench, bill.code, session=session, msisdn=number)
    pages = await asyncio.gather(
        bench.hop(f"{bill.code}*1", "mine", service_code=CODE),
        bench.hop(f"{bill.code}*1", "hers", service_code=CODE, msisdn=LERATO),
    )
    assert sorted(page.text for page in pages) == ["E botsoa.", "Sheba mohala."]
    bench.time.pass_(limits.push_begins_seconds)
    await bench.work()
    assert len(keys(bench)) == 1


async def test_a_dialled_string_stops_at_the_page_that_asks(bench: Bench) -> None:
    bill = await billed(bench)
    assert "M32.50" in (await bench.hop(f"{bill.code}*1", "string", service_code=CODE)).text
    assert await state_of(bench, bill) is BillState.CREATED


async def test_whoever_paid_at_a_counter_before_the_wallet_was_asked_is_not_asked(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK] = AWAY  # the worker could not reach the wallet
    (claimed,) = [one for one in await bench.database.outbox.claim("t", bench.time(), 60.0, 20) if one.job.kind == PUSH]
    await bench.worker.do(claimed)
    await agent_pays(bench, bill)
    asked = len(keys(bench))
    assert await says(bench, PAID) is BillState.PAID
    assert len(keys(bench)) == asked


async def test_money_of_a_push_that_comes_second_stands_in_suspense(bench: Bench, tmp_path: Path) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill, msisdn=LERATO)
    assert await says(bench, Pending(), 0) is BillState.PENDING
    await agent_pays(bench, bill)
    assert await says(bench, PAID) is BillState.PAID
    (second,) = await bench.database.bills.unsettled(5)
    assert (second.wallet, second.unfit) == ("wallet", Unfit.SECOND)
    assert said(bench, LERATO)[-1].startswith("Mohala: M32.50 ea ")
    found = await books(bench, tmp_path)
    assert found.faults == [] and found.balances[("suspense", "LSL")] == 32_50


async def test_a_push_that_is_refused_after_another_way_paid_tells_nobody_anything(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    assert await says(bench, Pending(), 0) is BillState.PENDING
    await agent_pays(bench, bill)
    told = len(said(bench))
    assert await says(bench, Refused("declined")) is BillState.PAID
    assert len(said(bench)) == told


async def test_money_that_a_worker_booked_and_could_not_say_so_is_booked_once(bench: Bench, tmp_path: Path) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    claims = [await bench.database.outbox.claim(name, bench.time(), 0.0, 20) for name in ("one", "two")]
    pushes = [one for claimed in claims for one in claimed if one.job.kind == PUSH]
    assert len(pushes) == 2
    await asyncio.gather(*(bench.worker.do(one) for one in pushes))
    await bench.work()
    found = await books(bench, tmp_path)
    assert (found.faults, found.postings) == ([], 1) and await state_of(bench, bill) is BillState.PAID


async def test_money_under_way_pays_a_bill_whose_time_is_over_meanwhile(bench: Bench) -> None:
    bill = await billed(bench)
    bench.time.pass_(TO_PAY - 60)
    await confirmed(bench, bill)
    assert await says(bench, Pending(), 0) is BillState.PENDING
    bench.time.pass_(120)
    await bench.work()
    assert await state_of(bench, bill) is BillState.PENDING
    bench.desk.answers[ASK] = PAID
    bench.time.pass_(600)
    await bench.work()
    assert await state_of(bench, bill) is BillState.PAID


async def test_a_push_that_is_refused_after_the_time_is_over_lets_the_bill_expire(bench: Bench) -> None:
    bill = await billed(bench)
    bench.time.pass_(TO_PAY - 60)
    await confirmed(bench, bill)
    assert await says(bench, Pending(), 0) is BillState.PENDING
    bench.desk.answers[ASK] = Refused("expired")
    for _ in range(3):
        bench.time.pass_(600)
        await bench.work()
    assert await state_of(bench, bill) is BillState.REFUSED
    assert await see(bench, bill.code, session="over") == "Ema hoseng."
    bench.time.pass_(limits.bill_telling_hours * 3600)
    await bench.work()
    assert await state_of(bench, bill) is BillState.EXPIRED
    request = await bench.database.ledger.request(bill.request_id)
    assert request is not None and request.status is Status.REJECTED


async def test_a_bill_that_is_paid_too_late_or_of_nobody_is_not_pushed(bench: Bench) -> None:
    bill = await billed(bench)
    assert await see(bench, "0000000000", session="nobody") == "Ha e eo."
    bench.time.pass_(TO_PAY)
    assert await see(bench, bill.code, session="late") == "Ema hoseng."
    other = await billed(bench, "other")
    await agent_pays(bench, other)
    assert await see(bench, other.code, session="paid") == "E lefuoe."


async def test_whoever_guesses_codes_is_stopped_and_still_pays_their_own(bench: Bench) -> None:
    bill = await billed(bench)
    for count, code in enumerate(_codes(limits.bill_misses_a_day_max)):
        assert await see(bench, code, session=f"g{count}", msisdn=LERATO) == "Ha e eo."
    assert await see(bench, bill.code, session="right", msisdn=LERATO) == "Hosane."
    assert "M32.50" in await see(bench, bill.code, session="own")


def _codes(count: int) -> list[str]:
    """Of nobody: further on in the numbers than the house of a test comes."""
    numbers = Numbers()
    for _ in range(10_000):
        numbers(1)
    return [new_bill_code(numbers) for _ in range(count)]


async def test_a_number_has_so_many_pushes_a_day(bench: Bench) -> None:
    bill = await billed(bench)
    for count in range(limits.pushes_a_day_max):
        await confirmed(bench, bill, f"p{count}")
        assert await says(bench, Refused("declined"), 0) is BillState.REFUSED
    assert await see(bench, bill.code, "1", session="more") == "Hosane."
    await confirmed(bench, bill, "hers", LERATO)


async def test_a_wallet_that_answers_nothing_that_tells_is_a_persons_matter(bench: Bench, settings: Settings) -> None:
    bench.time.now = now_utc()  # as the operator's commands have it
    bill = await billed(bench)
    await confirmed(bench, bill)
    malformed = ServiceFailed("answer_malformed", retryable=False)
    assert await says(bench, malformed, 0) is BillState.UNKNOWN
    assert said(bench)[-1] == f"Mohala: tefo ea {show_bill_code(bill.code)} e lieha. Motho o tla e hlahloba."
    (task,) = await asyncio.to_thread(waiting, settings)
    assert task.kind == PUSH
    await asyncio.to_thread(retry, settings, task.id, "thabo", "the wallet is mended")
    assert await says(bench, PAID, 60) is BillState.PAID
    assert keys(bench) == [f"{bill.id}p1"] * 2


async def test_a_person_who_knows_that_no_money_came_lets_the_bill_go(bench: Bench, settings: Settings) -> None:
    bench.time.now = now_utc()  # as the operator's commands have it
    bill = await billed(bench)
    await confirmed(bench, bill)
    assert await says(bench, ServiceFailed("word_unknown", retryable=False), 0) is BillState.UNKNOWN
    (task,) = await asyncio.to_thread(waiting, settings)
    with pytest.raises(DeskRefused, match="--not-done"):
        await asyncio.to_thread(give_up, settings, task.id, "thabo", "they say no")
    await asyncio.to_thread(give_up, settings, task.id, "thabo", "they say no", Known.NOT_DONE)
    assert await state_of(bench, bill) is BillState.REFUSED
    bench.time.pass_(60)
    await bench.work()
    assert "ha ea etsahala" in said(bench)[-1]
    await confirmed(bench, bill, "again")
    assert await says(bench, PAID, 0) is BillState.PAID


async def test_a_request_that_was_ended_before_the_wallet_was_asked_brings_no_question(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    request = await bench.database.ledger.request(bill.request_id)
    assert request is not None
    change = Change(Status.REJECTED, request.stage, request.results, bench.time(), "given_up", by="operator:thabo")
    assert await bench.database.ledger.advance(request, change, ())
    await bench.work()
    assert keys(bench) == [] and await state_of(bench, bill) is BillState.EXPIRED


async def test_while_the_database_is_away_nobody_is_told_that_a_wallet_asks(bench: Bench, monkeypatch) -> None:
    bill = await billed(bench)
    await see(bench, bill.code)

    async def away(*_: object, **__: object) -> bool:
        raise StoreUnavailable("away")

    monkeypatch.setattr(bench.database.pushes, "begin", away)
    page = await bench.hop(f"{bill.code}*1", "pay", service_code=CODE)
    assert page.text != "Sheba mohala." and await state_of(bench, bill) is BillState.CREATED


async def test_the_audit_log_says_who_had_a_wallet_asked_and_what_came_of_it(bench: Bench, settings: Settings) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    await bench.work()
    lines = [line for line in await bench.database.audit.page(0) if line.details.get("bill") == bill.id]
    assert [(line.actor, line.act) for line in lines] == [
        ("house", "bill"), ("citizen", "push"), ("wallet:wallet", "payment")
    ]  # fmt: skip
    await asyncio.to_thread(verify, settings.database, None)


def test_a_wallets_callback_names_the_job_of_the_push() -> None:
    bill = f"{'0123456789abcdef' * 2}:1:10"
    id = id_of(f"{bill}p99")
    assert job_of(id) == f"{bill}:push:99"
    assert id.isalnum() and len(id) == 40
    assert job_of(id_of(f"{'0' * 32}:0p1")) == f"{'0' * 32}:0:push:1"
