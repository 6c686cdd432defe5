"""`mohala impact`: reads the sums of some days, and tells or writes what people were spared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

import typer

from app import limits
from app.desking import prepared, with_database
from app.editions import Editions
from app.errors import SettingsWrong
from app.impact.page import page
from app.impact.picture import pictures
from app.impact.report import Money, Report, as_csv, as_json, as_text, report_of
from app.pack import Pack
from app.printable import printable
from app.savings import Said
from app.settings import Settings
from app.survey import KIND, NO, YES
from integrations.database import Database

PAGE, TABLE, DATA = "impact.html", "impact.csv", "impact.json"


class Form(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Wish:
    """How `mohala impact` was called: the days, both in it, and where a page is written, if anywhere."""

    first: date
    last: date
    form: Form = Form.TABLE
    output: Path | None = None


def impact(settings: Settings, wish: Wish) -> None:
    """Tell it, and write the page if there is a directory for it. Raises `SettingsWrong`."""
    days = (wish.last - wish.first).days + 1
    if not 1 <= days <= limits.impact_days_max:
        raise SettingsWrong(f"--since must lie before --until, by no more than {limits.impact_days_max} days.")

    async def work(database: Database) -> Report:
        editions = await Editions.open(database.archive, prepared)
        return await read_report(database, editions.current.pack, wish.first, wish.last)

    report = with_database(settings, work)
    if wish.output is not None:
        _write(report, wish.output)
        typer.echo(f"All of it is in {wish.output / PAGE}", err=True)
    if wish.form is Form.TABLE:
        for line in as_text(report):
            typer.echo(printable(line))
    else:
        typer.echo(as_csv(report) if wish.form is Form.CSV else as_json(report).decode(), nl=False)


async def read_report(database: Database, pack: Pack, first: date, last: date) -> Report:
    """By days of the country. Raises `SettingsWrong` if there is too much to tell, and `StoreUnavailable`."""
    zone, currency = pack.program.timezone, pack.program.currency
    since, until = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    counts = await database.errands.counts(since, until)
    if len(counts) > limits.errand_cells_max:
        raise SettingsWrong(f"There are more than {limits.errand_cells_max} sorts of errands: take a shorter period.")
    answers = await _answers(database, since, until)
    money = Money(currency.code, currency.minor_digits)
    return report_of(pack.program.pack, first, last, money, counts, answers, pack.baselines)


async def _answers(database: Database, since: datetime, until: datetime) -> Mapping[tuple[str, str], Said]:
    found = {}
    for about, answers in await database.questions.answers(KIND, since, until):
        kind, _, service = about.partition(" ")
        found[kind, service] = Said(answers.get(YES, 0), answers.get(NO, 0), answers.get("", 0))
    return found


def _write(report: Report, output: Path) -> None:
    drawn = pictures(report)
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, picture in drawn.items():
            (output / name).write_bytes(picture)
        (output / PAGE).write_text(page(report, drawn), "utf-8")
        (output / TABLE).write_text(as_csv(report), "utf-8")
        (output / DATA).write_bytes(as_json(report))
    except OSError as error:
        raise SettingsWrong(f"{output} cannot be written ({error.strerror}); name another directory.") from None
