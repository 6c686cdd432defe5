"""Complaints: filed by phone and SMS, read by clerks with what was paid beside them, and by nobody else's receipt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app import sheet
from app.deeds import Deed
from app.desk import Desk, Sight
from app.manual_office import ManualOffice
from app.messages import Answered, SmsEvent, Status
from app.reference import show_reference
from app.tasks import Clerk, Wanted
from tests.made_once import compiled
from tests.work.conftest import Bench, open_bench
from tests.work.paid import sources
from tests.work.test_billing import billed, coming, said

pytestmark = pytest.mark.anyio
MPHO, LERATO, THABO = "+26650123456", "+26658765432", "+26659990001"
CLERK = Clerk("lineo", "complaints")


class Complaining:
    """Mpho has paid a search of a plot, out of Lerato's wallet."""

    def __init__(self, bench: Bench) -> None:
        kept = bench.database
        self.bench = bench
        self.desk = Desk(bench.worker._requests, kept.board, kept.bills, kept.audit, bench.time)
        self.count = 0

    async def pay(self) -> tuple[str, str, str]:
        """The receipt, the bill code and the reference, as they are shown."""
        bill = await billed(self.bench)
        payment = await self.bench.billing.take(bill, coming())
        await self.bench.work()
        request = await self.bench.database.ledger.request(bill.request_id)
        assert request is not None and payment is not None
        return show_reference(payment.receipt), f"{bill.code[:5]}-{bill.code[5:]}", show_reference(request.reference)

    async def complain(self, receipt: str = "", number: str = MPHO, what: str = "Ba nkile M50") -> Sight:
        """By phone, and what the clerk sees of it."""
        self.count += 1
        answers = ("1", receipt) if receipt else ("2",)
        session = f"c{self.count}"
        page = await self.bench.dial("8", "3", "3", "014", what, *answers, "1", session=session, msisdn=number)
        assert page.text.startswith("Tletlebo e amohetsoe")
        await self.bench.work()
        return await self.desk.look(CLERK, page.text.split()[4])

    async def text(self, words: str, number: str = MPHO) -> str:
        self.count += 1
        event = SmsEvent("africastalking", f"m{self.count}", number, "32000", words)
        await self.bench.texts.take_in(event)
        await self.bench.work()
        return said(self.bench, number)[-1]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Complaining]:
    async with open_bench(compiled(sources()), tmp_path) as bench:
        bench.desk.answers["search"] = Answered({"note": "ho lokile"})
        offices = bench.editions.current.offices
        assert isinstance(offices, dict)
        offices["complaints"] = ManualOffice("complaints", 10, bench.database.board, bench.time)
        yield Complaining(bench)


async def test_a_complaint_is_on_the_work_list_with_what_was_said(house: Complaining) -> None:
    sight = await house.complain()
    assert dict(sight.arguments) == {
        "about": "agent", "whom": "014", "what": "Ba nkile M50", "receipt": "-", "number": MPHO,
    }  # fmt: skip
    assert sight.attached == {}


@pytest.mark.parametrize("named", [0, 1, 2])
async def test_receipt_bill_and_reference_attach_what_was_paid(house: Complaining, named: int) -> None:
    names = await house.pay()
    attached = (await house.complain(names[named])).attached
    assert attached == {
        "bill": names[1], "service": "plot-search", "state": "paid", "fee": "LSL 30", "charge": "LSL 2.5",
        "receipt": names[0], "paid": "LSL 32.5", "by": "mpesa", "on": "2026-11-23",
    }  # fmt: skip


async def test_a_receipt_is_found_among_the_words_of_an_sms(house: Complaining) -> None:
    receipt, *_ = await house.pay()
    told = await house.text(f"COMPLAIN 014 took too much, receipt {receipt.lower()}.")
    assert told.startswith("Mohala: tletlebo e amohetsoe. Ref ")
    sight = await house.desk.look(CLERK, told.split()[5].rstrip("."))
    assert sight.attached["receipt"] == receipt


