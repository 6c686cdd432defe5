"""Reads a data file of a pack: its head, its columns, and every row, refused with line, column and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app import limits
from app.compiler.known import enumerated
from app.compiler.reader import Reader
from app.compiler.shapes import Country
from app.errors import Complaint
from app.lookups import AS_OF, SOURCE, DataRow
from app.payments import to_minor
from app.points.cells import BadCells, Cell, Row, read_cells
from app.points.sheet import RISKY
from app.values.rules import ValueType
from app.values.text import fit, septets, spell, utf16_units

HEAD = (SOURCE, AS_OF)
"""What the lines with `#` above the columns may say of all rows."""
_COLUMN = re.compile(r"([a-z][a-z0-9_]{0,39})(?:\.([A-Za-z-]{2,20}))?")
_SIGNED = re.compile(r"[+-][0-9 .,()-]+")
"""A telephone number with its country, or an amount below nothing: no formula."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """`columns` by their names without a language, `translated` those that have one cell for each; `texts` are the
    cells that stand there, each with its column and language, `words` those of a code that the pack has a word for.
    """

    columns: frozenset[str]
    translated: frozenset[str]
    rows: tuple[DataRow, ...]
    texts: tuple[tuple[str, str, Cell], ...]
    words: tuple[tuple[str, Cell], ...] = ()


def read_file(
    file: str,
    text: str,
    keys: frozenset[str],
    types: Mapping[str, ValueType],
    languages: Sequence[str],
    country: Country,
    reader: Reader,
) -> DataFile | None:
    """What stands in a file, rows that are wrong left out; None if its columns could not be read.

    `keys` are the columns by which rows are found, `types` those of columns that are no texts.
    """
    if len(text.encode()) > limits.pack_file_bytes_max:
        told = f"is larger than {limits.pack_file_bytes_max} bytes; leave out what nobody needs"
        reader.complain(Complaint(file, 1, 1, "file-size", told))
        return None
    parsing = _Parsing(file, keys, types, languages, country, reader)
    rows = list[Row]()
    try:
        rows += read_cells(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    except BadCells as error:
        reader.complain(Complaint(file, error.line, error.column, "csv", str(error)))
        return None
    return parsing.read(rows)


@dataclass(slots=True)
class _Parsing:
    file: str
    keys: frozenset[str]
    types: Mapping[str, ValueType]
    languages: Sequence[str]
    country: Country
    reader: Reader
    head: dict[str, Cell] = field(default_factory=dict)
    places: dict[tuple[str, str], int] = field(default_factory=dict)
    texts: list[tuple[str, str, Cell]] = field(default_factory=list)
    words: list[tuple[str, Cell]] = field(default_factory=list)

    def read(self, rows: list[Row]) -> DataFile | None:
        while rows and rows[0][0].text.startswith("#"):
            self._read_head(rows.pop(0))
        head = rows.pop(0) if rows else ()
        if not self._read_columns(head):
            return None
        found = list[DataRow]()
        for count, row in enumerate(rows, 1):
            if count > limits.lookup_rows_max:
                told = f"is more than the {limits.lookup_rows_max} rows that a file may have; leave some out"
                self.wrong(row[0], "too-many-rows", told)
                break
            if len(row) != len(head):
                told = f"has {len(row)} cells where the columns are {len(head)}; put a cell that holds `,` in quotes"
                self.wrong(row[0], "csv", told)
                continue
            one = self._row(row)
            if one is not None:
                found.append(one)
        translated = frozenset(name for name, language in self.places if language)
        names = frozenset(name for name, _ in self.places) - set(HEAD)
        return DataFile(names, translated, tuple(found), tuple(self.texts), tuple(self.words))

    def wrong(self, cell: Cell, rule: str, told: str) -> None:
        self.reader.complain(Complaint(self.file, cell.line, cell.column, rule, told))

    def _read_head(self, row: Row) -> None:
        """`# source: who says so`: programs that write sheets put commas behind it, and may part it at its own."""
        text = ", ".join(cell.text for cell in row if cell.text).lstrip("# ")
        name, colon, value = (part.strip() for part in text.partition(":"))
        if colon and name in HEAD:
            self.head[name] = Cell(value, row[0].line, row[0].column)
        elif colon:
            told = f"`{name}` is nothing that is said above the columns; known are {enumerated(HEAD)}"
            self.wrong(row[0], "unknown-column", told)

    def _read_columns(self, head: Row) -> bool:
        """Fills `places`; whether all that is needed is there."""
        if len(head) > limits.lookup_columns_max:
            told = f"has {len(head)} columns where a file may have {limits.lookup_columns_max}; leave some out"
            self.wrong(head[0], "too-many-rows", told)
            return False
        wrong = [cell for place, cell in enumerate(head) if not self._read_column(place, cell)]  # each is told
        fine = not wrong
        at = head[0] if head else Cell("", 1, 1)
        for name in dict.fromkeys(name for name, language in self.places if language):
            lacking = [one for one in self.languages if (name, one) not in self.places]
            if lacking:
                told = f"`{name}` has no column {', '.join(f'{name}.{one}' for one in lacking)}; add it"
                self.wrong(at, "missing-column", told)
                fine = False
        for name in HEAD:
            if name not in self.head and (name, "") not in self.places:
                told = f"nothing says the {name} of the rows; add a column `{name}`, or a first line `# {name}: ...`"
                self.wrong(at, "missing-column", told)
                fine = False
        return fine

    def _read_column(self, place: int, cell: Cell) -> bool:
        match = _COLUMN.fullmatch(cell.text)
        if match is None:
            told = f"`{cell.text}` is no name of a column; write small letters, digits and _, and perhaps `.language`"
            self.wrong(cell, "bad-name", told)
            return False
        name, language = match[1], match[2] or ""
        if language and language not in self.languages:
            told = f"`{language}` is no language of the pack; known are {enumerated(self.languages)}"
            self.wrong(cell, "unknown-column", told)
            return False
        alike = [one for one in self.places if one[0] == name and (one[1] == language or not (one[1] and language))]
        if alike:
            self.wrong(cell, "duplicate-key", f"`{cell.text}` is the column `{name}` a second time; remove one")
            return False
        self.places[name, language] = place
        return True

    def _row(self, row: Row) -> DataRow | None:
        """None for a row with anything wrong, all of which is told."""
        faults = [fault for (name, _), place in self.places.items() for fault in self._faults(name, row[place])]
        source, as_of = (self._said(row, name) for name in HEAD)
        faults += _undated(source, as_of)
        values = {name: self._values(name, row) for name in dict.fromkeys(name for name, _ in self.places)}
        for cell, rule, told in dict.fromkeys(faults):
            self.wrong(cell, rule, told)
        day = _day(as_of.text)
        if faults or day is None:
            return None
        return DataRow({one: two for one, two in values.items() if one not in HEAD}, source.text, day, row[0].line)

    def _said(self, row: Row, name: str) -> Cell:
        """What a row says of itself, else what the head says of all."""
        place = self.places.get((name, ""))
        if place is not None and (row[place].text or name not in self.head):
            return row[place]
        return self.head[name]

    def _faults(self, name: str, cell: Cell) -> Iterator[tuple[Cell, str, str]]:
        quoted = f"{name} `{cell.text}`"
        if name in self.keys and not cell.text:
            yield cell, "missing-cell", f"{name} is empty, and rows are found by it; fill it in"
        if cell.text.startswith(RISKY) and not _SIGNED.fullmatch(cell.text):
            told = f"{quoted} begins with `{cell.text[0]}`, which a spreadsheet takes for a formula; write it without"
            yield cell, "formula", told
        if not cell.text.isprintable():
            yield cell, "unprintable", f"{quoted} holds a letter or a line break that no phone shows; remove it"
        sent, most = fit(spell(cell.text, self.reader.spelling), None), limits.lookup_septets_max
        size = max(septets(sent), utf16_units(cell.text))
        if size > most:
            yield cell, "too-long", f"{quoted} takes {size} septets where a cell has {most}; shorten it"
        if cell.text and self._canonical(name, cell.text) is None:
            yield cell, "wrong-type", f"{quoted} is no {self.types[name]}; {_REMEDIES[self.types[name]]}"

    def _values(self, name: str, row: Row) -> dict[str, str]:
        """The canonical value in each language; a text that one lacks is told in the base language."""
        if (name, "") in self.places:
            cell = row[self.places[name, ""]]
            value = self._canonical(name, cell.text) or ""
            if value and self.types.get(name) is ValueType.WORD:
                self.words.append((name, cell))
            return dict.fromkeys(self.languages, value)
        base, found = row[self.places[name, self.languages[0]]], dict[str, str]()
        for language in self.languages:
            cell = row[self.places[name, language]]
            told = f"{name}.{language}"
            self.reader.count_text(language, self.file, cell.line, told, cell.text, base.text)
            if not cell.text and base.text:
                self.reader.reviews[language].missing += 1
                self.wrong(cell, "missing-translation", f"{name} has no text in `{language}`; fill the cell in")
            elif cell.text:
                self.texts.append((told, language, cell))
            found[language] = cell.text or base.text
        return found

    def _canonical(self, name: str, text: str) -> str | None:
        """As values of a type are kept; None for what is no such value."""
        type = self.types.get(name, ValueType.TEXT)
        if type is ValueType.AMOUNT:
            minor = to_minor(text, self.country.currency.minor_digits)
            return None if minor is None else str(minor)
        if type is ValueType.NUMBER:
            return str(int(text)) if re.fullmatch("[0-9]{1,9}", text) else None
        if type is ValueType.DATE:
            return text if _day(text) else None
        return text


def _undated(source: Cell, as_of: Cell) -> Iterator[tuple[Cell, str, str]]:
    """What is wrong with who says so, and since when."""
    for name, cell in ((SOURCE, source), (AS_OF, as_of)):
        if not cell.text:
            yield cell, "missing-cell", f"{name} is empty; say who published it and when it was read"
    if as_of.text and _day(as_of.text) is None:
        yield as_of, "bad-date", f"as_of `{as_of.text}` is no day; write one such as 2026-11-24"
    if len(source.text) > limits.lookup_source_letters_max:
        told = f"source is longer than {limits.lookup_source_letters_max} letters; shorten it"
        yield source, "too-long", told


_REMEDIES: Mapping[ValueType, str] = {
    ValueType.AMOUNT: "write whole units, such as 130, or with cents, such as 2.50",
    ValueType.NUMBER: "write a whole number in digits",
    ValueType.DATE: "write a day such as 2026-11-24",
}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-24") else None
    except ValueError:
        return None
