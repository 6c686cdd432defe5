"""Who wants to be warned of what, in the ledger's database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select

from app.broadcast import EVERYWHERE, Subscription
from integrations.database.rows import Seals
from integrations.database.store import Store, insert_into
from integrations.database.tables import subscriptions


class DatabaseSubscriptions:
    """`app.ports.Subscriptions` on SQLite or PostgreSQL."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def subscribe(self, subscription: Subscription, most: int) -> bool:
        msisdn, table = subscription.msisdn, subscriptions.c
        id = self._id(msisdn, subscription.topic, subscription.district)
        values = {
            "id": id,
            "number_hash": self._hash(msisdn),
            "msisdn": self._seals.seal("subscriptions.msisdn", id, {"msisdn": msisdn}),
            **{name: getattr(subscription, name) for name in ("topic", "district", "purpose", "language", "at")},
        }
        others = select(func.count()).where(table.number_hash == values["number_hash"], table.id != id)

        def work(connection: Connection) -> bool:
            if connection.execute(others).scalar_one() >= most:
                return False
            new = insert_into(connection, subscriptions)
            kept = {"purpose": new.excluded.purpose, "language": new.excluded.language}
            connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=kept), values)
            return True

        return await self._store.write(work)

    async def unsubscribe(self, msisdn: str, topic: str, district: str) -> int:
        theirs = delete(subscriptions).where(
            subscriptions.c.number_hash == self._hash(msisdn), subscriptions.c.topic == topic
        )
        if district:
            theirs = theirs.where(subscriptions.c.district == district)
        return await self._store.write(lambda connection: connection.execute(theirs).rowcount)

    async def of_number(self, msisdn: str) -> Sequence[tuple[str, str]]:
        table = subscriptions.c
        query = select(table.topic, table.district).where(table.number_hash == self._hash(msisdn))
        query = query.order_by(table.topic, table.district)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [(row.topic, row.district) for row in rows]

    async def is_reached(self, msisdn: str, topic: str, district: str) -> bool:
        mine = subscriptions.c.number_hash == self._hash(msisdn)
        query = select(subscriptions.c.id).where(mine, reached(topic, district)).limit(1)
        return await self._store.read(lambda connection: connection.execute(query).first() is not None)

    async def audience(self, topic: str, district: str) -> Mapping[str, int]:
        """Whoever subscribed in several languages hears in the one of the subscription that comes first."""
        firsts = select(func.min(subscriptions.c.id).label("id")).where(reached(topic, district))
        firsts = firsts.group_by(subscriptions.c.number_hash)
        table = subscriptions.c
        query = select(table.language, func.count().label("count")).where(table.id.in_(firsts))
        query = query.group_by(table.language)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return {row.language: row._mapping["count"] for row in rows}

    def _hash(self, msisdn: str) -> bytes:
        return self._seals.number_hash("subscriptions", msisdn)

    def _id(self, msisdn: str, topic: str, district: str) -> str:
        return self._seals.number_hash(f"subscription:{topic}:{district}", msisdn).hex()


def reached(topic: str, district: str) -> ColumnElement[bool]:
    """Whom a warning of a topic in a district reaches: whoever wants that one, or all. Everywhere is every district."""
    table = subscriptions.c
    if district == EVERYWHERE:
        return table.topic == topic
    return (table.topic == topic) & or_(table.district == district, table.district == EVERYWHERE)


def end_subscriptions(
    connection: Connection, seals: Seals, msisdn: str, purposes: Collection[str] | None = None
) -> None:
    """End all of a number, or those that stand on some purposes, inside a transaction of somebody else's."""
    theirs: Any = delete(subscriptions).where(subscriptions.c.number_hash == seals.number_hash("subscriptions", msisdn))
    connection.execute(theirs if purposes is None else theirs.where(subscriptions.c.purpose.in_(list(purposes))))
