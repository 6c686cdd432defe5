"""Jobs, the SMS that went out, and how fast anybody may be asked."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from integrations.database.tables.columns import Instant, metadata


class JobState(StrEnum):
    """A leased job is `waiting` with a `lease_until` in the future."""

    WAITING = "waiting"
    DONE = "done"
    SET_ASIDE = "set_aside"


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
