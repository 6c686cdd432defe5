"""Whether what a citizen is shown is Sesotho: none of the English texts of the shipped pack stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.compiler.pack import spoken_in
from app.pack_files import read_sources
from app.values.text import fill, transliterate
from tests.lands import SHIPPED

LETTERS_MIN = 6
"""Shorter pieces may well be words of both languages."""
SHARED = ("Puo / Language", "Khetha puo / Choose language:", "English")
"""What stands on pages in Sesotho for those who read none."""
_BETWEEN = re.compile(r"\{[^{}]*\}|\n")


class Tongue:
    """Knows all texts of the pack, and says the house's own words as a page has them."""

    def __init__(self) -> None:
        pack, spoken = spoken_in(read_sources(SHIPPED)[0])
        self._phrases = pack.program.phrases
        everything = list(spoken)
        sesotho = _pieces(one.text for one in everything if one.language == "st")
        english = _pieces(one.text for one in everything if one.language == "en")
        whole = "\n".join(sesotho)
        self._english = [piece for piece in english if _is_long(piece) and piece not in whole]

    def check(self, text: str) -> None:
        for shared in SHARED:
            text = text.replace(shared, "")
        leaks = [piece for piece in self._english if re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", text)]
        assert not leaks, f"English ({leaks}) in {text!r}"

    def phrase(self, name: str) -> str:
        return fill(self._phrases[name]["st"], {})

    @property
    def fell(self) -> str:
        """The whole page after a line that fell."""
        return f"{self.phrase('fell')}\n1. {self.phrase('go_on')}\n2. {self.phrase('start_again')}"


def _pieces(texts: Iterable[str]) -> set[str]:
    return {transliterate(piece).strip() for text in texts for piece in _BETWEEN.split(text)}


def _is_long(piece: str) -> bool:
    return sum(letter.isalpha() for letter in piece) >= LETTERS_MIN
