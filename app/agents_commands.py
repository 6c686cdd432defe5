"""`mohala agents ...`: who takes citizens' money at service points; their money and bounds take two clerks."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.agency import Agent, AgentState, Proposal, ProposalKind
from app.arguments import file, note, word
from app.bill_code import LENGTH as BILL_CODE_LENGTH
from app.bill_code import show_bill_code
from app.desk_commands import login
from app.payments import from_minor
from app.point_caps import PointProposal
from app.printable import printable
from app.reference import show_reference
from app.settings import Settings

agents = typer.Typer(no_args_is_help=True, help="Agents of service points: numbers, float, bounds, statements.")
Code = Annotated[str, typer.Argument(parser=word, help="an agent's code, such as 014")]
Number = Annotated[str, typer.Option(parser=word, help="a number with its country, such as +12025550123")]
Amount = Annotated[str, typer.Argument(parser=word, help="in whole units of the currency, or with cents: 500.50")]
Asked = Annotated[str, typer.Argument(parser=word, help="what another clerk asked for, such as 7K4M-2PXQ9")]
Reference = Annotated[str | None, typer.Option(parser=word, help="the bank's own id of it, as its statement writes it")]
Why = Annotated[str, typer.Option("--note", parser=note, help="why, for the audit log")]


@agents.command()
def add(
    code: Code,
    point: Annotated[str, typer.Option(parser=word, help="the id of the service point")],
    number: Number,
    why: Why,
) -> None:
    """Enrol an agent, as a clerk. The activation code is told once: hand it over in person."""
    from app.enrolling import add

    _activation(code, add(Settings.load(), _token(), code, point, number, why))


@agents.command("list")
def list_agents(state: Annotated[AgentState | None, typer.Option(help="only agents that stand so")] = None) -> None:
    """All agents, by their codes; of a point that is not in the sheet any more none takes money."""
    from app.enrolling import listed

    found = listed(Settings.load(), state)
    for agent, is_off_sheet in found:
        typer.echo(printable(_agent(agent, is_off_sheet=is_off_sheet)))
    if not found:
        typer.echo("There is no such agent.")


@agents.command()
def show(code: Code) -> None:
    """An agent, the numbers with all but their last digits hidden, and what the books owe. Stands in the audit log."""
    from app.enrolling import look

    sight = look(Settings.load(), code, login())
    agent, digits = sight.agent, sight.minor_digits
    typer.echo(printable(_agent(agent, is_off_sheet=sight.is_off_sheet)))
    for number in sight.numbers:
        since = f"can pay from {number.usable_at:%Y-%m-%d %H:%M} UTC" if number.usable_at else "not activated"
        typer.echo(printable(f"  number {hidden(number.msisdn)}: {since}"))
    typer.echo(f"  float {_money(sight.holdings.float_minor, digits, agent.currency)}")
    typer.echo(f"  commission {_money(sight.holdings.commission_minor, digits, agent.currency)}")
    most = _money(agent.caps.amount_minor, digits, agent.currency)
    taken = _money(sight.today.amount_minor, digits, agent.currency)
    typer.echo(f"  today {sight.today.count} payments, {taken}; up to {agent.caps.payments} and {most} a day")


@agents.command()
def suspend(code: Code, why: Why) -> None:
    """At once, as a clerk: also what waits to be confirmed is paid no more."""
    from app.enrolling import suspend

    typer.echo(printable(_agent(suspend(Settings.load(), _token(), code, why))))


@agents.command()
def resume(code: Code, why: Why) -> None:
    """End a suspension, as a clerk."""
    from app.enrolling import resume

    typer.echo(printable(_agent(resume(Settings.load(), _token(), code, why))))


@agents.command()
def number(
    code: Code,
    why: Why,
    add: Annotated[str, typer.Option(parser=note, help="a number to add, or to give a new activation code")] = "",
    remove: Annotated[str, typer.Option(parser=note, help="a number to remove, at once")] = "",
) -> None:
    """Add or remove a number, as a clerk. A new one has to be activated, and then cools down."""
    from app import enrolling

    if bool(add) is bool(remove):
        raise typer.BadParameter("name one number to --add or to --remove")
    if add:
        return _activation(code, enrolling.add_number(Settings.load(), _token(), code, add, why))
    enrolling.remove_number(Settings.load(), _token(), code, remove, why)
    return typer.echo(f"Removed {hidden(remove)}.")


@agents.command()
def close(code: Code, why: Why) -> None:
    """Close an agent for good, as a clerk, once the books owe nothing."""
    from app.enrolling import close

    typer.echo(printable(_agent(close(Settings.load(), _token(), code, why))))


@agents.command("top-up")
def top_up(code: Code, amount: Amount, why: Why, reference: Reference = None) -> None:
    """Say that money came into the treasury's bank for an agent's float; another clerk approves it."""
    _propose(code, ProposalKind.TOP_UP, amount, why, reference=reference or "")


@agents.command("pay-out")
def pay_out(
    code: Code,
    amount: Amount,
    why: Why,
    commission: Annotated[bool, typer.Option("--commission", help="commission, in the place of float")] = False,
    reference: Reference = None,
) -> None:
    """Ask to pay an agent from the treasury's bank; another clerk approves it, and pays it there."""
    kind = ProposalKind.PAY_COMMISSION if commission else ProposalKind.PAY_OUT
    _propose(code, kind, amount, why, reference=reference or "")


