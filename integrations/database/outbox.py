"""The outbox: jobs that are claimed under a lease and end once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, Row, Update, bindparam, case, delete, func, or_, select, update

from app.endings import PENDING
from app.errors import SealBroken
from app.messages import ClaimedJob, Job, Priority
from app.ports import RandomBytes
from integrations.database.prefixes import Begins
from integrations.database.rows import OVER, Seals, Values, attempts_of
from integrations.database.store import Store, clean, insert_into
from integrations.database.tables import JobState, jobs


class DatabaseOutbox:
    """`app.ports.Outbox` in the ledger's database. Ended jobs stay, without their payload, so that ids stay known."""

    def __init__(self, store: Store, seals: Seals, random_bytes: RandomBytes) -> None:
        self._store = store
        self._seals = seals
        self._random_bytes = random_bytes

    async def add(self, jobs: Sequence[Job]) -> int:
        values = self._seals.jobs_values(tuple(jobs))
        return await self._store.write(lambda connection: add_jobs(connection, values))

    async def claim(
        self,
        worker: str,
        now: datetime,
        lease_seconds: float,
        limit: int,
        priorities: Iterable[Priority] = tuple(Priority),
    ) -> tuple[ClaimedJob, ...]:
        """Take due jobs, the most urgent first and among these the oldest; one whose lease ran out may be taken again.

        A job whose payload does not open is set aside, so that it stops nobody else.
        """
        lease = f"{clean(worker)}:{self._random_bytes(16).hex()}"
        until = now + timedelta(seconds=lease_seconds)
        wanted = sorted(priorities)

        def work(connection: Connection) -> tuple[ClaimedJob, ...]:
            rows: list[Row[Any]] = []
            for behind, priority in zip(range(len(wanted) - 1, -1, -1), wanted, strict=True):
                # One after the other, so that each is a short walk along the index however many others are due. Some
                # places are kept for those behind: jobs that come back at once, for their office has no time for them,
                # would else be all that is ever claimed.
                free = limit - len(rows) - behind * (limit // 8)
                told = {"now": now, "until": until, "new_lease": lease, "of_priority": priority, "most": free}
                rows += sorted(connection.execute(_TAKE, told).all(), key=lambda row: (row.due_at, row.id))
            claimed = (self._open(connection, row, lease, now) for row in rows)
            return tuple(job for job in claimed if job is not None)

        return await self._store.write(work)

    def _open(self, connection: Connection, row: Row[Any], lease: str, now: datetime) -> ClaimedJob | None:
        try:
            attempts, is_retried = attempts_of(row.attempts)
            return ClaimedJob(
                self._seals.job(row), attempts, lease, row.added_at, row.slot_at, is_retried, row.lapses
            )  # fmt: skip
        except SealBroken:
            connection.execute(_end(row.id, lease, JobState.SET_ASIDE, now, "payload_does_not_open"))
            return None

    async def finish(self, claimed: ClaimedJob, now: datetime, jobs: Sequence[Job] = ()) -> bool:
        values = self._seals.jobs_values(tuple(jobs))
        done = _end(claimed.job.id, claimed.lease, JobState.DONE, now, "").values(OVER)

        def work(connection: Connection) -> bool:
            ours = connection.execute(done).rowcount == 1
            if ours:
                add_jobs(connection, values)
            return ours

        return await self._store.write(work)

    async def postpone(
        self,
        claimed: ClaimedJob,
        until: datetime,
        reason: str,
        counted: bool = True,
        slot_at: datetime | None = None,
        begun: bool = True,
    ) -> bool:
        statement = _held(claimed.job.id, claimed.lease).values(
            due_at=until,
            lease=None,
            lease_until=None,
            slot_at=slot_at,
            reason=clean(reason),
            attempts=jobs.c.attempts - (0 if counted else 1),
            lapses=0 if begun else jobs.c.lapses,
        )
        return await self._store.write(lambda connection: connection.execute(statement).rowcount == 1)

    async def set_aside(self, claimed: ClaimedJob, reason: str, now: datetime) -> bool:
        statement = _end(claimed.job.id, claimed.lease, JobState.SET_ASIDE, now, clean(reason))
        return await self._store.write(lambda connection: connection.execute(statement).rowcount == 1)

    async def leave(self, jobs: Sequence[Job], reason: str, now: datetime) -> int:
        """Put up jobs for a human to look at; ids seen before are left alone. Returns how many were new."""
        values = left_values(self._seals, jobs, reason, now)
        return await self._store.write(lambda connection: add_jobs(connection, values))

    async def forget(self, prefix: str, before: str) -> int:
        """Drop ended jobs whose ids begin with `prefix` and come before another; that they were done is known no more.

        None of them may be added again.
        """
        old = Begins(jobs.c.id, prefix) & (jobs.c.id < before) & (jobs.c.state == JobState.DONE)
        return await self._store.write(lambda connection: connection.execute(delete(jobs).where(old)).rowcount)

    async def hasten(self, job_id: str, now: datetime) -> bool:
        statement = (
            update(jobs)
            .where(jobs.c.id == job_id, jobs.c.state == JobState.WAITING, jobs.c.lease.is_(None))
            .where(jobs.c.reason == PENDING, jobs.c.due_at > now)
            .values(due_at=now)
        )
        return await self._store.write(lambda connection: connection.execute(statement).rowcount == 1)

    async def is_behind(self, job: Job, prefix: str) -> bool:
        """Whether a job whose id begins with `prefix` was added before this one and still waits."""
        own = select(jobs.c.added_at).where(jobs.c.id == job.id).scalar_subquery()
        before = select(jobs.c.id).where(
            Begins(jobs.c.id, prefix), jobs.c.state == JobState.WAITING, jobs.c.added_at < own
        )
        return await self._store.read(lambda connection: connection.execute(before.limit(1)).first() is not None)

    async def counts(self) -> Mapping[str, int]:
        shown = (JobState.WAITING, JobState.SET_ASIDE)
        query = select(jobs.c.state, func.count().label("total")).where(jobs.c.state.in_(shown)).group_by(jobs.c.state)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return {state.value: 0 for state in shown} | {row.state: row.total for row in rows}

    async def late_seconds(self, now: datetime) -> float:
        is_free = (jobs.c.lease_until.is_(None)) | (jobs.c.lease_until <= now)
        due = (jobs.c.state == JobState.WAITING) & (jobs.c.due_at <= now) & is_free
        query = select(func.min(jobs.c.due_at)).where(due)
        oldest: datetime | None = await self._store.read(lambda connection: connection.execute(query).scalar_one())
        return (now - oldest).total_seconds() if oldest else 0.0


def add_jobs(connection: Connection, values: list[Values]) -> int:
    """Add rows to the outbox inside a transaction of the ledger's; ids seen before are left alone."""
    if not values:
        return 0
    statement = insert_into(connection, jobs).on_conflict_do_nothing().returning(jobs.c.id)
    return len(connection.execute(statement, values).all())


def left_values(seals: Seals, jobs: Sequence[Job], reason: str, now: datetime) -> list[Values]:
    """Rows of jobs that nobody tries: they wait for a human from the start."""
    left = {"state": JobState.SET_ASIDE, "reason": clean(reason), "ended_at": now}
    return [values | left for values in seals.jobs_values(tuple(jobs))]


_TAKEN = (
    *(jobs.c.id, jobs.c.kind, jobs.c.payload, jobs.c.due_at, jobs.c.attempts, jobs.c.priority, jobs.c.slot_at),
    *(jobs.c.lapses, jobs.c.added_at),
)


def _taking() -> Update:
    """Takes due jobs of one priority. Made once: making it costs more than running it."""
    now = bindparam("now", type_=jobs.c.due_at.type)
    due = (
        select(jobs.c.id)
        .where(
            jobs.c.state == JobState.WAITING,
            jobs.c.priority == bindparam("of_priority"),
            jobs.c.due_at <= now,
            or_(jobs.c.lease_until.is_(None), jobs.c.lease_until <= now),
        )
        .order_by(jobs.c.due_at, jobs.c.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)  # PostgreSQL; SQLite has one writer
        .cte("due")
    )
    lapsed = case((jobs.c.lease.is_not(None), 1), else_=0)
    return (
        update(jobs)
        .where(jobs.c.id.in_(select(due.c.id)))
        .values(
            lease=bindparam("new_lease"),
            lease_until=bindparam("until", type_=jobs.c.lease_until.type),
            attempts=jobs.c.attempts + 1,
            lapses=jobs.c.lapses + lapsed,
        )
        .returning(*_TAKEN)
    )


_TAKE = _taking()


def _held(id: str, lease: str) -> Update:
    return update(jobs).where(jobs.c.id == id, jobs.c.lease == lease, jobs.c.state == JobState.WAITING)


def _end(id: str, lease: str, state: JobState, now: datetime, reason: str) -> Update:
    return _held(id, lease).values(state=state, lease=None, lease_until=None, ended_at=now, reason=reason)


def end_calls(connection: Connection, prefix: str, now: datetime, but: Set[str] = frozenset()) -> int:
    """End the tasks whose ids begin so, except these; returns how many there were."""
    called = Begins(jobs.c.id, prefix) & (jobs.c.state == JobState.SET_ASIDE)
    gone = [id for id in connection.execute(select(jobs.c.id).where(called)).scalars() if id not in but]
    for id in gone:
        end_call(connection, id, now)
    return len(gone)


def end_call(connection: Connection, id: str, now: datetime) -> None:
    """Nobody has to look at this any more."""
    waits = update(jobs).where(jobs.c.id == id, jobs.c.state == JobState.SET_ASIDE)
    connection.execute(waits.values(state=JobState.DONE, payload=None, ended_at=now))
