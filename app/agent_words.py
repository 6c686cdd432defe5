"""What agents text, read as people type it: any case and spaces, M130, 130,00, O for 0, I and L for 1, nothing between,
dashes and quotation marks as phones mend them, a thank-you behind it.

No I/O. An agent's word is one of those that the pack's entrances name for each thing that agents can ask for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app import limits
from app.bill_code import LENGTH, read_bill_code
from app.payments import to_minor
from app.values.formats import Currency

CODE_DIGITS = 4
VOUCHER_LENGTH, ID_END_DIGITS = 8, 4
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015"
_QUOTES = "\"'\u2018\u2019\u201a\u201b\u201c\u201d"
_BETWEEN = f" \t\r\n\u00a0:;.,!?#*()/={_DASHES}{_QUOTES}"
_MARKS = re.compile(f"[{re.escape(_BETWEEN)}]+")
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


class Wish(StrEnum):
    """What agents can ask for by SMS, as entrances.yaml names it."""

    PAY = "pay"
    CONFIRM = "confirm"
    DROP = "drop"
    CANCEL = "cancel"
    FLOAT = "float"
    TODAY = "today"
    HELP = "help"
    LANGUAGE = "language"
    ACTIVATE = "activate"
    REDEEM = "redeem"
    PROOF = "proof"


@dataclass(frozen=True, slots=True)
class Said:
    """What a text asks for: `code` is a bill's, the one to confirm or to activate, a voucher's, an ID number, or a
    language; `id_end` the end of whose ID number a voucher is; `clear` False: the rest of the text could not be read.
    """

    wish: Wish
    code: str = ""
    amount_minor: int = 0
    clear: bool = True
    id_end: str = ""


def read_said(text: str, words: Mapping[str, frozenset[str]], currency: Currency) -> Said | None:
    """What a text asks for; None: it begins with no word of agents. `words` are in capitals, by wish."""
    typed = text.upper().strip(_BETWEEN)
    spelled = sorted(((word, Wish(wish)) for wish, those in words.items() for word in those), key=_longest_first)
    for word, wish in spelled:
        if typed.startswith(word) and (len(typed) == len(word) or typed[len(word)] in _BETWEEN):
            return _read(wish, typed[len(word) :], words, currency) or Said(wish, clear=False)
    for word, wish in spelled:
        said = _read(wish, typed[len(word) :], words, currency) if typed.startswith(word) else None
        if said is not None and said.code and wish is not Wish.LANGUAGE:
            return said
    return None


def first_word_of_agents(text: str, words: Mapping[str, frozenset[str]]) -> str:
    """The longest word of agents that a text begins with; empty: none."""
    typed = text.upper().strip(_BETWEEN)
    known = sorted((word for those in words.values() for word in those), key=len, reverse=True)
    return next((word for word in known if typed.startswith(word)), "")


def read_amount(text: str, currency: Currency) -> int | None:
    """A typed amount in minor units: with or without the currency, with a point or a comma; None: it is none."""
    typed = "".join(text.upper().split()).strip(_BETWEEN)
    marks = (currency.code, currency.symbol, *currency.also)
    for mark in sorted((one.upper() for one in marks), key=len, reverse=True):
        if mark and typed.startswith(mark):
            typed = typed[len(mark) :]
        elif mark and typed.endswith(mark):
            typed = typed[: -len(mark)]
        else:
            continue
        break
    typed = typed.strip(_BETWEEN).translate(READ_AS)
    for group, point in ((",", "."), (".", ",")):
        cents = f"(?:[{point}][0-9]{{1,{currency.minor_digits}}})?" if currency.minor_digits else ""
        grouped = re.fullmatch(f"([0-9]{{1,3}}(?:[{group}][0-9]{{3}})+|[0-9]+){cents}", typed)
        if grouped:
            plain = typed.replace(group, "").replace(point, ".")
            whole, dot, fraction = plain.partition(".")
            return to_minor(f"{whole.lstrip('0') or '0'}{dot}{fraction}", currency.minor_digits)
    return None


def _read(wish: Wish, rest: str, words: Mapping[str, frozenset[str]], currency: Currency) -> Said | None:
    """What stands behind a word, with as little left out at its end as can be read."""
    known = {word for those in words.values() for word in those}
    readings = (_READERS[wish](shorter, currency) for shorter in _shorter(rest, known))
    return next((said for said in readings if said is not None), None)


def _shorter(rest: str, words: Collection[str]) -> Iterator[str]:
    """A text, and then without its last words one after the other, while they hold no digit and mean nothing."""
    yield rest
    kept = rest.rstrip(_BETWEEN)
    for mark in reversed(list(_MARKS.finditer(kept))):
        last = kept[mark.end() :]
        if not last.isalpha() or not last.strip("OIL") or last in words:
            return
        kept = kept[: mark.start()]
        yield kept


def _longest_first(spelled: tuple[str, Wish]) -> tuple[int, str]:
    return -len(spelled[0]), spelled[0]


def _pay(rest: str, currency: Currency) -> Said | None:
    code, behind = _bill(rest)
    amount = read_amount(behind, currency)
    return Said(Wish.PAY, code, amount) if code and amount else None


def _cancel(rest: str, currency: Currency) -> Said | None:
    code, behind = _bill(rest)
    return Said(Wish.CANCEL, code) if code and not behind.strip(_BETWEEN) else None


def _bill(rest: str) -> tuple[str, str]:
    """A bill's code, in however many pieces, and what stands behind it; empty: there is none."""
    letters = ""
    for place, letter in enumerate(rest):
        if letter not in _BETWEEN:
            letters += letter
        if len(letters) == LENGTH:
            return read_bill_code(letters) or "", rest[place + 1 :]
    return "", rest


