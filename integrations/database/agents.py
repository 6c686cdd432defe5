"""Agents, their numbers and what they were asked to confirm, in the ledger's database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, String, and_, bindparam, case, func, or_, select, update

from app.agency import (
    Agent,
    AgentNumber,
    AgentState,
    Caps,
    Enrolled,
    Holdings,
    Intent,
    IntentKind,
    Order,
    OrderState,
    Proposal,
    ProposalKind,
    ProposalState,
    Standing,
    Takings,
    posting_for,
)
from app.audit import AuditEntry
from app.books import PostingKind, agent_commission, agent_float, agent_way
from app.keys import Keyring
from app.messages import Job
from app.payments import Refund
from app.ports import Taken
from integrations.database.audit import append
from integrations.database.balances import Overdrawn, balance, post
from integrations.database.outbox import add_jobs
from integrations.database.point_caps import caps_of
from integrations.database.rows import Seals
from integrations.database.store import Store, Work, clean, insert_or_leave
from integrations.database.tables import (
    agent_intents,
    agent_numbers,
    agent_orders,
    agent_proposals,
    agents,
    bills,
    entries,
    payments,
    postings,
)

Telling = Callable[[Holdings], Sequence[Job]]


class _Overtaken(Exception):
    """Raised in a transaction so that nothing of it stays, never seen outside."""


class DatabaseAgents:
    """`app.ports.AgentBook` on SQLite or PostgreSQL."""

    def __init__(self, store: Store, seals: Seals, keyring: Keyring) -> None:
        self._store = store
        self._seals = seals
        self._keyring = keyring

    async def enrolled(self, msisdn: str) -> Enrolled | None:
        row = await self._first(_ENROLLED, number_hash=self._seals.number_hash("agent_numbers", msisdn))
        return None if row is None else Enrolled(agent_from(row), self._number(row))

    async def agent(self, code: str) -> Agent | None:
        row = await self._first(select(agents).where(agents.c.code == code))
        return None if row is None else agent_from(row)

    async def at_point(self, point: str) -> Sequence[Agent]:
        query = select(agents).where(agents.c.point == point).order_by(agents.c.code)
        return [agent_from(row) for row in await self._all(query)]

    async def all(self, state: AgentState | None, limit: int) -> Sequence[Agent]:
        """Agents for an operator, by their codes."""
        query = select(agents).order_by(agents.c.code).limit(limit)
        if state is not None:
            query = query.where(agents.c.state == state)
        return [agent_from(row) for row in await self._all(query)]

    async def numbers(self, code: str) -> Sequence[AgentNumber]:
        """Those that were not removed, the newest last."""
        return [self._number(row) for row in await self._all(_NUMBERS, agent=code)]

    async def add(self, agent: Agent, number: AgentNumber, code: str, entry: AuditEntry) -> bool:
        """A new agent with a number that is invited; False: the code or the number is taken."""
        inviting = self._inviting(number, code)

        def work(connection: Connection) -> bool:
            new = insert_or_leave(connection, agents)
            if connection.execute(new, _values(agent)).rowcount == 0:
                raise _Overtaken
            inviting(connection)
            append(connection, entry)
            return True

        return await self._attempted(work)

    async def invite(self, number: AgentNumber, code: str, entry: AuditEntry) -> bool:
        """Another number, or another activation code for one that was not activated; False: it is taken."""
        inviting = self._inviting(number, code)

        def work(connection: Connection) -> bool:
            inviting(connection)
            append(connection, entry)
            return True

        return await self._attempted(work)

    async def remove_number(self, id: str, at: datetime, entry: AuditEntry, jobs: Sequence[Job] = ()) -> bool:
        """At once, with `jobs`; False: there is no such number."""
        there = and_(agent_numbers.c.id == id, agent_numbers.c.removed_at.is_(None))
        gone = update(agent_numbers).where(there).values(removed_at=at, activation=None)
        job_values = self._seals.jobs_values(tuple(jobs))

        def work(connection: Connection) -> bool:
            if connection.execute(gone).rowcount == 0:
                return False
            add_jobs(connection, job_values)
            append(connection, entry)
            return True

        return await self._store.write(work)

    async def change(self, seen: Agent, agent: Agent, entry: AuditEntry) -> bool:
        """Write how an agent stands; False: it is not as it was seen. Whoever is closed has no numbers any more."""
        same = and_(agents.c.code == seen.code, agents.c.revision == seen.revision)
        values = _values(agent) | {"revision": seen.revision + 1}
        theirs = and_(agent_numbers.c.agent == seen.code, agent_numbers.c.removed_at.is_(None))

        def work(connection: Connection) -> bool:
            if connection.execute(update(agents).where(same).values(values)).rowcount == 0:
                return False
            if agent.state is AgentState.CLOSED:
                connection.execute(update(agent_numbers).where(theirs).values(removed_at=entry.at, activation=None))
            append(connection, entry)
            return True

        return await self._store.write(work)

    async def activate(
        self, number: AgentNumber, code: str, at: datetime, usable_at: datetime, jobs: Sequence[Job] = ()
    ) -> bool:
        invited = and_(
            agent_numbers.c.id == number.id,
            agent_numbers.c.activation == self._activation(number.id, code),
            agent_numbers.c.invited_until > at,
            agent_numbers.c.removed_at.is_(None),
        )
        now_active = update(agent_numbers).where(invited)
        values = {"activation": None, "active_at": at, "usable_at": usable_at}
        first = update(agents).where(agents.c.code == number.agent, agents.c.state == AgentState.INVITED)
        entry = AuditEntry(at, agent_way(number.agent), "activate-number", number.agent, "", {"number": number.id})
        job_values = self._seals.jobs_values(tuple(jobs))

        def work(connection: Connection) -> bool:
            if connection.execute(now_active.values(values)).rowcount == 0:
                return False
            add_jobs(connection, job_values)
            told = {"state": AgentState.ACTIVE, "changed_at": at, "revision": agents.c.revision + 1}
            connection.execute(first.values(told))
            append(connection, entry)
            return True

        return await self._store.write(work)

    async def place(self, order: Order) -> Order:
        """The order with this id if there is one; else this one, and no other of its number waits for a yes now."""
        others = and_(
            agent_orders.c.number_id == order.number_id,
            agent_orders.c.state == OrderState.OPEN,
            agent_orders.c.id != order.id,
            _unconfirmed(),
        )

        mine = select(agent_numbers.c.id).where(agent_numbers.c.id == order.number_id).with_for_update()

        def work(connection: Connection) -> Order:
            connection.execute(mine)  # of two at the same moment the later one drops the other
            new = insert_or_leave(connection, agent_orders)
            if connection.execute(new, _order_values(order)).rowcount:
                connection.execute(update(agent_orders).where(others).values(state=OrderState.DROPPED))
            row = connection.execute(select(agent_orders).where(agent_orders.c.id == order.id)).one()
            return _order(row)

        return await self._store.write(work)

    async def order(self, id: str) -> Order | None:
        row = await self._first(_ORDER, id=id)
        return None if row is None else _order(row)

    async def intend(self, intent: Intent, job: Job) -> bool:
        values = {column.name: getattr(intent, column.name) for column in agent_intents.c}
        values["order_id"] = intent.order_id or None
        job_values = self._seals.jobs_values((job,))

        def work(connection: Connection) -> bool:
            if connection.execute(insert_or_leave(connection, agent_intents), values).rowcount == 0:
                return False
            add_jobs(connection, job_values)
            return True

        return await self._store.write(work)

    async def intended(self, id: str) -> Intent | None:
        row = await self._first(_INTENT, id=id)
        return None if row is None else _intent(row)

    async def newest_order(self, number_id: str, at: datetime, channel: str = "") -> Order | None:
        row = await self._first(_NEWEST_ORDER, number_id=number_id, at=at, channel=channel)
        return None if row is None else _order(row)

    async def paid_order(self, agent: str, bill_id: str) -> Order | None:
        """The order by which an agent has paid a bill."""
        row = await self._first(_PAID_ORDER, bill_id=bill_id, agent=agent)
        return None if row is None else _order(row)

    async def drop(self, number_id: str, bill_id: str | None = None) -> bool:
        """No code of this number is good any more, or none for one bill; False: there was none. A yes on a page stands,
        unless it is its bill that is named.
        """
        open_ones = and_(agent_orders.c.number_id == number_id, agent_orders.c.state == OrderState.OPEN)
        of_bill = agent_orders.c.bill_id == bill_id if bill_id is not None else _unconfirmed()
        open_ones = and_(open_ones, of_bill)
        dropping = update(agent_orders).where(open_ones).values(state=OrderState.DROPPED)
        return await self._store.write(lambda connection: connection.execute(dropping).rowcount > 0)

    async def drop_order(self, id: str, number_id: str) -> bool:
        mine = and_(agent_orders.c.id == id, agent_orders.c.number_id == number_id)
        open_one = and_(mine, agent_orders.c.state == OrderState.OPEN, _unconfirmed())
        dropping = update(agent_orders).where(open_one).values(state=OrderState.DROPPED)
        return await self._store.write(lambda connection: connection.execute(dropping).rowcount > 0)

    async def end_order(self, id: str) -> None:
        open_one = and_(agent_orders.c.id == id, agent_orders.c.state == OrderState.OPEN)
        dropping = update(agent_orders).where(open_one).values(state=OrderState.DROPPED)
        await self._store.write(lambda connection: connection.execute(dropping))

    async def holdings(self, code: str, currency: str) -> Holdings:
        return await self._store.read(lambda connection: _holdings(connection, code, currency))

    async def takings(self, code: str, since: datetime, until: datetime) -> Takings:
        rows = await self._all(_booked(code).where(postings.c.at >= since, postings.c.at < until))
        taken = {row.receipt: -int(row.float_minor) for row in rows if row.kind == PostingKind.PAYMENT}
        for row in rows:
            if row.kind == PostingKind.REFUND:
                taken.pop(row.receipt, None)
        return Takings(len(taken), sum(taken.values()), sum(int(row.commission_minor) for row in rows))

    async def unstated(self, month: str, limit: int) -> Sequence[Agent]:
        """Active agents who were not told of this month, by their codes."""
        query = select(agents).where(agents.c.state == AgentState.ACTIVE, agents.c.stated < month)
        return [agent_from(row) for row in await self._all(query.order_by(agents.c.code).limit(limit))]

    async def state_month(self, agent: Agent, month: str, jobs: Sequence[Job]) -> bool:
        """Note that an agent is told of a month, with the text; False: that was done before."""
        values = self._seals.jobs_values(tuple(jobs))
        untold = update(agents).where(agents.c.code == agent.code, agents.c.stated < month)

        def work(connection: Connection) -> bool:
            if connection.execute(untold.values(stated=month)).rowcount == 0:
                return False
            add_jobs(connection, values)
            return True

        return await self._store.write(work)

    async def propose(self, proposal: Proposal, entry: AuditEntry) -> bool:
        """False: the money with this reference of the bank's was asked for before, and not refused."""

        def work(connection: Connection) -> bool:
            new = insert_or_leave(connection, agent_proposals)
            if connection.execute(new, _proposal_values(proposal)).rowcount == 0:
                return False
            append(connection, entry)
            return True

        return await self._store.write(work)

    async def proposal(self, id: str) -> Proposal | None:
        row = await self._first(select(agent_proposals).where(agent_proposals.c.id == id))
        return None if row is None else _proposal(row)

    async def proposals(self, limit: int) -> Sequence[Proposal]:
        """What waits for a second clerk, oldest first."""
        query = select(agent_proposals).where(agent_proposals.c.state == ProposalState.ASKED)
        rows = await self._all(query.order_by(agent_proposals.c.asked_at, agent_proposals.c.id).limit(limit))
        return [_proposal(row) for row in rows]

    async def decide(self, proposal: Proposal, entry: AuditEntry, tell: Telling = lambda _: ()) -> Taken:
        """Write what was decided, and do it: `SHORT` if the account does not hold it, `OVERTAKEN` if it was decided
        before. `tell` makes the jobs of it out of what the books owe the agent then.
        """
        asked = and_(agent_proposals.c.id == proposal.id, agent_proposals.c.state == ProposalState.ASKED)
        values = {"state": proposal.state, "decided_by": proposal.decided_by, "decided_at": proposal.decided_at}
        is_approved = proposal.state is ProposalState.APPROVED
        posting = posting_for(proposal) if is_approved else None
        caps = {"day_payments": proposal.payments, "day_minor": proposal.amount_minor}
        theirs = update(agents).where(agents.c.code == proposal.agent)

        def work(connection: Connection) -> Taken:
            if connection.execute(update(agent_proposals).where(asked).values(values)).rowcount == 0:
                return Taken.OVERTAKEN
            if is_approved and proposal.kind is ProposalKind.CAPS:
                connection.execute(theirs.values({**caps, "revision": agents.c.revision + 1}))
            if posting is not None:
                post(connection, posting)
                held = _holdings(connection, proposal.agent, proposal.currency)
                add_jobs(connection, self._seals.jobs_values(tuple(tell(held))))
            append(connection, entry)
            return Taken.TAKEN

        try:
            return await self._store.write(work)
        except Overdrawn:
            return Taken.SHORT

    async def close(self) -> None:
        await self._store.close()

    def _inviting(self, number: AgentNumber, code: str) -> Work[None]:
        """Raises `_Overtaken` for a number that is somebody's already."""
        number_hash = self._seals.number_hash("agent_numbers", number.msisdn)
        invited = {"activation": self._activation(number.id, code), "invited_until": number.invited_until}
        values = {
            "id": number.id,
            "agent": number.agent,
            "number_hash": number_hash,
            "msisdn": self._seals.seal("agent_numbers.msisdn", number.id, {"msisdn": number.msisdn}),
            **invited,
        }
        waiting = and_(
            agent_numbers.c.id == number.id, agent_numbers.c.active_at.is_(None), agent_numbers.c.removed_at.is_(None)
        )

        def work(connection: Connection) -> None:
            new = insert_or_leave(connection, agent_numbers)
            if connection.execute(new, values).rowcount:
                return
            if connection.execute(update(agent_numbers).where(waiting).values(invited)).rowcount == 0:
                raise _Overtaken

        return work

    def _activation(self, number_id: str, code: str) -> bytes:
        return self._keyring.hash("agent_activation", number_id, code)

    def _number(self, row: Row[Any]) -> AgentNumber:
        msisdn = self._seals.open("agent_numbers.msisdn", row.number_id, row.msisdn)["msisdn"]
        return AgentNumber(
            row.number_id, row.agent, msisdn, row.invited_until, row.active_at, row.usable_at, row.removed_at
        )  # fmt: skip

    async def _attempted(self, work: Work[bool]) -> bool:
        try:
            return await self._store.write(work)
        except _Overtaken:
            return False

    async def _first(self, query: Any, **values: object) -> Row[Any] | None:
        return await self._store.read(lambda connection: connection.execute(query, values).first())

    async def _all(self, query: Any, **values: object) -> Sequence[Row[Any]]:
        return await self._store.read(lambda connection: connection.execute(query, values).all())


