"""A push: a wallet is asked to ask somebody for the money of a bill, and how it is named everywhere. No I/O."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app import limits
from app.messages import Job, Priority

PUSH = "push"
"""The kind of the jobs that carry pushes out."""
PAID, REFUSED, OVER, STUCK = "paid", "refused", "over", "stuck"
"""When a payer is texted: the money came, and the bill is somebody else's; no money came, and the bill can still be
paid, or cannot any more; a person must look."""
TOLD_ON = (PAID, REFUSED, OVER, STUCK)
PUSHED = "pushed"
"""The tally of what a number asked its wallets for, on a day."""
# The id of the money that a push brings: of the same push always the same, so it is taken once.
_CORRELATION = uuid.UUID("5d0a9c1e-3b7f-4c62-8f0e-6a1d2b94e7c3")


class NoPush(StrEnum):
    """Why a bill is not shown to be paid from a wallet, or no wallet is asked for it."""

    UNKNOWN = "unknown"  # no such bill
    SETTLED = "settled"  # it was paid
    WAITING = "waiting"  # its last day is over, and what was paid in time may still be told of
    OVER = "over"  # that time is over too, or its request was ended
    UNDER_WAY = "under_way"  # a wallet was asked, and what became of that is not known yet
    TOO_MANY = "too_many"  # codes that are none, or pushes, for one day or one bill


GIVEN_BACK = "given_back"
"""How a bill stands whose money was given back, to whom it is; nobody begins to pay it any more."""


@dataclass(frozen=True, slots=True)
class Push:
    """That somebody confirmed, by the step `effect`, that a wallet asks them to pay a bill.

    `number` counts the pushes of a bill from 1: the next one comes only when it is certain that the last one brought
    no money. `wallet` is an office of the menus `version`. `is_asked`: the wallet may have heard of it;
    `is_withdrawn`: it is not asked about it any more, for no money came, or will. `asked_at` is when it was last to be
    sent, by whatever process.
    """

    bill_id: str
    number: int
    effect: str
    wallet: str
    version: str
    at: datetime
    is_asked: bool = False
    is_withdrawn: bool = False
    asked_at: datetime | None = None

    @property
    def key(self) -> str:
        """By which the wallet knows it, however often it is asked."""
        return f"{self.bill_id}p{self.number}"

    @property
    def job_id(self) -> str:
        return f"{self.bill_id}:{PUSH}:{self.number}"

    @property
    def correlation(self) -> str:
        """The id of the money that it brings, a UUID."""
        return str(uuid.uuid5(_CORRELATION, f"{self.wallet}/{self.key}"))


def push_job(push: Push, request_id: str, service: str, payer: str, language: str) -> Job:
    """What has the wallet asked. `service` is by which it is (its texts tell of it), `payer` the number that is asked;
    `office` in the payload keeps a wallet that is away from holding up other work. It is due when our last page has
    reached the phone, for a dialogue that is still open keeps a wallet's prompt away.
    """
    payload = {
        "request": request_id, "bill": push.bill_id, "number": str(push.number), "effect": push.effect,
        "service": service, "office": push.wallet, "payer": payer, "language": language,
    }  # fmt: skip
    due_at = push.at + timedelta(seconds=limits.push_begins_seconds)
    return Job(push.job_id, PUSH, payload, due_at, Priority.URGENT)


def reference_of(code: str, number: int) -> str:
    """What the payer's wallet shows: the bill's code, of a later push with its number behind, for no wallet takes the
    same reference twice; at most 12 letters and digits.
    """
    return code if number == 1 else f"{code}{number:02}"
