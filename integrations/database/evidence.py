"""What a checker reads of the ledger to hold it against what citizens were told; nothing is opened or changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Text, case, cast, exists, select

from app.keys import Keyring
from app.messages import Status
from integrations.database.limits import evidence_rows_max
from integrations.database.rows import Seals
from integrations.database.store import Store
from integrations.database.tables import JobState, jobs, openings, request_history, requests, sms, tasks


@dataclass(frozen=True, slots=True)
class RequestEvidence:
    """A request, all its moves as status and stage, oldest first, and what became of its work at this stage.

    `citizen` is the keyed hash of a number; `work` None: there is no job for this stage. While it waits for money, that
    is the job by which its bill expires; while it is on a clerk's list, it waits. All of it is of one moment.
    """

    reference: str
    service: str
    citizen: bytes
    status: Status
    stage: int
    version: str
    moves: tuple[tuple[Status, int], ...]
    work: JobState | None
    id: str
    filed_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class OpeningEvidence:
    """How a dialogue began: under which version, and whether it went on with one that had fallen."""

    session: bytes
    version: str
    goes_on: bool


class DatabaseEvidence:
    """Reads page by page, so that no read lasts long. Raises `StoreUnavailable`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def requests(self, since: datetime) -> tuple[RequestEvidence, ...]:
        """Those filed since then."""
        found: list[RequestEvidence] = []
        last = ""
        while rows := await self._request_rows(since, last):
            found += (_request(list(group)) for _, group in groupby(rows, key=lambda row: row.id))
            last = rows[-1].id
        return tuple(found)

    async def openings(self, since: datetime) -> tuple[OpeningEvidence, ...]:
        """Those since then that are remembered still."""
        found: list[OpeningEvidence] = []
        last = b""
        while rows := await self._opening_rows(since, last):
            found += (OpeningEvidence(row.session, row.version, row.fallen is not None) for row in rows)
            last = rows[-1].session
        return tuple(found)

    async def texts(self, ids: Sequence[str]) -> Mapping[str, JobState]:
        """What became of the answers to texts that came in, by the id of their job; one that is missing was lost."""
        found: dict[str, JobState] = {}
        for start in range(0, len(ids), evidence_rows_max):
            some = ids[start : start + evidence_rows_max]
            rows = await self._read(select(jobs.c.id, jobs.c.state).where(jobs.c.id.in_(some)))
            found |= {row.id: JobState(row.state) for row in rows}
        return found

    async def sent(self, since: datetime) -> tuple[datetime, ...]:
        """When each text was handed over, in no order."""
        query = select(sms.c.sent_at).where(sms.c.sent_at >= since)
        return tuple(row.sent_at for row in await self._read(query))

    async def close(self) -> None:
        await self._store.close()

    async def _request_rows(self, since: datetime, last: str) -> Sequence[Row[Any]]:
        table, moves, expiring = requests.c, request_history.c, jobs.alias()
        page = (
            select(requests)
            .where(table.filed_at >= since, table.id > last)
            .order_by(table.id)
            .limit(evidence_rows_max)
            .subquery()
        )
        listed = exists().where(
            tasks.c.request_id == page.c.id, tasks.c.stage == page.c.stage, tasks.c.closed_at.is_(None)
        )
        waits = case(
            (expiring.c.state == JobState.WAITING, expiring.c.state),
            (listed, JobState.WAITING.value),
            else_=jobs.c.state,
        )
        query = (
            select(
                page.c.id, page.c.reference, page.c.service, page.c.number_hash, page.c.status, page.c.stage,
                page.c.version, page.c.filed_at, page.c.changed_at,
                moves.status.label("moved_to"), moves.stage.label("moved_stage"), waits.label("work"),
            )
            .outerjoin_from(page, request_history, moves.request_id == page.c.id)
            .outerjoin(jobs, jobs.c.id == page.c.id + ":work:" + cast(page.c.stage, Text))
            .outerjoin(expiring, expiring.c.id == page.c.id + ":expire:" + cast(page.c.stage, Text))
            .order_by(page.c.id, moves.id)
        )  # fmt: skip
        return await self._read(query)

    async def _opening_rows(self, since: datetime, last: bytes) -> Sequence[Row[Any]]:
        table = openings.c
        query = select(openings).where(table.at >= since, table.session > last).order_by(table.session)
        return await self._read(query.limit(evidence_rows_max))

    async def _read(self, query: Any) -> Sequence[Row[Any]]:
        def work(connection: Connection) -> Sequence[Row[Any]]:
            return connection.execute(query).all()

        return await self._store.read(work)


def citizen_hash(keyring: Keyring, msisdn: str) -> bytes:
    """What `RequestEvidence.citizen` is for a number."""
    return Seals(keyring).number_hash("requests", msisdn)


def _request(rows: Sequence[Row[Any]]) -> RequestEvidence:
    first = rows[0]
    moves = tuple((Status(row.moved_to), row.moved_stage) for row in rows if row.moved_to is not None)
    return RequestEvidence(
        first.reference,
        first.service,
        first.number_hash,
        Status(first.status),
        first.stage,
        first.version,
        moves,
        None if first.work is None else JobState(first.work),
        first.id,
        first.filed_at,
        first.changed_at,
    )