def _unconfirmed() -> Any:
    """No yes was said to an order on its page: such a one is not dropped by the next citizen's."""
    return ~select(agent_intents.c.id).where(agent_intents.c.order_id == agent_orders.c.id).exists()


def stands(connection: Connection, standing: Standing, amount_minor: int, at: datetime) -> Taken | None:
    """What keeps an agent from paying now; None: nothing, and until the transaction ends nobody changes that.

    The rows of the point's agents are locked first, so that payments of one point come one after the other, and a
    suspension that was made before is seen, one that is made after waits.
    """
    if not _is_active(connection, standing.agent):
        return Taken.BARRED
    usable = select(agent_numbers.c.id).where(
        agent_numbers.c.id == standing.number_id,
        agent_numbers.c.agent == standing.agent,
        agent_numbers.c.removed_at.is_(None),
        agent_numbers.c.usable_at <= at,
    )
    open_now = select(agent_orders.c.id).where(
        agent_orders.c.id == standing.order_id, agent_orders.c.state == OrderState.OPEN, agent_orders.c.until > at
    )
    for query in (usable, open_now):
        if connection.execute(query.with_for_update()).first() is None:
            return Taken.BARRED
    point = connection.execute(select(agents.c.point).where(agents.c.code == standing.agent)).scalar_one()
    ways = [agent_way(code) for code in connection.execute(_codes_at(point)).scalars()]
    own = _has_room(connection, [agent_way(standing.agent)], standing.since, standing.caps, amount_minor)
    all_theirs = _has_room(connection, ways, standing.since, caps_of(connection, point), amount_minor)
    return None if own and all_theirs else Taken.CAPPED


