"""The command line `mohala`; heavy imports wait until a command needs them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from app import VERSION, lasting
from app.agents_commands import agents
from app.arguments import directory, file, path, word
from app.audit_commands import audit
from app.broadcast_commands import broadcast, broadcasts
from app.citizen_commands import citizen
from app.desk_commands import desk
from app.jobs_commands import jobs
from app.keys_commands import keys
from app.language_commands import languages
from app.load_commands import history, load
from app.menu_commands import menus
from app.offices_commands import offices
from app.payments_commands import payments
from app.points_commands import points
from app.printable import printable
from app.privacy_commands import privacy
from app.reconcile_commands import books
from app.retention_commands import retention
from app.settings import Settings

# Typer's own tracebacks print local variables, and those may hold what a citizen typed.
cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Mohala: government services on any phone.",
)
cli.add_typer(menus, name="menus")
cli.add_typer(audit, name="audit")
cli.add_typer(broadcasts, name="broadcasts")
cli.add_typer(citizen, name="citizen")
cli.add_typer(desk, name="desk")
cli.add_typer(jobs, name="jobs")
cli.add_typer(offices, name="offices")
cli.add_typer(payments, name="payments")
cli.add_typer(points, name="points")
cli.add_typer(agents, name="agents")
cli.add_typer(books, name="books")
cli.add_typer(keys, name="keys")
cli.add_typer(privacy, name="privacy")
cli.add_typer(retention, name="retention")
cli.command()(broadcast)
cli.command()(languages)
cli.command()(load)
cli.command()(history)
PackArgument = Annotated[
    Path | None, typer.Argument(parser=directory, help="directory of the country pack; default: MOHALA_PACK")
]


@cli.command()
def run() -> None:
    """Run everything on this machine: sessions, database, sandbox country, worker and gateway."""
    from app.run import run as run_all

    raise typer.Exit(run_all(Settings.load()))


@cli.command()
def serve(
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="processes behind the one port; default: MOHALA_WORKERS, or 1")
    ] = None,
) -> None:
    """Serve the callbacks, the health checks and, with MOHALA_PHONE, the phone in the browser."""
    lasting.serve(Settings.load(), workers)


@cli.command()
def worker() -> None:
    """Carry out what the callbacks promised: filings, payments, SMS."""
    lasting.work()


@cli.command()
def sandbox() -> None:
    """Run the sandbox country: a registry, an electricity vendor, a wallet, an SMS centre and a directory."""
    from app.sandbox import serve_sandbox

    serve_sandbox(Settings.load())


@cli.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    from integrations.database import migrate as migrate_database

    migrate_database(Settings.load().database)
    typer.echo("The database is up to date.")


@cli.command()
def check(
    pack: PackArgument = None,
    form: Annotated[str, typer.Option("--format", help="text, json, or github (annotations of a forge)")] = "text",
) -> None:
    """Compile a country pack and print every complaint; exit status 1 if there is one."""
    from app.authoring.checking import ReportForm, report

    if form not in tuple(ReportForm):
        raise typer.BadParameter(f"{form} is no format; there are {', '.join(ReportForm)}")
    told, well = report(pack or Settings.load().pack, ReportForm(form))
    typer.echo(printable(told))
    raise typer.Exit(0 if well else 1)


@cli.command()
def test(
    pack: PackArgument = None,
    conversations: Annotated[
        list[Path] | None,
        typer.Option(parser=path, help="a file or directory of conversations; default: tests/conversations"),
    ] = None,
    only: Annotated[str | None, typer.Option(parser=word, help="play the conversation with this name only")] = None,
    update: Annotated[bool, typer.Option("--update", help="rewrite what is shown and received to what is now")] = False,
    json: Annotated[bool, typer.Option("--json", help="print the report for machines")] = False,
    require_coverage: Annotated[
        bool, typer.Option("--require-coverage", help="fail if a screen or an outcome is not reached")
    ] = False,
) -> None:
    """Play the recorded conversations of a pack through the whole house; exit status 1 if one goes otherwise."""
    from app.authoring.conversations.command import Options, run_tests

    options = Options(tuple(conversations or ()), only, update, json, require_coverage)
    raise typer.Exit(run_tests(pack or Settings.load().pack, options))


@cli.command()
def dial(
    code: Annotated[
        str | None, typer.Argument(parser=word, help="what to dial, such as *384*100#; default: MOHALA_SERVICE_CODE")
    ] = None,
    number: Annotated[
        str | None, typer.Option(parser=word, help="the number of the phone; default: the first of the pack's handsets")
    ] = None,
    url: Annotated[
        str | None, typer.Option(parser=word, help="base URL of the gateway; default: the one of the settings")
    ] = None,
    agent: Annotated[str | None, typer.Option(parser=word, help="the number of an agent's phone beside it")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="no full screen; read commands until the input ends")] = False,
    record: Annotated[
        Path | None, typer.Option(parser=file, help="add what happens to this file as a conversation")
    ] = None,
    language_digits: Annotated[
        list[str] | None,
        typer.Option(
            parser=word, help="choices that lead to a language, such as en=8*2; default: found in MOHALA_PACK"
        ),
    ] = None,
) -> None:
    """A phone in the terminal: dials a running gateway as Africa's Talking would; full-screen, or plain in a pipe."""
    from app.terminal.dial import Wanted, dial_from_terminal

    wanted = Wanted(code, number, url, agent, plain, record, tuple(language_digits or ()))
    raise typer.Exit(dial_from_terminal(Settings.load(), wanted))


