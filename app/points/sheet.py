"""A sheet of service points: what its columns mean, everything that is wrong with a row, and how it is written."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import phonenumbers

from app import limits
from app.errors import Complaint
from app.points.cells import Cell, Row
from app.points.hours import BadHours, Hours, read_hours
from app.points.point import FICTIONAL, District, Point, PointKind
from app.values.text import Spelling, fit, septets, spell

COLUMNS = ("id", "kind", "name", "village", "council", "district", "hours", "services", "telephone", "source")
OPTIONAL = frozenset({"telephone"})
"""Columns whose cells may be empty."""
ALSO: Mapping[str, str] = {
    "point": "id", "number": "id", "type": "kind", "opening_hours": "hours", "phone": "telephone", "tel": "telephone",
}  # fmt: skip
"""Other names under which ministries write a column."""
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet, and may send what stands beside it away."""
_ID = re.compile("[0-9]{1,6}")
ID_DIGITS = 3
"""An id has three digits at the least, for spreadsheets drop the zeros before it."""

Complain = Callable[[Complaint], None]


@dataclass(frozen=True, slots=True)
class Known:
    """What a sheet may name: the country's districts and the services of the catalogue (None: nobody knows them)."""

    country: str
    districts: Mapping[str, District]
    services: Collection[str] | None
    spelling: Spelling = field(default_factory=dict)


@dataclass(slots=True)
class Sheet:
    """Reads the rows of one file; `source` is said of every row if the sheet has no such column.

    `left_out` are the columns that mean nothing, `lines` where each point stands; the rest is complained of.
    """

    file: str
    known: Known
    complain: Complain
    source: str = ""
    left_out: list[Cell] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def read(self, rows: Iterable[Row]) -> tuple[Point, ...]:
        """The points of all rows that are right."""
        every = iter(rows)
        head = next(every, ())
        columns = self._columns(head)
        if not columns:
            return ()
        points: list[Point] = []
        for count, row in enumerate(every, 1):
            if count > limits.points_max:
                told = f"is more than the {limits.points_max} points that a pack may have; leave out what nobody needs"
                self.wrong(row[0], "too-many-points", told)
                break
            if len(row) != len(head):
                told = f"has {len(row)} cells where the first line has {len(head)}; quote a cell that holds a separator"
                self.wrong(row[0], "csv", told)
                continue
            point = self._point({name: row[place] for name, place in columns.items()})
            if point is not None:
                points.append(point)
        return tuple(points)

    def _columns(self, head: Row) -> dict[str, int]:
        """Where each column stands; nothing if one is missing."""
        places: dict[str, int] = {}
        for place, cell in enumerate(head):
            name = re.sub(r"[\s_-]+", "_", cell.text.lower())
            name = ALSO.get(name, name)
            if name in places:
                self.wrong(cell, "duplicate-key", f"`{cell.text}` is the column `{name}` a second time; remove one")
            elif name in COLUMNS:
                places[name] = place
            elif name:
                self.left_out.append(cell)
        missing = [name for name in COLUMNS if name not in places and not (name == "source" and self.source)]
        if missing:
            at = head[0] if head else Cell("", 1, 1)
            told = f"the first line has no column {', '.join(missing)}; it must name {', '.join(COLUMNS)}"
            self.wrong(at, "missing-column", told)
        return {} if missing else places

    def _point(self, cells: Mapping[str, Cell]) -> Point | None:
        """None for a row with anything wrong, all of which is told."""
        row = _Row(cells, self)
        id, kind = self._id(row), self._kind(row)
        name = row.text("name", limits.point_name_septets_max)
        village, council = (row.text(one, limits.point_place_septets_max) for one in ("village", "council"))
        district = self._district(row)
        if district is not None and council and council not in district.councils:
            row.wrong("unknown-council", "council", f"is no council of {district.key}; {_known(district.councils)}")
        hours, services = self._hours(row), self._services(row)
        has_own = "source" in cells and (cells["source"].text or not self.source)
        source = row.text("source", limits.point_source_letters_max) if has_own else self.source
        telephone = self._telephone(row, source)
        if row.faults or hours is None or district is None:
            return None
        return Point(
            id, PointKind(kind), name, village, council, district.key, hours, services, telephone, source
        )  # fmt: skip

    def _id(self, row: _Row) -> str:
        text = row.needed("id")
        if text and not _ID.fullmatch(text):
            row.wrong("bad-point-id", "id", "is no number of a point; write 1 to 6 digits, such as 014")
        id = text.zfill(ID_DIGITS)
        if id in self.lines:
            told = f"is the point of line {self.lines[id]} already; give each a number of its own"
            row.wrong("duplicate-point", "id", told)
        elif text:  # also of a row that is wrong elsewhere, so that all is told at once
            self.lines[id] = row.cells["id"].line
        return id

    def _kind(self, row: _Row) -> str:
        kind = re.sub(r"[\s-]+", "_", row.needed("kind").lower())
        if kind and kind not in tuple(PointKind):
            row.wrong("unknown-kind", "kind", f"is not known; {_known(PointKind)}")
        return kind

    def _district(self, row: _Row) -> District | None:
        name = row.needed("district")
        if name and name not in self.known.districts:
            row.wrong("unknown-district", "district", f"is not known; {_known(self.known.districts)}")
        return self.known.districts.get(name)

    def _hours(self, row: _Row) -> Hours | None:
        text = row.needed("hours")
        try:
            return read_hours(text) if text else None
        except BadHours as error:
            row.wrong("bad-hours", "hours", f"cannot be read: {error}")
            return None

    def _services(self, row: _Row) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(re.split(r"[;,\s]+", row.needed("services").strip(" ;,"))))
        for name in names:
            if name and self.known.services is not None and name not in self.known.services:
                told = f"names `{name}`, which citizens cannot file; {_known(self.known.services)}"
                row.wrong("unknown-service", "services", told)
        return names

    def _telephone(self, row: _Row, source: str) -> str:
        """National digits. A fictional number is none that phones of the country know, so that nobody is rung up."""
        text = row.cells["telephone"].text
        if not text:
            return ""
        digits = re.sub(r"[\s()-]", "", text)
        if source == FICTIONAL:
            if not re.fullmatch("0[0-9]{5,9}", digits):
                told = "may be somebody's; the number of a fictional point begins with 0, such as 0000 0014"
                row.wrong("bad-telephone", "telephone", told)
            return digits
        try:
            number = phonenumbers.parse(digits, self.known.country)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_valid_number_for_region(number, self.known.country):
            told = f"is no telephone number of {self.known.country}; write one, or leave the cell empty"
            row.wrong("bad-telephone", "telephone", told)
            return ""
        return phonenumbers.national_significant_number(number)

    def wrong(self, cell: Cell, rule: str, told: str) -> None:
        self.complain(Complaint(self.file, cell.line, cell.column, rule, told))


