"""The history of a load run: one line a callback, what was sent and what was answered, in a file of JSON lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO

import msgspec

from app.errors import SettingsWrong
from app.reference import read_reference

FILE = "history.jsonl"
_REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{5}\b")


class Deed(StrEnum):
    """Why a callback was sent. `rival`: another input on the page on which one is typed at that moment."""

    DIAL = "dial"
    TYPE = "type"
    REPEAT = "repeat"
    CONTRADICTION = "contradiction"
    RIVAL = "rival"
    AFTER_END = "after_end"


class Trouble(StrEnum):
    """Why a callback has no answer. `not_sent`: too many others were in flight, so it never left."""

    NOT_SENT = "not_sent"
    NO_ANSWER = "no_answer"
    LOST = "lost"


class Run(msgspec.Struct, frozen=True, tag="run", tag_field="line"):
    """The first line: what was run. `rate` is in callbacks a second, `began_at` is in UTC.

    `refusals` are the last pages by which nothing moved, by the name of their phrase; `page_septets_max` holds for
    every page, `CON ` included. `yes` is how the first option of a page that asks to confirm is written, in each
    language; none: it is not known.
    """

    name: str
    shape: str
    seed: int
    rate: float
    seconds: float
    began_at: datetime
    page_septets_max: int
    refusals: Mapping[str, tuple[str, ...]]
    yes: tuple[str, ...] = ()


class Exchange(msgspec.Struct, frozen=True, tag="callback", tag_field="line", omit_defaults=True):
    """One callback. `number` is made up; `code` is what was dialled, `text` the transcript as it was sent.

    `due`, `ready`, `sent` and `answered` are seconds since the run began: when it should have left, when the driver was
    ready for it, when there was room and it left, when the whole answer was there or none was waited for any longer.
    `answer` is the body as it came. `fell` is the session after whose fall this one was dialled. `citizen` is for whom
    an agent dialled; empty: nobody but themselves.
    """

    number: str
    session: str
    code: str
    deed: Deed
    text: str
    due: float
    ready: float
    sent: float
    answered: float
    status: int = 200
    kind: str = "text/plain"
    answer: str = ""
    trouble: Trouble | None = None
    fell: str = ""
    citizen: str = ""

    @property
    def whose(self) -> str:
        """The number that a request stands under which is filed here."""
        return self.citizen or self.number

    @property
    def goes_on(self) -> bool:
        return self.status == 200 and self.answer.startswith("CON ")

    @property
    def is_last(self) -> bool:
        return self.status == 200 and self.answer.startswith("END ")

    @property
    def page(self) -> str:
        """What a handset shows; empty if the answer is no page."""
        return self.answer[4:] if self.goes_on or self.is_last else ""

    @property
    def latency(self) -> float:
        """Seconds from when it should have left, so that a late driver hides nothing."""
        return self.answered - self.due


class Word(StrEnum):
    """What an aggregator tells beside a dialogue: that one is over, or that a text came in."""

    ENDED = "ended"
    TEXT = "text"


class Notice(msgspec.Struct, frozen=True, tag="notice", tag_field="line", omit_defaults=True):
    """One such word. `id` is the session or the text's own, `text` how it ended or what was texted; times are as in an
    Exchange, `answered` those of the last of its `tries`.
    """

    number: str
    word: Word
    id: str
    code: str
    text: str
    due: float
    sent: float
    answered: float
    status: int = 200
    trouble: Trouble | None = None
    tries: int = 1

    @property
    def is_text(self) -> bool:
        return self.word is Word.TEXT

    @property
    def is_taken(self) -> bool:
        return self.status == 200 and self.trouble is None


class Cut(msgspec.Struct, frozen=True, tag="end", tag_field="line"):
    """The last line: citizens who never came because too many were there, and those who were cut off at the end."""

    not_begun: int
    cut_off: int


class History(msgspec.Struct, frozen=True):
    run: Run
    exchanges: tuple[Exchange, ...]
    cut: Cut | None
    notices: tuple[Notice, ...] = ()


class HistoryWriter:
    """Appends to a new file; what a run that died has written can be read."""

    def __init__(self, file: IO[bytes], run: Run) -> None:
        self._file = file
        self._encoder = msgspec.json.Encoder()
        self.write(run)

    def write(self, line: Run | Exchange | Notice | Cut) -> None:
        self._file.write(self._encoder.encode(line) + b"\n")


def read_history(directory: Path) -> History:
    """What a run left in its directory; raises `SettingsWrong` if it is none. A last line cut short is left out."""
    try:
        lines = (directory / FILE).read_bytes().split(b"\n")[:-1]
        read = [msgspec.json.decode(line, type=Run | Exchange | Notice | Cut) for line in lines]
    except (OSError, msgspec.MsgspecError):
        raise SettingsWrong(f"{directory / FILE} is no history of a load run; `mohala load` writes one.") from None
    if not read or not isinstance(read[0], Run):
        raise SettingsWrong(f"{directory / FILE} does not begin with its run; `mohala load` writes it anew.")
    exchanges = tuple(line for line in read if isinstance(line, Exchange))
    cut = read[-1] if isinstance(read[-1], Cut) else None
    notices = tuple(line for line in read if isinstance(line, Notice))
    return History(read[0], exchanges, cut, notices)


def typed_in(transcript: str) -> frozenset[str]:
    """The references that were typed, with a hyphen or without, in canonical form."""
    found = (read_reference(part) for part in transcript.split("*"))
    return frozenset(reference for reference in found if reference is not None)


def references_in(text: str) -> tuple[str, ...]:
    """The references that stand in a page, in canonical form, each once."""
    found = (read_reference(match) for match in _REFERENCE.findall(text))
    return tuple(dict.fromkeys(reference for reference in found if reference is not None))
