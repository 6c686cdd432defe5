"""How an attempt at a job of the outbox ended."""

from __future__ import annotations

from dataclasses import dataclass

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

    `pause_seconds` overrides the usual pause.
    """

    reason: str
    failed: bool = True
    pause_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """It will not work by itself: a human must look."""

    reason: str
    jobs: tuple[Job, ...] = ()


JobEnding = Finished | Again | GivenUp