def _is_active(connection: Connection, code: str) -> bool:
    """Locks the rows of all agents of the point, in one order, so that what they take is counted one by one."""
    point = select(agents.c.point).where(agents.c.code == code).scalar_subquery()
    theirs = select(agents.c.code, agents.c.state).where(agents.c.point == point).order_by(agents.c.code)
    states = {row.code: row.state for row in connection.execute(theirs.with_for_update())}
    return states.get(code) == AgentState.ACTIVE


def _codes_at(point: str) -> Any:
    """The agents of a point, also those that are closed by now."""
    return select(agents.c.code).where(agents.c.point == point).order_by(agents.c.code)


def _has_room(connection: Connection, ways: Sequence[str], since: datetime, caps: Caps, amount_minor: int) -> bool:
    count, minor, _ = connection.execute(_taken(ways, since)).one()
    return count < caps.payments and int(minor or 0) + amount_minor <= caps.amount_minor


def _holdings(connection: Connection, code: str, currency: str) -> Holdings:
    return Holdings(
        *(balance(connection, account, currency) for account in (agent_float(code), agent_commission(code)))
    )


def use(connection: Connection, standing: Standing, receipt: str, currency: str) -> None:
    """The order became a payment: its code is spent."""
    left = balance(connection, agent_float(standing.agent), currency)
    values = {"state": OrderState.USED, "receipt": receipt, "float_minor": left}
    connection.execute(update(agent_orders).where(agent_orders.c.id == standing.order_id).values(values))


