"""`mohala menus ...`: what authors do with a pack besides checking and testing it."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Annotated

import typer

from app.arguments import directory, file, name, note, path, word
from app.printable import printable
from app.replacing import replace_text
from app.settings import Settings

menus = typer.Typer(no_args_is_help=True, help="Publish menus; compare, describe and count what they are made of.")
PackArgument = Annotated[
    Path | None, typer.Argument(parser=directory, help="directory of the country pack; default: MOHALA_PACK")
]


NAMED = "a directory, a published version (its first letters are enough), or `current`"
By = Annotated[str | None, typer.Option(parser=word, help="who does this, for the history; default: your login name")]
Why = Annotated[str, typer.Option("--note", parser=note, help="why, for the history")]


@menus.command()
def publish(pack: PackArgument = None, by: By = None, why: Why = "") -> None:
    """Make a pack the current version: new dials get it, sessions under way stay on theirs until they end."""
    from app.publishing import Publisher
    from app.publishing import publish as publish_pack

    settings = Settings.load()
    for line in publish_pack(settings, pack or settings.pack, Publisher(by or _login(), why)):
        typer.echo(printable(line))


@menus.command()
def rollback(
    version: Annotated[
        str | None, typer.Argument(parser=word, help="a published version; default: the one before the current one")
    ] = None,
    by: By = None,
    why: Why = "",
) -> None:
    """Make a version current again that was published before."""
    from app.publishing import Publisher, roll_back

    typer.echo(printable(roll_back(Settings.load(), version, Publisher(by or _login(), why))))


@menus.command("list")
def list_publications(
    json: Annotated[bool, typer.Option("--json", help="print for machines")] = False,
) -> None:
    """What was published when and by whom, newest first, and how many requests of each version are still open."""
    from app.authoring.history import as_json, as_text
    from app.publishing import publications

    listed = publications(Settings.load())
    typer.echo(printable(as_json(listed) if json else as_text(listed)))


def _login() -> str:
    user = os.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # in a container nobody need have a name
        return f"user {user}"


@menus.command()
def diff(
    old: Annotated[str, typer.Argument(parser=name, help=f"the pack as it was: {NAMED}")],
    new: Annotated[str, typer.Argument(parser=name, help=f"the pack as it shall be: {NAMED}")],
    conversations: Annotated[
        list[Path] | None,
        typer.Option(parser=path, help="a file or directory of conversations; default: tests/conversations"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print for machines")] = False,
) -> None:
    """What changed for a citizen between two packs, screen by screen, and which recorded journeys go elsewhere."""
    from app.authoring.diff_command import show_difference

    raise typer.Exit(show_difference(Settings.load(), old, new, tuple(conversations or ()), json))


@menus.command()
def draw(
    pack: Annotated[
        str | None, typer.Argument(parser=name, help=f"what is drawn: {NAMED}; default: MOHALA_PACK")
    ] = None,
    program: Annotated[str | None, typer.Option(parser=word, help="draw this program only")] = None,
    language: Annotated[
        str | None, typer.Option(parser=word, help="of the texts; default: the pack's base language")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="svg, or mermaid")] = "svg",
    output: Annotated[Path | None, typer.Option(parser=file, help="the file to write; default: print it")] = None,
    columns: Annotated[
        int, typer.Option(min=1, max=20, help="screens beside one another; 3 fit on A4 across, 5 on A3")
    ] = 3,
) -> None:
    """Draw the screens of a pack and the ways between them, complaints marked, as a picture or as Mermaid."""
    from app.authoring.drawing.command import Form, Wanted
    from app.authoring.drawing.command import draw as draw_pack

    if form not in tuple(Form):
        raise typer.BadParameter(f"{form} is no format; there are {', '.join(Form)}")
    settings = Settings.load()
    wanted = Wanted(pack or str(settings.pack), program, language, Form(form), columns)
    drawing, complaints = draw_pack(settings, wanted)
    if complaints:
        typer.echo(f"Drawn with {complaints} complaint{'s' if complaints > 1 else ''}: see `mohala check`.", err=True)
    if output is None:
        typer.echo(printable(drawing), nl=False)
    else:
        replace_text(output, drawing)


@menus.command("map")
def draw_map(
    into: Annotated[Path, typer.Argument(parser=directory, help="the directory of the drawings")],
    pack: PackArgument = None,
    language: Annotated[
        str | None, typer.Option(parser=word, help="of the texts; default: the pack's base language")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="write nothing; status 1 if it is not up to date")] = False,
) -> None:
    """Draw all programs of a pack and then the screens of each, a file for every one, with an index."""
    from app.authoring.drawing.maps import maps, stale, write_maps

    source = pack or Settings.load().pack
    if not check:
        for written in write_maps(source, into, language):
            typer.echo(printable(written))
    elif changed := stale(maps(source, language), into):
        typer.echo(printable(f"{into} is not what `mohala menus map` draws: {', '.join(changed)}"), err=True)
        raise typer.Exit(1)


@menus.command()
def languages(pack: PackArgument = None) -> None:
    """How far each language is: texts, missing ones, unreviewed ones, and who reviewed the others."""
    from app.authoring.checking import languages as counted
    from app.pack_files import read_pack

    typer.echo(printable(counted(read_pack(pack or Settings.load().pack))))


@menus.command()
def tasks(
    pack: PackArgument = None,
    conversations: Annotated[
        list[Path] | None, typer.Option(parser=path, help="files or directories of conversations; may be given again")
    ] = None,
) -> None:
    """Write docs/tasks.md to standard output: what each task takes a citizen and costs the state, measured by playing
    the conversations that are tagged as tasks, in every language of the pack.
    """
    from app.authoring.tasks import page

    typer.echo(page(pack or Settings.load().pack, conversations or ()), nl=False)


@menus.command()
def numbers(pack: PackArgument = None) -> None:
    """Write down the option numbers of a pack in its published.yaml, so that they stay the same for ever."""
    from app.authoring.numbers import keep_numbers

    typer.echo(printable(keep_numbers(pack or Settings.load().pack)))


@menus.command()
def schema(
    into: Annotated[Path, typer.Argument(parser=directory, help="where the schemas are written")] = Path(
        "menus/schema"
    ),
) -> None:
    """Write the JSON Schemas with which editors complete and explain a pack's files."""
    from app.compiler.schema import write_schemas

    for written in write_schemas(into):
        typer.echo(printable(str(written)))
