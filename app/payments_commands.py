"""`mohala payments ...`: bills, the money that came for them, and giving it back, which takes two clerks."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.arguments import note, word
from app.bill_code import show_bill_code
from app.desk_commands import login
from app.payments import Bill, BillState, Payment, Refund, from_minor
from app.printable import printable
from app.reference import show_reference
from app.settings import Settings

payments = typer.Typer(no_args_is_help=True, help="Bills and the money that came for them; giving money back.")
Receipt = Annotated[str, typer.Argument(parser=word, help="the receipt of a payment, such as 7K4M-2PXQ9")]
Why = Annotated[str, typer.Option("--note", parser=note, help="why, for the audit log")]


@payments.command("list")
def list_bills(
    state: Annotated[BillState | None, typer.Option(help="only bills that stand so")] = None,
    waiting: Annotated[
        bool,
        typer.Option("--waiting", help="instead the money that waits for people: in suspense, or to go back"),
    ] = False,
) -> None:
    """The newest bills, or the money that waits for people (exit status 1 if any does). It shows no citizen's data."""
    from app import refunding

    if waiting:
        found = refunding.waiting(Settings.load())
        for payment in found:
            typer.echo(printable(_payment(payment)))
        if not found:
            typer.echo("No money waits for a person.")
        raise typer.Exit(1 if found else 0)
    listed = refunding.bills(Settings.load(), state)
    for bill in listed:
        typer.echo(printable(_bill(bill)))
    if not listed:
        typer.echo("There is no such bill.")


@payments.command()
def show(
    name: Annotated[str, typer.Argument(parser=word, help="a bill's code, or the receipt of a payment")],
) -> None:
    """A bill, what it costs and who says so, and all that came for it. Whoever looks stands in the audit log."""
    from app.refunding import look

    sight = look(Settings.load(), name, login())
    price = sight.bill.price
    typer.echo(printable(_bill(sight.bill)))
    typer.echo(printable(f"  fee {_amount(price.fee_minor, sight.bill)} to {price.fee_to}"))
    typer.echo(printable(f"  charge {_amount(price.charge_minor, sight.bill)} to {price.charge_to}"))
    typer.echo(printable(f"  says {price.source}"))
    for payment in sight.payments:
        typer.echo(printable(f"  {_payment(payment)}"))


@payments.command("ask-refund")
def ask_refund(receipt: Receipt, why: Why) -> None:
    """Ask to give money back, as a clerk: the token is asked for, or read from the standard input."""
    from app.refunding import ask

    typer.echo(
        printable(f"Another clerk has to approve it: {_payment(ask(Settings.load(), receipt, clerks_token(), why))}")
    )


@payments.command("approve-refund")
def approve_refund(receipt: Receipt, why: Why = "") -> None:
    """Book money back that another clerk asked to give back. Hand it over in the wallet's own portal."""
    from app.refunding import approve

    typer.echo(printable(f"Booked back: {_payment(approve(Settings.load(), receipt, clerks_token(), why))}"))


@payments.command("refuse-refund")
def refuse_refund(receipt: Receipt, why: Why) -> None:
    """Keep money that somebody asked to give back."""
    from app.refunding import refuse

    typer.echo(printable(f"Kept: {_payment(refuse(Settings.load(), receipt, clerks_token(), why))}"))


@payments.command()
def apply(
    receipt: Receipt,
    code: Annotated[str, typer.Argument(parser=word, help="the code of the bill that it shall pay")],
    why: Why,
) -> None:
    """Pay another bill from money in suspense, as a clerk: at once if both are the same citizen's.

    For somebody else's bill another clerk has to approve it (`mohala books approve`). What is more than the bill costs
    stays in suspense, to be given back.
    """
    from app.reconciling import apply as pay

    proposal = pay(Settings.load(), receipt, code, why, clerks_token())
    if proposal is None:
        typer.echo("The bill is paid.")
    else:
        typer.echo(f"Another clerk has to approve it: mohala books approve {show_reference(proposal.id)}")


def clerks_token() -> str:
    """A clerk's token as it is typed; never on the command line, where everybody on the machine could read it."""
    return str(typer.prompt("Your token", hide_input=True)) if sys.stdin.isatty() else sys.stdin.readline()


def _amount(minor: int, bill: Bill) -> str:
    return f"{from_minor(minor, bill.price.minor_digits)} {bill.price.currency}"


def _bill(bill: Bill) -> str:
    """No word of it is a citizen's."""
    receipt = f", receipt {show_reference(bill.receipt)}" if bill.receipt else ""
    total = _amount(bill.price.total_minor, bill)
    until = f"until {bill.expires_at:%Y-%m-%d %H:%M} UTC"
    return f"{show_bill_code(bill.code)} {bill.service} {total} {bill.state} {until}{receipt}"


def _payment(payment: Payment) -> str:
    days = (datetime.now(UTC) - payment.at).days
    stands = f"suspense ({payment.unfit}) for {days} days" if payment.suspended_minor else "paid its bill"
    if payment.applied_to:
        left = f", {payment.suspended_minor} left in suspense" if payment.suspended_minor else ""
        left = f", {payment.left_back_minor} that was left given back" if payment.left_back_minor else left
        stands = f"{payment.applied_minor} of it paid another bill{left}"
    refund = {
        Refund.NONE: "", Refund.ASKED: f", {payment.asked_by} asks to give it back", Refund.DONE: ", given back"
    }[payment.refund]  # fmt: skip
    amount = f"{payment.amount_minor} {payment.currency} (minor units)"
    when = f"{payment.at:%Y-%m-%d %H:%M} UTC"
    return f"{show_reference(payment.receipt)} {amount} by {payment.wallet}, {when}: {stands}{refund}"
