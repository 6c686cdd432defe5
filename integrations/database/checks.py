"""Checks of who somebody is, and how often codes were sent and tried: counted before anything else is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, select, update

from app.errors import SealBroken
from app.keys import Keyring
from app.messages import Check, CheckState, Most, Waiting
from integrations.database.rows import Seals, Values
from integrations.database.store import Store, clean, count_into, insert_or_leave
from integrations.database.tables import check_counts, checks

BLOCKED = "blocked"


class Counts:
    """How often something was done in a window, inside a transaction of somebody else's."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def count(self, connection: Connection, bounds: Sequence[Most], at: datetime) -> bool:
        """Callers come before those whom they ask about, so that whoever is blocked blocks nobody else, and no two
        transactions wait for each other.
        """
        for bound in bounds:
            counted = count_into(connection, check_counts, ("what", "subject_hash", "since"))
            if connection.execute(counted, {**self.key(bound, at), "count": 1}).scalar_one() > bound.most:
                return False
        return True

    def key(self, bound: Most, at: datetime) -> Values:
        """That of the row that counts for a bound."""
        return {
            "what": f"{bound.what}/{bound.seconds}",
            "subject_hash": self._keyring.hash("check_counts", bound.subject),
            "since": bound.since or _window(at, bound.seconds),
        }

    def forget(self, connection: Connection, before: datetime) -> None:
        connection.execute(delete(check_counts).where(check_counts.c.since < before - timedelta(days=1)))


class DatabaseChecks:
    """`app.ports.Checks` on SQLite or PostgreSQL. A code is nowhere in it, not even as a hash."""

    def __init__(self, store: Store, seals: Seals, keyring: Keyring) -> None:
        self._store = store
        self._seals = seals
        self._keyring = keyring
        self._counts = Counts(keyring)

    async def open(self, check: Check, bounds: Sequence[Most], forget_before: datetime) -> Check:
        values = self._values(check)

        def work(connection: Connection) -> Check:
            connection.execute(delete(checks).where(checks.c.opened_at < forget_before))
            self._counts.forget(connection, forget_before)
            written = connection.execute(insert_or_leave(connection, checks), values)
            if written.rowcount == 0:
                return self._check(_row(connection, check.id), check.msisdn)
            if self._counts.count(connection, bounds, check.opened_at):
                return check
            refused = replace(check, state=CheckState.REFUSED, reason=BLOCKED)
            connection.execute(_settling(refused))
            return refused

        return await self._store.write(work)

    async def count(self, bounds: Sequence[Most], at: datetime) -> bool:
        return await self._store.write(lambda connection: self._counts.count(connection, bounds, at))

    async def give_back(self, bounds: Sequence[Most], at: datetime) -> None:
        def work(connection: Connection) -> None:
            for bound in bounds:
                counted = update(check_counts).filter_by(**self._counts.key(bound, at)).where(check_counts.c.count > 0)
                connection.execute(counted.values(count=check_counts.c.count - 1))

        await self._store.write(work)

    async def find(self, id: str, msisdn: str) -> Check | None:
        query = select(checks).where(checks.c.id == id, checks.c.number_hash == self._number_hash(msisdn))
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return None if row is None else self._check(row, msisdn)

    async def settle(self, check: Check) -> None:
        await self._store.write(lambda connection: connection.execute(_settling(check)))

    async def wait(self, id: str, waiting: Waiting) -> None:
        sealed = self._keyring.seal(msgspec.msgpack.encode(waiting), _context(id))
        statement = update(checks).where(checks.c.id == id).values(waiting=sealed)
        await self._store.write(lambda connection: connection.execute(statement))

    async def awaited(self, msisdn: str, opened_after: datetime) -> tuple[str, Waiting] | None:
        query = (
            select(checks.c.id, checks.c.waiting)
            .where(
                checks.c.number_hash == self._number_hash(msisdn),
                checks.c.opened_at > opened_after,
                checks.c.waiting.is_not(None),
            )
            .order_by(checks.c.opened_at.desc(), checks.c.id)
            .limit(1)
        )
        row = await self._store.read(lambda connection: connection.execute(query).first())
        if row is None:
            return None
        try:
            plain = self._keyring.open(row.waiting, _context(row.id))
            return row.id, msgspec.msgpack.decode(plain, type=Waiting)
        except (SealBroken, msgspec.MsgspecError):
            return None  # the key has gone, or another release wrote it: as good as lost

    def _number_hash(self, msisdn: str) -> bytes:
        return self._seals.number_hash("checks", msisdn)

    def _values(self, check: Check) -> Values:
        return {
            "id": check.id,
            "office": check.office,
            "number_hash": self._number_hash(check.msisdn),
            "identity": self._seals.seal("checks.identity", check.id, {"identity": check.identity}),
            "opened_at": check.opened_at,
            "state": CheckState.ASKED,
            "reason": "",
            "verified_at": None,
            "verified_by": "",
            "evidence": "",
        }

    def _check(self, row: Row[Any], msisdn: str) -> Check:
        return Check(
            id=row.id,
            office=row.office,
            msisdn=msisdn,
            identity=self._seals.open("checks.identity", row.id, row.identity)["identity"],
            opened_at=row.opened_at,
            state=CheckState(row.state),
            reason=row.reason,
            verified_at=row.verified_at,
            verified_by=row.verified_by,
            evidence=row.evidence,
        )


def _row(connection: Connection, id: str) -> Row[Any]:
    return connection.execute(select(checks).where(checks.c.id == id)).one()


def _settling(check: Check) -> Any:
    told: Values = {"state": check.state, "reason": clean(check.reason), "evidence": clean(check.evidence)}
    told |= {"verified_at": check.verified_at, "verified_by": check.verified_by}
    return update(checks).where(checks.c.id == check.id, checks.c.state != CheckState.VERIFIED).values(told)


def _window(at: datetime, seconds: int) -> datetime:
    """The beginning of the window of the clock that a moment is in."""
    return datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)


def _context(id: str) -> bytes:
    return f"checks.waiting:{id}".encode()
