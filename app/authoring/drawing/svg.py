"""A drawing as SVG: real size in millimetres, no script, no font file and nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from app.authoring.drawing.chart import Box, Chapter, Chart, RowKind, cells, wrapped
from app.authoring.drawing.placing import (
    BEND,
    GAP,
    HEAD_HEIGHT,
    LABEL_HEIGHT,
    LABEL_WIDTH,
    MARGIN,
    PHONE_WIDTH,
    ROW_HEIGHT,
    TAG_WIDTH,
    PlacedBox,
    PlacedChapter,
    Rectangle,
    Tag,
    Wire,
    number,
    place,
    plant,
    row_middle,
)
from app.engine.program import program_of
from app.errors import Complaint

LETTER_WIDTH = 1.62
SMALL_LETTER_WIDTH = 1.32
BASELINE = 0.95
"""From the middle of a row down to the line that its letters stand on."""
TITLE_HEIGHT = 16.0
CHAPTER_HEIGHT = 9.0
COMPLAINT_LETTERS = 130
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
STYLE = """
text { font-family: "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: 2.7px; fill: #000;
  white-space: pre }
.title { font-size: 5px; font-weight: bold }
.chapter { font-size: 4px; font-weight: bold }
.caption, .label { font-size: 2.2px; fill: #333 }
.legend { font-size: 2.5px }
.link { font-size: 2.5px; text-decoration: underline }
.head { font-weight: bold }
.note, .way { fill: #444; font-style: italic }
.way { font-weight: bold }
.complaint { fill: #b00020; font-weight: bold }
.white { fill: #fff }
rect, path { fill: none; stroke: #000; stroke-width: .3 }
.paper { fill: #fff; stroke: none }
.phone, .behind { fill: #fff }
.dark { fill: #000 }
.call { fill: #eee }
.end { stroke-width: .9 }
.marked { stroke: #b00020; stroke-width: 1.2; stroke-dasharray: 2 .8 }
.tag { stroke-dasharray: .8 .6 }
.wire { stroke: #555 }
"""
KINDS = (
    ("choose", "a menu: each line leads where its line on the right does"),
    ("ask", "something is typed: the double line stands for the input"),
    ("confirm", "asks for a yes before something happens: a double border"),
    ("call", "no page: a service is asked or a request is filed"),
    ("page", "a long text or a list, page by page: sheets behind it"),
    ("pick", "one entry of a list that a service gave: a bar on the left"),
    ("end", "the last page: a dark head"),
    ("program", "screens that belong together: each line is a way to another program; a click leads to its screens"),
)


def as_svg(chart: Chart, columns: int) -> str:
    """The text of an SVG file; the same chart always gives the same text."""
    planted = {chapter.name: plant(chapter, columns) for chapter in chart.chapters}
    numbers = number(planted)
    body, top = Element("g"), MARGIN + TITLE_HEIGHT
    top = _complaints(body, chart.complaints, top)
    right = MARGIN + columns * (PHONE_WIDTH + GAP) + TAG_WIDTH
    for chapter in chart.drawn:
        placed = place(chapter, planted[chapter.name], numbers, top + CHAPTER_HEIGHT)
        _heading(body, chapter, top)
        _paint(body, placed, chart)
        right = max([right, *(tag.at.x + tag.at.width for tag in placed.tags)])
        top = placed.bottom + CHAPTER_HEIGHT
    top = _legend(body, chart, top)
    return _document(chart, body, right + MARGIN, top + MARGIN)


def complaints_svg(complaints: Sequence[Complaint]) -> str:
    """What is drawn of a pack whose files could not even be read: its complaints."""
    body = Element("g")
    chart = Chart("A pack that cannot be read yet", "", "", None, (), ())
    bottom = _complaints(body, complaints, MARGIN + TITLE_HEIGHT)
    return _document(chart, body, 2 * MARGIN + COMPLAINT_LETTERS * LETTER_WIDTH, bottom + MARGIN)


def _document(chart: Chart, body: Element, width: float, height: float) -> str:
    root = Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        width=f"{_mm(width)}mm",
        height=f"{_mm(height)}mm",
        viewBox=f"0 0 {_mm(width)} {_mm(height)}",
    )
    if chart.language:
        root.set("lang", chart.language)
    SubElement(root, "title").text = _writable(chart.title)
    SubElement(root, "style").text = STYLE
    _rectangle(root, Rectangle(0, 0, width, height), "paper")
    _text(root, (MARGIN, MARGIN + 6), chart.title, "title", None)
    if chart.language:
        _text(root, (MARGIN, MARGIN + 11), f"language {chart.language}", "caption", None)
    if chart.beside:
        back = SubElement(root, "a", href=chart.beside)
        _text(back, (MARGIN + PHONE_WIDTH, MARGIN + 11), "to all programs", "link", None)
    root.append(body)
    indent(root, " ")
    return tostring(root, encoding="unicode") + "\n"


def _heading(parent: Element, chapter: Chapter, top: float) -> None:
    _text(parent, (MARGIN, top + 4), chapter.name, "chapter", None)
    if chapter.entrances:
        _text(parent, (MARGIN, top + 8), "entered by " + ", ".join(chapter.entrances), "caption", None)


def _paint(parent: Element, placed: PlacedChapter, chart: Chart) -> None:
    for wire in placed.wires:
        _wire(parent, wire)
    for box in placed.boxes:
        _box(parent, box)
    for tag in placed.tags:
        _tag(parent, tag, _address(tag.screen, chart) if tag.screen else "")


def _address(screen: str, chart: Chart) -> str:
    """Where a screen is drawn; nothing if that is in no file that is known here."""
    program = program_of(screen)
    if any(program == chapter.name for chapter in chart.drawn):
        return f"#{screen}"
    return f"{program}.svg#{screen}" if chart.beside else ""


def _wire(parent: Element, wire: Wire) -> None:
    (x, y), (to_x, to_y) = wire.start, wire.end
    bend = to_x - LABEL_WIDTH
    half = (x + bend) / 2
    path = f"M{_mm(x)} {_mm(y)}C{_mm(half)} {_mm(y)} {_mm(half)} {_mm(to_y)} {_mm(bend)} {_mm(to_y)}H{_mm(to_x)}"
    head = f"M{_mm(to_x - 1.6)} {_mm(to_y - 0.8)}L{_mm(to_x)} {_mm(to_y)}L{_mm(to_x - 1.6)} {_mm(to_y + 0.8)}"
    SubElement(parent, "path", {"class": "wire", "d": path})
    SubElement(parent, "path", {"class": "wire", "d": head})
    for line, text in enumerate(wire.label):
        y = to_y - 0.6 + line * LABEL_HEIGHT + (0.3 if line else 0)
        _text(parent, (bend + 0.4, y), text, "label", SMALL_LETTER_WIDTH)


def _box(parent: Element, placed: PlacedBox) -> None:
    box, at = placed.box, placed.at
    leads = {"href": _writable(box.href)} if box.href else {}
    group = SubElement(parent, "a" if leads else "g", {"id": _writable(box.id), "class": "screen", **leads})
    if placed.caption:
        _text(group, (at.x, at.y - 1.2), placed.caption, "caption", None)
    _frame(group, box, at)
    short = box.id.partition("/")[2]
    heading = f"{placed.number} {short}"[: 24 - len(box.kind) - 1]
    light = " white" if box.kind == "end" else ""
    middle = at.y + HEAD_HEIGHT / 2 + BASELINE
    _text(group, (at.x + 2, middle), heading, f"head{light}", LETTER_WIDTH)
    _text(group, (at.x + at.width - 2 - len(box.kind) * LETTER_WIDTH, middle), box.kind, f"note{light}", LETTER_WIDTH)
    for row, line in enumerate(box.rows):
        y = row_middle(at.y, row) + BASELINE
        x = at.x + 2
        if line.kind is RowKind.WAY:
            x = at.x + at.width - 2 - cells(line.text) * LETTER_WIDTH
        _text(group, (x, y), line.text, line.kind.value, LETTER_WIDTH)


def _frame(group: Element, box: Box, at: Rectangle) -> None:
    """The outline, which tells the kinds apart without a colour."""
    marked = " marked" if box.complained else ""
    if box.kind == "page":
        _rectangle(group, Rectangle(at.x + 1.2, at.y + 1.2, at.width, at.height), "behind", 2)
    corner = 0 if box.kind == "call" else 2
    _rectangle(group, at, f"phone {box.kind}{marked}", corner)
    if box.kind == "confirm":
        _rectangle(group, Rectangle(at.x + 0.7, at.y + 0.7, at.width - 1.4, at.height - 1.4), "inner", 1.5)
    head = Rectangle(at.x, at.y, at.width, HEAD_HEIGHT)
    if box.kind == "end":
        _rectangle(group, head, "dark", corner)
    else:
        SubElement(group, "path", d=f"M{_mm(at.x)} {_mm(at.y + HEAD_HEIGHT)}h{_mm(at.width)}")
    if box.kind == "pick":
        _rectangle(group, Rectangle(at.x, at.y + HEAD_HEIGHT, 1.1, at.height - HEAD_HEIGHT - 2), "dark")
    if box.kind == "call":
        for x in (at.x + 1, at.x + at.width - 1):
            SubElement(group, "path", d=f"M{_mm(x)} {_mm(at.y)}v{_mm(at.height)}")
    if box.kind == "ask":
        for above in (1.6, 1.0):
            SubElement(group, "path", d=f"M{_mm(at.x + 2)} {_mm(at.y + at.height - above)}h{_mm(at.width - 4)}")


def _tag(parent: Element, tag: Tag, href: str) -> None:
    group = SubElement(parent, "a", href=_writable(href)) if href else SubElement(parent, "g")
    _rectangle(group, tag.at, "tag", 1)
    for row, line in enumerate(tag.lines):
        y = tag.at.y + 1 + ROW_HEIGHT * (row + 0.5) + BASELINE
        _text(group, (tag.at.x + 1, y), line, "label", SMALL_LETTER_WIDTH)


def _complaints(parent: Element, complaints: Sequence[Complaint], top: float) -> float:
    """The complaints that belong to no drawn screen, from `top` down; gives where they end."""
    for complaint in complaints:
        for line in wrapped(str(complaint), COMPLAINT_LETTERS):
            _text(parent, (MARGIN, top), line, "complaint", LETTER_WIDTH)
            top += ROW_HEIGHT + 0.5
    return top + (BEND if complaints else 0)


def _legend(parent: Element, chart: Chart, top: float) -> float:
    kinds = {box.kind for chapter in chart.drawn for box in chapter.boxes.values()}
    lines = [f"{kind:8} {told}" for kind, told in KINDS if kind in kinds]
    lines.append("Each stands once; a dashed tag names the number of the one where a way goes on.")
    if chart.keys:
        lines.append(f"Every page after the first also offers: {chart.keys}")
    for line in lines:
        _text(parent, (MARGIN, top), line, "legend", None)
        top += ROW_HEIGHT
    return top


def _rectangle(parent: Element, at: Rectangle, kind: str, corner: float = 0) -> None:
    places = {"x": _mm(at.x), "y": _mm(at.y), "width": _mm(at.width), "height": _mm(at.height)}
    SubElement(parent, "rect", {"class": kind, **places, **({"rx": _mm(corner)} if corner else {})})


def _text(parent: Element, at: tuple[float, float], text: str, kind: str, letter: float | None) -> None:
    """One line; with `letter` it is exactly so wide a letter, whatever font the reader has."""
    if not text.strip():
        return
    places = {"x": _mm(at[0]), "y": _mm(at[1])}
    fixed = {"textLength": _mm(cells(text) * letter), "lengthAdjust": "spacingAndGlyphs"} if letter else {}
    SubElement(parent, "text", {"class": kind, **places, **fixed}).text = _writable(text)


def _writable(text: str) -> str:
    """XML has no place for control characters, whatever a menu's text holds."""
    return _UNWRITABLE.sub("\ufffd", text)


def _mm(length: float) -> str:
    return f"{length:.2f}".rstrip("0").rstrip(".")
