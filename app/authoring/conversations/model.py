"""What a recorded conversation says: who does what, what is shown, what offices answer, which texts arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.authoring.conversations.wording import NOTHING, Wording
from app.messages import Answered, Down, Late, Pending, Refused

OfficeAnswer = Answered | Refused | Pending | Late | Down


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Verb(StrEnum):
    """What somebody can do in a turn; each is the key that the file has for it."""

    DIALS = "dials"
    TYPES = "types"
    TEXTS = "texts"
    WAITS = "waits"
    DROPS = "drops"


@dataclass(frozen=True, slots=True)
class Action:
    """`text` is what is dialled, typed or texted, standing at `place`; `seconds` how long somebody waits."""

    verb: Verb
    text: Wording = NOTHING
    seconds: float = 0.0
    place: Place | None = None

    def __str__(self) -> str:
        return self.told({})

    def told(self, captures: Mapping[str, str]) -> str:
        """What is done, in the words of the file and with what was captured."""
        told = f"{self.seconds:g} s" if self.verb is Verb.WAITS else self.text.fill(captures)
        return f"{self.verb} {told}".rstrip()


@dataclass(frozen=True, slots=True)
class Expected:
    """A text that must come."""

    place: Place
    text: Wording


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing done and what is seen afterwards; `number` hands over to another phone, from this turn on.

    `ends` None: whether the dialogue is over does not matter.
    """

    place: Place
    number: str | None = None
    action: Action | None = None
    page: Expected | None = None
    ends: bool | None = None
    ends_place: Place | None = None
    sms: Expected | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """What an office operation (`office.operation`) answers, in order; the last answer repeats."""

    place: Place
    answers: tuple[OfficeAnswer, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """`black_box`: it comes from a tester that sees only pages, so texts that nobody receives are no fault.

    `network` None: the one that a number of this prefix most likely has.
    """

    name: str
    place: Place
    dial: Wording | None
    number: str
    network: str | None
    language: str | None
    at: datetime
    offices: Mapping[str, Script]
    turns: tuple[Turn, ...]
    black_box: bool = False
