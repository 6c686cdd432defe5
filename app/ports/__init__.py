"""The seam: a Protocol for each thing outside the house, one page a room."""

from __future__ import annotations

from app.ports.clocks import Clock, RandomBytes
from app.ports.jobs import Allowance, Outbox, Rates, SmsBook
from app.ports.money import Bills, Taken, WalletNotices, Window
from app.ports.offices import Archive, Audit, AwayDoor, DoorBook, DoorState, Office, WakeReader
from app.ports.requests import Board, Checks, Kept, Ledger, Look, Openings, Shift, WaitingRequests
from app.ports.sessions import (
    NO_REPLIES,
    InWork,
    Keeping,
    Lost,
    Opened,
    Repeated,
    Replies,
    SessionKey,
    SessionStore,
    Won,
)
from app.ports.wire import Aggregator, Deadlines

__all__ = [
    "NO_REPLIES",
    "Aggregator",
    "Allowance",
    "Archive",
    "Audit",
    "AwayDoor",
    "Bills",
    "Board",
    "Checks",
    "Clock",
    "Deadlines",
    "DoorBook",
    "DoorState",
    "InWork",
    "Keeping",
    "Kept",
    "Ledger",
    "Look",
    "Lost",
    "Office",
    "Opened",
    "Openings",
    "Outbox",
    "RandomBytes",
    "Rates",
    "Repeated",
    "Replies",
    "SessionKey",
    "SessionStore",
    "Shift",
    "SmsBook",
    "Taken",
    "WaitingRequests",
    "WakeReader",
    "WalletNotices",
    "Window",
    "Won",
]
