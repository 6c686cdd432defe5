"""The most that a piece of a long text can cost, of which a page shows one at the least, wherever it is cut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from app.compiler.worst import Worst, texts_of, worst_of
from app.engine.pages import WORD_LETTERS_MAX
from app.engine.program import Declared, Program
from app.values.rules import ValueType
from app.values.text import Slot, Template, septets, utf16_units

Cost = tuple[int, int]
"""UTF-16 units and septets of a letter; a letter that costs more of one never costs less of the other."""
COSTS: tuple[Cost, ...] = ((2, 5), (1, 3), (1, 2), (1, 1))
"""Beyond the basic plane, in no alphabet of phones, in the extension table, in the alphabet itself."""


def worst_piece(template: Template, names: Mapping[str, Declared], program: Program, language: str) -> Worst:
    """The worst piece of a text with values that is not split. Each value may be one word that joins what is next."""

    def parts(run: Template) -> Iterator[Sequence[str]]:
        for part in run:
            if isinstance(part, str):
                yield (part,)
            else:
                yield from _spelled(names.get(part.name), part.format, program, language)

    return worst_of(piece for run in _runs(template) for piece in pieces_of(parts(run)))


def _runs(template: Template) -> Iterator[Template]:
    """The parts of a template between the blanks that its author wrote."""
    run: list[str | Slot] = []
    for part in template:
        if isinstance(part, Slot):
            run.append(part)
            continue
        first, *others = re.split(r"\s+", part)
        run.append(first)
        for other in others:
            yield tuple(filter(None, run))
            run = [other]
    yield tuple(filter(None, run))


def _spelled(declared: Declared | None, format: str, program: Program, language: str) -> Iterator[Sequence[str]]:
    """What a value may be, part by part: each is one of some texts."""
    if declared is None or declared.type is not ValueType.LIST or format == "count":
        yield texts_of(declared, format, program, language)
        return
    first = texts_of(next(iter((declared.fields or {}).values()), None), "", program, language)
    formats = program.formats[language]
    for place in range(declared.most):
        if place:
            yield (formats.last if place == declared.most - 1 else formats.between,)
        yield first


def pieces_of(parts: Iterable[Sequence[str]]) -> Iterable[str]:
    """The letters of every piece of a run that no other piece outdoes, the costliest first.

    They are cut before they are compared: a short word of costly letters can be worse than the first letters of one
    that costs more as a whole. Where a run is cut depends on what stands before, so any of its letters may meet.
    """
    found = {_counts(""): ""}
    for texts in parts:
        joined = [_cut(before + text) for before in found.values() for text in texts or ("",)]
        found = _undone({_counts(piece): piece for piece in joined})
    return found.values()


def _cost(letter: str) -> Cost:
    return utf16_units(letter), septets(letter)


def _cut(run: str) -> str:
    """The most costly letters that a piece can have."""
    return "".join(sorted(run, key=_cost, reverse=True)[:WORD_LETTERS_MAX])


def _counts(piece: str) -> tuple[int, ...]:
    """How many of its letters cost at least so much, for each of `COSTS`."""
    costs = [_cost(letter) for letter in piece]
    return tuple(accumulate(costs.count(cost) for cost in COSTS))


def _undone(pieces: Mapping[tuple[int, ...], str]) -> dict[tuple[int, ...], str]:
    """Those beside which no other has as many letters of every cost, so that nothing joined to them is worse."""

    def is_outdone(counts: tuple[int, ...]) -> bool:
        return any(
            other != counts and all(ours <= theirs for ours, theirs in zip(counts, other, strict=True))
            for other in pieces
        )

    return {counts: piece for counts, piece in pieces.items() if not is_outdone(counts)}
