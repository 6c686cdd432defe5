"""Postings and the balances of agents' accounts, in one transaction: what a float does not hold cannot leave it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from app.books import Entry, Posting, PostingKind, is_agents, is_float
from integrations.database.store import insert_into
from integrations.database.tables import balances, entries, postings

_ENTRY, _POSTING = insert(entries), insert(postings)
_BALANCE = select(balances.c.amount_minor).where(
    balances.c.account == bindparam("account"), balances.c.currency == bindparam("currency")
)


class Overdrawn(Exception):
    """Raised in a transaction so that nothing of it stays, never seen outside: an agent's account does not hold it."""


def post(connection: Connection, posting: Posting) -> None:
    """Entries first: the posting closes them, and the database looks whether they sum to zero.

    Raises `Overdrawn` for a float that would be below zero, and for an agent who would be paid more than is owed.
    """
    lines = [
        {
            "posting": posting.id,
            "line": line,
            "account": entry.account,
            "currency": entry.currency,
            "amount_minor": entry.amount_minor,
        }
        for line, entry in enumerate(posting.entries, start=1)
    ]
    connection.execute(_ENTRY, lines)
    told = {"id": posting.id, "kind": posting.kind, "receipt": posting.receipt, "at": posting.at, "by": posting.by}
    connection.execute(_POSTING, told)
    for entry in sorted(posting.entries, key=lambda entry: entry.account):
        if is_agents(entry.account):
            _keep(connection, entry, guarded=is_float(entry.account) or posting.kind is PostingKind.PAY_OUT)


def balance(connection: Connection, account: str, currency: str) -> int:
    """Of an agent's account; what was never booked on is nothing."""
    return int(connection.execute(_BALANCE, {"account": account, "currency": currency}).scalar() or 0)


def _keep(connection: Connection, entry: Entry, *, guarded: bool) -> None:
    """The row is locked until the transaction ends, so that whoever comes next sees what is left."""
    row = {"account": entry.account, "currency": entry.currency}
    new = balances.c.amount_minor + entry.amount_minor
    if guarded and entry.amount_minor < 0:
        changed: Any = update(balances).filter_by(**row).where(new >= 0)
        if connection.execute(changed.values(amount_minor=new)).rowcount == 0:
            raise Overdrawn
        return
    statement = insert_into(connection, balances)
    summed = balances.c.amount_minor + statement.excluded.amount_minor
    kept = statement.on_conflict_do_update(index_elements=["account", "currency"], set_={"amount_minor": summed})
    connection.execute(kept, {**row, "amount_minor": entry.amount_minor})
