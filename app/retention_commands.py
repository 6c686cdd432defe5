"""`mohala retention ...`: what is past its date is forgotten, and that is proven."""

from __future__ import annotations

import typer

from app.printable import printable
from app.settings import Settings

retention = typer.Typer(no_args_is_help=True, help="What is past its date: forget it, and prove that it is gone.")


@retention.command()
def run() -> None:
    """Forget now what the worker would forget within the hour; does no harm beside it."""
    from app.retaining import sweep

    forgotten = sweep(Settings.load())
    for what, count in forgotten.items():
        typer.echo(f"{what}: {count}")
    if not forgotten:
        typer.echo("Nothing was past its date.")


@retention.command()
def prove() -> None:
    """Look at everything that is kept, whatever the sweep says it did; exit status 1 names what is past its date.

    What is late by less than a day is left to the sweep. Sessions end by themselves, in the session server.
    """
    from app.retaining import prove as look

    found = look(Settings.load())
    for one in found:
        typer.echo(printable(f"{one.table}: {one.what}: {one.count}, the oldest since {one.since:%Y-%m-%d}"))
    if not found:
        typer.echo("Nothing is kept past its date.")
    raise typer.Exit(1 if found else 0)