@agents.command()
def cap(
    code: Code,
    payments: Annotated[int, typer.Option(min=1, max=10_000, help="in a day")],
    amount: Annotated[str, typer.Option(parser=word, help="in a day, in whole units of the currency or with cents")],
    why: Why,
) -> None:
    """Ask for other bounds of an agent's day; another clerk approves them."""
    _propose(code, ProposalKind.CAPS, amount, why, payments)


@agents.command("cap-point")
def cap_point(
    point: Annotated[str, typer.Argument(parser=word, help="the id of a service point")],
    payments: Annotated[int, typer.Option(min=1, max=100_000, help="in a day, of all its agents together")],
    amount: Annotated[str, typer.Option(parser=word, help="in a day, in whole units of the currency or with cents")],
    why: Why,
) -> None:
    """Ask for other bounds of a service point's day; another clerk approves them."""
    from app.proposing import cap_point

    typer.echo(printable(_proposal(cap_point(Settings.load(), _token(), point, payments, amount, why))))


@agents.command("alerts")
def list_alerts(
    week: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="a day of the week; default: what is open"),
    ] = None,
) -> None:
    """What looks odd of agents, and what each alert rests on. Exit status 1 if any of these is open."""
    from app.alerting import listed

    found = listed(Settings.load(), week.date() if week else None)
    for kept in found:
        stands = f"settled by {kept.settled_by}" if kept.settled_at else "open"
        who = f"{kept.id} agent {kept.alert.agent} at {kept.alert.point}, week of {kept.week}"
        typer.echo(printable(f"{who}: {kept.alert.told}; {stands}"))
        for id in kept.alert.about:
            typer.echo(printable(f"  {shown_about(id)}"))
    if not found:
        typer.echo("Nothing looks odd.")
    raise typer.Exit(1 if any(kept.settled_at is None for kept in found) else 0)


@agents.command()
def settle(
    alert: Annotated[str, typer.Argument(parser=word, help="an alert's id; its first letters are enough")],
    why: Why,
) -> None:
    """Say that you have looked at an alert, as a clerk, and what you found."""
    from app.alerting import settle

    typer.echo(printable(f"Settled: {settle(Settings.load(), _token(), alert, why).id}"))


@agents.command()
def waiting() -> None:
    """What waits for a second clerk (exit status 1 if anything does)."""
    from app.proposing import waiting

    found = waiting(Settings.load())
    for proposal in found:
        typer.echo(printable(_proposal(proposal)))
    if not found:
        typer.echo("Nothing waits for a second clerk.")
    raise typer.Exit(1 if found else 0)


