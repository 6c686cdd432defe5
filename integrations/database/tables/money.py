"""Bills, what paid them, and the books."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from integrations.database.tables.columns import Instant, metadata

bills = Table(
    "bills",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("request_id", Text, ForeignKey("requests.id"), nullable=False),
    Column("stage", Integer, nullable=False),
    Column("service", Text, nullable=False),
    Column("number_hash", LargeBinary, nullable=False),
    Column("msisdn", LargeBinary, nullable=False),
    Column("currency", Text, nullable=False),
    Column("minor_digits", Integer, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    Column("charge_minor", BigInteger, nullable=False),
    Column("fee_to", Text, nullable=False),
    Column("charge_to", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("receipt", Text, unique=True),
    Column("commission_minor", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("commission_minor BETWEEN 0 AND charge_minor", "bills_commission"),
    CheckConstraint("fee_minor >= 0 AND charge_minor >= 0 AND fee_minor + charge_minor > 0", "bills_cost"),
    CheckConstraint(
        "(receipt IS NOT NULL) = (state IN ('paid', 'refund_asked', 'refunded'))", "bills_are_paid_by_a_payment"
    ),
    Index("bills_by_number", "number_hash", "created_at"),
    Index("bills_by_request", "request_id"),
)

pushes = Table(
    "pushes",
    metadata,
    Column("bill_id", Text, ForeignKey("bills.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("effect", Text, nullable=False),
    Column("wallet", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("is_asked", Integer, nullable=False, server_default="0"),
    Column("asked_at", Instant),
    CheckConstraint("number > 0", "pushes_count_from_one"),
    Index("pushes_by_effect", "effect"),
)
"""Which wallets were to ask for the money of bills, and by which step of a dialogue; whom, only the job says.
`asked_at` is when one was last to be sent; None: it never was."""

payments = Table(
    "payments",
    metadata,
    Column("receipt", Text, primary_key=True),
    Column("wallet", Text, nullable=False),
    Column("correlation", Text, nullable=False),
    Column("server_id", Text, nullable=False, unique=True),
    Column("bill_id", Text, ForeignKey("bills.id"), nullable=False),
    Column("paid_bill", Text, ForeignKey("bills.id"), unique=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("payer_hash", LargeBinary),
    Column("payer", LargeBinary, nullable=False),
    Column("unfit", Text, nullable=False),
    Column("refund", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("posting", Text, ForeignKey("postings.id", deferrable=True, initially="DEFERRED"), nullable=False),
    Column("forgotten_at", Instant, nullable=True),
    Column("reference_hash", LargeBinary),
    Column("left_back_minor", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("wallet", "correlation", name="payments_come_once"),
    CheckConstraint("amount_minor > 0", "payments_are_of_something"),
    CheckConstraint("(paid_bill IS NOT NULL) = (unfit = '')", "payments_pay_or_are_unfit"),
    Index("payments_by_bill", "bill_id"),
    Index("payments_by_payer", "payer_hash"),
    Index("payments_by_wallet", "wallet", "at"),
    Index("payments_by_forgetting", "forgotten_at", "at"),
    Index("payments_by_reference", "reference_hash"),
    Index("payments_by_time", "wallet", "at"),
)
"""`paid_bill` is the bill that a payment paid, so that no bill is paid twice; what came is never changed or deleted.
`forgotten_at` is when it was forgotten who paid; None: not yet. `reference_hash` is of the wallet's own reference.
`left_back_minor` is what was given back of what was left beside the bill that it paid from suspense."""

applications = Table(
    "applications",
    metadata,
    Column("receipt", Text, ForeignKey("payments.receipt"), primary_key=True),
    Column("bill_id", Text, ForeignKey("bills.id"), nullable=False, unique=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("posting", Text, ForeignKey("postings.id", deferrable=True, initially="DEFERRED"), nullable=False),
    CheckConstraint("amount_minor > 0", "applications_are_of_something"),
)
"""Money in suspense that paid another bill than it came for; rows are only ever added. Triggers keep a bill from being
paid both so and by money that came for it."""

postings = Table(
    "postings",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Index("postings_by_receipt", "receipt"),
)
"""Rows are only ever added, and only behind entries that sum to zero: triggers see to it."""

entries = Table(
    "entries",
    metadata,
    Column("posting", Text, ForeignKey("postings.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    CheckConstraint("amount_minor <> 0", "entries_are_of_something"),
    Index("entries_by_account", "account"),
)
"""Rows are only ever added, before their posting."""

balances = Table(
    "balances",
    metadata,
    Column("account", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
    CheckConstraint("amount_minor >= 0 OR account NOT LIKE 'agent:%:float'", "balances_of_floats"),
)
"""The sum of the entries of each account of an agent, kept in their transaction, so that no two debits overdraw it."""
