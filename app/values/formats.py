"""Amounts, dates, numbers and lists as a language writes them; the compiler takes the conventions from CLDR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

GROUP_LENGTH = 4


def grouped(canonical: str) -> str:
    """A long number by fours, from its left: `1234 5678 90`."""
    return " ".join(canonical[place : place + GROUP_LENGTH] for place in range(0, len(canonical), GROUP_LENGTH))


@dataclass(frozen=True, slots=True)
class Currency:
    """`also` are other words that are typed at an amount."""

    code: str
    symbol: str
    minor_digits: int
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Formats:
    """Conventions of one language. Dates are templates with `{d}`, `{dd}`, `{mm}`, `{month}` and `{yyyy}`."""

    group: str
    decimal: str
    amount: str
    short_date: str
    long_date: str
    months: tuple[str, ...]
    between: str
    last: str

    def number(self, value: int) -> str:
        return f"{value:,}".replace(",", self.group)

    def money(self, minor: int, currency: Currency) -> str:
        """`M1,000.00`: whole units grouped, always with the minor digits, the symbol where the language puts it."""
        whole, part = divmod(abs(minor), 10**currency.minor_digits)
        digits = self.number(whole) + (
            f"{self.decimal}{part:0{currency.minor_digits}}" if currency.minor_digits else ""
        )
        return ("-" if minor < 0 else "") + self.amount.format(symbol=currency.symbol, number=digits)

    def day(self, value: date, long: bool = False) -> str:
        month = self.months[value.month - 1]
        parts: Mapping[str, object] = {
            "d": value.day, "dd": f"{value.day:02}", "mm": f"{value.month:02}", "month": month, "yyyy": value.year,
        }  # fmt: skip
        return (self.long_date if long else self.short_date).format(**parts)

    def joined(self, words: Sequence[str]) -> str:
        """`a, b and c`."""
        if len(words) < 2:
            return "".join(words)
        return self.between.join(words[:-1]) + self.last + words[-1]
