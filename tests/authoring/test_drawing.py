"""`mohala menus draw`: nothing is left out, nothing touches anything else, nothing is read as markup."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from app.authoring.drawing.chart import ROW_LETTERS, Chart, RowKind, cells, chart_of, wrapped
from app.authoring.drawing.mermaid import as_mermaid
from app.authoring.drawing.placing import Numbers, PlacedChapter, Rectangle, Wire, number, place, plant
from app.authoring.drawing.svg import as_svg, complaints_svg
from app.cli import cli
from app.compiler.pack import examine
from app.engine.branches import RETURN, Way
from app.engine.program import CallScreen, Program, program_of
from app.engine.ways import targets, ways
from app.errors import Complaint
from app.pack import Pack
from app.values.text import Slot
from tests.compiler.broken import BASE, FAULTS, broken
from tests.lands import FLAT

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"
COLUMNS = (1, 3, 5)
Drawn = tuple[Program, tuple[Complaint, ...]]
Examined = Mapping[str, tuple[Pack | None, tuple[Complaint, ...]]]


def _drawable() -> Iterator[tuple[str, Mapping[str, str]]]:
    yield "base", BASE
    yield from ((path.stem, broken(path)[0]) for path in FAULTS)


@pytest.fixture(scope="module")
def examined() -> Examined:
    return {name: examine(sources) for name, sources in _drawable()}


@pytest.fixture(scope="module")
def drawn(examined: Examined) -> dict[str, Drawn]:
    """Every pack that can be drawn, by its name."""
    return {name: (pack.program, complaints) for name, (pack, complaints) in examined.items() if pack is not None}


def layout(chart: Chart, columns: int) -> tuple[list[PlacedChapter], Numbers]:
    planted = {chapter.name: plant(chapter, columns) for chapter in chart.chapters}
    numbers = number(planted)
    placed: list[PlacedChapter] = []
    for chapter in chart.chapters:
        top = placed[-1].bottom if placed else 0.0
        placed.append(place(chapter, planted[chapter.name], numbers, top))
    return placed, numbers


def apart(one: Rectangle, other: Rectangle) -> bool:
    return (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )


def hull(wire: Wire) -> Rectangle:
    (x, y), (to_x, to_y) = wire.start, wire.end
    return Rectangle(x, min(y, to_y), to_x - x, max(abs(to_y - y), 0.01))


def within(outer: Rectangle, y: float) -> bool:
    return outer.y < y < outer.y + outer.height


def leaving(at: Rectangle, wires: Sequence[Wire]) -> list[Wire]:
    return [wire for wire in wires if wire.start[0] == at.x + at.width and within(at, wire.start[1])]


@pytest.mark.parametrize("columns", [pytest.param(1, marks=pytest.mark.hunt), *COLUMNS[1:]])  # the tallest of them
def test_nothing_touches_anything_else(drawn: Mapping[str, Drawn], columns: int) -> None:
    for name, (program, complaints) in drawn.items():
        check_apart(name, program, complaints, columns)


def check_apart(name: str, program: Program, complaints: tuple[Complaint, ...], columns: int) -> None:
    placed, _ = layout(chart_of(program, complaints, program.base), columns)
    places = [one.at for chapter in placed for one in (*chapter.boxes, *chapter.tags)]
    wires = [wire for chapter in placed for wire in chapter.wires]
    assert all(apart(one, other) for one, other in itertools.combinations(places, 2)), name
    assert all(apart(hull(wire), at) for wire in wires for at in places), name
    of_a_box = [leaving(at, wires) for at in places]
    assert sum(map(len, of_a_box)) == len(wires), name
    for own in of_a_box:
        ends = [wire.end[1] for wire in sorted(own, key=lambda wire: wire.start[1])]
        assert ends == sorted(ends), f"wires of one box do not cross: {name}"
    for own, others in itertools.combinations(of_a_box, 2):
        assert all(apart(hull(one), hull(other)) for one in own for other in others), name


@pytest.mark.parametrize("columns", COLUMNS)
def test_every_screen_stands_once_and_every_way_is_drawn(drawn: Mapping[str, Drawn], columns: int) -> None:
    for name, (program, complaints) in drawn.items():
        check_whole(name, program, complaints, columns)


def check_whole(name: str, program: Program, complaints: tuple[Complaint, ...], columns: int) -> None:
    placed, numbers = layout(chart_of(program, complaints, program.base), columns)
    assert sorted(box.box.id for chapter in placed for box in chapter.boxes) == sorted(program.screens), name
    for chapter in placed:
        for box in chapter.boxes:
            for _, way in ways(program.screens[box.box.id]):
                check_way(chapter, box.at, way, box.box.id, numbers)


def check_way(chapter: PlacedChapter, at: Rectangle, way: Way, screen: str, numbers: Numbers) -> None:
    ends = [wire.end for wire in leaving(at, chapter.wires)]
    led = {box.box.id: box.at for box in chapter.boxes if any(begins(box.at, end) for end in ends)}
    tagged = [tag for tag in chapter.tags if any(begins(tag.at, end) for end in ends)]
    for branch in way:
        to, visit = branch.to.screen, branch.to.visit
        name = numbers.name(to, program_of(screen))
        if visit:
            visiting = [tag for tag in tagged if " ".join(tag.lines).startswith(f"visits {name}")]
            assert visiting
            for tag in visiting:
                check_way(chapter, tag.at, visit.then, screen, numbers)
        else:
            words = {"returns"} if to == RETURN else {f"to {name}", f"to {name} (missing)"}
            assert to in led or any(" ".join(tag.lines) in words for tag in tagged)


def begins(at: Rectangle, end: tuple[float, float]) -> bool:
    return at.x == end[0] and within(at, end[1])


def test_complaints_stand_on_their_screens(drawn: Mapping[str, Drawn]) -> None:
    for name, (program, complaints) in drawn.items():
        check_complaints(name, program, complaints)


def check_complaints(name: str, program: Program, complaints: tuple[Complaint, ...]) -> None:
    chart = chart_of(program, complaints, program.base)
    boxes = [box for chapter in chart.chapters for box in chapter.boxes.values()]
    for complaint in complaints:
        whole = f"{complaint.rule}: {complaint.text}"
        rows = wrapped(whole, ROW_LETTERS)
        on = [box for box in boxes if set(rows) <= {row.text for row in box.rows if row.kind is RowKind.COMPLAINT}]
        assert bool(on) != (complaint in chart.complaints), name
        assert all(box.complained for box in on), name
    assert any(box.complained for box in boxes) or len(chart.complaints) == len(complaints), name


def test_every_letter_of_a_text_is_drawn_in_each_language(lesotho: Pack) -> None:
    program = lesotho.program
    for language in program.languages:
        svg = ElementTree.fromstring(as_svg(chart_of(program, (), language), 3))
        for group in svg.iter(f"{SVG}g"):
            if group.get("class") != "screen":
                continue
            shown = " ".join(text.text or "" for text in group.iter(f"{SVG}text") if text.get("class") == "shown")
            screen = program.screens[str(group.get("id"))]
            if not isinstance(screen, CallScreen):
                whole = "".join(map(written, screen.text[language]))
                assert " ".join(whole.split()) in " ".join(shown.split())


def written(part: str | Slot) -> str:
    if isinstance(part, str):
        return part
    return f"{{{part.name}|{part.format}}}" if part.format else f"{{{part.name}}}"


def test_one_program_keeps_the_numbers_of_the_whole(lesotho: Pack) -> None:
    svg = as_svg(chart_of(lesotho.program, (), "en", "status"), 3)
    assert 'id="status/reference"' in svg and 'id="welcome/start"' not in svg
    assert "from welcome 1 start" in svg


MARKUP = '</text><script>alert(1)</script>&amp;"]])#35;<br>%%'


def test_what_an_author_wrote_is_never_markup() -> None:
    sources = {**BASE, "main.yaml": BASE["main.yaml"].replace("choose: Hello", f"choose: |-\n      {MARKUP}")}
    pack, complaints = examine(sources)
    assert pack is not None and complaints == ()
    chart = chart_of(pack.program, (), "en")
    svg = ElementTree.fromstring(as_svg(chart, 3))
    assert not list(svg.iter(f"{SVG}script"))
    assert MARKUP.replace(" ", "") in "".join(svg.itertext()).replace("\n", "").replace(" ", "")
    first = next(line for line in as_mermaid(chart).splitlines() if "alert" in line)
    inside = first.partition('["')[2].rpartition('"]')[0]
    assert not set("\"'&<>`|[]{}()%") & set(inside.replace("<br>", ""))


def test_a_control_letter_does_not_break_the_file() -> None:
    svg = ElementTree.fromstring(complaints_svg([Complaint("a.yaml", 1, 1, "yaml", "holds \x00 and \x1b and \ud800")]))
    assert r"holds \u0000 and \u001b and \ud800" in "".join(svg.itertext())


def test_wide_letters_and_marks_are_counted_as_they_stand() -> None:
    assert cells("e\u0301") == 1 and cells("漢字") == 4
    assert all(cells(line) <= ROW_LETTERS for line in wrapped("漢" * 50 + " " + "x" * 50, ROW_LETTERS))
    assert "".join(wrapped("漢" * 50, ROW_LETTERS)) == "漢" * 50


def test_mermaid_has_every_screen_and_way(drawn: Mapping[str, Drawn]) -> None:
    for name, (program, complaints) in drawn.items():
        check_mermaid(name, program, complaints)


def check_mermaid(name: str, program: Program, complaints: tuple[Complaint, ...]) -> None:
    lines = as_mermaid(chart_of(program, complaints, program.base)).splitlines()
    solid = [line for line in lines if " -->" in line and not line.lstrip().startswith("e")]
    branches = sum(1 for screen in program.screens.values() for _ in targets(screen))
    assert len(solid) == branches, name
    assert len([line for line in lines if line.startswith("    s")]) == len(program.screens), name


# --- the command ------------------------------------------------------------------------------------------------


def write(sources: Mapping[str, str], directory: Path) -> Path:
    for name, text in sources.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, "utf-8")
    return directory


@pytest.mark.parametrize("form", ["svg", "mermaid"])
def test_a_pack_that_cannot_be_read_shows_its_complaints(examined: Examined, tmp_path: Path, form: str) -> None:
    unreadable = [name for name, (pack, _) in examined.items() if pack is None]
    assert unreadable
    for name in unreadable:
        sources, expected = broken(next(path for path in FAULTS if path.stem == name))
        directory = write(sources, tmp_path / name)
        result = CliRunner().invoke(cli, ["menus", "draw", str(directory), "--format", form])
        assert result.exit_code == 0
        assert len(expected) > 0 and f"Drawn with {len(expected)} complaint" in result.stderr
        assert all(line.split(": ")[1] in result.stdout for line in expected)


def test_the_same_pack_gives_the_same_file_in_any_process(tmp_path: Path) -> None:
    files = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for seed, file in enumerate(files):
        command = [sys.executable, "-m", "app.entry", "menus", "draw", "tests/flat", "--output", str(file)]
        subprocess.run(command, check=True, cwd=ROOT, env={"PYTHONHASHSEED": str(seed)}, timeout=60)
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--program", "nowhere"], "no program of this pack"),
        (["--language", "xx"], "no language of this pack"),
        (["--format", "png"], "no format"),
        (["--columns", "0"], "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_drawn_is_said(wrong: list[str], told: str) -> None:
    result = CliRunner().invoke(cli, ["menus", "draw", str(FLAT), *wrong])
    assert result.exit_code == 2 and told in result.stderr


def test_a_published_version_can_be_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MOHALA_HOME", str(tmp_path))
    runner, pack = CliRunner(), str(shutil.copytree(FLAT, tmp_path / "pack"))
    assert runner.invoke(cli, ["migrate"]).exit_code == 0
    assert runner.invoke(cli, ["menus", "publish", pack]).exit_code == 0
    here = runner.invoke(cli, ["menus", "draw", pack])
    assert runner.invoke(cli, ["menus", "draw", "current"]).stdout == here.stdout
