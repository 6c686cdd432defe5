"""A request that waits for its fee: billed, paid, expired, and what its citizen is told, with a real ledger."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import bookkeeping, refunding
from app.audit import AuditEntry
from app.billing import MONEY_BACK, Coming, Denied
from app.citizens import erase, export
from app.deeds import Deed
from app.desk import Desk
from app.desking import new_token
from app.errors import DeskRefused, ServiceFailed
from app.jobbing import Known, give_up
from app.jobbing import waiting as jobs_waiting
from app.manual_office import ManualOffice
from app.messages import Answered, Change, Status
from app.pack import Pack
from app.payments import Bill, BillState, Payment, Unfit
from app.ports import Window
from app.settings import Settings
from app.tasks import Clerk
from integrations.database import open_evidence
from tests.made_once import compiled
from tests.work.conftest import Bench, open_bench
from tests.work.paid import BILL_SECONDS, TELLING_SECONDS, sources
from tests.work.test_editions import publish

pytestmark = pytest.mark.anyio
MPHO, LERATO = "+26650123456", "+26658765432"
SEARCH = ("7", "1234-567", "1")


@pytest.fixture(scope="module")
def paid() -> Pack:
    return compiled(sources())


@pytest.fixture
async def bench(paid: Pack, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(paid, tmp_path) as bench:
        bench.desk.answers["search"] = Answered({"note": "ho lokile"})
        await publish(bench, sources())
        yield bench


@pytest.fixture
def settings(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of an operator on the same machine."""
    (tmp_path / "keys").write_text(f"k1:{base64.b64encode(bytes(32)).decode()}\n", "ascii")
    monkeypatch.setenv("MOHALA_HOME", str(tmp_path))
    return Settings.load()


async def billed(bench: Bench) -> Bill:
    await bench.dial(*SEARCH)
    await bench.work()
    (bill,), _ = await bench.database.bills.of_number(MPHO, Window(5), bench.time())
    return bill


def coming(amount: str = "32.5", number: int = 1, **other: object) -> Coming:
    told = Coming("mpesa", f"00000000-0000-4000-8000-{number:012}", amount, "LSL", LERATO, "MP1", True)
    return replace(told, **other)


def said(bench: Bench, number: str = MPHO) -> list[str]:
    return [sms.text for sms in bench.mast.sent if sms.msisdn == number]


async def request_of(bench: Bench, bill: Bill):
    request = await bench.database.ledger.request(bill.request_id)
    assert request is not None
    return request


async def test_a_filed_request_is_billed_and_its_code_is_texted(bench: Bench) -> None:
    bill = await billed(bench)
    shown = f"{bill.code[:5]}-{bill.code[5:]}"
    assert f"Mohala: lefa M32.50 (M30.00 le M2.50) ka {shown} pele ho 25/11/2026." in said(bench)
    assert bill.price.source == "Gazette of the test (2026-11-24); notice of the test (2026-11-25)"
    assert bill.expires_at - bill.created_at == timedelta(seconds=BILL_SECONDS)
    assert bench.desk.asked == [] and (await request_of(bench, bill)).status is Status.RECEIVED


async def test_when_it_is_paid_the_office_gets_the_work_and_the_citizen_a_receipt(bench: Bench) -> None:
    bill = await billed(bench)
    payment = await bench.billing.take(bill, coming())
    assert isinstance(payment, Payment) and payment.unfit is None
    await bench.work()
    assert [asked[0] for asked in bench.desk.asked] == ["search"]
    request = await request_of(bench, bill)
    assert (request.status, request.results["payment"]) == (Status.DONE, payment.receipt)
    receipt = f"{payment.receipt[:4]}-{payment.receipt[4:]}"
    assert f"M30.00 le M2.50 li amohetsoe ka mpesa. Rasiti {receipt}." in " ".join(said(bench))


async def test_a_bill_is_made_and_texted_once_when_its_job_is_done_again(bench: Bench) -> None:
    bill = await billed(bench)
    await bench.billing.issue(bill.request_id, 0)
    await bench.work()
    assert sum("lefa" in text for text in said(bench)) == 1


