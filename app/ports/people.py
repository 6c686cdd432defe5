"""What is counted of what people did, and what they are asked by SMS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from app.errands import Errand
from app.messages import Job
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
        """Ask a number nothing any more that it may object to."""
        ...

    async def answers(self, kind: str, since: datetime, until: datetime) -> Sequence[tuple[str, Mapping[str, int]]]:
        """Of all that were asked between: what about, and how often which answer came; `""`: none."""
        ...
