"""What may be typed: the types of answers, how they are written, and the bounds of an `ask` screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.values.conditions import Condition
from app.values.text import Template


class ValueType(StrEnum):
    """What an answer or a result is; says how it is read, kept and shown."""

    TEXT = "text"
    DIGITS = "digits"
    NUMBER = "number"
    AMOUNT = "amount"
    DATE = "date"
    PHONE = "phone"
    IDENTITY = "identity"
    METER = "meter"
    ACCOUNT = "account"
    REFERENCE = "reference"
    SECRET = "secret"  # noqa: S105  # a type, not a password
    CHOICE = "choice"
    WORD = "word"  # a code that the pack has a word for
    LIST = "list"  # what a service lists; never typed
    TICKET = "ticket"  # a code was sent: which check it belongs to
    PROOF = "proof"  # a code was right: whose it was


Text = Mapping[str, Template]
"""A template for each language of the pack."""


OPAQUE = (ValueType.TICKET, ValueType.PROOF)
"""Types that only the house makes: nobody types them, no office gives them, no page shows them."""
GIVEN = tuple(type for type in ValueType if type not in (ValueType.CHOICE, ValueType.LIST, ValueType.SECRET, *OPAQUE))
"""Types that a single result of an office can have."""


GROUPED = (ValueType.TEXT, ValueType.DIGITS, ValueType.IDENTITY, ValueType.METER, ValueType.ACCOUNT)
"""Types that the format `groups` writes by fours: whoever types twenty digits from a text loses their place in them."""


@dataclass(frozen=True, slots=True)
class NumberShape:
    """How numbers of a kind are written: `9` stands for a digit, `A` for a letter; `check` names a check algorithm."""

    name: str
    patterns: tuple[str, ...]
    check: str | None = None

    @property
    def longest(self) -> int:
        return max(len(pattern) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class Day:
    """A date, or so many days from today."""

    on: date | None = None
    from_today: int = 0


@dataclass(frozen=True, slots=True)
class Must:
    """A comparison that an input must pass; `say` tells the citizen when it does not."""

    that: Condition
    say: Text


@dataclass(frozen=True, slots=True)
class Offer:
    """What an option answers in the place of something typed: an amount that is known, within bounds in minor units."""

    answer: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class InputRule:
    """What an `ask` screen takes. Lengths in characters; amounts in minor units; `again` asks to type it twice.

    `cut`: a text that is longer is cut and says so by its end; it is never turned down for its length.
    """

    type: ValueType
    shortest: int = 1
    longest: int = 20
    least: int = 0
    most: int = 0
    earliest: Day = Day(date(1900, 1, 1))
    latest: Day = Day()
    one_of: tuple[str, ...] = ()
    whole: bool = False
    shape: NumberShape | None = None
    abroad: bool = False
    cut: bool = False
    must: tuple[Must, ...] = ()
    again: Text | None = None
