"""Every error that Mohala raises on purpose; each says what to do next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app import limits
from app.printable import printable, shortened


class MohalaError(Exception):
    """Root of the tree: the message is one sentence that an operator can act on."""


class SettingsWrong(MohalaError):
    """A setting, a key file or a server is not usable; raised at start-up only."""


class FileUnfit(SettingsWrong):
    """A file that a tool was told to write, and may not replace or cannot write; it is as it was."""


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """One mistake of a menu author: where it stands and what to do about it."""

    file: str
    line: int
    column: int
    rule: str
    text: str
    screen: str = ""

    def __str__(self) -> str:
        where = f" [{shortened(self.screen, limits.complaint_letters_max)}]" if self.screen else ""
        told = printable(f"{self.file}:{self.line}:{self.column}: {self.rule}:{where} {self.short}")
        return told.replace("\n", "\\n")  # one line, so that no text can pretend to be a complaint of its own

    @property
    def short(self) -> str:
        """The text. What it quotes may be as long as a file; what to do about it stands behind that, and is kept."""
        cut = re.sub(f"`[^`]{{{limits.complaint_quote_letters_max + 1},}}`", _cut, self.text)
        return shortened(cut, limits.complaint_letters_max)


def _cut(quoted: re.Match[str]) -> str:
    return f"`{shortened(quoted[0][1:-1], limits.complaint_quote_letters_max)}`"


def lines_of(complaints: Sequence[Complaint]) -> list[str]:
    """A line for each complaint, as many as anybody reads, and how many are left."""
    left = len(complaints) - limits.complaints_told_max
    told = [str(complaint) for complaint in complaints[: limits.complaints_told_max]]
    return [*told, f"and {left} more."] if left > 0 else told


class MenuRefused(MohalaError):
    """A pack did not compile; carries every complaint at once, in reading order; its text tells the first of them."""

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        super().__init__("\n".join(lines_of(complaints)))
        self.complaints = complaints


class VersionUnusable(MohalaError):
    """A version of the menus was never published here, was altered since, or does not compile any more."""


class NotOurs(MohalaError):
    """A callback that is not in its aggregator's format; the message never repeats its content."""


class ServiceFailed(MohalaError):
    """An office gave no usable answer.

    `retryable` says that the same work may be tried again with the same key. `late` says that time ran
    out or the answer was lost: the office may or may not have done the work. `closed_seconds`: the office was
    not asked, and there is no use in asking for so long. `evidence` names the exchange by ids alone:
    its answer was not understood, or never came.
    """

    def __init__(
        self,
        reason: str,
        *,
        retryable: bool,
        late: bool = False,
        closed_seconds: float | None = None,
        evidence: str = "",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable
        self.late = late
        self.closed_seconds = closed_seconds
        self.evidence = evidence


class DeskRefused(MohalaError):
    """A clerk may not do this, or not now; the text says why and what may be done."""


class TooManyGuesses(MohalaError):
    """Somebody tried too many codes; none is looked at for them any more today."""


class StoreUnavailable(MohalaError):
    """The session store or the ledger's database did not answer in time."""


class SessionTooLarge(MohalaError):
    """A session that would take more room in the store than one may; the store itself is well."""


class SealBroken(MohalaError):
    """Sealed bytes were altered, or sealed with a key that is no longer held."""


def place_of(error: BaseException) -> str:
    """What kind of error and in which file and line: never its text, which may hold what a citizen typed."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = trace.tb_frame.f_code.co_filename.rpartition("/")[2]
    return f"{type(error).__name__} at {file}:{trace.tb_lineno}"
