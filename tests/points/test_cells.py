"""Cells of a CSV file: their text as the library's reader has it, and where they stand."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.points.cells import BadCells, Cell, read_cells

letters = st.text(st.sampled_from('ab,;"\n '), max_size=6)


@given(st.lists(st.lists(letters, min_size=2, max_size=4), max_size=5), st.sampled_from(",;"))
def test_what_the_library_writes_is_read_as_it_was(rows: list[list[str]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    found = [[cell.text for cell in row] for row in read_cells(text.getvalue(), delimiter)]
    wanted = [[cell.strip() for cell in row] for row in rows]
    assert found == [row for row in wanted if any(row)]


def test_each_cell_knows_its_line_and_column() -> None:
    rows = list(read_cells('id,name\n\n014,"Ha\nMohlala",x\n15,y,\n'))
    assert rows[1] == (Cell("014", 3, 1), Cell("Ha\nMohlala", 3, 5), Cell("x", 4, 10))
    assert rows[2] == (Cell("15", 5, 1), Cell("y", 5, 4), Cell("", 5, 6))


@pytest.mark.parametrize(("text", "column"), [('a,"b', 3), ('a,"b"c,d', 3)])
def test_a_quote_that_is_not_closed_is_told_with_its_place(text: str, column: int) -> None:
    with pytest.raises(BadCells) as refused:
        list(read_cells(f"id,name\n{text}\n"))
    assert (refused.value.line, refused.value.column) == (2, column)