_NUMBER = (
    agent_numbers.c.id.label("number_id"), agent_numbers.c.agent, agent_numbers.c.msisdn,
    agent_numbers.c.invited_until, agent_numbers.c.active_at, agent_numbers.c.usable_at, agent_numbers.c.removed_at,
)  # fmt: skip

# What every text and page of an agent asks is made once: the making of a statement costs as much as its running.
_ENROLLED = (
    select(agents)
    .add_columns(*_NUMBER)
    .join(agent_numbers, agent_numbers.c.agent == agents.c.code)
    .where(agent_numbers.c.number_hash == bindparam("number_hash"), agent_numbers.c.removed_at.is_(None))
    .where(agents.c.state != AgentState.CLOSED)
)
_NUMBERS = (
    select(*_NUMBER)
    .where(agent_numbers.c.agent == bindparam("agent"), agent_numbers.c.removed_at.is_(None))
    .order_by(agent_numbers.c.invited_until)
)
_ORDER = select(agent_orders).where(agent_orders.c.id == bindparam("id"))
_INTENT = select(agent_intents).where(agent_intents.c.id == bindparam("id"))
_CHANNEL = bindparam("channel", type_=String)
_WAITS = and_(agent_orders.c.state == OrderState.OPEN, agent_orders.c.until > bindparam("at"))
_NEWEST_ORDER = (
    select(agent_orders)
    .where(agent_orders.c.number_id == bindparam("number_id"))
    .where(or_(_CHANNEL == "", agent_orders.c.channel == _CHANNEL))
    .order_by(case((_WAITS, 0), else_=1), agent_orders.c.made_at.desc(), agent_orders.c.id)
    .limit(1)
)
_PAID_ORDER = select(agent_orders).where(
    agent_orders.c.bill_id == bindparam("bill_id"),
    agent_orders.c.agent == bindparam("agent"),
    agent_orders.c.state == OrderState.USED,
)


