"""Forgets what is past its date, a bounded batch at a time, and proves by looking at all rows that nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy import Table as SqlTable

from app import limits
from app.audit import HOUSE, AuditEntry
from app.errors import SealBroken
from app.privacy import UNSAID_DAYS, Overdue, Rules
from integrations.database.audit import append
from integrations.database.consents import WITHDRAWN
from integrations.database.forgetting import FINAL, OWED, forget_bills, forget_payers, nobody
from integrations.database.left_work import LeftWork, drop_jobs, drop_of, set_aside
from integrations.database.limits import evidence_rows_max, retention_rows_max
from integrations.database.rows import Seals, Values
from integrations.database.store import Store
from integrations.database.tables import (
    agent_numbers,
    bills,
    check_counts,
    checks,
    consents,
    drafts,
    jobs,
    mandates,
    objections,
    openings,
    payments,
    preferences,
    question_turns,
    questions,
    requests,
    sheet_codes,
    silenced,
    sms,
    tallies,
)

Past = Callable[[Row[Any]], Iterable[tuple[str, datetime]]]
"""What of a row is past its date, and since when."""


class DatabaseRetention:
    """`app.ports.Kept`. Raises `StoreUnavailable`."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def sweep(self, rules: Rules, now: datetime) -> Mapping[str, int]:
        def work(connection: Connection) -> Mapping[str, int]:
            done = {
                "requests": self._forget_requests(connection, rules, now),
                "payments": self._forget_payers(connection, rules, now),
                "jobs": drop_jobs(connection, rules, now),
                "questions": _forget_asked(connection, now),
            }
            for table, past, _ in _dated(rules, now):
                done[table.name] = _delete(connection, table, past)
            forgotten = {name: count for name, count in done.items() if count}
            if forgotten:
                told = {name: str(count) for name, count in sorted(forgotten.items())}
                append(connection, AuditEntry(now, HOUSE, "sweep", "retention", rules.mark, told))
            return forgotten

        return await self._store.write(work)

    async def overdue(self, rules: Rules, at: datetime) -> Sequence[Overdue]:
        found = [
            *await self._overdue("requests", select(requests), requests.c.id, lambda row: self._past(row, rules, at)),
            *await self._overdue("bills", _BILLS, bills.c.id, lambda row: self._past_bill(row, rules, at)),
            *await self._overdue(
                "payments", _PAYMENTS, payments.c.receipt, lambda row: self._past_payer(row, rules, at)
            ),
        ]
        waiting = set_aside(rules, at)
        for table, past, since, what in (
            (jobs, waiting, jobs.c.ended_at, "what work carried that was set aside"),
            (questions, questions.c.forget_at <= at, questions.c.forget_at, "who was asked"),
            *((table, past, since, "rows") for table, past, since in _dated(rules, at)),
        ):
            query: Any = select(func.count(), func.min(since)).where(past)
            found_here: Any = (await self._read(query))[0]
            count, oldest = found_here
            if count:
                found.append(Overdue(table.name, what, count, oldest if isinstance(oldest, datetime) else at))
        return found

    async def _read(self, query: Any) -> Sequence[Row[Any]]:
        return await self._store.read(lambda connection: connection.execute(query).all())

    def _forget_requests(self, connection: Connection, rules: Rules, now: datetime) -> int:
        """Of requests that ended: those whose date has come, and those that these rules have not looked at yet."""
        table = requests.c
        due = or_(
            table.rules < rules.mark, table.rules > rules.mark, and_(table.rules == rules.mark, table.forget_at <= now)
        )
        query = select(requests).where(table.status.in_(FINAL), due).order_by(table.id).limit(retention_rows_max)
        rows = connection.execute(_locked(connection, query)).all()
        work = LeftWork.about(connection, {row.id for row in rows})
        left = [self._left(row, rules, now, waits=row.id in work.waiting) for row in rows]
        if left:
            names = [name for name in left[0] if name != "row"]
            values: Values = {name: bindparam(name) for name in names}
            connection.execute(update(requests).where(table.id == bindparam("row")).values(values), left)
        forget_bills(connection, self._seals, [one["row"] for one in left if one["forget_at"] is None])
        past = [job for one in left if one["forget_at"] is None for job in work.set_aside.get(one["row"], ())]
        if past:
            connection.execute(drop_of(jobs.c.id.in_(past)))
        return len(rows)

    def _forget_payers(self, connection: Connection, rules: Rules, now: datetime) -> int:
        """Of money that came for requests that ended, as far as none of it is to be given back."""
        past = and_(
            payments.c.forgotten_at.is_(None), not_(OWED), requests.c.status.in_(FINAL), _payer_past(rules, now)
        )
        query = _PAYMENTS.where(past).order_by(payments.c.receipt).limit(retention_rows_max)
        receipts = [row.receipt for row in connection.execute(_locked(connection, query, payments))]
        forget_payers(connection, self._seals, receipts, now)
        return len(receipts)

    def _left(self, row: Row[Any], rules: Rules, now: datetime, *, waits: bool) -> Values:
        """What stands in a request's row from now on, and when it is looked at again."""
        names = ("number_hash", "msisdn", "answers", "results")
        values: Values = {"row": row.id, "rules": rules.mark, **{name: getattr(row, name) for name in names}}
        ended: datetime = row.changed_at
        number_until = ended + timedelta(days=rules.number_days(row.service))
        if number_until <= now and not waits:
            return {**values, **nobody(self._seals, row.id), "forget_at": None}
        if number_until <= now:
            return {**values, "forget_at": now + timedelta(days=1)}
        coming = [number_until]
        for column in ("answers", "results"):
            try:
                kept = self._seals.open(f"requests.{column}", row.id, getattr(row, column))
            except SealBroken:
                continue  # nobody can read it; it goes with the number
            until = {name: _until(ended, rules.field_days(row.service, name)) for name in kept}
            past = {name for name, moment in until.items() if moment is not None and moment <= now}
            if past:
                left = {name: text for name, text in kept.items() if name not in past}
                values[column] = self._seals.seal(f"requests.{column}", row.id, left)
            coming += [moment for name, moment in until.items() if moment is not None and name not in past]
        return {**values, "forget_at": min(coming)}

    async def _overdue(self, table: str, query: Any, key: Any, past: Past) -> Iterable[Overdue]:
        """Opens every row, whatever the sweep has noted of it; what is still open must be ended by somebody."""
        found: dict[str, list[datetime]] = {}
        last = ""
        while True:
            rows = await self._read(query.where(key > last).order_by(key).limit(evidence_rows_max))
            for row in rows:
                for what, since in past(row):
                    found.setdefault(what, []).append(since)
            if len(rows) < evidence_rows_max:
                return [Overdue(table, what, len(dates), min(dates)) for what, dates in sorted(found.items())]
            last = getattr(rows[-1], key.name)

    def _past(self, row: Row[Any], rules: Rules, at: datetime) -> Iterator[tuple[str, datetime]]:
        changed: datetime = row.changed_at
        number_until = changed + timedelta(days=rules.number_days(row.service))
        try:
            number = self._seals.open("requests.msisdn", row.id, row.msisdn)["msisdn"]
            kept = {
                **self._seals.open("requests.answers", row.id, row.answers),
                **self._seals.open("requests.results", row.id, row.results),
            }
        except SealBroken:
            if number_until <= at:
                yield f"{row.service}: what no key opens", number_until
            return
        if row.status not in FINAL:
            if number_until <= at:
                yield f"{row.service}: still open, nothing moved since: end it", number_until
            return
        if number and number_until <= at:
            yield f"{row.service}: number", number_until
        for name in kept:
            until = _until(changed, rules.field_days(row.service, name))
            if number_until <= at or (until is not None and until <= at):
                yield f"{row.service}: {name}", min(number_until, until or number_until)

    def _past_bill(self, row: Row[Any], rules: Rules, at: datetime) -> Iterator[tuple[str, datetime]]:
        until = row.ended_at + timedelta(days=rules.number_days(row.service))
        if row.status in FINAL and until <= at and not self._is_of_nobody("bills.msisdn", row.id, row.msisdn):
            yield f"{row.service}: number", until

    def _past_payer(self, row: Row[Any], rules: Rules, at: datetime) -> Iterator[tuple[str, datetime]]:
        until = max(row.ended_at, row.at) + timedelta(days=rules.number_days(row.service))
        if row.status not in FINAL or until > at:
            return
        if row.owed:
            yield f"{row.service}: payer of money that is yet to be given back: give it back", until
        elif not self._is_of_nobody("payments.payer", row.receipt, row.payer):
            yield f"{row.service}: payer", until

    def _is_of_nobody(self, place: str, id: str, sealed: bytes) -> bool:
        try:
            return not any(self._seals.open(place, id, sealed).values())
        except SealBroken:
            return False