@pytest.mark.parametrize(("amount", "unfit"), [("32.49", Unfit.UNDER), ("33", Unfit.OVER), ("0.01", Unfit.UNDER)])
async def test_another_amount_is_kept_and_whoever_sent_it_is_told(bench: Bench, amount: str, unfit: Unfit) -> None:
    bill = await billed(bench)
    payment = await bench.billing.take(bill, coming(amount))
    assert isinstance(payment, Payment) and payment.unfit is unfit
    await bench.work()
    assert [text.partition(" ea ")[0] for text in said(bench, LERATO)] == [f"Mohala: M{float(amount):.2f}"]
    assert (await request_of(bench, bill)).stage == 0
    again = await bench.billing.take(bill, coming(number=2))
    assert isinstance(again, Payment) and again.unfit is None


async def test_a_wallet_that_takes_money_after_our_yes_is_refused_and_nothing_is_written(bench: Bench) -> None:
    bill = await billed(bench)
    assert await bench.billing.take(bill, coming("31", keeps=False)) is Unfit.UNDER
    assert await bench.billing.take(bill, coming("33", keeps=False)) is Unfit.OVER
    assert await bench.billing.take(bill, coming("1.005")) is Denied.AMOUNT
    assert await bench.billing.take(bill, coming("0.00")) is Denied.AMOUNT
    assert await bench.billing.take(bill, coming(currency="ZAR")) is Denied.CURRENCY
    assert await bench.database.bills.payments_of(bill.id) == []


@pytest.mark.parametrize("hours", range(0, 24, 3))
async def test_a_bill_can_be_paid_until_the_last_minute_of_the_day_that_was_told(bench: Bench, hours: int) -> None:
    bench.time.pass_(hours * 3600 + 60)
    bill = await billed(bench)
    program = bench.editions.current.program
    told = next(text for text in said(bench) if "pele ho" in text)
    day = datetime.strptime(told.rsplit(" ", 1)[1], "%d/%m/%Y.").replace(tzinfo=program.timezone)
    bench.time.now = day.replace(hour=23, minute=59).astimezone(UTC)
    assert bench.time() - bill.created_at >= timedelta(hours=48)
    payment = await bench.billing.take(bill, coming())
    assert isinstance(payment, Payment) and payment.unfit is None


async def test_money_that_comes_after_the_end_is_kept(bench: Bench) -> None:
    bill = await billed(bench)
    bench.time.pass_(BILL_SECONDS)
    payment = await bench.billing.take(bill, coming())
    assert isinstance(payment, Payment) and payment.unfit is Unfit.LATE


async def test_a_bill_that_nobody_paid_ends_its_request_and_the_citizen_hears_of_it(bench: Bench) -> None:
    bill = await billed(bench)
    bench.time.pass_(BILL_SECONDS + TELLING_SECONDS - 1)
    assert "expire" not in await bench.work()
    bench.time.pass_(1)
    assert "expire" in await bench.work()
    request = await request_of(bench, bill)
    assert (request.status, request.reason) == (Status.REJECTED, "not_paid")
    assert (await bench.database.bills.bill(bill.id)).state is BillState.EXPIRED
    assert said(bench)[-1].startswith("Mohala: patlo") and said(bench)[-1].endswith("e fetile.")


async def test_a_paid_bill_does_not_expire(bench: Bench) -> None:
    bill = await billed(bench)
    await bench.billing.take(bill, coming())
    bench.time.pass_(BILL_SECONDS + TELLING_SECONDS + 3600)
    await bench.work()
    assert (await bench.database.bills.bill(bill.id)).state is BillState.PAID
    assert not any("e fetile" in text for text in said(bench))


@pytest.mark.parametrize("state", [BillState.SENT, BillState.PENDING, BillState.UNKNOWN])
async def test_money_that_may_be_under_way_is_waited_for(bench: Bench, state: BillState) -> None:
    bill = await billed(bench)
    now = bench.time()
    await bench.database.bills.move(bill, BillState.SENT, now, "house", None, [])
    if state is not BillState.SENT:
        await bench.database.bills.move(replace(bill, state=BillState.SENT), state, now, "house", None, [])
    bench.time.pass_(BILL_SECONDS + TELLING_SECONDS + 3600)
    await bench.work(1)
    assert (await bench.database.bills.bill(bill.id)).state is state
    waiting = await bench.database.outbox.counts()
    assert waiting["waiting"] == 1


async def test_a_request_that_waits_for_money_counts_as_carried_on(bench: Bench, tmp_path: Path) -> None:
    bill = await billed(bench)
    evidence = await open_evidence(f"sqlite:///{tmp_path / 'mohala.db'}")
    (waiting,) = await evidence.requests(bench.time() - timedelta(1))
    await bench.billing.take(bill, coming())
    await bench.work()
    (ended,) = await evidence.requests(bench.time() - timedelta(1))
    await evidence.close()
    assert (waiting.status, waiting.work) == (Status.RECEIVED, "waiting")
    assert (ended.status, ended.work) == (Status.DONE, None)


