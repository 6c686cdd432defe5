"""Which complaints mean that something is missing from a program, and which only that it should be otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from app.errors import Complaint

UNREADABLE = frozenset(
    {"file-size", "missing-file", "pack-size", "yaml", "yaml-alias", "yaml-depth", "yaml-tag"}
)  # fmt: skip
"""A file of the pack, or what follows in it, is not there: nothing can be linked."""
HOLES = UNREADABLE | {
    "bad-condition", "bad-placeholder", "empty-range", "menu-loop", "missing-argument", "missing-key", "missing-text",
    "name-twice", "not-an-entrance", "reserved-key", "screen-kind", "uncovered-outcome", "unknown-argument",
    "unknown-check", "unknown-country", "unknown-file", "unknown-kind", "unknown-language", "unknown-locale",
    "unknown-name", "unknown-number", "unknown-office", "unknown-operation", "unknown-outcome", "unknown-program",
    "unknown-result", "unknown-screen", "unknown-service", "unknown-status", "unknown-timezone", "unknown-type",
    "wrong-arguments", "wrong-shape",
}  # fmt: skip
"""Complaints made while a program is put together, after which a part of it is left out or stands for something else.

Checks on such a program would only confuse, and a published version with one is refused. Any other rule, also one that
comes later, says that whole screens should be otherwise: it takes no published version from the citizens who are on it.
"""


def can_be_linked(complaints: Iterable[Complaint]) -> bool:
    """Whether every file was read as far as it goes."""
    return not any(complaint.rule in UNREADABLE for complaint in complaints)


def is_whole(complaints: Iterable[Complaint]) -> bool:
    """Whether what was put together has all that its author wrote. Asked before checks, which use some names again."""
    return not any(complaint.rule in HOLES for complaint in complaints)
