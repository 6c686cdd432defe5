"""Statements of wallets and banks, and what two people decide of them."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Integer, Table, Text, text

from integrations.database.tables.columns import Instant, metadata

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