_BILLS: Any = select(
    bills.c.id, bills.c.msisdn, bills.c.service, requests.c.status, requests.c.changed_at.label("ended_at")
).join(requests, requests.c.id == bills.c.request_id)
_PAYMENTS: Any = (
    select(
        payments.c.receipt, payments.c.payer, payments.c.at, OWED.label("owed"), bills.c.service, requests.c.status,
        requests.c.changed_at.label("ended_at"),
    )
    .join(bills, bills.c.id == payments.c.bill_id)
    .join(requests, requests.c.id == bills.c.request_id)
)  # fmt: skip


def _payer_past(rules: Rules, now: datetime) -> ColumnElement[bool]:
    """Whether the days of the purpose are over, both since the money came and since its request ended."""
    by_days: dict[int, list[str]] = {}
    for service, days in rules.numbers.items():
        by_days.setdefault(days, []).append(service)
    meant = [(bills.c.service.in_(services), days) for days, services in by_days.items()]
    meant.append((bills.c.service.not_in(list(rules.numbers)), UNSAID_DAYS))

    def past(days: int) -> ColumnElement[bool]:
        before = now - timedelta(days=days)
        return and_(payments.c.at <= before, requests.c.changed_at <= before)

    return or_(*(and_(which, past(days)) for which, days in meant))


