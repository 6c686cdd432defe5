"""Statements of wallets and banks, and how they differ from the books, as rows beside those of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from app.audit import HOUSE, AuditEntry
from app.books import Entry, PostingKind
from app.matching import Booked, Flow, Kind, Line, Outcome
from app.payments import Payment
from app.ports import Account, Found, Moved, Noted
from app.statements import Statement
from integrations.database.audit import append
from integrations.database.bills import PAYMENTS
from integrations.database.booked import Booking
from integrations.database.differences import (
    OPEN,
    VANISHED,
    call_for_day,
    call_person,
    chunks,
    close_differences,
    found_of,
    open_among,
    open_difference,
    still_open,
)
from integrations.database.forgetting import OWED
from integrations.database.limits import books_rows_max
from integrations.database.outbox import end_call, end_calls
from integrations.database.rows import Seals, Values
from integrations.database.store import Store, insert_into, insert_or_leave
from integrations.database.tables import differences, entries, payments, postings, statements
from integrations.database.tables import statement_lines as lines


class DatabaseStatements:
    """`app.ports.Statements` on SQLite or PostgreSQL."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals
        self._booking = Booking(store, seals)

    async def known(self, source: str, digest: str) -> Statement | None:
        query = select(statements).where(statements.c.source == source, statements.c.digest == digest)
        rows = await self._read(query)
        return _statement(rows[0]) if rows else None

    async def add(self, source: str, lines_read: Sequence[Line]) -> int:
        values = [_line_values(source, line) for line in lines_read]

        def work(connection: Connection) -> int:
            new = insert_into(connection, lines).on_conflict_do_nothing().returning(lines.c.id)
            return len(connection.execute(new, values).all()) if values else 0

        return await self._store.write(work)

    async def take_in(self, statement: Statement, entry: AuditEntry) -> bool:
        values = {name: getattr(statement, name) for name in Statement.__slots__}

        def work(connection: Connection) -> bool:
            new = insert_or_leave(connection, statements)
            if connection.execute(new, values).rowcount == 0:
                return False
            append(connection, entry)
            if not statement.faults:
                end_call(connection, missing_id(statement.source, statement.day), statement.at)
            return True

        return await self._store.write(work)

    async def vouch(self, source: str, digest: str, by: str, entry: AuditEntry) -> bool:
        """The database itself refuses whoever imported the file."""
        named = and_(statements.c.source == source, statements.c.digest == digest, statements.c.vouched_by == "")

        def work(connection: Connection) -> bool:
            if connection.execute(update(statements).where(named).values(vouched_by=by)).rowcount == 0:
                return False
            append(connection, entry)
            return True

        return await self._store.write(work)

    async def of_days(self, source: str, first: date, last: date) -> Sequence[Statement]:
        query = select(statements).where(statements.c.source == source, statements.c.day.between(first, last))
        return [_statement(row) for row in await self._read(query.order_by(statements.c.day, statements.c.at))]

    async def first(self, source: str) -> date | None:
        return await self._day(func.min(statements.c.day), source)

    async def newest(self, source: str) -> date | None:
        return await self._day(func.max(statements.c.day), source)

    async def _day(self, which: Any, source: str) -> date | None:
        day: date | None = (await self._read(select(which.label("day")).where(statements.c.source == source)))[0].day
        return day

    async def window(
        self, account: Account, days: tuple[date, date], moments: tuple[datetime, datetime]
    ) -> tuple[Sequence[Line], Sequence[Booked]]:
        """Bookings that lines name may be of any time, and so may lines that were matched with these before."""
        ours = lines.c.source == account.source
        stated = {_key(line): line for line in await self._lines_within(account.source, days, moments)}
        booked = await self._booking.within(account, moments)
        known = {name for one in booked for name in one.names}
        unknown = [line for line in stated.values() if not known & {line.id, *line.names, line.receipt}]
        booked += await self._booking.named(account, unknown)
        receipts = {one.receipt for one in booked}
        by_hand = {name for one in booked if one.is_by_hand for name in one.names}
        differs = await self._differing(account.source, receipts)
        unmatched = receipts - {line.receipt for line in stated.values()}
        for column, wanted in (
            (lines.c.receipt, unmatched),
            (lines.c.id, {id for id, *_ in stated} | differs | by_hand),
        ):
            for some in chunks(sorted(wanted)):
                for row in await self._read(select(lines).where(ours, column.in_(some))):
                    line = _line(row)
                    stated[_key(line)] = line
        return list(stated.values()), booked

    async def _differing(self, source: str, receipts: Set[str]) -> Set[str]:
        """Ids of lines that differ from some bookings and were not matched, so that they are found again."""
        table, found = differences.c, set[str]()
        mine = select(table.line_id).where(table.source == source, table.line_id != "", table.state == OPEN)
        for some in chunks(sorted(receipts)):
            found |= {row.line_id for row in await self._read(mine.where(table.receipt.in_(some)))}
        return found

    async def _lines_within(
        self, source: str, days: tuple[date, date], moments: tuple[datetime, datetime]
    ) -> Sequence[Line]:
        """Page by page, so that no read lasts long."""
        table, found = lines.c, list[Line]()
        within = and_(table.source == source, or_(table.day.between(*days), table.at.between(*moments)))
        order = (table.id, table.flow, table.currency, table.amount_minor, table.copy)
        while True:
            last = found[-1] if found else None
            query = select(lines).where(within)
            if last is not None:
                query = query.where(table.id >= last.id)
            rows = await self._read(query.order_by(*order).limit(books_rows_max))
            known = {_key(line) for line in found if last is not None and line.id == last.id}
            fresh = [line for row in rows if _key(line := _line(row)) not in known]
            found += fresh
            if len(rows) < books_rows_max or not fresh:
                return found

    async def line(self, source: str, id: str) -> Line | None:
        mine = select(lines).where(lines.c.source == source, lines.c.id == id)
        rows = await self._read(mine.order_by(lines.c.day, lines.c.copy).limit(1))
        return _line(rows[0]) if rows else None

    async def note(self, source: str, day: date, outcome: Outcome, now: datetime, *, is_closed: bool) -> Noted:
        await self._keep_pairs(source, outcome)
        now_differs = {one.id: one for one in outcome.differences}
        judged_lines = {line.id for line, _ in outcome.pairs} | {one.line_id for one in outcome.differences}
        judged = {one.receipt for _, one in outcome.pairs} | {one.receipt for one in outcome.differences}
        judged_lines |= {one.id for one in outcome.carried if isinstance(one, Line)}
        judged |= {one.receipt for one in outcome.carried if isinstance(one, Booked)}
        judged -= {""}

        def work(connection: Connection) -> Noted:
            new = [one for one in now_differs.values() if open_difference(connection, one, now)]
            gone = [
                row
                for row in connection.execute(still_open(source)).all()
                if row.id not in now_differs
                and (is_closed if row.kind == Kind.BALANCE else row.line_id in judged_lines or row.receipt in judged)
            ]
            close_differences(connection, [row.id for row in gone], VANISHED, HOUSE, now)
            for one_day in {day, *(one.day for one in new), *(row.day for row in gone)}:
                call_for_day(connection, self._seals, source, one_day, now)
            if new or gone:
                told = {"new": str(len(new)), "vanished": str(len(gone)), "pairs": str(len(outcome.pairs))}
                append(connection, AuditEntry(now, HOUSE, "reconcile", source, day.isoformat(), told))
            left = open_among(connection, source)
            return Noted(len(new), len(gone), [one for one in outcome.differences if one.id in left])

        return await self._store.write(work)

    async def _keep_pairs(self, source: str, outcome: Outcome) -> None:
        values = [
            {**{f"of_{name}": value for name, value in _key_values(source, line).items()}, "now": one.receipt}
            for line, one in outcome.pairs
            if line.receipt != one.receipt
        ]
        keys = [lines.c[name] == bindparam(f"of_{name}") for name in _KEY]
        statement = update(lines).where(*keys).values(receipt=bindparam("now"))
        for some in chunks(values):
            await self._store.write(lambda connection, some=some: connection.execute(statement, some))  # type: ignore[misc]

    async def listed(self, source: str, *, is_open: bool, limit: int) -> Sequence[Found]:
        query = select(differences).order_by(differences.c.day, differences.c.id).limit(limit)
        if source:
            query = query.where(differences.c.source == source)
        if is_open:
            query = query.where(differences.c.state == OPEN)
        return [found_of(row) for row in await self._read(query)]

    async def found(self, beginning: str) -> Sequence[Found]:
        begins = differences.c.id.startswith(beginning, autoescape=True)
        return [found_of(row) for row in await self._read(select(differences).where(begins).limit(2))]

    async def open_gaps(self, source: str, until: date) -> int:
        table = differences.c
        still = and_(table.source == source, table.state == OPEN, table.day <= until, table.kind != Kind.BALANCE)
        return int((await self._read(select(func.count()).where(still)))[0][0])

    async def call(self, id: str, reason: str, now: datetime) -> None:
        await self._store.write(lambda connection: call_person(connection, self._seals, id, reason, now))

    async def balances(self, account: str, before: datetime, *, is_corrected: bool = False) -> Mapping[str, int]:
        within = postings.c.at < before
        if is_corrected:
            within = or_(within, postings.c.kind == PostingKind.DIFFERENCE)
        query = (
            select(entries.c.currency, func.sum(entries.c.amount_minor))
            .join(postings, postings.c.id == entries.c.posting)
            .where(entries.c.account == account, within)
            .group_by(entries.c.currency)
        )
        return {currency: int(minor) for currency, minor in await self._read(query)}

    async def moved(self, account: str, since: datetime, until: datetime, after: int) -> Sequence[Moved]:
        query = (
            select(postings, entries.c.account, entries.c.currency, entries.c.amount_minor)
            .join(entries, entries.c.posting == postings.c.id)
            .where(entries.c.account == account, postings.c.at >= since, postings.c.at < until)
            .where(postings.c.number > after)
            .order_by(postings.c.number, entries.c.line)
            .limit(books_rows_max)
        )
        return [
            Moved(
                row.number, row.kind, row.receipt, row.at, row.by, Entry(row.account, row.currency, row.amount_minor)
            )
            for row in await self._read(query)
        ]  # fmt: skip

    async def suspended(self, before: datetime, limit: int) -> Sequence[Payment]:
        waits = and_(OWED, payments.c.unfit != "", payments.c.at < before)
        query = PAYMENTS.where(waits).order_by(payments.c.at, payments.c.receipt).limit(limit)
        return [self._booking.payment(row) for row in await self._read(query)]

    async def end_calls(self, prefix: str, but: Set[str], now: datetime) -> int:
        return await self._store.write(lambda connection: end_calls(connection, prefix, now, but))

    async def _read(self, query: Any) -> Sequence[Any]:
        return await self._store.read(lambda connection: connection.execute(query).all())


def missing_id(source: str, day: date) -> str:
    """The id of the task that says that a day's file has not come."""
    return f"statement-missing:{source}:{day}"


_KEY = ("source", "id", "flow", "currency", "amount_minor", "copy")


def _key_values(source: str, line: Line) -> Values:
    return {"source": source, **{name: getattr(line, name) for name in _KEY[1:]}}


def _key(line: Line) -> tuple[str, object, int]:
    return line.id, line.money, line.copy


def _line_values(source: str, line: Line) -> Values:
    more = {"at": line.at, "day": line.day, "names": "\n".join(line.names)}
    return {**_key_values(source, line), **more, "bill_code": line.bill_code, "digest": line.digest, "receipt": None}


def _line(row: Any) -> Line:
    names = tuple(row.names.split("\n")) if row.names else ()
    return Line(
        row.id, Flow(row.flow), row.amount_minor, row.currency, row.at, row.day, names, row.bill_code,
        row.copy, row.receipt or "", row.digest,
    )  # fmt: skip


def _statement(row: Any) -> Statement:
    return Statement(*(getattr(row, name) for name in Statement.__slots__))
