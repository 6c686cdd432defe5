"""What citizens agreed to and took back; rows are only ever added, until they prove nothing any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select

from app.audit import AuditEntry
from app.messages import Agreement
from app.privacy import mark_of
from integrations.database.audit import append
from integrations.database.forgetting import forget_ended
from integrations.database.limits import citizen_consents_max
from integrations.database.rows import Seals, Values
from integrations.database.store import Store, insert_or_leave
from integrations.database.subscriptions import end_subscriptions
from integrations.database.tables import consents, drafts

AGREED, WITHDRAWN = "agreed", "withdrawn"


class Consents:
    """The part of `app.ports.Ledger` that knows what was agreed to. Raises `StoreUnavailable`."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def agree(self, agreement: Agreement) -> None:
        values: Values = {name: getattr(agreement, name) for name in _TOLD} | {
            "number_hash": self._seals.number_hash("consents", agreement.msisdn),
            "act": AGREED,
        }

        def work(connection: Connection) -> None:
            connection.execute(insert_or_leave(connection, consents), values)

        await self._store.write(work)

    async def agreed(self, msisdn: str, dialogue: bytes, at: datetime) -> frozenset[str]:
        table = consents.c
        query = _of(self._seals.number_hash("consents", msisdn)).where(or_(table.at <= at, table.dialogue == dialogue))
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        here = {row.purpose for row in rows if row.dialogue == dialogue}
        before = standing([row for row in rows if row.dialogue != dialogue])
        return frozenset(mark for purpose, mark in before.items() if purpose not in here)

    async def agreed_in(self, dialogue: bytes, mark: str) -> bool:
        table = consents.c
        query = select(table.purpose, table.version).where(table.dialogue == dialogue, table.act == AGREED)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return any(mark_of(row.purpose, row.version) == mark for row in rows)

    async def withdraw(self, msisdn: str, services: Mapping[str, Collection[str]], entry: AuditEntry) -> frozenset[str]:
        number_hash = self._seals.number_hash("consents", msisdn)

        def work(connection: Connection) -> frozenset[str]:
            before = standing(connection.execute(_of(number_hash)).all())
            stood = {purpose: mark for purpose, mark in before.items() if purpose in services}
            for purpose, mark in sorted(stood.items()):
                connection.execute(insert(consents), _taken_back(number_hash, purpose, mark, entry))
            end_subscriptions(connection, self._seals, msisdn, services)
            if stood:
                theirs = {service for purpose in stood for service in services[purpose]}
                forget_ended(connection, self._seals, msisdn, entry.at, theirs)
                connection.execute(delete(drafts).where(drafts.c.number_hash == draft_hash(self._seals, msisdn)))
                append(connection, entry)
            return frozenset(stood.values())

        return await self._store.write(work)


_TOLD = ("id", "purpose", "version", "at", "channel", "language", "menus", "dialogue")


def draft_hash(seals: Seals, msisdn: str) -> bytes:
    return seals.number_hash("drafts", msisdn)


def standing(rows: Sequence[Row[Any]]) -> dict[str, str]:
    """For each purpose that stands agreed to its mark; `rows` oldest first."""
    marks: dict[str, str] = {}
    for row in rows:
        if row.act == AGREED:
            marks[row.purpose] = mark_of(row.purpose, row.version)
        else:
            marks.pop(row.purpose, None)
    return marks


def _of(number_hash: bytes) -> Any:
    mine = select(consents).where(consents.c.number_hash == number_hash)
    return mine.order_by(consents.c.at, consents.c.id).limit(citizen_consents_max)


def _taken_back(number_hash: bytes, purpose: str, mark: str, entry: AuditEntry) -> Values:
    """Its id says who, what and when, so that no two are the same."""
    stamp = entry.at.isoformat()
    version = int(mark.rpartition("@")[2])
    return {
        "id": f"{number_hash.hex()}:{mark}:{stamp}:withdrawn",
        "number_hash": number_hash,
        "purpose": purpose,
        "version": version,
        "act": WITHDRAWN,
        "at": entry.at,
        "channel": entry.actor.partition(":")[0],
        "language": "",
        "menus": "",
        "dialogue": b"",
    }