async def test_a_bill_that_cannot_be_made_is_a_persons_and_giving_it_up_tells_the_citizen(
    bench: Bench, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.dial(*SEARCH)
    monkeypatch.setattr(bench.billing, "issue", lambda *_: 1 / 0)
    await bench.work()
    (job,) = await asyncio.to_thread(jobs_waiting, settings)
    assert (job.kind, job.stage) == ("bill", 0) and said(bench)[-1].endswith("e lieha.")
    await asyncio.to_thread(give_up, settings, job.id, "op", "no price")
    request = await bench.database.ledger.request(job.request_id)
    assert request is not None and (request.status, request.reason) == (Status.REJECTED, "given_up")


async def test_money_for_a_request_that_was_ended_meanwhile_is_kept(bench: Bench) -> None:
    bill = await billed(bench)
    request = await request_of(bench, bill)
    await bench.database.ledger.advance(request, Change(Status.REJECTED, 0, {}, bench.time(), "given_up"), [])
    payment = await bench.billing.take(bill, coming())
    assert isinstance(payment, Payment) and payment.unfit is Unfit.CLOSED


async def test_a_bill_ends_with_its_request_and_no_wallet_offers_it(bench: Bench) -> None:
    bill = await billed(bench)
    request = await request_of(bench, bill)
    await bench.database.ledger.advance(request, Change(Status.REJECTED, 0, {}, bench.time(), "given_up"), [])
    ended = await bench.database.bills.bill(bill.id)
    assert ended is not None and (ended.state, ended.changed_at) == (BillState.EXPIRED, bench.time())
    assert await bench.database.bills.of_number(MPHO, Window(5), bench.time()) == ([], 0)
    acts = [(line.act, line.details.get("state")) for line in await bench.database.audit.of(request.id, 0)]
    assert acts[-2:] == [("bill", "expired"), ("move", None)]
    bench.time.pass_(BILL_SECONDS + TELLING_SECONDS)
    await bench.work()
    assert not any("e fetile" in text for text in said(bench)), "it did not expire by the clock"


async def test_a_bill_whose_request_was_not_ended_after_all_is_paid(bench: Bench) -> None:
    bill = await billed(bench)
    overtaken = replace(await request_of(bench, bill), stage=5)
    end = Change(Status.REJECTED, 5, {}, bench.time(), "given_up")
    assert not await bench.database.ledger.advance(overtaken, end, [])
    payment = await bench.billing.take(bill, coming())
    assert isinstance(payment, Payment) and payment.unfit is None


async def test_a_wallet_that_asked_for_it_is_told_what_became_of_the_money(bench: Bench) -> None:
    bill = await billed(bench)
    payment = await bench.billing.take(bill, coming(callback="https://wallet.example/told/1"))
    await bench.work()
    assert bench.notices.told == [("https://wallet.example/told/1", payment)]


async def test_nothing_is_taken_while_the_menus_of_a_request_cannot_be_used(bench: Bench, monkeypatch) -> None:
    bill = await billed(bench)

    async def unusable(request):
        raise ServiceFailed("version_unusable", retryable=True)

    monkeypatch.setattr(bench.billing._requests, "case_of", unusable)
    with pytest.raises(ServiceFailed):
        await bench.billing.take(bill, coming())
    assert await bench.database.bills.payments_of(bill.id) == []


async def test_money_goes_back_when_two_clerks_say_so(bench: Bench, settings: Settings) -> None:
    bill = await billed(bench)
    payment = await bench.billing.take(bill, coming("99"))
    assert isinstance(payment, Payment)

    def by_two_clerks() -> None:
        lineo, thabo = (new_token(settings, Clerk(name, ""), "op") for name in ("lineo", "thabo"))
        land = new_token(settings, Clerk("palesa", "civil-registry"), "op")
        assert [one.receipt for one in refunding.waiting(settings)] == [payment.receipt]
        with pytest.raises(DeskRefused, match="Nobody has asked"):
            refunding.approve(settings, payment.receipt, thabo, "")
        with pytest.raises(DeskRefused, match="not your office"):
            refunding.ask(settings, payment.receipt, land, "over")
        with pytest.raises(DeskRefused, match="no clerk's token"):
            refunding.ask(settings, payment.receipt, "guess", "over")
        refunding.ask(settings, payment.receipt, lineo, "over")
        with pytest.raises(DeskRefused, match="another clerk"):
            refunding.approve(settings, payment.receipt, lineo, "")
        refunding.refuse(settings, payment.receipt, thabo, "wait")
        refunding.ask(settings, payment.receipt, lineo, "over, indeed")
        assert refunding.approve(settings, payment.receipt, thabo, "seen").refund == "done"
        with pytest.raises(DeskRefused, match="given back"):
            refunding.approve(settings, payment.receipt, thabo, "again")
        assert refunding.waiting(settings) == []
        found = bookkeeping.check(settings.database)
        assert found.faults == [] and set(found.balances.values()) == {0}

    await asyncio.to_thread(by_two_clerks)
    bench.time.pass_(10**9)  # the operator's clock is the machine's
    await bench.work()
    assert any("M99.00" in text and "e khutlisitsoe" in text for text in said(bench, LERATO))


async def test_each_part_of_money_that_goes_back_is_told_with_its_own_amount(bench: Bench, settings: Settings) -> None:
    bill = await billed(bench)
    payment = await bench.billing.take(bill, coming("40"))
    assert isinstance(payment, Payment)
    entry = AuditEntry(bench.time(), "clerk:lineo", "apply-suspense", bill.request_id)
    await bench.billing.apply(payment, bill, entry)

    def by_two_clerks() -> None:
        lineo, thabo = (new_token(settings, Clerk(name, ""), "op") for name in ("lineo", "thabo"))
        for _ in range(2):
            refunding.ask(settings, payment.receipt, lineo, "she wants it back")
            refunding.approve(settings, payment.receipt, thabo, "")
        assert bookkeeping.check(settings.database).faults == []

    await asyncio.to_thread(by_two_clerks)
    bench.time.pass_(10**9)  # the operator's clock is the machine's
    await bench.work()
    told = [text for text in (*said(bench, LERATO), *said(bench)) if "e khutlisitsoe" in text]
    assert [amount for amount in ("M7.50", "M32.50", "M40.00") if any(amount in text for text in told)] == [
        "M7.50", "M32.50",
    ]  # fmt: skip


async def test_a_refund_of_what_paid_a_bill_moves_the_bill_along(bench: Bench, settings: Settings) -> None:
    bill = await billed(bench)
    payment = await bench.billing.take(bill, coming())
    assert isinstance(payment, Payment)

    def states() -> list[BillState]:
        lineo, thabo = (new_token(settings, Clerk(name, ""), "op") for name in ("lineo", "thabo"))
        seen = []
        for act, token in ((refunding.ask, lineo), (refunding.refuse, lineo), (refunding.ask, thabo),
                           (refunding.approve, lineo)):  # fmt: skip
            act(settings, payment.receipt, token, "why")
            seen.append(refunding.look(settings, bill.code, "op").bill.state)
        assert bookkeeping.check(settings.database).faults == []
        return seen

    assert await asyncio.to_thread(states) == [
        BillState.REFUND_ASKED, BillState.PAID, BillState.REFUND_ASKED, BillState.REFUNDED,
    ]  # fmt: skip


async def paid_for(bench: Bench) -> tuple[Bill, Payment]:
    bill = await billed(bench)
    payment = await bench.billing.take(bill, coming())
    assert isinstance(payment, Payment) and payment.unfit is None
    return bill, payment


async def give_back(settings: Settings, payment: Payment) -> None:
    def by_two_clerks() -> None:
        lineo, thabo = (new_token(settings, Clerk(name, ""), "op") for name in ("lineo", "thabo"))
        refunding.ask(settings, payment.receipt, lineo, "no such plot")
        refunding.approve(settings, payment.receipt, thabo, "seen")

    await asyncio.to_thread(by_two_clerks)


async def test_a_request_whose_money_went_back_before_its_office_began_ends(bench: Bench, settings: Settings) -> None:
    bill, payment = await paid_for(bench)
    bench.desk.answers["search"] = ServiceFailed("door_closed", retryable=True, closed_seconds=30.0)
    await bench.work(1)
    await give_back(settings, payment)
    request = await request_of(bench, bill)
    assert (request.status, request.stage, request.reason) == (Status.REJECTED, 1, "not_paid")
    asked = len(bench.desk.asked)
    bench.time.pass_(10**9)  # the operator's clock is the machine's
    await bench.work()
    assert len(bench.desk.asked) == asked, "no office hears that it was paid"
    assert said(bench)[-1].startswith("Mohala: M32.50 ea") and "e khutlisitsoe" in said(bench)[-1]
    assert await asyncio.to_thread(jobs_waiting, settings) == []


async def test_where_an_office_may_have_begun_a_person_looks_and_nobody_goes_on(
    bench: Bench, settings: Settings
) -> None:
    bill, payment = await paid_for(bench)
    bench.desk.answers["search"] = ServiceFailed("timeout", retryable=True, late=True)
    await bench.work(1)
    await give_back(settings, payment)
    asked = len(bench.desk.asked)
    bench.time.pass_(10**9)
    await bench.work()
    assert len(bench.desk.asked) == asked
    (job,) = await asyncio.to_thread(jobs_waiting, settings)
    assert (job.kind, job.request_id, job.reason) == ("work", bill.request_id, MONEY_BACK)
    assert (await request_of(bench, bill)).status is Status.IN_PROGRESS
    await asyncio.to_thread(give_up, settings, job.id, "palesa", "it had not begun", Known.SETTLED)
    assert (await request_of(bench, bill)).status is Status.REJECTED


async def test_what_an_office_has_finished_or_taken_is_looked_at(bench: Bench, settings: Settings) -> None:
    bill, payment = await paid_for(bench)
    request = await request_of(bench, bill)
    taken = Change(Status.IN_PROGRESS, 2, request.results, bench.time())
    assert await bench.database.ledger.advance(request, taken, ())
    await give_back(settings, payment)
    (job,) = await asyncio.to_thread(jobs_waiting, settings)
    assert (job.kind, job.request_id, job.reason) == ("look", bill.request_id, MONEY_BACK)
    assert (await request_of(bench, bill)).status is Status.IN_PROGRESS


async def test_a_refund_leaves_what_has_ended_alone(bench: Bench, settings: Settings) -> None:
    bill, payment = await paid_for(bench)
    await bench.work()
    await give_back(settings, payment)
    assert (await request_of(bench, bill)).status is Status.DONE
    assert await asyncio.to_thread(jobs_waiting, settings) == []


async def test_a_second_clerks_refund_is_the_no_of_a_later_stage_at_a_desk(bench: Bench, settings: Settings) -> None:
    database, palesa, offices = bench.database, Clerk("palesa", "land"), bench.editions.current.offices
    assert isinstance(offices, dict)
    offices["land"] = ManualOffice("land", 5, database.board, bench.time)
    desk = Desk(bench.worker._requests, database.board, database.bills, database.audit, bench.time)
    bill, payment = await paid_for(bench)
    await bench.work()
    reference = (await request_of(bench, bill)).reference
    await desk.do(palesa, reference, Deed(Status.QUERY, {"note": "tlisa ID"}))
    assert Status.REJECTED not in (await desk.look(palesa, reference)).form.moves
    await give_back(settings, payment)
    ended = await desk.find(palesa, reference)
    assert (ended.request.status, ended.request.reason) == (Status.REJECTED, "not_paid")
    assert ended.task.closed_at is not None
    assert await asyncio.to_thread(jobs_waiting, settings) == []


async def test_a_citizen_is_given_and_forgotten_with_their_bills_and_payments(bench: Bench, settings: Settings) -> None:
    bill = await billed(bench)
    await bench.billing.take(bill, coming())
    await bench.billing.take(await bench.database.bills.bill(bill.id), coming("5", 2))
    bench.time.pass_(BILL_SECONDS + TELLING_SECONDS + 3600)
    await bench.work()
    mine = await asyncio.to_thread(export, settings, MPHO, "op", "asked")
    assert f'"code": "{bill.code}"' in mine and '"payments": []' in mine
    hers = await asyncio.to_thread(export, settings, LERATO, "op", "asked")
    assert '"amount_minor": 3250' in hers and '"amount_minor": 500' in hers and bill.code not in hers
    for number in (MPHO, LERATO):
        await asyncio.to_thread(erase, settings, number, "op", "asked")
    after = await bench.database.bills.bill(bill.id)
    assert after is not None and after.msisdn == ""
    payers = {one.unfit: one.payer for one in await bench.database.bills.payments_of(bill.id)}
    # What stands in suspense has to find back to whoever sent it.
    assert payers == {None: "", Unfit.SECOND: LERATO}
    assert (await asyncio.to_thread(bookkeeping.check, settings.database)).faults == []
