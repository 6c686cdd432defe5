"""Where everything of a drawing stands: trees of screens, a fixed number of columns wide, none touching another.

A screen stands once, where it is first led to; any other way to it ends in a tag with its number. So no line crosses
a screen or another line, whatever the menu (docs/decisions/drawing.md). Lengths are millimetres.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.authoring.drawing.chart import LABEL_LETTERS, Box, Chapter, Exit, is_return, wrapped

MARGIN = 8.0
PHONE_WIDTH = 43.0
HEAD_HEIGHT = 5.0
ROWS_TOP = 0.6
ROW_HEIGHT = 3.3
FOOT_HEIGHT = 2.5
GAP = 27.0
BEND = 8.0
"""How much of the gap the lines need to bend; labels stand in the rest."""
TAG_WIDTH = 30.0
TAG_LETTERS = 21
LABEL_HEIGHT = 2.6
BETWEEN = 4.0
CAPTION_HEIGHT = 5.0
INCOMING_MAX = 8


@dataclass(frozen=True, slots=True)
class Rectangle:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A screen; `caption` stands above those that a tree begins with and says what leads there."""

    box: Box
    number: int
    caption: str
    at: Rectangle


@dataclass(frozen=True, slots=True)
class Tag:
    """A way that ends elsewhere; `screen` is what it names, if that is drawn."""

    lines: tuple[str, ...]
    screen: str | None
    at: Rectangle


@dataclass(frozen=True, slots=True)
class Wire:
    """A way, from the row where it leaves to where it leads; the label's lines stand at its end."""

    start: tuple[float, float]
    end: tuple[float, float]
    label: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlacedChapter:
    boxes: tuple[PlacedBox, ...]
    tags: tuple[Tag, ...]
    wires: tuple[Wire, ...]
    bottom: float


@dataclass(slots=True)
class Node:
    """A screen or the end of a way, with what stands to the right of it.

    `exits` are the ways that lead here from the left, one below another, for the same reason.
    """

    box: Box | None
    exits: list[Exit] = field(default_factory=list)
    lines: tuple[str, ...] = ()
    screen: str | None = None
    children: list[Node] = field(default_factory=list)

    @property
    def own_height(self) -> float:
        if self.box:
            return box_height(self.box)
        return 2.0 + ROW_HEIGHT * len(self.lines)

    @property
    def height(self) -> float:
        below = sum(child.height for child in self.children) + BETWEEN * max(0, len(self.children) - 1)
        label = LABEL_HEIGHT * len(self.exits[0].label) + 1.0 if self.exits else 0.0
        return max(self.own_height, below, label)


def box_height(box: Box) -> float:
    return HEAD_HEIGHT + ROWS_TOP + ROW_HEIGHT * len(box.rows) + FOOT_HEIGHT


def row_middle(top: float, row: int) -> float:
    """The middle of a row of a box that begins at `top`."""
    return top + HEAD_HEIGHT + ROWS_TOP + ROW_HEIGHT * (row + 0.5)


def plant(chapter: Chapter, columns: int) -> list[Node]:
    """The screens of a program as trees, at most so many columns deep: first the one that begins at its start."""
    claimed: set[str] = set()
    trees: list[Node] = []
    waiting = deque(chapter.boxes)
    while waiting:
        name = waiting.popleft()
        if name in claimed:
            continue
        claimed.add(name)
        tree = Node(chapter.boxes[name])
        trees.append(tree)
        waiting.extendleft(reversed(_grow(tree, chapter, columns, claimed)))
    return trees


def _grow(tree: Node, chapter: Chapter, columns: int, claimed: set[str]) -> list[str]:
    """Add all that is led to, nearest first; gives the screens for which there was no column left."""
    left: list[str] = []
    assert tree.box is not None, "a tree begins with a screen"
    open_nodes: deque[tuple[Node, int, Sequence[Exit]]] = deque([(tree, 1, tree.box.exits)])
    while open_nodes:
        node, depth, exits = open_nodes.popleft()
        for exit in exits:
            before = node.children[-1].exits if node.children else []
            if before and _same_end(before[0], exit):
                before.append(exit)
                continue
            box = chapter.boxes.get(exit.to) if not exit.visited else None
            fresh = box is not None and box.id not in claimed
            if box is not None and fresh and depth < columns:
                claimed.add(box.id)
                child, following = Node(box, [exit]), box.exits
            else:
                left += [exit.to] if fresh else []
                child, following = Node(None, [exit], screen=exit.to), exit.visited.exits if exit.visited else ()
            node.children.append(child)
            open_nodes.append((child, depth + 1, following))
    return left


