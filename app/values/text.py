"""Texts: placeholders in a closed syntax, and what they cost on a handset in GSM 03.38 septets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import gsm0338

_codec = gsm0338.Codec()


def _septet_costs() -> dict[str, int]:
    costs = {}
    for code in (*range(0x20, 0x250), 0x0A, 0x0D, 0x20AC, *range(0x391, 0x3AA)):
        try:
            costs[chr(code)] = len(_codec.encode(chr(code))[0])
        except UnicodeError:
            continue
    return costs


SEPTETS: Mapping[str, int] = _septet_costs()
"""Cost of each letter of the GSM 03.38 default alphabet; two for its extension table."""

Spelling = Mapping[str, str]
"""How a country writes letters that GSM 03.38 lacks, where it does so otherwise than by leaving out their marks."""
PLAIN: Spelling = {}

# Typographic marks, which GSM 03.38 lacks and which would make an SMS cost more than twice as much (70 letters a part
# instead of 160).
_SPELLED = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u0060": "'", "\u00b4": "'",
        "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-",
        "\u2026": "...", "\u00a0": " ", "\u202f": " ", "\t": " ",
    }
)  # fmt: skip
_PLAINER = str.maketrans({"{": "(", "}": ")", "[": "(", "]": ")", "~": "-", "^": "'", "\\": "/", "|": "/", "€": "E"})


_SIMPLE = re.compile(r"[A-Za-z0-9 \n!\"#$%&'()*+,./:;<=>?@_-]*")
"""Texts that stay as they are and cost one septet a letter: nearly all, so that looking first saves most work."""


SEPTET_BITS, UCS2_UNIT_BITS = 7, 16
"""On a page that GSM 03.38 cannot write the network packs a UTF-16 unit of 16 bits where septets were."""


def spell(text: str, spelling: Spelling) -> str:
    """The text as a country spells it for phones."""
    if not spelling or text.isascii():
        return text
    return "".join([spelling.get(letter, letter) for letter in text])


def transliterate(text: str) -> str:
    """The text in letters of GSM 03.38 where they exist; a letter with no near one stays and makes its page UCS-2."""
    if _SIMPLE.fullmatch(text):
        return text
    return "".join(letter if letter in SEPTETS else _closest(letter, letter) for letter in text.translate(_SPELLED))


def to_gsm(text: str) -> str:
    """The text in letters that GSM 03.38 has: transliterated, accents dropped where they must be, else `?`."""
    if _SIMPLE.fullmatch(text):
        return text
    return "".join(letter if letter in SEPTETS else _closest(letter, "?") for letter in text.translate(_SPELLED))


def _closest(letter: str, otherwise: str) -> str:
    base = unicodedata.normalize("NFKD", letter)[:1]
    return base if base in SEPTETS else otherwise


def septets(text: str) -> int:
    """Septets on the wire; a text with a letter that GSM 03.38 lacks travels whole as UCS-2 and costs more."""
    if _SIMPLE.fullmatch(text):
        return len(text)
    try:
        return sum(map(SEPTETS.__getitem__, text))
    except KeyError:
        return -(-utf16_units(text) * UCS2_UNIT_BITS // SEPTET_BITS)


def sms_parts(text: str) -> int:
    """How many SMS a text is: 160 septets or 70 UTF-16 units alone, 153 or 67 in each of several (3GPP TS 23.040)."""
    if is_wide(text):
        size, alone, joined = utf16_units(text), 70, 67
    else:
        size, alone, joined = septets(text), 160, 153
    return 1 if size <= alone else -(-size // joined)


def utf16_units(text: str) -> int:
    """Letters as UCS-2 counts them: two for one beyond the basic plane."""
    return len(text) if text.isascii() else len(text.encode("utf-16-be", "replace")) // 2


def is_wide(text: str) -> bool:
    """Whether the text has a letter that makes its whole page UCS-2."""
    return not _SIMPLE.fullmatch(text) and any(letter not in SEPTETS for letter in text)


def fit(value: str, longest: int | None, wide: bool = False) -> str:
    """A value from outside on one line, cut to `longest` letters (None: not cut) that cost one septet each.

    In a `wide` language every letter of the basic plane costs the same, and values keep theirs.
    """
    line = " ".join(value.split())
    if _SIMPLE.fullmatch(line):
        return line[:longest]
    line = " ".join(line.translate(_PLAINER).split())
    if wide:
        return "".join(letter if letter.isprintable() and letter <= "\uffff" else "?" for letter in line)[:longest]
    return to_gsm(line).translate(_PLAINER).replace("\n", " ")[:longest]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where a declared value goes, and the format that it takes there (`` is the type's own)."""

    name: str
    format: str = ""


