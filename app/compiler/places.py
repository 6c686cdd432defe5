"""Reads places.yaml and the sheet of service points beside it, and measures what citizens are told of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app import limits
from app.catalogue import Catalogue, Result, ServiceKind
from app.compiler.baselines import BASELINES_FILE
from app.compiler.pack_fields import DISTRICT, PLACES
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.errors import Complaint
from app.house_services import Find
from app.points import District, Points
from app.points.cells import BadCells, Row, read_cells
from app.points.guide import DAY_PHRASES, EXAMPLE, GIVES, OWN_AMOUNT, POINT_PHRASES, Answer, Guide, Speech
from app.points.sheet import COLUMNS, Known, Sheet
from app.values.rules import ValueType
from app.values.text import Spelling, fit, septets, spell, transliterate

FILE, SERVICES = "places.yaml", "services.yaml"
SHEET_SUFFIX = ".csv"
ANY_MOMENT = datetime(2026, 1, 1)  # noqa: DTZ001  # on the clock of the points; what depends on it is measured apart
MINUTES = " 00:00"


@dataclass(frozen=True, slots=True)
class PlacesReader:
    """`sources` are the files of the pack; `unread` those that are no text, of which was complained before."""

    reader: Reader
    root: Node | None
    sources: Mapping[str, str]
    unread: frozenset[str]

    def read(self, catalogue: Catalogue, country: str, zone: ZoneInfo) -> Points:
        """The points that are right; all others are complained of."""
        if FILE in self.unread:
            return Points()
        file = self._file()
        self._check_files((file, *(one.lookup.file for one in catalogue.services.values() if one.lookup)))
        if self.root is None:
            self._check_wanted(catalogue)
            return Points()
        self.reader.fields(self.root, PLACES)
        districts = {
            key.text: self._district(key, node) for key, node in self.reader.pairs(self.root.get("districts"), "this")
        }
        every = catalogue.services.items()
        filed = None if SERVICES in self.unread else [name for name, one in every if one.kind is ServiceKind.FILE]
        sheet = Sheet(file, Known(country, districts, filed, self.reader.spelling), self.reader.complain)
        points = {point.id: point for point in sheet.read(self._rows(file))} if file in self.sources else {}
        for cell in sheet.left_out:
            told = f"`{cell.text}` is no column; known are {', '.join(COLUMNS)}"
            self.reader.complain(Complaint(file, cell.line, cell.column, "unknown-column", told))
        found = Points(points, districts, zone)
        for id, line, council in _too_many(found, sheet):
            told = f"point {id} is more than the {limits.points_listed_max} that one council may have; split {council}"
            self.reader.complain(Complaint(file, line, 1, "too-many-points", told))
        return found

    def _file(self) -> str:
        node = self.root.get("points") if self.root else None
        file = self.reader.scalar(node)
        if node is not None and (not file.endswith(SHEET_SUFFIX) or "/" in file):
            told = f"`{file}` is no sheet; name a file beside this one that ends in {SHEET_SUFFIX}"
            self.reader.wrong(node, "wrong-shape", told)
        elif node is not None and file not in self.sources and file not in self.unread:
            told = f"there is no {file} in the pack; add it, or write it with `mohala points import`"
            self.reader.wrong(node, "missing-file", told)
        return file

    def _check_files(self, declared: Collection[str]) -> None:
        for file in self.sources if SERVICES not in self.unread else ():
            if file.endswith(SHEET_SUFFIX) and file not in (*declared, BASELINES_FILE):
                told = f"is read by nobody; name it under `points` in {FILE} or `from` in {SERVICES}, or remove it"
                self.reader.complain(Complaint(file, 1, 1, "unknown-file", told))

    def _check_wanted(self, catalogue: Catalogue) -> None:
        wanting = [name for name, one in catalogue.services.items() if one.kind is ServiceKind.POINTS]
        if wanting:
            told = f"is missing from the pack, and `{wanting[0]}` tells of service points; add it"
            self.reader.complain(Complaint(FILE, 1, 1, "missing-file", told))

    def _district(self, key: Node, node: Node) -> District:
        self.reader.fields(node, DISTRICT)
        councils = self.reader.names(node.get("councils"))
        for entry, council in zip((node.get("councils") or node).entries, councils, strict=False):
            if (size := septets(fit(spell(council, self.reader.spelling), None))) > limits.point_place_septets_max:
                told = f"`{council}` takes {size} septets where a line has {limits.point_place_septets_max}; shorten it"
                self.reader.wrong(entry, "too-long", told)
        written = node.get("name")
        languages = (self.reader.base, *self.reader.translations)
        name = (
            dict.fromkeys(languages, (transliterate(spell(key.text, self.reader.spelling)),))
            if written is None
            else self.reader.plain(written, "districts", key.text)
        )
        return District(key.text, name, councils, self.reader.names(node.get("also")))

    def _rows(self, file: str) -> Iterator[Row]:
        text = self.sources[file]
        if len(text.encode()) > limits.pack_file_bytes_max:
            told = f"is larger than {limits.pack_file_bytes_max} bytes; leave out what nobody needs"
            self.reader.complain(Complaint(file, 1, 1, "file-size", told))
            return
        try:
            yield from read_cells(text.replace("\r\n", "\n").replace("\r", "\n"))
        except BadCells as error:
            self.reader.complain(Complaint(file, error.line, error.column, "csv", str(error)))


def _too_many(points: Points, sheet: Sheet) -> Iterator[tuple[str, int, str]]:
    counts: dict[tuple[str, str], int] = {}
    for point in points.values():
        place = point.district, point.council
        counts[place] = counts.get(place, 0) + 1
        if counts[place] == limits.points_listed_max + 1:
            yield point.id, sheet.lines[point.id], point.council


def measured(catalogue: Catalogue, points: Points, speech: Speech) -> Catalogue:
    """The catalogue with what its services of kind `points` give, each value as long as the longest that there is."""
    guides = [Guide(points, catalogue.services, speech, one, ANY_MOMENT) for one in speech.formats]
    wanted = {one.find for one in catalogue.services.values() if one.find}
    gives = {
        find: _results(find, [answer for guide in guides for answer in _answers(guide, find)], speech.spelling)
        for find in wanted
    }
    if Find.POINT in gives:
        gives[Find.POINT]["state"] = Result(ValueType.TEXT, max(map(_longest_state, guides)))
    services = {
        name: replace(service, gives=gives[service.find]) if service.find else service
        for name, service in catalogue.services.items()
    }
    return replace(catalogue, services=services)


def _answers(guide: Guide, find: Find) -> Iterator[Answer]:
    """Every answer that there can be, or what is as long as the longest."""
    points, offered = guide.points, sorted({name for one in guide.points.values() for name in one.services})
    found: Iterable[Answer] = ()
    if find is Find.COUNCILS:
        found = (guide.councils(one, service) for one in points.districts for service in ("", *offered))
    elif find is Find.SERVICES:
        found = (guide.offered(one) for one in points.districts)
    elif find is Find.POINTS:
        places = dict.fromkeys((point.district, point.council) for point in points.values())
        found = (guide.listed(*place, service) for place in places for service in ("", *offered))
    elif find is Find.POINT:
        found = (guide.point(one, "") for one in points)
    elif find is Find.SEARCH:
        found = guide.longest_of_search()
    yield from found


def _results(find: Find, answers: list[Answer], spelling: Spelling) -> dict[str, Result]:
    results = {}
    for name, given in GIVES[find].items():
        values = [answer[name] for answer in answers]
        if isinstance(given, tuple):
            every = [json.loads(value) for value in values]
            entries = [entry for listed in every for entry in listed]
            fields = {one: _result(one, [entry[one] for entry in entries], spelling) for one in given}
            results[name] = Result(ValueType.LIST, 0, fields, max([1, *map(len, every)]))
        else:
            results[name] = _result(name, values, spelling)
    return results


def _result(name: str, values: Iterable[str], spelling: Spelling) -> Result:
    if name == "kind":
        return Result(ValueType.WORD, 0)
    return Result(ValueType.TEXT, max((septets(fit(spell(value, spelling), None)) for value in values), default=0))


def _longest_state(guide: Guide) -> int:
    said = {phrase: guide.speech.say(phrase, guide.language) for phrase in guide.speech.phrases}
    day = max((said[one] for one in DAY_PHRASES), key=len)
    every = (
        *(f"{said[one]}{MINUTES}" for one in ("open_until", "opens_today")),
        f"{said['opens_on']} {day}{MINUTES}",
        said["always_open"],
    )
    return max(septets(fit(one, None)) for one in every)


def phrases_of_points(catalogue: Catalogue) -> tuple[str, ...]:
    """What the house has to say of points in this pack; nothing, if no service finds them."""
    services = catalogue.services.values()
    if not any(service.find for service in services):
        return ()
    unsaid = set() if any(service.typed for service in services) else {OWN_AMOUNT}
    unsaid |= set() if any(service.has_example for service in services) else {EXAMPLE}
    return tuple(phrase for phrase in POINT_PHRASES if phrase not in unsaid)
