"""How dialogues began and how far they came: the version of the menus, what was closed, what can be gone on with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, select

from app.errors import SealBroken
from app.keys import Keyring
from app.messages import Draft, Opening, Session
from integrations.database.store import Store, insert_all, insert_on, insert_or_leave
from integrations.database.tables import drafts, openings
from integrations.database.together import Together

CLOSED = "closed"
_IS_UNFINISHED = "SELECT 1 FROM drafts WHERE number_hash = ? AND fallen IS NOT NULL"


class DatabaseOpenings:
    """`app.ports.Openings` in the ledger's database; a dialogue that fell is sealed to the one that goes on with it.

    Its State says itself what was closed. Any other dialogue that began while something was has that in the same place.
    """

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring
        self._unfinished = Together(self._unfinished_of)

    async def keep(self, kept: Sequence[Opening], forget_before: datetime) -> None:
        values = [self._values(opening) for opening in sorted(kept, key=lambda one: one.session)]

        def work(connection: Connection) -> None:
            insert_all(connection, insert_or_leave(connection, openings), values)
            connection.execute(delete(openings).where(openings.c.at < forget_before))

        await self._store.write(work)

    async def find(self, session: bytes) -> Opening | None:
        query = select(openings).where(openings.c.session == session)
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return None if row is None else self._opening(row)

    async def keep_drafts(self, kept: Sequence[Draft]) -> None:
        values = sorted((self._draft_values(draft) for draft in kept), key=lambda one: bytes(one["number_hash"]))

        await self._store.write(lambda connection: insert_all(connection, _newer(connection), values))

    async def draft(self, msisdn: str) -> Draft | None:
        if self._store.glance(_IS_UNFINISHED, self._keyring.hash("drafts", msisdn)) == ():
            return None  # most have none
        return await self._unfinished.of(msisdn)

    async def _unfinished_of(self, numbers: Set[str]) -> Mapping[str, Draft]:
        hashes = {self._keyring.hash("drafts", msisdn): msisdn for msisdn in numbers}
        query = select(drafts).where(drafts.c.number_hash.in_(hashes), drafts.c.fallen.is_not(None))
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        found = ((hashes[bytes(row.number_hash)], row) for row in rows)
        return {msisdn: draft for msisdn, row in found if (draft := self._draft(msisdn, row)) is not None}

    def _draft_values(self, draft: Draft) -> dict[str, Any]:
        number_hash = self._keyring.hash("drafts", draft.msisdn)
        fallen = None
        if draft.fallen is not None:
            fallen = self._keyring.seal(msgspec.msgpack.encode(draft.fallen), b"drafts.fallen:" + number_hash)
        told = {"session": draft.session, "at": draft.at, "until": draft.until}
        return {"number_hash": number_hash, "fallen": fallen, **told}

    def _draft(self, msisdn: str, row: Row[Any]) -> Draft | None:
        try:
            plain = self._keyring.open(row.fallen, b"drafts.fallen:" + bytes(row.number_hash))
            return Draft(msisdn, row.session, row.at, row.until, msgspec.msgpack.decode(plain, type=Session))
        except (SealBroken, msgspec.MsgspecError):
            return None  # as good as lost, as an opening is

    def _values(self, opening: Opening) -> dict[str, Any]:
        sealed = None
        if opening.fallen is not None or opening.closed:
            plain = msgspec.msgpack.encode(opening.fallen or {CLOSED: opening.closed})
            sealed = self._keyring.seal(plain, _context(opening.session))
        return {"session": opening.session, "version": opening.version, "at": opening.at, "fallen": sealed}

    def _opening(self, row: Row[Any]) -> Opening | None:
        if row.fallen is None:
            return Opening(row.session, row.version, row.at)
        try:
            plain = self._keyring.open(row.fallen, _context(row.session))
            told = msgspec.msgpack.decode(plain, type=Session | dict[str, tuple[str, ...]])
            if isinstance(told, Session):
                return Opening(row.session, row.version, row.at, told)
            return Opening(row.session, row.version, row.at, closed=told.get(CLOSED, ()))
        except (SealBroken, msgspec.MsgspecError):
            return None  # the key has gone, or another release wrote it: as good as lost


def _newer(connection: Connection) -> Any:
    return _newer_on(connection.dialect.name == "postgresql")


@cache
def _newer_on(is_postgres: bool) -> Any:
    new = insert_on(is_postgres, drafts)
    told = {name: new.excluded[name] for name in ("session", "fallen", "at", "until")}
    return new.on_conflict_do_update(index_elements=["number_hash"], set_=told, where=drafts.c.at <= new.excluded.at)


def _context(session: bytes) -> bytes:
    return b"openings.fallen:" + session
