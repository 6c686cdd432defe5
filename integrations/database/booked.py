"""What the books say happened on the account of a wallet or of the bank, with the ids that statements have for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, and_, select

from app import limits
from app.books import BANK, PostingKind
from app.matching import Booked, Flow, Line
from app.payments import Payment, Refund, Unfit
from app.ports import Account
from app.reference import read_reference, show_reference
from integrations.database.bills import PAYMENTS, reference_hash
from integrations.database.limits import asked_together_max, books_rows_max
from integrations.database.rows import Seals
from integrations.database.store import Store
from integrations.database.tables import agent_proposals, entries, payments, postings, proposals

REFUNDS: Any = (
    select(postings.c.at, postings.c.kind, entries.c.amount_minor, entries.c.currency, payments.c.receipt.label("of"))
    .join(entries, entries.c.posting == postings.c.id)
    .join(payments, payments.c.receipt == postings.c.receipt)
    .where(postings.c.kind.in_((PostingKind.REFUND, PostingKind.REMAINDER)))
)


LEFT = "-left"
"""Behind a receipt: of what was left of its money in suspense."""


class Booking:
    """Reads page by page, so that no read lasts long."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def within(self, account: Account, moments: tuple[datetime, datetime]) -> list[Booked]:
        """All bookings between two moments; handovers also somewhat earlier, for banks are slow."""
        handed = await self._handed_over(account, moments)
        if not account.wallet:
            since = moments[0] - timedelta(days=limits.statement_late_days)
            return [*handed, *await self._agents_money(account, postings.c.at.between(since, moments[1]))]
        came = await self._payments(and_(payments.c.wallet == account.wallet, payments.c.at.between(*moments)))
        back = await self._pages(
            REFUNDS.where(entries.c.account == account.name, postings.c.at.between(*moments)), postings.c.id
        )
        known = {payment.receipt: payment for payment in came}
        missing = sorted({row.of for row in back} - known.keys())
        known |= {payment.receipt: payment for payment in await self._by(payments.c.receipt, missing)}
        refunds = [_back(row, known[row.of]) for row in back]
        return [*handed, *(_came(payment) for payment in came), *refunds]

    async def named(self, account: Account, lines: Sequence[Line]) -> list[Booked]:
        """Payments that some lines name, whenever they came, and their refunds; of the bank, agents' money likewise."""
        if not account.wallet:
            return await self._agents_named(account, lines)
        names = {name for line in lines for name in (line.id, *line.names, line.receipt) if name}
        hashes = [one for name in names if (one := reference_hash(self._seals, account.wallet, name))]
        found = {payment.receipt: payment for payment in await self._by(payments.c.receipt, sorted(names))}
        for column, wanted in ((payments.c.correlation, sorted(names)), (payments.c.reference_hash, hashes)):
            found |= {payment.receipt: payment for payment in await self._by(column, wanted)}
        ours = {receipt: payment for receipt, payment in found.items() if payment.wallet == account.wallet}
        back = []
        for some in _chunks(sorted(ours)):
            mine = REFUNDS.where(entries.c.account == account.name, payments.c.receipt.in_(some))
            back += [_back(row, ours[row.of]) for row in await self._read(mine)]
        return [*(_came(payment) for payment in ours.values()), *back]

    def payment(self, row: Row[Any]) -> Payment:
        said = self._seals.open("payments.payer", row.receipt, row.payer)
        return Payment(
            row.receipt, row.wallet, row.correlation, row.server_id, row.bill_id, row.amount_minor, row.currency,
            said["payer"], said["reference"], row.at, Unfit(row.unfit) if row.unfit else None, Refund(row.refund),
            row.asked_by, row.applied_to or "", row.applied_minor or 0, row.left_back_minor,
        )  # fmt: skip

    async def _handed_over(self, account: Account, moments: tuple[datetime, datetime]) -> list[Booked]:
        since = moments[0] - timedelta(days=limits.statement_late_days)
        query = (
            select(
                postings.c.id, postings.c.at, postings.c.receipt, entries.c.amount_minor, entries.c.currency,
                proposals.c.details,
            )
            .join(entries, entries.c.posting == postings.c.id)
            .join(proposals, proposals.c.id == postings.c.receipt)
            .where(postings.c.kind == PostingKind.HANDOVER, entries.c.account == account.name)
            .where(postings.c.at.between(since, moments[1]))
        )  # fmt: skip
        flow = Flow.PAID if account.name == BANK else Flow.OUT
        return [
            Booked(
                row.receipt, flow, abs(row.amount_minor), row.currency, row.at,
                frozenset({row.receipt, msgspec.json.decode(row.details, type=dict[str, str])["reference"]}),
            )
            for row in await self._pages(query, postings.c.id)
        ]  # fmt: skip

    async def _agents_named(self, account: Account, lines: Sequence[Line]) -> list[Booked]:
        names = {name for line in lines for name in (line.id, *line.names, line.receipt) if name}
        ours = {known for name in names if (known := read_reference(name))}
        found = list[Booked]()
        for column, wanted in ((agent_proposals.c.reference, names), (agent_proposals.c.id, ours)):
            for some in _chunks(sorted(wanted)):
                found += await self._agents_money(account, column.in_(some))
        return list({one.receipt: one for one in found}.values())

    async def _agents_money(self, account: Account, which: Any) -> list[Booked]:
        """What agents paid in, and what they were paid: people do either by hand, and banks are slow."""
        query = (
            select(
                postings.c.id, postings.c.at, postings.c.receipt, agent_proposals.c.reference, entries.c.amount_minor,
                entries.c.currency,
            )
            .join(entries, entries.c.posting == postings.c.id)
            .join(agent_proposals, agent_proposals.c.id == postings.c.receipt)
            .where(postings.c.kind.in_((PostingKind.TOP_UP, PostingKind.PAY_OUT)), entries.c.account == account.name)
            .where(which)
        )  # fmt: skip
        return [
            Booked(
                row.receipt, Flow.PAID if row.amount_minor < 0 else Flow.BACK, abs(row.amount_minor), row.currency,
                row.at, frozenset(filter(None, (row.receipt, show_reference(row.receipt), row.reference))), True,
            )
            for row in await self._pages(query, postings.c.id)
        ]  # fmt: skip

    async def _by(self, column: Any, wanted: Sequence[Any]) -> list[Payment]:
        return [payment for some in _chunks(wanted) for payment in await self._payments(column.in_(some))]

    async def _payments(self, which: Any) -> list[Payment]:
        rows = await self._pages(PAYMENTS.where(which), payments.c.receipt)
        return [self.payment(row) for row in rows]

    async def _pages(self, query: Any, key: Any) -> list[Row[Any]]:
        """All rows, some at a time, by a column of theirs that no two have alike."""
        found: list[Row[Any]] = []
        while True:
            page = query.add_columns(key.label("page_key"))
            if found:
                page = page.where(key > found[-1].page_key)
            rows = await self._read(page.order_by(key).limit(books_rows_max))
            found += rows
            if len(rows) < books_rows_max:
                return found

    async def _read(self, query: Any) -> Sequence[Row[Any]]:
        return await self._store.read(lambda connection: connection.execute(query).all())


def _came(payment: Payment) -> Booked:
    return Booked(
        payment.receipt, Flow.PAID, payment.amount_minor, payment.currency, payment.at, _names(payment)
    )  # fmt: skip


def _back(row: Row[Any], payment: Payment) -> Booked:
    """What went back of a payment in two parts are two bookings, which a statement may call by the same names."""
    receipt = f"{payment.receipt}{LEFT}" if row.kind == PostingKind.REMAINDER else payment.receipt
    return Booked(receipt, Flow.BACK, row.amount_minor, row.currency, row.at, _names(payment))


def _names(payment: Payment) -> frozenset[str]:
    return frozenset(filter(None, (payment.receipt, payment.correlation, payment.their_reference)))


def _chunks(listed: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (listed[start : start + asked_together_max] for start in range(0, len(listed), asked_together_max))
