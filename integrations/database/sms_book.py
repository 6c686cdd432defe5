"""What texts cost and became: parts of the last hour, reports of aggregators, numbers that no text reaches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, select, text, tuple_, update

from app import limits
from app.messages import (
    NUMBER_LOST,
    DeliveryEvent,
    DeliverySeen,
    DeliveryStatus,
    Purse,
    SentSms,
    Spending,
)
from app.ports import Allowance
from app.tasks import untold, untold_reason
from integrations.database.ledger import count
from integrations.database.limits import sms_swept_max, unmatched_reports_max
from integrations.database.outbox import add_jobs, left_values
from integrations.database.rows import Seals, Values
from integrations.database.store import Store, clean, insert_into, insert_or_leave
from integrations.database.tables import silenced, sms, sms_spent, tallies

_ADVISORY_LOCK = 0x736D73  # "sms"
_OPEN = (DeliveryStatus.IN_FLIGHT, DeliveryStatus.UNKNOWN)
TALLY = "sms"
_BUCKET = timedelta(seconds=limits.sms_bucket_seconds)


class DatabaseSmsBook:
    """`app.ports.SmsBook`; raises `StoreUnavailable`."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def pay(self, spending: Spending, allowance: Allowance) -> Purse:
        """Reserve the parts before the text is sent; nothing is reserved unless `PAID`.

        An hour is any sixty minutes: the bucket that began before them counts whole.
        """
        tally, silent = self._tally(spending), self._silent(spending.msisdn, spending.at)

        def work(connection: Connection) -> Purse:
            if connection.dialect.name == "postgresql":  # SQLite has one writer
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            if allowance.spared and connection.execute(silent).first() is not None:
                return Purse.SILENCED
            spent, parts = _spent(connection, spending.at), spending.parts
            if sum(spent.values()) + parts > allowance.hour_parts:
                return Purse.HOUR_SPENT
            if allowance.kind_parts is not None and spent.get(spending.kind, 0) + parts > allowance.kind_parts:
                return Purse.KIND_SPENT
            told = connection.execute(select(tallies.c.count).filter_by(**tally)).scalar() or 0
            if told + parts > allowance.number_day_parts:
                return Purse.DAY_SPENT
            _count(connection, spending, parts, tally)
            return Purse.PAID

        return await self._store.write(work)

    async def give_back(self, spending: Spending) -> None:
        tally = self._tally(spending)
        await self._store.write(lambda connection: _count(connection, spending, -spending.parts, tally))

    async def spent(self, now: datetime) -> Mapping[str, int]:
        return await self._store.read(lambda connection: _spent(connection, now))

    async def sent(self, sent: SentSms) -> None:
        key = {"aggregator": sent.aggregator, "message_id": clean(sent.message_id)}
        ours = {
            "job_id": sent.job_id,
            "sent_at": sent.at,
            "number_hash": self._seals.number_hash("sms", sent.msisdn),
            "kind": sent.kind,
            "parts": sent.parts,
        }
        new = {**key, **ours, "status": DeliveryStatus.IN_FLIGHT, "raw": "", "reason": "", "changed_at": sent.at}

        def work(connection: Connection) -> None:
            if connection.execute(insert_or_leave(connection, sms), new).rowcount:
                return
            # A delivery report overtook this: what it said stays, and what follows from it is done now.
            overtaken = update(sms).filter_by(**key).where(sms.c.job_id.is_(None)).values(**ours).returning(sms)
            if (row := connection.execute(overtaken).first()) is not None:
                self._follow(connection, row, sent.at)

        await self._store.write(work)

    async def silence(self, msisdn: str, reason: str, at: datetime) -> None:
        number = self._seals.number_hash("sms", msisdn)
        await self._store.write(lambda connection: _silence(connection, number, reason, at))

    async def report(self, event: DeliveryEvent, at: datetime) -> DeliverySeen:
        """Keep what became of an SMS; a final status is never changed, an unknown message id is kept for a while."""
        key = {"aggregator": event.aggregator, "message_id": clean(event.message_id)}
        told = {
            "status": event.status,
            "raw": clean(event.raw),
            "reason": clean(event.reason),
            "changed_at": at,
        }

        def work(connection: Connection) -> DeliverySeen:
            known = select(sms).filter_by(**key).with_for_update()
            row = connection.execute(known).first()
            if row is None:
                if (seen := _keep_unmatched(connection, key | told)) is not None:
                    return seen
                row = connection.execute(known).one()
            if row.status not in _OPEN:
                ends = event.status not in _OPEN and event.status != row.status
                return DeliverySeen.CONTRADICTS if ends else DeliverySeen.AGAIN
            if event.status in _OPEN and (row.status != DeliveryStatus.IN_FLIGHT or row.raw == told["raw"]):
                return DeliverySeen.AGAIN
            row = connection.execute(update(sms).filter_by(**key).values(**told).returning(sms)).one()
            if row.job_id is None:
                return DeliverySeen.UNMATCHED
            self._follow(connection, row, at)
            return DeliverySeen.NEWS

        return await self._store.write(work)

    async def delivery(self, aggregator: str, message_id: str) -> DeliveryEvent | None:
        """What was last told of an SMS; one that was handed over and never heard of is in flight."""
        query = select(sms).where(sms.c.aggregator == aggregator, sms.c.message_id == clean(message_id))
        row = await self._store.read(lambda connection: connection.execute(query).first())
        if row is None:
            return None
        return DeliveryEvent(aggregator, message_id, DeliveryStatus(row.status), row.raw, row.reason)

    async def sweep(self, now: datetime) -> bool:
        """Call unknown what no report came of, and forget what is past: unmatched reports, hours, silences."""
        key = tuple_(sms.c.aggregator, sms.c.message_id)
        unheard = and_(
            sms.c.status == DeliveryStatus.IN_FLIGHT,
            sms.c.changed_at < now - timedelta(hours=limits.sms_report_hours),
            sms.c.job_id.is_not(None),
        )
        unmatched = and_(sms.c.job_id.is_(None), sms.c.changed_at < now - timedelta(hours=limits.sms_unmatched_hours))
        past = [
            delete(sms_spent).where(sms_spent.c.since < now - timedelta(hours=2)),
            delete(silenced).where(silenced.c.at < now - timedelta(days=limits.silenced_days)),
        ]

        def some(which: Any) -> Any:
            return key.in_(select(sms.c.aggregator, sms.c.message_id).where(which).limit(sms_swept_max))

        def work(connection: Connection) -> bool:
            for statement in past:
                connection.execute(statement)
            unknown = update(sms).where(some(unheard)).values(status=DeliveryStatus.UNKNOWN, changed_at=now)
            called = connection.execute(unknown).rowcount
            gone = connection.execute(delete(sms).where(some(unmatched))).rowcount
            return max(called, gone) == sms_swept_max

        return await self._store.write(work)

    def _follow(self, connection: Connection, row: Row[Any], at: datetime) -> None:
        """What the end of a text means for its number, and for the request that it told of."""
        if row.status == DeliveryStatus.DELIVERED:
            connection.execute(delete(silenced).where(silenced.c.number_hash == row.number_hash))
        if row.status != DeliveryStatus.FAILED:
            return
        if row.reason in NUMBER_LOST:
            _silence(connection, row.number_hash, row.reason, at)
        request_id, tells, _ = row.job_id.partition(":tell:")
        if tells:
            task = untold(request_id, at)
            add_jobs(connection, left_values(self._seals, (task,), untold_reason(row.reason), at))

    def _tally(self, spending: Spending) -> Values:
        number = self._seals.number_hash("tallies", spending.msisdn)
        return {"name": TALLY, "number_hash": number, "day": spending.day}

    def _silent(self, msisdn: str, at: datetime) -> Any:
        since = at - timedelta(days=limits.silenced_days)
        number = self._seals.number_hash("sms", msisdn)
        return select(silenced.c.at).where(silenced.c.number_hash == number, silenced.c.at > since)


