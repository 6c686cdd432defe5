"""An agent's month as the books have it: what stood at its beginning, every posting, and what stood at its end.

It is told from entries, which never change, so that a month reads the same however much later it is asked for.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.agency import Holdings, Takings
from app.books import agent_commission, agent_float
from app.desking import with_database
from app.enrolling import agent_named, edition_of
from app.errors import DeskRefused
from app.ports.books import Moved
from app.replacing import replace_text
from app.settings import Settings
from app.values.days import month_of
from integrations.database import Database

SHEET = ("agent", "month", "at", "kind", "receipt", "service", "float_minor", "commission_minor", "currency")
OPENING, CLOSING = "opening", "closing"


@dataclass(frozen=True, slots=True)
class Line:
    """What one posting did to what an agent is owed, in minor units; `service` of a payment or of one given back."""

    at: datetime
    kind: str
    receipt: str
    service: str
    float_minor: int
    commission_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """`opening` and `closing` are what the books owed when the month began and when it was over."""

    agent: str
    month: str
    takings: Takings
    opening: Holdings
    lines: Sequence[Line]
    closing: Holdings
    currency: str
    minor_digits: int


def statement(settings: Settings, code: str, month: str) -> Statement:
    """What an agent's accounts did in a month of the country, as 2026-11; raises `DeskRefused`."""

    async def work(database: Database) -> Statement:
        agent, program = await agent_named(database, code), (await edition_of(database)).program
        try:
            since, until = month_of(month, program.timezone)
        except ValueError:
            raise DeskRefused(f"{month} is no month; write one such as 2026-11.") from None
        takings = await database.agents.takings(code, since, until)
        opening, closing = [await _holdings(database, code, agent.currency, at) for at in (since, until)]
        lines = await _lines(database, code, agent.currency, since, until)
        digits = program.currency.minor_digits
        return Statement(code, month, takings, opening, lines, closing, agent.currency, digits)

    return with_database(settings, work)


def write_statement(told: Statement, target: Path) -> None:
    """As CSV, amounts in minor units; a file that is there is replaced."""
    head, rows = (told.agent, told.month), [SHEET]
    rows.append((*head, "", OPENING, "", "", *_owed(told.opening), told.currency))
    for one in told.lines:
        what = (one.at.isoformat(), one.kind, one.receipt, one.service)
        rows.append((*head, *what, str(one.float_minor), str(one.commission_minor), told.currency))
    rows.append((*head, "", CLOSING, "", "", *_owed(told.closing), told.currency))
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows(rows)
    target.unlink(missing_ok=True)  # one that is there would keep its own mode
    replace_text(target, sheet.getvalue(), mode=0o600)


def _owed(holdings: Holdings) -> tuple[str, str]:
    return str(holdings.float_minor), str(holdings.commission_minor)


async def _holdings(database: Database, code: str, currency: str, at: datetime) -> Holdings:
    """What the books owed an agent just before a moment."""
    sums = [(await database.statements.balances(account, at)).get(currency, 0) for account in _accounts(code)]
    return Holdings(*sums)


async def _lines(database: Database, code: str, currency: str, since: datetime, until: datetime) -> Sequence[Line]:
    changes: dict[int, dict[str, Moved]] = {}
    for account in _accounts(code):
        for moved in await _moved(database, account, since, until):
            if moved.entry.currency == currency:
                changes.setdefault(moved.number, {})[account] = moved
    return [await _line(database, code, changes[number]) for number in sorted(changes)]


async def _moved(database: Database, account: str, since: datetime, until: datetime) -> Sequence[Moved]:
    found: list[Moved] = []
    while page := await database.statements.moved(account, since, until, found[-1].number if found else 0):
        found.extend(page)
    return found


async def _line(database: Database, code: str, changes: Mapping[str, Moved]) -> Line:
    one = next(iter(changes.values()))
    payment = await database.bills.payment(one.receipt)
    bill = await database.bills.bill(payment.bill_id) if payment else None
    sums = [changes[account].entry.amount_minor if account in changes else 0 for account in _accounts(code)]
    return Line(one.at, one.kind, one.receipt, bill.service if bill else "", *sums)


def _accounts(code: str) -> tuple[str, str]:
    return agent_float(code), agent_commission(code)
