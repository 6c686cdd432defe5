"""`mohala points ...`: the service points of a pack, out of a ministry's spreadsheet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.arguments import directory, path, word
from app.printable import printable
from app.settings import Settings

points = typer.Typer(no_args_is_help=True, help="Service points of a pack: read a spreadsheet in, look at them.")
PackOption = Annotated[
    Path | None, typer.Option("--pack", parser=directory, help="directory of the country pack; default: MOHALA_PACK")
]


@points.command("import")
def read_in(
    spreadsheet: Annotated[Path, typer.Argument(parser=path, help="a .csv or .xlsx file, its columns named above")],
    pack: PackOption = None,
    source: Annotated[
        str | None, typer.Option(parser=word, help="who says so and when, if the spreadsheet has no such column")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="tell what would change, and write nothing")] = False,
) -> None:
    """Take the points of a spreadsheet in place of the pack's, all of them or none; every bad row is told."""
    from app.importing import import_points

    told = import_points(spreadsheet, pack or Settings.load().pack, source or "", is_check=check)
    typer.echo(printable("\n".join(told)))


@points.command("list")
def show(
    pack: PackOption = None,
    district: Annotated[str | None, typer.Option(parser=word, help="those of one district only")] = None,
) -> None:
    """The points of a pack, each with its hours and whether it is open now."""
    from app.importing import listed

    for line in listed(pack or Settings.load().pack, district or "", datetime.now(UTC)):
        typer.echo(printable(line))
