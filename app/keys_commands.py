"""`mohala keys ...`: the sealing keys, rotated while citizens are served."""

from __future__ import annotations

from typing import Annotated

import typer

from app.arguments import word
from app.settings import Settings

keys = typer.Typer(help="The sealing keys: a new one, everything sealed anew, and the old one dropped.")
Name = Annotated[str, typer.Argument(parser=word, help="a key's name, as `mohala keys status` shows it")]


@keys.callback(invoke_without_command=True)
def keys_alone(context: typer.Context) -> None:
    """The sealing keys: rotate, reseal, drop. Alone it makes the key file, or rotates."""
    if context.invoked_subcommand is None:
        rotate()


@keys.command()
def rotate() -> None:
    """Make a key, wait some seconds until all processes of this machine know it, and let it seal. Nothing is restarted.

    With gateways on several machines: `mohala keys add`, copy the file to all, `mohala keys use NAME`, copy it again.
    """
    from app.rotating import rotate as turn

    typer.echo(turn(Settings.load()))


@keys.command()
def add() -> None:
    """Make a key that opens and does not seal yet."""
    from app.key_file import make_key

    typer.echo(f"Made {make_key(Settings.load().keys)}; when every machine has the file: mohala keys use NAME")


@keys.command()
def use(name: Name) -> None:
    """Let a key seal, which every machine knows by now."""
    from app.key_file import use_key

    use_key(Settings.load().keys, name)
    typer.echo(f"{name} seals from now on. Then: mohala keys reseal")


@keys.command()
def status() -> None:
    """Each key, the one that seals first, and how much stands there that it sealed."""
    from app.rotating import status as look

    found, has_lookup = look(Settings.load())
    for name, counts in found.items():
        typer.echo(f"{name}: {counts['database']} values in the database, {counts['sessions']} sessions")
    typer.echo(f"Look-ups are made with {'a secret of their own' if has_lookup else 'the last key of the file'}.")


@keys.command()
def reseal() -> None:
    """Seal what stands in the database with the first key, row by row beside the running house; may be cut off.

    Exit status 1 if something opens with no key.
    """
    from app.rotating import reseal as seal_anew

    anew, broken = seal_anew(Settings.load())
    typer.echo(f"Sealed anew: {anew}.{f' No key opens {broken}: put the missing key back.' if broken else ''}")
    raise typer.Exit(1 if broken else 0)


@keys.command()
def drop(
    name: Name,
    sessions_ended: Annotated[
        bool, typer.Option("--sessions-ended", help="no session is left that it sealed: a day has passed since")
    ] = False,
) -> None:
    """Take a key out of the file, once nothing is sealed with it. What citizens are looked up by stays the same."""
    from app.rotating import drop as take_out

    take_out(Settings.load(), name, sessions_ended=sessions_ended)
    typer.echo(f"{name} is dropped. Keep its copy for as long as backups from before are kept.")
