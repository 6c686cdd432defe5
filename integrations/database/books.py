"""Reading the books: balances, whether they are whole, and every entry for a sheet; nothing is opened or changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from app.books import Entry
from app.payments import BillState, Refund
from integrations.database import guards
from integrations.database.limits import books_rows_max
from integrations.database.store import Store
from integrations.database.tables import bills, entries, payments, postings


@dataclass(frozen=True, slots=True)
class PostedEntries:
    """A posting with its entries, and what is known of its payment; `amount_minor` None: it is of none."""

    number: int
    id: str
    kind: str
    receipt: str
    at: datetime
    by: str
    bill_id: str
    amount_minor: int | None
    currency: str
    wallet: str
    unfit: str
    refund: Refund
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class BilledPayments:
    """A bill's state and price, and how many payments paid it, were posted for it, and were posted back."""

    id: str
    code: str
    state: BillState
    total_minor: int
    currency: str
    paid: int
    paid_minor: int
    posted: int
    posted_back: int


class DatabaseBooks:
    """Reads page by page, so that no read lasts long. Raises `StoreUnavailable`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def postings(self) -> AsyncIterator[PostedEntries]:
        """All of them, oldest first."""
        last = 0
        while rows := await self._read(_postings_after(last)):
            for posting in _grouped(rows):
                yield posting
            last = rows[-1].number

    async def bills(self) -> AsyncIterator[BilledPayments]:
        last = ""
        while rows := await self._read(_bills_after(last)):
            for row in rows:
                yield BilledPayments(
                    row.id, row.code, BillState(row.state), row.fee_minor + row.charge_minor, row.currency,
                    row.paid, row.paid_minor or 0, row.posted, row.posted_back,
                )  # fmt: skip
            last = rows[-1].id

    async def loose_entries(self) -> int:
        """Entries that no posting closes."""
        query = select(func.count()).select_from(entries).outerjoin(postings, postings.c.id == entries.c.posting)
        return int((await self._read(query.where(postings.c.id.is_(None))))[0][0])

    async def guards_missing(self) -> Sequence[str]:
        """Triggers that are to keep the books and are not there, or do not work."""
        return await guards.missing(self._store, guards.BOOKS)

    async def close(self) -> None:
        await self._store.close()

    async def _read(self, query: Any) -> Sequence[Row[Any]]:
        def work(connection: Connection) -> Sequence[Row[Any]]:
            return connection.execute(query).all()

        return await self._store.read(work)


def _postings_after(last: int) -> Any:
    page = select(postings).where(postings.c.number > last).order_by(postings.c.number).limit(books_rows_max).subquery()
    came = payments.c
    return (
        select(
            page, came.bill_id, came.amount_minor.label("came_minor"), came.currency.label("came_in"), came.wallet,
            came.unfit, came.refund, entries.c.account, entries.c.currency, entries.c.amount_minor,
        )
        .outerjoin_from(page, entries, entries.c.posting == page.c.id)
        .outerjoin(payments, came.receipt == page.c.receipt)
        .order_by(page.c.number, entries.c.line)
    )  # fmt: skip


def _grouped(rows: Sequence[Row[Any]]) -> list[PostedEntries]:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.number, []).append(row)
    return [_posting(group) for group in found.values()]


def _posting(rows: list[Row[Any]]) -> PostedEntries:
    first = rows[0]
    listed = tuple(Entry(row.account, row.currency, row.amount_minor) for row in rows if row.account is not None)
    return PostedEntries(
        first.number, first.id, first.kind, first.receipt, first.at, first.by, first.bill_id or "", first.came_minor,
        first.came_in or "", first.wallet or "", first.unfit or "", Refund(first.refund or ""), listed,
    )  # fmt: skip


def _bills_after(last: str) -> Any:
    def posted(kind: str) -> Any:
        return (
            select(func.count())
            .select_from(postings)
            .join(payments, payments.c.receipt == postings.c.receipt)
            .where(payments.c.paid_bill == bills.c.id, postings.c.kind == kind)
            .scalar_subquery()
            .label("posted" if kind == "payment" else "posted_back")
        )

    paid = select(func.count()).where(payments.c.paid_bill == bills.c.id).scalar_subquery().label("paid")
    minor = select(func.sum(payments.c.amount_minor)).where(payments.c.paid_bill == bills.c.id)
    return (
        select(bills, paid, minor.scalar_subquery().label("paid_minor"), posted("payment"), posted("refund"))
        .where(bills.c.id > last)
        .order_by(bills.c.id)
        .limit(books_rows_max)
    )
