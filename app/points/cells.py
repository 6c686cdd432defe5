"""The cells of a CSV file, each with the line and column where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, blanks around it left out, and where it begins (1-based)."""

    text: str
    line: int
    column: int


Row = tuple[Cell, ...]


class BadCells(ValueError):
    """A text that is no CSV; `line` and `column` say where."""

    def __init__(self, line: int, column: int, told: str) -> None:
        super().__init__(told)
        self.line = line
        self.column = column


def read_cells(text: str, delimiter: str = ",") -> Iterator[Row]:
    """Rows as RFC 4180 writes them; empty lines are left out. Raises `BadCells`.

    The library's reader does not say in which column a cell stands, and takes an unclosed quote for a cell that reaches
    to the end of the file.
    """
    place, line, begin = 0, 1, 0
    row: list[Cell] = []
    while place < len(text):
        at = Cell("", line, place - begin + 1)
        if text[place] == '"':
            value, place = _quoted(text, place, at)
            breaks = text.count("\n", begin, place)
            if breaks:
                line, begin = line + breaks, text.rindex("\n", begin, place) + 1
            if text[place : place + 1] not in (delimiter, "\n", ""):
                raise BadCells(at.line, at.column, "goes on behind its closing quote; write a quote inside twice")
        else:
            end = place
            while end < len(text) and text[end] not in f"{delimiter}\n":
                end += 1
            value, place = text[place:end], end
        row.append(Cell(value.strip(), at.line, at.column))
        if place < len(text) and text[place] == delimiter:
            place += 1
            if place < len(text) and text[place] != "\n":
                continue
            row.append(Cell("", line, place - begin + 1))
        if any(cell.text for cell in row):
            yield tuple(row)
        row, place, line, begin = [], place + 1, line + 1, place + 1


def _quoted(text: str, place: int, at: Cell) -> tuple[str, int]:
    """A cell in quotes, and the place behind it."""
    value, end = "", place + 1
    while True:
        close = text.find('"', end)
        if close < 0:
            raise BadCells(at.line, at.column, "opens a quote that nothing closes; write the other one")
        value += text[end:close]
        if text[close + 1 : close + 2] != '"':
            return value, close + 1
        value, end = f'{value}"', close + 2