def _until(ended: datetime, days: int | None) -> datetime | None:
    return None if days is None else ended + timedelta(days=days)


def _forget_asked(connection: Connection, now: datetime) -> int:
    """Whom a question was asked; the answer stays, and counts."""
    past = select(questions.c.id).where(questions.c.forget_at <= now).limit(retention_rows_max)
    of_nobody = {"number_hash": None, "answered_by": "", "forget_at": None}
    return connection.execute(update(questions).where(questions.c.id.in_(past)).values(of_nobody)).rowcount


def _dated(rules: Rules, now: datetime) -> Iterator[tuple[SqlTable, ColumnElement[bool], Any]]:
    """Tables whose rows go as a whole: which of them are past their date, and the column that says since when."""
    yield sms, sms.c.changed_at < now - timedelta(days=rules.messages_days), sms.c.changed_at
    yield preferences, preferences.c.changed_at < now - timedelta(days=rules.language_days), preferences.c.changed_at
    yield tallies, tallies.c.day < (now - timedelta(days=limits.counts_days)).date(), tallies.c.day
    yield openings, openings.c.at < now - timedelta(seconds=limits.opening_seconds_max), openings.c.at
    yield silenced, silenced.c.at < now - timedelta(days=limits.silenced_days), silenced.c.at
    yield checks, checks.c.opened_at < now - timedelta(seconds=limits.checks_kept_seconds), checks.c.opened_at
    counted = timedelta(seconds=limits.checks_kept_seconds + limits.code_day_seconds)
    yield check_counts, check_counts.c.since < now - counted, check_counts.c.since
    yield drafts, drafts.c.until < now, drafts.c.until
    removed = now - timedelta(days=limits.agent_numbers_kept_days)
    yield agent_numbers, agent_numbers.c.removed_at < removed, agent_numbers.c.removed_at
    yield mandates, mandates.c.asked_at < now - timedelta(days=limits.mandates_kept_days), mandates.c.asked_at
    yield sheet_codes, sheet_codes.c.made_at < now - timedelta(days=limits.sheet_days), sheet_codes.c.made_at
    turns_before = now - timedelta(seconds=limits.question_kept_seconds)
    yield question_turns, question_turns.c.until < turns_before, question_turns.c.until
    yield objections, objections.c.at < now - timedelta(days=limits.consent_proof_days), objections.c.at
    later = consents.alias("later")
    overtaken = exists().where(
        later.c.number_hash == consents.c.number_hash, later.c.purpose == consents.c.purpose, later.c.at > consents.c.at
    )
    proves_nothing = or_(consents.c.act == WITHDRAWN, overtaken)
    old = consents.c.at < now - timedelta(days=limits.consent_proof_days)
    yield consents, and_(old, proves_nothing), consents.c.at


def _delete(connection: Connection, table: SqlTable, past: ColumnElement[bool]) -> int:
    keys = tuple(table.primary_key.columns)
    batch = _locked(connection, select(*keys).where(past).limit(retention_rows_max))
    one = keys[0] if len(keys) == 1 else tuple_(*keys)
    return connection.execute(delete(table).where(one.in_(batch))).rowcount


def _locked(connection: Connection, query: Any, of: SqlTable | None = None) -> Any:
    """Rows that somebody else is at are left to them; SQLite has one writer."""
    return query.with_for_update(skip_locked=True, of=of) if connection.dialect.name == "postgresql" else query
