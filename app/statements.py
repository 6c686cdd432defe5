"""Statements of wallets and banks as CSV files: what their columns mean, and every row as a line or a fault. No I/O."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app import limits
from app.bill_code import read_bill_code
from app.books import BANK
from app.matching import Flow, Line

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
_SPOILT = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]+", re.IGNORECASE)
"""A long number as a spreadsheet shows it, and keeps it when it saves."""
_AMOUNT = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,4}))?")
_BLANKS = re.compile("[ \u00a0\u202f\u2009'’]")
EXPORT_AGAIN = "export the statement again and import the file itself, without opening it in a spreadsheet"


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a source's files mean, as a file of YAML says (`docs/reconciliation.md`).

    `columns` are by our words `id`, `at`, `amount` or `in` and `out`, `currency`, `state`, `kind`, `bill`, `balance`;
    `names` are columns with further ids. `done` are words of `state` that count, `flows` what words of `kind` mean.
    `is_daily`: a file is expected for every day.
    """

    source: str
    account: str
    currency: str
    minor_digits: int
    zone: ZoneInfo
    when: str
    columns: Mapping[str, str]
    names: tuple[str, ...] = ()
    done: frozenset[str] = frozenset()
    flows: Mapping[str, Flow] | None = None
    is_daily: bool = False

    @property
    def wallet(self) -> str:
        """The wallet whose statement it is; empty: it is the bank's."""
        return "" if self.account == BANK else self.account.partition(":")[2]

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def begin(self, day: date) -> datetime:
        """The first moment of a day."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be read, by its line in the file: what is wrong and what to do. It repeats nothing of it."""

    line: int
    told: str


@dataclass(frozen=True, slots=True)
class Closing:
    """The balance after the latest row that has one, in minor units."""

    minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A file that was imported: `digest` is its SHA-256, `faults` are rows that could not be read, `closing_minor` the
    balance at its end, if it says one. `vouched_by` is who else holds it to be the wallet's own; empty: nobody yet.
    """

    source: str
    digest: str
    day: date
    lines: int
    faults: int
    closing_minor: int | None
    at: datetime
    by: str
    vouched_by: str = ""


def is_line_id(text: str) -> bool:
    """Whether a statement may have it for an id."""
    return bool(_ID.fullmatch(text)) and not _SPOILT.fullmatch(text)


class _Wrong(Exception):
    """Why a row is no line; never seen outside."""


Read = Line | Fault | Closing


def read_statement(layout: Layout, day: date, text: Iterable[str], digest: str = "") -> Iterator[Read]:
    """Every row of a file: lines, faults, and last the closing balance if there is one. Stops at the first row that is
    none of CSV, and at `statement_rows_max`.
    """
    rows, copies, balances = _rows(text, layout), Counter[object](), list[tuple[datetime, int]]()
    for number, row in rows:
        if row is None:
            yield Fault(number, _unreadable(layout, number))
            return
        if number - 1 > limits.statement_rows_max:
            yield Fault(number, f"a file has at most {limits.statement_rows_max} rows: split it")
            return
        try:
            line = _line(layout, day, row, digest)
            if line is not None and (balance := _balance(layout, row)) is not None:
                balances = [*balances[:1], (line.at, balance)]
        except _Wrong as wrong:
            yield Fault(number, str(wrong))
            continue
        if line is not None:
            copies[(line.id, line.money)] += 1
            yield replace(line, copy=copies[(line.id, line.money)])
    if balances:  # some write the newest row first
        first, last = balances[0], balances[-1]
        yield Closing(first[1] if first[0] > last[0] else last[1])


def _unreadable(layout: Layout, number: int) -> str:
    if number == 0:
        wanted = ", ".join(sorted({*layout.columns.values(), *layout.names}))
        return f"no line has the columns {wanted}: is this a file of {layout.source}? Else mend the layout"
    return f"this is no line of a CSV file: {EXPORT_AGAIN}"


def _rows(text: Iterable[str], layout: Layout) -> Iterator[tuple[int, Mapping[str, str] | None]]:
    """Rows below the line with all columns, by that line's own delimiter; None: nothing further can be read."""
    wanted, lines = {*layout.columns.values(), *layout.names}, iter(text)
    for number, first in enumerate(lines, 1):
        delimiter = max(",;\t|", key=first.count)
        head = [cell.strip() for cell in first.lstrip("\ufeff").rstrip("\r\n").split(delimiter)]
        names = [name.strip('"').strip() for name in head]
        if wanted <= set(names):
            break
        if number >= limits.statement_head_lines_max:
            yield 0, None
            return
    else:
        yield 0, None
        return
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number + reader.line_num, dict(zip(names, (cell.strip() for cell in cells), strict=False))
    except csv.Error:
        yield number + reader.line_num, None


