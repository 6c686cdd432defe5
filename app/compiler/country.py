"""Reads what pack.yaml says for all programs: money, keys, clock, kinds of numbers, formats, budgets."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

from app import limits
from app.agent_words import READ_AS
from app.compiler.fields import names
from app.compiler.known import enumerated
from app.compiler.locales import read_formats
from app.compiler.pack_fields import CURRENCY, KEYS, LOCALE, NUMBER
from app.compiler.reader import Reader
from app.compiler.shapes import Country
from app.compiler.source import Node
from app.values.formats import Currency, Formats
from app.values.inputs import CHECKS, DIGIT_CHECKS, bare
from app.values.rules import NumberShape
from app.values.text import SEPTETS, spell, transliterate

SPELLED_MAX = 3
"""Letters that stand for one."""
BUDGET_MIN, BUDGET_MAX = 60, 182  # septets; 182 is what a USSD string of 160 octets can carry (3GPP TS 23.038)


def minor_digits(root: Node) -> int:
    """Digits after the point of the currency of pack.yaml; what is wrong with it is complained of elsewhere."""
    currency = root.get("currency")
    node = currency.get("minor_digits") if currency else None
    return int(node.text) if node and node.text in ("0", "1", "2", "3") else 2


def read_spelling(root: Node, reader: Reader) -> dict[str, str]:
    """How pack.yaml spells letters that phones lack; each must be one of those, and what stands for it must not."""
    found = {}
    for key, node in reader.pairs(root.get("spelling"), "`spelling`"):
        written = reader.scalar(node)
        if len(key.text) != 1 or key.text in SEPTETS:
            told = f"`{key.text}` is not one letter that phones lack; only such are spelled otherwise"
            reader.wrong(key, "wrong-shape", told)
        elif not 1 <= len(written) <= SPELLED_MAX or any(letter not in SEPTETS for letter in written):
            told = f"`{written}` cannot stand for it; write 1 to {SPELLED_MAX} letters that phones have"
            reader.wrong(node, "unwritable", told)
        else:
            found[key.text] = written
    return found


@dataclass(frozen=True, slots=True)
class CountryReader:
    reader: Reader
    root: Node
    languages: tuple[str, ...]

    def read(self) -> Country:
        code = self.root.get("country")
        if code is not None and code.text not in phonenumbers.SUPPORTED_REGIONS:
            self.reader.wrong(
                code, "unknown-country", f"`{code.text}` is no country; write its two letters, such as KE"
            )
        return Country(
            self._currency(),
            {language: self._formats(language) for language in self.languages},
            self._numbers(),
        )

    def keys(self) -> tuple[str, str, str]:
        """Back and home are one digit each; more may have two."""
        node = self.reader.need(self.root, "keys")
        self.reader.only(node, names(KEYS))
        back, home, more = (self.reader.scalar(self.reader.need(node, key)) for key in ("back", "home", "more"))
        for key, pattern in ((back, "[0-9]"), (home, "[0-9]"), (more, "[0-9]{1,2}")):
            if not re.fullmatch(pattern, key):
                told = f"`{key}` cannot be a key; back and home are one digit each, more is one or two"
                self.reader.wrong(node, "reserved-key", told)
        if len({back, home, more}) < 3:
            self.reader.wrong(node, "reserved-key", "back, home and more must be three different keys")
        return back, home, more

    def timezone(self) -> ZoneInfo:
        node = self.reader.need(self.root, "timezone")
        try:
            return ZoneInfo(self.reader.scalar(node))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            told = f"`{node.text}` is no time zone; write one such as Africa/Nairobi"
            self.reader.wrong(node, "unknown-timezone", told)
            return ZoneInfo("UTC")

    def budgets(self) -> dict[str, int]:
        budgets = {"*": limits.reply_septets_max}
        for key, node in self.reader.pairs(self.root.get("budgets"), "`budgets`"):
            septets = self.reader.whole(node, limits.reply_septets_max)
            if not BUDGET_MIN <= septets <= BUDGET_MAX:
                self.reader.wrong(node, "wrong-shape", f"a page has {BUDGET_MIN} to {BUDGET_MAX} septets")
            budgets[key.text] = min(max(septets, BUDGET_MIN), BUDGET_MAX)
        return budgets

    def _currency(self) -> Currency:
        node = self.reader.need(self.root, "currency")
        self.reader.only(node, names(CURRENCY))
        code, symbol = (self.reader.scalar(self.reader.need(node, key)) for key in ("code", "symbol"))
        digits = self.reader.whole(node.get("minor_digits"), 2)
        if digits > 3:
            self.reader.wrong(node, "wrong-shape", "`minor_digits` is 0 to 3")
        also = tuple(word for _, word in self._typed(node.get("also")))
        return Currency(code, spell(symbol, self.reader.spelling), min(digits, 3), also)

    def language_words(self) -> dict[str, str]:
        """How agents name a language, in capitals, besides its code: what the pack says of each."""
        locales, found = self.root.get("locales"), {language.upper(): language for language in self.languages}
        codes = frozenset(found)
        for language in self.languages:
            node = locales.get(language) if locales else None
            for entry, word in self._typed(node.get("also") if node and node.kind == "mapping" else None):
                if found.setdefault(word, language) != language:
                    told = f"`{entry.text}` is a word for `{found[word]}` already; remove one"
                    self.reader.wrong(entry, "keyword-twice", told)
        return {word: language for word, language in found.items() if word not in codes}

    def _typed(self, listed: Node | None) -> list[tuple[Node, str]]:
        """Words that agents text among digits, in capitals; each must be one word and no digits to them."""
        found = []
        for entry, word in zip(listed.entries if listed else (), self.reader.names(listed), strict=False):
            spelled = word.upper()
            if spelled.isalpha() and not spelled.translate(READ_AS).isdigit():
                found.append((entry, spelled))
                continue
            told = (
                f"`{word}` is not read as a word; write one of letters, not only of O, I and L, which pass for digits"
            )
            self.reader.wrong(entry, "unmatched-keyword", told)
        return found

    def _formats(self, language: str) -> Formats:
        """CLDR's conventions, with what the pack knows better: spelling of months, the word before the last."""
        locales = self.root.get("locales")
        node = locales.get(language) if locales else None
        named = node.get("locale") if node and node.kind == "mapping" else node
        try:
            formats = read_formats(named.text if named else language)
        except LookupError:
            told = f"no formats are known for `{language}`; name a CLDR locale for it under `locales`, such as en_LS"
            self.reader.wrong(named or self.root, "unknown-locale", told)
            formats = read_formats("en")
        formats = self._spelled(formats)
        if node is None or node.kind != "mapping":
            return formats
        self.reader.only(node, names(LOCALE))
        months, last = node.get("months"), node.get("last")
        if months is not None and len(self.reader.names(months)) != 12:
            self.reader.wrong(months, "wrong-shape", "`months` names twelve months")
        elif months is not None:
            formats = self._spelled(replace(formats, months=self.reader.names(months)))
        if last is None:
            return formats
        word = transliterate(spell(self.reader.scalar(last), self.reader.spelling))
        self.reader.check_letters(last, word)
        return replace(formats, last=f" {word} ")

    def _spelled(self, formats: Formats) -> Formats:
        return replace(formats, months=tuple(spell(month, self.reader.spelling) for month in formats.months))

    def _numbers(self) -> dict[str, NumberShape]:
        numbers = {}
        for key, node in self.reader.pairs(self.root.get("numbers"), "`numbers`"):
            self.reader.fields(node, NUMBER)
            patterns, check = self.reader.names(node.get("patterns")), node.get("check")
            if not patterns or any(not 1 <= len(pattern) <= 40 for pattern in patterns):
                self.reader.wrong(node, "wrong-shape", "`patterns` are 1 to 40 characters each, such as 99999999")
                continue
            if check is not None and check.text not in CHECKS:
                told = f"`{check.text}` is no check; known are {enumerated(CHECKS)}"
                self.reader.wrong(check, "unknown-check", told)
            known = check.text if check and check.text in CHECKS else None
            numbers[key.text] = NumberShape(key.text, patterns, known)
            self._complain_of_unmatched(node.get("patterns"), numbers[key.text])
        return numbers

    def _complain_of_unmatched(self, listed: Node | None, shape: NumberShape) -> None:
        """Of patterns that no input can have, so that whoever is asked for one is never let on."""
        for entry, pattern in zip(listed.entries if listed else (), shape.patterns, strict=True):
            text, told = bare(pattern), ""
            if not text:
                told = "is nothing but blanks and hyphens, which do not count; write what is typed, `9` for a digit"
            elif text != text.upper():
                told = "has small letters, and what is typed is read in capitals; write those, but `A` is any letter"
            elif shape.check in DIGIT_CHECKS and not re.fullmatch("[0-9]+", text):
                told = f"has more than digits, which `{shape.check}` never passes; take another check, or none"
            elif shape.check and not re.fullmatch("[0-9A-Z]+", text):
                told = f"has more than digits and letters, which `{shape.check}` never passes; take the check away"
            if told:
                self.reader.wrong(entry, "unmatched-pattern", f"`{pattern}` {told}")
