"""Canonical values as people read them, and the longest that each kind can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

import msgspec

from app.engine.program import Declared, Program, program_of
from app.engine.state import State
from app.reference import LENGTH, show_reference
from app.values.formats import Currency, Formats, grouped
from app.values.masking import masked
from app.values.rules import OPAQUE, InputRule, Text, ValueType
from app.values.text import Slot, fill, fill_from, fit, slots, spell, to_gsm

Entry = Mapping[str, str]
_read_entries = msgspec.json.Decoder(list[dict[str, str]]).decode
SHOWN_WHOLE = {ValueType.AMOUNT: "plain", ValueType.NUMBER: "plain", ValueType.DATE: "long"}
"""Types of which a part would be another value, so that none is ever cut, with the other format that each has."""
HIDDEN = (ValueType.SECRET, *OPAQUE)
TELLING = (ValueType.IDENTITY, ValueType.PHONE)
"""Types that tell of a person, whatever a service calls them."""
PHONE_LONGEST = 16  # E.164: a plus and 15 digits
OPAQUE_LONGEST = 34  # the id of an effect, and which of several at the same step
_NATURAL = {
    ValueType.DATE: 10,
    ValueType.REFERENCE: LENGTH + 1,
    ValueType.PHONE: PHONE_LONGEST,
    **dict.fromkeys(OPAQUE, OPAQUE_LONGEST),
}


def render(program: Program, state: State, text: Text) -> str:
    """A text in the state's language with the values that it names; a value not known yet is empty."""
    template = text[state.language]
    if len(template) == 1 and isinstance(template[0], str):
        return template[0]
    owner = program_of(state.screen)
    names = program.names.get(owner, {})
    values = {}
    for slot in slots(template):
        declared = names.get(slot.name)
        if declared is not None and declared.type is ValueType.LIST:
            values[slot] = _show_list(program, declared, entries(state, owner, slot.name), state.language, slot.format)
        else:
            values[slot] = show(program, declared, state.answers.get(slot.name, ""), state.language, slot.format)
        if declared is not None and is_masked(program, state, slot.name):
            values[slot] = masked(values[slot], declared.type)
    return fill(template, values)


def is_masked(program: Program, state: State, name: str) -> bool:
    """Whether an answer, or a list, of the state's program is not shown in clear in this dialogue."""
    owner = program_of(state.screen)
    if state.mandate and name in program.masked.get(owner, ()):
        return True
    was_told_before = state.retyped is not None and state.answers.get(name) not in state.retyped
    return was_told_before and name in program.hidden.get(owner, ())


def render_entry(
    program: Program,
    fields: Mapping[str, Declared],
    entry: Entry,
    text: Text,
    language: str,
    is_hidden: Callable[[Declared], bool] = lambda _: False,
) -> str:
    """A line of a list; it sees only the fields of its entry. Those for which `is_hidden` holds are not in clear."""

    def value(slot: Slot) -> str:
        declared = fields.get(slot.name)
        shown = show(program, declared, entry.get(slot.name, ""), language, slot.format)
        return masked(shown, declared.type) if declared is not None and is_hidden(declared) else shown

    return fill_from(text[language], value)


def entries(state: State, owner: str, name: str) -> list[dict[str, str]]:
    """What a service listed under this name; nothing if it was not asked or did not answer with a list."""
    return _decoded(state.listings.get(state.lists.get(f"{owner}/{name}", ""), "[]"))


def _decoded(listing: str) -> list[dict[str, str]]:
    try:
        return _read_entries(listing)
    except msgspec.MsgspecError:
        return []


