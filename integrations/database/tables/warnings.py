"""Who wants to be warned of what, and the warnings."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from integrations.database.tables.columns import Instant, metadata

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
