"""What travels inside the house: events, replies, outcomes, requests, jobs. No aggregator's or office's own words."""

from __future__ import annotations

from app.messages.checks import Check, CheckState, Most
from app.messages.dialogues import Draft, Known, Opening, Session, Waiting
from app.messages.door import (
    NUMBER_LOST,
    DeliveryEvent,
    DeliverySeen,
    DeliveryStatus,
    Ending,
    Reply,
    SmsEvent,
    UssdEnded,
    Woken,
)
from app.messages.hop import UssdEvent
from app.messages.jobs import ClaimedJob, Job, Priority
from app.messages.menus import Act, Publication
from app.messages.offices import Answered, Down, Handed, Late, Outcome, Pending, Refused
from app.messages.requests import (
    ARROWS,
    CITIZENS_TURN,
    Agreement,
    Attested,
    Change,
    Filing,
    HistoryEntry,
    Request,
    Status,
)
from app.messages.texts import OutgoingSms, Purse, SentSms, SmsKind, Spending
from app.messages.wire import WireRequest, WireResponse

__all__ = [
    "ARROWS",
    "CITIZENS_TURN",
    "NUMBER_LOST",
    "Act",
    "Agreement",
    "Answered",
    "Attested",
    "Change",
    "Check",
    "CheckState",
    "ClaimedJob",
    "DeliveryEvent",
    "DeliverySeen",
    "DeliveryStatus",
    "Down",
    "Draft",
    "Ending",
    "Filing",
    "Handed",
    "HistoryEntry",
    "Job",
    "Known",
    "Late",
    "Most",
    "Opening",
    "Outcome",
    "OutgoingSms",
    "Pending",
    "Priority",
    "Publication",
    "Purse",
    "Refused",
    "Reply",
    "Request",
    "SentSms",
    "Session",
    "SmsEvent",
    "SmsKind",
    "Spending",
    "Status",
    "UssdEnded",
    "UssdEvent",
    "Waiting",
    "WireRequest",
    "WireResponse",
    "Woken",
]