@agents.command()
def approve(asked: Asked, why: Why = "") -> None:
    """Do what another clerk asked for: a top-up, a pay-out, other bounds."""
    _decide(asked, why, approved=True)


@agents.command()
def refuse(asked: Asked, why: Why) -> None:
    """Refuse what another clerk asked for, or take back what you asked for yourself."""
    _decide(asked, why, approved=False)


@agents.command()
def statement(
    code: Code,
    month: Annotated[str, typer.Option(parser=word, help="such as 2026-11")],
    to: Annotated[
        Path | None, typer.Option(parser=file, help="write it as CSV; a file that is there is replaced")
    ] = None,
) -> None:
    """What an agent took in a month, without what was given back in it, the commission, and the float at its end."""
    from app.agent_statement import statement, write_statement

    told = statement(Settings.load(), code, month)
    if to is not None:
        write_statement(told, to)
    amounts = told.takings.amount_minor, told.takings.commission_minor, told.closing.float_minor
    taken, commission, left = (_money(minor, told.minor_digits, told.currency) for minor in amounts)
    typer.echo(f"{code} {month}: {told.takings.count} payments, {taken}, commission {commission}; float {left}")


def hidden(msisdn: str) -> str:
    """A number as an operator sees it: the last three digits."""
    return f"...{msisdn[-3:]}"


def _propose(code: str, kind: ProposalKind, amount: str, why: str, payments: int = 0, reference: str = "") -> None:
    from app.proposing import propose

    proposal = propose(Settings.load(), _token(), code, kind, amount, why, payments, reference)
    typer.echo(printable(f"Another clerk has to approve it: {_proposal(proposal)}"))


def _decide(asked: str, why: str, *, approved: bool) -> None:
    from app.proposing import decide

    typer.echo(printable(_proposal(decide(Settings.load(), _token(), asked, why, approved=approved))))


def _activation(code: str, activation: str) -> None:
    typer.echo(f"Agent {code} texts this from the number, within three days: {activation}")


def _token() -> str:
    """Never on the command line, where everybody on the machine could read it."""
    return str(typer.prompt("Your token", hide_input=True)) if sys.stdin.isatty() else sys.stdin.readline()


def _money(minor: int, digits: int, currency: str) -> str:
    return f"{from_minor(minor, digits)} {currency}"


def _agent(agent: Agent, *, is_off_sheet: bool = False) -> str:
    told = ", but its point is not in the sheet any more: no money is taken there" if is_off_sheet else ""
    return f"{agent.code} at {agent.point}: {agent.state} since {agent.changed_at:%Y-%m-%d %H:%M} UTC{told}"


def shown_about(id: str) -> str:
    """A receipt, a bill or a reference as people read it."""
    return show_bill_code(id) if len(id) == BILL_CODE_LENGTH else show_reference(id)


def _proposal(proposal: Proposal | PointProposal) -> str:
    if isinstance(proposal, PointProposal):
        told = f"{proposal.caps.payments} payments and {proposal.caps.amount_minor} {proposal.currency} (minor units)"
        return f"{show_reference(proposal.id)} caps of point {proposal.point}: {told}, {_stands(proposal)}"
    bounds = f"{proposal.payments} payments and " if proposal.kind is ProposalKind.CAPS else ""
    amount = f"{bounds}{proposal.amount_minor} {proposal.currency} (minor units)"
    bank = f", bank {proposal.reference}" if proposal.reference else ""
    return f"{show_reference(proposal.id)} {proposal.kind} of {proposal.agent}: {amount}{bank}, {_stands(proposal)}"


def _stands(proposal: Proposal | PointProposal) -> str:
    told = f", {proposal.state} by {proposal.decided_by}" if proposal.decided_by else ""
    return f"asked by {proposal.asked_by}{told}"
