"""Statements held against the books, day by day: taken in, vouched for, compared, and told of to people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import structlog

from app import limits
from app.audit import AuditEntry
from app.billing import Billing, Coming
from app.errors import DeskRefused
from app.matching import Booked, Difference, Flow, Kind, Line, Outcome, Period, match, open_days
from app.payments import PAYABLE, UNDER_WAY, Bill, Payment, from_minor
from app.ports import Account, Bills, Clock, Statements
from app.statements import Closing, Fault, Layout, Statement, read_statement
from app.tasks import Clerk

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file; `faults` are the first rows that could not be read, `new` lines that were not known."""

    statement: Statement
    new: int
    faults: Sequence[Fault] = ()
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """How a day stands. `differences` are those that nobody has settled. `gap_minor` is how much more the closing
    balance is than the books say, without what may still turn up; None: no file of the day says a balance.
    `unvouched_minor` came, was never told to us and names a bill, and waits for another clerk to vouch for its file.
    `missing` is a day whose file has not come whole and may explain the gap, which is no difference until then.
    """

    source: str
    day: date
    is_whole: bool
    pairs: int
    differences: Sequence[Difference]
    new: int
    vanished: int
    taken: int
    carried: int
    unvouched_minor: int
    gap_minor: int | None
    missing: date | None = None


