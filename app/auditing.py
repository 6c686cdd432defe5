"""What `mohala audit` does: prove the log, the histories against it, and put it into a file that proves itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.audit import AuditLine, ChainBroken, Head, LogUnguarded, as_json, checked, from_json, stamp
from app.errors import SettingsWrong
from app.replacing import replace_text
from integrations.database import DatabaseAudit, open_audit

_HEAD = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")
LOOKS_AT_A_REQUEST = 3
TOLD = ("status", "stage", "reason", "evidence")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found to be whole: the newest line, and how many histories agree with the log (None: not looked at)."""

    head: Head
    requests: int | None = None

    def __str__(self) -> str:
        told = f"{self.head.number} lines, unbroken. The head, to be noted elsewhere: {self.head}"
        if self.requests is None:
            return told
        return f"{told}\nThe histories of {self.requests} requests agree with it."


def read_head(text: str) -> Head:
    """A head that was noted, `NUMBER:HASH`; raises `SettingsWrong`."""
    match = _HEAD.fullmatch(text.strip())
    if match is None:
        raise SettingsWrong("A head is NUMBER:HASH, as `mohala audit verify` prints it, with 64 digits in its hash.")
    return Head(int(match[1]), match[2])


def verify(database: str, noted: Head | None) -> Verdict:
    """Prove the log in the database, and that every history says what the log says; raises `ChainBroken`.

    Raises `LogUnguarded` if all of it is whole, and the triggers that keep it so are not there.
    """

    async def prove(log: DatabaseAudit) -> Verdict:
        proof = _Proof(noted)
        while lines := await log.page(proof.head.number):
            proof.take(lines)
        verdict = Verdict(proof.ended(), await _check_histories(log))
        if missing := await log.guards_missing():
            raise LogUnguarded(
                f"The audit log is whole up to {verdict.head}, but the database would let it be changed: trigger "
                f"{', '.join(missing)} is missing. Ask who dropped it, and make it again (docs/audit.md)."
            )
        return verdict

    return _with_log(database, prove)


def verify_file(file: Path, noted: Head | None) -> Verdict:
    """Prove an exported file by itself, without a database; raises `ChainBroken`."""
    proof = _Proof(noted)
    try:
        with file.open("rb") as lines:
            proof.take(from_json(text, place) for place, text in enumerate(lines, 1))
    except OSError as error:
        raise SettingsWrong(f"{file} cannot be read ({error.strerror}); `mohala audit export` writes one.") from None
    return Verdict(proof.ended())


def export(database: str, file: Path) -> Head:
    """Write the whole log as JSON lines, proven on the way; the file appears whole or not at all."""

    async def write(log: DatabaseAudit) -> Head:
        proof = _Proof(None)
        texts: list[str] = []
        while lines := await log.page(proof.head.number):
            proof.take(lines)
            texts += map(as_json, lines)
        replace_text(file, "".join(f"{text}\n" for text in texts))
        return proof.ended()

    return _with_log(database, write)


def lines_of(database: str, subject: str) -> Sequence[AuditLine]:
    """What was done with a request or a version, by its id."""

    async def gather(log: DatabaseAudit) -> Sequence[AuditLine]:
        lines: list[AuditLine] = []
        while page := await log.of(subject, lines[-1].number if lines else 0):
            lines += page
        return lines

    return _with_log(database, gather)


def _with_log(database: str, use: Callable[[DatabaseAudit], Awaitable[T]]) -> T:
    async def work() -> T:
        log = await open_audit(database)
        try:
            return await use(log)
        finally:
            await log.close()

    return asyncio.run(work())


class _Proof:
    """Takes the lines of a log in their order; `noted` is a head that must be among them."""

    def __init__(self, noted: Head | None) -> None:
        self.head = Head()
        self._noted = noted

    def take(self, lines: Iterable[AuditLine]) -> None:
        """Raises `ChainBroken`."""
        for head in checked(lines, self.head):
            self.head = head
            if self._noted and head.number == self._noted.number and head != self._noted:
                raise ChainBroken(f"Line {head.number} is not the one that was noted: the log was written anew.")

    def ended(self) -> Head:
        """The newest line; raises `ChainBroken` if the one that was noted did not come."""
        if self._noted and self._noted.number > self.head.number:
            told = f"The log ends at line {self.head.number}; line {self._noted.number} was noted: its end was cut off."
            raise ChainBroken(told)
        return self.head


async def _check_histories(log: DatabaseAudit) -> int:
    """Of requests that were filed since there is a log; older ones are not counted."""
    count, last = 0, ""
    while page := await log.filed(last):
        for last in page:
            await _check_history(log, last)
            count += 1
    return count


async def _check_history(log: DatabaseAudit, id: str) -> None:
    """Looked at again, if the two differ: the request may be on the move."""
    for _ in range(LOOKS_AT_A_REQUEST):
        story = await log.story(id)
        said = [(line.at, *(line.details.get(name, "") for name in TOLD)) for line in story.lines]
        kept = [(stamp(one.at), one.status, str(one.stage), one.reason, one.evidence) for one in story.history]
        if said == kept and said[-1][1:3] == story.stands:
            return
    raise ChainBroken(f"The history of request {id} is not what the audit log says of it.")
