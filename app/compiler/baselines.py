"""Reads baselines.csv: one value a line, refused with every line, column and remedy."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from app import limits
from app.baselines import ANY, DIVISORS, MONEY, Baseline, Baselines, Key, Mark, What
from app.compiler.known import meant
from app.compiler.source import Complain
from app.errors import Complaint

BASELINES_FILE = "baselines.csv"
COLUMNS = ("service", "district", "what", "value", "mark", "n", "spread", "source", "as_of")


@dataclass(frozen=True, slots=True)
class Known:
    """What a line may speak of; `districts` None: they could not be read."""

    services: Collection[str]
    districts: Collection[str] | None
    minor_digits: int


@dataclass(frozen=True, slots=True)
class _Cell:
    line: int
    column: int
    text: str


def read_baselines(text: str, known: Known, complain: Complain) -> Baselines:
    """Every value that could be understood; the rest is complained of."""
    rows: dict[Key, Baseline] = {}
    lines = text.removeprefix("\ufeff").split("\n")
    if len(lines) > limits.baseline_rows_max:
        told = f"has more than {limits.baseline_rows_max} lines; keep one value for each service and district"
        complain(Complaint(BASELINES_FILE, limits.baseline_rows_max + 1, 1, "bad-baseline", told))
        return Baselines()
    if tuple(cell.text for cell in _cells(lines[0] if lines else "", 1)) != COLUMNS:
        complain(Complaint(BASELINES_FILE, 1, 1, "bad-baseline", f"begins otherwise; write `{','.join(COLUMNS)}`"))
        return Baselines()
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = _cells(line, number)
        if len(cells) != len(COLUMNS):
            told = f"has {len(cells)} cells; write {len(COLUMNS)}, empty ones too, and quotes around one with a comma"
            complain(Complaint(BASELINES_FILE, number, 1, "bad-baseline", told))
            continue
        row = dict(zip(COLUMNS, cells, strict=True))
        wrong = tuple(_faults(row, known))
        for cell, told in wrong:
            complain(Complaint(BASELINES_FILE, cell.line, cell.column, "bad-baseline", told))
        if wrong:
            continue
        key: Key = (row["service"].text, row["district"].text, What(row["what"].text))
        if key in rows:
            told = f"says `{key[2]}` of this service and district a second time; remove one"
            complain(Complaint(BASELINES_FILE, number, 1, "bad-baseline", told))
        rows.setdefault(key, _baseline(row, known.minor_digits))
    return Baselines(rows)


def _cells(line: str, number: int) -> list[_Cell]:
    """The cells of a line with where each begins; a quoted one may hold commas and no line."""
    starts, quoted = [0], False
    for place, letter in enumerate(line):
        quoted ^= letter == '"'
        if letter == "," and not quoted:
            starts.append(place + 1)
    ends = (*(start - 1 for start in starts[1:]), len(line))
    parts = (line[start:end] for start, end in zip(starts, ends, strict=True))
    return [_Cell(number, start + 1, _unquoted(part.strip())) for start, part in zip(starts, parts, strict=True)]


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"').strip() if len(text) > 1 and text[0] == text[-1] == '"' else text


def _faults(row: dict[str, _Cell], known: Known) -> Iterator[tuple[_Cell, str]]:
    service, district, what = row["service"], row["district"], row["what"]
    if service.text not in (ANY, *known.services):
        yield service, f"`{service.text}` is no service; {meant(service.text, (ANY, *known.services))}"
    if known.districts is not None and district.text not in (ANY, *known.districts):
        told = meant(district.text, (ANY, *sorted(known.districts)))
        yield district, f"`{district.text}` is no district that a menu lets anybody choose; {told}"
    if what.text not in tuple(What):
        yield what, f"`{what.text}` is nothing that is reckoned with; {meant(what.text, What)}"
    elif _value(what.text, row["value"].text, known.minor_digits) is None:
        yield row["value"], f"`{row['value'].text}` is no value; write a number with a point, such as 2.5, and no unit"
    elif what.text in DIVISORS and not _decimal(row["value"].text):
        yield row["value"], f"`{row['value'].text}` is nothing to divide by; write what was found, or remove the line"
    yield from _mark_faults(row)
    if not row["source"].text:
        yield row["source"], "is empty; say who published or measured it, or remove the line"
    if not _is_day(row["as_of"].text):
        yield row["as_of"], f"`{row['as_of'].text}` is no day; write one such as 2026-11-24"


def _mark_faults(row: dict[str, _Cell]) -> Iterator[tuple[_Cell, str]]:
    mark, n, spread = row["mark"], row["n"], row["spread"]
    if mark.text not in tuple(Mark):
        yield mark, f"`{mark.text}` is no mark; write measured, or assumed"
    elif mark.text == Mark.ASSUMED and (n.text or spread.text):
        yield n, "is filled in, but nobody was asked for what is assumed; empty `n` and `spread`, or write measured"
    elif mark.text == Mark.MEASURED and not (_is_whole(n.text) and int(n.text) > 0):
        yield n, f"`{n.text}` is no count; write of how many the value is the mean"
    elif spread.text and _decimal(spread.text) is None:
        yield spread, f"`{spread.text}` is no spread; write a standard deviation, or leave it empty"


def _baseline(row: dict[str, _Cell], minor_digits: int) -> Baseline:
    what = row["what"].text
    value, spread = (_value(what, row[name].text, minor_digits) or 0.0 for name in ("value", "spread"))
    return Baseline(
        value, Mark(row["mark"].text), row["source"].text, row["as_of"].text, int(row["n"].text or 0), spread
    )


def _value(what: str, text: str, minor_digits: int) -> float | None:
    """Money in minor units; a mean may lie between two of them."""
    found = _decimal(text)
    return found * 10**minor_digits if found is not None and what in MONEY else found


def _decimal(text: str) -> float | None:
    whole, _, part = text.partition(".")
    return float(text) if _is_whole(whole) and (part == "" or _is_whole(part)) and not text.endswith(".") else None


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= limits.baseline_digits_max


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text)) and len(text) == len("2026-11-24")
    except ValueError:
        return False