class Reconciliation:
    """Raises `StoreUnavailable`, and `ServiceFailed` while a request's menus cannot be used."""

    def __init__(
        self,
        layouts: Mapping[str, Layout],
        statements: Statements,
        bills: Bills,
        billing: Billing,
        clock: Clock,
    ) -> None:
        self._layouts = layouts
        self._statements = statements
        self._bills = bills
        self._billing = billing
        self._clock = clock

    async def take_in(self, layout: Layout, day: date, digest: str, text: Iterable[str], clerk: Clerk) -> Imported:
        """Read a file of a day that is over; the same file again does nothing. Raises `DeskRefused`."""
        now = self._clock()
        if now < layout.begin(day + timedelta(days=1)):
            raise DeskRefused(f"{day} is not over; a file that was written before its end may lack what came later.")
        if known := await self._statements.known(layout.source, digest):
            return Imported(known, 0, is_known=True)
        faults: list[Fault] = []
        chunk: list[Line] = []
        count, new, closing = 0, 0, None
        for read in read_statement(layout, day, text, digest):
            if isinstance(read, Fault):
                faults.append(read)
            elif isinstance(read, Closing):
                closing = read.minor
            else:
                count, chunk = count + 1, [*chunk, read]
            if len(chunk) >= limits.statement_chunk_rows:
                new, chunk = new + await self._statements.add(layout.source, chunk), []
        new += await self._statements.add(layout.source, chunk)
        statement = Statement(layout.source, digest, day, count, len(faults), closing, now, clerk.actor)
        told = {"day": day.isoformat(), "lines": str(count), "new": str(new), "faults": str(len(faults))}
        entry = AuditEntry(now, clerk.actor, "import-statement", layout.source, digest, told)
        await self._statements.take_in(statement, entry)
        return Imported(statement, new, faults[: limits.statement_faults_told_max])

    async def vouch(self, layout: Layout, day: date, clerk: Clerk) -> Sequence[Statement]:
        """Say, as somebody else than who imported them, that a day's files are the source's own.

        Raises `DeskRefused`.
        """
        known = await self._statements.of_days(layout.source, day, day)
        open_files = [one for one in known if not one.vouched_by]
        others = [one for one in open_files if one.by != clerk.actor]
        if open_files and not others:
            raise DeskRefused("You imported the file yourself; another clerk has to vouch for it.")
        vouched = []
        for one in others:
            entry = AuditEntry(self._clock(), clerk.actor, "vouch-statement", layout.source, one.digest)
            if await self._statements.vouch(layout.source, one.digest, clerk.actor, entry):
                vouched.append(one)
        if not vouched:
            raise DeskRefused(f"No file of {layout.source} of {day} waits for somebody to vouch for it.")
        return vouched

    async def compare(self, layout: Layout, day: date) -> Report:
        """Hold what is stated against what is booked, up to the end of a day, and take in what a vouched file names."""
        now, account = self._clock(), Account(layout.source, layout.account, layout.wallet)
        source = layout.source
        outcome, period, closing = await self._matched(layout, account, day)
        noted = [await self._statements.note(source, day, outcome, now, is_closed=False)]
        taken, unvouched_minor = await self._take_missing(layout, outcome)
        if taken:
            outcome, period, closing = await self._matched(layout, account, day)
            noted.append(await self._statements.note(source, day, outcome, now, is_closed=False))
        left = noted[-1].left
        is_newest = closing is not None and await self._statements.newest(source) == day
        gap = await self._gap(layout, outcome, period, day, closing) if closing is not None and is_newest else None
        missing = await self._missing(layout, account, period, day) if gap and gap[0] != gap[1] else None
        if missing is not None:
            await self._call_for(layout.source, missing, now)
        elif gap is not None and not await self._statements.open_gaps(source, day):
            balance = [_balance(layout, day, gap[0], gap[1])] if gap[0] != gap[1] else []
            noted.append(await self._statements.note(source, day, Outcome((), balance, ()), now, is_closed=True))
            left = [*left, *noted[-1].left]
        return Report(
            source, day, day in period.covered, len(outcome.pairs), left, sum(one.new for one in noted),
            sum(one.vanished for one in noted), taken, len(outcome.carried), unvouched_minor,
            gap[0] - gap[1] if gap else None, missing,
        )  # fmt: skip

    async def look(self, now: datetime) -> bool:
        """What the clock asks for: yesterday compared, files that have not come told of, and money that waits."""
        for layout in self._layouts.values():
            local = now.astimezone(layout.zone)
            day = local.date() - timedelta(days=1 if local.hour >= limits.reconcile_due_hour else 2)
            known = await self._statements.of_days(layout.source, day, day)
            if known:
                report = await self.compare(layout, day)
                log.info(
                    "reconciled", source=report.source, day=str(day), whole=report.is_whole, pairs=report.pairs,
                    differences=len(report.differences), carried=report.carried, gap_minor=report.gap_minor,
                )  # fmt: skip
            if layout.is_daily and not any(not one.faults for one in known):
                await self._call_for(layout.source, day, now)
        await self._call_for_suspense(now)
        return False

    async def _call_for(self, source: str, day: date, now: datetime) -> None:
        told = f"the statement of {source} of {day} has not come whole: `mohala books import`"
        await self._statements.call(f"statement-missing:{source}:{day}", told, now)

    async def _call_for_suspense(self, now: datetime) -> None:
        before = now - timedelta(days=limits.suspense_days)
        waiting = await self._statements.suspended(before, limits.suspense_looked_max)
        for payment in waiting:
            await self._statements.call(_suspense_id(payment), _suspense_reason(payment), now)
        await self._statements.end_calls("suspense:", {_suspense_id(payment) for payment in waiting}, now)

    async def _matched(self, layout: Layout, account: Account, day: date) -> tuple[Outcome, Period, int | None]:
        """With the day's closing balance in minor units, if a whole file of it says one."""
        border = timedelta(seconds=limits.statement_border_seconds)
        back = timedelta(days=limits.statement_by_hand_days + 1)
        first, later = day - back, day + back
        files = [one for one in await self._files(layout, first - timedelta(days=1), later) if not one.faults]
        closings = [one.closing_minor for one in files if one.day == day and one.closing_minor is not None]
        moments = layout.begin(first) - border, layout.begin(day + timedelta(days=1)) + border
        lines, booked = await self._statements.window(account, (first, day), moments)
        begun = await self._statements.first(layout.source) or later
        period = Period(layout.source, {one.day for one in files}, begun, self._clock(), layout.day_of)
        return match(lines, booked, period), period, closings[-1] if closings else None

    async def _files(self, layout: Layout, first: date, last: date) -> Sequence[Statement]:
        return await self._statements.of_days(layout.source, first, last)

    async def _take_missing(self, layout: Layout, outcome: Outcome) -> tuple[int, int]:
        """Money that never reached us and names a bill: how much of it was taken in, and what waits for a voucher."""
        taken, unvouched_minor, now = 0, 0, self._clock()
        for one in outcome.differences:
            if one.kind is not Kind.NOT_BOOKED or one.flow is not Flow.PAID or not one.bill_code or not layout.wallet:
                continue
            line = await self._statements.line(layout.source, one.line_id)
            file = await self._statements.known(layout.source, line.digest) if line else None
            if line is None or file is None or not file.vouched_by:
                unvouched_minor += one.theirs_minor
                continue
            taken += isinstance(await take_line(self._billing, self._bills, layout, line, one.bill_code, now), Payment)
        return taken, unvouched_minor

    async def _gap(self, layout: Layout, outcome: Outcome, period: Period, day: date, closing: int) -> tuple[int, int]:
        """The closing balance and what the books say it ought to be."""
        end = layout.begin(day + timedelta(days=1))
        held = -(await self._statements.balances(layout.account, end, is_corrected=True)).get(layout.currency, 0)
        for line, one in outcome.pairs:
            held += (int(line.day <= day) - int(one.at < end)) * one.flow.signed(one.amount_minor)
        for left in outcome.carried:
            minor = left.flow.signed(left.amount_minor)
            if isinstance(left, Booked):
                # What only a file that is missing can have was in the wallet by the end of the day all the same.
                is_later = max(open_days(left, period)) > day
                held -= minor if left.at < end and is_later else 0
            else:
                held += minor if left.day <= day else 0
        return closing, held

    async def _missing(self, layout: Layout, account: Account, period: Period, day: date) -> date | None:
        """A day whose file may explain why a closing balance differs: the last that lacks one, unless a later day
        closed as the books say. None: no file lacks, or what differs came after such a day.

        The newest days are looked at, and the first: each look matches the files of a week.
        """
        files = [one for one in await self._files(layout, period.first, day) if not one.faults]
        whole = {one.day for one in files}
        days = [period.first + timedelta(days=further) for further in range((day - period.first).days + 1)]
        missing = max((one for one in days if one not in whole), default=None)
        if missing is None:
            return None
        since = sorted({one.day for one in files if missing < one.day < day and one.closing_minor is not None})
        newest = reversed(since[-limits.statement_closings_looked_max :])
        for later in dict.fromkeys((*newest, *since[:1])):
            outcome, then, closing = await self._matched(layout, account, later)
            assert closing is not None, "a whole file of that day says one"
            stated, held = await self._gap(layout, outcome, then, later, closing)
            if stated == held:
                return None
        return missing


