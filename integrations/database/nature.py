"""What each column of the database is, and how long it stays: the page that no new table gets past.

A test holds it against the tables, the sweep and the proof go by it, and the processing register is printed from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Nature(StrEnum):
    TECHNICAL = "technical"  # ids, versions, states and moments of the house; names nobody
    LOOKUP = "lookup"  # a keyed hash of a number or a dialogue: tells who only to whoever has the key and the number
    SEALED = "sealed"  # a citizen's data, sealed
    STAFF = "staff"  # who works here: clerks, operators
    PUBLISHED = "published"  # menus, for everybody to read


@dataclass(frozen=True, slots=True)
class Table:
    """`stays` says for how long what names a citizen is there; empty if nothing does. `{language_days}` and
    `{messages_days}` are the pack's.
    """

    holds: str
    stays: str
    columns: Mapping[str, Nature]


def _table(holds: str, stays: str = "", **columns: str) -> Table:
    named = {name: Nature(nature) for nature, names in columns.items() for name in names.split()}
    return Table(holds, stays, named)


TABLES: Mapping[str, Table] = {
    "requests": _table(
        "requests: number, answers, results",
        "each field for the days of its class, all of it for those of its purpose, from the end of the request",
        technical="id reference service language status reason stage filed_at changed_at version forget_at rules",
        lookup="number_hash",
        sealed="msisdn answers results",
    ),
    "request_history": _table(
        "how each request went", technical="id request_id status stage reason at evidence"
    ),
    "jobs": _table(
        "work and texts that are to be sent",
        "until done; what was set aside for a person, {messages_days} days",
        technical="id kind state due_at attempts lease lease_until reason ended_at added_at",
        sealed="payload",
    ),
    "preferences": _table(
        "the language that was chosen",
        "{language_days} days from when it was chosen",
        lookup="number_hash",
        technical="language changed_at",
    ),
    "tallies": _table(
        "what a number did in a day, as counts", "two days", lookup="number_hash", technical="name day count"
    ),
    "sms": _table(
        "what became of an SMS: no number, no text",
        "{messages_days} days",
        technical="aggregator message_id job_id status raw reason sent_at changed_at",
    ),
    "menu_versions": _table("published menus", published="version pack sources kept_at"),
    "publications": _table("who published which menus", published="number version act at note numbers", staff="by"),
    "openings": _table(
        "how a dialogue began, and what of one that fell it offered to go on with",
        "two hours",
        lookup="session",
        technical="version at",
        sealed="fallen",
    ),
    "consents": _table(
        "what was agreed to and taken back, when, how and in which words",
        "while it stands; then three years, as proof",
        lookup="number_hash dialogue",
        technical="id purpose version act at channel language menus",
    ),
    "drafts": _table(
        "the last dialogue of a number that is not finished: what was typed, never a secret",
        "for as long as its program offers to go on",
        lookup="number_hash session",
        sealed="fallen",
        technical="at until",
    ),
    "audit": _table(
        "who did what; requests by their ids", technical="number at act subject details previous hash purpose",
        staff="actor",
    ),
    "tasks": _table(
        "work lists of offices without a system",
        technical="id request_id stage office operation opened_at promised_at revision escalated_at closed_at",
        staff="assignee",
    ),
    "clerks": _table("who may work at a desk", staff="name office token_hash added_at"),
}  # fmt: skip
