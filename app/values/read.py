"""What comes of reading an input."""

from __future__ import annotations

from datetime import date

import msgspec

from app.values.formats import Currency
from app.values.text import PLAIN, Spelling


class Value(msgspec.Struct, frozen=True, gc=False):
    """What was understood, in canonical form."""

    text: str


class Problem(msgspec.Struct, frozen=True, gc=False):
    """What was wrong: the name of one of the pack's phrases."""

    phrase: str


Read = Value | Problem


class Where(msgspec.Struct, frozen=True, gc=False):
    """What reading depends on besides the rule: the country's currency, ISO 3166 code, day and spelling."""

    currency: Currency
    country: str
    today: date
    spelling: Spelling = PLAIN
