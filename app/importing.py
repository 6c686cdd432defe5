"""What `mohala points` does: read a ministry's spreadsheet into the sheet of a pack, whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app import limits
from app.catalogue import ServiceKind
from app.compiler.pack import examine
from app.compiler.places import FILE
from app.compiler.source import read_yaml
from app.errors import Complaint, MenuRefused, SettingsWrong
from app.pack import Pack
from app.pack_files import named_complaints, read_named_pack, read_sources
from app.points import Point, Points
from app.points.cells import BadCells
from app.points.sheet import Known, Sheet, written
from app.points.spreadsheet import read_rows
from app.replacing import replace_text


@dataclass(frozen=True, slots=True)
class Imported:
    """What a spreadsheet says: its points, as the pack's `file` keeps them, and the columns that mean nothing there."""

    file: str
    points: Mapping[str, Point]
    text: str
    left_out: tuple[str, ...]


def import_points(spreadsheet: Path, directory: Path, source: str, *, is_check: bool) -> list[str]:
    """Take the points of a spreadsheet for those of the pack in a directory; what changes, in lines.

    Raises `MenuRefused` with everything that is wrong with either, `SettingsWrong` and `FileUnfit`; then nothing was
    written. Nor is anything when it `is_check`.
    """
    sources, unread = read_sources(directory)
    file = _declared(sources, directory)
    others = tuple(one for one in unread if one.file != file)
    pack, complaints = examine(sources, others)
    if pack is None:
        raise named_complaints(directory, complaints)
    imported = _read(spreadsheet, file, pack, source)
    _, complaints = examine({**sources, file: imported.text}, others)
    if complaints:
        raise named_complaints(directory, complaints)
    told = [*_differences(pack.points, imported.points), *_summary(imported)]
    if is_check:
        return [*told, "Nothing was written, for this was a check."]
    replace_text(directory / file, imported.text)
    return [*told, f"Written to {directory / file}; `mohala menus publish {directory}` gives it to citizens."]


def listed(directory: Path, district: str, now: datetime) -> list[str]:
    """A line for each point of a pack, or of one of its districts; raises as `read_named_pack` does."""
    points = read_named_pack(directory).points
    if district and district not in points.districts:
        known = ", ".join(points.districts) or "none"
        raise SettingsWrong(f"{district} is no district of this pack; known are {known}.")
    return [_line(point, points, now) for point in points.values() if district in ("", point.district)]


def _line(point: Point, points: Points, now: datetime) -> str:
    state = "open" if points.is_open(point.id, now) else "closed"
    place = f"{point.village}, {point.council}, {point.district}"
    return f"{point.id}  {point.kind:<12}{point.name}, {place}: {point.hours} ({state} now)"


def _declared(sources: Mapping[str, str], directory: Path) -> str:
    """The pack's sheet, which need not be there yet."""
    root = read_yaml(FILE, sources[FILE], lambda _: None) if FILE in sources else None
    node = root.get("points") if root else None
    if node is None:
        raise SettingsWrong(f"{directory / FILE} names no sheet of points: write `points: points.csv` there.")
    return node.text


def _read(spreadsheet: Path, file: str, pack: Pack, source: str) -> Imported:
    services = [name for name, one in pack.catalogue.services.items() if one.kind is ServiceKind.FILE]
    complaints: list[Complaint] = []
    known = Known(pack.program.country, pack.points.districts, services, pack.program.spelling)
    sheet = Sheet(str(spreadsheet), known, complaints.append, source)
    try:
        points = {point.id: point for point in sheet.read(read_rows(_data(spreadsheet)))}
    except BadCells as error:
        raise MenuRefused((Complaint(str(spreadsheet), error.line, error.column, "csv", str(error)),)) from None
    if complaints:
        raise MenuRefused(tuple(sorted(complaints)))
    if not points:
        raise SettingsWrong(f"{spreadsheet} has no row below its first line: name the spreadsheet with the points.")
    left_out = tuple(cell.text for cell in sheet.left_out)
    return Imported(file, points, written(points.values()), left_out)


def _data(spreadsheet: Path) -> bytes:
    try:
        with spreadsheet.open("rb") as opened:
            data = opened.read(limits.points_file_bytes_max + 1)
    except OSError as error:
        raise SettingsWrong(f"{spreadsheet} cannot be read ({error.strerror}): name a spreadsheet.") from None
    if len(data) > limits.points_file_bytes_max:
        most = limits.points_file_bytes_max
        raise SettingsWrong(f"{spreadsheet} is larger than {most} bytes: save its points alone.")
    return data


def _differences(before: Mapping[str, Point], after: Mapping[str, Point]) -> Iterator[str]:
    for id in sorted(before.keys() | after.keys()):
        old, new = before.get(id), after.get(id)
        if old is None and new is not None:
            yield f"added    {id} {new.name}, {new.village}"
        elif new is None and old is not None:
            yield f"removed  {id} {old.name}, {old.village}: once published, its agents take no money"
        elif old is not None and new is not None and old != new:
            changed = [name for name in Point.__dataclass_fields__ if getattr(old, name) != getattr(new, name)]
            yield f"changed  {id} {new.name}: {', '.join(changed)}"


def _summary(imported: Imported) -> Iterator[str]:
    kinds = Counter(point.kind for point in imported.points.values())
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    yield f"{len(imported.points)} points: {counts}"
    if imported.left_out:
        yield f"Columns that mean nothing here were left out: {', '.join(imported.left_out)}"
