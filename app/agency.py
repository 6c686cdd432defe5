"""Agents: who takes citizens' money at a service point, from which numbers, within what bounds. No I/O.

An Order is what an agent was asked to confirm with a one-time code. A Proposal is what two clerks decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from app import limits
from app.books import BANK, Entry, Posting, PostingKind, agent_commission, agent_float, agent_way
from app.errors import DeskRefused

CODE = re.compile("[A-Z0-9]{2,6}")
"""An agent's code, short enough for an SMS to name the way of a payment: `agent:014`."""


class AgentState(StrEnum):
    """Where an agent stands; `AGENT_ARROWS` says which moves are allowed."""

    INVITED = "invited"  # no number of theirs has sent its activation code yet
    ACTIVE = "active"
    SUSPENDED = "suspended"  # at once, also for what waits to be confirmed
    CLOSED = "closed"


AGENT_ARROWS: Mapping[AgentState, frozenset[AgentState]] = {
    AgentState.INVITED: frozenset({AgentState.ACTIVE, AgentState.SUSPENDED, AgentState.CLOSED}),
    AgentState.ACTIVE: frozenset({AgentState.SUSPENDED, AgentState.CLOSED}),
    AgentState.SUSPENDED: frozenset({AgentState.ACTIVE, AgentState.INVITED, AgentState.CLOSED}),
    AgentState.CLOSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Caps:
    """What an agent may take in a day: so many payments, so much in minor units."""

    payments: int = limits.agent_payments_a_day
    amount_minor: int = limits.agent_minor_a_day


@dataclass(frozen=True, slots=True)
class Agent:
    """`code` is what citizens are told, `point` the service point's id in the pack. `revision` counts changes.

    `stated` is the last month that was told by SMS, as 2026-11; empty: none.
    """

    code: str
    point: str
    state: AgentState
    currency: str
    caps: Caps
    added_at: datetime
    changed_at: datetime
    revision: int = 0
    stated: str = ""

    @property
    def way(self) -> str:
        """As the payments that come by this agent name it."""
        return agent_way(self.code)


@dataclass(frozen=True, slots=True)
class AgentNumber:
    """A number that an agent texts from. `invited_until` is when its activation code expires.

    `usable_at` None: it was never activated; until then it cools down.
    """

    id: str
    agent: str
    msisdn: str
    invited_until: datetime
    active_at: datetime | None = None
    usable_at: datetime | None = None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Who sent a text: an agent that is not closed, from a number that was not removed."""

    agent: Agent
    number: AgentNumber


class Barred(StrEnum):
    """Why a number may not confirm payments now."""

    INVITED = "invited"
    SUSPENDED = "suspended"
    COOLING = "cooling"


def barred(enrolled: Enrolled, now: datetime) -> Barred | None:
    """None: it may ask for payments and confirm them."""
    usable_at = enrolled.number.usable_at
    if enrolled.agent.state is AgentState.SUSPENDED:
        return Barred.SUSPENDED
    if enrolled.agent.state is not AgentState.ACTIVE or usable_at is None:
        return Barred.INVITED
    return Barred.COOLING if now < usable_at else None


def usable_from(now: datetime) -> datetime:
    """When a number that is activated now may confirm: whoever took a number over has to wait, and is found."""
    return now + timedelta(hours=limits.agent_cooldown_hours)


def moved(agent: Agent, state: AgentState, now: datetime) -> Agent:
    """Raises `DeskRefused` for a move that is none."""
    if state not in AGENT_ARROWS[agent.state]:
        raise DeskRefused(f"Agent {agent.code} is {agent.state}; that cannot become {state}.")
    return replace(agent, state=state, changed_at=now)


BY_SMS, BY_USSD = "sms", "ussd"
"""How an order is made and confirmed."""


class OrderState(StrEnum):
    OPEN = "open"
    USED = "used"  # its code was right, and the money was taken
    DROPPED = "dropped"  # by the agent, or by a newer order of the same number


@dataclass(frozen=True, slots=True)
class Order:
    """What an agent was asked to confirm until a moment: this bill with this amount, from this number.

    `id` is that of the text, or of the step of a menu, that asked for it, so a repeat makes no second one. `receipt`
    names the payment that it became, `float_minor` is what the float was right after that. Its code is kept nowhere: id
    and keyring make it. `channel` is how it was made (`sms`, `ussd`): it is confirmed in no other way.
    """

    id: str
    agent: str
    number_id: str
    bill_id: str
    amount_minor: int
    made_at: datetime
    until: datetime
    state: OrderState = OrderState.OPEN
    receipt: str = ""
    float_minor: int = 0
    channel: str = BY_SMS


class IntentKind(StrEnum):
    PAY = "pay"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Intent:
    """That an agent said yes on a page of a menu: a worker carries it out, once, and texts what came of it.

    `id` is the effect of that step, so a repeat intends nothing new. `order_id` is what is confirmed, empty if a bill
    is cancelled. `version` is that of the menus whose page was seen.
    """

    id: str
    kind: IntentKind
    agent: str
    number_id: str
    bill_id: str
    order_id: str
    at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What must hold in the transaction in which an agent pays: the order is open, the agent active, the number usable
    and neither the day's caps nor the float are passed. `since` is when the agent's day began.
    """

    order_id: str
    number_id: str
    agent: str
    caps: Caps
    since: datetime


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the books owe an agent, in minor units."""

    float_minor: int = 0
    commission_minor: int = 0


@dataclass(frozen=True, slots=True)
class Takings:
    """What an agent took in some time, without what was given back in the same; in minor units.

    Of what was taken before and given back in that time the commission is taken off, and nothing else.
    """

    count: int = 0
    amount_minor: int = 0
    commission_minor: int = 0


class ProposalKind(StrEnum):
    TOP_UP = "top_up"  # money that came into the treasury's bank for an agent's float
    PAY_OUT = "pay_out"  # float that goes back to the agent
    PAY_COMMISSION = "pay_commission"
    CAPS = "caps"  # other caps of a day


class ProposalState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one clerk asked for and another decides. Of caps, `payments` and `amount_minor` are the new ones.

    `reference` is the bank's own id of the money that moved, by which its statement is matched; empty: not known.
    """

    id: str
    agent: str
    kind: ProposalKind
    amount_minor: int
    currency: str
    asked_by: str
    asked_at: datetime
    payments: int = 0
    state: ProposalState = ProposalState.ASKED
    decided_by: str = ""
    decided_at: datetime | None = None
    reference: str = ""


class Decidable(Protocol):
    """What waits for a second clerk."""

    @property
    def state(self) -> ProposalState: ...
    @property
    def asked_by(self) -> str: ...
    @property
    def decided_by(self) -> str: ...


P = TypeVar("P", bound=Decidable)


def decided(proposal: P, by: str, now: datetime, *, approved: bool) -> P:
    """Raises `DeskRefused` for whoever asked, and if it was decided before. Anybody else may say no."""
    if proposal.state is not ProposalState.ASKED:
        raise DeskRefused(f"It was decided before: {proposal.state} by {proposal.decided_by}.")
    if approved and by == proposal.asked_by:
        raise DeskRefused("You asked for it yourself; another clerk has to approve it.")
    state = ProposalState.APPROVED if approved else ProposalState.REFUSED
    told: P = replace(proposal, state=state, decided_by=by, decided_at=now)  # type: ignore[type-var]
    return told


def posting_for(proposal: Proposal) -> Posting | None:
    """How a proposal that was approved is booked; None: it moves no money."""
    if proposal.kind is ProposalKind.CAPS:
        return None
    assert proposal.decided_at is not None, "it is booked when it was decided"
    account = agent_commission if proposal.kind is ProposalKind.PAY_COMMISSION else agent_float
    kind = PostingKind.TOP_UP if proposal.kind is ProposalKind.TOP_UP else PostingKind.PAY_OUT
    minor = proposal.amount_minor if kind is PostingKind.TOP_UP else -proposal.amount_minor
    moved_money = (
        Entry(BANK, proposal.currency, -minor),
        Entry(account(proposal.agent), proposal.currency, minor),
    )
    return Posting(kind, proposal.id, proposal.decided_at, proposal.decided_by, moved_money)
