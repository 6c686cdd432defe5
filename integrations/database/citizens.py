"""All that is kept of one citizen: told to them, and erased where nothing has to be carried out any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from app.audit import AuditEntry
from app.messages import ARROWS, HistoryEntry, Request, Status
from integrations.database.audit import append
from integrations.database.limits import citizen_requests_max
from integrations.database.rows import Seals
from integrations.database.store import Store
from integrations.database.tables import JobState, checks, jobs, preferences, request_history, requests, sms, tallies

TABLES = ("requests", "preferences", "tallies", "checks")
_FINAL = [status for status, arrows in ARROWS.items() if not arrows]


@dataclass(frozen=True, slots=True)
class Message:
    """An SMS that went out about a request: on which occasion, and what became of it."""

    occasion: str
    status: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class CitizenRecord:
    """What stands under a number; `requests` with their histories and messages, oldest first. `checks` say at which
    office, when and with what end it was checked who they are.
    """

    language: str
    counts: Sequence[tuple[str, str, int]]  # what is counted, the day, how many
    requests: Sequence[tuple[Request, Sequence[HistoryEntry], Sequence[Message]]]
    checks: Sequence[tuple[str, datetime, str]]


class DatabaseCitizens:
    """Raises `StoreUnavailable`."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def record(self, msisdn: str, entry: AuditEntry) -> CitizenRecord:
        """Everything under a number, and a line in the audit log that somebody looked."""
        hashes = {table: self._seals.number_hash(table, msisdn) for table in TABLES}

        def work(connection: Connection) -> CitizenRecord:
            rows = connection.execute(_of(hashes["requests"])).all()
            chosen = select(preferences.c.language).where(preferences.c.number_hash == hashes["preferences"])
            counted = select(tallies).where(tallies.c.number_hash == hashes["tallies"]).order_by(tallies.c.day)
            found = [self._whole(connection, row) for row in rows]
            checked = select(checks).where(checks.c.number_hash == hashes["checks"]).order_by(checks.c.opened_at)
            append(connection, entry)
            return CitizenRecord(
                connection.execute(chosen).scalar() or "",
                [(row.name, row.day.isoformat(), row._mapping["count"]) for row in connection.execute(counted)],
                found,
                [(row.office, row.opened_at, row.state) for row in connection.execute(checked)],
            )

        return await self._store.write(work)

    async def erase(self, msisdn: str, entry: AuditEntry) -> tuple[Sequence[str], Sequence[str]]:
        """Forget who filed what was ended, and what they said. Returns the references that were erased, and those that
        were left: still under way, or with a text that is yet to be sent.

        What stays is that something was filed, when, and how it went: no word of it names anybody.
        """
        hashes = {table: self._seals.number_hash(table, msisdn) for table in TABLES}

        def work(connection: Connection) -> tuple[list[str], list[str]]:
            erased, left = [], []
            for row in connection.execute(_of(hashes["requests"])).all():
                if row.status not in _FINAL or _has_work(connection, row.id):
                    left.append(row.reference)
                    continue
                connection.execute(update(requests).where(requests.c.id == row.id).values(self._nobody(row.id)))
                about = jobs.c.id.startswith(f"{row.id}:", autoescape=True)
                connection.execute(update(jobs).where(about).values(payload=None))
                erased.append(row.reference)
            connection.execute(delete(preferences).where(preferences.c.number_hash == hashes["preferences"]))
            connection.execute(delete(tallies).where(tallies.c.number_hash == hashes["tallies"]))
            connection.execute(delete(checks).where(checks.c.number_hash == hashes["checks"]))
            append(connection, entry)
            return erased, left

        return await self._store.write(work)

    def _nobody(self, id: str) -> dict[str, Any]:
        return {
            "number_hash": self._seals.number_hash("erased", id),
            "msisdn": self._seals.seal("requests.msisdn", id, {"msisdn": ""}),
            "answers": self._seals.seal("requests.answers", id, {}),
            "results": self._seals.seal("requests.results", id, {}),
        }

    def _whole(self, connection: Connection, row: Row[Any]) -> tuple[Request, list[HistoryEntry], list[Message]]:
        moves = select(request_history).where(request_history.c.request_id == row.id).order_by(request_history.c.id)
        history = [
            HistoryEntry(Status(move.status), move.stage, move.reason, move.at, move.evidence)
            for move in connection.execute(moves)
        ]
        about = sms.c.job_id.startswith(f"{row.id}:tell:", autoescape=True)
        texts = connection.execute(select(sms).where(about).order_by(sms.c.sent_at))
        sent = [Message(text.job_id.split(":")[2], text.status, text.sent_at) for text in texts]
        return self._seals.request(row), history, sent


def _of(number_hash: bytes) -> Any:
    mine = select(requests).where(requests.c.number_hash == number_hash)
    return mine.order_by(requests.c.filed_at, requests.c.id).limit(citizen_requests_max)


def _has_work(connection: Connection, request_id: str) -> bool:
    about = jobs.c.id.startswith(f"{request_id}:", autoescape=True)
    waiting = select(jobs.c.id).where(about, jobs.c.state != JobState.DONE).limit(1)
    return connection.execute(waiting).first() is not None
