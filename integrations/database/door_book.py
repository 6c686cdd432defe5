"""Which offices are away, as each worker meets them: few rows, which are gone with whoever wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select

from app.ports import AwayDoor, DoorState
from integrations.database.limits import doors_read_max
from integrations.database.store import Store, clean, insert_or_leave
from integrations.database.tables import doors


class DatabaseDoorBook:
    """`app.ports.DoorBook`; raises `StoreUnavailable`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def tell(self, process: str, told: Sequence[AwayDoor], now: datetime, forget_before: datetime) -> None:
        process = clean(process)
        rows = [_values(process, door, now) for door in told]
        past = or_(doors.c.process == process, doors.c.seen_at < forget_before)

        def work(connection: Connection) -> None:
            connection.execute(delete(doors).where(past))
            if rows:
                connection.execute(insert_or_leave(connection, doors), rows)

        await self._store.write(work)

    async def told_by_others(self, process: str) -> Sequence[AwayDoor]:
        newest = select(doors).where(doors.c.process != clean(process)).order_by(doors.c.seen_at.desc())
        query = newest.limit(doors_read_max)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [_door(row) for row in rows]


def _values(process: str, door: AwayDoor, now: datetime) -> dict[str, Any]:
    return {
        "process": process,
        "office": door.office,
        "state": door.state.value,
        "since": door.since,
        "away_until": door.away_until,
        "seen_at": now,
    }


def _door(row: Row[Any]) -> AwayDoor:
    return AwayDoor(row.office, DoorState(row.state), row.since, row.away_until, row.seen_at)
