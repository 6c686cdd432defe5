"""The report in pictures, what is measured and what is assumed in colours of their own. No script in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pygal

from app.errands import ErrandKind
from app.impact.report import Report, Row
from app.load.picture import STYLE, without_scripts
from app.savings import Measure

WIDTH, HEIGHT = 960, 340
LABELS_MAX = 20
Bars = Mapping[str, Sequence[float]]


def pictures(report: Report) -> Mapping[str, bytes]:
    """SVG by file name; the same report draws the same bytes."""
    drawn = {}
    for measure in (Measure.VISITS, Measure.HOURS, Measure.COST):
        unit = report.money.code if measure is Measure.COST else measure.value
        title = f"{measure.value.capitalize()} spared, by service ({unit})"
        drawn[f"{measure.value}.svg"] = _sums(title, report, measure)
    drawn["errands.svg"] = _errands(report.tables["channel"])
    drawn["answers.svg"] = _answers(report)
    return drawn


def _sums(title: str, report: Report, measure: Measure) -> bytes:
    rows = [row for row in report.tables["service"] if row.saved.sums[measure].events]
    scale = 10**report.money.minor_digits if measure is Measure.COST else 1
    bars = {
        "measured": [round(row.saved.sums[measure].measured / scale, 2) for row in rows],
        "assumed": [round(row.saved.sums[measure].assumed / scale, 2) for row in rows],
    }
    return _chart(title, [row.names[0] for row in rows], bars, "not known: nothing was measured")


def _errands(rows: Sequence[Row]) -> bytes:
    bars = {kind.value: [row.saved.errands.get(kind.value, 0) for row in rows] for kind in ErrandKind}
    return _chart("Errands by channel", [row.names[0] for row in rows], bars, "nothing was done")


def _answers(report: Report) -> bytes:
    asked = sorted(report.answers.items())
    bars = {
        "would have travelled": [said.yes for _, said in asked],
        "would not": [said.no for _, said in asked],
        "did not answer": [said.silent for _, said in asked],
    }
    labels = [f"{service} ({kind})" for (kind, service), _ in asked]
    return _chart("Whoever was asked", labels, bars, "nobody was asked")


def _chart(title: str, labels: Sequence[str], bars: Bars, nothing: str) -> bytes:
    chart = pygal.StackedBar(
        js=(),
        style=STYLE,
        title=title,
        width=WIDTH,
        height=HEIGHT,
        explicit_size=True,
        legend_at_bottom=True,
        x_labels=list(labels[:LABELS_MAX]),
        no_data_text=nothing,
    )
    chart.uuid = "impact"  # instead of a random one
    for name, values in bars.items():
        chart.add(name, list(values[:LABELS_MAX]) if labels else [])
    chart.add_xml_filter(without_scripts)
    drawn: bytes = chart.render()
    return drawn
