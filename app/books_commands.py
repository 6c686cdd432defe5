"""`mohala books ...`: the books of what citizens paid."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.arguments import file
from app.printable import printable
from app.settings import Settings

books = typer.Typer(no_args_is_help=True, help="The double-entry books of what citizens paid: check and export them.")


@books.command()
def check() -> None:
    """Prove that the books sum to zero and agree with bills and payments, and print balances; exit status 1 if not.

    A balance above zero is what its account is owed, below zero what it owes, in minor units of its currency.
    """
    from app.bookkeeping import check as check_books
    from app.bookkeeping import faults_told_max

    found = check_books(Settings.load().database)
    for (account, currency), minor in sorted(found.balances.items()):
        typer.echo(printable(f"{account:<40} {minor:>16} {currency}"))
    for fault in found.faults[:faults_told_max]:
        typer.echo(printable(fault), err=True)
    if (left := len(found.faults) - faults_told_max) > 0:
        typer.echo(f"and {left} more.", err=True)
    whole = "The books are whole" if found.is_well else "The books are NOT whole"
    typer.echo(f"{whole}: {found.postings} postings, {found.bills} bills.")
    raise typer.Exit(0 if found.is_well else 1)


@books.command()
def export(target: Annotated[Path, typer.Argument(parser=file, help="a CSV file; one there is replaced")]) -> None:
    """Write every entry as CSV, oldest first, amounts in minor units. It names no citizen."""
    from app.bookkeeping import export as write

    typer.echo(f"{write(Settings.load().database, target)} entries.")