Template = tuple[str | Slot, ...]
FORMATS = ("long", "plain", "groups", "count", "value")
"""`{born|long}`: 5 March 2026; `{amount|plain}`: without symbol; `{points|count}`: how many entries; `{tax|value}`:
what an option stands for, not its words."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"([a-z][a-z0-9_]{0,39})(?:\|([a-z]+))?")


class BadTemplate(ValueError):
    """The text's placeholders are not in the closed syntax; the message says how to write them."""


def parse_template(text: str, spelling: Spelling = PLAIN) -> Template:
    """Split a text at its `{name}` and `{name|format}` placeholders; there is no other syntax and no other brace."""
    parts: list[str | Slot] = []
    position = 0
    for match in _PLACEHOLDER.finditer(text):
        slot = _SLOT.fullmatch(match[1])
        if slot is None:
            raise BadTemplate(
                f"`{{{match[1]}}}` is no placeholder; write `{{name}}` with a declared name in small letters"
            )
        if slot[2] and slot[2] not in FORMATS:
            raise BadTemplate(f"`{slot[2]}` is no format; known are {', '.join(FORMATS)}")
        parts += [text[position : match.start()], Slot(slot[1], slot[2] or "")]
        position = match.end()
    parts.append(text[position:])
    if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
        raise BadTemplate("a brace stands alone; placeholders are written `{name}`")
    return tuple(
        part if isinstance(part, Slot) else transliterate(spell(part, spelling)) for part in parts if part != ""
    )


def slots(template: Template) -> frozenset[Slot]:
    return frozenset(part for part in template if isinstance(part, Slot))


def fill(template: Template, values: Mapping[Slot, str]) -> str:
    """The text with its values; values are data and are never read for placeholders. Lines lose trailing spaces, and
    what led to a value that is empty goes with it.
    """
    if len(template) == 1 and isinstance(template[0], str):
        return template[0]
    return fill_from(template, values.__getitem__)


def fill_from(template: Template, value: Callable[[Slot], str]) -> str:
    """As `fill`, with the values from a function. What led to a value that is empty goes with it."""
    shown = [part if isinstance(part, str) else value(part) for part in template]
    filled = "".join(shown) if all(shown) else _closed(template, shown) or "".join(shown)
    if "\n" not in filled:
        return filled.rstrip()
    return "\n".join([line.rstrip() for line in filled.split("\n")]).strip("\n")


_LEADS = re.compile(" *[,:;]? *$")
_LABEL = re.compile("[^.!?]*: *")


def _closed(template: Template, shown: Sequence[str]) -> str:
    """The text without what only led to values that are empty: `declined: {reason}.` says `declined.`, what is in
    brackets around one goes too, and a line that is a label of nothing is left out.
    """
    lines: list[list[tuple[str, bool]]] = [[]]
    for part, text in zip(template, shown, strict=True):
        for place, piece in enumerate(text.split("\n") if isinstance(part, str) else [text]):
            if place:
                lines.append([])
            lines[-1].append((piece, isinstance(part, Slot)))
    kept = [line for line in lines if not _is_label_of_nothing(line)] if len(lines) > 1 else lines
    return "\n".join(_closed_line(line) for line in kept)


def _is_label_of_nothing(line: Sequence[tuple[str, bool]]) -> bool:
    """Whether a line has values, all of them empty, and before them nothing but a label. Each piece: is it a value?"""
    said = "".join(text for text, _ in line)
    has_values = any(is_value for _, is_value in line)
    return (
        has_values
        and not any(text for text, is_value in line if is_value)
        and (not said.strip() or _LABEL.fullmatch(said) is not None)
    )


def _closed_line(line: Sequence[tuple[str, bool]]) -> str:
    said, own, is_open = "", 0, False
    for text, is_value in [*line, ("", False)]:
        if is_value:
            is_open = is_open or not text
            if text:
                said, is_open = said + text, False
                own = len(said)  # values are data: nothing of them is taken away
        elif is_open and (text.strip(" ") or not text):
            said = said[:own] + _LEADS.sub("", said[own:])
            if said.endswith("(") and ")" in text:
                said, text = said[:-1].rstrip(" "), text.partition(")")[2]
            said += text.lstrip(" ,.:;" if said.endswith("(") or not said else ",.:;" if said[-1] in ".!?" else "")
            is_open = False
        elif not is_open:
            said += text
    return said
