"""The tables of ledger and outbox, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
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
)
from sqlalchemy.engine import Dialect

REVISION = "0010"
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
    Column("forget_at", Instant, nullable=True),
    Column("rules", Text, nullable=False, server_default=""),
    Index("requests_by_number", "number_hash", "reference"),
    Index("requests_by_forgetting", "rules", "forget_at"),
)
"""`forget_at` is when the next of it is to be forgotten, under the retention rules whose mark stands in `rules`."""

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
    Index("jobs_by_due", "state", "due_at"),
)

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
    Index("sms_by_job", "job_id"),
)

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
"""Rows are only ever added; `at` and `details` are the very texts that the hash covers."""

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
