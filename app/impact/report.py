"""The report: what was saved by service, district, point and channel, as text, CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import date

import msgspec

from app.baselines import Baselines
from app.savings import Answers, Count, Interval, Measure, Saved, Sum, reckon, total, unsaid

SHOWN_MIN = 5
"""A place with fewer errands is shown together with others: it could be somebody."""
FOLDED = "others, together"
UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Money:
    code: str
    minor_digits: int


@dataclass(frozen=True, slots=True)
class Row:
    """A group by its names, and what was saved there."""

    names: tuple[str, ...]
    saved: Saved


@dataclass(frozen=True, slots=True)
class Report:
    """From the first day to the last, both in it. `tables` are by what the errands are grouped."""

    pack: str
    first: date
    last: date
    money: Money
    whole: Saved
    tables: Mapping[str, Sequence[Row]]
    answers: Answers
    unsaid: Sequence[str]


Parts = Sequence[tuple[Count, Saved]]
_Names = Callable[[Count], tuple[str, ...]]


def report_of(
    pack: str, first: date, last: date, money: Money, counts: Iterable[Count], answers: Answers, baselines: Baselines
) -> Report:
    parts = [(count, reckon(count, answers, baselines)) for count in counts]
    whole = total(saved for _, saved in parts)
    both = _by_both(parts)
    of_points = [part for part in parts if part[0].point]
    tables = {
        "service": _grouped(parts, lambda count: (count.service,)),
        "channel": _grouped(parts, lambda count: (count.channel or UNKNOWN,)),
        "district": _by_district(parts, {row.names for row in both}),
        "point": _folded(_grouped(of_points, lambda count: (count.point,))),
        "service and district": both,
    }
    return Report(pack, first, last, money, whole, tables, answers, unsaid(whole, answers))


def _grouped(parts: Parts, names: _Names) -> list[Row]:
    groups: defaultdict[tuple[str, ...], list[Saved]] = defaultdict(list)
    for count, saved in parts:
        groups[names(count)].append(saved)
    return [Row(group, total(saved)) for group, saved in sorted(groups.items())]


def _by_both(parts: Parts) -> list[Row]:
    """Small groups are folded within each service, so that no subtraction from its row brings one back."""
    rows = _grouped(parts, lambda count: (count.service, count.district or UNKNOWN))
    services = dict.fromkeys(row.names[0] for row in rows)
    return [row for service in services for row in _folded([one for one in rows if one.names[0] == service])]


def _by_district(parts: Parts, named: Set[tuple[str, ...]]) -> list[Row]:
    """What was folded in a service is folded here too, or it would be the difference of the two tables."""

    def names(count: Count) -> tuple[str, ...]:
        district = count.district or UNKNOWN
        return (district if (count.service, district) in named else FOLDED,)

    rows = _grouped(parts, names)
    return sorted(rows, key=lambda row: (row.names == (FOLDED,), row.names))


def _folded(rows: Sequence[Row]) -> list[Row]:
    """One small group alone would be the rest of the sum, so the next larger one goes with it."""
    small = [row for row in rows if row.saved.count < SHOWN_MIN]
    large = sorted((row for row in rows if row.saved.count >= SHOWN_MIN), key=lambda row: (row.saved.count, row.names))
    if len(small) == 1 and large:
        small.append(large.pop(0))
    shown = sorted(large, key=lambda row: row.names)
    if not small:
        return shown
    return [*shown, Row((*small[0].names[:-1], FOLDED), total(row.saved for row in small))]


def as_text(report: Report) -> Iterator[str]:
    yield f"{report.pack}, {report.first} to {report.last}: what people were spared"
    yield f"  {_errands(report.whole)}"
    for measure in Measure:
        yield f"  {measure.value}: {sum_told(report.whole.sums[measure], measure, report.money)}"
    for name, rows in report.tables.items():
        yield ""
        yield f"by {name}" + ("" if rows else ": nothing to show")
        for row in rows:
            yield f"  {', '.join(row.names)}: {_errands(row.saved)}"
            for measure in Measure:
                one = row.saved.sums[measure]
                if one.events or one.unclaimed:
                    yield f"    {measure.value}: {sum_told(one, measure, report.money)}"
    yield ""
    yield "What cannot be said"
    yield from (f"  {line}" for line in report.unsaid or ("Nothing was done in these days.",))


def _errands(saved: Saved) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(saved.errands.items()))
    return f"{saved.count} errands ({kinds})" if kinds else "0 errands"


def sum_told(one: Sum, measure: Measure, money: Money) -> str:
    """A sum in words, with what it stands on; never a number where nothing is known."""
    if not one.events:
        return "not known"
    low, middle, high = (shown(value, measure, money) for value in ends(one.saved))
    told = f"{middle} ({low} to {high}), n {one.events}, {measured_percent(one)} % measured"
    left = sum(one.unclaimed.values())
    return f"{told}; {left} errands not claimed" if left else told


def ends(interval: Interval) -> tuple[float, float, float]:
    return interval.low, interval.middle, interval.high


def shown(value: float, measure: Measure, money: Money) -> str:
    if measure is Measure.COST:
        return f"{money.code} {value / 10**money.minor_digits:.{money.minor_digits}f}"
    return f"{value:.1f}"


def measured_percent(one: Sum) -> int:
    """Of a sum, the part that was reckoned from measured values alone."""
    whole = abs(one.measured) + abs(one.assumed)
    return round(100 * abs(one.measured) / whole) if whole else 0


COLUMNS = (
    "by", "name", "errands", "measure", "saved", "low", "high", "of_errands", "measured", "assumed", "not_claimed",
)  # fmt: skip


def as_csv(report: Report) -> str:
    """A line for each group and measure; money in minor units. Cells without a number are not known."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, rows in {"all": [Row(("all",), report.whole)], **report.tables}.items():
        for row in rows:
            for measure, one in row.saved.sums.items():
                writer.writerow((name, " / ".join(row.names), row.saved.count, measure.value, *_cells(one)))
    return written.getvalue()


def _cells(one: Sum) -> tuple[object, ...]:
    left = sum(one.unclaimed.values())
    if not one.events:
        return ("", "", "", 0, "", "", left)
    numbers = (one.saved.middle, one.saved.low, one.saved.high)
    return (*(f"{number:.2f}" for number in numbers), one.events, f"{one.measured:.2f}", f"{one.assumed:.2f}", left)


def as_json(report: Report) -> bytes:
    """Sums that stand on no errand are null."""
    plain = {
        "pack": report.pack,
        "first": report.first,
        "last": report.last,
        "currency": report.money.code,
        "all": _plain(report.whole),
        "by": {
            name: [{"names": row.names, **_plain(row.saved)} for row in rows] for name, rows in report.tables.items()
        },
        "answers": [
            {"errand": kind, "service": service, **asdict(said)}
            for (kind, service), said in sorted(report.answers.items())
        ],
        "unsaid": report.unsaid,
    }
    return msgspec.json.format(msgspec.json.encode(plain)) + b"\n"


def _plain(saved: Saved) -> dict[str, object]:
    sums = {
        measure.value: {**asdict(one), "saved": asdict(one.saved) if one.events else None}
        for measure, one in saved.sums.items()
    }
    return {"errands": dict(sorted(saved.errands.items())), "sums": sums}
