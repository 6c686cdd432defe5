"""What a native speaker must look at first: every text of a language that nobody reviewed, the most used before all."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from app.compiler.graph import Graph
from app.compiler.pack import spoken_in
from app.compiler.reader import MISSING, Spoken
from app.engine.program import Ask, CallScreen, Confirm, Program, Screen, program_of
from app.errors import MenuRefused, SettingsWrong
from app.pack import Pack
from app.pack_files import named_complaints, read_sources
from app.values.rules import ValueType
from app.values.text import slots

COLUMNS = ("language", "place", "use", "file", "line", "where", "review", "text", "base")
ON_EVERY_PAGE = ("back", "home", "more", "next", "yes", "no", "wrong_choice")
"""Phrases that stand below or above nearly every page."""
FIRST_INPUTS = 1
"""Screens so many inputs from a dial are what everybody sees."""


class Use(IntEnum):
    """Why a text comes where it does; the first of them are read by most, or cost most if they are wrong."""

    ENTRANCE = 1  # the first pages after a dial, and what stands on all pages
    MONEY = 2  # what is confirmed, and what shows or asks for money
    SMS = 3  # what is texted, which stays on the phone
    PAGE = 4  # every other page, the nearest to a dial first
    OTHER = 5  # other phrases, words, titles, data files

    @property
    def told(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Review:
    """A text to be looked at, in its place: 1 is the first of its language."""

    place: int
    use: Use
    spoken: Spoken


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a language is; `waiting` are its texts that nobody reviewed or wrote, in the order to look at them."""

    language: str
    texts: int
    reviewed: int
    unreviewed: int
    missing: int
    waiting: Sequence[Review]


def standings(directory: Path, language: str = "") -> Sequence[Standing]:
    """All languages of the pack in a directory, or one; raises `SettingsWrong` and `MenuRefused`."""
    sources, complaints = read_sources(directory)
    if complaints:
        raise named_complaints(directory, complaints)
    try:
        pack, spoken = spoken_in(sources)
    except MenuRefused as refused:
        raise named_complaints(directory, refused.complaints) from None
    known = pack.program.languages
    if language and language not in known:
        raise SettingsWrong(f"`{language}` is no language of this pack; it has {', '.join(known)}.")
    ranks = _Ranks.of(pack)
    return [_standing(one, spoken, ranks) for one in known if language in ("", one)]


def _standing(language: str, spoken: Iterable[Spoken], ranks: _Ranks) -> Standing:
    theirs = [one for one in dict.fromkeys(spoken) if one.language == language]
    counts = Counter(one.review for one in theirs)
    waiting = sorted((one for one in theirs if one.review in ("unreviewed", MISSING)), key=ranks.key)
    reviews = [Review(place, ranks.use(one), one) for place, one in enumerate(waiting, 1)]
    return Standing(
        language, len(theirs) - counts[MISSING], counts["reviewed"], counts["unreviewed"], counts[MISSING], reviews
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Ranks:
    """`inputs` are the fewest from a dial to each screen, `money` the screens about money or that confirm; `shared`
    maps a screen of an included file to the nearest screen that is made of it.
    """

    inputs: Mapping[str, int]
    money: frozenset[str]
    shared: Mapping[str, str]

    @classmethod
    def of(cls, pack: Pack) -> _Ranks:
        program, graph = pack.program, Graph(pack.program)
        dialled = graph.inputs(set(program.codes.values()))
        inputs = {name: dialled.get(name, count + 1) for name, count in graph.inputs().items()}
        money = frozenset(name for name, one in program.screens.items() if _is_about_money(program, one))
        shared: dict[str, str] = {}
        for name in sorted(program.screens, key=lambda one: inputs.get(one, FAR)):
            shared.setdefault(name.partition("/")[2], name)
        return cls(inputs, money, shared)

    def key(self, spoken: Spoken) -> tuple[int, int, str, int, tuple[str, ...]]:
        return self.use(spoken), self.inputs.get(self._screen(spoken), FAR), spoken.file, spoken.line, spoken.where

    def use(self, spoken: Spoken) -> Use:
        kind, screen = spoken.where[0], self._screen(spoken)
        if kind == "phrases":
            return Use.ENTRANCE if spoken.where[1] in ON_EVERY_PAGE else Use.OTHER
        if kind == "services":
            return Use.SMS if spoken.where[2] == "sms" else Use.OTHER
        if kind == "purposes":
            return Use.MONEY  # a question to which a yes binds
        if not screen:
            return Use.OTHER
        if self.inputs.get(screen, FAR) <= FIRST_INPUTS:
            return Use.ENTRANCE
        return Use.MONEY if screen in self.money else Use.PAGE

    def _screen(self, spoken: Spoken) -> str:
        if spoken.where[0] == "programs":
            return f"{spoken.where[1]}/{spoken.where[2]}"
        return self.shared.get(spoken.where[2], "") if spoken.where[0] == "shared" else ""


FAR = 10**6


def _is_about_money(program: Program, screen: Screen) -> bool:
    if isinstance(screen, Confirm):
        return True
    if isinstance(screen, Ask) and screen.rule.type is ValueType.AMOUNT:
        return True
    if isinstance(screen, CallScreen):
        return False
    names = program.names[program_of(screen.name)]
    shown = {slot.name for template in screen.text.values() for slot in slots(template)}
    return any(names[name].type is ValueType.AMOUNT for name in shown if name in names)


def as_text(standing: Standing, most: int) -> Iterator[str]:
    """A line of counts, and the texts to look at first."""
    share = f"{100 * standing.reviewed / standing.texts:.0f} %" if standing.texts else "-"
    yield (
        f"{standing.language}: {standing.texts} texts, {standing.reviewed} reviewed ({share}), {standing.unreviewed} "
        f"unreviewed, {standing.missing} missing"
    )
    for one in standing.waiting[:most]:
        spoken = one.spoken
        text = spoken.text or f"({MISSING}) {spoken.base}"
        told = text.replace("\n", " | ")
        yield f"{one.place:5}. {one.use.told:8} {spoken.file}:{spoken.line} {' > '.join(spoken.where)}: {told}"
    left = len(standing.waiting) - most
    if left > 0:
        yield f"  and {left} more; --csv has all of them"


def as_csv(every: Iterable[Standing]) -> str:
    """All that wait, one a row, for a native speaker's spreadsheet."""
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\n")
    sheet.writerow(COLUMNS)
    for standing in every:
        for one in standing.waiting:
            spoken = one.spoken
            where = " > ".join(spoken.where)
            row = (standing.language, one.place, one.use.told, spoken.file, spoken.line, where, spoken.review)
            sheet.writerow((*row, _safe(spoken.text), _safe(spoken.base)))
    return text.getvalue()


def _safe(text: str) -> str:
    """A spreadsheet takes what begins so for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
