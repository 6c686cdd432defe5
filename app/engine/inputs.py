"""What people type, read as the value that was asked for; reading never raises."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from stdnum import luhn

from app.engine.program import Currency, InputRule, ValueType
from app.engine.text import to_gsm
from app.reference import LENGTH, read_reference, show_reference

METER_DIGITS = 11  # an STS meter number with its check digit


@dataclass(frozen=True, slots=True)
class Value:
    """What was understood, in canonical form."""

    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What was wrong: the name of one of the pack's phrases."""

    phrase: str


Read = Value | Problem


def read_input(typed: str, rule: InputRule, currency: Currency, today: date) -> Read:
    """Read what was typed by a rule; anything that is no such value is a Problem."""
    if rule.type is ValueType.AMOUNT:
        return _read_amount(typed, rule, currency)
    if rule.type is ValueType.DATE:
        return _read_date(typed, rule, today)
    return _READERS[rule.type](typed, rule)


def _read_text(typed: str, rule: InputRule) -> Read:
    text = " ".join(typed.split())
    if not rule.shortest <= len(text) <= rule.longest or not text.isprintable():
        return Problem("bad_text")
    return Value(text)


def _digits(typed: str) -> str | None:
    digits = re.sub(r"[\s-]", "", typed)
    return digits if re.fullmatch("[0-9]+", digits) else None


def _read_digits(typed: str, rule: InputRule) -> Read:
    digits = _digits(typed)
    if digits is None or not rule.shortest <= len(digits) <= rule.longest:
        return Problem("bad_identity" if rule.type is ValueType.IDENTITY else "bad_digits")
    return Value(digits)


def _read_meter(typed: str, rule: InputRule) -> Read:
    digits = _digits(typed)
    if digits is None or len(digits) != METER_DIGITS or not luhn.is_valid(digits):
        return Problem("bad_meter")
    return Value(digits)


def _read_reference(typed: str, rule: InputRule) -> Read:
    reference = read_reference(typed)
    return Problem("bad_reference") if reference is None else Value(reference)


_READERS: Mapping[ValueType, Callable[[str, InputRule], Read]] = {
    ValueType.TEXT: _read_text,
    ValueType.DIGITS: _read_digits,
    ValueType.IDENTITY: _read_digits,
    ValueType.METER: _read_meter,
    ValueType.REFERENCE: _read_reference,
}


def _read_amount(typed: str, rule: InputRule, currency: Currency) -> Read:
    """`50`, `M50`, `M 50.00`, `50,00`; a comma or point before three digits groups thousands."""
    text = re.sub(r"\s", "", typed.upper()).removeprefix(currency.symbol.upper()).removeprefix(currency.code)
    match = re.fullmatch(
        rf"([0-9]{{1,9}}|[0-9]{{1,3}}(?:[.,][0-9]{{3}}){{1,2}})(?:[.,]([0-9]{{{currency.minor_digits}}}))?", text
    )
    if match is None:
        return Problem("bad_amount")
    minor = int(re.sub("[.,]", "", match[1])) * 10**currency.minor_digits + int(match[2] or 0)
    return Value(str(minor)) if rule.least <= minor <= rule.most else Problem("bad_amount")


def _read_date(typed: str, rule: InputRule, today: date) -> Read:
    """Day, month, year: `5/3/2026`, `05-03-26`, `5 3 2026`, `05032026`; two digits of a year mean the past 100."""
    match = re.fullmatch(r"\s*([0-9]{1,2})[/.\s-]+([0-9]{1,2})[/.\s-]+([0-9]{4}|[0-9]{2})\s*", typed)
    match = match or re.fullmatch(r"\s*([0-9]{2})([0-9]{2})([0-9]{4}|[0-9]{2})\s*", typed)
    if match is None:
        return Problem("bad_date")
    day, month, year = (int(part) for part in match.groups())
    if len(match[3]) == 2:
        year += today.year - today.year % 100
        year -= 100 if year > today.year else 0
    try:
        read = date(year, month, day)
    except ValueError:
        return Problem("bad_date")
    return Value(read.isoformat()) if rule.earliest <= read <= (rule.latest or today) else Problem("bad_date")


def problems_of(type: ValueType) -> tuple[str, ...]:
    """The phrases with which an input of this type can be turned down."""
    return {ValueType.TEXT: ("bad_text",), ValueType.DIGITS: ("bad_digits",)}.get(type, (f"bad_{type.value}",))


def show_value(canonical: str, type: ValueType, currency: Currency) -> str:
    """A canonical value as people read it; what is not canonical is shown as it is."""
    try:
        if type is ValueType.DATE:
            return date.fromisoformat(canonical).strftime("%d/%m/%Y")
        if type is ValueType.AMOUNT:
            return show_amount(int(canonical), currency)
    except ValueError:
        return canonical
    return show_reference(canonical) if type is ValueType.REFERENCE and len(canonical) == LENGTH else canonical


def show_amount(minor: int, currency: Currency) -> str:
    """`M1,000.00`, as Lesotho writes its money."""
    whole, part = divmod(minor, 10**currency.minor_digits)
    return f"{currency.symbol}{whole:,}" + (f".{part:0{currency.minor_digits}}" if currency.minor_digits else "")


def longest_shown(rule: InputRule, currency: Currency) -> int:
    """Septets of the longest value that a rule lets in, as it is shown."""
    if rule.type is ValueType.AMOUNT:
        return len(to_gsm(show_amount(rule.most, currency)))
    fixed = {ValueType.DATE: 10, ValueType.METER: METER_DIGITS, ValueType.REFERENCE: LENGTH + 1}
    return fixed.get(rule.type, rule.longest)
