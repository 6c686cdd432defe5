"""What a recorded conversation says: who does what, what is shown, what offices answer, which texts arrive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from app.agency import AgentState
from app.authoring.conversations.matching import TooSlow
from app.authoring.conversations.wording import NOTHING, Wording
from app.errors import Complaint, MenuRefused
from app.handsets import Handsets
from app.messages import Answered, Down, Late, Pending, Refused

Read = TypeVar("Read")
OfficeAnswer = Answered | Refused | Pending | Late | Down


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


CITIZEN = "citizen"
"""The name that the conversation's own phone has in turns, and its number until the pack says which that is."""


class Verb(StrEnum):
    """What somebody can do in a turn; each is the key that the file has for it."""

    DIALS = "dials"
    TYPES = "types"
    TEXTS = "texts"
    WAITS = "waits"
    DROPS = "drops"
    PAYS = "pays"
    REPORTS = "reports"
    SUSPENDS = "suspends"
    TOPS_UP = "tops_up"
    PAYS_OUT = "pays_out"
    JOINS = "joins"
    LEAVES = "leaves"
    GIVES_BACK = "gives_back"
    KEEPS = "keeps"


@dataclass(frozen=True, slots=True)
class Action:
    """`text` is what is dialled, typed, texted, paid, reported, suspended or moved, at `place`; `seconds` how long
    somebody waits; `times` how often one text or payment is delivered.
    """

    verb: Verb
    text: Wording = NOTHING
    seconds: float = 0.0
    place: Place | None = None
    times: int = 1

    def __str__(self) -> str:
        return self.told({})

    def told(self, captures: Mapping[str, str]) -> str:
        """What is done, in the words of the file and with what was captured."""
        told = f"{self.seconds:g} s" if self.verb is Verb.WAITS else self.text.fill(captures)
        often = f" ({self.times} times)" if self.times > 1 else ""
        return f"{self.verb} {told}".rstrip() + often


@dataclass(frozen=True, slots=True)
class Expected:
    """A text that must come. Whether it has come is asked here, for a match that takes too long has its place."""

    place: Place
    text: Wording

    def read(self, seen: str, captures: Mapping[str, str]) -> Mapping[str, str] | None:
        """As `Wording.read`; raises `MenuRefused` with one complaint instead of `TooSlow`."""
        return self._timed(self.text.read, seen, captures)

    def read_lines(self, seen: str, captures: Mapping[str, str]) -> Mapping[str, str]:
        """As `Wording.read_lines`; raises `MenuRefused` as `read` does."""
        return self._timed(self.text.read_lines, seen, captures)

    def _timed(self, read: Callable[[str, Mapping[str, str]], Read], seen: str, captures: Mapping[str, str]) -> Read:
        try:
            return read(seen, captures)
        except TooSlow:
            rule, remedy = "capture", "captures"
            if self.text.pattern:
                rule, remedy = "pattern", "repetitions of repetitions, such as `(a+)+`,"
            told = f"takes too long to be looked for in what came; take {remedy} out of it"
            place = self.place
            raise MenuRefused((Complaint(place.file, place.line, place.column, rule, told),)) from None


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing done and what is seen afterwards; `number` hands over to another phone, from this turn on.

    `ends` None: whether the dialogue is over does not matter. `at_once`: the next turn comes before anybody has worked
    on what this one brought.
    """

    place: Place
    number: str | None = None
    action: Action | None = None
    page: Expected | None = None
    ends: bool | None = None
    ends_place: Place | None = None
    sms: Expected | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """What an office operation (`office.operation`) answers, in order; the last answer repeats."""

    place: Place
    answers: tuple[OfficeAnswer, ...]


@dataclass(frozen=True, slots=True)
class AgentThere:
    """An agent who is there when a conversation begins, for `since_seconds`; `float_amount` is a decimal amount."""

    code: str
    place: Place
    point: str
    number: str
    float_amount: str
    state: AgentState
    since_seconds: float
    activation: str
    payments_a_day: int
    language: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """How another service begins: whose it is, what is dialled and typed `to` a point, and who says so.

    After `ours` of the inputs that follow our dial a citizen is as far here. `grade` is that of the source.
    """

    whose: str
    dial: str
    types: tuple[str, ...]
    to: str
    ours: int
    source: str
    grade: str


@dataclass(frozen=True, slots=True)
class MostUsed:
    """A rank among the tasks, 1 for the one that is done most, and why it is thought to be."""

    rank: int
    because: str


@dataclass(frozen=True, slots=True)
class Task:
    """What somebody gets done in a conversation; `known` are other services that begin the same."""

    title: str
    known: tuple[Known, ...] = ()
    most_used: MostUsed | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """`black_box`: it comes from a tester that sees only pages, so texts that nobody receives are no fault.

    `network` None: the one that a number of this prefix most likely has. `closed` are the offices that are away.
    `sheets` are the codes that were printed for numbers.
    `calls_back`: everybody whose payment an agent confirms is asked whether they paid, else nobody. `task` is what it
    gets done, if it is the straight way to that.
    """

    name: str
    place: Place
    dial: Wording | None
    number: str
    network: str | None
    language: str | None
    at: datetime
    closed: tuple[str, ...]
    offices: Mapping[str, Script]
    turns: tuple[Turn, ...]
    agents: tuple[AgentThere, ...] = ()
    calls_back: bool = False
    black_box: bool = False
    sheets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    task: Task | None = None

    def on(self, handsets: Handsets) -> Conversation:
        """The same on a phone of the pack, if it names none."""

        def number(told: str) -> str:
            return handsets.first if told == CITIZEN else told

        turns = tuple(replace(turn, number=number(turn.number)) if turn.number else turn for turn in self.turns)
        agents = tuple(replace(agent, number=number(agent.number)) for agent in self.agents)
        sheets = {number(phone): codes for phone, codes in self.sheets.items()}
        return replace(self, number=number(self.number), turns=turns, agents=agents, sheets=sheets)
