"""A compiled menu: frozen, checked, versioned by the hash of its sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.engine.text import Template


class ValueType(StrEnum):
    """What an answer or a result is; says how it is read, kept and shown."""

    TEXT = "text"
    DIGITS = "digits"
    AMOUNT = "amount"
    DATE = "date"
    IDENTITY = "identity"
    METER = "meter"
    REFERENCE = "reference"
    CHOICE = "choice"
    WORD = "word"  # a code that the pack has a word for


Text = Mapping[str, Template]
"""A template for each language of the pack."""


@dataclass(frozen=True, slots=True)
class Currency:
    code: str
    symbol: str
    minor_digits: int


@dataclass(frozen=True, slots=True)
class InputRule:
    """What an `ask` screen takes. Lengths in characters; amounts in minor units; `latest` None is today."""

    type: ValueType
    shortest: int = 1
    longest: int = 20
    least: int = 0
    most: int = 0
    earliest: date = date(1900, 1, 1)
    latest: date | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a path goes, and what is said on top of the page there (a name in `says`)."""

    screen: str
    say: Text | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """`value` None: choosing it answers nothing, it only leads on. `language` is chosen for good."""

    key: str
    text: Text
    value: str | None
    to: Target
    language: str | None


@dataclass(frozen=True, slots=True)
class Choose:
    name: str
    text: Text
    into: str | None
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    name: str
    text: Text
    into: str
    rule: InputRule
    to: Target


@dataclass(frozen=True, slots=True)
class Confirm:
    name: str
    text: Text
    yes: Target
    no: Target


@dataclass(frozen=True, slots=True)
class CallScreen:
    """Asks a service and goes on by its outcome. `results` maps the service's names to answers."""

    name: str
    service: str
    arguments: Mapping[str, str]
    results: Mapping[str, str]
    answered: Target
    refused: Mapping[str, Target]
    late: Target
    down: Target
    files: bool


@dataclass(frozen=True, slots=True)
class End:
    name: str
    text: Text


Screen = Choose | Ask | Confirm | CallScreen | End


@dataclass(frozen=True, slots=True)
class Declared:
    """What the compiler knows of a name: its type, the longest it shows (septets), and its words if it is a choice."""

    type: ValueType
    longest: int
    words: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Keyword:
    """An SMS entrance: texts that begin with one of `words` start at `screen` with the rest as the first input."""

    words: tuple[str, ...]
    screen: str


@dataclass(frozen=True, slots=True)
class Program:
    """A whole pack, linked. Screens are named `program/screen`; `names` holds what each program declares."""

    pack: str
    version: str
    base: str
    languages: tuple[str, ...]
    screens: Mapping[str, Screen]
    names: Mapping[str, Mapping[str, Declared]]
    codes: Mapping[str, str]
    keywords: tuple[Keyword, ...]
    bare_reference: str | None
    phrases: Mapping[str, Text]
    back_key: str
    home_key: str
    currency: Currency
    identity_digits: int
    timezone: ZoneInfo

    def day(self, now: datetime) -> date:
        """The date where the citizens are."""
        return now.astimezone(self.timezone).date()

    def screen_for_code(self, service_code: str) -> str | None:
        """The first screen behind a dialled code; `*` in the pack's entrances stands for any code."""
        return self.codes.get(service_code) or self.codes.get("*")

    def language_or_base(self, language: str | None) -> str:
        return language if language in self.languages else self.base


def program_of(screen: str) -> str:
    return screen.partition("/")[0]