def _same_end(one: Exit, other: Exit) -> bool:
    return (one.to, one.label, one.visited) == (other.to, other.label, other.visited)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers that the screens of a drawing have in their programs, and which others lead to each."""

    of: Mapping[str, int]
    incoming: Mapping[str, Sequence[str]]

    def name(self, screen: str, here: str) -> str:
        """How a screen is called in the program `here`: number and name, with its program if that is another."""
        program, _, short = screen.partition("/")
        number = f"{self.of[screen]} " if screen in self.of else ""
        return f"{number}{short}" if program == here else f"{program} {number}{short}"


def number(planted: Mapping[str, Sequence[Node]]) -> Numbers:
    """Count the screens of each program in the order in which a reader meets them."""
    of: dict[str, int] = {}
    incoming: dict[str, dict[str, None]] = {}
    for trees in planted.values():
        boxes = [node.box for tree in trees for node in _walk(tree) if node.box]
        for count, box in enumerate(boxes, 1):
            of[box.id] = count
            for exit in box.exits:
                for screen in _screens(exit):
                    incoming.setdefault(screen, {})[box.id] = None
    return Numbers(of, {screen: tuple(sources) for screen, sources in incoming.items()})


def _screens(exit: Exit) -> Iterator[str]:
    yield exit.to
    for further in exit.visited.exits if exit.visited else ():
        yield from _screens(further)


def _walk(tree: Node) -> Iterator[Node]:
    yield tree
    for child in tree.children:
        yield from _walk(child)


def place(chapter: Chapter, trees: Sequence[Node], numbers: Numbers, top: float) -> PlacedChapter:
    """Put the trees of a program below one another, from `top` down."""
    pen = _Pen(chapter.name, numbers)
    for tree in trees:
        for node in _walk(tree):
            if node.box is None:
                node.lines = tuple(wrapped(pen.tag_words(node.exits[0]), TAG_LETTERS))
        pen.put(tree, MARGIN, top + CAPTION_HEIGHT)
        top += CAPTION_HEIGHT + tree.height + BETWEEN
    return PlacedChapter(tuple(pen.boxes), tuple(pen.tags), tuple(pen.wires), top)


@dataclass(slots=True)
class _Pen:
    chapter: str
    numbers: Numbers
    boxes: list[PlacedBox] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)

    def put(self, node: Node, x: float, y: float) -> None:
        """A node at its place, and its children in the next column, each below the one before."""
        width = PHONE_WIDTH if node.box else TAG_WIDTH
        at = Rectangle(x, y, width, node.own_height)
        if node.box:
            caption = "" if node.exits else self._caption(node.box)
            self.boxes.append(PlacedBox(node.box, self.numbers.of[node.box.id], caption, at))
        else:
            screen = node.screen if node.screen in self.numbers.of else None
            self.tags.append(Tag(node.lines, screen, at))
        top = y
        for child in node.children:
            self._join(node, child, at, (x + PHONE_WIDTH + GAP, top))
            top += child.height + BETWEEN

    def _join(self, node: Node, child: Node, at: Rectangle, there: tuple[float, float]) -> None:
        arrives = there[1] + (HEAD_HEIGHT / 2 if child.box else 1.0 + ROW_HEIGHT / 2)
        self.put(child, *there)
        for count, exit in enumerate(child.exits):
            leaves = row_middle(at.y, exit.row) if node.box else at.y + at.height / 2
            label = () if count else exit.label
            self.wires.append(Wire((at.x + at.width, leaves), (there[0], arrives), label))

    def _caption(self, box: Box) -> str:
        sources = [self.numbers.name(source, self.chapter) for source in self.numbers.incoming.get(box.id, ())]
        told = ", ".join(sources[:INCOMING_MAX]) + (", ..." if len(sources) > INCOMING_MAX else "")
        return f"from {told}" if sources else ""

    def tag_words(self, exit: Exit) -> str:
        if exit.visited:
            given = f" with {exit.visited.arguments}" if exit.visited.arguments else ""
            keeps = f", keeps {exit.visited.results}" if exit.visited.results else ""
            return f"visits {self.numbers.name(exit.visited.start, self.chapter)}{given}{keeps}, then"
        if is_return(exit):
            return "returns"
        known = exit.to in self.numbers.of
        return f"to {self.numbers.name(exit.to, self.chapter)}" + ("" if known else " (missing)")


LABEL_WIDTH = GAP - BEND
assert LABEL_LETTERS * 1.4 <= LABEL_WIDTH, "a label fits into its part of the gap"
