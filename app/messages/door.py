"""What comes in at the door and what goes back: callbacks as bytes, dialogues, texts, and what became of ours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

# What every callback makes is a Struct or a plain class (`hop.py`, `wire.py`): a frozen dataclass takes four times as
# long to make, a tenth of a turn in all.


class Ending(StrEnum):
    COMPLETED = "completed"
    DROPPED = "dropped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class UssdEnded:
    """A hint that a dialogue is over; may never come."""

    aggregator: str
    session_id: str
    msisdn: str
    service_code: str
    ending: Ending


@dataclass(frozen=True, slots=True)
class SmsEvent:
    """A text that came in. `message_id` is the aggregator's and opaque; `sender` may be a name, not a number."""

    aggregator: str
    message_id: str
    sender: str
    recipient: str
    text: str


@dataclass(frozen=True, slots=True)
class Woken:
    """A wallet says that something happened to a payment, and wants to be answered so. `id` is of `app.wakes`."""

    id: str
    status: int
    answer: bytes = b""


class DeliveryStatus(StrEnum):
    """Only ever forward: a final one stays, and `unknown` (no report came in time) is left for a final one alone."""

    IN_FLIGHT = "in_flight"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    FAILED = "failed"


class DeliverySeen(StrEnum):
    """What a delivery report was to us."""

    NEWS = "news"
    AGAIN = "again"  # nothing that was not known, or older than what is
    CONTRADICTS = "contradicts"  # another end than the one that is known, which stays
    UNMATCHED = "unmatched"  # of a text that we do not know to have sent, or not yet: kept
    TOO_MANY = "too_many"  # the same, and not kept


NUMBER_LOST = frozenset({"do_not_disturb", "number_blocked", "number_invalid", "number_unknown", "number_unsupported"})
"""Reasons for which no text reaches a number, whatever it says: an adapter's words for them."""


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """What became of an SMS of ours. `raw` is the aggregator's own status word, kept when `status` is a guess."""

    aggregator: str
    message_id: str
    status: DeliveryStatus
    raw: str
    reason: str


class Reply(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A page for the handset; `final` ends the dialogue."""

    text: str
    final: bool
