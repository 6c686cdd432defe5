"""Text as it may be printed: a terminal obeys control letters, and not everybody who wrote a text is a friend."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """The text with every letter that cannot be seen written as its number, as JSON does it; line ends and blanks stay.

    That takes in what turns the direction of writing round, and lone surrogates, which no terminal takes.
    """
    if text.isprintable():
        return text
    return "".join(letter if _is_seen(letter) else _escaped(letter) for letter in text)


def shortened(text: str, letters: int) -> str:
    """No more of a text than so many letters, and a sign that there was more."""
    return text if len(text) <= letters else f"{text[: letters - 1]}…"


def _is_seen(letter: str) -> bool:
    return letter.isprintable() or letter == "\n" or unicodedata.category(letter) == "Zs"


def _escaped(letter: str) -> str:
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))
