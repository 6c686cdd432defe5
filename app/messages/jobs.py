"""Work that must happen after the reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Priority(IntEnum):
    """Which of the jobs that are due is done first; the last two are texts and nothing else."""

    URGENT = 0  # somebody waits for it: an answer to a text
    WORK = 1
    TOLD = 2  # how a request stands
    LOW = 3  # what may wait, such as a reminder


@dataclass(frozen=True, slots=True)
class Job:
    """Work that must happen after the reply. `id` makes it happen once."""

    id: str
    kind: str
    payload: Mapping[str, str]
    due_at: datetime
    priority: Priority = Priority.WORK


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that this worker holds until `lease_until`; `attempt` counts from 1, and from 1 again if `is_retried`: a
    person has looked, and wants it tried once more.

    `slot_at` is when it may go to an office that takes no more than so many at a time, None: it was given no such
    moment. `lapses` counts the leases that ran out since an attempt last came to an end: who held them may have died
    of it. `added_at` is when it was put up to be done.
    """

    job: Job
    attempt: int
    lease: str
    added_at: datetime
    slot_at: datetime | None = None
    is_retried: bool = False
    lapses: int = 0
