"""Money of a push that the wallet's statement has too, on both databases: whichever comes first, it is booked once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from app.billing import Coming, Denied
from app.decisions import Decisions
from app.errors import DeskRefused, ServiceFailed
from app.layouts import read_layouts
from app.messages import Answered, Refused
from app.payments import Bill, BillState, Payment, Unfit
from app.proposals import How
from app.reconciliation import Left, Reconciliation, Report, take_line
from app.tasks import Clerk
from tests.conftest import ROOT
from tests.database.balanced import SEARCHED, balanced_bench
from tests.database.test_pushes import ASK, MPHO, PAID, TOTAL, confirmed, fresh, held
from tests.work.agent import billed
from tests.work.conftest import Bench, Numbers
from tests.work.pushed import sources

pytestmark = pytest.mark.anyio
LINEO, THABO = Clerk("lineo", ""), Clerk("thabo", "")
LOST = ServiceFailed("timeout", retryable=True, late=True)
PAID_ONCE = {"wallet:wallet": -TOTAL, "treasury": 30_00, "office:land": 2_50}
HEAD = "Transaction,Time,Type,Status,Account,Correlation,Amount,Currency,Balance\n"


@pytest.fixture
async def bench(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with balanced_bench(sources(), tmp_path, url) as bench:
        bench.desk.answers["search"] = SEARCHED
        yield bench


class Office:
    """The treasury's clerks, who have the wallet's file of the day of a payment."""

    def __init__(self, bench: Bench) -> None:
        shipped = read_layouts(ROOT / "menus" / "statements")["sandbox"]
        self.layout = replace(shipped, source="wallet", account="wallet:wallet")
        layouts, database = {"wallet": self.layout}, bench.database
        self.bench = bench
        self.day = bench.time().astimezone(self.layout.zone).date()
        self.at = bench.time()
        self.reconciliation = Reconciliation(
            layouts, database.statements, database.bills, bench.billing, bench.time
        )  # fmt: skip
        self.decisions = Decisions(
            layouts, database.statements, database.proposals, database.bills, bench.billing, bench.time, Numbers()
        )

    async def vouched(self, account: str, seconds: float = 86_400) -> Report:
        """When that day is over, the file with the payment MP77 of that account, by two clerks."""
        self.bench.time.pass_(seconds)
        at = self.at.astimezone(self.layout.zone).strftime("%Y-%m-%d %H:%M:%S")
        rows = [HEAD, f"MP77,{at},Payment,Completed,{account},,32.50,LSL,32.50\n"]
        digest = sha256("".join(rows).encode()).hexdigest()
        imported = await self.reconciliation.take_in(self.layout, self.day, digest, rows, LINEO)
        assert not imported.faults
        await self.reconciliation.vouch(self.layout, self.day, THABO)
        return await self.compared()

    async def compared(self) -> Report:
        return await self.reconciliation.compare(self.layout, self.day)


async def lost(bench: Bench) -> Bill:
    """A bill whose push was confirmed, and nobody knows what became of it."""
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK] = LOST
    await bench.work()
    assert (await fresh(bench, bill)).state is BillState.UNKNOWN
    return bill


async def hears(bench: Bench, answer: Answered | Refused) -> None:
    bench.desk.answers[ASK] = answer
    bench.time.pass_(600)
    await bench.work()


async def test_a_statement_before_the_outcome_of_a_push_leaves_its_bill_alone(bench: Bench) -> None:
    bill, office = await lost(bench), Office(bench)
    report = await office.vouched(bill.code)
    assert report.taken == 0 and [one.line_id for one in report.differences] == ["MP77"]
    await hears(bench, PAID)
    assert await held(bench) == PAID_ONCE and (await fresh(bench, bill)).state is BillState.PAID
    report = await office.compared()
    assert (report.pairs, report.differences) == (1, [])


async def test_what_a_statement_has_of_a_push_that_was_refused_is_taken_in_when_it_is_compared_again(
    bench: Bench,
) -> None:
    bill, office = await lost(bench), Office(bench)
    await office.vouched(bill.code)
    await hears(bench, Refused("refused"))
    report = await office.compared()
    assert report.taken == 1 and report.differences == [] and await held(bench) == PAID_ONCE


async def test_a_push_whose_outcome_comes_before_the_statement_is_its_line(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    office = Office(bench)
    await hears(bench, PAID)
    report = await office.vouched(bill.code)
    assert (report.taken, report.pairs, report.differences) == (0, 1, []) and await held(bench) == PAID_ONCE


@pytest.mark.parametrize("how", [How.TAKE, How.BOOK])
async def test_two_clerks_settle_nothing_that_a_push_may_book_next(bench: Bench, how: How) -> None:
    bill, office = await lost(bench), Office(bench)
    (found,) = (await office.vouched(bill.code)).differences
    with pytest.raises(DeskRefused, match="left alone"):
        await office.decisions.settle(found.id, how, "", "found", LINEO)


async def test_what_two_clerks_asked_for_is_not_done_while_a_push_is_under_way(bench: Bench) -> None:
    bill, office = await billed(bench), Office(bench)
    (found,) = (await office.vouched("")).differences
    proposal = await office.decisions.settle(found.id, How.TAKE, bill.code, "Mpho's", LINEO)
    await confirmed(bench, bill)
    with pytest.raises(DeskRefused, match="left alone"):
        await office.decisions.decide(proposal.id, THABO, "yes", approved=True)
    assert await held(bench) == {}


async def test_money_in_suspense_pays_no_bill_that_a_wallet_is_asked_for_and_pays_it_after_its_no(bench: Bench) -> None:
    paid, office = await billed(bench), Office(bench)
    for count in (1, 2):
        twice = Coming("wallet", f"C{count}", "32.5", "LSL", MPHO, f"MP{count}", keeps=True)
        second = await bench.billing.take(await fresh(bench, paid), twice)
    assert isinstance(second, Payment) and second.unfit is Unfit.SECOND
    bill = await billed(bench, "search-2")
    await confirmed(bench, bill)
    with pytest.raises(DeskRefused, match="A wallet was asked for the bill"):
        await office.decisions.apply(second.receipt, bill.code, "she paid the wrong one", LINEO)
    await hears(bench, Refused("declined"))
    await office.decisions.apply(second.receipt, bill.code, "she paid the wrong one", LINEO)
    assert (await fresh(bench, bill)).state is BillState.PAID and (await held(bench)).get("suspense", 0) == 0


async def test_a_bill_that_a_wallet_may_still_tell_of_is_left_to_the_wallet(bench: Bench) -> None:
    """Paid ten minutes before its time is over, in the file of half past midnight, and told at half past five."""
    bill = await billed(bench)
    bench.time.now = begun = bill.expires_at - timedelta(minutes=10)
    office = Office(bench)
    report = await office.vouched(bill.code, 2_400)
    assert (report.taken, report.differences, report.carried) == (0, [], 1)
    line = await office.reconciliation._statements.line("wallet", "MP77")
    assert line is not None
    left = await take_line(bench.billing, bench.database.bills, office.layout, line, bill.code, bench.time())
    assert left is Left.TELLING and await held(bench) == {}
    bench.time.now = bill.expires_at + timedelta(hours=5.5)
    told = Coming("wallet", "C1", "32.5", "LSL", MPHO, "MP77", keeps=True, begun_at=begun)
    payment = await bench.billing.take(await fresh(bench, bill), told)
    assert isinstance(payment, Payment) and payment.unfit is None
    report = await office.compared()
    assert (report.pairs, report.differences) == (1, []) and await held(bench) == PAID_ONCE


async def test_a_push_hears_of_money_that_was_taken_out_of_the_statement_before(bench: Bench) -> None:
    """The bill was free when the line was taken, and the wallet says of another push that it is what brought it."""
    bill = await billed(bench)
    line = Coming("wallet", "MP77", "32.5", "LSL", "", "MP77", keeps=True, is_named=True)
    await confirmed(bench, bill)
    assert isinstance(await bench.billing.take(await fresh(bench, bill), line), Payment)
    push = await bench.database.pushes.last(bill.id)
    assert push is not None and await bench.database.pushes.note_asking(push, bench.time())
    sent = len(bench.mast.sent)
    await hears(bench, PAID)
    assert await held(bench) == PAID_ONCE
    assert not [one.text for one in bench.mast.sent[sent:] if "suspense" in one.text]


async def test_the_same_money_from_two_sides_at_once_is_booked_once(bench: Bench) -> None:
    for count in range(4):
        bench.time.pass_(60)
        bill = await billed(bench, f"search-{count}")
        names = (f"MP{count}", f"00000000-0000-4000-8000-{count:012}", f"C{count}")
        outcomes = await asyncio.gather(
            *(
                bench.billing.take(bill, Coming("wallet", one, "32.5", "LSL", MPHO, f"MP{count}", True, is_named=True))
                for one in names
            )
        )
        assert sorted(one is Denied.KNOWN for one in outcomes) == [False, True, True]
    assert await held(bench) == {account: 4 * minor for account, minor in PAID_ONCE.items()}


async def test_money_that_pays_nothing_is_booked_once_from_two_sides_at_once(bench: Bench) -> None:
    bill = await billed(bench)
    coming = [Coming("wallet", one, "10", "LSL", MPHO, "MP1", True, is_named=True) for one in ("MP1", "C1", "C2")]
    outcomes = await asyncio.gather(*(bench.billing.take(bill, one) for one in coming))
    assert sorted(one is Denied.KNOWN for one in outcomes) == [False, True, True]
    assert await held(bench) == {"wallet:wallet": -10_00, "suspense": 10_00}


@pytest.mark.parametrize(("reference", "is_named"), [("", True), ("RENT", False)])
async def test_references_that_name_no_money_make_no_two_payments_one(
    bench: Bench, reference: str, is_named: bool
) -> None:
    """A wallet may leave its reference out, and one that tells of payments under ids of theirs may repeat it."""
    bill = await billed(bench)
    paid = [
        await bench.billing.take(bill, Coming("wallet", id, "32.5", "LSL", "", reference, True, is_named=is_named))
        for id in ("C1", "C2")
    ]
    assert [one.unfit if isinstance(one, Payment) else one for one in paid] == [None, Unfit.SECOND]


async def test_one_reference_for_two_bills_or_by_two_wallets_is_two_payments(bench: Bench) -> None:
    first, second = await billed(bench), await billed(bench, "another")
    for wallet, bill, count in (("wallet", first, 1), ("wallet", second, 2), ("unayo", first, 3)):
        coming = Coming(wallet, f"C{count}", "32.5", "LSL", "", "MP1", True, is_named=True)
        assert isinstance(await bench.billing.take(bill, coming), Payment)