def _taken(ways: Sequence[str], since: datetime) -> Any:
    """How many payments came by some agents since then, what they sum to and what commission, without what was given
    back.
    """
    mine = and_(payments.c.wallet.in_(ways), payments.c.at >= since, payments.c.refund != Refund.DONE)
    sums = func.count(), func.sum(payments.c.amount_minor), func.sum(bills.c.commission_minor)
    return select(*sums).join(bills, bills.c.id == payments.c.bill_id).where(mine)


def _booked(code: str) -> Any:
    """Of each payment by an agent and of each that was given back, what it did to the two accounts."""

    def of(account: str) -> Any:
        return func.sum(case((entries.c.account == account, entries.c.amount_minor), else_=0))

    theirs = entries.c.account.in_((agent_float(code), agent_commission(code)))
    sums = of(agent_float(code)).label("float_minor"), of(agent_commission(code)).label("commission_minor")
    return (
        select(postings.c.number, postings.c.kind, postings.c.receipt, *sums)
        .join(entries, entries.c.posting == postings.c.id)
        .where(theirs, postings.c.kind.in_((PostingKind.PAYMENT, PostingKind.REFUND)))
        .group_by(postings.c.number, postings.c.kind, postings.c.receipt)
        .order_by(postings.c.number)
    )


def agent_from(row: Row[Any]) -> Agent:
    return Agent(
        row.code, row.point, AgentState(row.state), row.currency, Caps(row.day_payments, row.day_minor), row.added_at,
        row.changed_at, row.revision, row.stated,
    )  # fmt: skip


