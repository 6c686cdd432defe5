"""Languages that citizens chose: asked at every dial, so all that wait are asked for in one query."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from app.errors import StoreUnavailable
from integrations.database.limits import languages_asked_max
from integrations.database.store import Store, insert_into
from integrations.database.tables import preferences

_KNOWN = select(preferences.c.number_hash, preferences.c.language).where(
    preferences.c.number_hash.in_(bindparam("numbers", expanding=True))
)


class Languages:
    """One query is out at a time; whoever asks meanwhile is in the next one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[bytes, asyncio.Future[str | None]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def of(self, number_hash: bytes) -> str | None:
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((number_hash, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await answer

    async def _ask(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:languages_asked_max]
                del self._waiting[:languages_asked_max]
                await self._answer([(number, answer) for number, answer in batch if not answer.done()])
        finally:
            self._asking = None

    async def _answer(self, batch: list[tuple[bytes, asyncio.Future[str | None]]]) -> None:
        try:
            known = await self._read({number for number, _ in batch})
        except StoreUnavailable as error:
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(StoreUnavailable(str(error)))
            return
        for number, answer in batch:
            if not answer.done():
                answer.set_result(known.get(number))

    async def _read(self, numbers: set[bytes]) -> Mapping[bytes, str]:
        rows = await self._store.read(lambda connection: connection.execute(_KNOWN, {"numbers": list(numbers)}).all())
        return {row.number_hash: row.language for row in rows}

    async def remember(self, number_hash: bytes, language: str, at: datetime) -> None:
        """The choice made last stays, in whatever order they arrive."""
        values = {"number_hash": number_hash, "language": language, "changed_at": at}

        def work(connection: Connection) -> None:
            statement = insert_into(connection, preferences)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["number_hash"],
                    set_={"language": statement.excluded.language, "changed_at": statement.excluded.changed_at},
                    where=preferences.c.changed_at <= statement.excluded.changed_at,
                ),
                values,
            )

        await self._store.write(work)
