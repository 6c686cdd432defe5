"""All that is kept of one citizen: told to them, and erased where nothing has to be carried out any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from app.audit import AuditEntry
from app.messages import HistoryEntry, Request, Status
from integrations.database.audit import append
from integrations.database.forgetting import forget_ended, requests_of
from integrations.database.rows import Seals
from integrations.database.store import Store
from integrations.database.tables import consents, drafts, preferences, request_history, sms, tallies

TABLES = ("requests", "preferences", "tallies", "consents", "drafts")
"""Those that know a number by its keyed hash."""


@dataclass(frozen=True, slots=True)
class Message:
    """An SMS that went out about a request: on which occasion, and what became of it."""

    occasion: str
    status: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConsentAct:
    """That a purpose was agreed to or taken back; `menus` is the version whose words were agreed to."""

    purpose: str
    version: int
    act: str
    at: datetime
    channel: str
    language: str
    menus: str


@dataclass(frozen=True, slots=True)
class CitizenRecord:
    """What stands under a number; `requests` with their histories and messages, oldest first, as are `consents`."""

    language: str
    counts: Sequence[tuple[str, str, int]]  # what is counted, the day, how many
    requests: Sequence[tuple[Request, Sequence[HistoryEntry], Sequence[Message]]]
    consents: Sequence[ConsentAct] = ()
    unfinished_until: datetime | None = None


class DatabaseCitizens:
    """Raises `StoreUnavailable`."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def record(self, msisdn: str, entry: AuditEntry) -> CitizenRecord:
        """Everything under a number, and a line in the audit log that somebody looked."""
        hashes = {table: self._seals.number_hash(table, msisdn) for table in TABLES}

        def work(connection: Connection) -> CitizenRecord:
            rows = connection.execute(requests_of(hashes["requests"])).all()
            chosen = select(preferences.c.language).where(preferences.c.number_hash == hashes["preferences"])
            counted = select(tallies).where(tallies.c.number_hash == hashes["tallies"]).order_by(tallies.c.day)
            found = [self._whole(connection, row) for row in rows]
            acts = select(consents).where(consents.c.number_hash == hashes["consents"])
            unfinished = select(drafts.c.until).where(
                drafts.c.number_hash == hashes["drafts"], drafts.c.fallen.is_not(None)
            )
            append(connection, entry)
            return CitizenRecord(
                connection.execute(chosen).scalar() or "",
                [(row.name, row.day.isoformat(), row._mapping["count"]) for row in connection.execute(counted)],
                found,
                [
                    ConsentAct(row.purpose, row.version, row.act, row.at, row.channel, row.language, row.menus)
                    for row in connection.execute(acts.order_by(consents.c.at, consents.c.id))
                ],
                connection.execute(unfinished).scalar(),
            )

        return await self._store.write(work)

    async def erase(self, msisdn: str, entry: AuditEntry) -> tuple[Sequence[str], Sequence[str]]:
        """Forget who filed what was ended, and what they said. Returns the references that were erased, and those that
        were left: still under way, or with a text that is yet to be sent.

        What stays is that something was filed, when, and how it went: no word of it names anybody.
        """
        hashes = {table: self._seals.number_hash(table, msisdn) for table in TABLES}

        def work(connection: Connection) -> tuple[Sequence[str], Sequence[str]]:
            erased, left = forget_ended(connection, self._seals, msisdn)
            connection.execute(delete(preferences).where(preferences.c.number_hash == hashes["preferences"]))
            connection.execute(delete(tallies).where(tallies.c.number_hash == hashes["tallies"]))
            connection.execute(delete(consents).where(consents.c.number_hash == hashes["consents"]))
            connection.execute(delete(drafts).where(drafts.c.number_hash == hashes["drafts"]))
            append(connection, entry)
            return erased, left

        return await self._store.write(work)

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
