"""How an attempt at a job of the outbox ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.messages import Job

PENDING = "pending"
"""Why work is tried again that an office took and has not finished; such a job may be hastened."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A job is done; `jobs` follow it."""

    jobs: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """Not yet: try later. `failed` tells a failure from work that is simply not finished.

    `pause_seconds` overrides the usual pause. Not `counted`: nobody was asked, so it was no attempt.
    """

    reason: str
    failed: bool = True
    pause_seconds: float | None = None
    counted: bool = True


@dataclass(frozen=True, slots=True)
class GivenUp:
    """It will not work by itself: a human must look."""

    reason: str
    jobs: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing was tried, for it is not its turn: at `until` it is. `slot_at` goes with it, if it was given a moment."""

    reason: str
    until: datetime
    slot_at: datetime | None = None


JobEnding = Finished | Again | Later | GivenUp
