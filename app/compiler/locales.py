"""How a language writes amounts, dates, numbers and lists: CLDR's conventions, by Babel, as the engine's Formats."""

from __future__ import annotations

import re

from babel import Locale, UnknownLocaleError

from app.values.formats import Formats
from app.values.text import to_gsm, transliterate

_DATE = re.compile(r"'[^']*'|[yMd]+|[^yMd']+")


def read_formats(locale: str) -> Formats:
    """The conventions of a CLDR locale such as `st_LS`; raises `LookupError` if Babel knows none.

    CLDR's no-break spaces become plain ones: in an SMS they would cost twice the money.
    """
    try:
        found = Locale.parse(locale)
    except (UnknownLocaleError, ValueError, TypeError):
        raise LookupError(locale) from None
    symbols = found.number_symbols.get("latn") or found.number_symbols
    months = found.months["format"]["wide"]
    patterns = found.list_patterns["standard"]
    return Formats(
        group=_plain(symbols["group"]),
        decimal=_plain(symbols["decimal"]),
        amount=_amount(found.currency_formats["standard"].pattern),
        short_date="{dd}/{mm}/{yyyy}",  # what people are asked to type, in every language
        long_date=_date(found.date_formats["long"].pattern),
        months=tuple(_plain(months[number]) for number in range(1, 13)),
        between=_between(patterns["middle"]),
        last=_between(patterns["end"]),
    )


def _plain(text: str) -> str:
    """Without the marks that say which way to write: a handset shows them as a blank or a box."""
    return re.sub("[\u061c\u200e\u200f]", "", text.replace("\u00a0", " ").replace("\u202f", " "))


def _amount(pattern: str) -> str:
    """`¤#,##0.00` becomes `{symbol}{number}`: only where the symbol stands is taken from it."""
    positive = _plain(pattern.partition(";")[0])
    return re.sub(r"[#0][#0.,]*", "{number}", positive, count=1).replace("¤", "{symbol}")


def _date(pattern: str) -> str:
    """CLDR's `d MMMM y` as the engine's template; other letters than day, month and year make it day month year."""
    if pattern.startswith("y"):
        return "{d} {month} {yyyy}"  # CLDR has no pattern of the language's own: its root puts the year first
    parts = []
    for part in _DATE.findall(_plain(pattern)):
        if part.startswith("'"):
            parts.append(part.strip("'"))
        elif part[0] == "y":
            parts.append("{yyyy}")
        elif part[0] == "M":
            parts.append({1: "{mm}", 2: "{mm}"}.get(len(part), "{month}"))
        elif part[0] == "d":
            parts.append("{dd}" if len(part) == 2 else "{d}")
        elif re.search("[A-Za-z]", to_gsm(part)):
            return "{d} {month} {yyyy}"
        else:
            parts.append(part)
    return "".join(parts)


def _between(pattern: str) -> str:
    return transliterate(_plain(pattern)).replace("{0}", "").replace("{1}", "")
