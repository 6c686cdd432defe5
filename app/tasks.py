"""Tasks: what an office without a system of its own has on its work list, one for each stage that it carries out.

The status of a request is the request's; a task only says who works on it and until when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app import limits
from app.messages import Job, Request

LOOK = "look"
"""The kind of a job that is only there for a person to look at; trying it again does nothing."""
ERASURE = "erasure:"
"""The id of a look at who asks to be forgotten begins so; their number is in its payload."""
STALLED = ":stalled:"
"""Stands in the id of a look at a request that nobody moves: whoever gives that up gives the request up."""
STRANDED = ":stranded:"
"""The same of one with which nothing can be done, as its menus are."""


def mark(at: datetime) -> str:
    """A moment as part of an id, in the order of time."""
    return f"{at:%Y%m%dT%H%M%S.%f}"


def stranded(request_id: str, stage: int, changed_at: datetime, now: datetime) -> Job:
    """A look at a request with which nothing can be done; another one each `vigil_stranded_again_days`."""
    every = timedelta(days=limits.vigil_stranded_again_days)
    since = changed_at + (now - changed_at) // every * every
    payload = {"request": request_id, "stage": str(stage), "office": ""}
    return Job(f"{request_id}{STRANDED}{mark(since)}", LOOK, payload, now)


@dataclass(frozen=True, slots=True)
class Task:
    """`promised_at` is when the citizen was promised an end; `revision` counts what clerks changed, 0 at first.

    `assignee` is empty while nobody took it. `escalated_at` None: it was not overdue when that was last looked at.
    """

    id: str
    request_id: str
    stage: int
    office: str
    operation: str
    opened_at: datetime
    promised_at: datetime
    assignee: str = ""
    revision: int = 0
    escalated_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a complaint names: an agent's code, a point's id, the receipt of a payment of the citizen's; empty: none."""

    agent: str = ""
    point: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the work list."""

    task: Task
    request: Request

    @property
    def mark(self) -> str:
        """Stage and revision: another one is another task of the request, or one that was changed."""
        return f"{self.task.stage}.{self.task.revision}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of a work list. Empty `office`: of all. `assignee` None: whoever has it, empty: nobody.

    `overdue_at`: only what was promised before then, and is not its citizen's turn. `after` is the last line of the
    page before.
    """

    office: str = ""
    assignee: str | None = None
    overdue_at: datetime | None = None
    closed: bool = False
    after: Task | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who works at a desk: `name` as it stands in the audit log, `office` whose list they see; empty: of all."""

    name: str
    office: str = ""

    @property
    def actor(self) -> str:
        return f"clerk:{self.name}"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A job that waits for a person. `request_id` and `stage` are of the request that it is about, if it is about one;
    `office` is who is asked.
    """

    id: str
    kind: str
    attempts: int
    reason: str
    since: datetime
    request_id: str = ""
    stage: int = 0
    office: str = ""


def untold(request_id: str, at: datetime) -> Job:
    """What a person finds of a request whose citizen no text reaches; once for a request."""
    return Job(f"{request_id}:untold", LOOK, {"request": request_id}, at)


def untold_reason(reason: str) -> str:
    return f"its citizen is not reached by SMS: {reason}"
