"""`mohala books ...` where statements of wallets and banks come in, and where two people decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.arguments import file, note, word
from app.books_commands import books
from app.desk_commands import login
from app.matching import Difference
from app.payments_commands import clerks_token
from app.printable import printable
from app.proposals import Act, How, Proposal
from app.reference import show_reference
from app.settings import Settings

if TYPE_CHECKING:  # half a second that other commands have no use for
    from app.ports import Found
    from app.reconciliation import Report

__all__ = ["books"]
Source = Annotated[str, typer.Option("--from", parser=word, help="whose it is: the name of a layout, such as mpesa")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the day of the file, where the source is")]
Why = Annotated[str, typer.Option("--note", parser=note, help="why, for the audit log")]
Ids = Annotated[list[str], typer.Argument(parser=word, help="ids; the first letters of a difference's are enough")]


@books.command("import")
def import_statement(
    path: Annotated[Path, typer.Argument(parser=file, help="a CSV file as the wallet or the bank exports it")],
    source: Source,
    day: Day,
) -> None:
    """Take in a day's statement, as a clerk, and compare it. Exit status 1 if rows cannot be read or anything differs.

    The same file twice does nothing, and a line is known by the wallet's own id in whatever files it stands.
    """
    from app.reconciling import import_file

    imported, report = import_file(Settings.load(), source, day.date(), path, clerks_token())
    for fault in imported.faults:
        typer.echo(printable(f"line {fault.line}: {fault.told}"), err=True)
    if (left := imported.statement.faults - len(imported.faults)) > 0 and not imported.is_known:
        typer.echo(f"and {left} more.", err=True)
    if imported.is_known:
        typer.echo(f"This very file was imported as that of {imported.statement.day}; nothing was done.")
    else:
        typer.echo(f"{imported.statement.lines} lines, {imported.new} of them new.")
    _tell(report)
    raise typer.Exit(1 if imported.statement.faults or report.differences else 0)


@books.command()
def vouch(source: Source, day: Day) -> None:
    """Say, as another clerk than who imported them, that a day's files are what the wallet's own portal shows.

    Money that only they tell of, and that names a bill, is taken in then as if the wallet had told us.
    """
    from app.reconciling import vouch as vouch_for

    vouched, report = vouch_for(Settings.load(), source, day.date(), clerks_token())
    for one in vouched:
        typer.echo(f"{one.digest[:12]}: {one.lines} lines, imported by {printable(one.by)}")
    _tell(report)


@books.command()
def reconcile(
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day, where the source is; default: yesterday")
    ] = None,
    source: Annotated[str | None, typer.Option("--from", parser=word, help="one source; default: all")] = None,
) -> None:
    """Hold statements against the books; exit status 1 if a day's file is missing or anything differs."""
    from app.reconciling import compare

    reports = compare(Settings.load(), source, day.date() if day else None)
    for report in reports:
        _tell(report)
    raise typer.Exit(0 if all(report.is_whole and not report.differences for report in reports) else 1)


@books.command()
def differences(
    source: Annotated[str, typer.Option("--from", help="one source; default: all")] = "",
    every: Annotated[bool, typer.Option("--all", help="also what was settled or is none any more")] = False,
) -> None:
    """What statements and books differ by, oldest first, and what to do; exit status 1 if any is open."""
    from app.reconciling import differences as listed

    found = listed(Settings.load(), source, is_open=not every)
    for one in found:
        typer.echo(printable(_found(one)))
    if not found:
        typer.echo("Statements and books agree.")
    raise typer.Exit(1 if any(one.closed_at is None for one in found) else 0)


@books.command()
def settle(
    ids: Ids,
    how: Annotated[How, typer.Option(help="explain: no money moves; book: as the statement says; take: as a payment")],
    why: Why,
    bill: Annotated[str, typer.Option(help="with take: the code of the bill, if the statement names none")] = "",
) -> None:
    """Ask, as a clerk of all offices, to settle differences in one way; another clerk has to approve it."""
    from app.reconciling import settle as ask

    for proposal in ask(Settings.load(), ids, how, bill, why, clerks_token()):
        typer.echo(printable(_proposal(proposal)))


@books.command("hand-over")
def hand_over(
    source: Annotated[str, typer.Argument(parser=word, help="the wallet that handed over, by its layout's name")],
    amount: Annotated[str, typer.Argument(parser=word, help="how much, such as 1000.00")],
    reference: Annotated[str, typer.Option(parser=word, help="what the bank's statement calls it")],
    why: Why,
) -> None:
    """Ask to book that a wallet's money is at the treasury's bank now; another clerk has to approve it."""
    from app.reconciling import hand_over as ask

    typer.echo(printable(_proposal(ask(Settings.load(), source, amount, reference, why, clerks_token()))))


