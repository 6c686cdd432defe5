"""What agents were asked to confirm, by text and on pages, in the ledger's database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, and_, bindparam, case, or_, select, update

from app.agency import Intent, Order, OrderState
from app.messages import Job
from integrations.database.agent_rows import Reading, intent_from, order_from, order_values
from integrations.database.outbox import add_jobs
from integrations.database.store import insert_or_leave
from integrations.database.tables import agent_intents, agent_numbers, agent_orders


class AgentOrders(Reading):
    """Orders and intents of `app.ports.AgentBook`."""

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
            if connection.execute(new, order_values(order)).rowcount:
                connection.execute(update(agent_orders).where(others).values(state=OrderState.DROPPED))
            row = connection.execute(select(agent_orders).where(agent_orders.c.id == order.id)).one()
            return order_from(row)

        return await self._store.write(work)

    async def order(self, id: str) -> Order | None:
        row = await self._first(_ORDER, id=id)
        return None if row is None else order_from(row)

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
        return None if row is None else intent_from(row)

    async def newest_order(self, number_id: str, at: datetime, channel: str = "") -> Order | None:
        row = await self._first(_NEWEST_ORDER, number_id=number_id, at=at, channel=channel)
        return None if row is None else order_from(row)

    async def paid_order(self, agent: str, bill_id: str) -> Order | None:
        """The order by which an agent has paid a bill."""
        row = await self._first(_PAID_ORDER, bill_id=bill_id, agent=agent)
        return None if row is None else order_from(row)

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


def _unconfirmed() -> Any:
    """No yes was said to an order on its page: such a one is not dropped by the next citizen's."""
    return ~select(agent_intents.c.id).where(agent_intents.c.order_id == agent_orders.c.id).exists()


# Made once, as all that texts and pages of agents ask is; see `agents`.
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
