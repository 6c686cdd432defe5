"""`mohala citizen ...`: a citizen's right to see what is kept of them, and to have it forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.arguments import file, note, word
from app.desk_commands import login
from app.replacing import replace_text
from app.settings import Settings

citizen = typer.Typer(no_args_is_help=True, help="What is kept of one citizen: give it to them, or forget it.")
Number = Annotated[str, typer.Argument(parser=word, help="their phone number with its country, such as +12025550123")]
Why = Annotated[str, typer.Option("--note", parser=note, help="why, for the audit log: who asked, how you knew them")]


@citizen.command()
def export(
    number: Number,
    target: Annotated[Path, typer.Argument(parser=file, help="a file for JSON; one there is replaced")],
    why: Why,
) -> None:
    """Write everything that stands under a number into a file that only you can read. Make sure who asks."""
    from app.citizens import export as write_out

    text = write_out(Settings.load(), number, login(), why)
    target.unlink(missing_ok=True)  # one that is there would keep its own mode
    replace_text(target, text, mode=0o600)
    typer.echo("Written. Hand it over, then delete the file.")


@citizen.command()
def erase(number: Number, why: Why) -> None:
    """Forget who filed what was ended and what they said; exit status 1 if something is still under way.

    What stays is that something was filed, when and how it went. Offices keep what was sent to them. Pages of a
    dialogue that fell are forgotten by themselves, within the hours for which they are offered again.
    """
    from app.citizens import erase as forget

    erased, left = forget(Settings.load(), number, login(), why)
    typer.echo(f"Erased: {', '.join(erased) or 'no request'}; the language and the counts of this number too.")
    if left:
        typer.echo(f"Still under way, and left: {', '.join(left)}. Ask again when they have ended.")
    raise typer.Exit(1 if left else 0)


@citizen.command()
def erasures(why: Why) -> None:
    """Who asked on their phone to be forgotten. Make sure that it is whose number it is, then `erase` it.

    What was erased stands here no more; `mohala jobs give-up` lets go of what was asked by somebody else.
    """
    from app.citizens import erasures as asked

    found = asked(Settings.load(), login(), why)
    for one in found:
        typer.echo(f"{one.msisdn}  asked {one.at:%Y-%m-%d}, hears until {one.until}, speaks {one.language}  {one.id}")
    if not found:
        typer.echo("Nobody asks to be forgotten.")
    raise typer.Exit(1 if found else 0)


@citizen.command("code-sheet")
def code_sheet(
    number: Number,
    why: Why,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="print none; those that are printed are good no more")
    ] = False,
) -> None:
    """Print codes by which a citizen without a phone at hand lets an agent act for them. Make sure who asks.

    They are told this once. Another sheet for the same number voids the one before.
    """
    from app.citizens import code_sheet as print_codes
    from app.citizens import revoke_sheet

    if revoke:
        count = revoke_sheet(Settings.load(), number, login(), why)
        typer.echo(f"Revoked: {count} codes that were good until now.")
        return
    codes, says = print_codes(Settings.load(), number, login(), why)
    for place, code in enumerate(codes, start=1):
        typer.echo(f"{place:2}.  {code[:4]} {code[4:]}")
    for text in says:
        typer.echo(f"\n{text}")


@citizen.command()
def withdraw(
    number: Number,
    why: Why,
    purpose: Annotated[str | None, typer.Option(parser=word, help="one purpose of the menus; default: all")] = None,
) -> None:
    """Take back what a citizen agreed to: they are asked again, and what was ended is forgotten.

    What is under way is carried out, for it was asked for while they agreed.
    """
    from app.citizens import withdraw as take_back

    stood = take_back(Settings.load(), number, purpose, login(), why)
    typer.echo(f"Taken back: {', '.join(stood) or 'nothing stood agreed to'}.")
