"""The rows of a ministry's spreadsheet: CSV as office programs write it, or the first sheet of an XLSX file."""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Iterator
from io import BytesIO

from python_calamine import CalamineError, CalamineWorkbook

from app import limits
from app.points.cells import BadCells, Cell, Row, read_cells

ZIP_MARK = b"PK\x03\x04"
XLS_MARK = b"\xd0\xcf\x11\xe0"
"""Of what Excel wrote before 2007."""
DELIMITERS = ",;\t"
"""Office programs write semicolons where the comma is a decimal sign."""


def read_rows(data: bytes) -> Iterator[Row]:
    """The rows that are not empty, with where each cell stands; raises `BadCells` for what is no spreadsheet.

    In an XLSX file, line and column are those of the sheet.
    """
    if data.startswith(XLS_MARK):
        raise BadCells(1, 1, "is of an Excel before 2007 (.xls); save it as XLSX or CSV")
    return _xlsx_rows(data) if data.startswith(ZIP_MARK) else _csv_rows(data)


def _csv_rows(data: bytes) -> Iterator[Row]:
    text = _decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    first = text.partition("\n")[0]
    yield from read_cells(text, max(DELIMITERS, key=first.count))


def _decoded(data: bytes) -> str:
    """As UTF-8 with or without its mark, UTF-16 with one, or else the code page of Windows in the West."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _xlsx_rows(data: bytes) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
        if size > limits.points_unpacked_bytes_max:
            raise BadCells(1, 1, f"unpacks to more than {limits.points_unpacked_bytes_max} bytes; save the sheet alone")
        workbook = CalamineWorkbook.from_filelike(BytesIO(data))
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False, nrows=limits.points_rows_max)
    except (zipfile.BadZipFile, CalamineError) as error:
        raise BadCells(1, 1, f"is no XLSX file ({error}); save it as XLSX or CSV again") from None
    # What is right of the last column that says anything is no cell.
    width = max((place for row in rows for place, value in enumerate(row, 1) if _text(value)), default=0)
    for line, row in enumerate(rows, 1):
        if any(map(_text, row)):
            yield tuple(Cell(_text(value), line, column) for column, value in enumerate(row[:width], 1))


def _text(value: object) -> str:
    """A number that a spreadsheet took a cell for, without the point that it gave it."""
    return str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