def _spent(connection: Connection, now: datetime) -> dict[str, int]:
    since = sms_spent.c.since > now - timedelta(hours=1) - _BUCKET
    query = select(sms_spent.c.kind, func.sum(sms_spent.c.parts).label("parts")).where(since)
    return {row.kind: int(row.parts) for row in connection.execute(query.group_by(sms_spent.c.kind))}


def _count(connection: Connection, spending: Spending, parts: int, tally: Values) -> None:
    bucket = int(spending.at.timestamp()) // limits.sms_bucket_seconds
    since = datetime.fromtimestamp(bucket * limits.sms_bucket_seconds, UTC)
    values = {"since": since, "kind": spending.kind, "parts": parts}
    statement = insert_into(connection, sms_spent)
    added = {"parts": sms_spent.c.parts + statement.excluded.parts}
    connection.execute(statement.on_conflict_do_update(index_elements=["since", "kind"], set_=added), values)
    count(connection, tally, parts)


def _keep_unmatched(connection: Connection, values: Values) -> DeliverySeen | None:
    """None: the text was written down a moment ago, by whoever sent it or with another report."""
    some = select(sms.c.message_id).where(sms.c.job_id.is_(None)).limit(unmatched_reports_max).subquery()
    if connection.execute(select(func.count()).select_from(some)).scalar_one() >= unmatched_reports_max:
        return DeliverySeen.TOO_MANY
    new = connection.execute(insert_or_leave(connection, sms), values).rowcount
    return DeliverySeen.UNMATCHED if new else None


def _silence(connection: Connection, number_hash: bytes, reason: str, at: datetime) -> None:
    statement = insert_into(connection, silenced)
    told = {"reason": statement.excluded.reason, "at": statement.excluded.at}
    values = {"number_hash": number_hash, "reason": clean(reason), "at": at}
    connection.execute(statement.on_conflict_do_update(index_elements=["number_hash"], set_=told), values)