@books.command()
def proposals() -> None:
    """What one clerk asked for and waits for another, oldest first; exit status 1 if anything does."""
    from app.reconciling import proposals as waiting

    found = waiting(Settings.load())
    for proposal in found:
        typer.echo(printable(_proposal(proposal)))
    if not found:
        typer.echo("Nothing waits for another clerk.")
    raise typer.Exit(1 if found else 0)


@books.command()
def approve(ids: Ids, why: Why = "") -> None:
    """Do what another clerk asked for: `mohala books proposals` lists it."""
    _decide(ids, why, approved=True)


@books.command()
def refuse(ids: Ids, why: Why) -> None:
    """Say no to what somebody asked for."""
    _decide(ids, why, approved=False)


@books.command()
def statement(
    account: Annotated[str, typer.Argument(parser=word, help="an account of the books, such as wallet:mpesa")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="its first day")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="its last day")],
    target: Annotated[
        Path | None, typer.Option("--csv", parser=file, help="write it there; a file that is there is replaced")
    ] = None,
) -> None:
    """What an account stood at, what moved and what it stands at, in minor units. It names no citizen."""
    from app.reconciling import account_statement

    found = account_statement(Settings.load(), account, first.date(), last.date(), login(), target)
    for currency, minor in sorted(found.opening.items()):
        typer.echo(f"{'opening':<44} {minor:>16} {currency}")
    for one in found.moved if target is None else ():
        what = f"{one.at:%Y-%m-%d %H:%M} UTC {one.kind} {one.receipt}"
        typer.echo(printable(f"{what:<44} {one.entry.amount_minor:>16} {one.entry.currency}"))
    for currency, minor in sorted(found.closing.items()):
        typer.echo(f"{'closing':<44} {minor:>16} {currency}")
    typer.echo(f"{len(found.moved)} entries.")


def _decide(ids: Sequence[str], why: str, *, approved: bool) -> None:
    from app.reconciling import decide

    for proposal in decide(Settings.load(), ids, why, clerks_token(), approved=approved):
        typer.echo(printable(_proposal(proposal)))


def _tell(report: Report) -> None:
    whole = "" if report.is_whole else ", whose file has not come whole"
    found = f"{report.pairs} agree or are one, {len(report.differences)} differ, {report.carried} may still turn up"
    typer.echo(printable(f"{report.source} {report.day}{whole}: {found}."))
    if report.taken:
        typer.echo(f"{report.taken} payments that nobody had told us of were taken in.")
    if report.unvouched_minor:
        told = f"{report.unvouched_minor} (minor units) came, names bills and was never told to us: another clerk may "
        typer.echo(printable(f"{told}say `mohala books vouch --from {report.source} --day DAY`."))
    if report.gap_minor:
        wait = f", which the file of {report.missing} may explain: import it" if report.missing else ""
        typer.echo(f"The closing balance says {report.gap_minor} (minor units) more than the books{wait}.")
    for one in report.differences:
        typer.echo(printable(f"  {_difference(one)}"))


def _difference(one: Difference) -> str:
    """No word of it is a citizen's."""
    line = f", their {one.line_id}" if one.line_id else ""
    ours = f", our {show_reference(one.receipt)}" if one.receipt else ""
    theirs = f"theirs {one.theirs_minor} {one.theirs_currency}".rstrip()
    money = f"{theirs}, ours {one.ours_minor} {one.ours_currency}".rstrip()
    return f"{one.id} {one.source} {one.day} {one.kind} {one.flow}{line}{ours}: {money} (minor units). {one.remedy}"


def _found(one: Found) -> str:
    if one.closed_at is None:
        days = (datetime.now(UTC) - one.opened_at).days
        return f"{_difference(one.difference)} Open for {days} days."
    return f"{_difference(one.difference)} Ended {one.closed_at:%Y-%m-%d} by {one.closed_by}."


def _proposal(proposal: Proposal) -> str:
    details = ", ".join(f"{name} {value}" for name, value in sorted(proposal.details.items()))
    stands = f"{proposal.state} by {proposal.decided_by}" if proposal.decided_by else f"asked by {proposal.asked_by}"
    what = show_reference(proposal.subject) if proposal.act is Act.APPLY else proposal.subject
    asked: date = proposal.asked_at.date()
    return f"{show_reference(proposal.id)} {proposal.act} {what} ({details}), {stands} since {asked}: {proposal.note}"
