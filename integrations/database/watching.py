"""What agents confirmed, put together from orders, bills, payments, requests and answers; alerts and their tasks.

No sealed value is opened for it: citizens are told apart by the keyed hash that their bills have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, func, literal, or_, select, update

from app import limits
from app.agency import Agent, OrderState
from app.audit import AuditEntry
from app.books import agent_way
from app.call_back import NO, YES, question_id
from app.house_services import Attests
from app.mandate import Means
from app.messages import Status
from app.payments import Refund
from app.ports import Raised
from app.watching.facts import Alert, Complaint, Confirmation, Ending, Heard, Witness
from integrations.database.agent_rows import agent_from
from integrations.database.audit import append
from integrations.database.errands import filing_key
from integrations.database.outbox import add_jobs, left_values
from integrations.database.rows import Seals, Values
from integrations.database.store import Store, clean, insert_or_leave
from integrations.database.tables import (
    JobState,
    agent_alerts,
    agent_complaints,
    agent_filings,
    agent_orders,
    agents,
    bills,
    errands,
    jobs,
    mandates,
    payments,
    questions,
    requests,
)

_HEARD = {YES: Heard.YES, NO: Heard.NO, "": Heard.SILENT, None: Heard.NOT_ASKED}


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert as an operator sees it; `settled_by` is empty while nobody has."""

    alert: Alert
    id: str
    week: date
    raised_at: datetime
    settled_at: datetime | None
    settled_by: str