def _values(agent: Agent) -> dict[str, Any]:
    return {
        "code": agent.code,
        "point": clean(agent.point),
        "state": agent.state,
        "currency": agent.currency,
        "day_payments": agent.caps.payments,
        "day_minor": agent.caps.amount_minor,
        "added_at": agent.added_at,
        "changed_at": agent.changed_at,
        "revision": agent.revision,
        "stated": agent.stated,
    }


def _order(row: Row[Any]) -> Order:
    return Order(
        row.id, row.agent, row.number_id, row.bill_id, row.amount_minor, row.made_at, row.until,
        OrderState(row.state), row.receipt, row.float_minor, row.channel,
    )  # fmt: skip


def _intent(row: Row[Any]) -> Intent:
    return Intent(
        row.id, IntentKind(row.kind), row.agent, row.number_id, row.bill_id, row.order_id or "", row.at, row.version
    )


def _order_values(order: Order) -> dict[str, Any]:
    return {column.name: getattr(order, column.name) for column in agent_orders.c}


def _proposal(row: Row[Any]) -> Proposal:
    return Proposal(
        row.id, row.agent, ProposalKind(row.kind), row.amount_minor, row.currency, row.asked_by, row.asked_at,
        row.payments, ProposalState(row.state), row.decided_by, row.decided_at, row.reference,
    )  # fmt: skip


def _proposal_values(proposal: Proposal) -> dict[str, Any]:
    return {column.name: getattr(proposal, column.name) for column in agent_proposals.c}
