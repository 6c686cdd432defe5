"""`mohala desk ...`: the work list of offices without a system, in the terminal."""

from __future__ import annotations

import os
import pwd
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from app import limits
from app.arguments import file, note, word
from app.messages import Status
from app.printable import printable
from app.reference import show_reference
from app.settings import Settings
from app.tasks import Clerk, Entry, Wanted

desk = typer.Typer(
    no_args_is_help=True, help="Work lists of offices without a system: look, take, move, CSV out and in."
)
clerks = typer.Typer(no_args_is_help=True, help="Who may work at a desk over HTTP, each with a token.")
desk.add_typer(clerks, name="clerks")
As = Annotated[str | None, typer.Option("--as", parser=word, help="who does this; default: your login name")]
Office = Annotated[str, typer.Option(help="one office of services.yaml; default: all")]
Reference = Annotated[str, typer.Argument(parser=word, help="the reference of a request, such as 7K4M-2PXQ9")]


@desk.command("list")
def list_entries(
    office: Office = "",
    mine: Annotated[bool, typer.Option("--mine", help="only what you have taken")] = False,
    free: Annotated[bool, typer.Option("--free", help="only what nobody has taken")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="only what was promised for a day that is past")] = False,
    ended: Annotated[bool, typer.Option("--ended", help="what was ended, in the place of what is open")] = False,
    name: As = None,
) -> None:
    """What there is to do, what was promised soonest first. It shows no citizen's data."""
    from app.desking import at_the_desk
    from app.sheet import all_entries

    clerk, now = _clerk(name, office), datetime.now(UTC)
    wanted = Wanted(office, clerk.name if mine else "" if free else None, now if overdue else None, ended)
    most = limits.desk_page_max
    entries = at_the_desk(Settings.load(), lambda desk: all_entries(desk, clerk, wanted, most))
    for entry in entries:
        typer.echo(printable(_line(entry, now)))
    if not entries:
        typer.echo("Nothing is on this list.")
    elif len(entries) == most:
        typer.echo(f"These are the first {most}; `mohala desk export` writes up to {limits.desk_sheet_rows_max}.")


@desk.command()
def show(reference: Reference, office: Office = "", name: As = None) -> None:
    """What a citizen asked for, and how a clerk can answer. Whoever looks stands in the audit log."""
    from app.desking import at_the_desk

    clerk = _clerk(name, office)
    sight = at_the_desk(Settings.load(), lambda desk: desk.look(clerk, reference))
    request = sight.entry.request
    typer.echo(printable(_line(sight.entry, datetime.now(UTC))))
    typer.echo(printable(f"{sight.title}, in {request.language}"))
    for parameter, value in sight.arguments.items():
        typer.echo(printable(f"  {parameter}: {value}"))
    for what, value in sight.attached.items():
        typer.echo(printable(f"  attached {what}: {value}"))
    for result in sight.form.results:
        typer.echo(printable(f"  {result} = {request.results.get(result, '')}"))
    typer.echo(f"It can become: {', '.join(status.value for status in sight.form.moves) or 'nothing, it was ended'}")
    if sight.form.reasons:
        typer.echo(f"Reasons for a no: {', '.join(sight.form.reasons)}")


@desk.command()
def take(reference: Reference, office: Office = "", name: As = None) -> None:
    """Work on a request oneself."""
    from app.desking import at_the_desk

    clerk = _clerk(name, office)
    _tell(at_the_desk(Settings.load(), lambda desk: desk.take(clerk, reference)))


@desk.command()
def release(
    reference: Reference,
    office: Office = "",
    of_another: Annotated[bool, typer.Option("--of-another", help="also what somebody else has taken")] = False,
    name: As = None,
) -> None:
    """Give a request back to the list."""
    from app.desking import at_the_desk

    clerk = _clerk(name, office)
    _tell(at_the_desk(Settings.load(), lambda desk: desk.release(clerk, reference, of_another=of_another)))


@desk.command()
def move(
    reference: Reference,
    status: Annotated[Status | None, typer.Argument(help="what it becomes; without one it stays what it is")] = None,
    fill: Annotated[
        list[str] | None, typer.Option(parser=note, help="RESULT=TEXT, as `show` names them: where=Hilltop")
    ] = None,
    reason: Annotated[str, typer.Option(help="why it is rejected: one of the reasons that `show` names")] = "",
    promise: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the last day by which it shall be done")
    ] = None,
    office: Office = "",
    name: As = None,
) -> None:
    """Move a request on, fill in what is told of it, or promise another day. The citizen is told by SMS."""
    from app.deeds import Deed
    from app.desking import at_the_desk

    results = {}
    for one in fill or ():
        key, equals, value = one.partition("=")
        if not equals:
            raise typer.BadParameter(f"{printable(one)}: write RESULT=TEXT", param_hint="--fill")
        results[key.strip()] = value.strip()
    day: date | None = promise.date() if promise else None
    clerk, deed = _clerk(name, office), Deed(status, results, reason, day)
    _tell(at_the_desk(Settings.load(), lambda desk: desk.do(clerk, reference, deed)))


