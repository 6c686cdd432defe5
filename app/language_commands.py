"""`mohala languages`: how far each language was reviewed, and what a native speaker must look at first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.arguments import directory, word
from app.printable import printable
from app.settings import Settings


def languages(
    pack: Annotated[
        Path | None, typer.Argument(parser=directory, help="directory of the country pack; default: MOHALA_PACK")
    ] = None,
    language: Annotated[str | None, typer.Option(parser=word, help="one language alone, such as st")] = None,
    most: Annotated[int, typer.Option(min=0, max=1_000, help="texts of each language that are shown")] = 20,
    csv: Annotated[bool, typer.Option("--csv", help="print all of them, for a spreadsheet")] = False,
    every: Annotated[bool, typer.Option("--all", help="with --csv: those that were reviewed too")] = False,
) -> None:
    """How many texts of each language were reviewed, and those to look at first: what every citizen sees, what is
    confirmed, costs money or promises something, what is texted; then the other pages as menus offer them; agents last.
    """
    from app.authoring.languages import as_csv, as_text, standings

    found = standings(pack or Settings.load().pack, language or "")
    if csv:
        typer.echo(as_csv(found, every), nl=False)
        return
    for standing in found:
        for line in as_text(standing, most):
            typer.echo(printable(line))
