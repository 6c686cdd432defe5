"""Which key sealed what stands in the database, and sealing it anew with the key that is first now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, and_, case, func, not_, select, update

from app.errors import SealBroken
from app.keys import Keyring
from integrations.database.limits import reseal_rows_max
from integrations.database.store import Store
from integrations.database.tables import (
    agent_numbers,
    bills,
    checks,
    drafts,
    jobs,
    mandates,
    openings,
    payments,
    requests,
    subscriptions,
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed column; `context` is what its bytes are bound to in the row with this primary key."""

    column: Column[Any]
    context: Callable[[Any], bytes]

    @property
    def key(self) -> Column[Any]:
        (key,) = self.column.table.primary_key.columns
        return key


def _is_by(sealed: Sealed, name: str) -> ColumnElement[bool]:
    """Whether a key of this name sealed it: the name and a dot stand before what is sealed."""
    mark = f"{name}.".encode()
    return func.substr(sealed.column, 1, len(mark)) == mark


def _by_id(place: str) -> Callable[[Any], bytes]:
    return lambda key: f"{place}:{key}".encode()


SEALED: Sequence[Sealed] = (
    *(Sealed(requests.c[name], _by_id(f"requests.{name}")) for name in ("msisdn", "answers", "results")),
    Sealed(jobs.c.payload, _by_id("jobs.payload")),
    Sealed(bills.c.msisdn, _by_id("bills.msisdn")),
    Sealed(payments.c.payer, _by_id("payments.payer")),
    Sealed(agent_numbers.c.msisdn, _by_id("agent_numbers.msisdn")),
    Sealed(mandates.c.msisdn, _by_id("mandates.msisdn")),
    Sealed(subscriptions.c.msisdn, _by_id("subscriptions.msisdn")),
    *(Sealed(checks.c[name], _by_id(f"checks.{name}")) for name in ("identity", "waiting")),
    Sealed(openings.c.fallen, lambda session: b"openings.fallen:" + bytes(session)),
    Sealed(drafts.c.fallen, lambda number: b"drafts.fallen:" + bytes(number)),
)
"""Every column that is sealed; a test holds it against `nature.py`."""


class DatabaseResealing:
    """Raises `StoreUnavailable`."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    async def seals(self) -> Mapping[str, int]:
        """How many values each key sealed; those of keys that are not held stand under `unknown`."""
        found: Counter[str] = Counter()
        for sealed in SEALED:
            marks = [and_(sealed.column.is_not(None), _is_by(sealed, name)) for name in self._keyring.names]
            counts: Any = select(func.count(sealed.column), *(func.sum(case((mark, 1), else_=0)) for mark in marks))
            ((total, *by_name),) = await self._page(counts)
            found.update(dict(zip(self._keyring.names, (count or 0 for count in by_name), strict=True)))
            found["unknown"] += total - sum(count or 0 for count in by_name)
        return +found

    async def reseal(self) -> tuple[int, int]:
        """Seal anew what other keys sealed than the first one; how many values that were, and how many did not open.

        A bounded number of rows at a time, each only if it is as it was read; cut off, it goes on where it was.
        """
        anew = broken = 0
        for sealed in SEALED:
            last = None
            while rows := await self._others(sealed, last):
                last = rows[-1][0]
                opened = [(key, old, self._again(sealed, key, old)) for key, old in rows]
                broken += sum(new is None for _, _, new in opened)
                anew += await self._store.write(_writing(sealed, [one for one in opened if one[2] is not None]))
        return anew, broken

    async def _others(self, sealed: Sealed, last: Any) -> Sequence[Any]:
        another = and_(sealed.column.is_not(None), not_(_is_by(sealed, self._keyring.first)))
        query: Any = select(sealed.key, sealed.column).where(another).order_by(sealed.key).limit(reseal_rows_max)
        return await self._page(query if last is None else query.where(sealed.key > last))

    def _again(self, sealed: Sealed, key: Any, old: bytes) -> bytes | None:
        context = sealed.context(key)
        try:
            return self._keyring.seal(self._keyring.open(old, context), context)
        except SealBroken:
            return None

    async def _page(self, query: Any) -> Sequence[Any]:
        return await self._store.read(lambda connection: connection.execute(query).all())


def _writing(sealed: Sealed, rows: Sequence[tuple[Any, bytes, bytes | None]]) -> Callable[[Connection], int]:
    def work(connection: Connection) -> int:
        done = 0
        for key, old, new in rows:
            same = update(sealed.column.table).where(sealed.key == key, sealed.column == old)
            done += connection.execute(same.values({sealed.column.name: new})).rowcount
        return done

    return work
