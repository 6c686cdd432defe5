"""What citizens agreed to, whom they let act, how they proved who they are, and what they were asked."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from integrations.database.tables.columns import Instant, metadata

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
