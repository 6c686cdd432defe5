"""Agents, what they were asked to confirm, and what is odd of them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from integrations.database.tables.columns import Instant, metadata

agents = Table(
    "agents",
    metadata,
    Column("code", Text, primary_key=True),
    Column("point", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("day_payments", Integer, nullable=False),
    Column("day_minor", BigInteger, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("stated", Text, nullable=False),
    Index("agents_by_point", "point", "code"),
)

agent_numbers = Table(
    "agent_numbers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agent", Text, ForeignKey("agents.code"), nullable=False),
    Column("number_hash", LargeBinary, nullable=False),
    Column("msisdn", LargeBinary, nullable=False),
    Column("activation", LargeBinary, nullable=True),
    Column("invited_until", Instant, nullable=False),
    Column("active_at", Instant, nullable=True),
    Column("usable_at", Instant, nullable=True),
    Column("removed_at", Instant, nullable=True),
    Index(
        "agent_numbers_of_one",
        "number_hash",
        unique=True,
        sqlite_where=text("removed_at IS NULL"),
        postgresql_where=text("removed_at IS NULL"),
    ),
    Index("agent_numbers_by_agent", "agent"),
)
"""`activation` is the keyed hash of the code that activates a number, until it has."""

agent_orders = Table(
    "agent_orders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agent", Text, ForeignKey("agents.code"), nullable=False),
    Column("number_id", Text, nullable=False),
    Column("bill_id", Text, ForeignKey("bills.id"), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("float_minor", BigInteger, nullable=False),
    Column("channel", Text, nullable=False, server_default="sms"),
    Index("agent_orders_by_number", "number_id", "made_at"),
    Index("agent_orders_by_bill", "bill_id", "agent"),
    Index("agent_orders_by_agent", "agent", "made_at"),
    Index("agent_orders_by_time", "made_at"),
)
"""What agents were asked to confirm; `float_minor` is the float right after it was paid. No code stands here."""

agent_intents = Table(
    "agent_intents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("agent", Text, ForeignKey("agents.code"), nullable=False),
    Column("number_id", Text, nullable=False),
    Column("bill_id", Text, ForeignKey("bills.id"), nullable=False),
    Column("order_id", Text, nullable=True, unique=True),
    Column("at", Instant, nullable=False),
    Column("version", Text, nullable=False),
    CheckConstraint("(kind = 'pay') = (order_id IS NOT NULL)", "agent_intents_pay_an_order"),
)
"""What agents said yes to on a page of a menu; a worker carries each out. An order is confirmed by one of them."""

agent_filings = Table(
    "agent_filings",
    metadata,
    Column("request_id", Text, ForeignKey("requests.id"), primary_key=True),
    Column("agent", Text, ForeignKey("agents.code"), nullable=False),
    Column("number_id", Text, nullable=False),
    Column("point", Text, nullable=False),
    Column("attests", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("agent_filings_by_agent", "agent", "at"),
)
"""Requests that agents filed in their own name, such as that they redeem a voucher: who, from where, how, and when."""

agent_proposals = Table(
    "agent_proposals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agent", Text, ForeignKey("agents.code"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("payments", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Instant, nullable=True),
    Column("reference", Text, nullable=False, server_default=""),
    CheckConstraint("amount_minor > 0", "agent_proposals_are_of_something"),
    CheckConstraint("state <> 'approved' OR decided_by <> asked_by", "agent_proposals_take_two"),
    Index("agent_proposals_by_state", "state", "asked_at"),
    Index(
        "agent_proposals_once_a_reference",
        "kind",
        "reference",
        unique=True,
        sqlite_where=text("reference <> '' AND state <> 'refused'"),
        postgresql_where=text("reference <> '' AND state <> 'refused'"),
    ),
)
"""What two clerks decide of agents' money and bounds. One transfer of the bank's tops up one float, once."""

point_caps = Table(
    "point_caps",
    metadata,
    Column("id", Text, primary_key=True),
    Column("point", Text, nullable=False),
    Column("payments", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Instant, nullable=True),
    CheckConstraint("amount_minor > 0 AND payments > 0", "point_caps_are_of_something"),
    CheckConstraint("state <> 'approved' OR decided_by <> asked_by", "point_caps_take_two"),
    Index("point_caps_by_point", "point", "state", "decided_at"),
    Index("point_caps_by_state", "state", "asked_at"),
)
"""What two clerks decide that a service point may take in a day; of a point the last that was approved holds."""

agent_alerts = Table(
    "agent_alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("agent", Text, ForeignKey("agents.code"), nullable=False),
    Column("point", Text, nullable=False),
    Column("week", Date, nullable=False),
    Column("about", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("settled_at", Instant, nullable=True),
    Column("settled_by", Text, nullable=False),
    Index("agent_alerts_by_week", "week", "id"),
    Index("agent_alerts_by_settling", "settled_at", "id"),
)
"""What looked odd of an agent. `about` are receipts, codes of bills and references with blanks between; `week` is its
Monday. Why it was settled stands in the audit log."""

agent_complaints = Table(
    "agent_complaints",
    metadata,
    Column("request_id", Text, ForeignKey("requests.id"), primary_key=True),
    Column("agent", Text, nullable=False),
    Column("point", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("agent_complaints_by_agent", "agent", "at"),
)
"""Whom a complaint names, as far as it names an agent, a point, or a payment of the citizen's own; empty: not."""
