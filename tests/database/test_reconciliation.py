"""A treasury's days on both databases: differences found and settled by two, money in suspense that finds its bill."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.agency import ProposalKind
from app.audit import AuditEntry
from app.billing import Coming
from app.errors import DeskRefused
from app.matching import Kind
from app.payments import BillState, Payment, Refund, Unfit, refund_asked, refund_decided, refund_of
from app.proposals import How
from app.reference import show_reference
from app.tasks import Clerk
from benchmarks.reconciliation import Plant, run
from integrations.sandbox.statement import Fault, Type
from tests.database.treasury import DAY, LERATO, LINEO, MPHO, NEXT_MORNING, NOON, THABO, Treasury

pytestmark = pytest.mark.anyio
SAME = "You asked for it yourself"
NEXT_DAY = DAY + timedelta(days=1)


@pytest.fixture
def treasury(database) -> Treasury:
    return Treasury(database)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.hunt)])
async def test_a_day_with_planted_differences_has_all_of_them_found_and_none_invented(url: str, seed: int) -> None:
    day = await run(url, 120, 48, seed)
    assert day.violations == []
    assert set(day.wanted) == set(Plant) and day.verdicts > 400


async def test_a_planted_difference_that_nobody_expects_is_told_as_invented(treasury: Treasury) -> None:
    """Else a day without violations would prove nothing."""
    _, payment = await treasury.paid(fault=Fault.LOST)
    report = await treasury.imported()
    treasury._judge("now", report.differences, set())
    treasury._judge("now", [], {("not-stated", payment.receipt)})
    invented, missed = treasury.violations
    assert invented.endswith("invented") and missed.endswith("not found")


async def test_a_quiet_day_agrees_to_the_last_sente_and_calls_nobody(treasury: Treasury) -> None:
    for hours in (1, 5, 23):
        await treasury.paid(NOON.replace(hour=hours))
    report = await treasury.imported()
    assert (report.pairs, report.differences, report.gap_minor, report.is_whole) == (3, [], 0, True)
    assert await treasury.calls() == []
    assert (await treasury.acts())[-1] == "import-statement"


async def test_a_difference_is_one_task_however_often_it_is_found_and_ends_by_itself(treasury: Treasury) -> None:
    await treasury.paid(fault=Fault.LATE)
    first = await treasury.imported()
    again = await treasury.compared()
    assert (len(first.differences), first.new, again.new) == (1, 1, 0)
    assert await treasury.calls() == [f"reconcile:sandbox:{DAY}"]
    treasury.now += timedelta(days=1)
    later = await treasury.imported(NEXT_DAY, opening_minor=32_50)
    assert (later.differences, later.vanished, later.gap_minor) == ([], 1, 0)
    assert await treasury.calls() == []
    (kept,) = await treasury.database.statements.listed("", is_open=False, limit=9)
    assert (kept.closed_by, kept.difference.kind) == ("house", Kind.NOT_STATED)


async def test_a_file_with_a_row_that_cannot_be_read_calls_nothing_missing(treasury: Treasury) -> None:
    await treasury.paid(fault=Fault.LOST)
    report = await treasury.imported(extra="??,,,,,,,,\n")
    assert (report.is_whole, report.differences, report.carried) == (False, [], 1)
    assert len((await treasury.imported()).differences) == 1


async def test_money_of_before_midnight_that_is_told_hours_later_waits_for_the_file_of_its_day(
    treasury: Treasury,
) -> None:
    bill, night = await treasury.bill(), NOON.replace(hour=23, minute=50)
    correlation, move = treasury.stated(night, bill.code)
    assert isinstance(await treasury.pay(bill, correlation, move.reference, night + timedelta(hours=5.6)), Payment)
    for days in (-1, 1):
        await treasury.paid(NOON + timedelta(days=days))
    treasury.now = NEXT_MORNING + timedelta(days=1)
    await treasury.imported(DAY - timedelta(days=1))
    report = await treasury.imported(NEXT_DAY, opening_minor=65_00)
    assert Kind.NOT_STATED not in {one.kind for one in report.differences}
    assert (report.pairs, report.carried) == (2, 1)
    await treasury.imported(opening_minor=32_50)
    report = await treasury.compared(NEXT_DAY)
    assert (report.differences, report.pairs, report.carried) == ([], 3, 0)


async def test_a_file_of_a_day_that_is_not_over_is_refused(treasury: Treasury) -> None:
    treasury.now = NOON
    with pytest.raises(DeskRefused, match="is not over"):
        await treasury.imported()


async def test_money_that_only_a_file_tells_of_needs_a_second_clerk_and_moves_its_request_then(
    treasury: Treasury,
) -> None:
    """A line that one person writes into a file must pay no bill."""
    bill = await treasury.bill()
    treasury.stated(NOON, bill.code)
    report = await treasury.imported()
    assert [one.kind for one in report.differences] == [Kind.NOT_BOOKED] and report.unvouched_minor == 32_50
    with pytest.raises(DeskRefused, match="another clerk has to vouch"):
        await treasury.reconciliation.vouch(treasury.layout, DAY, LINEO)
    assert (await treasury.bill_now(bill)).state is BillState.CREATED
    await treasury.reconciliation.vouch(treasury.layout, DAY, THABO)
    report = await treasury.compared()
    assert (report.taken, report.differences, report.gap_minor) == (1, [], 0)
    assert (await treasury.bill_now(bill)).state is BillState.PAID
    request = await treasury.database.ledger.request(bill.request_id)
    assert request is not None and request.stage == 1
    assert (await treasury.books()).faults == [] and await treasury.calls() == []


async def test_a_callback_that_comes_after_its_line_was_taken_in_is_known(treasury: Treasury) -> None:
    bill = await treasury.bill()
    correlation, move = treasury.stated(NOON, bill.code)
    await treasury.imported()
    await treasury.reconciliation.vouch(treasury.layout, DAY, THABO)
    await treasury.compared()
    known = await treasury.pay(bill, correlation, move.reference, treasury.now)
    assert isinstance(known, Payment) and known.receipt == (await treasury.bill_now(bill)).receipt
    assert (await treasury.books()).postings == 1


async def test_a_difference_is_booked_by_two_and_the_closing_balance_agrees_then(treasury: Treasury) -> None:
    await treasury.paid()
    _, move = treasury.stated(NOON)  # the wallet has it, and nobody knows whose it is
    (difference,) = (await treasury.imported()).differences
    proposal = await treasury.decisions.settle(difference.id[:6], How.BOOK, "", "nobody asked for it", LINEO)
    with pytest.raises(DeskRefused, match="asked for already"):
        await treasury.decisions.settle(difference.id, How.EXPLAIN, "", "", THABO)
    with pytest.raises(DeskRefused, match=SAME):
        await treasury.decisions.decide(proposal.id, LINEO, "", approved=True)
    await treasury.decisions.decide(proposal.id, THABO, "seen in the portal", approved=True)
    with pytest.raises(DeskRefused, match="decided already"):
        await treasury.decisions.decide(proposal.id, THABO, "", approved=True)
    found = await treasury.books()
    assert found.faults == [] and found.balances[("differences", "LSL")] == 32_50
    assert found.balances[("wallet:sandbox", "LSL")] == -65_00
    report = await treasury.compared()
    assert (report.new, report.gap_minor) == (0, 0) and await treasury.calls() == []
    (kept,) = await treasury.database.statements.listed("", is_open=False, limit=9)
    assert (kept.difference.line_id, kept.closed_by) == (move.reference, "clerk:thabo")


async def test_a_difference_is_taken_for_a_bill_that_two_clerks_name(treasury: Treasury) -> None:
    bill = await treasury.bill()
    treasury.stated(NOON, "my bill")
    (difference,) = (await treasury.imported()).differences
    with pytest.raises(DeskRefused, match="--bill CODE"):
        await treasury.decisions.settle(difference.id, How.TAKE, "", "", LINEO)
    proposal = await treasury.decisions.settle(difference.id, How.TAKE, bill.code, "she has the SMS", LINEO)
    await treasury.decisions.decide(proposal.id, THABO, "", approved=True)
    assert (await treasury.bill_now(bill)).state is BillState.PAID
    assert (await treasury.compared()).differences == [] and (await treasury.books()).faults == []


async def test_what_one_clerk_refuses_may_be_asked_anew(treasury: Treasury) -> None:
    await treasury.paid(fault=Fault.OFF)
    (difference,) = (await treasury.imported()).differences
    with pytest.raises(DeskRefused, match="Only money that came"):
        await treasury.decisions.settle(difference.id, How.TAKE, "", "", LINEO)
    proposal = await treasury.decisions.settle(difference.id, How.BOOK, "", "", LINEO)
    await treasury.decisions.decide(proposal.id, THABO, "ask them first", approved=False)
    again = await treasury.decisions.settle(difference.id, How.EXPLAIN, "", "they print it wrong", THABO)
    await treasury.decisions.decide(again.id, LINEO, "", approved=True)
    assert await treasury.calls() == [] and (await treasury.books()).postings == 1


async def test_a_balance_that_no_line_explains_is_called_once_while_nothing_else_is_open(treasury: Treasury) -> None:
    await treasury.paid()
    report = await treasury.imported(extra="SB9,2026-11-27 13:00:00,Payment,Failed,,C,1.00,LSL,1.00\n")
    assert report.gap_minor == 0  # the row did not come about, and neither did its balance
    hidden = "SB1,2026-11-27 13:00:00,Payment,Completed,,C9,1.00,LSL,30.00\n"
    report = await treasury.imported(extra=hidden)
    assert [one.kind for one in report.differences] == [Kind.NOT_BOOKED] and report.gap_minor == -2_50
    (difference,) = report.differences
    proposal = await treasury.decisions.settle(difference.id, How.BOOK, "", "", LINEO)
    await treasury.decisions.decide(proposal.id, THABO, "", approved=True)
    for _ in range(2):
        report = await treasury.compared()
    assert ([one.kind for one in report.differences], report.gap_minor, report.new) == ([Kind.BALANCE], -3_50, 0)


async def test_a_refund_is_found_in_the_statement_that_has_it_days_later(treasury: Treasury) -> None:
    _, payment = await treasury.paid()
    treasury.now = NEXT_MORNING
    await treasury.refund(payment)
    assert (await treasury.imported()).differences == []
    correlation = payment.correlation
    for days in (1, 2, 3):
        if days == 3:
            treasury.stated(NOON + timedelta(days=days), type=Type.REVERSAL, correlation=correlation)
        treasury.now = NEXT_MORNING + timedelta(days=days)
        report = await treasury.imported(DAY + timedelta(days=days), opening_minor=32_50)
        assert report.differences == [] and report.carried == (0 if days == 3 else 1)
    assert report.gap_minor == 0


async def test_a_wallets_money_goes_to_the_bank_by_two_and_both_statements_know_it(treasury: Treasury) -> None:
    await treasury.paid()
    treasury.now = NOON + timedelta(hours=3)
    with pytest.raises(DeskRefused, match="all offices"):
        await treasury.decisions.hand_over("sandbox", "32.50", "FT1", "", Clerk("palesa", "land"))
    proposal = await treasury.decisions.hand_over("sandbox", "32.50", "FT1", "weekly", LINEO)
    assert [one.id for one in await treasury.decisions.waiting()] == [proposal.id]
    await treasury.decisions.decide(proposal.id, THABO, "", approved=True)
    treasury.now = NEXT_MORNING
    treasury.stated(NOON + timedelta(hours=3), type=Type.PAYOUT, correlation="FT1")
    assert (await treasury.imported()).differences == []
    row = "B1,2026-11-27 15:00:00,Payment,Completed,,FT1,32.50,LSL,32.50"
    lines = ["Transaction,Time,Type,Status,Account,Correlation,Amount,Currency,Balance\n", f"{row}\n"]
    await treasury.reconciliation.take_in(treasury.bank, DAY, "d" * 64, lines, LINEO)
    report = await treasury.reconciliation.compare(treasury.bank, DAY)
    assert (report.differences, report.gap_minor, report.pairs) == ([], 0, 1)
    found = await treasury.books()
    assert found.faults == [] and found.balances[("wallet:sandbox", "LSL")] == 0
    assert found.balances[("bank", "LSL")] == -32_50


async def test_an_agents_top_up_is_the_banks_line_with_its_reference(treasury: Treasury) -> None:
    treasury.now = NOON
    await treasury.agents_money(ProposalKind.TOP_UP, 1_000_00, "FT88")
    treasury.now = NEXT_MORNING
    report = await treasury.bank_says("FT88,11:58:00,,Payment,1000.00,1000.00")
    assert (report.differences, report.pairs, report.gap_minor) == ([], 1, 0)


async def test_our_own_reference_on_the_slip_does_as_well(treasury: Treasury) -> None:
    treasury.now = NOON
    proposal = await treasury.agents_money(ProposalKind.TOP_UP, 1_000_00)
    assert proposal is not None
    treasury.now = NEXT_MORNING
    report = await treasury.bank_says(f"B1,11:58:00,{show_reference(proposal.id)},Payment,1000.00,1000.00")
    assert (report.differences, report.pairs, report.gap_minor) == ([], 1, 0)


async def test_what_an_agent_is_paid_is_the_banks_line_too(treasury: Treasury) -> None:
    treasury.now = NOON
    await treasury.agents_money(ProposalKind.TOP_UP, 1_000_00, "FT88")
    await treasury.agents_money(ProposalKind.PAY_OUT, 200_00, "FT89")
    treasury.now = NEXT_MORNING
    came, went = "FT88,11:58:00,,Payment,1000.00,1000.00", "FT89,12:10:00,,Reversal,200.00,800.00"
    report = await treasury.bank_says(came, went)
    assert (report.differences, report.pairs, report.gap_minor) == ([], 2, 0)


async def test_money_of_an_agent_that_nobody_entered_is_a_task_until_somebody_does(treasury: Treasury) -> None:
    report = await treasury.bank_says("FT88,11:58:00,,Payment,1000.00,1000.00")
    assert [one.kind for one in report.differences] == [Kind.NOT_BOOKED]
    assert f"reconcile:bank:{DAY}" in await treasury.calls()
    await treasury.agents_money(ProposalKind.TOP_UP, 1_000_00, "FT88")
    report = await treasury.reconciliation.compare(treasury.bank, DAY)
    assert (report.differences, report.vanished, await treasury.calls()) == ([], 1, [])


async def test_a_top_up_that_never_reached_the_bank_is_found(treasury: Treasury) -> None:
    treasury.now = NOON
    await treasury.agents_money(ProposalKind.TOP_UP, 1_000_00, "FT88")
    treasury.now = NEXT_MORNING + timedelta(days=4)
    reports = [await treasury.bank_says(day=DAY + timedelta(days=days)) for days in range(4)]
    assert [report.carried for report in reports] == [1, 1, 1, 0], "a bank may be days late"
    assert [(one.kind, one.ours_minor) for one in reports[3].differences] == [(Kind.NOT_STATED, 1_000_00)]


async def test_a_top_up_of_another_amount_than_the_banks_is_found(treasury: Treasury) -> None:
    treasury.now = NOON
    await treasury.agents_money(ProposalKind.TOP_UP, 1_000_00, "FT88")
    treasury.now = NEXT_MORNING
    [one] = (await treasury.bank_says("FT88,11:58:00,,Payment,100.00,100.00")).differences
    assert (one.kind, one.theirs_minor, one.ours_minor) == (Kind.AMOUNT, 100_00, 1_000_00)


async def test_one_transfer_of_the_banks_tops_up_one_float_once(treasury: Treasury) -> None:
    assert await treasury.agents_money(ProposalKind.TOP_UP, 1_000_00, "FT88") is not None
    assert await treasury.agents_money(ProposalKind.TOP_UP, 1_000_00, "FT88") is None
    assert (await treasury.database.agents.holdings("014", "LSL")).float_minor == 1_000_00


async def test_the_clock_tells_of_a_file_that_has_not_come_and_of_money_that_waits(treasury: Treasury) -> None:
    bill, _ = await treasury.paid()
    payment = await treasury.second(bill)
    morning, afternoon = NEXT_MORNING, NOON + timedelta(days=1, hours=3)
    assert await treasury.reconciliation.look(afternoon) is False
    waits = [f"statement-missing:sandbox:{DAY}", f"suspense:{payment.receipt}"]
    assert await treasury.calls() == waits
    await treasury.reconciliation.look(afternoon + timedelta(minutes=1))
    assert await treasury.calls() == waits
    await treasury.imported()
    await treasury.refund(await treasury.fresh(payment))
    await treasury.reconciliation.look(morning)
    assert await treasury.calls() == [f"statement-missing:sandbox:{DAY - timedelta(days=1)}"]


async def test_money_in_suspense_pays_another_bill_of_the_same_citizen_at_once(treasury: Treasury) -> None:
    bill, _ = await treasury.paid()
    payment, other = await treasury.second(bill), await treasury.bill()
    assert await treasury.decisions.apply(payment.receipt, other.code, "she paid the wrong one", LINEO) is None
    paid, applied = await treasury.bill_now(other), await treasury.fresh(payment)
    assert (paid.state, paid.receipt) == (BillState.PAID, payment.receipt)
    assert (applied.unfit, applied.suspended_minor, applied.applied_to) == (Unfit.SECOND, 0, other.id)
    request = await treasury.database.ledger.request(other.request_id)
    assert request is not None and request.stage == 1
    found = await treasury.books()
    assert found.faults == [] and found.balances[("suspense", "LSL")] == 0
    assert await treasury.database.bills.unsettled(9) == []
    with pytest.raises(DeskRefused, match="does not stand in suspense"):
        await treasury.decisions.apply(payment.receipt, (await treasury.bill()).code, "", LINEO)


async def test_for_somebody_elses_bill_it_takes_two(treasury: Treasury) -> None:
    bill, _ = await treasury.paid()
    payment, other = await treasury.second(bill), await treasury.bill(LERATO)
    proposal = await treasury.decisions.apply(payment.receipt, other.code, "her sister's", LINEO)
    assert proposal is not None and (await treasury.bill_now(other)).state is BillState.CREATED
    with pytest.raises(DeskRefused, match=SAME):
        await treasury.decisions.decide(proposal.id, LINEO, "", approved=True)
    await treasury.decisions.decide(proposal.id, THABO, "", approved=True)
    assert (await treasury.bill_now(other)).state is BillState.PAID
    assert await treasury.decisions.waiting() == []
    assert (await treasury.books()).faults == []


async def test_an_applied_payment_goes_back_with_the_bill_that_it_paid(treasury: Treasury) -> None:
    bill, _ = await treasury.paid()
    payment, other = await treasury.second(bill), await treasury.bill()
    await treasury.decisions.apply(payment.receipt, other.code, "", LINEO)
    await treasury.refund(await treasury.fresh(payment))
    assert (await treasury.bill_now(other)).state is BillState.REFUNDED
    assert (await treasury.bill_now(bill)).state is BillState.PAID
    found = await treasury.books()
    assert found.faults == [] and found.balances[("wallet:sandbox", "LSL")] == -32_50


async def test_what_is_more_than_the_bill_costs_is_left_in_suspense_and_goes_back_alone(treasury: Treasury) -> None:
    bill, other = await treasury.bill(), await treasury.bill()
    correlation, move = treasury.stated(NOON, bill.code)
    payment = await treasury.billing.take(
        bill, Coming("sandbox", correlation, "40", "LSL", "", move.reference, keeps=True)
    )
    assert isinstance(payment, Payment) and payment.unfit is Unfit.OVER
    await treasury.decisions.apply(payment.receipt, other.code, "", LINEO)
    left = await treasury.fresh(payment)
    assert left.suspended_minor == 7_50 and await treasury.database.bills.unsettled(9) == [left]
    await treasury.refund(left)
    assert (await treasury.fresh(payment)).left_back_minor == 7_50
    assert await treasury.database.bills.unsettled(9) == []
    assert (await treasury.bill_now(other)).state is BillState.PAID
    found = await treasury.books()
    assert found.faults == [] and found.balances[("suspense", "LSL")] == 0
    assert found.balances[("wallet:sandbox", "LSL")] == -32_50


async def test_what_paid_a_bill_goes_back_after_what_was_left_of_it_has(treasury: Treasury) -> None:
    bill, other = await treasury.bill(), await treasury.bill()
    correlation, move = treasury.stated(NOON, bill.code)
    payment = await treasury.billing.take(
        bill, Coming("sandbox", correlation, "40", "LSL", "", move.reference, keeps=True)
    )
    assert isinstance(payment, Payment)
    await treasury.decisions.apply(payment.receipt, other.code, "", LINEO)
    await treasury.refund(await treasury.fresh(payment))
    await treasury.refund(await treasury.fresh(payment))
    assert (await treasury.fresh(payment)).refund is Refund.DONE
    assert (await treasury.bill_now(other)).state is BillState.REFUNDED
    found = await treasury.books()
    assert found.faults == [] and set(found.balances.values()) == {0}
    with pytest.raises(DeskRefused, match="or it was given back"):
        await treasury.refund(await treasury.fresh(payment))


async def test_an_approval_of_what_was_left_gives_nothing_back_when_it_comes_again_later(treasury: Treasury) -> None:
    bill, other = await treasury.bill(), await treasury.bill()
    coming = Coming("sandbox", "0b5ae1f2-0000-4000-8000-00000000000a", "40", "LSL", "", "MP10", keeps=True)
    payment = await treasury.billing.take(bill, coming)
    assert isinstance(payment, Payment)
    await treasury.decisions.apply(payment.receipt, other.code, "", LINEO)
    left = await treasury.fresh(payment)
    await treasury.refund(left)
    asked_anew = refund_asked(await treasury.fresh(payment), LINEO.actor)  # of what paid the other bill, by the same
    bills, entry = treasury.database.bills, AuditEntry(treasury.now, LINEO.actor, "refund", other.request_id)
    paid = await treasury.bill_now(other)
    assert await bills.change_refund(await treasury.fresh(payment), asked_anew, paid, None, [], entry)
    stale = refund_asked(left, LINEO.actor)
    done = refund_decided(stale, THABO.actor, approved=True)
    posting = refund_of(bill, stale, treasury.now, THABO.actor)
    assert not await bills.change_refund(stale, done, bill, posting, [], entry)
    assert (await treasury.fresh(payment)).refund is Refund.ASKED
    assert (await treasury.books()).faults == []


@pytest.mark.parametrize("rest", ["7.50", "32.50"])
async def test_both_parts_of_what_went_back_are_found_in_a_statement(treasury: Treasury, rest: str) -> None:
    """Also if they are of the same amount; a wallet may call them by the same name."""
    bill, other = await treasury.bill(), await treasury.bill()
    correlation, reference = "0b5ae1f2-0000-4000-8000-000000000009", "MP9"
    total = f"{Decimal('32.50') + Decimal(rest)}"
    payment = await treasury.billing.take(bill, Coming("sandbox", correlation, total, "LSL", "", reference, keeps=True))
    assert isinstance(payment, Payment)
    await treasury.decisions.apply(payment.receipt, other.code, "", LINEO)
    for _ in range(2):
        await treasury.refund(await treasury.fresh(payment))
    when = f"{NEXT_MORNING.date()} 09:00:00"
    rows = [
        f"{reference},{when},Payment,Completed,,{correlation},{total},LSL,{total}\n",
        f"SB8,{when},Reversal,Completed,,{correlation},{rest},LSL,32.50\n",
        f"SB9,{when},Reversal,Completed,,{correlation},32.50,LSL,0.00\n",
    ]
    treasury.now = NEXT_MORNING + timedelta(days=1)
    report = await treasury.imported(NEXT_DAY, extra="".join(rows))
    assert (report.differences, report.pairs, report.gap_minor) == ([], 3, 0)


async def test_a_bill_that_money_and_suspense_would_pay_at_once_is_paid_once(treasury: Treasury) -> None:
    bill, _ = await treasury.paid()
    payment, other = await treasury.second(bill), await treasury.bill()
    correlation, move = treasury.stated(NOON, other.code)

    async def applied() -> bool:
        try:
            return await treasury.decisions.apply(payment.receipt, other.code, "", LINEO) is None
        except DeskRefused:
            return False

    came, is_applied = await asyncio.gather(treasury.pay(other, correlation, move.reference, NOON), applied())
    assert isinstance(came, Payment) and (came.unfit is not None) is is_applied
    found = await treasury.books()
    assert found.faults == [] and found.balances[("suspense", "LSL")] == 32_50


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE proposals SET state = 'done', decided_by = asked_by",
        "UPDATE proposals SET details = '{}'",
        "UPDATE statements SET vouched_by = by",
        "UPDATE statement_lines SET amount_minor = 1",
        "DELETE FROM statement_lines",
        "DELETE FROM proposals",
        "DELETE FROM differences",
    ],
)
async def test_the_database_itself_refuses_to_change_what_was_stated_and_asked(
    treasury: Treasury, statement: str
) -> None:
    await treasury.paid(fault=Fault.OFF)
    (difference,) = (await treasury.imported()).differences
    await treasury.decisions.settle(difference.id, How.BOOK, "", "", LINEO)

    def work(connection) -> None:
        connection.execute(text(statement.replace("vouched_by = by", 'vouched_by = "by"')))

    with pytest.raises(AssertionError):
        await treasury.database._store.write(work)
    (found,) = await treasury.decisions.waiting()
    assert found.details == {"how": "book"}


async def test_a_stranger_to_the_books_is_named_by_nobody(treasury: Treasury) -> None:
    with pytest.raises(DeskRefused, match="no receipt"):
        await treasury.decisions.apply("7K4M-2PXQ9", "X", "", LINEO)
    with pytest.raises(DeskRefused, match="No difference"):
        await treasury.decisions.settle("abc", How.BOOK, "", "", LINEO)
    with pytest.raises(DeskRefused, match="Nobody has asked"):
        await treasury.decisions.decide("7K4M-2PXQ9", THABO, "", approved=True)
    assert MPHO not in str(await treasury.acts())
