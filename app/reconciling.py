"""What `mohala books` and `mohala payments` do where two people and statements come in, for one command."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from app import limits
from app.audit import AuditEntry, stamp
from app.billing import Billing
from app.decisions import Decisions
from app.desking import prepared, with_database
from app.editions import Editions
from app.errors import DeskRefused, SettingsWrong
from app.layouts import layout_of, read_layouts
from app.ledger import Requests
from app.ports import Clock, Found, Moved
from app.proposals import How, Proposal
from app.reconciliation import Imported, Reconciliation, Report
from app.replacing import replace_text
from app.settings import Settings
from app.statements import Statement
from app.tasks import Clerk
from app.wiring import now_utc
from integrations.database import Database

T = TypeVar("T")
COLUMNS = ("number", "at", "kind", "receipt", "by", "currency", "amount_minor", "balance_minor")
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Office:
    """What a command works with: the database opened, and the rules over it."""

    database: Database
    reconciliation: Reconciliation
    decisions: Decisions
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """An account between two days: what it stood at before, each entry, and what it stood at then, by currency."""

    opening: dict[str, int]
    moved: Sequence[Moved]
    closing: dict[str, int]


def import_file(
    settings: Settings, source: str, day: date, path: Path, token: str, clock: Clock = now_utc
) -> tuple[Imported, Report]:
    """Take in a file and compare its day; raises `SettingsWrong` or `DeskRefused`."""
    layout = layout_of(read_layouts(settings.statements), source)
    digest, encoding = digest_of(path)

    async def work(office: Office) -> tuple[Imported, Report]:
        clerk = await clerk_of(office, token, of_all=True)
        with opened(path, encoding) as text:
            imported = await office.reconciliation.take_in(layout, day, digest, text, clerk)
        return imported, await office.reconciliation.compare(layout, imported.statement.day)

    return at_the_office(settings, work, clock)


def vouch(
    settings: Settings, source: str, day: date, token: str, clock: Clock = now_utc
) -> tuple[Sequence[Statement], Report]:
    """Vouch for a day's files as another clerk, which takes in the money that they alone tell of."""
    layout = layout_of(read_layouts(settings.statements), source)

    async def work(office: Office) -> tuple[Sequence[Statement], Report]:
        clerk = await clerk_of(office, token, of_all=True)
        vouched = await office.reconciliation.vouch(layout, day, clerk)
        return vouched, await office.reconciliation.compare(layout, day)

    return at_the_office(settings, work, clock)


def compare(settings: Settings, source: str | None, day: date | None, clock: Clock = now_utc) -> list[Report]:
    """Hold a day (yesterday, where a source is) of a source, or of all, against the books."""
    layouts = read_layouts(settings.statements)
    chosen = [layout_of(layouts, source)] if source else list(layouts.values())

    async def work(office: Office) -> list[Report]:
        yesterday = clock() - timedelta(days=1)
        return [await office.reconciliation.compare(one, day or one.day_of(yesterday)) for one in chosen]

    return at_the_office(settings, work, clock)


def differences(settings: Settings, source: str, *, is_open: bool) -> Sequence[Found]:
    """Those of a source, or of all if it is empty."""

    async def work(database: Database) -> Sequence[Found]:
        return await database.statements.listed(source, is_open=is_open, limit=limits.differences_listed_max)

    return with_database(settings, work)


def settle(settings: Settings, ids: Sequence[str], how: How, code: str, why: str, token: str) -> list[Proposal]:
    """Ask to settle differences in one way, which another clerk has to approve."""

    async def work(office: Office) -> list[Proposal]:
        clerk = await clerk_of(office, token)
        return [await office.decisions.settle(id, how, code, why, clerk) for id in ids]

    return at_the_office(settings, work)


def hand_over(settings: Settings, source: str, amount: str, reference: str, why: str, token: str) -> Proposal:
    async def work(office: Office) -> Proposal:
        clerk = await clerk_of(office, token)
        return await office.decisions.hand_over(source, amount, reference, why, clerk)

    return at_the_office(settings, work)


def apply(settings: Settings, receipt: str, code: str, why: str, token: str) -> Proposal | None:
    """Pay another bill from money in suspense; None: it is done."""

    async def work(office: Office) -> Proposal | None:
        return await office.decisions.apply(receipt, code, why, await clerk_of(office, token))

    return at_the_office(settings, work)


def proposals(settings: Settings) -> Sequence[Proposal]:
    """What waits for another clerk, oldest first."""
    return with_database(settings, lambda database: database.proposals.waiting(limits.proposals_listed_max))


def decide(settings: Settings, ids: Sequence[str], why: str, token: str, *, approved: bool) -> list[Proposal]:
    async def work(office: Office) -> list[Proposal]:
        clerk = await clerk_of(office, token)
        return [await office.decisions.decide(id, clerk, why, approved=approved) for id in ids]

    return at_the_office(settings, work)