def read_voucher(text: str) -> str:
    """A voucher's code, with blanks and hyphens anywhere; empty: it is none. Which letters stand for digits only its
    office knows.
    """
    typed = "".join(letter for letter in text.upper() if letter not in _BETWEEN)
    return typed if re.fullmatch(f"[0-9A-Z]{{{VOUCHER_LENGTH}}}", typed) else ""


def _redeem(rest: str, currency: Currency) -> Said | None:
    """The voucher and then the digits, which are the last ones whatever lies between."""
    typed = "".join(letter for letter in rest if letter not in _BETWEEN)
    voucher, id_end = typed[:VOUCHER_LENGTH], typed[VOUCHER_LENGTH:].translate(READ_AS)
    if not read_voucher(voucher) or not re.fullmatch(f"[0-9]{{{ID_END_DIGITS}}}", id_end):
        return None
    return Said(Wish.REDEEM, voucher, id_end=id_end)


def _proof(rest: str, currency: Currency) -> Said | None:
    """An ID number; whether there is such a one only its office knows."""
    typed = "".join(letter for letter in rest if letter not in _BETWEEN).translate(READ_AS)
    return Said(Wish.PROOF, typed) if re.fullmatch("[0-9]{6,20}", typed) else None


def _digits(wish: Wish, count: int) -> Callable[[str, Currency], Said | None]:
    def read(rest: str, currency: Currency) -> Said | None:
        typed = "".join(letter for letter in rest if letter not in _BETWEEN).translate(READ_AS)
        return Said(wish, typed) if re.fullmatch(f"[0-9]{{{count}}}", typed) else None

    return read


def _language(rest: str, currency: Currency) -> Said | None:
    named = _MARKS.split(rest.strip(_BETWEEN))[0]
    return Said(Wish.LANGUAGE, named.lower()) if named else None


def _alone(wish: Wish) -> Callable[[str, Currency], Said | None]:
    """Whatever stands behind it, such as a thank-you, means nothing."""
    return lambda rest, currency: Said(wish)


_READERS: Mapping[Wish, Callable[[str, Currency], Said | None]] = {
    Wish.PAY: _pay,
    Wish.CONFIRM: _digits(Wish.CONFIRM, CODE_DIGITS),
    Wish.DROP: _alone(Wish.DROP),
    Wish.CANCEL: _cancel,
    Wish.FLOAT: _alone(Wish.FLOAT),
    Wish.TODAY: _alone(Wish.TODAY),
    Wish.HELP: _alone(Wish.HELP),
    Wish.LANGUAGE: _language,
    Wish.ACTIVATE: _digits(Wish.ACTIVATE, limits.agent_activation_digits),
    Wish.REDEEM: _redeem,
    Wish.PROOF: _proof,
}
