"""`mohala audit ...`: what an auditor asks of the log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.arguments import file, word
from app.printable import printable
from app.settings import Settings

audit = typer.Typer(no_args_is_help=True, help="Prove, read and export the audit log: who did what, and why.")


@audit.command()
def verify(
    exported: Annotated[
        Path | None,
        typer.Option("--file", parser=file, help="prove an exported file, offline; default: the log in the database"),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(parser=word, help="NUMBER:HASH of an earlier proof: nothing up to it was changed"),
    ] = None,
) -> None:
    """Prove that no line of the log was altered or taken out, and that every request's history agrees with it.

    In the database, also that the triggers are there which refuse every change of a line.

    A log is a chain: each line's hash covers the line before it. Whoever may write to the database could still write
    the whole chain anew or cut off its end, so note the head that is printed, outside this machine.
    """
    from app.auditing import read_head, verify_file
    from app.auditing import verify as verify_database

    noted = read_head(head) if head else None
    verdict = verify_file(exported, noted) if exported else verify_database(Settings.load().database, noted)
    typer.echo(str(verdict))


@audit.command()
def export(
    target: Annotated[Path, typer.Argument(parser=file, help="a file for JSON lines; one there is replaced")],
) -> None:
    """Write the log into a file that `mohala audit verify --file` proves without a database."""
    from app.auditing import export as export_log

    typer.echo(f"The head is {export_log(Settings.load().database, target)}")


@audit.command()
def show(
    subject: Annotated[str, typer.Argument(parser=word, help="the id of a request or of a version of the menus")],
) -> None:
    """Print what was done with one request or version, oldest first."""
    from app.auditing import lines_of

    for line in lines_of(Settings.load().database, subject):
        details = " ".join(f"{name}={value}" for name, value in line.details.items() if value)
        typer.echo(printable(f"{line.number} {line.at} {line.actor} {line.act} {line.purpose} {details}".rstrip()))
