"""`mohala privacy ...`: what a controller must be able to show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.arguments import directory, file
from app.replacing import replace_text
from app.settings import Settings

privacy = typer.Typer(no_args_is_help=True, help="What a controller must be able to show.")


@privacy.callback()
def about() -> None:
    """What a controller must be able to show."""


@privacy.command()
def register(
    pack: Annotated[
        Path | None, typer.Argument(parser=directory, help="directory of the country pack; default: MOHALA_PACK")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="markdown or json")] = "markdown",
    target: Annotated[
        Path | None, typer.Option("--to", parser=file, help="write it into this file; one there is replaced")
    ] = None,
) -> None:
    """Write the processing register of a pack: who answers, purposes, data, recipients, borders, retention, security.

    These are the contents of section 25(5) of Lesotho's Data Protection Act.
    """
    from app.registering import written

    if form not in ("markdown", "json"):
        raise typer.BadParameter(f"{form} is no format; there are markdown, json")
    text = written(pack or Settings.load().pack, form)
    if target is None:
        typer.echo(text, nl=False)
    else:
        replace_text(target, text)
