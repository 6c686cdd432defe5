"""The audit log: who did what with which request and why, chained by hashes so that no line can be changed unseen.

A line names no citizen: its subject is a request's or a version's id. What a line's hash covers is its canonical JSON
(keys in order, no blanks, UTF-8) with the hash of the line before it, so a checker needs this file and SHA-256.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from app.errors import MohalaError

BEFORE_THE_FIRST = "0" * 64
"""Stands for the hash of the line before the first."""
HOUSE = "house"
"""The actor of what the house does by itself: its worker, its schedules."""
CITIZEN = "citizen"
ASK = "ask"
"""The act of whoever asks an office: about a person while a citizen waits, or in vain for a request."""


class ChainBroken(MohalaError):
    """A line of the audit log is not the one that was written, or is missing."""


class LogUnguarded(MohalaError):
    """The database would let lines of the audit log be changed."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What somebody did. `actor` is `house`, `citizen`, `clerk:NAME` or `operator:NAME`; `act` a word such as `move`.

    `purpose` is why: the service, or what the operator said. `details` names no citizen and holds no typed text.
    """

    at: datetime
    actor: str
    act: str
    subject: str
    purpose: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


class AuditLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry in its place. `at` is ISO 8601 in UTC with microseconds, `hash` that of this line."""

    number: int
    at: str
    actor: str
    act: str
    subject: str
    purpose: str
    details: dict[str, str]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The place and the hash of the newest line; whoever notes it can prove later that nothing before it changed."""

    number: int = 0
    hash: str = BEFORE_THE_FIRST

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def line_after(head: Head, entry: AuditEntry) -> AuditLine:
    """The line that an entry becomes behind the newest one."""
    assert entry.at.utcoffset() is not None, "a moment without a time zone"
    line = AuditLine(
        head.number + 1,
        stamp(entry.at),
        entry.actor,
        entry.act,
        entry.subject,
        entry.purpose,
        dict(entry.details),
        head.hash,
        "",
    )
    return msgspec.structs.replace(line, hash=_hash(line))


def checked(lines: Iterable[AuditLine], after: Head) -> Iterator[Head]:
    """The head after each line; raises `ChainBroken` at the first that does not follow from the one before it."""
    head = after
    for line in lines:
        if line.number != head.number + 1:
            raise ChainBroken(f"Line {head.number + 1} of the audit log is missing; line {line.number} stands there.")
        if line.previous != head.hash:
            told = f"Line {line.number} of the audit log does not follow line {head.number}: one of them was altered."
            raise ChainBroken(told)
        if line.hash != _hash(line):
            raise ChainBroken(f"Line {line.number} of the audit log was altered after it was written.")
        head = Head(line.number, line.hash)
        yield head


def as_json(line: AuditLine) -> str:
    """One line of an exported file."""
    return msgspec.json.encode(line).decode()


def from_json(text: str | bytes, place: int) -> AuditLine:
    """Raises `ChainBroken` for what is no line; `place` is its line in the file, from 1."""
    try:
        return msgspec.json.decode(text, type=AuditLine)
    except (msgspec.MsgspecError, UnicodeError):
        raise ChainBroken(f"Line {place} of the file is no line of an audit log.") from None


def stamp(at: datetime) -> str:
    """ISO 8601 in UTC with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _hash(line: AuditLine) -> str:
    covered = {name: value for name, value in msgspec.structs.asdict(line).items() if name != "hash"}
    text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
