"""References in a recording: one that was shown and came up again becomes a capture, for each run has its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from app.reference import read_reference, show_reference
from app.terminal.tape import Did, Turn

NAME = "reference"
_SHOWN = re.compile(r"(?<![\w-])[0-9A-Z]{4}-[0-9A-Z]{5}(?![\w-])")
_FORGIVEN = {"0": "[0O]", "1": "[1IL]"}  # as whoever reads a typed reference forgives it


def with_captures(turns: Sequence[Turn]) -> list[Turn]:
    """The turns in the words of the format: captures for references, and each brace that means itself twice."""
    names = {_typed(reference): f"{{{name}}}" for reference, name in captures(turns).items()}
    return [
        replace(turn, what=_written(turn.what, names), page=None if turn.page is None else _written(turn.page, names))
        for turn in turns
    ]


def captures(turns: Sequence[Turn]) -> Mapping[str, str]:
    """Reference, as it is shown, to the name of its capture: those that were shown before anything else was done with
    them, and came up again. One that was typed first belongs to an earlier day and stays as it is.
    """
    seen = dict.fromkeys(reference for turn in turns for text in _seen(turn) for reference in _references(text))
    found = [reference for reference in seen if _comes_back(reference, turns)]
    return {reference: NAME if place == 1 else f"{NAME}_{place}" for place, reference in enumerate(found, 1)}


def _comes_back(reference: str, turns: Iterable[Turn]) -> bool:
    expression = _typed(reference)
    mentions: list[bool] = []
    for turn in turns:
        if turn.did is not Did.RECEIVES:
            mentions += [False] * len(expression.findall(turn.what))
        mentions += [True] * sum(len(expression.findall(text)) for text in _seen(turn))
    return len(mentions) > 1 and mentions[0]


def _seen(turn: Turn) -> Iterator[str]:
    if turn.did is Did.RECEIVES:
        yield turn.what
    if turn.page is not None:
        yield turn.page


def _references(text: str) -> Iterator[str]:
    for match in _SHOWN.finditer(text):
        canonical = read_reference(match[0])
        if canonical is not None and show_reference(canonical) == match[0]:
            yield match[0]


def _typed(reference: str) -> re.Pattern[str]:
    """Finds a reference however it was typed: in small letters, without the dash, with O for 0."""
    letters = (_FORGIVEN.get(letter, letter) for letter in reference.replace("-", ""))
    return re.compile(rf"(?<!\w){'[ -]*'.join(letters)}(?!\w)", re.IGNORECASE)


def _written(text: str, names: Mapping[re.Pattern[str], str]) -> str:
    written = text.replace("{", "{{").replace("}", "}}")
    for expression, capture in names.items():
        written = expression.sub(capture, written)
    return written
