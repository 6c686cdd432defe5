"""A compiled menu: frozen, checked, versioned by the hash of its sources."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app import limits
from app.engine.branches import Argument, Help, Visit, Way
from app.values.conditions import Condition
from app.values.days import Days
from app.values.formats import Currency, Formats
from app.values.rules import InputRule, Offer, Text, ValueType
from app.values.text import Spelling

T = TypeVar("T")
YES_KEY, NO_KEY, NEXT_KEY = "1", "2", "1"
MANDATE = "mandate"
"""What a call gives with which an agent begins to act for a citizen."""


@dataclass(frozen=True, slots=True)
class Option:
    """`value` None: choosing it answers nothing but what it `offers`, or only leads on; `when` says that what it offers
    is within its bounds, too. `language` is chosen for good.

    `quiet`: whoever knows its number gets there, and no line is spent on it.
    """

    key: str
    text: Text
    value: str | None
    to: Way
    language: str | None
    when: Condition | None = None
    quiet: bool = False
    offers: Offer | None = None


@dataclass(frozen=True, slots=True)
class Choose:
    """One of several options by its number; `into` is what an option with a value, or an offer, answers."""

    name: str
    text: Text
    into: str | None
    options: tuple[Option, ...]
    help: Help | None = None

    def listed(self) -> tuple[Option, ...]:
        """Those that have a line on the page."""
        return tuple(option for option in self.options if not option.quiet)


@dataclass(frozen=True, slots=True)
class Ask:
    """A typed value; `rule` says which are let in, what they are compared with, and whether to type it once more."""

    name: str
    text: Text
    into: str
    rule: InputRule
    to: Way
    help: Help | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """Yes or no. No string of inputs that was dialled goes past it."""

    name: str
    text: Text
    yes: Way
    no: Way
    help: Help | None = None


@dataclass(frozen=True, slots=True)
class CallScreen:
    """Asks a service and goes on by its outcome. `results` maps the service's names to answers. One that `begins`
    leads, when it was answered, into a program that an agent walks for a citizen.
    """

    name: str
    service: str
    arguments: Mapping[str, Argument]
    results: Mapping[str, str]
    answered: Way
    refused: Mapping[str, Way]
    late: Way
    down: Way
    files: bool
    patience_seconds: float | None = None
    certain: bool = False
    begins: bool = False

    @property
    def fails(self) -> bool:
        """Whether it can be late or down: what is filed is written down, and a `certain` one the house answers."""
        return not (self.files or self.certain)


@dataclass(frozen=True, slots=True)
class Listing:
    """The entries of a list, one line each; `line` sees only the fields of an entry."""

    name: str
    line: Text


@dataclass(frozen=True, slots=True)
class PageScreen:
    """A long text or a list, page by page. With no `to` its last page ends the dialogue."""

    name: str
    text: Text
    listing: Listing | None
    to: Way | None
    empty: Way | None
    help: Help | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """One entry of a service's list; `into` maps answers to the fields of the entry."""

    name: str
    text: Text
    listing: Listing
    into: Mapping[str, str]
    to: Way
    empty: Way
    help: Help | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The last page of a dialogue."""

    name: str
    text: Text


Screen = Choose | Ask | Confirm | CallScreen | PageScreen | Pick | End
Typed = Choose | Ask | Confirm | PageScreen | Pick


@dataclass(frozen=True, slots=True)
class Declared:
    """What the compiler knows of a name: its type, the longest it shows (septets), and its words if it is a choice.

    A list has `fields`, each with its own declaration, and at most `most` entries; its `longest` are the letters of all
    of them, which a session keeps.
    """

    type: ValueType
    longest: int
    words: Mapping[str, Text]
    fields: Mapping[str, Declared] | None = None
    most: int = 0


@dataclass(frozen=True, slots=True)
class Keyword:
    """An SMS entrance: texts that begin with one of `words` start at `screen` with the rest as the first input."""

    words: tuple[str, ...]
    screen: str


@dataclass(frozen=True, slots=True)
class Resume:
    """For how long a dialogue that fell is offered again, whether an SMS tells of it, and which answers it `hides`."""

    seconds: int
    sms: bool
    hides: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Program:
    """A whole pack, linked. Screens are named `program/screen`; `names` holds what each program declares.

    `budgets` maps `aggregator/network`, `aggregator` or `*` to the septets of a page, `CON ` included.
    `wide` are the languages whose letters GSM 03.38 lacks: their pages travel as UCS-2.
    `resumes` names the programs whose dialogues are offered again when they fell. `opens` are the services of which
    some condition asks whether they are open, as conditions write them. `code_words` begin texts that bring a code.
    `found` is what `once` keeps.
    `consents` names the programs that are entered by whoever agrees, with the question that asks: its name is the mark
    of the purpose, and a yes leads on. A text that begins with one of `withdraws` (capitals) takes back what was agreed
    to, with one of `helps` asks how to write, with one of `speaks` chooses a language. `agent_words` are those
    (capitals) with which agents begin their texts, by what they ask for; none: the pack has no agents;
    `language_words` are other names (capitals) of languages. `agent_codes` are the service codes that lead those who
    are, and may act, to a screen of their own.
    `assisted` has the programs that an agent may start for a citizen, with what the citizen is told that they are;
    `masked` names for each program what offices give that no agent sees in clear, `hidden` what nobody does who goes on
    with a dialogue that fell. `spelling` is how values are written in letters that phones have.
    `bytes_most` bounds every State without a trail, listings, `agreed` and `retyped`, as msgpack; more than any may
    have: not known.
    """

    pack: str
    version: str
    base: str
    languages: tuple[str, ...]
    screens: Mapping[str, Screen]
    names: Mapping[str, Mapping[str, Declared]]
    visits: Mapping[str, Visit]
    codes: Mapping[str, str]
    keywords: tuple[Keyword, ...]
    bare_reference: str | None
    bare_bill: str | None
    phrases: Mapping[str, Text]
    formats: Mapping[str, Formats]
    back_key: str
    home_key: str
    more_key: str
    currency: Currency
    country: str
    budgets: Mapping[str, int]
    wide: frozenset[str]
    resumes: Mapping[str, Resume]
    timezone: ZoneInfo
    opens: frozenset[str] = frozenset()
    code_words: tuple[str, ...] = ()
    found: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    consents: Mapping[str, Confirm] = field(default_factory=dict)
    withdraws: frozenset[str] = frozenset()
    helps: frozenset[str] = frozenset()
    speaks: frozenset[str] = frozenset()
    agent_words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    language_words: Mapping[str, str] = field(default_factory=dict)
    agent_codes: Mapping[str, str] = field(default_factory=dict)
    assisted: Mapping[str, Text] = field(default_factory=dict)
    masked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    spelling: Spelling = field(default_factory=dict)
    bytes_most: int = limits.state_bytes_max + 1

    def day(self, now: datetime) -> date:
        """The date where the citizens are."""
        return once(self, "", Days, self.timezone).of(now)

    def end_of_day(self, at: datetime) -> datetime:
        """When the day that a moment falls on is over where the citizens are, in UTC."""
        return once(self, "", Days, self.timezone).end_of(at)

    def screen_for_code(self, service_code: str) -> str | None:
        """The first screen behind a dialled code; `*` in the pack's entrances stands for any code."""
        return self.codes.get(service_code) or self.codes.get("*")

    def language_or_base(self, language: str | None) -> str:
        return language if language in self.languages else self.base

    def budget(self, aggregator: str, network: str) -> int:
        """Septets that a page may have there, `CON ` included."""
        budgets = self.budgets
        return budgets.get(f"{aggregator}/{network}") or budgets.get(aggregator) or budgets["*"]

    @property
    def bare(self) -> frozenset[str]:
        """The screens for a text without a keyword that is read nevertheless."""
        return frozenset(screen for screen in (self.bare_reference, self.bare_bill) if screen)

    @property
    def reserved(self) -> tuple[str, str, str]:
        return self.back_key, self.home_key, self.more_key


def once(program: Program, what: Hashable, find: Callable[..., T], *given: Any) -> T:
    """What `find` finds by what it is given, which for this program is always the same; `what` names it."""
    found: T | None = program.found.get(what)
    if found is None:
        found = find(*given)
        if len(program.found) < limits.found_once_max:
            program.found[what] = found
    return found


def program_of(screen: str) -> str:
    end = screen.find("/")
    return screen if end < 0 else screen[:end]