def _line(layout: Layout, day: date, row: Mapping[str, str], digest: str) -> Line | None:
    """None: a row that has not come about, such as a payment that was declined."""
    columns = layout.columns
    if "state" in columns and _cell(row, columns["state"]) not in layout.done:
        return None
    flow, minor = _money(layout, row)
    at = _moment(layout, day, _cell(row, columns["at"]))
    currency = _cell(row, columns["currency"]).upper() if "currency" in columns else layout.currency
    if not re.fullmatch("[A-Z]{3}", currency):
        raise _Wrong(f"{columns['currency']} is no code of a currency such as {layout.currency}: ask the wallet")
    id = _id(_cell(row, columns["id"]), columns["id"])
    names = tuple(_id(row[name], name) for name in layout.names if row.get(name))
    # Whatever else was typed in the place of a code is the citizen's own, and is not kept.
    code = read_bill_code(row.get(columns["bill"], "")) if "bill" in columns else None
    return Line(id, flow, minor, currency, at, day, names, code or "", digest=digest)


def _cell(row: Mapping[str, str], column: str) -> str:
    found = row.get(column, "")
    if not found:
        raise _Wrong(f"{column} is empty: {EXPORT_AGAIN}")
    return found


def _id(text: str, column: str) -> str:
    if _SPOILT.fullmatch(text):
        raise _Wrong(f"{column} was made a rounded number by a spreadsheet: {EXPORT_AGAIN}")
    if not _ID.fullmatch(text):
        raise _Wrong(f"{column} is no id of up to 64 letters, digits, `.`, `_`, `:`, `/` and `-`: {EXPORT_AGAIN}")
    return text


def _moment(layout: Layout, day: date, text: str) -> datetime:
    try:
        at = datetime.strptime(text, layout.when)  # noqa: DTZ007  (the zone is the layout's, if the text has none)
    except ValueError:
        raise _Wrong(f"{layout.columns['at']} is not written as {layout.when}: {EXPORT_AGAIN}") from None
    at = at.replace(tzinfo=layout.zone) if at.tzinfo is None else at
    border = timedelta(seconds=limits.statement_border_seconds)
    if at >= layout.begin(day + timedelta(days=1)) + border:
        raise _Wrong(f"{layout.columns['at']} is after {day}: name the day of the file with --day")
    if at < layout.begin(day - timedelta(days=limits.statement_late_days)):
        raise _Wrong(
            f"{layout.columns['at']} is more than {limits.statement_late_days} days before {day}: ask the wallet"
        )
    return at


def _money(layout: Layout, row: Mapping[str, str]) -> tuple[Flow, int]:
    columns = layout.columns
    if "amount" in columns:
        minor = _minor(layout, _cell(row, columns["amount"]), columns["amount"])
    else:
        came, went = (row.get(columns[side], "") for side in ("in", "out"))
        came_minor, went_minor = (
            abs(_minor(layout, text, columns[side])) if text else 0 for side, text in (("in", came), ("out", went))
        )
        if bool(came_minor) is bool(went_minor):
            raise _Wrong(f"one of {columns['in']} and {columns['out']} holds an amount, not both: {EXPORT_AGAIN}")
        minor = came_minor - went_minor
    if minor == 0:
        raise _Wrong("the amount is nothing: ask the wallet what this row is")
    flow = Flow.PAID if minor > 0 else Flow.BACK
    if layout.flows is not None:
        told = layout.flows.get(_cell(row, columns["kind"]))
        if told is None:
            raise _Wrong(f"{columns['kind']} is a word that the layout's `flows` do not know: add it there")
        flow = told
    return flow, abs(minor)


def _balance(layout: Layout, row: Mapping[str, str]) -> int | None:
    text = row.get(layout.columns.get("balance", ""), "")
    return _minor(layout, text, layout.columns["balance"]) if text else None


def _minor(layout: Layout, text: str, column: str) -> int:
    """An amount as spreadsheets and portals write it: blanks or signs between thousands, a point or a comma before the
    fraction, a minus, the currency. One that may mean two things is refused.
    """
    bare = _BLANKS.sub("", text).replace("\u2212", "-")
    for word in (layout.currency, layout.currency.lower(), "M"):
        bare = bare.removeprefix(word).removesuffix(word)
    sign, bare = (-1, bare.strip("-")) if bare.startswith("-") or bare.endswith("-") else (1, bare)
    point, comma = bare.rfind("."), bare.rfind(",")
    if point >= 0 and comma >= 0:
        bare = bare.replace("," if point > comma else ".", "")
    found = _AMOUNT.fullmatch(bare)
    if found is None:
        raise _Wrong(f"{column} is no amount: {EXPORT_AGAIN}")
    whole, fraction = found[1], found[2] or ""
    if len(fraction) == 3 and (point < 0 or comma < 0):
        raise _Wrong(
            f"{column} may be thousands or a fraction: write it with {layout.minor_digits} digits after the point"
        )
    fine = fraction.rstrip("0")
    if len(fine) > layout.minor_digits:
        raise _Wrong(f"{column} is finer than {layout.currency}: ask the wallet")
    return sign * int(whole + fine.ljust(layout.minor_digits, "0"))