@cli.command()
def simulate(
    output: Annotated[
        Path, typer.Option(parser=path, help="a new directory for the page, its pictures and the history")
    ],
    days: Annotated[int, typer.Option(min=1, max=366, help="of the month")] = 30,
    dials: Annotated[float, typer.Option(min=1, max=5_000, help="a day, in the mean")] = 150.0,
    people: Annotated[int, typer.Option(min=10, max=9_999_999, help="who have a phone in the district")] = 2_000,
    seed: Annotated[int, typer.Option(help="the same seed: the same dials and the same weather")] = 1,
    database_url: Annotated[
        str | None, typer.Option(parser=word, help="an empty database; default: an SQLite file that goes with the run")
    ] = None,
) -> None:
    """Live through a month of a district in minutes, offices going up and down, and leave a page about it."""
    from app.simulation.command import Wish
    from app.simulation.command import simulate as live
    from app.simulation.district import Plan

    raise typer.Exit(0 if live(Settings.load(), Wish(Plan(days, dials, people, seed), output, database_url)) else 1)


@cli.command()
def impact(
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the first day; default: 29 days before the last")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the last day; default: today, in UTC")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="table, csv or json")] = "table",
    output: Annotated[
        Path | None, typer.Option(parser=directory, help="a directory for the page, its pictures, CSV and JSON")
    ] = None,
) -> None:
    """What people were spared: visits, hours and money, with how much of it is measured and what cannot be said."""
    from app.impact.command import Form, Wish
    from app.impact.command import impact as tell

    if form not in tuple(Form):
        raise typer.BadParameter(f"{printable(form)}: write {', '.join(Form)}", param_hint="--format")
    last = (until or datetime.now(UTC)).date()
    first = since.date() if since else last - timedelta(days=29)
    tell(Settings.load(), Wish(first, last, Form(form), output))


@cli.command()
def wakes() -> None:
    """Print where wallets may say that a payer has decided, for those that are told it once, at their portal."""
    from app.errors import SettingsWrong
    from app.wiring import read_keyring, wake_urls

    set_up = Settings.load()
    urls = wake_urls(set_up, read_keyring(set_up.keys))
    if not urls:
        raise SettingsWrong("MOHALA_PUBLIC_URL is not set: no wallet can reach this gateway, so all are polled.")
    for adapter, url in urls.items():
        typer.echo(f"{adapter:<14}{url}")


@cli.command()
def settings() -> None:
    """Print every setting, its meaning and whether it is set; never a secret."""
    for name, field in Settings.model_fields.items():
        typer.echo(f"MOHALA_{name.upper():<26} {field.description}")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mohala {VERSION}")
        raise typer.Exit


@cli.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Mohala: government services on any phone."""
