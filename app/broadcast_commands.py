"""`mohala broadcast ...`: a warning to all who want it, reckoned first, sent when that is confirmed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import limits
from app.arguments import note, path, word
from app.desk_commands import login
from app.printable import printable
from app.settings import Settings

if TYPE_CHECKING:
    from app.broadcasting import Preview

broadcasts = typer.Typer(no_args_is_help=True, help="Warnings that were sent: how far they are; stop one.")
ID_SHOWN = 8


def broadcast(
    topic: Annotated[str, typer.Option(parser=word, help="a topic of the menus that are current")],
    text_file: Annotated[Path, typer.Option(parser=path, help="YAML: one line a language, such as `en: A flood ...`")],
    district: Annotated[str, typer.Option(parser=note, help="a district of the menus; default: all of them")] = "",
    hours: Annotated[
        int, typer.Option(min=1, max=limits.broadcast_hours_max, help="it is of no use any more after so many")
    ] = limits.broadcast_hours,
    send: Annotated[bool, typer.Option("--send", help="send it; without this it is only reckoned")] = False,
) -> None:
    """Warn all who want to be warned of a topic: to whom, what it costs and how long it takes; with --send, do it.

    Cut off, the same command goes on where it was, and texts nobody twice. Texts go out below all that tells of
    requests, within the hour's budget, and by day.
    """
    from app.broadcast import Wanted
    from app.broadcasting import preview, read_texts
    from app.broadcasting import send as send_out

    settings = Settings.load()
    wanted = Wanted(topic, district, read_texts(text_file), hours)
    shown = preview(settings, wanted, login())
    for line in _lines(shown):
        typer.echo(printable(line))
    if not shown.plan.recipients:
        raise typer.Exit(1)
    if not send:
        typer.echo("Nothing was sent. Say --send to send it.")
        return
    with typer.progressbar(length=shown.plan.recipients, label="put up") as bar:
        done = [shown.known.queued if shown.known else 0]
        bar.update(done[0])

        def told(standing: object) -> None:
            queued = int(getattr(standing, "queued", 0))
            bar.update(queued - done[0])
            done[0] = queued

        after = send_out(settings, wanted, login(), told)
    typer.echo(
        f"{after.queued} texts are put up as {after.id[:ID_SHOWN]}; `mohala broadcasts list` says how far they are."
    )


@broadcasts.command("list")
def list_broadcasts() -> None:
    """The newest warnings, and how many of their texts wait, were sent, or were not."""
    from app.broadcasting import newest

    found = newest(Settings.load())
    for one, sent in found:
        where = one.district or "everywhere"
        told = f"{sent.handed_over} sent, {sent.waiting} wait, {sent.set_aside} for a person; by {one.by}"
        begun = f"{one.id[:ID_SHOWN]} {one.made_at:%Y-%m-%d %H:%M} UTC"
        typer.echo(printable(f"{begun} {one.topic}, {where}: {one.state}, {told}"))
    if not found:
        typer.echo("No warning was sent.")


@broadcasts.command("cancel")
def cancel_broadcast(
    id: Annotated[str, typer.Argument(parser=word, help="a warning's id; its first letters are enough")],
    why: Annotated[str, typer.Option("--note", parser=note, help="why, for the audit log")],
) -> None:
    """Send no more of a warning. Whoever has it keeps it; to take it back, send another."""
    from app.broadcasting import cancel

    done = cancel(Settings.load(), id, login(), why)
    typer.echo("What has not gone out does not any more." if done else "It was cancelled before.")
    raise typer.Exit(0 if done else 1)


def _lines(shown: Preview) -> list[str]:
    plan, made = shown.plan, shown.broadcast
    number = shown.formats.number
    lines = [f"{shown.title}, {made.district or 'everywhere'}: {number(plan.recipients)} numbers"]
    for line in plan.lines:
        parts = f"{number(line.recipients)} x {line.parts} = {number(line.parts_in_all)} parts"
        fallback = "" if line.language in made.texts else " (no text: the base language's)"
        lines.append(f"  {line.language}: {parts}{fallback}: {line.text}")
    if not plan.recipients:
        return [*lines, "Nobody wants to be warned of it there."]
    lines.append(
        f"Costs {shown.cost}." if shown.cost else "What it costs is not known: write `sms_price` in pack.yaml."
    )
    lines.append(
        f"Goes out from {plan.begins_at:%Y-%m-%d %H:%M} to about {plan.ends_at:%Y-%m-%d %H:%M}: "
        f"{number(shown.parts_an_hour)} parts an hour at the most, from {made.from_hour} to {made.to_hour} o'clock."
    )
    until = made.until.astimezone(plan.ends_at.tzinfo)
    late = " Some would come later than that, and are not sent." if plan.ends_at > until else ""
    lines.append(f"Of use until {until:%Y-%m-%d %H:%M}.{late}")
    words = shown.edition.program.withdraws
    silent = [one for one, text in sorted(made.texts.items()) if not words & {*re.findall(r"\w+", text.upper())}]
    if silent:
        lines.append(f"How to stop is not said in {', '.join(silent)}: write one of {', '.join(sorted(words))}.")
    if shown.known is not None:
        lines.append(
            f"This very warning stands already: {shown.known.state}, {number(shown.known.queued)} texts put up."
        )
    return lines
