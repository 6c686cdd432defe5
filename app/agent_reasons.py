"""Why an agent is not served at the counter, in the words that menus have for it; how a bill stands to an agent."""

from __future__ import annotations

from enum import StrEnum


class Unserved(StrEnum):
    """What the phrases of agents are as outcomes of a call."""

    BARRED = "barred"  # whoever asks is no agent, is suspended, or has a number that is new
    UNKNOWN = "unknown"  # no such bill, or none of theirs
    BLOCKED = "blocked"  # too many tries
    OWN = "own"
    ELSEWHERE = "elsewhere"  # the agent's point does not help with what the bill is for
    SETTLED = "settled"  # paid before
    OVER = "over"  # its time is over, or its request has ended
    UNDER_WAY = "under_way"  # a wallet was asked for it, and what became of that is not known yet
    AMOUNT = "amount"  # another than that of the bill
    SHORT = "short"  # the float does not hold so much
    LAPSED = "lapsed"  # what was ordered does not wait any more
    UNREAD = "unread"  # no voucher or ID number could look so


class BillWord(StrEnum):
    """How a bill stands, as far as an agent is told; the pack has the words."""

    OPEN = "bill_open"
    HERE = "bill_paid_here"  # by this agent
    PAID = "bill_paid"
    BACK = "bill_refunded"
    OVER = "bill_over"
    UNDER_WAY = "bill_under_way"  # a wallet was asked for it, and what became of that is not known yet
