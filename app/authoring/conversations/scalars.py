"""Where the values of a YAML file stand, letter by letter, so that one can be changed and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

_COMMENT = re.compile(r"[ \t]+#[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Scalar:
    """Offsets in characters, from 0. `key_column` is that of its key; `comment` stands behind it on its first line.

    `end` lies behind the comment, and in a block behind its last line of text.
    """

    start: int
    end: int
    key_column: int
    in_braces: bool
    comment: str


def find_scalars(text: str) -> dict[tuple[int, int], Scalar]:
    """Every value of a mapping that is no collection itself, by its line and column, which count from 1."""
    found = {}
    stack: list[yaml.events.CollectionStartEvent] = []
    key: yaml.events.ScalarEvent | None = None
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            stack.append(event)
            key = None
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
            key = None
        elif isinstance(event, yaml.ScalarEvent) and stack and isinstance(stack[-1], yaml.MappingStartEvent):
            if key is None:
                key = event
                continue
            in_braces = any(collection.flow_style for collection in stack)
            line, column, scalar = _scalar(text, event, _place(key)[1], in_braces)
            found[line, column] = scalar
            key = None
    return found


def _place(event: yaml.events.ScalarEvent) -> tuple[int, int, int, int]:
    """Line and column from 0, first and last offset."""
    start, end = event.start_mark, event.end_mark
    assert start is not None and end is not None, "this loader gives every event its marks"
    return start.line, start.column, start.index, end.index


def _scalar(text: str, event: yaml.events.ScalarEvent, key_column: int, in_braces: bool) -> tuple[int, int, Scalar]:
    line, column, start, end = _place(event)
    comment = ""
    if event.style in ("|", ">"):
        head = re.compile(r"[^\r\n]*").match(text, start)
        found = _COMMENT.search(head[0] if head else "")
        comment = found[0] if found else ""
        end = start + _block_length(text[start:end])
    elif not in_braces and (tail := _COMMENT.match(text, end)):
        comment, end = tail[0], tail.end()
    return line + 1, column + 1, Scalar(start, end, key_column, in_braces, comment)


def _block_length(block: str) -> int:
    """Characters of a block up to its last line of text; the parser counts blank lines and comments below it too."""
    head, *body = block.splitlines(keepends=True)
    depth = next((_depth(line) for line in body if line.strip()), 0)
    while body and (not body[-1].strip() or _depth(body[-1]) < depth):
        body.pop()
    return len("".join([head, *body]).rstrip("\r\n"))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
