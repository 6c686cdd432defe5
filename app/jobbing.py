"""What `mohala jobs` does with work that waits for a person: look, try again, give up."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto

from app.audit import AuditEntry
from app.billing import Billing
from app.cases import Case
from app.desking import prepared, with_database
from app.editions import Editions
from app.errors import DeskRefused, SealBroken
from app.ledger import FINAL, Requests
from app.messages import Change, Job, Refused, Request, Status
from app.pushes import PUSH
from app.pushing import Pushing
from app.settings import Settings
from app.tasks import LOOK, STALLED, SetAside
from app.wiring import now_utc
from integrations.database import Database


class Known(Enum):
    """What whoever gives a job up knows of what its office did."""

    NOTHING = auto()
    NOT_DONE = auto()  # the office says so
    SETTLED = auto()  # it was done, or an earlier stage was; it was put right by hand, and the citizen was told


GIVEN_UP = "given_up"
"""The reason of a request whose work an operator gave up; a pack may have a word for it."""


def waiting(settings: Settings) -> Sequence[SetAside]:
    return with_database(settings, _all)


def retry(settings: Settings, id: str, by: str, why: str) -> SetAside:
    """Raises `DeskRefused` if it does not wait any more, or if no job, or more than one, begins with `id`."""

    async def work(database: Database) -> SetAside:
        job = await _found(database, id)
        entry = AuditEntry(now_utc(), f"operator:{by}", "retry-job", job.request_id or job.id, why, {"job": job.id})
        if not await database.shelf.retry(job.id, now_utc(), entry):
            raise DeskRefused("The job does not wait any more.")
        return job

    return with_database(settings, work)


def retry_all(settings: Settings, reason: str, by: str, why: str) -> Sequence[SetAside]:
    """Let the worker try again whatever waits for this very reason: a key was wrong, say, and is right now."""

    async def work(database: Database) -> Sequence[SetAside]:
        again = []
        for job in await _all(database):
            if job.reason == reason:
                about = job.request_id or job.id
                entry = AuditEntry(now_utc(), f"operator:{by}", "retry-job", about, why, {"job": job.id})
                again += [job] if await database.shelf.retry(job.id, now_utc(), entry) else []
        return again

    return with_database(settings, work)


def give_up(settings: Settings, id: str, by: str, why: str, known: Known = Known.NOTHING) -> SetAside:
    """End a job and, if it is work or a request that nobody moves, the request. Raises as `retry` does, and if more has
    to be known of what was done.
    """

    async def work(database: Database) -> SetAside:
        job = await _found(database, id)
        now = now_utc()
        entry = AuditEntry(now, f"operator:{by}", "give-up-job", job.request_id or job.id, why, {"job": job.id})
        if job.kind == PUSH:
            await _let_go(database, job, by, known)
        ends = job.kind in ("work", "bill") or (job.kind == LOOK and STALLED in job.id)
        move = await _end(database, job, by, known) if ends else None
        if not await database.shelf.give_up(job.id, now, entry, move):
            raise DeskRefused("The job or its request was changed meanwhile; look again.")
        return job

    return with_database(settings, work)


async def _end(
    database: Database, job: SetAside, by: str, known: Known
) -> tuple[Request, Change, Sequence[Job]] | None:
    try:
        request = await database.ledger.request(job.request_id)
    except SealBroken as broken:
        if known is not Known.SETTLED:
            raise DeskRefused(
                f"The request cannot be read: {broken}. If that key is lost for good, settle with the office what "
                "can be settled, by the request's reference, and say --settled: its citizen cannot be told from here."
            ) from None
        request = await database.ledger.outline(job.request_id)
    if request is None or request.status in FINAL or request.stage != job.stage:
        return None
    actor = f"operator:{by}"
    if known is Known.SETTLED:
        return request, Change(Status.REJECTED, request.stage, request.results, now_utc(), GIVEN_UP, by=actor), ()
    if request.stage > 0:
        raise DeskRefused(
            "An earlier stage of this request was done, and money may have been taken. Put that right and tell the "
            "citizen first, then say --settled."
        )
    if job.kind != "bill" and known is not Known.NOT_DONE:
        raise DeskRefused(
            "The office may have done it, or taken money, though nobody heard of it. Ask there: say --not-done if it "
            "was not, and its citizen gets the text that it was refused; or put it right, tell them, and say --settled."
        )
    editions = await Editions.open(database.archive, prepared)
    case = await Requests(editions, database.ledger, now_utc, os.urandom).case_of(request)
    return _refused(case, request, actor)


async def _let_go(database: Database, job: SetAside, by: str, known: Known) -> None:
    """Let the bill of a push be paid again, before the job ends: after a crash in between it is given up once more."""
    if known is Known.NOTHING:
        raise DeskRefused(
            "The wallet may have taken the money, though nobody heard of it. Ask there: say --not-done if it did not, "
            "and the payer gets the text that no money came; or put it right, tell them, and say --settled."
        )
    payload = await database.shelf.payload(job.id)
    editions = await Editions.open(database.archive, prepared)
    requests = Requests(editions, database.ledger, now_utc, os.urandom)
    billing = Billing(requests, database.ledger, database.bills, now_utc, os.urandom)
    pushing = Pushing(editions, billing, database.bills, database.pushes, database.ledger, now_utc)
    reason = GIVEN_UP if known is Known.NOT_DONE else ""
    if payload and not await pushing.let_go(payload, reason, f"operator:{by}"):
        raise DeskRefused("The bill was moved meanwhile; look again.")


def _refused(case: Case | None, request: Request, actor: str) -> tuple[Request, Change, Sequence[Job]]:
    now = now_utc()
    if case is None:
        return request, Change(Status.REJECTED, 0, request.results, now, GIVEN_UP, by=actor), ()
    change, jobs = case.refused(Refused(GIVEN_UP), now, actor)
    # Another of the same occasion may have gone out before, when the office itself said no and nobody believed it.
    return request, change, tuple(replace(one, id=f"{one.id}:given-up") for one in jobs)


async def _all(database: Database) -> Sequence[SetAside]:
    found: list[SetAside] = []
    while page := await database.shelf.page(found[-1].id if found else ""):
        found += page
    return found


async def _found(database: Database, id: str) -> SetAside:
    found = [job for job in await _all(database) if job.id.startswith(id)]
    if len(found) != 1:
        told = f"{len(found)} jobs begin so" if found else "No job that waits for a person begins so"
        raise DeskRefused(f"{told}; `mohala jobs list` names them.")
    return found[0]
