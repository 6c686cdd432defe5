"""Languages that citizens chose: asked at every dial, so all that wait are asked for in one query."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from integrations.database.store import Store, insert_into
from integrations.database.tables import preferences
from integrations.database.together import Together

_KNOWN = select(preferences.c.number_hash, preferences.c.language).where(
    preferences.c.number_hash.in_(bindparam("numbers", expanding=True))
)
_KNOWN_OF_ONE = "SELECT language FROM preferences WHERE number_hash = ?"


class Languages:
    """The language that each number chose."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked = Together(self._read)

    async def of(self, number_hash: bytes) -> str | None:
        row = self._store.glance(_KNOWN_OF_ONE, number_hash)
        if row is None:
            return await self._asked.of(number_hash)
        return row[0] if row else None

    async def _read(self, numbers: Set[bytes]) -> Mapping[bytes, str]:
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
