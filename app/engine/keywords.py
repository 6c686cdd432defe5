"""The first word of a text that came in, which names the program that answers it."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[\s:;.,!?#*()\"']+")


def first_word(text: str) -> tuple[str, str]:
    """The first word as it was written, and the rest with single blanks for whatever stood between its words."""
    word, _, rest = _SEPARATORS.sub(" ", text).strip().partition(" ")
    return word, rest