class Left(StrEnum):
    """Why a bill is left alone though a statement names it."""

    UNDER_WAY = "a wallet was asked for it, and what became of that is not known yet"
    TELLING = "its time is over, and a wallet may still tell of what was paid in time"


def left_alone(bill: Bill, now: datetime) -> Left | None:
    """Whether the money of a line may be what a push or the wallet itself tells of next."""
    if bill.state in UNDER_WAY:
        return Left.UNDER_WAY
    is_open = bill.state in PAYABLE and bill.expires_at <= now < bill.ends_at
    return Left.TELLING if is_open else None


async def take_line(billing: Billing, bills: Bills, layout: Layout, line: Line, code: str, now: datetime) -> object:
    """Take in money as if the wallet had told us of it: a Payment, or why not; None: there is no such bill.

    The id under which the wallet would have told us is the first of `names`, if its layout has any. A bill that the
    wallet may yet tell of is left alone (`Left`), and the line with it: it is compared again.
    """
    bill = await bills.find(code)
    if bill is None:
        return None
    if (left := left_alone(bill, now)) is not None:
        return left
    amount = from_minor(line.amount_minor, layout.minor_digits)
    correlation = line.names[0] if line.names else line.id
    coming = Coming(layout.wallet, correlation, amount, line.currency, "", line.id, keeps=True, is_named=True)
    return await billing.take(bill, coming)


def _balance(layout: Layout, day: date, closing: int, held: int) -> Difference:
    return Difference(
        Kind.BALANCE, layout.source, day, Flow.PAID, "", 1, "", closing, layout.currency, held, layout.currency
    )  # fmt: skip


def _suspense_id(payment: Payment) -> str:
    return f"suspense:{payment.receipt}"


def _suspense_reason(payment: Payment) -> str:
    money = f"{payment.suspended_minor} {payment.currency} (minor units) by {payment.wallet}"
    since = f"in suspense ({payment.unfit}) since {payment.at:%Y-%m-%d}"
    return f"{money}, {since}: `mohala payments apply {payment.receipt} CODE`, or give it back"
