"""The ledger: requests with their history, what citizens chose, and what they may still try."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, insert, literal, select, update

from app.audit import CITIZEN, AuditEntry
from app.errands import ErrandKind
from app.mandate import Mandate
from app.messages import ARROWS, Agreement, Attested, Change, Filing, HistoryEntry, Job, Known, Request, Status
from app.ports import RandomBytes
from app.reference import new_reference
from integrations.database import mandates
from integrations.database.attested import attest
from integrations.database.audit import append
from integrations.database.consents import Consents
from integrations.database.ends import end_with, hold
from integrations.database.errands import add_errand, errand_values, follow
from integrations.database.languages import Languages
from integrations.database.limits import references_tried_max
from integrations.database.outbox import add_jobs
from integrations.database.rows import Seals, Values, filed
from integrations.database.store import Store, Work, clean, count_into, insert_or_leave
from integrations.database.tables import request_history, requests, tallies

_KNOWN = (
    "SELECT (SELECT language FROM preferences WHERE number_hash = ?), "
    "EXISTS (SELECT 1 FROM drafts WHERE number_hash = ? AND fallen IS NOT NULL), "
    "EXISTS (SELECT 1 FROM openings WHERE session = ?), "
)
_KNOWN_UNASKED = _KNOWN + "0"
_KNOWN_AGREED = _KNOWN + "EXISTS (SELECT 1 FROM consents WHERE number_hash = ?)"  # noqa: S608  # both are ours
NOTHING_MORE: Mapping[str, str] = {}


class _Unmandated(Exception):  # no error: raised in a transaction so that nothing of it stays
    pass


class DatabaseLedger:
    """`app.ports.Ledger` on SQLite or PostgreSQL."""

    def __init__(self, store: Store, seals: Seals, random_bytes: RandomBytes) -> None:
        self._store = store
        self._seals = seals
        self._random_bytes = random_bytes
        self._languages = Languages(store)
        self._consents = Consents(store, seals)

    async def file(self, filing: Filing, jobs: Sequence[Job]) -> Request:
        """Write a request and its jobs, or return the request that was filed with this id before.

        A proposed reference that stands in the ledger already is replaced by a fresh one. So the payload of a job
        names the request by its id, never by its reference.
        """
        return await self._file(filing, jobs, None)  # type: ignore[return-value]  # only a mandate can fail it

    async def file_for(self, filing: Filing, mandate: Mandate, jobs: Sequence[Job]) -> Request | None:
        return await self._file(filing, jobs, mandate)

    async def file_by(self, filing: Filing, attested: Attested, jobs: Sequence[Job]) -> Request | None:
        return await self._file(filing, jobs, attested)

    async def _file(self, filing: Filing, jobs: Sequence[Job], by: Mandate | Attested | None) -> Request | None:
        values = self._seals.request_values(filing)
        job_values = self._seals.jobs_values(tuple(jobs))
        counted = errand_values(self._seals, filing.errand) if filing.errand else None
        received = Change(
            Status.RECEIVED, 0, {}, filing.at, evidence=clean(filing.evidence), by=by.way if by else CITIZEN
        )
        told = _told(by)

        def work(connection: Connection) -> str | Row[Any]:
            for attempt in range(references_tried_max):
                reference = filing.reference if attempt == 0 else new_reference(self._random_bytes)
                if _insert(connection, requests, {**values, "reference": reference}):
                    if not self._may(connection, by, filing):
                        raise _Unmandated
                    add_jobs(connection, job_values)
                    if counted is not None:
                        add_errand(connection, counted)
                    _remember(connection, filing.id, filing.service, received, "file", told)
                    return reference
                known = _row(connection, filing.id)
                if known is not None:
                    return known
            raise AssertionError("one reference after the other is taken: the source of randomness repeats itself")

        try:
            outcome = await self._store.write(work)
        except _Unmandated:
            return None
        return filed(filing, outcome) if isinstance(outcome, str) else self._seals.request(outcome)

    def _may(self, connection: Connection, by: Mandate | Attested | None, filing: Filing) -> bool:
        if isinstance(by, Mandate):
            return mandates.use(connection, self._seals, by, filing.id, filing.at)
        return by is None or attest(connection, by, filing.id, filing.at)

    async def request(self, id: str) -> Request | None:
        row = await self._store.read(lambda connection: _row(connection, id))
        return None if row is None else self._seals.request(row)

    async def outline(self, id: str) -> Request | None:
        """A request whose key is lost, as `Request.is_shut` says."""
        row = await self._store.read(lambda connection: _row(connection, id))
        return None if row is None else self._seals.outline(row)

    async def find(self, reference: str, msisdn: str) -> Request | None:
        number_hash = self._seals.number_hash("requests", msisdn)
        query = select(requests).where(requests.c.number_hash == number_hash, requests.c.reference == reference)
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return None if row is None else self._seals.request(row)

    async def advance(self, request: Request, change: Change, jobs: Sequence[Job]) -> bool:
        """Apply a change and add its jobs if status and stage are still those of `request`; False: nothing done.

        A status that stays is a move too, unless it is a final one; if the stage stays as well, it is news of the
        results only, which the history does not hold.
        """
        return await self._store.write(advancing(self._seals, request, change, jobs))

    async def note(self, *entries: AuditEntry) -> None:
        def work(connection: Connection) -> None:
            for entry in entries:
                append(connection, entry)

        await self._store.write(work)

    async def history(self, id: str) -> tuple[HistoryEntry, ...]:
        table = request_history
        query = select(table).where(table.c.request_id == id).order_by(table.c.id)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return tuple(HistoryEntry(Status(row.status), row.stage, row.reason, row.at, row.evidence) for row in rows)

    async def language(self, msisdn: str) -> str | None:
        return await self._languages.of(self._seals.number_hash("preferences", msisdn))

    def glance(self, msisdn: str, session: bytes, *, consents: bool = True) -> Known | None:
        named = self._seals.number_hash
        keys = named("preferences", msisdn), named("drafts", msisdn), session
        if consents:
            row = self._store.glance(_KNOWN_AGREED, *keys, named("consents", msisdn))
        else:  # a keyed hash and a search less
            row = self._store.glance(_KNOWN_UNASKED, *keys)
        return Known(row[0], bool(row[1]), bool(row[3]), bool(row[2])) if row else None

    async def remember_language(self, msisdn: str, language: str, at: datetime) -> None:
        await self._languages.remember(self._seals.number_hash("preferences", msisdn), language, at)

    async def agree(self, agreement: Agreement) -> None:
        await self._consents.agree(agreement)

    async def agreed(self, msisdn: str, dialogue: bytes, at: datetime) -> frozenset[str]:
        return await self._consents.agreed(msisdn, dialogue, at)

    async def agreed_in(self, dialogue: bytes, mark: str) -> bool:
        return await self._consents.agreed_in(dialogue, mark)

    async def withdraw(self, msisdn: str, services: Mapping[str, Collection[str]], entry: AuditEntry) -> frozenset[str]:
        return await self._consents.withdraw(msisdn, services, entry)

    async def tally(self, name: str, msisdn: str, day: date, add: int) -> int:
        key = {"name": name, "number_hash": self._seals.number_hash("tallies", msisdn), "day": day}
        if add == 0:
            return await self._store.read(lambda connection: connection.execute(_TALLY, key).scalar()) or 0

        return await self._store.write(lambda connection: count(connection, key, add))

    async def ping(self) -> None:
        """Goes the way of a write, so that a database that can only be read is not called ready."""
        await self._store.write(lambda connection: connection.execute(select(literal(1))).scalar())

    async def close(self) -> None:
        await self._store.close()


_BY_ID = select(requests).where(requests.c.id == bindparam("id"))
_TALLY = select(tallies.c.count).where(
    tallies.c.name == bindparam("name"),
    tallies.c.number_hash == bindparam("number_hash"),
    tallies.c.day == bindparam("day"),
)


def _told(by: Mandate | Attested | None) -> Mapping[str, str]:
    if isinstance(by, Mandate):
        return {"mandate": by.id, "means": by.means.value}
    return {"attests": by.attests, "point": by.point, "number": by.number_id, "channel": by.channel} if by else {}


def count(connection: Connection, key: Values, add: int) -> int:
    """Add to a tally and return the new count."""
    counted = count_into(connection, tallies, ("name", "number_hash", "day"))
    new: int = connection.execute(counted, {**key, "count": add}).scalar_one()
    return new


def advancing(seals: Seals, request: Request, change: Change, jobs: Sequence[Job]) -> Work[bool]:
    """`DatabaseLedger.advance` as work of a transaction; what is done after it there must not wait for a lock.

    What is final ends the request's open task and its unpaid bill as well.
    """
    stays = change.status == request.status and bool(ARROWS[request.status])
    news_only = stays and change.stage == request.stage
    assert change.status in ARROWS[request.status] or stays, f"no arrow {request.status} -> {change.status}"
    assert change.stage >= request.stage, "a stage never goes back"
    is_end = not ARROWS[change.status]
    job_values = seals.jobs_values(tuple(jobs))
    change = replace(change, reason=clean(change.reason))
    move = (
        update(requests)
        .where(requests.c.id == request.id, requests.c.status == request.status, requests.c.stage == request.stage)
        .values(status=change.status, stage=change.stage, reason=change.reason, changed_at=change.at, look_at=change.at)
    )
    if not request.is_shut:
        move = move.values(results=seals.seal("requests.results", request.id, change.results))

    def work(connection: Connection) -> bool:
        if is_end:
            hold(connection, request.id)
        if connection.execute(move).rowcount == 0:
            return False
        add_jobs(connection, job_values)
        if is_end:
            end_with(connection, request, change)
        if news_only:
            told = {"evidence": change.evidence} if change.evidence else {}
            append(connection, AuditEntry(change.at, change.by, "news", request.id, request.service, told))
        else:
            _remember(connection, request.id, request.service, change, "move")
        if change.status is Status.DONE:
            follow(connection, seals, request.id, ErrandKind.ENDED, "", change.at)
        return True

    return work


def _row(connection: Connection, id: str) -> Row[Any] | None:
    return connection.execute(_BY_ID, {"id": id}).first()


def _insert(connection: Connection, table: Table, values: Values) -> bool:
    """False when a unique value of it is taken."""
    return connection.execute(insert_or_leave(connection, table), values).rowcount == 1


def _remember(
    connection: Connection, id: str, service: str, change: Change, act: str, more: Mapping[str, str] = NOTHING_MORE
) -> None:
    """A line of the request's history, and the same in the audit log."""
    told = {"reason": change.reason, "evidence": change.evidence}
    values = {"request_id": id, "status": change.status, "stage": change.stage, "at": change.at, **told}
    connection.execute(insert(request_history), values)
    details = {"status": change.status.value, "stage": str(change.stage), **told, **more}
    append(connection, AuditEntry(change.at, change.by, act, id, service, details))