@pytest.mark.parametrize("letters", [141, 151, 400])
async def test_a_complaint_of_a_full_sms_comes_to_the_clerk_whole(house: Complaining, letters: int) -> None:
    what = "moemeli 014 o nkile chelete e ngata ho feta ".ljust(letters, "x")
    told = await house.text(f"COMPLAIN {what}")
    assert told.startswith("Mohala: tletlebo e amohetsoe. Ref ")
    sight = await house.desk.look(CLERK, told.split()[5].rstrip("."))
    assert dict(sight.arguments)["what"] == what


@pytest.mark.parametrize("letters", [401, 480, 2_000])
async def test_what_is_too_long_to_be_kept_is_cut_and_the_clerk_sees_that(house: Complaining, letters: int) -> None:
    told = await house.text(f"COMPLAIN {'x' * letters}")
    assert told.startswith("Mohala: tletlebo e amohetsoe. Ref ")
    sight = await house.desk.look(CLERK, told.split()[5].rstrip("."))
    assert dict(sight.arguments)["what"] == "x" * 394 + " (...)"


async def test_a_strangers_receipt_attaches_nothing_and_says_nothing(house: Complaining) -> None:
    names = await house.pay()
    seen = [await house.complain(name, THABO) for name in names]
    assert [sight.attached for sight in seen] == [{}, {}, {}]
    unknown = await house.complain("7K4M-2PXQ9", "+26659990002")
    assert unknown.attached == {}
    assert said(house.bench, THABO) == said(house.bench, "+26659990002") == []


async def test_whoever_paid_for_somebody_else_sees_the_payment_attached_and_not_the_bill(house: Complaining) -> None:
    receipt, *_ = await house.pay()
    attached = (await house.complain(receipt, LERATO)).attached
    assert attached == {"receipt": receipt, "paid": "LSL 32.5", "by": "mpesa", "on": "2026-11-23"}


async def test_a_request_without_a_bill_is_attached_as_it_stands(house: Complaining) -> None:
    await house.bench.dial("1", "2", "5/3/2026", "1", "012345678901", "1", "1", session="b1")
    await house.bench.work()
    reference = next(word for word in said(house.bench)[-1].split() if "-" in word).rstrip(".")
    attached = (await house.complain(reference)).attached
    assert attached == {"request": reference, "service": "birth-certificate", "status": "in_progress"}


async def test_the_sheet_shows_what_is_attached(house: Complaining) -> None:
    receipt, *_ = await house.pay()
    await house.complain(receipt)
    sights = await house.desk.sights(CLERK, await house.desk.entries(CLERK, Wanted()))
    assert f'"{receipt}"' in sheet.written(sights) and '"attached: receipt"' in sheet.written(sights)


async def test_the_citizen_hears_what_the_clerk_does(house: Complaining) -> None:
    sight = await house.complain()
    reference = sight.entry.request.reference
    await house.desk.do(CLERK, reference, Deed(Status.DONE, {"note": "M50 e khutlisitsoe"}))
    await house.bench.work()
    assert said(house.bench)[-1] == (f"Mohala: tletlebo {show_reference(reference)} e phethiloe. M50 e khutlisitsoe")


async def test_three_complaints_a_day_are_enough_and_tomorrow_there_are_three_more(house: Complaining) -> None:
    for _ in range(3):
        await house.complain()
    refused = await house.bench.dial("8", "3", "3", "014", "Hape", "2", "1", session="c9")
    assert (refused.text, refused.final) == ("Litletlebo tsa kajeno li felile. Leka hape hosasane.", True)
    assert (await house.text("TLETLEBO hape")).startswith("Mohala: litletlebo tsa kajeno li felile")
    await house.complain(number=LERATO)
    house.bench.time.pass_(86_400)
    await house.complain()


async def test_a_confirmation_that_comes_twice_is_one_complaint_and_one_of_three(house: Complaining) -> None:
    sight = await house.complain()
    typed = ["8", "3", "3", "014", "Ba nkile M50", "2", "1"]
    again = await house.bench.hop("*".join(typed), "c1")
    assert again.text.split()[4] == show_reference(sight.entry.request.reference)
    for _ in range(2):
        await house.complain()
