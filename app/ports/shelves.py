"""Everything that is kept for good, as the rooms of WORK are given it."""

from __future__ import annotations

from typing import Protocol

from app.ports.broadcasts import Broadcasts, Subscriptions
from app.ports.jobs import Rates, SmsBook
from app.ports.mandates import MandateBook
from app.ports.money import AgentBook, Bills, PushBook
from app.ports.offices import Audit
from app.ports.people import Errands, MineBook, Questions
from app.ports.requests import Checks, Ledger, Openings
from app.ports.watching import Watch


class Shelves(Protocol):
    """The ports of one database. The outbox is none of them: who simulates or converses puts something around it."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def bills(self) -> Bills: ...

    @property
    def pushes(self) -> PushBook: ...

    @property
    def agents(self) -> AgentBook: ...

    @property
    def mandates(self) -> MandateBook: ...

    @property
    def checks(self) -> Checks: ...

    @property
    def mine(self) -> MineBook: ...

    @property
    def subscriptions(self) -> Subscriptions: ...

    @property
    def broadcasts(self) -> Broadcasts: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def errands(self) -> Errands: ...

    @property
    def questions(self) -> Questions: ...

    @property
    def openings(self) -> Openings: ...

    @property
    def sms(self) -> SmsBook: ...

    @property
    def rates(self) -> Rates: ...

    @property
    def watch(self) -> Watch: ...
