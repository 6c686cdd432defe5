"""Errands in the ledger's database: counted once, told in sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, Select, case, func, literal, select

from app import limits
from app.books import agent_way
from app.errands import Channel, Errand, ErrandKind, hour_of
from app.messages import Job
from app.payments import BillState
from app.savings import Count
from integrations.database.outbox import add_jobs
from integrations.database.rows import Seals, Values
from integrations.database.store import Store, clean, insert_into, insert_or_leave
from integrations.database.tables import Instant, agents, bills, errands, payments

COLUMNS = (errands.c.kind, errands.c.service, errands.c.district, errands.c.point, errands.c.channel)


class DatabaseErrands:
    """`app.ports.Errands`, and the sums for a report."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def note(self, errand: Errand, jobs: Sequence[Job] = ()) -> bool:
        values, job_values = errand_values(self._seals, errand), self._seals.jobs_values(tuple(jobs))

        def work(connection: Connection) -> bool:
            if not add_errand(connection, values):
                return False
            add_jobs(connection, job_values)
            return True

        return await self._store.write(work)

    async def counts(self, since: datetime, until: datetime) -> Sequence[Count]:
        """Sums of what was done since and before, in the order of their names; at most one more than a report takes.

        Some days at a time: no statement reads the whole ledger.
        """
        sums: Counter[tuple[str, str, str, str, str]] = Counter()
        begins = since
        while begins < until and len(sums) <= limits.errand_cells_max:
            ends = min(begins + timedelta(days=limits.errand_window_days), until)
            query = select(*COLUMNS, func.count()).where(errands.c.at >= begins, errands.c.at < ends).group_by(*COLUMNS)
            for row in await self._rows(query.limit(limits.errand_cells_max + 1)):
                sums[row.kind, row.service, row.district, row.point, row.channel] += row[-1]
            begins = ends
        return [Count(*names, count) for names, count in sorted(sums.items())]

    async def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        return await self._store.read(lambda connection: connection.execute(query).all())


def errand_values(seals: Seals, errand: Errand) -> Values:
    return {
        "id": _id(seals, errand.id),
        "kind": errand.kind,
        "service": errand.service,
        "district": clean(errand.district),
        "point": clean(errand.point),
        "channel": errand.channel,
        "at": hour_of(errand.at),
    }


def add_errand(connection: Connection, values: Values) -> bool:
    """False: it was counted before."""
    return connection.execute(insert_or_leave(connection, errands), values).rowcount == 1


def filed_id(request_id: str) -> str:
    return f"{request_id}:{ErrandKind.FILED.value}"


def filing_key(seals: Seals, request_id: str) -> bytes:
    """Under which the filing of a request was counted."""
    return _id(seals, filed_id(request_id))


def follow(connection: Connection, seals: Seals, request_id: str, kind: ErrandKind, key: str, at: datetime) -> None:
    """Count what became of a request by the names by which its filing was counted, save for money that an agent took:
    whoever brought it went to that point. A payment's `key` is its bill.
    """
    point = _paid_at(bills.c.id == key if kind is ErrandKind.PAID else bills.c.request_id == request_id)
    filed = select(
        literal(_id(seals, f"{request_id}:{kind.value}:{key}")),
        literal(kind.value),
        errands.c.service,
        errands.c.district,
        func.coalesce(point, errands.c.point),
        case((point.is_not(None), literal(Channel.AGENT.value)), else_=errands.c.channel),
        literal(hour_of(at), Instant),
    ).where(errands.c.id == filing_key(seals, request_id))
    names = ["id", "kind", "service", "district", "point", "channel", "at"]
    connection.execute(insert_into(connection, errands).from_select(names, filed).on_conflict_do_nothing())


def _paid_at(which: ColumnElement[bool]) -> ScalarSelect[str]:
    """The point of the agent who was the last to take money for one of these bills."""
    way = agent_way("")
    taken = (
        select(agents.c.point)
        .join(payments, agents.c.code == func.substr(payments.c.wallet, len(way) + 1))
        .join(bills, bills.c.receipt == payments.c.receipt)
        .where(which, bills.c.state != BillState.REFUNDED, payments.c.wallet.startswith(way, autoescape=True))
    )
    return taken.order_by(payments.c.at.desc(), payments.c.receipt).limit(1).scalar_subquery()


def _id(seals: Seals, id: str) -> bytes:
    return seals.number_hash("errands", id)
