"""Agents, their orders, what pages confirmed and what clerks decide, as rows of the ledger's database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from app.agency import (
    Agent,
    AgentState,
    Caps,
    Intent,
    IntentKind,
    Order,
    OrderState,
    Proposal,
    ProposalKind,
    ProposalState,
)
from integrations.database.rows import Seals
from integrations.database.store import Store, clean
from integrations.database.tables import agent_orders, agent_proposals


class Reading:
    """What every part of `app.ports.AgentBook` on this database reads with."""

    def __init__(self, store: Store, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    async def _first(self, query: Any, **values: object) -> Row[Any] | None:
        return await self._store.read(lambda connection: connection.execute(query, values).first())

    async def _all(self, query: Any, **values: object) -> Sequence[Row[Any]]:
        return await self._store.read(lambda connection: connection.execute(query, values).all())


def agent_from(row: Row[Any]) -> Agent:
    return Agent(
        row.code, row.point, AgentState(row.state), row.currency, Caps(row.day_payments, row.day_minor), row.added_at,
        row.changed_at, row.revision, row.stated,
    )  # fmt: skip


def agent_values(agent: Agent) -> dict[str, Any]:
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


def order_from(row: Row[Any]) -> Order:
    return Order(
        row.id, row.agent, row.number_id, row.bill_id, row.amount_minor, row.made_at, row.until,
        OrderState(row.state), row.receipt, row.float_minor, row.channel,
    )  # fmt: skip


def intent_from(row: Row[Any]) -> Intent:
    return Intent(
        row.id, IntentKind(row.kind), row.agent, row.number_id, row.bill_id, row.order_id or "", row.at, row.version
    )


def order_values(order: Order) -> dict[str, Any]:
    return {column.name: getattr(order, column.name) for column in agent_orders.c}


def proposal_from(row: Row[Any]) -> Proposal:
    return Proposal(
        row.id, row.agent, ProposalKind(row.kind), row.amount_minor, row.currency, row.asked_by, row.asked_at,
        row.payments, ProposalState(row.state), row.decided_by, row.decided_at, row.reference,
    )  # fmt: skip


def proposal_values(proposal: Proposal) -> dict[str, Any]:
    return {column.name: getattr(proposal, column.name) for column in agent_proposals.c}
