"""The seam: a Protocol for each thing outside the house, one page a room."""

from __future__ import annotations

from app.ports.books import Account, Found, Moved, Noted, Proposals, Statements
from app.ports.broadcasts import Broadcasts, Subscriptions
from app.ports.clocks import Clock, RandomBytes
from app.ports.jobs import Allowance, Outbox, Rates, SmsBook
from app.ports.mandates import MandateBook
from app.ports.money import AgentBook, Bills, PushBook, Taken, Undoing, WalletNotices, Window
from app.ports.offices import Archive, Audit, AwayDoor, DoorBook, DoorState, Office, WakeReader
from app.ports.people import Errands, MineBook, Questions
from app.ports.requests import Board, Checks, Due, Kept, Ledger, Look, Openings, Shift, WaitingRequests
from app.ports.sessions import (
    NO_REPLIES,
    InWork,
    Keeping,
    Lost,
    Opened,
    Recalled,
    Repeated,
    Replies,
    SessionKey,
    SessionStore,
    Won,
)
from app.ports.shelves import Shelves
from app.ports.watching import Raised, Watch
from app.ports.wire import Aggregator, Deadlines

__all__ = [
    "NO_REPLIES",
    "Account",
    "AgentBook",
    "Aggregator",
    "Allowance",
    "Archive",
    "Audit",
    "AwayDoor",
    "Bills",
    "Board",
    "Broadcasts",
    "Checks",
    "Clock",
    "Deadlines",
    "DoorBook",
    "DoorState",
    "Due",
    "Errands",
    "Found",
    "InWork",
    "Keeping",
    "Kept",
    "Ledger",
    "Look",
    "Lost",
    "MandateBook",
    "MineBook",
    "Moved",
    "Noted",
    "Office",
    "Opened",
    "Openings",
    "Outbox",
    "Proposals",
    "PushBook",
    "Questions",
    "Raised",
    "RandomBytes",
    "Rates",
    "Recalled",
    "Repeated",
    "Replies",
    "SessionKey",
    "SessionStore",
    "Shelves",
    "Shift",
    "SmsBook",
    "Statements",
    "Subscriptions",
    "Taken",
    "Undoing",
    "WaitingRequests",
    "WakeReader",
    "WalletNotices",
    "Watch",
    "Window",
    "Won",
]
