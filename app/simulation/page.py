"""The month as a page: what was asked, what became of it, and pictures; no script, nothing from elsewhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

import pygal

from app.load.picture import STYLE, without_scripts
from app.reference import show_reference
from app.simulation.findings import Findings

WIDTH, HEIGHT = 960, 340
NAMED_MAX = 5  # requests of a task that are named; the others are counted
HOURS = (1.0, 6.0, 24.0, 72.0, 168.0, 336.0)
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A simulated month</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; } th, td { padding: .25rem .8rem .25rem 0; text-align: left; }
thead th { border-bottom: 2px solid #333; } tbody tr { border-bottom: 1px solid #ddd; } td.n { text-align: right; }
.well { color: #006b4f; } .ill { color: #a33000; } svg { max-width: 100%; height: auto; }
</style>
</head>
<body>
"""


def page(findings: Findings) -> str:
    return HEAD + "\n".join(_body(findings)) + "\n</body>\n</html>\n"


def _body(findings: Findings) -> Iterator[str]:
    plan, requests = findings.plan, len(findings.fates)
    verdict = (
        f'<p class="well">Every one of {requests} accepted requests ended or is a person\'s task.</p>'
        if not findings.left
        else f'<p class="ill">{len(findings.left)} of {requests} accepted requests were left alone.</p>'
    )
    yield "<h1>A simulated month</h1>"
    yield (
        f"<p>{plan.days} days of a district from {findings.began_at:%d %B %Y}, and {plan.drain_days} days after them "
        f"in which everything is well: {findings.citizens} dials, {findings.callbacks} callbacks, {requests} requests, "
        f"{len(findings.texts)} texts, {len(findings.outages)} outages. Seed {plan.seed}.</p>"
    )
    yield verdict
    yield (
        f"<p>{findings.money.postings} postings in the books, {findings.money.bills} bills, "
        f"{len(findings.money.faults)} faults.</p>"
    )
    yield "<h2>What became of the requests</h2>"
    yield _table(("service", "how they stand", "hours from filing to end: half, 90 %, 99 %, all"), _services(findings))
    if findings.people:
        rows = [(reason, str(len(waiting)), _some(waiting)) for reason, waiting in findings.people.items()]
        yield "<h2>What waits for a person</h2>" + _table(("task", "requests", "which"), rows)
    yield "<h2>Pictures</h2>"
    yield from map(_inline, pictures(findings).values())
    yield "<h2>The promises</h2>"
    yield _table(("promise", "what was looked at", "how often", "broken"), _promises(findings))


def _some(references: Sequence[str]) -> str:
    told = ", ".join(show_reference(one) for one in references[:NAMED_MAX])
    return told if len(references) <= NAMED_MAX else f"{told} and {len(references) - NAMED_MAX} more"


def _services(findings: Findings) -> Iterator[Sequence[str]]:
    for service in findings.services():
        ends = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(findings.ends(service).items()))
        hours = ", ".join(f"{taken:.1f}" for taken in findings.hours(service).values())
        yield service, ends, hours or "none ended"


def _promises(findings: Findings) -> Iterator[Sequence[str]]:
    for verdict in findings.verdicts:
        yield verdict.promise, verdict.told, str(verdict.looked_at), str(verdict.broken)


def _table(heads: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _inline(picture: bytes) -> str:
    """Inside a page an SVG needs no declaration."""
    return picture.decode().partition("?>")[2]


def pictures(findings: Findings) -> Mapping[str, bytes]:
    """SVG by file name; the same findings draw the same bytes."""
    days = findings.plan.days + findings.plan.drain_days
    filed = _by_day(findings, [fate.request.filed_at for fate in findings.fates], days)
    ended = _by_day(findings, [fate.ended_at for fate in findings.fates if fate.ended_at], days)
    waiting, aside = [day.waiting for day in findings.days], [day.set_aside for day in findings.days]
    return {
        "requests.svg": _chart(pygal.Line, "Requests a day", {"filed": filed, "ended": ended}),
        "outages.svg": _chart(pygal.StackedBar, "Hours a day in which an office was away", _away(findings, days)),
        "waiting.svg": _chart(
            pygal.Line, "Work at the end of each day", {"waits for its time": waiting, "waits for a person": aside}
        ),
        "texts.svg": _chart(pygal.Bar, "Texts a day", {"handed over": _by_day(findings, findings.texts, days)}),
        "ends.svg": _ends(findings),
    }


def _by_day(findings: Findings, moments: Sequence[datetime], days: int) -> list[int]:
    counted = Counter(int((moment - findings.began_at).total_seconds() // 86_400) for moment in moments)
    return [counted[day] for day in range(days)]


def _away(findings: Findings, days: int) -> Mapping[str, list[float]]:
    hours: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * days)
    for outage in findings.outages:
        for day in range(int(outage.begins // 86_400), min(days, int(outage.ends // 86_400) + 1)):
            seconds = min(outage.ends, (day + 1) * 86_400) - max(outage.begins, day * 86_400)
            hours[outage.office][day] += round(max(0.0, seconds) / 3600, 2)
    return dict(sorted(hours.items()))


def _ends(findings: Findings) -> bytes:
    """How many of each service ended within so many hours."""
    lines = {
        service: [
            sum(1 for fate in findings.fates if fate.request.service == service and (fate.hours or 1e9) <= most)
            for most in HOURS
        ]
        for service in findings.services()
    }
    labels = ["1 h", "6 h", "a day", "3 days", "a week", "2 weeks"]
    return _chart(pygal.Bar, "Ended within", lines, labels)


def _chart(kind: Any, title: str, lines: Mapping[str, Sequence[float]], labels: Sequence[str] | None = None) -> bytes:
    days = max((len(points) for points in lines.values()), default=0)
    chart = kind(
        js=(),
        style=STYLE,
        title=title,
        width=WIDTH,
        height=HEIGHT,
        explicit_size=True,
        show_dots=False,
        legend_at_bottom=True,
        x_labels=list(labels) if labels else [str(day + 1) for day in range(days)],
        no_data_text="nothing",
    )
    chart.uuid = "month"  # instead of a random one
    for name, points in lines.items():
        chart.add(name, list(points))
    chart.add_xml_filter(without_scripts)
    drawn: bytes = chart.render()
    return drawn
