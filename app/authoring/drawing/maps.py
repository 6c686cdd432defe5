"""`mohala menus map`: a pack as a directory of drawings, the programs first, then the screens of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from app.authoring.drawing.chart import ROW_LETTERS, Box, Chapter, Chart, Exit, Row, RowKind, chart_of, wrapped
from app.authoring.drawing.svg import as_svg
from app.engine.branches import RETURN
from app.engine.program import program_of
from app.errors import SettingsWrong
from app.pack_files import read_named_pack
from app.replacing import replace_text

INDEX = "README.md"
OVERVIEW = "overview"
COLUMNS = 4
_KEYED = re.compile(r"[0-9]+\. ")


def write_maps(directory: Path, into: Path, language: str | None) -> Sequence[str]:
    """Write all files of a pack's map, and remove drawings of programs that are gone; gives what changed, by name.

    Raises `MenuRefused` and `SettingsWrong` as reading a pack does, and `FileUnfit`.
    """
    wanted = maps(directory, language)
    into.mkdir(parents=True, exist_ok=True)
    changed = stale(wanted, into)
    for name in changed:
        if name in wanted:
            replace_text(into / name, wanted[name])
        else:
            (into / name).unlink()
    return changed


def stale(wanted: Mapping[str, str], into: Path) -> Sequence[str]:
    """The files of a directory that are not what they should be: missing, otherwise, or of no program any more."""
    kept = {path.name: path.read_text("utf-8") for pattern in (INDEX, "*.svg") for path in into.glob(pattern)}
    return sorted(name for name in {*wanted, *kept} if wanted.get(name) != kept.get(name))


def maps(directory: Path, language: str | None) -> dict[str, str]:
    """The files by their names; texts are in `language`, or in the pack's base language."""
    program = read_named_pack(directory).program
    if any(program_of(screen) == OVERVIEW for screen in program.screens):
        raise SettingsWrong(f"All programs are drawn in {OVERVIEW}.svg: give the program `{OVERVIEW}` another name.")
    chart = chart_of(program, (), language or program.base)
    # The version of the pack is left out, or a word that changes anywhere would change every file.
    chart = replace(chart, title=program.pack, beside=f"{OVERVIEW}.svg")
    overview = _overview(chart)
    files = {INDEX: _index(chart, overview), f"{OVERVIEW}.svg": as_svg(overview, COLUMNS)}
    for chapter in chart.chapters:
        only = replace(chart, title=f"{program.pack}: {chapter.name}", only=chapter.name)
        files[f"{chapter.name}.svg"] = as_svg(only, COLUMNS)
    return files


def _overview(chart: Chart) -> Chart:
    """The programs, drawn as screens are: what leads from one to another stands on the lines of its box."""
    boxes = {f"{OVERVIEW}/{one.name}": _box(one) for one in chart.chapters}
    title = f"{chart.title}: all programs"
    return Chart(title, chart.language, "", None, (Chapter(OVERVIEW, (), boxes),), ())


def _box(chapter: Chapter) -> Box:
    screens = len(chapter.boxes)
    rows = [Row(line, RowKind.NOTE) for line in (f"{screens} screen{'s' if screens > 1 else ''}", *chapter.entrances)]
    exits = []
    for line, target in dict.fromkeys(_ways_out(chapter)):
        exits.append(Exit(len(rows), (), f"{OVERVIEW}/{target}"))
        rows += [Row(part, RowKind.SHOWN) for part in wrapped(line, ROW_LETTERS)]
    return Box(f"{OVERVIEW}/{chapter.name}", "program", tuple(rows), tuple(exits), False, f"{chapter.name}.svg")


def _ways_out(chapter: Chapter) -> Iterator[tuple[str, str]]:
    """What a citizen chooses, or what happens, and the program that it leads to."""
    for box in chapter.boxes.values():
        for exit in box.exits:
            for target in map(program_of, _targets(exit)):
                if target not in (RETURN, chapter.name):
                    yield _line(box, exit), target


def _line(box: Box, exit: Exit) -> str:
    """The whole line that a way leaves at, though it may take several rows."""
    first, *others = box.rows[exit.row :]
    more = takewhile(lambda row: row.kind is RowKind.SHOWN and not _KEYED.match(row.text), others)
    return " ".join([first.text, *(row.text for row in more if first.kind is RowKind.SHOWN)])


def _targets(exit: Exit) -> Iterator[str]:
    """Where a way leads, by way of what is visited."""
    if exit.visited is None:
        yield exit.to
        return
    yield exit.visited.start
    for further in exit.visited.exits:
        yield from _targets(further)


def _index(chart: Chart, overview: Chart) -> str:
    lines = [
        f"# The map of `{chart.title}`",
        "",
        "<!-- written by `mohala menus map`; `make check` compares -->",
        f"Every program of the pack, and every screen with its texts in `{chart.language}`, the digits that lead on,",
        "what offices are asked and what comes of it. A drawing that is opened by itself in a browser has links: a",
        "program leads to its screens, a dashed tag to where the way goes on.",
        "",
        f"[![All programs]({OVERVIEW}.svg)]({OVERVIEW}.svg)",
        "",
        "| program | screens | entered by | leads to |",
        "| --- | --- | --- | --- |",
    ]
    (programs,) = overview.chapters
    for chapter, box in zip(chart.chapters, programs.boxes.values(), strict=True):
        targets = dict.fromkeys(exit.to.partition("/")[2] for exit in box.exits)
        entered = ", ".join(f"`{one}`" for one in chapter.entrances) or "-"
        links = ", ".join(f"[{target}]({target}.svg)" for target in targets) or "-"
        lines.append(f"| [{chapter.name}]({chapter.name}.svg) | {len(chapter.boxes)} | {entered} | {links} |")
    return "\n".join(lines) + "\n"
