"""What must hold of an agent while money is taken, and what an agent holds, in the transaction that asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select, update

from app.agency import AgentState, Caps, Holdings, OrderState, Standing
from app.books import agent_commission, agent_float, agent_way
from app.payments import Refund
from app.ports import Taken
from integrations.database.balances import balance
from integrations.database.point_caps import caps_of
from integrations.database.tables import agent_numbers, agent_orders, agents, bills, payments


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


def _taken(ways: Sequence[str], since: datetime) -> Any:
    """How many payments came by some agents since then, what they sum to and what commission, without what was given
    back.
    """
    mine = and_(payments.c.wallet.in_(ways), payments.c.at >= since, payments.c.refund != Refund.DONE)
    sums = func.count(), func.sum(payments.c.amount_minor), func.sum(bills.c.commission_minor)
    return select(*sums).join(bills, bills.c.id == payments.c.bill_id).where(mine)


def holdings_of(connection: Connection, code: str, currency: str) -> Holdings:
    return Holdings(
        *(balance(connection, account, currency) for account in (agent_float(code), agent_commission(code)))
    )


def use(connection: Connection, standing: Standing, receipt: str, currency: str) -> None:
    """The order became a payment: its code is spent."""
    left = balance(connection, agent_float(standing.agent), currency)
    values = {"state": OrderState.USED, "receipt": receipt, "float_minor": left}
    connection.execute(update(agent_orders).where(agent_orders.c.id == standing.order_id).values(values))
