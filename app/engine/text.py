"""Texts: placeholders in a closed syntax, and what they cost on a handset in GSM 03.38 septets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
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

# Lesotho's spelling needs š and typographic apostrophes, which GSM 03.38 lacks and which would make an SMS cost
# more than twice as much (70 letters a part instead of 160). Its newspapers write ts' where š is missing.
_SPELLED = str.maketrans(
    {
        "š": "s'", "Š": "S'", "ō": "o", "Ō": "O", "ē": "e", "Ē": "E",
        "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u0060": "'", "\u00b4": "'",
        "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-",
        "\u2026": "...", "\u00a0": " ", "\u202f": " ", "\t": " ",
    }
)  # fmt: skip
_PLAINER = str.maketrans({"{": "(", "}": ")", "[": "(", "]": ")", "~": "-", "^": "'", "\\": "/", "|": "/", "€": "E"})


def to_gsm(text: str) -> str:
    """The text in letters that GSM 03.38 has: transliterated, accents dropped where they must be, else `?`."""
    spelled = text.translate(_SPELLED)
    return "".join(letter if letter in SEPTETS else _closest(letter) for letter in spelled)


def _closest(letter: str) -> str:
    base = unicodedata.normalize("NFKD", letter)[:1]
    return base if base in SEPTETS else "?"


def septets(text: str) -> int:
    """Septets on the wire of a text that `to_gsm` has seen."""
    return sum(SEPTETS[letter] for letter in text)


def fit(value: str, longest: int) -> str:
    """A value from outside, in letters that cost one septet each, on one line, cut to `longest` septets."""
    return to_gsm(value.translate(_PLAINER)).translate(_PLAINER).replace("\n", " ").replace("\r", " ")[:longest]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where a declared value goes."""

    name: str


Template = tuple[str | Slot, ...]
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class BadTemplate(ValueError):
    """The text's placeholders are not in the closed syntax; the message says how to write them."""


def parse_template(text: str) -> Template:
    """Split a text at its `{name}` placeholders; there is no other syntax, and no braces besides."""
    parts: list[str | Slot] = []
    position = 0
    for match in _PLACEHOLDER.finditer(text):
        name = match.group(1)
        if not _NAME.fullmatch(name):
            raise BadTemplate(f"`{{{name}}}` is no placeholder; write `{{name}}` with a declared name in small letters")
        parts += [text[position : match.start()], Slot(name)]
        position = match.end()
    parts.append(text[position:])
    if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
        raise BadTemplate("a brace stands alone; placeholders are written `{name}`")
    return tuple(part if isinstance(part, Slot) else to_gsm(part) for part in parts if part != "")


def slots(template: Template) -> frozenset[str]:
    return frozenset(part.name for part in template if isinstance(part, Slot))


def fill(template: Template, values: Mapping[str, str]) -> str:
    """The text with its values; values are data and are never read for placeholders. Lines lose trailing spaces."""
    filled = "".join(part if isinstance(part, str) else values[part.name] for part in template)
    return "\n".join(line.rstrip() for line in filled.split("\n")).strip("\n")
