"""The most that a text can cost a handset, whatever its values are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.engine.program import Declared, Program
from app.engine.rendering import HIDDEN, longest_shown
from app.values.rules import ValueType
from app.values.text import Slot, Template, fill, is_wide, septets, utf16_units

NARROW, WIDE = "x", "\u25a1"
"""Stand for a letter of a value: one septet, and one UTF-16 unit that makes its page UCS-2."""


@dataclass(frozen=True, slots=True)
class Worst:
    """Of all that a text can become: what costs most on a page of GSM 03.38, what costs most on one of UCS-2, and the
    longest that alone makes its page UCS-2. One wide letter anywhere decides for the whole page."""

    narrow: str | None
    longest: str
    wide: str | None

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for text in (self.narrow, self.longest, self.wide) if text is not None))

    @property
    def septets(self) -> int:
        return self.behind("")

    def behind(self, before: str) -> int:
        """Septets with what stands before it."""
        return max(septets(before + text) for text in self.texts)


def worst_of(texts: Iterable[str]) -> Worst:
    """The worst of what a text may be; nothing at all if there are none."""
    narrow: list[str] = []
    wide: list[str] = []
    for text in texts:
        (wide if is_wide(text) else narrow).append(text)
    if not wide and len(narrow) < 2:
        only = narrow[0] if narrow else ""
        return Worst(only, only, None)
    return Worst(
        max(narrow, key=septets, default=None),
        max(narrow + wide, key=utf16_units),
        max(wide, key=utf16_units, default=None),
    )


def together(parts: Sequence[Worst], join: Callable[[Sequence[str]], str]) -> Worst:
    """The worst that several texts can become in one: all of them narrow, or one of them wide and all the longest."""
    narrow = [part.narrow for part in parts if part.narrow is not None]
    longest = [part.longest for part in parts]
    joined = [join(longest)]
    if len(narrow) == len(parts) and narrow != longest:
        joined.append(join(narrow))
    for place, part in enumerate(parts):
        if part.wide is not None and part.wide != part.longest:
            joined.append(join([*longest[:place], part.wide, *longest[place + 1 :]]))
    return worst_of(joined)


def worst_text(template: Template, names: Mapping[str, Declared], program: Program, language: str) -> Worst:
    """The worst that a template can become."""
    slots = [part for part in template if isinstance(part, Slot)]
    if not slots:
        return worst_of([fill(template, {})])
    values = [worst_value(names.get(slot.name), slot.format, program, language) for slot in slots]
    return together(values, lambda shown: fill(template, dict(zip(slots, shown, strict=True))))


def worst_value(declared: Declared | None, format: str, program: Program, language: str) -> Worst:
    """The worst that a value shows."""
    if declared is not None and declared.type is ValueType.LIST and format != "count":
        return _worst_list(declared, program, language)
    return worst_of(texts_of(declared, format, program, language))


def texts_of(declared: Declared | None, format: str, program: Program, language: str) -> list[str]:
    """All that a value shows of which none is surely the worst, a list its count; where its language is wide it may be
    of any letters."""
    if declared is None or declared.type in HIDDEN:
        return []
    if declared.type is ValueType.CHOICE and format == "value":
        return list(declared.words)
    if declared.type is ValueType.CHOICE:
        return [fill(word[language], {}) for word in declared.words.values()]
    if declared.type is ValueType.WORD:
        words = (word for name, word in program.phrases.items() if name.startswith("word."))
        return [fill(word[language], {}) for word in words]
    longest = longest_shown(declared, program.formats[language], format)
    return [NARROW * longest, *([WIDE * longest] if longest and language in program.wide else [])]


def _worst_list(declared: Declared, program: Program, language: str) -> Worst:
    first = next(iter((declared.fields or {}).values()), None)
    entries = [worst_value(first, "", program, language)] * declared.most
    return together(entries, program.formats[language].joined)
