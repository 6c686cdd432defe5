"""Which complaints mean that something is missing from a program, and what that leaves in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.compiler.later import LATER_RULES
from app.errors import Complaint

UNREADABLE = frozenset(
    {"encoding", "file-kind", "file-size", "missing-file", "pack-size", "yaml", "yaml-alias", "yaml-depth", "yaml-tag"}
)  # fmt: skip
"""A file of the pack, or what follows in it, is not there."""
LOOSE = frozenset({"bad-condition", "not-an-entrance", "reserved-key", "uncovered-outcome", "unknown-screen"})
"""Something leads nowhere, but every screen of the program still has its texts and names."""
HOLES = UNREADABLE | LOOSE | {
    "bad-placeholder", "empty-range", "menu-loop", "missing-argument", "missing-key", "missing-text",
    "name-twice", "screen-kind", "unknown-argument",
    "unknown-check", "unknown-country", "unknown-file", "unknown-kind", "unknown-language", "unknown-locale",
    "unknown-name", "unknown-number", "unknown-office", "unknown-operation", "unknown-outcome", "unknown-program",
    "unknown-result", "unknown-service", "unknown-status", "unknown-timezone", "unknown-type",
    "wrong-arguments", "wrong-shape",
}  # fmt: skip
"""Complaints made while a program is put together, after which a part of it is left out or stands for something else.

What such a part would touch is not checked, which would only confuse, and a published version with one is refused.
Any other rule, also one that comes later, says that whole screens should be otherwise: it takes no published version
from the citizens who are on it.
"""
FOLLOWING = frozenset(
    {
        "bad-condition", "choice-as-text", "choice-words", "dead-end", "idle-bound", "missing-argument",
        "published-number",
        "unknown-argument", "unknown-name", "unknown-outcome", "unknown-result", "unknown-screen",
        "unknown-service", "wrong-arguments", "wrong-type",
    }
)  # fmt: skip
"""What may only follow from a file that could not be read: nobody is told of it before that file can be."""
COMMON = frozenset({"pack.yaml", "places.yaml", "services.yaml"})
"""What every program builds on."""


def is_whole(complaints: Iterable[Complaint], *, is_published: bool = False) -> bool:
    """Whether what was put together has all that its author wrote. Asked before checks, which use some names again.

    `is_published`: what the menu language came to ask for later may lack.
    """
    holes = HOLES - LATER_RULES if is_published else HOLES
    return not any(complaint.rule in holes for complaint in complaints)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is in doubt because of some files; `built_on` are, for each program, all the files that it is built on."""

    files: frozenset[str]
    built_on: Mapping[str, frozenset[str]]

    def programs(self) -> frozenset[str]:
        everywhere = bool(self.files & COMMON)
        return frozenset(name for name, files in self.built_on.items() if everywhere or files & self.files)

    def followed(self) -> frozenset[str]:
        """The files where something may be wrong only because of these."""
        doubtful = {file for name in self.programs() for file in self.built_on[name]}
        sure = {f"{name}.yaml" for name in self.built_on.keys() - self.programs()}
        return frozenset(doubtful - sure)


def told(complaints: Iterable[Complaint], doubt: Doubt, first: frozenset[Complaint]) -> list[Complaint]:
    """The complaints without those that only say once more that files could not be read, which `first` has said."""
    followed = doubt.followed()

    def follows(one: Complaint) -> bool:
        if one.rule == "unknown-translation":  # of a text that could not be read
            return bool(doubt.files)
        if one.rule == "missing-translation":
            return any(file in one.text for file in doubt.files)
        return one.file in doubt.files or (one.rule in FOLLOWING and one.file in followed)

    return [one for one in complaints if one in first or not follows(one)]


def loose_files(complaints: Iterable[Complaint]) -> frozenset[str]:
    """Files with a way that leads nowhere and stands for another meanwhile, so that nothing follows from it."""
    return frozenset(one.file for one in complaints if one.rule in LOOSE)


def holed_files(complaints: Iterable[Complaint]) -> frozenset[str]:
    """Files after which the screens built on them may lack a text or a name, so that nothing can be proven of them."""
    return frozenset(one.file for one in complaints if one.rule in (HOLES - LOOSE) | {"bad-name"})
