"""What people type, read as the value that was asked for; reading never raises."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

import phonenumbers
from stdnum import damm, luhn, verhoeff
from stdnum.iso7064 import mod_11_10, mod_37_36, mod_97_10

from app.reference import read_reference
from app.values.read import Problem, Read, Value, Where
from app.values.rules import Day, InputRule, NumberShape, ValueType
from app.values.text import Spelling, fit, spell

METER: Final = NumberShape("meter", ("99999999999",), "luhn")
"""An STS meter number: 11 digits, the last of them a Luhn check digit (IEC 62055-41)."""
CUT: Final = " (...)"
"""Stands at the end of a text of which no more was kept."""
CHECKS: Final[Mapping[str, Callable[[str], bool]]] = {
    "luhn": luhn.is_valid,
    "verhoeff": verhoeff.is_valid,
    "damm": damm.is_valid,
    "mod_11_10": mod_11_10.is_valid,
    "mod_37_36": mod_37_36.is_valid,
    "mod_97_10": mod_97_10.is_valid,
}
DIGIT_CHECKS: Final = ("luhn", "verhoeff", "damm", "mod_11_10")
"""Checks that no number with a letter passes; the others take digits and the letters from A to Z."""


def read_input(typed: str, rule: InputRule, where: Where) -> Read:
    """Read what was typed by a rule; anything that is no such value is a Problem."""
    value = _READERS[rule.type](typed, rule, where)
    if value is None:
        return Problem(problem_of(rule.type))
    return Problem("not_in_list") if rule.one_of and value not in rule.one_of else Value(value)


def problem_of(type: ValueType) -> str:
    """The phrase with which an input of this type is turned down."""
    return f"bad_{type.value}"


def _read_text(typed: str, rule: InputRule, where: Where) -> str | None:
    text = unicodedata.normalize("NFC", " ".join(typed.split()))
    if rule.cut:
        text = _cut(text, rule.longest, where.spelling)
    is_long = _letters(text, rule.longest, where.spelling) > rule.longest
    return text if rule.shortest <= len(text) and not is_long and text.isprintable() else None


def _letters(text: str, longest: int, spelling: Spelling) -> int:
    """A letter that the country spells by two counts as two: what was let in is never cut where it is confirmed."""
    return max(len(text), len(fit(spell(text, spelling), longest + 1)))


def _cut(text: str, longest: int, spelling: Spelling) -> str:
    """The text, or as much of its beginning as is kept, with the mark that there was more."""
    if _letters(text, longest, spelling) <= longest:
        return text
    kept = text[: longest - len(CUT)]
    while kept and _letters(f"{kept}{CUT}", longest, spelling) > longest:
        kept = kept[:-1]
    return f"{kept.rstrip()}{CUT}"


def bare(text: str) -> str:
    """Without the blanks and hyphens that people put into numbers."""
    return re.sub(r"[\s-]", "", text)


def _digits(typed: str) -> str | None:
    digits = bare(typed)
    return digits if re.fullmatch("[0-9]+", digits) else None


def _read_digits(typed: str, rule: InputRule, where: Where) -> str | None:
    digits = _digits(typed)
    return digits if digits is not None and rule.shortest <= len(digits) <= rule.longest else None


def _read_number(typed: str, rule: InputRule, where: Where) -> str | None:
    digits = _digits(typed)
    if digits is None or len(digits) > 12:
        return None
    return str(int(digits)) if rule.least <= int(digits) <= rule.most else None


def _read_shaped(typed: str, rule: InputRule, where: Where) -> str | None:
    assert rule.shape is not None, "the compiler gives every such rule a shape"
    text = bare(typed).upper()
    if not any(_is_shaped(text, bare(pattern)) for pattern in rule.shape.patterns):
        return None
    check = rule.shape.check
    return text if check is None or CHECKS[check](text) else None


def _is_shaped(text: str, pattern: str) -> bool:
    if len(text) != len(pattern):
        return False
    return all(
        letter in "0123456789"
        if sort == "9"
        else letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        if sort == "A"
        else letter == sort
        for letter, sort in zip(text, pattern, strict=True)
    )


def _read_reference(typed: str, rule: InputRule, where: Where) -> str | None:
    return read_reference(typed)


def _read_phone(typed: str, rule: InputRule, where: Where) -> str | None:
    """E.164; numbers of the country in any of the forms that people write, others with `+` or `00` if allowed."""
    text = typed.strip()
    if len(text) > 30 or not re.fullmatch(r"[+0-9][0-9 ()./-]*", text):
        return None
    try:
        number = phonenumbers.parse("+" + text[2:] if text.startswith("00") else text, where.country)
    except phonenumbers.NumberParseException:
        return None
    at_home = phonenumbers.region_code_for_number(number) == where.country
    if not phonenumbers.is_valid_number(number) or not (at_home or rule.abroad):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _read_amount(typed: str, rule: InputRule, where: Where) -> str | None:
    """`50`, `M50`, `M 50.00`, `50,00`; a comma or point before three digits groups thousands."""
    currency = where.currency
    text = re.sub(r"\s", "", typed.upper()).removeprefix(currency.symbol.upper()).removeprefix(currency.code)
    match = re.fullmatch(
        rf"([0-9]{{1,9}}|[0-9]{{1,3}}(?:[.,][0-9]{{3}}){{1,2}})(?:[.,]([0-9]{{{currency.minor_digits}}}))?", text
    )
    if match is None or (rule.whole and int(match[2] or 0)):
        return None
    minor = int(re.sub("[.,]", "", match[1])) * 10**currency.minor_digits + int(match[2] or 0)
    return str(minor) if rule.least <= minor <= rule.most else None


_PARTED_DATE: Final = re.compile(r"\s*([0-9]{1,2})[/.\s-]+([0-9]{1,2})[/.\s-]+([0-9]{4}|[0-9]{2})\s*")
_BARE_DATE: Final = re.compile(r"\s*([0-9]{2})([0-9]{2})([0-9]{4}|[0-9]{2})\s*")


def _read_date(typed: str, rule: InputRule, where: Where) -> str | None:
    """Day, month, year: `5/3/2026`, `05-03-26`, `5 3 2026`, `05032026`; of short years the latest that is allowed."""
    match = _PARTED_DATE.fullmatch(typed) or _BARE_DATE.fullmatch(typed)
    if match is None:
        return None
    earliest, latest = day(rule.earliest, where.today), day(rule.latest, where.today)
    written = int(match[3])
    century = latest.year - latest.year % 100
    years = (written,) if len(match[3]) == 4 else (century + written, century - 100 + written)
    for year in years:
        try:
            read = date(year, int(match[2]), int(match[1]))
        except ValueError:
            continue
        if earliest <= read <= latest:
            return read.isoformat()
    return None


def day(day: Day, today: date) -> date:
    return day.on or today + timedelta(days=day.from_today)


_READERS: Final[Mapping[ValueType, Callable[[str, InputRule, Where], str | None]]] = {
    ValueType.TEXT: _read_text,
    ValueType.DIGITS: _read_digits,
    ValueType.SECRET: _read_digits,
    ValueType.NUMBER: _read_number,
    ValueType.IDENTITY: _read_shaped,
    ValueType.METER: _read_shaped,
    ValueType.ACCOUNT: _read_shaped,
    ValueType.REFERENCE: _read_reference,
    ValueType.PHONE: _read_phone,
    ValueType.AMOUNT: _read_amount,
    ValueType.DATE: _read_date,
}
