"""Reading the books: balances, whether they are whole, and every entry for a sheet; nothing is opened or changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, select

from app.agency import Proposal, ProposalKind, ProposalState
from app.books import Entry, PostingKind
from app.payments import BillState, Refund
from app.proposals import Act, Stands
from integrations.database import guards
from integrations.database.limits import books_rows_max
from integrations.database.store import Store
from integrations.database.tables import (
    agent_proposals,
    applications,
    balances,
    bills,
    entries,
    payments,
    postings,
    proposals,
)


@dataclass(frozen=True, slots=True)
class PostedEntries:
    """A posting with its entries, and what is known of its payment; `amount_minor` None: it is of none. `proposal` is
    what two clerks approved of an agent's money, if it is of that.

    `applied_minor` is what of it paid another bill, `left_back_minor` what of the rest was given back; `decided`: two
    people said so.
    """

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
    commission_minor: int
    proposal: Proposal | None
    entries: tuple[Entry, ...]
    applied_minor: int = 0
    left_back_minor: int = 0
    decided: bool = False


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

    async def postings(self, after: int = 0) -> AsyncIterator[PostedEntries]:
        """All of them behind a number, oldest first."""
        last = after
        while rows := await self._read(_postings_after(last)):
            decided = await self._decided(rows)
            for posting in _grouped(rows):
                yield replace(posting, decided=posting.receipt in decided)
            last = rows[-1].number

    async def _decided(self, rows: Sequence[Row[Any]]) -> Set[str]:
        """Receipts of handovers and differences that two people decided."""
        wanted = {row.receipt for row in rows if row.kind in (PostingKind.HANDOVER, PostingKind.DIFFERENCE)}
        if not wanted:
            return set()
        of = case((proposals.c.act == Act.SETTLE, proposals.c.subject), else_=proposals.c.id).label("of")
        return {row.of for row in await self._read(select(of).where(proposals.c.state == Stands.DONE, of.in_(wanted)))}

    async def bills(self) -> AsyncIterator[BilledPayments]:
        last = ""
        while rows := await self._read(_bills_after(last)):
            for row in rows:
                yield BilledPayments(
                    row.id, row.code, BillState(row.state), row.fee_minor + row.charge_minor, row.currency,
                    row.paid, row.paid_minor or 0, row.posted, row.posted_back,
                )  # fmt: skip
            last = rows[-1].id

    async def by_agents(self) -> Sequence[tuple[str, str, int, Refund]]:
        """Payments that came by agents: by which, the receipt, minor units, whether they were given back."""
        query = select(payments.c.wallet, payments.c.receipt, payments.c.amount_minor, payments.c.refund)
        rows: Any = await self._read(query.where(payments.c.wallet.startswith("agent:")))
        return [(row[0], row[1], row[2], Refund(row[3])) for row in rows]

    async def unequal_balances(self) -> Sequence[tuple[str, str, int, int]]:
        """Accounts of agents whose kept balance is not the sum of their entries: account, currency, kept, sum; of one
        moment, so that nothing that is booked meanwhile is found.
        """
        agents = entries.c.account.startswith("agent:")
        sums = select(entries.c.account, entries.c.currency, func.sum(entries.c.amount_minor).label("minor"))
        booked = sums.where(agents).group_by(entries.c.account, entries.c.currency).subquery()
        same = and_(balances.c.account == booked.c.account, balances.c.currency == booked.c.currency)
        kept, summed = func.coalesce(balances.c.amount_minor, 0), func.coalesce(booked.c.minor, 0)
        account = func.coalesce(booked.c.account, balances.c.account)
        currency = func.coalesce(booked.c.currency, balances.c.currency)
        columns: Any = select(account, currency, kept, summed)
        query = columns.select_from(booked.outerjoin(balances, same, full=True)).where(kept != summed)
        found: Any = await self._read(query)
        return [(row[0], row[1], int(row[2]), int(row[3])) for row in found]

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
            came.unfit, came.refund, came.left_back_minor,
            bills.c.commission_minor, applications.c.amount_minor.label("applied_minor"),
            entries.c.account, entries.c.currency, entries.c.amount_minor,
            *(column.label(f"proposal_{column.name}") for column in agent_proposals.c),
        )
        .outerjoin_from(page, entries, entries.c.posting == page.c.id)
        .outerjoin(payments, came.receipt == page.c.receipt)
        .outerjoin(bills, bills.c.id == came.bill_id)
        .outerjoin(agent_proposals, agent_proposals.c.id == page.c.receipt)
        .outerjoin(applications, applications.c.receipt == page.c.receipt)
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
        first.came_in or "", first.wallet or "", first.unfit or "", Refund(first.refund or ""),
        first.commission_minor or 0, _proposal(first), listed, first.applied_minor or 0, first.left_back_minor or 0,
    )  # fmt: skip


def _proposal(row: Row[Any]) -> Proposal | None:
    if row.proposal_id is None:
        return None
    return Proposal(
        row.proposal_id, row.proposal_agent, ProposalKind(row.proposal_kind), row.proposal_amount_minor,
        row.proposal_currency, row.proposal_asked_by, row.proposal_asked_at, row.proposal_payments,
        ProposalState(row.proposal_state), row.proposal_decided_by, row.proposal_decided_at,
        row.proposal_reference,
    )  # fmt: skip


def _bills_after(last: str) -> Any:
    """What paid a bill is money that came for it, or an application of money that came for another."""

    def posted(by_money: str, from_suspense: str) -> Any:
        came = select(func.count()).select_from(postings).join(payments, payments.c.receipt == postings.c.receipt)
        spent = and_(
            applications.c.receipt == payments.c.receipt,
            (applications.c.amount_minor == payments.c.amount_minor) | (payments.c.left_back_minor > 0),
        )
        applied = select(func.count()).select_from(postings)
        applied = applied.join(applications, applications.c.receipt == postings.c.receipt)
        if from_suspense == PostingKind.REFUND:  # what was left in suspense went back by itself, without the bill
            applied = applied.join(payments, spent)
        first = came.where(payments.c.paid_bill == bills.c.id, postings.c.kind == by_money)
        second = applied.where(applications.c.bill_id == bills.c.id, postings.c.kind == from_suspense)
        return first.scalar_subquery() + second.scalar_subquery()

    mine = payments.c.paid_bill == bills.c.id
    applied = applications.c.bill_id == bills.c.id
    paid = select(func.count()).where(mine).scalar_subquery() + select(func.count()).where(applied).scalar_subquery()
    minor = func.coalesce(select(func.sum(payments.c.amount_minor)).where(mine).scalar_subquery(), 0)
    applied_minor = func.coalesce(select(func.sum(applications.c.amount_minor)).where(applied).scalar_subquery(), 0)
    return (
        select(
            bills,
            paid.label("paid"),
            (minor + applied_minor).label("paid_minor"),
            posted(PostingKind.PAYMENT, PostingKind.APPLY).label("posted"),
            posted(PostingKind.REFUND, PostingKind.REFUND).label("posted_back"),
        )
        .where(bills.c.id > last)
        .order_by(bills.c.id)
        .limit(books_rows_max)
    )
