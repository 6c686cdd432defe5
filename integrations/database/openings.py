"""How dialogues began: the version of the menus, what was closed then, what a first page offered to go on with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, select

from app.errors import SealBroken
from app.keys import Keyring
from app.messages import Opening, Session
from integrations.database.store import Store, insert_into
from integrations.database.tables import openings

CLOSED = "closed"


class DatabaseOpenings:
    """`app.ports.Openings` in the ledger's database; a dialogue that fell is sealed to the one that goes on with it.

    Its State says itself what was closed. Any other dialogue that began while something was has that in the same place.
    """

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    async def keep(self, kept: Sequence[Opening], forget_before: datetime) -> None:
        values = [self._values(opening) for opening in sorted(kept, key=lambda one: one.session)]

        def work(connection: Connection) -> None:
            if values:
                connection.execute(insert_into(connection, openings).on_conflict_do_nothing(), values)
            connection.execute(delete(openings).where(openings.c.at < forget_before))

        await self._store.write(work)

    async def find(self, session: bytes) -> Opening | None:
        query = select(openings).where(openings.c.session == session)
        row = await self._store.read(lambda connection: connection.execute(query).first())
        return None if row is None else self._opening(row)

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


def _context(session: bytes) -> bytes:
    return b"openings.fallen:" + session
