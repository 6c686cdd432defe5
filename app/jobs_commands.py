"""`mohala jobs ...`: work that the worker set aside for a person."""

from __future__ import annotations

from typing import Annotated

import typer

from app.arguments import note, word
from app.desk_commands import login
from app.printable import printable
from app.settings import Settings
from app.tasks import SetAside

jobs = typer.Typer(no_args_is_help=True, help="Work that the worker could not do and set aside for a person.")
Id = Annotated[str, typer.Argument(parser=word, help="a job's id; its first letters are enough")]
Why = Annotated[str, typer.Option("--note", parser=note, help="why, for the audit log")]
ID_SHOWN = 16


@jobs.command("list")
def list_jobs() -> None:
    """What waits for a person and why; it shows no citizen's data. Exit status 1 if anything waits."""
    from app.jobbing import waiting

    found = waiting(Settings.load())
    for job in found:
        typer.echo(printable(_line(job)))
    if not found:
        typer.echo("Nothing waits for a person.")
    raise typer.Exit(1 if found else 0)


@jobs.command()
def retry(
    id: Annotated[str | None, typer.Argument(parser=word, help="a job's id; its first letters are enough")] = None,
    why: Why = "",
    reason: Annotated[str, typer.Option(help="instead of an id: all that wait for this very reason")] = "",
) -> None:
    """Let the worker try again, with the same key: what was done meanwhile is not done twice."""
    from app.jobbing import retry as try_again
    from app.jobbing import retry_all

    if bool(id) is bool(reason):
        raise typer.BadParameter("Give an id, or --reason and the reason that `mohala jobs list` shows.")
    if not id:
        again = retry_all(Settings.load(), reason, login(), why)
        typer.echo(f"The worker tries {len(again)} again.")
        raise typer.Exit(0 if again else 1)
    typer.echo(printable(f"The worker tries again: {_line(try_again(Settings.load(), id, login(), why))}"))


@jobs.command("give-up")
def give_up(
    id: Id,
    why: Annotated[str, typer.Option("--note", parser=note, help="why, for the audit log")],
    not_done: Annotated[
        bool, typer.Option("--not-done", help="the office says that it has done nothing, and taken no money")
    ] = False,
    settled: Annotated[
        bool, typer.Option("--settled", help="what was done, such as a payment, was put right by hand; no text is sent")
    ] = False,
) -> None:
    """End a job for good, and with it the request whose work it was, or which nobody moves."""
    from app.jobbing import Known
    from app.jobbing import give_up as end

    if not_done and settled:
        raise typer.BadParameter("Either --not-done or --settled.")
    known = Known.NOT_DONE if not_done else Known.SETTLED if settled else Known.NOTHING
    typer.echo(printable(f"Given up: {_line(end(Settings.load(), id, login(), why, known))}"))


def _line(job: SetAside) -> str:
    about = f", request {job.request_id[:ID_SHOWN]} at stage {job.stage}" if job.request_id else ""
    office = f", {job.office}" if job.office else ""
    tried = f"{job.attempts} attempts, since {job.since:%Y-%m-%d %H:%M} UTC"
    return f"{job.id} {job.kind}{office}{about}: {job.reason} ({tried})"
