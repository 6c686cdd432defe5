"""The audit log, clerks and the lines of their work lists."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from integrations.database.tables.columns import Instant, metadata

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
