"""Requests with their history, and what is kept of the numbers that filed them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, LargeBinary, Table, Text

from integrations.database.tables.columns import Instant, metadata

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
