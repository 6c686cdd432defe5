"""A drawing as a Mermaid flowchart, for pages that show such text as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.authoring.drawing.chart import Box, Chart, Exit, RowKind, is_return
from app.errors import Complaint

SHAPES = {
    "choose": ("[", "]"),
    "ask": ("[/", "/]"),
    "confirm": ("{{", "}}"),
    "call": ("[[", "]]"),
    "page": ("[(", ")]"),
    "pick": ("[\\", "\\]"),
    "end": ("([", "])"),
}
_ENTITIES = str.maketrans({letter: f"#{ord(letter)};" for letter in "\"'#&<>`|[]{}()\\/:;%*_~\x7f"})


def as_mermaid(chart: Chart) -> str:
    """The text of a flowchart from left to right; a marked screen has the class `complaint`."""
    flow = _Flow({box: f"s{count}" for count, box in enumerate(_drawn(chart), 1)})
    lines = [*_opening(), *_notes(chart.complaints)]
    for count, chapter in enumerate(chart.drawn, 1):
        lines.append(f'  subgraph p{count}["{_text([chapter.name])}"]')
        lines += [f"    {flow.ids[box.id]}{_shape(box)}" for box in chapter.boxes.values()]
        lines.append("  end")
        start = next(iter(chapter.boxes), None)
        if chapter.entrances and start:
            lines.append(f'  e{count}>"{_text(chapter.entrances)}"] --> {flow.ids[start]}')
    for chapter in chart.drawn:
        for box in chapter.boxes.values():
            for exit in box.exits:
                flow.lead(flow.ids[box.id], box.rows[exit.row].text, exit)
    return "\n".join([*lines, *flow.lines]) + "\n"


def complaints_mermaid(complaints: Sequence[Complaint]) -> str:
    """What is drawn of a pack whose files could not even be read: its complaints."""
    return "\n".join([*_opening(), *_notes(complaints)]) + "\n"


def _opening() -> list[str]:
    return ["flowchart LR", "  classDef complaint stroke:#b00020,stroke-width:3px,stroke-dasharray:6 3"]


def _notes(complaints: Sequence[Complaint]) -> list[str]:
    return [f'  c{count}["{_text([str(one)])}"]:::complaint' for count, one in enumerate(complaints, 1)]


def _drawn(chart: Chart) -> list[str]:
    return [box for chapter in chart.drawn for box in chapter.boxes]


@dataclass(slots=True)
class _Flow:
    """The ways, line by line; `ids` gains a place for everything that is led to but not drawn."""

    ids: dict[str, str]
    lines: list[str] = field(default_factory=list)
    visits: int = 0

    def lead(self, source: str, at: str, exit: Exit) -> None:
        label = _text([part for part in (at, " ".join(exit.label)) if part])
        arrow = f'-->|"{label}"|' if label else "-->"
        if exit.visited is None:
            self.lines.append(f"  {source} {arrow} {self._place(exit)}")
            return
        self.visits += 1
        visit = f"v{self.visits}"
        given = f"visits, with {exit.visited.arguments}" if exit.visited.arguments else "visits"
        self.lines.append(f'  {source} {arrow} {visit}[["{_text([given])}"]]')
        self.lines.append(f"  {visit} -.-> {self._named(exit.visited.start)}")
        for further in exit.visited.exits:
            self.lead(visit, "then", further)

    def _place(self, exit: Exit) -> str:
        return self._named("returns" if is_return(exit) else exit.to)

    def _named(self, name: str) -> str:
        if name not in self.ids:
            self.ids[name] = f"o{len(self.ids)}"
            self.lines.append(f'  {self.ids[name]}["{_text([name])}"]')
        return self.ids[name]


def _shape(box: Box) -> str:
    before, after = SHAPES[box.kind]
    shown = [row.text for row in box.rows if row.kind is not RowKind.WAY]
    mark = ":::complaint" if box.complained else ""
    return f'{before}"{_text([box.id.partition("/")[2], *shown])}"{after}{mark}'


def _text(lines: Sequence[str]) -> str:
    """A label in which nothing can be read as Mermaid's own signs or as HTML."""
    return "<br>".join(
        "".join(letter if letter.isprintable() else "?" for letter in line).translate(_ENTITIES) for line in lines
    )
