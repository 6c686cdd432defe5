"""What a drawing of a pack shows, before it has a form: screens as rows of letters, and the ways between them."""

from __future__ import annotations

import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from textwrap import wrap

from app.authoring.drawing.marks import Marks, mark
from app.authoring.drawing.words import argument_words, display, notes_of, renamed
from app.engine.branches import RETURN, Branch, Visit, Way
from app.engine.pages import entry_keys, own_lines
from app.engine.program import (
    NEXT_KEY,
    NO_KEY,
    YES_KEY,
    Ask,
    CallScreen,
    Choose,
    Confirm,
    PageScreen,
    Pick,
    Program,
    Screen,
    program_of,
)
from app.engine.ways import targets, ways
from app.errors import Complaint
from app.limits import wrong_tries_max

ROW_LETTERS = 24
"""Letters on a row of a little phone; about what the small telephones have."""
LABEL_LETTERS = 13


class RowKind(StrEnum):
    SHOWN = "shown"  # what the handset shows
    NOTE = "note"  # what is declared but not shown
    WAY = "way"  # a way out that no shown line stands for
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    kind: RowKind


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out at a row of its box. `to` is a screen, `return`, or a name that stands for nothing."""

    row: int
    label: tuple[str, ...]
    to: str
    visited: Visited | None = None


@dataclass(frozen=True, slots=True)
class Visited:
    """A sub-menu that is walked first: its start, what it is given and gives back, and where its return leads."""

    start: str
    arguments: str
    results: str
    exits: tuple[Exit, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A screen as it is drawn; `kind` is the word of the menu language, `href` where a click on it leads."""

    id: str
    kind: str
    rows: tuple[Row, ...]
    exits: tuple[Exit, ...]
    complained: bool
    href: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One program, its start first; `entrances` are the codes and SMS keywords that lead to it."""

    name: str
    entrances: tuple[str, ...]
    boxes: Mapping[str, Box]


@dataclass(frozen=True, slots=True)
class Chart:
    """A pack in a language, of which all programs are drawn or `only` one.

    `keys` are the lines of the reserved keys; `complaints` are those that belong to no drawn screen. `beside` is
    the file with all programs, if there is one: then each has one of its own too, `NAME.svg`, and ways are links.
    """

    title: str
    language: str
    keys: str
    only: str | None
    chapters: tuple[Chapter, ...]
    complaints: tuple[Complaint, ...]
    beside: str = ""

    @property
    def drawn(self) -> tuple[Chapter, ...]:
        return tuple(chapter for chapter in self.chapters if self.only in (None, chapter.name))


def chart_of(program: Program, complaints: Sequence[Complaint], language: str, only: str | None = None) -> Chart:
    """What is drawn of a pack, or of its program `only`; the texts are in `language`."""
    marks = mark(program, complaints)
    chapters = tuple(_chapter(program, start, language, marks) for start in _starts(program).values())
    back, home, more = (
        f"{key}. {display(program.phrases[name], language)}"
        for key, name in zip(program.reserved, ("back", "home", "more"), strict=True)
    )
    title = f"{program.pack} {program.version}" + (f" · {only}" if only else "")
    left = tuple(one for one in marks.elsewhere if only is None or one.file in (f"{only}.yaml", "pack.yaml"))
    return Chart(title, language, f"{back}   {home}   {more}", only, chapters, left)


def _starts(program: Program) -> dict[str, str]:
    """Program -> its screen that others lead to, in the order in which a caller meets them.

    Programs that nothing leads to come last and begin with the screen that they declare first.
    """
    entered = [
        *program.codes.values(),
        *program.agent_codes.values(),
        *(keyword.screen for keyword in program.keywords),
        *sorted(program.bare),
    ]
    starts = {program_of(screen): screen for screen in entered if screen in program.screens}
    of: dict[str, list[Screen]] = {}
    for screen in program.screens.values():
        of.setdefault(program_of(screen.name), []).append(screen)
    met = deque(starts)
    while met:
        for target in (target for screen in of[met.popleft()] for target in targets(screen)):
            name = program_of(target.screen)
            if target.screen in program.screens and name not in starts:
                starts[name] = target.screen
                met.append(name)
    return {**starts, **{name: screens[0].name for name, screens in of.items() if name not in starts}}


def _chapter(program: Program, start: str, language: str, marks: Marks) -> Chapter:
    name = program_of(start)
    entrances = ["any code" if code == "*" else code for code, screen in program.codes.items() if screen == start]
    entrances += [f"{code} of agents" for code, screen in program.agent_codes.items() if screen == start]
    for keyword in program.keywords:
        entrances += [f"SMS {word}" for word in keyword.words if keyword.screen == start]
    entrances += ["SMS with a bill's code"] if start == program.bare_bill else []
    screens = [screen for screen in program.screens.values() if program_of(screen.name) == name]
    screens.sort(key=lambda screen: screen.name != start)
    boxes = {screen.name: _box(program, screen, language, marks.of.get(screen.name, ())) for screen in screens}
    return Chapter(name, tuple(entrances), boxes)


def _box(program: Program, screen: Screen, language: str, complaints: Sequence[Complaint]) -> Box:
    rows: list[Row] = []
    at: dict[str, int] = {}  # the row of each key

    def add(text: str, kind: RowKind) -> None:
        rows.extend(Row(line, kind) for line in wrapped(text, ROW_LETTERS))

    if not isinstance(screen, CallScreen):
        add(display(screen.text, language), RowKind.SHOWN)
    for key, line in _lines(program, screen, language):
        at[key] = len(rows)
        add(line, RowKind.SHOWN)
    for note in notes_of(screen):
        add(note, RowKind.NOTE)
    exits: list[Exit] = []
    for name, way in ways(screen):
        key, told = _exit_words(screen, name)
        if key not in at:
            at[key] = len(rows)
            add(told, RowKind.WAY)
        exits += _exits(program, way, language, at[key])
    for complaint in complaints:
        add(f"{complaint.rule}: {complaint.text}", RowKind.COMPLAINT)
    return Box(screen.name, kind_of(screen), tuple(rows), tuple(sorted(exits, key=_row)), bool(complaints))


def _row(exit: Exit) -> int:
    return exit.row


def kind_of(screen: Screen) -> str:
    """The word with which an author writes such a screen."""
    return {"CallScreen": "call", "PageScreen": "page"}.get(type(screen).__name__, type(screen).__name__.lower())


def _lines(program: Program, screen: Screen, language: str) -> Iterator[tuple[str, str]]:
    """The numbered lines of a page with their keys; a list shows how its first two entries look."""
    if isinstance(screen, Choose):
        yield from ((option.key, f"{option.key}. {display(option.text, language)}") for option in screen.listed())
    elif isinstance(screen, PageScreen | Pick) and screen.listing:
        line = display(screen.listing.line, language)
        for key in entry_keys(program, 2):
            yield f"entry {key}", f"{key}. {line}" if isinstance(screen, Pick) else line
        yield "entries", "..."
    if isinstance(screen, Confirm | PageScreen):
        yield from ((line[:1], line) for line in own_lines(program, screen, language))


def _exit_words(screen: Screen, name: str) -> tuple[str, str]:
    """The key that stands for a way out, and what is written where no line has that key."""
    if name.startswith("option_") and isinstance(screen, Choose):
        number = name.removeprefix("option_")
        return number, f"{number}, not listed"
    if name == "help":
        return name, f"{wrong_tries_max} times wrong"
    if isinstance(screen, Confirm):
        return {"yes": YES_KEY, "no": NO_KEY}[name], name
    if name == "to" and isinstance(screen, PageScreen):
        return NEXT_KEY, "read"
    told = {Ask: "typed", Pick: "picked"}.get(type(screen), "") if name == "to" else name
    return name, told or name


def _exits(program: Program, way: Way, language: str, row: int) -> Iterator[Exit]:
    for number, branch in enumerate(way):
        visit = branch.to.visit
        label = wrapped(_why(branch, number, language), LABEL_LETTERS)
        yield Exit(row, tuple(label), branch.to.screen, _visited(program, branch, visit, language) if visit else None)


def _why(branch: Branch, number: int, language: str) -> str:
    told = f"if {branch.when.source}" if branch.when else "otherwise" if number else ""
    return f"{told} says: {display(branch.to.say, language)}".strip() if branch.to.say else told


def _visited(program: Program, branch: Branch, visit: Visit, language: str) -> Visited:
    exits = tuple(_exits(program, visit.then, language, 0))
    results = renamed({answer: result for result, answer in visit.results.items()})
    return Visited(branch.to.screen, argument_words(visit.arguments), results, exits)


def is_return(exit: Exit) -> bool:
    return exit.to == RETURN


def wrapped(text: str, letters: int) -> list[str]:
    """The lines of a text, none with more than so many letters; blanks at the start of a line stay."""
    lines = [
        part
        for line in text.splitlines()
        for part in wrap(line, letters, drop_whitespace=True, break_on_hyphens=False) or [""]
    ]
    return [piece for line in lines for piece in _narrow(line, letters)]


def _narrow(line: str, letters: int) -> Iterator[str]:
    """A line in pieces of so many cells: a letter of an East Asian script takes two, a combining mark none."""
    piece, width = "", 0
    for letter in line:
        wide = cells(letter)
        if width + wide > letters:
            yield piece
            piece, width = "", 0
        piece, width = piece + letter, width + wide
    yield piece


def cells(text: str) -> int:
    """How many places of a row in which all letters are equally wide a text takes."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )
