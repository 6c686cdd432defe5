"""Agents and their numbers in the ledger's database: who is enrolled, and what each of them has and took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, func, select, update

from app.agency import Agent, AgentNumber, AgentState, Enrolled, Holdings, Takings
from app.audit import AuditEntry
from app.books import PostingKind, agent_commission, agent_float, agent_way
from app.keys import Keyring
from app.messages import Job
from integrations.database.agent_orders import AgentOrders
from integrations.database.agent_proposals import AgentProposals
from integrations.database.agent_rows import agent_from, agent_values
from integrations.database.agent_standing import holdings_of
from integrations.database.audit import append
from integrations.database.outbox import add_jobs
from integrations.database.rows import Seals
from integrations.database.store import Store, Work, insert_or_leave
from integrations.database.tables import agent_numbers, agents, entries, postings


class _Overtaken(Exception):
    """Raised in a transaction so that nothing of it stays, never seen outside."""


class DatabaseAgents(AgentOrders, AgentProposals):
    """`app.ports.AgentBook` on SQLite or PostgreSQL."""

    def __init__(self, store: Store, seals: Seals, keyring: Keyring) -> None:
        super().__init__(store, seals)
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
            if connection.execute(new, agent_values(agent)).rowcount == 0:
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
        values = agent_values(agent) | {"revision": seen.revision + 1}
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

    async def holdings(self, code: str, currency: str) -> Holdings:
        return await self._store.read(lambda connection: holdings_of(connection, code, currency))

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
