"""Menus that were published, and dialogues that began on them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from integrations.database.tables.columns import Instant, metadata

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