def show(program: Program, declared: Declared | None, canonical: str, language: str, format: str = "") -> str:
    """A value as its declaration shows it, never a secret; a text that is longer than declared is cut."""
    if declared is None or not canonical or declared.type in HIDDEN:
        return ""
    if declared.type is ValueType.CHOICE:
        words: Text | None = declared.words.get(canonical)
        if format == "value":
            return canonical if words else ""
        return fill(words[language], {}) if words else ""
    if declared.type is ValueType.WORD:
        word = program.phrases.get(f"word.{canonical}")
        return fill(word[language], {}) if word else ""
    formats = program.formats[language]
    shown = show_value(canonical, declared.type, formats, program.currency, format)
    longest = None if declared.type in SHOWN_WHOLE else longest_shown(declared, formats, format)
    is_wide = language in program.wide
    return fit(shown if is_wide else spell(shown, program.spelling), longest, is_wide)


def fits(program: Program, declared: Declared, canonical: str) -> bool:
    """Whether a value that a service gives is no longer than declared, in any language and format; of a list, each.

    Of the types that are cut where they are shown every value does.
    """
    if declared.type is ValueType.LIST:
        listed = _decoded(canonical)[: declared.most]
        fields = [(name, one) for name, one in (declared.fields or {}).items() if one.type in SHOWN_WHOLE]
        return all(fits(program, one, entry.get(name, "")) for name, one in fields for entry in listed)
    other = SHOWN_WHOLE.get(declared.type)
    return other is None or all(
        len(show(program, declared, canonical, language, format)) <= longest_shown(declared, formats, format)
        for language, formats in program.formats.items()
        for format in ("", other)
    )


def show_value(canonical: str, type: ValueType, formats: Formats, currency: Currency, format: str = "") -> str:
    """What is not canonical is shown as it is."""
    try:
        if type is ValueType.DATE:
            return formats.day(date.fromisoformat(canonical), format == "long")
        if type is ValueType.AMOUNT:
            return _plain(int(canonical), currency) if format == "plain" else formats.money(int(canonical), currency)
        if type is ValueType.NUMBER:
            return canonical if format == "plain" else formats.number(int(canonical))
    except ValueError:
        return canonical
    if format == "groups":
        return grouped(canonical)
    return show_reference(canonical) if type is ValueType.REFERENCE and len(canonical) == LENGTH else canonical


def _plain(minor: int, currency: Currency) -> str:
    whole, part = divmod(abs(minor), 10**currency.minor_digits)
    digits = f"{whole}.{part:0{currency.minor_digits}}" if currency.minor_digits else str(whole)
    return f"-{digits}" if minor < 0 else digits


def _show_list(program: Program, declared: Declared, listed: list[dict[str, str]], language: str, format: str) -> str:
    formats = program.formats[language]
    if format == "count":
        return formats.number(min(len(listed), declared.most))
    field, first = next(iter((declared.fields or {}).items()))
    shown = [show(program, first, entry.get(field, ""), language) for entry in listed[: declared.most]]
    return formats.joined([word for word in shown if word])


def longest_shown(declared: Declared, formats: Formats, format: str = "") -> int:
    """Septets of the longest that a value shows in a language; of a list, of its count."""
    if declared.type is ValueType.DATE:
        return _longest_day(formats, format == "long")
    longest = len(grouped("9" * declared.longest)) if format == "groups" else declared.longest
    return len(str(declared.most)) if declared.type is ValueType.LIST else longest


@lru_cache(maxsize=100)
def _longest_day(formats: Formats, long: bool) -> int:
    return max(len(to_gsm(formats.day(date(2028, month, 28), long))) for month in range(1, 13))


def longest_typed(rule: InputRule, every: Mapping[str, Formats], currency: Currency) -> int:
    """Septets of the longest value that a rule lets in, as any language shows it."""
    if rule.type is ValueType.AMOUNT:
        return max(len(to_gsm(formats.money(rule.most, currency))) for formats in every.values())
    if rule.type is ValueType.NUMBER:
        return max(len(to_gsm(formats.number(rule.most))) for formats in every.values())
    if rule.shape is not None:
        return rule.shape.longest
    return natural_length(rule.type) or rule.longest


def natural_length(type: ValueType) -> int:
    """Septets of a type that has its own length; 0 if each place has to say it."""
    return _NATURAL.get(type, 0)