@dataclass(slots=True)
class _Row:
    cells: Mapping[str, Cell]
    sheet: Sheet
    faults: int = 0

    def __post_init__(self) -> None:
        for name, cell in self.cells.items():
            is_number = name == "telephone" and cell.text.startswith("+")
            if cell.text.startswith(RISKY) and not is_number:
                told = f"begins with `{cell.text[0]}`, which a spreadsheet takes for a formula; write it without"
                self.wrong("formula", name, told)
            if not cell.text.isprintable():
                self.wrong("unprintable", name, "holds a letter or a line break that no phone shows; remove it")

    def wrong(self, rule: str, name: str, told: str) -> None:
        self.faults += 1
        cell = self.cells[name]
        quoted = f"`{cell.text}` " if cell.text else ""
        self.sheet.complain(Complaint(self.sheet.file, cell.line, cell.column, rule, f"{name} {quoted}{told}"))

    def needed(self, name: str) -> str:
        text = self.cells[name].text
        if not text:
            self.wrong("missing-cell", name, "is empty; fill it in")
        return text

    def text(self, name: str, longest: int) -> str:
        text = self.needed(name)
        if (size := septets(fit(spell(text, self.sheet.known.spelling), None))) > longest:
            self.wrong("too-long", name, f"takes {size} septets where a line has {longest}; shorten it")
        return text


def written(points: Iterable[Point]) -> str:
    """The points as `points.csv` keeps them: by id, plain commas, a line feed behind each row."""
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\n")
    sheet.writerow(COLUMNS)
    for point in sorted(points, key=lambda one: (len(one.id), one.id)):
        sheet.writerow(_cells(point))
    return text.getvalue()


def _cells(point: Point) -> Iterator[str]:
    yield from (point.id, point.kind, point.name, point.village, point.council, point.district, str(point.hours))
    yield from ("; ".join(point.services), point.telephone, point.source)


def _known(names: Iterable[str]) -> str:
    every = sorted(names)
    left = len(every) - limits.complaint_names_max
    more = f" and {left} more" if left > 0 else ""
    return f"known are {', '.join(every[: limits.complaint_names_max]) or 'none'}{more}"
