"""A run as two pictures: callbacks a second, and how long they took. No script in them, nothing from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pygal
from pygal.style import Style

from app.load.report import Report

WIDTH, HEIGHT = 960, 360
LEAST_MILLISECONDS = 0.1  # a logarithm has no zero
STYLE = Style(
    background="#ffffff",
    plot_background="#ffffff",
    foreground="#333333",
    foreground_strong="#000000",
    foreground_subtle="#999999",
    colors=("#0072b2", "#009e73", "#e69f00", "#d55e00"),  # told apart by all eyes
    font_family="sans-serif",
    guide_stroke_color="#dddddd",
    major_guide_stroke_color="#bbbbbb",
)
LABELS = 10
Points = Sequence[float | None]
"""One for each second, None where nothing was due."""


def draw(report: Report) -> Mapping[str, bytes]:
    """The pictures as SVG, by file name; the same report draws the same bytes."""
    named = f"{report.shape}, {report.rate:g} callbacks/s, seed {report.seed}"
    counted = {
        "due": _points(report, "due"),
        "answered": _points(report, "answered"),
        "refused": _points(report, "refused"),
        "no answer": _points(report, "troubles"),
    }
    taken = {
        name: [None if ms is None else max(ms, LEAST_MILLISECONDS) for ms in _points(report, name)]
        for name in ("p50", "p99")
    }
    return {
        "callbacks.svg": _chart(f"Callbacks a second: {named}", "callbacks/s", counted, logarithmic=False),
        "latency.svg": _chart(f"From when they were due: {named}", "ms", taken, logarithmic=True),
    }


def _points(report: Report, name: str) -> Points:
    known: dict[int, float] = {second.at: getattr(second, name) for second in report.seconds}
    return [known.get(at) for at in range(max(known, default=0) + 1)]


def _chart(title: str, unit: str, lines: Mapping[str, Points], *, logarithmic: bool) -> bytes:
    seconds = max(map(len, lines.values()))
    chart = pygal.Line(
        js=(),
        style=STYLE,
        title=title,
        x_title="seconds from the beginning",
        y_title=unit,
        width=WIDTH,
        height=HEIGHT,
        explicit_size=True,
        show_dots=False,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(lines),
        x_labels=list(map(str, range(seconds))),
        x_labels_major_every=max(1, math.ceil(seconds / LABELS)),
        show_minor_x_labels=False,
        logarithmic=logarithmic,
        no_data_text="nothing",
    )
    chart.uuid = "load"  # instead of a random one
    for name, points in lines.items():
        chart.add(name, points)
    chart.add_xml_filter(without_scripts)
    drawn: bytes = chart.render()
    return drawn


def without_scripts(root: Any) -> Any:
    """Scripts, and comments with the date: a picture is the same whenever it is drawn, and does nothing."""
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.endswith("script"):
                parent.remove(child)
    return root
