"""The tables of ledger and outbox, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect

REVISION = "0025"
"""The newest file in `migrations/versions`; a database at any other is refused."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC as whole microseconds since 1970: exact, and in order on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "a moment without a time zone"
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND


class JobState(StrEnum):
    """A leased job is `waiting` with a `lease_until` in the future."""

    WAITING = "waiting"
    DONE = "done"
    SET_ASIDE = "set_aside"


metadata = MetaData()

requests = Table(
    "requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("service", Text, nullable=False),
    Column("number_hash", LargeBinary, nullable=False),
    Column("msisdn", LargeBinary, nullable=False),
    Column("language", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("answers", LargeBinary, nullable=False),
    Column("results", LargeBinary, nullable=False),
    Column("filed_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("version", Text, nullable=False, server_default=""),
    Column("look_at", Instant, nullable=True),
    Column("forget_at", Instant, nullable=True),
    Column("rules", Text, nullable=False, server_default=""),
    Column("mandate", Text, nullable=False, server_default=""),
    Index("requests_by_number", "number_hash", "reference"),
    Index("requests_by_look", "look_at", "id"),
    Index("requests_by_forgetting", "rules", "forget_at"),
)
"""`look_at` is when the house looks at a request again by itself; None: not until it moves. `forget_at` is when the
next of it is to be forgotten, under the retention rules whose mark stands in `rules`. `mandate` is by which an agent
filed it for the citizen."""

request_history = Table(
    "request_history",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("request_id", Text, ForeignKey("requests.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("evidence", Text, nullable=False, server_default=""),
    Index("history_by_request", "request_id", "id"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payload", LargeBinary, nullable=True),
    Column("state", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", Text, nullable=True),
    Column("lease_until", Instant, nullable=True),
    Column("reason", Text, nullable=False),
    Column("ended_at", Instant, nullable=True),
    Column("added_at", Instant, nullable=False, server_default="0"),
    Column("priority", Integer, nullable=False, server_default="1"),
    Column("slot_at", Instant, nullable=True),
    Column("number_hash", LargeBinary, nullable=True),
    Column("lapses", Integer, nullable=False, server_default="0"),
    Index("jobs_by_due", "state", "priority", "due_at"),
    Index("jobs_by_number", "number_hash"),
    # Its locale may sort otherwise than by letters, and then the primary key finds no beginnings.
    Index("jobs_by_beginning", "id", postgresql_ops={"id": "text_pattern_ops"}).ddl_if(dialect="postgresql"),
)
"""`slot_at` is when the job may go to an office that takes no more than so many at a time. `number_hash` is there while
a job carries a number itself: a text to it, or one that came from it. `lapses` counts leases that ran out in a row."""

preferences = Table(
    "preferences",
    metadata,
    Column("number_hash", LargeBinary, primary_key=True),
    Column("language", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

tallies = Table(
    "tallies",
    metadata,
    Column("name", Text, primary_key=True),
    Column("number_hash", LargeBinary, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("count", Integer, nullable=False),
)

sms = Table(
    "sms",
    metadata,
    Column("aggregator", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("job_id", Text, nullable=True),
    Column("status", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sent_at", Instant, nullable=True),
    Column("changed_at", Instant, nullable=False),
    Column("number_hash", LargeBinary, nullable=True),
    Column("kind", Text, nullable=False, server_default=""),
    Column("parts", Integer, nullable=False, server_default="1"),
    Index("sms_by_job", "job_id"),
    Index("sms_by_status", "status", "changed_at"),
    Index("sms_by_number", "number_hash"),
)
"""`job_id` None: a report came of a text that we do not know to have sent, or not yet."""

sms_spent = Table(
    "sms_spent",
    metadata,
    Column("since", Instant, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("parts", Integer, nullable=False),
)
"""Parts of SMS that were reserved in the minutes from `since` on; an hour is the sum of some rows."""

silenced = Table(
    "silenced",
    metadata,
    Column("number_hash", LargeBinary, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
"""Numbers that no text reaches, as an aggregator said."""

rates = Table(
    "rates",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_at", Instant, nullable=False),
)
"""When the next job may go to an office that takes no more than so many at a time."""

doors = Table(
    "doors",
    metadata,
    Column("process", Text, primary_key=True),
    Column("office", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("away_until", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Index("doors_by_time", "seen_at"),
)
"""Offices whose doors are not open in a worker; one that says nothing any more is dead, and its rows tell nothing."""

menu_versions = Table(
    "menu_versions",
    metadata,
    Column("version", Text, primary_key=True),
    Column("pack", Text, nullable=False),
    Column("sources", LargeBinary, nullable=False),
    Column("kept_at", Instant, nullable=False),
)
"""Rows are only ever added."""

publications = Table(
    "publications",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("version", Text, ForeignKey("menu_versions.version"), nullable=False),
    Column("act", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("numbers", Text, nullable=False),
)
"""The newest row names the current version."""

openings = Table(
    "openings",
    metadata,
    Column("session", LargeBinary, primary_key=True),
    Column("version", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("fallen", LargeBinary, nullable=True),
    Index("openings_by_time", "at"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number_hash", LargeBinary, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("act", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("channel", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("menus", Text, nullable=False),
    Column("dialogue", LargeBinary, nullable=False),
    Index("consents_by_number", "number_hash", "at"),
    Index("consents_by_dialogue", "dialogue"),
    Index("consents_by_time", "at"),
)
"""What was agreed to and taken back; rows are only ever added, and the newest of a number and a purpose holds."""

drafts = Table(
    "drafts",
    metadata,
    Column("number_hash", LargeBinary, primary_key=True),
    Column("session", LargeBinary, nullable=False),
    Column("fallen", LargeBinary, nullable=True),
    Column("at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Index("drafts_by_time", "until"),
)
"""The last dialogue of a number that is not finished, and until when it is offered; `fallen` None: it was finished."""

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("audit_by_subject", "subject", "number"),
)
"""Rows are only ever added, triggers see to it; `at` and `details` are the very texts that the hash covers."""

tasks = Table(
    "tasks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("request_id", Text, ForeignKey("requests.id"), nullable=False),
    Column("stage", Integer, nullable=False),
    Column("office", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("promised_at", Instant, nullable=False),
    Column("assignee", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("escalated_at", Instant, nullable=True),
    Column("closed_at", Instant, nullable=True),
    Index("tasks_by_promise", "closed_at", "promised_at", "id"),
    Index("tasks_by_request", "request_id", "stage"),
)

clerks = Table(
    "clerks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("office", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("added_at", Instant, nullable=False),
)
"""Whoever holds a token works at the desk of an office, or of all if `office` is empty."""

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

mandates = Table(
    "mandates",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agent", Text, ForeignKey("agents.code"), nullable=False),
    Column("number_id", Text, nullable=False),
    Column("point", Text, nullable=False),
    Column("number_hash", LargeBinary, nullable=False),
    Column("msisdn", LargeBinary, nullable=False),
    Column("language", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("means", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("given_at", Instant, nullable=True),
    Column("given_by", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    CheckConstraint("(state = 'used') = (request_id <> '')", "mandates_are_used_by_a_request"),
    Index("mandates_by_number", "number_hash", "asked_at"),
    Index("mandates_by_time", "asked_at"),
)
"""What citizens let agents do for them. No code stands here; `number_id` is the agent's number."""

sheet_codes = Table(
    "sheet_codes",
    metadata,
    Column("number_hash", LargeBinary, primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("spent_at", Instant, nullable=True),
    Index("sheet_codes_by_time", "made_at"),
)
"""The codes of the sheet that was printed for a number, as keyed hashes; each is spent once."""

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

statements = Table(
    "statements",
    metadata,
    Column("source", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("day", Date, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("faults", Integer, nullable=False),
    Column("closing_minor", BigInteger),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("vouched_by", Text, nullable=False, server_default=""),
    CheckConstraint('vouched_by <> "by"', "statements_take_two"),
    Index("statements_by_day", "source", "day"),
)
"""Files of wallets and banks by their SHA-256. `faults` are rows that could not be read; `vouched_by` is who else holds
the file to be the wallet's own."""

statement_lines = Table(
    "statement_lines",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("flow", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("amount_minor", BigInteger, primary_key=True, autoincrement=False),
    Column("copy", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("day", Date, nullable=False),
    Column("names", Text, nullable=False),
    Column("bill_code", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("receipt", Text),
    CheckConstraint("amount_minor > 0", "statement_lines_are_of_something"),
    Index("statement_lines_by_day", "source", "day"),
    Index("statement_lines_by_time", "source", "at"),
    Index("statement_lines_by_receipt", "source", "receipt"),
)
"""What statements say happened, each line once however many files hold it; `copy` counts those that one file holds more
than once. `day` is that of the first file, `names` are ids of ours or theirs, each in a line. `receipt` is the booking
that it was matched with."""

differences = Table(
    "differences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("kind", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("line_id", Text, nullable=False),
    Column("copy", Integer, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("theirs_minor", BigInteger, nullable=False),
    Column("theirs_currency", Text, nullable=False),
    Column("ours_minor", BigInteger, nullable=False),
    Column("ours_currency", Text, nullable=False),
    Column("bill_code", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", Text, nullable=False, server_default=""),
    Index("differences_by_state", "state", "source", "day"),
    Index("differences_by_day", "source", "day"),
)

proposals = Table(
    "proposals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text, nullable=False, server_default=""),
    Column("decided_at", Instant),
    CheckConstraint("state <> 'done' OR decided_by NOT IN ('', asked_by)", "proposals_take_two"),
    Index(
        "proposals_one_at_a_time",
        "act",
        "subject",
        unique=True,
        sqlite_where=text("state = 'asked'"),
        postgresql_where=text("state = 'asked'"),
    ),
    Index("proposals_by_state", "state", "asked_at"),
)
"""What one person asked for and another decides; `details` are JSON. Only state and decider ever change: a trigger sees
to it."""

checks = Table(
    "checks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("office", Text, nullable=False),
    Column("number_hash", LargeBinary, nullable=False),
    Column("identity", LargeBinary, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("verified_at", Instant, nullable=True),
    Column("verified_by", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("waiting", LargeBinary, nullable=True),
    Index("checks_by_number", "number_hash", "opened_at"),
    Index("checks_by_time", "opened_at"),
)

check_counts = Table(
    "check_counts",
    metadata,
    Column("what", Text, primary_key=True),
    Column("subject_hash", LargeBinary, primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("count", Integer, nullable=False),
    Index("check_counts_by_time", "since"),
)
"""How often, since the beginning of a window."""

errands = Table(
    "errands",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("point", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("errands_by_time", "at"),
)
"""What was done by phone or at a service point, to be counted. `id` is a keyed hash, so that no key of another table
leads here, and `at` is the hour."""

questions = Table(
    "questions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("number_hash", LargeBinary, nullable=True),
    Column("allowed", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_at", Instant, nullable=True),
    Column("answered_by", Text, nullable=False),
    Column("forget_at", Instant, nullable=True),
    Index("questions_by_number", "number_hash", "opened_at"),
    Index("questions_by_kind", "kind", "opened_at"),
    Index("questions_by_forgetting", "forget_at"),
)
"""What was asked by SMS, and what was answered. `answered_by` is the job of the text that said it; from `forget_at` on
nobody knows who was asked, and then both are None."""

question_turns = Table(
    "question_turns",
    metadata,
    Column("number_hash", LargeBinary, primary_key=True),
    Column("question", Text, nullable=False),
    Column("until", Instant, nullable=False),
    Index("question_turns_by_time", "until"),
)
"""The one question that a number may be asked now: whoever holds the row, until then."""

objections = Table(
    "objections",
    metadata,
    Column("number_hash", LargeBinary, primary_key=True),
    Column("at", Instant, nullable=False),
    Index("objections_by_time", "at"),
)
"""Numbers that want to be asked nothing."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number_hash", LargeBinary, nullable=False),
    Column("msisdn", LargeBinary, nullable=False),
    Column("topic", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("number_hash", "topic", "district", name="subscriptions_are_made_once"),
    Index("subscriptions_by_topic", "topic", "id"),
)
"""Who wants to be warned of what; an empty `district` is all of them. `id` says nothing of any other table's hash."""

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("texts", Text, nullable=False),
    Column("from_hour", Integer, nullable=False),
    Column("to_hour", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("cursor", Text, nullable=False),
    Column("queued", Integer, nullable=False),
    CheckConstraint("queued >= 0", "broadcasts_are_to_somebody"),
    Index("broadcasts_by_time", "made_at"),
)
"""Warnings to all who want them; `texts` are JSON by language. `cursor` is the last subscription for which a text was
put up, so that who goes on begins behind it."""
