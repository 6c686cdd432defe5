"""The report as a page: the pictures, the tables, and what cannot be said; no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from app.impact.report import Report, Row, sum_told
from app.savings import Measure

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>What people were spared</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; } th, td { padding: .25rem .8rem .25rem 0; text-align: left; }
thead th { border-bottom: 2px solid #333; } tbody tr { border-bottom: 1px solid #ddd; }
svg { max-width: 100%; height: auto; }
</style>
</head>
<body>
"""


def page(report: Report, pictures: Mapping[str, bytes]) -> str:
    return HEAD + "\n".join(_body(report, pictures)) + "\n</body>\n</html>\n"


def _body(report: Report, pictures: Mapping[str, bytes]) -> Iterator[str]:
    yield "<h1>What people were spared</h1>"
    yield (
        f"<p>{escape(report.pack)}, {report.first} to {report.last}: {report.whole.count} errands. Every number stands "
        "with its 95 % interval, how many errands are behind it, and how much of it was measured; "
        "what nobody was asked about is not claimed.</p>"
    )
    yield _table("", [Row(("all",), report.whole)], report)
    yield "<h2>What cannot be said</h2>"
    told = report.unsaid or ("Nothing was done in these days.",)
    yield "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in told) + "</ul>"
    yield "<h2>Pictures</h2>"
    yield from (_inline(picture) for picture in pictures.values())
    for name, rows in report.tables.items():
        yield f"<h2>By {escape(name)}</h2>"
        yield _table(name, rows, report) if rows else "<p>Nothing to show.</p>"


def _table(name: str, rows: Sequence[Row], report: Report) -> str:
    heads = "".join(f"<th>{escape(one)}</th>" for one in (name, "errands", *(measure.value for measure in Measure)))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(_line(row, report) for row in rows)}</tbody></table>"


def _line(row: Row, report: Report) -> str:
    told = (sum_told(row.saved.sums[measure], measure, report.money) for measure in Measure)
    cells = (", ".join(row.names), str(row.saved.count), *told)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _inline(picture: bytes) -> str:
    """Inside a page an SVG needs no declaration."""
    return picture.decode().partition("?>")[2]
