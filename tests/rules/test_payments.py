"""The rules of money, without I/O: what fits a bill, how it is booked, and which moves there are."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bill_code import LENGTH, new_bill_code, read_bill_code, show_bill_code
from app.books import Entry, Posting, PostingKind, agent_commission, agent_float, fault_of, opposite, totals
from app.payments import (
    BILL_ARROWS,
    PAYABLE,
    SETTLED,
    Bill,
    BillState,
    Payment,
    Price,
    Unfit,
    from_minor,
    judge,
    paid_at,
    posting_of,
    refund_of,
    to_minor,
)  # fmt: skip
from app.reference import read_reference

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
PRICE = Price("LSL", 2, 130_00, 5_00, "treasury", "office:passports", "Gazette 69, 2019-11-29")
END = NOW + timedelta(hours=72)
BILL = Bill("r:0", "CODE", "r", 0, "passport", "+26658123456", PRICE, BillState.CREATED, NOW, END, NOW)
PAYMENT = Payment("7K4M2PXQ9", "mpesa", "c", "s", "r:0", 135_00, "LSL", "", "", NOW)
amounts = st.integers(min_value=1, max_value=10**9)


def unfit(bill: Bill = BILL, amount: int = 135_00, now: datetime = NOW, *, waits: bool = True) -> Unfit | None:
    return judge(bill, amount, now, is_waited_for=waits)


def test_only_the_whole_amount_in_time_for_a_request_that_waits_pays() -> None:
    assert unfit() is None
    assert unfit(amount=134_99) is Unfit.UNDER
    assert unfit(amount=135_01) is Unfit.OVER
    assert unfit(waits=False) is Unfit.CLOSED
    assert unfit(now=BILL.expires_at) is Unfit.LATE
    assert unfit(now=BILL.expires_at - timedelta(microseconds=1)) is None
    assert unfit(replace(BILL, state=BillState.EXPIRED)) is Unfit.LATE


LAST = END - timedelta(minutes=10)


@pytest.mark.parametrize(
    ("told", "now", "believed"),
    [
        (LAST, END + timedelta(minutes=20), True),  # paid in time, told late
        (LAST, END + timedelta(hours=6) - timedelta(microseconds=1), True),
        (LAST, END + timedelta(hours=6), False),  # it has ended
        (NOW, NOW, True),
        (NOW - timedelta(microseconds=1), END, False),  # before there was a bill
        (END + timedelta(minutes=30), END + timedelta(minutes=20), False),  # not yet
        (None, END, False),
    ],
)
def test_a_wallet_is_believed_when_what_it_says_can_be_and_the_bill_has_not_ended(
    told: datetime | None, now: datetime, believed: bool
) -> None:
    assert paid_at(BILL, told, now) == (told if believed else now)


moments = st.timedeltas(timedelta(days=-8), timedelta(days=12)).map(lambda since: NOW + since)


@given(told=st.none() | moments, now=moments)
def test_whatever_a_wallet_says_money_is_late_unless_it_was_paid_in_time_and_told_before_the_end(
    told: datetime | None, now: datetime
) -> None:
    fits = unfit(now=paid_at(BILL, told, now)) is None
    in_time = told is not None and NOW <= told <= now and told < END and now < END + timedelta(hours=6)
    assert fits is (now < END or in_time)
    assert paid_at(BILL, told, now) <= now


@pytest.mark.parametrize("state", BillState)
def test_a_bill_takes_money_in_its_payable_states_only(state: BillState) -> None:
    assert (unfit(replace(BILL, state=state)) is None) is (state in PAYABLE)
    if state in SETTLED:
        assert unfit(replace(BILL, state=state), now=NOW + timedelta(days=99)) is Unfit.SECOND


def test_every_state_is_reached_and_none_leads_back_to_being_unpaid() -> None:
    assert set(BILL_ARROWS) == set(BillState)
    reached = {BillState.CREATED}
    for _ in BillState:
        reached |= set(itertools.chain.from_iterable(BILL_ARROWS[state] for state in reached))
    assert reached == set(BillState)
    after = set(itertools.chain.from_iterable(BILL_ARROWS[state] for state in SETTLED))
    assert after <= SETTLED


def test_money_that_may_be_under_way_keeps_a_bill_from_expiring() -> None:
    may_expire = {state for state, arrows in BILL_ARROWS.items() if BillState.EXPIRED in arrows}
    assert may_expire == {BillState.CREATED, BillState.REFUSED}


@given(fee=st.integers(0, 10**8), charge=st.integers(0, 10**6), came=amounts, why=st.sampled_from([None, *Unfit]))
def test_whatever_came_its_posting_sums_to_zero_and_a_refund_undoes_it(
    fee: int, charge: int, came: int, why: Unfit | None
) -> None:
    if fee + charge == 0:
        fee = 1
    bill = replace(BILL, price=replace(PRICE, fee_minor=fee, charge_minor=charge))
    payment = replace(PAYMENT, amount_minor=came if why else fee + charge, unfit=why)
    posting = posting_of(bill, payment, "wallet:mpesa")
    back = refund_of(bill, payment, NOW, "clerk:thabo")
    assert totals(posting.entries) == {"LSL": 0}
    assert (posting.id, back.id) == ("payment:7K4M2PXQ9", "refund:7K4M2PXQ9")
    assert opposite(back.entries) == posting.entries
    assert ("suspense" in {entry.account for entry in posting.entries}) is (why is not None)


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ([], "has fewer than two entries"),
        ([Entry("treasury", "LSL", 5)], "has fewer than two entries"),
        ([Entry("treasury", "LSL", 5), Entry("suspense", "LSL", -4)], "does not sum to zero in LSL"),
        ([Entry("treasury", "LSL", 5), Entry("suspense", "ZAR", -5)], "does not sum to zero in LSL, ZAR"),
        ([Entry("treasury", "LSL", 0), Entry("suspense", "LSL", 0)], "has an entry of nothing"),
        ([Entry("pocket", "LSL", 5), Entry("suspense", "LSL", -5)], "is on an account that is none"),
        ([Entry(agent_float("7"), "LSL", -5), Entry(agent_commission("7"), "LSL", 5)], None),
    ],
)
def test_what_is_no_transaction_cannot_be_made(entries: list[Entry], fault: str | None) -> None:
    assert fault_of(entries) == fault
    if fault is not None:
        with pytest.raises(AssertionError, match=fault):
            Posting(PostingKind.PAYMENT, "x", NOW, "house", tuple(entries))


@given(st.binary(min_size=6, max_size=6))
def test_a_bill_code_comes_back_as_typed_and_is_no_reference(drawn: bytes) -> None:
    draws = iter([drawn, *(bytes([n] * 6) for n in range(256))])
    code = new_bill_code(lambda _: next(draws))
    assert len(code) == LENGTH and read_bill_code(show_bill_code(code).lower()) == code
    assert read_reference(code) is None
    wrong = ("1" if code[0] == "0" else "0") + code[1:]
    assert read_bill_code(wrong) is None
    swapped = code[1] + code[0] + code[2:]
    assert swapped == code or read_bill_code(swapped) is None


@given(minor=st.integers(0, 10**9 - 1), digits=st.integers(0, 3))
def test_amounts_are_written_and_read_without_loss(minor: int, digits: int) -> None:
    assert to_minor(from_minor(minor, digits), digits) == minor


@pytest.mark.parametrize(("amount", "minor"), [("50", 5000), ("50.00", 5000), ("0.5", 50), ("50.5000", 5050)])
def test_an_amount_with_zeros_at_its_end_is_understood(amount: str, minor: int) -> None:
    assert to_minor(amount, 2) == minor


@pytest.mark.parametrize("amount", ["", "-1", "1,5", "01", "1.", ".5", "1e3", "0.001", "1" * 10, "٣", "NaN"])
def test_what_is_no_amount_is_none(amount: str) -> None:
    assert to_minor(amount, 2) is None
