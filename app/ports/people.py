"""What is counted of what people did, and what they are asked by SMS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.errands import Errand
from app.messages import Job, Request
from app.questions import Answer, Asked, Question


class Errands(Protocol):
    """What was done by phone or at a service point, in the ledger's database. Raises `StoreUnavailable`."""

    async def note(self, errand: Errand, jobs: Sequence[Job] = ()) -> bool:
        """Count an errand and add its jobs; False: it was counted before, and nothing is done."""
        ...


class Questions(Protocol):
    """Questions by SMS and their answers, in the ledger's database. Raises `StoreUnavailable`.

    One is open for a number at a time; every call is one transaction.
    """

    async def open(self, question: Question, now: datetime) -> Asked:
        """Take the number's turn for a question; the same one may be opened again, and stays open as long."""
        ...

    async def answer(self, msisdn: str, said: str, by: str, now: datetime) -> Answer | None:
        """Keep what a number said to its newest question, if that takes it; returns the first answer, which stays.

        None: it is the answer to none.
        """
        ...

    async def object(self, msisdn: str, at: datetime) -> None:
        """Ask a number nothing any more that it may object to, and warn it of nothing."""
        ...

    async def answers(self, kind: str, since: datetime, until: datetime) -> Sequence[tuple[str, Mapping[str, int]]]:
        """Of all that were asked between: what about, and how often which answer came; `""`: none."""
        ...


@dataclass(frozen=True, slots=True)
class PaidFor:
    """Money that paid a bill of somebody's request: an amount in minor units, and what service it was for."""

    receipt: str
    amount_minor: int
    service: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """How much is kept under a number: requests, paid bills, texts that were sent, what stands agreed to, and of what
    it wants to be warned.
    """

    requests: int
    payments: int
    texts: int
    agreements: int
    subscriptions: int = 0


class MineBook(Protocol):
    """What is kept under a number, for whoever calls from it. Raises `StoreUnavailable`."""

    async def requests(self, msisdn: str, limit: int, *, open_first: bool = False) -> tuple[Sequence[Request], int]:
        """The newest first, and how many there are without the limit; `open_first`: those that ended come behind all
        others.
        """
        ...

    async def payments(self, msisdn: str, currency: str, limit: int) -> tuple[Sequence[PaidFor], int]:
        """What paid bills of their requests and was not given back, the newest first, and how many there are."""
        ...

    async def counts(self, msisdn: str) -> Counted: ...