def account_statement(
    settings: Settings, account: str, first: date, last: date, by: str, target: Path | None = None
) -> AccountStatement:
    """An account from the beginning of a day to the end of another where the citizens are, also as CSV."""

    async def work(office: Office) -> AccountStatement:
        since = datetime(first.year, first.month, first.day, tzinfo=office.zone)
        until = datetime(last.year, last.month, last.day, tzinfo=office.zone) + timedelta(days=1)
        statements = office.database.statements
        opening = dict(await statements.balances(account, since))
        moved = [one async for one in _moved(office.database, account, since, until)]
        closing = dict(await statements.balances(account, until))
        told = {"from": first.isoformat(), "to": last.isoformat()}
        entry = AuditEntry(now_utc(), f"operator:{by}", "account-statement", account, "", told)
        await office.database.audit.append(entry)
        return AccountStatement(opening, moved, closing)

    found = at_the_office(settings, work)
    if target is not None:
        sheet = io.StringIO(newline="")
        csv.writer(sheet).writerows([COLUMNS, *_rows(found)])
        target.unlink(missing_ok=True)  # one that is there would keep its own mode
        replace_text(target, sheet.getvalue(), mode=0o600)
    return found


def at_the_office(settings: Settings, use: Callable[[Office], Awaitable[T]], clock: Clock = now_utc) -> T:
    layouts = read_layouts(settings.statements)

    async def work(database: Database) -> T:
        editions = await Editions.open(database.archive, prepared)
        requests = Requests(editions, database.ledger, clock, os.urandom)
        billing = Billing(requests, database.ledger, database.bills, clock, os.urandom)
        reconciliation = Reconciliation(layouts, database.statements, database.bills, billing, clock)
        decisions = Decisions(
            layouts, database.statements, database.proposals, database.bills, billing, clock, os.urandom
        )
        zone = editions.current.program.timezone
        return await use(Office(database, reconciliation, decisions, zone))

    return with_database(settings, work)


async def clerk_of(office: Office, token: str, *, of_all: bool = False) -> Clerk:
    """Raises `DeskRefused`; `of_all`: one who sees the work of all offices."""
    clerk = await office.database.board.clerk(token.strip())
    if clerk is None:
        raise DeskRefused("That is no clerk's token; `mohala desk clerks add` makes one.")
    if of_all and clerk.office:
        raise DeskRefused("This takes a clerk of all offices (`mohala desk clerks add NAME --all-offices`).")
    return clerk


def digest_of(path: Path) -> tuple[str, str]:
    """SHA-256 of a file and how it is encoded: by its mark, else UTF-8 if it is that, else as Excel writes (cp1252)."""
    digest, size, is_utf8 = hashlib.sha256(), 0, True
    decoder, mark = codecs.getincrementaldecoder("utf-8")(), b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                mark, size = mark or chunk[:4], size + len(chunk)
                if size > limits.statement_bytes_max:
                    most = limits.statement_bytes_max // 1_048_576
                    raise SettingsWrong(f"{path} is larger than {most} MB; split it by days.")
                digest.update(chunk)
                is_utf8 = is_utf8 and _decodes(decoder, chunk)
    except OSError as error:
        raise SettingsWrong(f"{path} cannot be read ({error.strerror}); name a file of CSV.") from None
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    known = next((encoding for begins, encoding in MARKS.items() if mark.startswith(begins)), None)
    return digest.hexdigest(), known or ("utf-8" if is_utf8 else "cp1252")


@contextmanager
def opened(path: Path, encoding: str) -> Iterator[Iterable[str]]:
    """Line by line, however large; letters that the encoding does not have are replaced, for no id has any."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        yield file


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


async def _moved(database: Database, account: str, since: datetime, until: datetime) -> AsyncIterator[Moved]:
    after = 0
    while page := await database.statements.moved(account, since, until, after):
        for one in page:
            yield one
        after = page[-1].number


def _rows(found: AccountStatement) -> Iterator[tuple[object, ...]]:
    """Each entry with the balance after it; first what the account stood at, last what it stands at."""
    running = dict(found.opening)
    for currency, minor in sorted(found.opening.items()):
        yield ("", "", "opening", "", "", currency, "", minor)
    for one in found.moved:
        entry = one.entry
        running[entry.currency] = running.get(entry.currency, 0) + entry.amount_minor
        told = (one.number, stamp(one.at), one.kind, one.receipt, one.by)
        yield (*told, entry.currency, entry.amount_minor, running[entry.currency])
    for currency, minor in sorted(found.closing.items()):
        yield ("", "", "closing", "", "", currency, "", minor)
