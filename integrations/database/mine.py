"""What is kept under a number, as callers are shown it: bounded, and found by its keyed hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, select

from app.messages import Request
from app.payments import BillState
from app.ports.people import Counted, PaidFor
from integrations.database.consents import standing
from integrations.database.forgetting import FINAL
from integrations.database.limits import citizen_consents_max
from integrations.database.rows import Seals
from integrations.database.store import Store
from integrations.database.tables import bills, consents, payments, requests, sms, subscriptions

_KEPT = (BillState.PAID, BillState.REFUND_ASKED)
"""States of a bill whose money was not given back."""


class DatabaseMine:
    """`app.ports.MineBook` on SQLite or PostgreSQL."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def requests(self, msisdn: str, limit: int, *, open_first: bool = False) -> tuple[Sequence[Request], int]:
        mine = select(requests, _total()).where(requests.c.number_hash == self._hash("requests", msisdn))
        if open_first:
            mine = mine.order_by(case((requests.c.status.in_(FINAL), 1), else_=0))
        rows = await self._all(mine.order_by(requests.c.filed_at.desc(), requests.c.id).limit(limit))
        return [self._seals.request(row) for row in rows], rows[0].total if rows else 0

    async def payments(self, msisdn: str, currency: str, limit: int) -> tuple[Sequence[PaidFor], int]:
        columns = payments.c.receipt, payments.c.amount_minor, bills.c.service, payments.c.at, _total()
        mine = select(*columns).join(bills, bills.c.receipt == payments.c.receipt)
        mine = mine.where(self._paid(msisdn), payments.c.currency == currency)
        rows = await self._all(mine.order_by(payments.c.at.desc(), payments.c.receipt).limit(limit))
        found = [PaidFor(row.receipt, row.amount_minor, row.service, row.at) for row in rows]
        return found, rows[0].total if rows else 0

    async def counts(self, msisdn: str) -> Counted:
        filed = select(func.count()).where(requests.c.number_hash == self._hash("requests", msisdn))
        paid = select(func.count()).select_from(bills).where(self._paid(msisdn))
        texts = select(func.count()).where(sms.c.number_hash == self._hash("sms", msisdn))
        warned = select(func.count()).where(subscriptions.c.number_hash == self._hash("subscriptions", msisdn))
        agreed = select(consents).where(consents.c.number_hash == self._hash("consents", msisdn))
        acts = await self._all(agreed.order_by(consents.c.at, consents.c.id).limit(citizen_consents_max))
        numbers = select(
            filed.scalar_subquery().label("requests"),
            paid.scalar_subquery().label("payments"),
            texts.scalar_subquery().label("texts"),
            warned.scalar_subquery().label("warned"),
        )
        counted = (await self._all(numbers))[0]
        return Counted(counted.requests, counted.payments, counted.texts, len(standing(acts)), counted.warned)

    def _paid(self, msisdn: str) -> Any:
        return (bills.c.number_hash == self._hash("bills", msisdn)) & bills.c.state.in_(_KEPT)

    def _hash(self, table: str, msisdn: str) -> bytes:
        return self._seals.number_hash(table, msisdn)

    async def _all(self, query: Select[Any]) -> Sequence[Row[Any]]:
        def work(connection: Connection) -> Sequence[Row[Any]]:
            return connection.execute(query).all()

        return await self._store.read(work)


def _total() -> Any:
    """How many rows there are without the limit."""
    return func.count().over().label("total")
