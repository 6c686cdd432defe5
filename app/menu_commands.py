"""`mohala menus ...`: what authors do with a pack besides checking and testing it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.settings import Settings

menus = typer.Typer(no_args_is_help=True, help="Compare, describe and count what menus are made of.")
PackArgument = Annotated[Path | None, typer.Argument(help="directory of the country pack; default: MOHALA_PACK")]


@menus.command()
def diff(
    old: Annotated[Path, typer.Argument(help="directory of the pack as it was")],
    new: Annotated[Path, typer.Argument(help="directory of the pack as it shall be")],
    conversations: Annotated[
        list[Path] | None, typer.Option(help="a file or directory of conversations; default: tests/conversations")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print for machines")] = False,
) -> None:
    """What changed for a citizen between two packs, screen by screen, and which recorded journeys go elsewhere."""
    from app.authoring.diff_command import show_difference

    raise typer.Exit(show_difference(old, new, tuple(conversations or ()), json))


@menus.command()
def languages(pack: PackArgument = None) -> None:
    """How far each language is: texts, missing ones, unreviewed ones, and who reviewed the others."""
    from app.authoring.checking import languages as counted
    from app.pack_files import read_pack

    typer.echo(counted(read_pack(pack or Settings.load().pack)))


@menus.command()
def numbers(pack: PackArgument = None) -> None:
    """Write down the option numbers of a pack in its published.yaml, so that they stay the same for ever."""
    from app.authoring.numbers import keep_numbers

    typer.echo(keep_numbers(pack or Settings.load().pack))


@menus.command()
def schema(
    directory: Annotated[Path, typer.Argument(help="where the schemas are written")] = Path("menus/schema"),
) -> None:
    """Write the JSON Schemas with which editors complete and explain a pack's files."""
    from app.compiler.schema import write_schemas

    for path in write_schemas(directory):
        typer.echo(path)
