"""Who may take money, what an agent earns, what two clerks decide: rules without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agency import (
    AGENT_ARROWS,
    Agent,
    AgentNumber,
    AgentState,
    Barred,
    Caps,
    Enrolled,
    Proposal,
    ProposalKind,
    barred,
    decided,
    moved,
    posting_for,
)
from app.books import fault_of
from app.costs import Commission
from app.errors import DeskRefused
from app.payments import Bill, BillState, Payment, Price, Refund, posting_of, refund_asked, refund_decided, refund_of
from app.values.days import month_before, month_of

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
THABO = Agent("014", "900", AgentState.ACTIVE, "LSL", Caps(), AT, AT)
NUMBER = AgentNumber("n", "014", "+26659000014", AT, AT, AT)
TOP_UP = Proposal("7K4M2PXQ9", "014", ProposalKind.TOP_UP, 500_00, "LSL", "clerk:lineo", AT)


@pytest.mark.parametrize(
    ("state", "usable_at", "why"),
    [
        (AgentState.ACTIVE, AT, None),
        (AgentState.ACTIVE, AT + timedelta(microseconds=1), Barred.COOLING),
        (AgentState.ACTIVE, None, Barred.INVITED),
        (AgentState.INVITED, AT, Barred.INVITED),
        (AgentState.SUSPENDED, AT, Barred.SUSPENDED),
        (AgentState.SUSPENDED, None, Barred.SUSPENDED),
        (AgentState.CLOSED, AT, Barred.INVITED),
    ],
)
def test_only_an_active_agent_from_a_number_that_cooled_down_may_confirm(
    state: AgentState, usable_at: datetime | None, why: Barred | None
) -> None:
    enrolled = Enrolled(replace(THABO, state=state), replace(NUMBER, usable_at=usable_at))
    assert barred(enrolled, AT) is why


def test_a_closed_agent_stays_closed_and_moves_that_are_none_are_refused() -> None:
    assert AGENT_ARROWS[AgentState.CLOSED] == frozenset()
    assert moved(THABO, AgentState.SUSPENDED, AT).state is AgentState.SUSPENDED
    with pytest.raises(DeskRefused, match="cannot become active"):
        moved(THABO, AgentState.ACTIVE, AT)


@pytest.mark.parametrize(
    ("share", "floor", "charge", "commission"),
    [
        (20_00, 1_00, 2_50, 1_00), (20_00, 1_00, 10_00, 2_00), (20_00, 0, 3, 0), (12_50, 0, 9_99, 1_24),
        (100_00, 0, 2_50, 2_50), (0, 2_50, 2_50, 2_50), (0, 0, 2_50, 0),
    ],
)  # fmt: skip
def test_a_commission_is_a_share_of_the_charge_with_a_floor(
    share: int, floor: int, charge: int, commission: int
) -> None:
    assert Commission(share, floor, "contract", "2026-11-24").of(charge) == commission


@given(share=st.integers(0, 100_00), floor=st.integers(0, 10**6), charge=st.integers(0, 10**6))
def test_a_commission_is_never_more_than_the_charge_nor_less_than_nothing(share: int, floor: int, charge: int) -> None:
    assert 0 <= Commission(share, floor, "", "").of(charge) <= charge


@given(fee=st.integers(0, 10**6), charge=st.integers(0, 10**6), of_it=st.integers(0, 10**6))
def test_whatever_a_bill_costs_its_posting_by_an_agent_sums_to_zero_and_is_undone_by_its_refund(
    fee: int, charge: int, of_it: int
) -> None:
    price = Price("LSL", 2, fee + 1, charge, "treasury", "office:land", "test", min(of_it, charge))
    bill = Bill("b", "c", "r", 0, "s", "+266", price, BillState.CREATED, AT, AT, AT)
    payment = Payment("7K4M2PXQ9", "agent:014", "c", "s", "b", price.total_minor, "LSL", "", "", AT)
    booked, back = posting_of(bill, payment, "agent:014"), refund_of(bill, payment, AT, "clerk:lineo")
    assert fault_of(booked.entries) is None and fault_of((*booked.entries, *back.entries)) is None
    sums = {entry.account: 0 for entry in booked.entries}
    for entry in (*booked.entries, *back.entries):
        sums[entry.account] += entry.amount_minor
    assert set(sums.values()) == {0}
    assert booked.entries[0].account == "agent:014:float" and booked.entries[0].amount_minor == -price.total_minor


def test_what_moves_an_agents_money_takes_two_clerks_once() -> None:
    with pytest.raises(DeskRefused, match="another clerk"):
        decided(TOP_UP, "clerk:lineo", AT, approved=True)
    assert decided(TOP_UP, "clerk:lineo", AT, approved=False).decided_by == "clerk:lineo"
    done = decided(TOP_UP, "clerk:thabo", AT, approved=True)
    with pytest.raises(DeskRefused, match="approved by clerk:thabo"):
        decided(done, "clerk:palesa", AT, approved=False)


@pytest.mark.parametrize(
    ("kind", "account", "minor"),
    [
        (ProposalKind.TOP_UP, "agent:014:float", 500_00), (ProposalKind.PAY_OUT, "agent:014:float", -500_00),
        (ProposalKind.PAY_COMMISSION, "agent:014:commission", -500_00),
    ],
)  # fmt: skip
def test_money_moves_between_the_bank_and_the_agent(kind: ProposalKind, account: str, minor: int) -> None:
    posting = posting_for(decided(replace(TOP_UP, kind=kind), "clerk:thabo", AT, approved=True))
    assert posting is not None
    assert {entry.account: entry.amount_minor for entry in posting.entries} == {"bank": -minor, account: minor}


def test_other_bounds_move_no_money() -> None:
    assert posting_for(replace(TOP_UP, kind=ProposalKind.CAPS)) is None


def test_what_an_agent_asks_to_give_back_takes_two_clerks_besides() -> None:
    payment = Payment("7K4M2PXQ9", "agent:014", "c", "s", "b", 1, "LSL", "", "", AT)
    asked = refund_asked(payment, "agent:014")
    with pytest.raises(DeskRefused, match="Only the agent asked"):
        refund_decided(asked, "clerk:lineo", approved=True)
    taken_up = refund_asked(asked, "clerk:lineo")
    with pytest.raises(DeskRefused, match="another clerk"):
        refund_decided(taken_up, "clerk:lineo", approved=True)
    assert refund_decided(taken_up, "clerk:thabo", approved=True).refund is Refund.DONE
    assert refund_decided(asked, "clerk:lineo", approved=False).refund is Refund.NONE


def test_a_month_is_the_countrys() -> None:
    maseru = ZoneInfo("Africa/Maseru")
    since, until = month_of("2026-12", maseru)
    assert (since, until) == (datetime(2026, 11, 30, 22, tzinfo=UTC), datetime(2026, 12, 31, 22, tzinfo=UTC))
    assert month_before(datetime(2026, 1, 31, tzinfo=UTC).date()) == "2025-12"
    with pytest.raises(ValueError, match="month"):
        month_of("2026-13", maseru)
