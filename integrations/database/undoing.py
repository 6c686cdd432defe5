"""What becomes of a request whose payment is given back: it ends, if no office has begun with what was paid for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, select, update

from app.messages import Request
from app.ports import Undoing
from integrations.database.ledger import advancing
from integrations.database.outbox import add_jobs, left_values
from integrations.database.rows import OVER, Seals
from integrations.database.store import Work, clean
from integrations.database.tables import JobState, jobs, requests, tasks


def untouched(connection: Connection, request: Request, paid_at: datetime, at: datetime) -> bool:
    """Whether no office has begun with a request's stage; then none will: its job is ended, its task is closed.

    A worker claims the job, and a clerk takes the task, by changing the same row: one of the two comes first. A task
    that was released was not begun either, if nothing was moved or told since the money came.
    """
    if _end_job(connection, request, at):
        return True
    if connection.execute(select(jobs.c.id).where(_job_of(request), jobs.c.state == JobState.WAITING)).first():
        return False
    task = and_(*_task_of(request), tasks.c.assignee == "")
    closed = {"closed_at": at, "revision": tasks.c.revision + 1}
    if connection.execute(update(tasks).where(task).values(closed)).rowcount == 0:
        return False
    unmoved = select(requests.c.id).where(requests.c.id == request.id, requests.c.changed_at == paid_at)
    return connection.execute(unmoved).first() is not None


def undone(seals: Seals, undoing: Undoing) -> Work[bool]:
    """End a request whose money goes back, or see to it that nobody goes on with it before a person has looked; False:
    it was moved meanwhile.
    """
    request, at = undoing.request, undoing.change.at
    ending = advancing(seals, request, undoing.change, undoing.jobs)
    left = left_values(seals, (undoing.task,), undoing.reason, at)
    aside = {"state": JobState.SET_ASIDE, "lease": None, "lease_until": None, "ended_at": at}
    job = update(jobs).where(_job_of(request), jobs.c.state == JobState.WAITING)
    stands = select(requests.c.id).where(
        requests.c.id == request.id, requests.c.status == request.status, requests.c.stage == request.stage
    )

    def work(connection: Connection) -> bool:
        if _is_listed(connection, request) or (undoing.is_next and _end_job(connection, request, at)):
            return ending(connection)
        if connection.execute(stands).first() is None:
            return False
        if connection.execute(job.values({**aside, "reason": clean(undoing.reason)})).rowcount == 0:
            waits = select(jobs.c.id).where(_job_of(request), jobs.c.state == JobState.SET_ASIDE)
            if connection.execute(waits).first() is None:
                add_jobs(connection, left)
        return True

    return work


def _end_job(connection: Connection, request: Request, at: datetime) -> bool:
    """Whether nobody has begun with the job; a worker that is about to claim it finds it ended."""
    unbegun = and_(_job_of(request), jobs.c.state == JobState.WAITING, jobs.c.attempts == 0)
    ended = {**OVER, "ended_at": at, "reason": "taken back"}
    return connection.execute(update(jobs).where(unbegun).values(ended)).rowcount > 0


def _is_listed(connection: Connection, request: Request) -> bool:
    """Whether clerks have it on their list, where two of their own have just ended it."""
    return connection.execute(select(tasks.c.id).where(*_task_of(request))).first() is not None


def _job_of(request: Request) -> ColumnElement[bool]:
    return jobs.c.id == f"{request.id}:work:{request.stage}"


def _task_of(request: Request) -> tuple[ColumnElement[bool], ...]:
    return tasks.c.request_id == request.id, tasks.c.stage == request.stage, tasks.c.closed_at.is_(None)