@desk.command()
def export(
    target: Annotated[Path, typer.Argument(parser=file, help="a CSV file; one there is replaced")],
    office: Office = "",
    name: As = None,
) -> None:
    """Write what is open into a sheet, citizens' data and all: keep it as you keep them. It stands in the audit log."""
    from app import sheet
    from app.desk import Desk
    from app.desking import at_the_desk
    from app.replacing import replace_text

    clerk = _clerk(name, office)

    async def write(desk: Desk) -> tuple[str, int]:
        entries = await sheet.all_entries(desk, clerk, Wanted(office), limits.desk_sheet_rows_max)
        return sheet.written(await desk.sights(clerk, entries)), len(entries)

    text, count = at_the_desk(Settings.load(), write)
    target.unlink(missing_ok=True)  # one that is there would keep its own mode
    replace_text(target, text, mode=0o600)
    typer.echo(f"{count} requests. Fill in `status`, `reason` and the answers, then: mohala desk import FILE")


@desk.command("import")
def import_sheet(
    source: Annotated[Path, typer.Argument(parser=file, help="an exported CSV file that was filled in")],
    office: Office = "",
    name: As = None,
) -> None:
    """Do what a filled-in sheet says, line by line; exit status 1 if a line could not be done, the others are."""
    from app.desking import at_the_desk
    from app.errors import SettingsWrong
    from app.sheet import fill_in

    clerk = _clerk(name, office)
    try:
        text = source.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise SettingsWrong(f"{source} cannot be read as UTF-8; save the sheet as CSV in UTF-8.") from None
    done, refused = at_the_desk(Settings.load(), lambda desk: fill_in(desk, clerk, text))
    for line in refused:
        typer.echo(printable(line), err=True)
    typer.echo(f"{done} requests were changed, {len(refused)} lines could not be done.")
    raise typer.Exit(1 if refused else 0)


@clerks.command("add")
def add_clerk(
    clerk: Annotated[str, typer.Argument(parser=word, help="a short name: letters, digits, `.`, `-` and `_`")],
    office: Annotated[str | None, typer.Option(parser=word, help="the one office whose list they see")] = None,
    all_offices: Annotated[bool, typer.Option("--all-offices", help="they see the lists of all")] = False,
) -> None:
    """Let a clerk in and print the token, which is told once; a token from before is none any more."""
    from app.desking import new_token

    if bool(office) is all_offices:
        raise typer.BadParameter("name one office, or say --all-offices", param_hint="--office")
    typer.echo(new_token(Settings.load(), _clerk(clerk, office or ""), login()))


@clerks.command("remove")
def remove_clerk(clerk: Annotated[str, typer.Argument(parser=word, help="whose token is none any more")]) -> None:
    """Let a clerk in no more; what they have taken stays theirs until it is released."""
    from app.desking import with_database
    from app.errors import DeskRefused
    from app.wiring import now_utc

    actor = f"operator:{login()}"
    if not with_database(Settings.load(), lambda data: data.board.remove_clerk(clerk, now_utc(), actor)):
        raise DeskRefused(f"{clerk} is no clerk; `mohala desk clerks list` names them.")


@clerks.command("list")
def list_clerks() -> None:
    """Print who may work at which desk."""
    from app.desking import with_database

    for clerk in with_database(Settings.load(), lambda data: data.board.clerks()):
        typer.echo(printable(f"{clerk.name} {clerk.office or 'all offices'}"))


def _clerk(name: str | None, office: str) -> Clerk:
    from app.desk import checked_clerk

    return checked_clerk(Clerk(name or login(), office))


def login() -> str:
    user = os.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # in a container nobody need have a name
        return f"user-{user}"


def _tell(entry: Entry) -> None:
    typer.echo(printable(_line(entry, datetime.now(UTC))))


def _line(entry: Entry, now: datetime) -> str:
    """No word of it is a citizen's."""
    task, request = entry.task, entry.request
    late = " OVERDUE" if task.closed_at is None and task.promised_at < now else ""
    told = f"{show_reference(request.reference)} {request.service} {request.status.value}"
    return f"{told} by {task.promised_at:%Y-%m-%d}{late}, {task.office}, {task.assignee or 'nobody'}"
