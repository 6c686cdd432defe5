"""Whose turn it is at an office that takes no more than so many at a time, for all workers together."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, case, type_coerce

from integrations.database.store import Store, clean, insert_into
from integrations.database.tables import rates


class DatabaseRates:
    """`app.ports.Rates`; raises `StoreUnavailable`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def slot(self, name: str, spacing_seconds: float, now: datetime) -> datetime:
        """The next moment that is free; it is taken by that, and nobody else gets it."""
        spacing = timedelta(seconds=spacing_seconds)
        microseconds = spacing // timedelta(microseconds=1)

        def work(connection: Connection) -> datetime:
            statement = insert_into(connection, rates)
            new = statement.excluded.next_at
            # `excluded` is `now` and one spacing: behind it as far as the line is long.
            behind = type_coerce(rates.c.next_at, BigInteger) + microseconds
            later = case((behind > type_coerce(new, BigInteger), behind), else_=type_coerce(new, BigInteger))
            taken = statement.on_conflict_do_update(index_elements=["name"], set_={"next_at": later})
            row = {"name": clean(name), "next_at": now + spacing}
            next_at: datetime = connection.execute(taken.returning(rates.c.next_at), row).scalar_one()
            return next_at - spacing

        return await self._store.write(work)