class DatabaseWatch:
    """`app.ports.Watch` on SQLite or PostgreSQL."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def agents(self, after: str, limit: int) -> Sequence[Agent]:
        query = select(agents).where(agents.c.code > after).order_by(agents.c.code).limit(limit)
        return [agent_from(row) for row in await self._all(query)]

    async def confirmations(
        self, agent: Agent, since: datetime, until: datetime, now: datetime
    ) -> Sequence[Confirmation]:
        rows = await self._all(_begun(agent.code, since, until, now))
        homes = await self._homes({row.request_id for row in rows})
        return sorted((_confirmation(agent, row, homes) for row in rows), key=lambda one: (one.at, one.id))

    async def complaints(self, agent: Agent, since: datetime, until: datetime) -> Sequence[Complaint]:
        named = and_(agent_complaints.c.agent == agent.code, _between(agent_complaints.c.at, since, until))
        query = select(agent_complaints, requests.c.reference, requests.c.number_hash)
        query = query.join(requests, requests.c.id == agent_complaints.c.request_id).where(named)
        query = query.order_by(agent_complaints.c.at.desc()).limit(limits.watch_complaints_max)
        found = [
            Complaint(row.reference, agent.code, agent.point, row.number_hash.hex(), row.at)
            for row in await self._all(query)
        ]
        return sorted(found, key=lambda one: (one.at, one.id))

    async def attested(self, agent: Agent, since: datetime, until: datetime) -> Sequence[Witness]:
        proofs = and_(
            agent_filings.c.agent == agent.code,
            agent_filings.c.attests == Attests.PROOF,
            _between(agent_filings.c.at, since, until),
        )
        query = select(agent_filings.c.at, agent_filings.c.point, requests.c.reference)
        query = query.join(requests, requests.c.id == agent_filings.c.request_id)
        query = query.where(proofs, requests.c.status == Status.DONE)
        rows = await self._all(query.order_by(agent_filings.c.at.desc()).limit(limits.watch_attested_max))
        found = [Witness(row.reference, agent.code, row.point, row.at) for row in rows]
        return sorted(found, key=lambda one: (one.at, one.id))

    async def begun(self, since: datetime, until: datetime, now: datetime) -> tuple[int, int]:
        by_bill = _orders(since, until, now).subquery()
        query = select(func.count().label("total"), func.sum(by_bill.c.used).label("paid"))
        row = (await self._all(query))[0]
        return row.total, row.total - int(row.paid or 0)

    async def raise_alerts(self, raised: Sequence[Raised], week: date) -> Sequence[str]:
        ordered = sorted(raised, key=lambda one: one.alert.id)
        left = [left_values(self._seals, (one.task,), one.reason, one.entry.at) for one in ordered]

        def work(connection: Connection) -> Sequence[str]:
            new = []
            for one, values in zip(ordered, left, strict=True):
                if _keep(connection, one, week):
                    add_jobs(connection, values)
                    new.append(one)
            for one in new:  # the log last: all other writers wait for it
                append(connection, one.entry)
            return [one.alert.rule for one in new]

        return await self._store.write(work) if ordered else []

    async def open_alerts(self) -> Mapping[str, int]:
        open_now = select(agent_alerts.c.rule, func.count().label("total")).where(agent_alerts.c.settled_at.is_(None))
        return {row.rule: row.total for row in await self._all(open_now.group_by(agent_alerts.c.rule))}

    async def paid(
        self, after: tuple[datetime, str], until: datetime, limit: int
    ) -> Sequence[tuple[str, str, datetime]]:
        """What agents took and was not given back: the receipt, whose agent, when; behind a moment and receipt."""
        at, receipt = after
        behind = or_(payments.c.at > at, and_(payments.c.at == at, payments.c.receipt > receipt))
        ours = and_(payments.c.wallet == literal(agent_way("")).concat(agents.c.code), payments.c.at >= at, behind)
        query = select(payments.c.receipt, agents.c.code, payments.c.at).join(agents, ours)
        query = query.where(payments.c.at <= until, payments.c.refund != Refund.DONE)
        rows = await self._all(query.order_by(payments.c.at, payments.c.receipt).limit(limit))
        return [(row.receipt, row.code, row.at) for row in rows]

    async def alerts(self, week: date | None, limit: int) -> Sequence[KeptAlert]:
        """For an operator, the oldest first: those of a week, or all that are not settled."""
        wanted = agent_alerts.c.settled_at.is_(None) if week is None else agent_alerts.c.week == week
        query = select(agent_alerts).where(wanted).order_by(agent_alerts.c.raised_at, agent_alerts.c.id).limit(limit)
        return [_kept(row) for row in await self._all(query)]

    async def named(self, prefix: str) -> Sequence[KeptAlert]:
        """Those whose ids begin so; two are enough to know that it is not clear."""
        begin = agent_alerts.c.id.startswith(prefix, autoescape=True)
        return [_kept(row) for row in await self._all(select(agent_alerts).where(begin).limit(2))]

    async def settle(self, id: str, entry: AuditEntry) -> bool:
        """Somebody has looked: the alert and its task are done; False: that was settled before."""
        open_one = update(agent_alerts).where(agent_alerts.c.id == id, agent_alerts.c.settled_at.is_(None))
        task = update(jobs).where(jobs.c.id == id, jobs.c.state == JobState.SET_ASIDE)

        def work(connection: Connection) -> bool:
            done = {"settled_at": entry.at, "settled_by": clean(entry.actor)}
            if connection.execute(open_one.values(done)).rowcount == 0:
                return False
            connection.execute(task.values(state=JobState.DONE, payload=None, ended_at=entry.at))
            append(connection, entry)
            return True

        return await self._store.write(work)

    async def _homes(self, request_ids: Iterable[str]) -> Mapping[str, str]:
        """The district of each request, as its filing was counted: one that a menu let the citizen choose."""
        keys = {filing_key(self._seals, id): id for id in request_ids}
        listed, found = list(keys), dict[str, str]()
        for first in range(0, len(listed), _IN_ONE):
            some = errands.c.id.in_(listed[first : first + _IN_ONE])
            for row in await self._all(select(errands.c.id, errands.c.district).where(some)):
                found[keys[row.id]] = row.district
        return found

    async def _all(self, query: Any) -> Sequence[Row[Any]]:
        return await self._store.read(lambda connection: connection.execute(query).all())


_IN_ONE = 500


def _between(column: Any, since: datetime, until: datetime) -> Any:
    return and_(column >= since, column < until)


def _orders(since: datetime, until: datetime, now: datetime) -> Select[Any]:
    """One row for each bill that an agent began with: when, and whether it was paid by that. Not what may still be."""
    may_be_paid = and_(agent_orders.c.state == OrderState.OPEN, agent_orders.c.until > now)
    is_used = agent_orders.c.state == OrderState.USED
    return (
        select(
            agent_orders.c.agent,
            agent_orders.c.bill_id,
            func.max(agent_orders.c.made_at).label("made_at"),
            func.max(case((is_used, 1), else_=0)).label("used"),
            func.max(agent_orders.c.receipt).label("receipt"),
        )
        .where(_between(agent_orders.c.made_at, since, until))
        .group_by(agent_orders.c.agent, agent_orders.c.bill_id)
        .having(or_(func.max(case((is_used, 1), else_=0)) == 1, func.max(case((may_be_paid, 1), else_=0)) == 0))
    )


def _begun(agent: str, since: datetime, until: datetime, now: datetime) -> Select[Any]:
    """With whose bill it is, what became of the money, what the citizen said, and when they filed last before that."""
    by_bill = _orders(since, until, now).where(agent_orders.c.agent == agent).subquery()
    again = requests.alias("again")
    ended = func.coalesce(payments.c.at, by_bill.c.made_at)
    texted = select(mandates.c.id).where(mandates.c.id == again.c.mandate, mandates.c.means == Means.SMS).exists()
    heard = or_(again.c.mandate == "", texted)  # an agent's filing, by a code that the citizen's own phone got
    before = and_(again.c.number_hash == requests.c.number_hash, again.c.filed_at <= ended, heard)
    met = select(func.max(again.c.filed_at)).where(before).correlate(requests, payments, by_bill).scalar_subquery()
    asked = questions.c.id == literal(question_id("")).concat(by_bill.c.receipt)
    query = select(
        by_bill.c.made_at,
        by_bill.c.receipt,
        bills.c.code,
        bills.c.request_id,
        bills.c.service,
        bills.c.number_hash,
        (bills.c.fee_minor + bills.c.charge_minor).label("amount_minor"),
        payments.c.at.label("paid_at"),
        payments.c.refund,
        payments.c.asked_by,
        questions.c.answer,
        met.label("met_at"),
    )
    query = query.join(bills, bills.c.id == by_bill.c.bill_id).join(requests, requests.c.id == bills.c.request_id)
    query = query.outerjoin(payments, payments.c.receipt == by_bill.c.receipt).outerjoin(questions, asked)
    return query.order_by(by_bill.c.made_at.desc()).limit(limits.watch_confirmations_max)


def _confirmation(agent: Agent, row: Row[Any], homes: Mapping[str, str]) -> Confirmation:
    return Confirmation(
        row.receipt or row.code,
        agent.code,
        agent.point,
        row.service,
        row.number_hash.hex(),
        row.amount_minor,
        row.paid_at or row.made_at,
        _ending(agent, row),
        row.met_at,
        homes.get(row.request_id, ""),
        _HEARD[row.answer],
    )


def _ending(agent: Agent, row: Row[Any]) -> Ending:
    if not row.receipt:
        return Ending.DROPPED
    return Ending.CANCELLED if row.refund == Refund.DONE else Ending.PAID


def _keep(connection: Connection, raised: Raised, week: date) -> bool:
    """False: it was kept before."""
    alert = raised.alert
    values: Values = {
        "id": alert.id,
        "rule": alert.rule,
        "agent": alert.agent,
        "point": clean(alert.point),
        "week": week,
        "about": " ".join(alert.about[: limits.watch_about_max]),
        "told": clean(alert.told),
        "raised_at": raised.entry.at,
        "settled_at": None,
        "settled_by": "",
    }
    if connection.execute(insert_or_leave(connection, agent_alerts), values).rowcount:
        return True
    unsettled = and_(agent_alerts.c.id == alert.id, agent_alerts.c.settled_at.is_(None))
    told = {"about": values["about"], "told": values["told"]}
    connection.execute(update(agent_alerts).where(unsettled, agent_alerts.c.about != told["about"]).values(told))
    return False


def _kept(row: Row[Any]) -> KeptAlert:
    alert = Alert(row.rule, row.agent, row.point, tuple(row.about.split()), row.told)
    return KeptAlert(alert, row.id, row.week, row.raised_at, row.settled_at, row.settled_by)
