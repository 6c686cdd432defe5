"""`mohala offices ...`: what was recorded of offices, asked once more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.arguments import directory
from app.printable import printable

offices = typer.Typer(no_args_is_help=True, help="Replay what was recorded of offices (MOHALA_OFFICE_RECORDINGS).")


@offices.command()
def replay(
    samples: Annotated[Path, typer.Argument(parser=directory, help="where the samples lie, a folder for each adapter")],
) -> None:
    """Ask each recorded office again, served on this machine, and tell what is asked or understood otherwise now."""
    from app.replaying import replay_all

    told = replay_all(samples)
    for line in told.differences:
        typer.echo(printable(line))
    typer.echo(f"{told.count - len(told.differences)} of {told.count} samples go as they were recorded.")
    raise typer.Exit(1 if told.differences or not told.count else 0)
