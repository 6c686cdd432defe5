"""The tables of ledger and outbox, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from integrations.database.tables.agents import (
    agent_alerts,
    agent_complaints,
    agent_filings,
    agent_intents,
    agent_numbers,
    agent_orders,
    agent_proposals,
    agents,
    point_caps,
)
from integrations.database.tables.clerks import audit, clerks, tasks
from integrations.database.tables.columns import REVISION, Instant, metadata
from integrations.database.tables.menus import menu_versions, openings, publications
from integrations.database.tables.money import applications, balances, bills, entries, payments, postings, pushes
from integrations.database.tables.outbox import JobState, doors, jobs, rates, silenced, sms, sms_spent
from integrations.database.tables.people import (
    check_counts,
    checks,
    consents,
    mandates,
    objections,
    question_turns,
    questions,
    sheet_codes,
)
from integrations.database.tables.requests import drafts, errands, preferences, request_history, requests, tallies
from integrations.database.tables.statements import differences, proposals, statement_lines, statements
from integrations.database.tables.warnings import broadcasts, subscriptions

__all__ = [
    "REVISION",
    "Instant",
    "JobState",
    "agent_alerts",
    "agent_complaints",
    "agent_filings",
    "agent_intents",
    "agent_numbers",
    "agent_orders",
    "agent_proposals",
    "agents",
    "applications",
    "audit",
    "balances",
    "bills",
    "broadcasts",
    "check_counts",
    "checks",
    "clerks",
    "consents",
    "differences",
    "doors",
    "drafts",
    "entries",
    "errands",
    "jobs",
    "mandates",
    "menu_versions",
    "metadata",
    "objections",
    "openings",
    "payments",
    "point_caps",
    "postings",
    "preferences",
    "proposals",
    "publications",
    "pushes",
    "question_turns",
    "questions",
    "rates",
    "request_history",
    "requests",
    "sheet_codes",
    "silenced",
    "sms",
    "sms_spent",
    "statement_lines",
    "statements",
    "subscriptions",
    "tallies",
    "tasks",
]
