"""The desk: how clerks carry out what offices without a system have on their lists, and what citizens hear of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import structlog

from app import limits
from app.audit import HOUSE, AuditEntry
from app.bill_code import show_bill_code
from app.cases import Case
from app.complaints import codes_in
from app.deeds import Deed, Form, check_deed, for_form, form_of, move_of, promised_until
from app.errors import DeskRefused, ServiceFailed
from app.ledger import Requests
from app.manual import ATTACHES
from app.messages import ARROWS, Change, Job, Request
from app.payments import Bill, Payment, from_minor
from app.ports import Audit, Bills, Board, Clock
from app.reference import read_reference, show_reference
from app.tasks import Clerk, Entry, Task, Wanted

log = structlog.get_logger()
EXPORTED_A_LINE = 90
_CLERK_NAME = re.compile("[A-Za-z0-9._-]{1,40}")


@dataclass(frozen=True, slots=True)
class Sight:
    """A request as a clerk sees it: `arguments` is what the operation takes, `title` that of its service.

    `filed_on` and `promised_on` are days in the country. `attached` is what its words name of the citizen's own: a
    payment, a bill, another request.
    """

    entry: Entry
    title: str
    filed_on: date
    promised_on: date
    arguments: Mapping[str, str]
    form: Form
    attached: Mapping[str, str] = field(default_factory=dict)


class Desk:
    """Raises `DeskRefused` for what a clerk may not do, `ServiceFailed` and `StoreUnavailable` while it cannot be done.

    Whoever looks at a citizen's data, and whoever changes anything, stands in the audit log.
    """

    def __init__(self, requests: Requests, board: Board, bills: Bills, audit: Audit, clock: Clock) -> None:
        self._requests = requests
        self._board = board
        self._bills = bills
        self._audit = audit
        self._clock = clock

    async def entries(self, clerk: Clerk, wanted: Wanted) -> Sequence[Entry]:
        """Lines of the clerk's list, what was promised soonest first; they show no citizen's data."""
        office = clerk.office or wanted.office
        return await self._board.entries(replace(wanted, office=office, limit=min(wanted.limit, limits.desk_page_max)))

    async def look(self, clerk: Clerk, reference: str) -> Sight:
        entry = await self.find(clerk, reference)
        sight = await self._sight(entry)
        await self._audit.append(self._told(clerk, "show", entry))
        return sight

    async def sights(self, clerk: Clerk, entries: Sequence[Entry]) -> Sequence[Sight]:
        """Many at once, for a sheet; the audit log names them in a few lines, for all other writers wait for each."""
        sights = [await self._sight(entry) for entry in entries]
        references = [entry.request.reference for entry in entries]
        for first in range(0, len(references), EXPORTED_A_LINE):
            told = {"requests": " ".join(references[first : first + EXPORTED_A_LINE])}
            await self._audit.append(AuditEntry(self._clock(), clerk.actor, "export", "", clerk.office, told))
        return sights

    async def _sight(self, entry: Entry) -> Sight:
        case = await self._case(entry.request)
        attached = {**await self._attached(case, entry), **await self._accused(entry)}
        return replace(_sight(entry, case), attached=attached)

    async def _accused(self, entry: Entry) -> Mapping[str, str]:
        """The agent and the point that a complaint names."""
        named = await self._board.named(entry.request.id)
        told = {"agent": named.agent, "point": named.point} if named else {}
        return {what: value for what, value in told.items() if value}

    async def _attached(self, case: Case, entry: Entry) -> Mapping[str, str]:
        """The first of the citizen's own that is named; a stranger's receipt attaches nothing, and says nothing."""
        msisdn = entry.request.msisdn
        for code in _codes_in(case, entry) if msisdn else ():
            if (paid := await self._bills.own(msisdn, code)) is not None:
                return _told_of(case.edition.program.currency.minor_digits, *paid)
            request = await self._requests.own(code, msisdn)
            if request is not None and request.id != entry.request.id:
                return {
                    "request": show_reference(request.reference),
                    "service": request.service,
                    "status": request.status.value,
                }
        return {}

    async def take(self, clerk: Clerk, reference: str) -> Entry:
        """Work on it oneself. What another has taken stays theirs until they release it."""
        entry = await self._open(clerk, reference)
        _check_hands(clerk, entry.task)
        return await self._write(entry, replace(entry.task, assignee=clerk.name), self._told(clerk, "take", entry))

    async def release(self, clerk: Clerk, reference: str, *, of_another: bool = False) -> Entry:
        entry = await self._open(clerk, reference)
        if not of_another:
            _check_hands(clerk, entry.task)
        return await self._write(entry, replace(entry.task, assignee=""), self._told(clerk, "release", entry))

    async def do(self, clerk: Clerk, reference: str, deed: Deed) -> Entry:
        """Move a request, or change what is told of it; it is the clerk's from then on. The citizen hears of a move."""
        entry = await self._open(clerk, reference)
        _check_hands(clerk, entry.task)
        if deed.mark is not None and deed.mark != entry.mark:
            raise DeskRefused(f"{reference} was changed meanwhile; look at it again.")
        case = await self._case(entry.request)
        form = form_of(case, entry)
        deed = for_form(deed, form)
        check_deed(deed, form)
        now = self._clock()
        task = replace(entry.task, assignee=clerk.name)
        promise: AuditEntry | None = None
        told: tuple[Job, ...] = ()
        if deed.promised is not None:
            task = replace(task, promised_at=promised_until(deed.promised, case, now), escalated_at=None)
            promise = replace(self._told(clerk, "promise", entry), details={"day": deed.promised.isoformat()})
            told = case.promised(deed.promised, now)
        move = move_of(case, deed, now, clerk)
        if move is None:
            return await self._write(entry, task, promise or self._told(clerk, "take", entry), told)
        change, jobs = move
        ended = change.stage > entry.task.stage or not ARROWS[change.status]
        task = replace(task, closed_at=now if ended else None)
        if not await self._board.change(entry, task, change, (*jobs, *told), promise):
            raise DeskRefused(f"{reference} was changed meanwhile; look at it again.")
        return Entry(replace(task, revision=task.revision + 1), _after(entry.request, change))

    async def differs(self, clerk: Clerk, reference: str, deed: Deed) -> bool:
        """Whether a deed says anything that does not stand there already; results that nobody may fill in do not."""
        entry = await self.find(clerk, reference)
        request, form = entry.request, form_of(await self._case(entry.request), entry)
        filled = for_form(deed, form).results
        same = all(request.results.get(name, "") == value for name, value in filled.items())
        return not (same and deed.status in (None, request.status) and deed.promised is None)

    async def escalate(self, now: datetime) -> bool:
        """Mark what was promised for a day that is past, and tell its citizens; True: there may be more.

        What cannot be told now, for its menus cannot be used, is left for the next look and holds up nothing behind it.
        """
        after: Task | None = None
        for _ in range(limits.desk_escalate_pages_max):
            overdue = await self._board.overdue(now, limits.desk_page_max, after)
            marked = [await self._escalated(entry, now) for entry in overdue]
            if len(overdue) < limits.desk_page_max or any(marked):
                return len(overdue) == limits.desk_page_max
            after = overdue[-1].task
        return False

    async def _escalated(self, entry: Entry, now: datetime) -> bool:
        try:
            jobs = (await self._case(entry.request)).tells_again("overdue", now)
        except ServiceFailed:
            return False
        except DeskRefused:  # no menu will ever have a text for it
            jobs = ()
        task = replace(entry.task, escalated_at=now)
        told = AuditEntry(now, HOUSE, "escalate", entry.request.id, entry.task.office)
        if not await self._board.change(entry, task, None, jobs, told):
            return False
        log.warning("task_overdue", office=entry.task.office, assignee=entry.task.assignee or "nobody")
        return True

    async def find(self, clerk: Clerk, reference: str) -> Entry:
        """A line of the clerk's list, open or ended; it shows no citizen's data."""
        canonical = read_reference(reference)
        entry = await self._board.find(canonical, clerk.office) if canonical else None
        if entry is None:
            raise DeskRefused(f"{reference} is not on this list.")
        return entry

    async def _open(self, clerk: Clerk, reference: str) -> Entry:
        entry = await self.find(clerk, reference)
        if entry.task.closed_at is not None:
            raise DeskRefused(f"{reference} was ended before; it stands as {entry.request.status.value}.")
        return entry

    async def _case(self, request: Request) -> Case:
        case = await self._requests.case_of(request)
        if case is None:
            raise DeskRefused("The menus under which this was filed do not know its service any more.")
        return case

    async def _write(self, entry: Entry, task: Task, told: AuditEntry, jobs: Sequence[Job] = ()) -> Entry:
        if not await self._board.change(entry, task, None, jobs, told):
            raise DeskRefused("It was changed meanwhile; look at it again.")
        return Entry(replace(task, revision=task.revision + 1), entry.request)

    def _told(self, clerk: Clerk, act: str, entry: Entry) -> AuditEntry:
        return AuditEntry(self._clock(), clerk.actor, act, entry.request.id, entry.task.office)


def checked_clerk(clerk: Clerk) -> Clerk:
    """Raises `DeskRefused` for a name that the audit log could not tell from another."""
    if not _CLERK_NAME.fullmatch(clerk.name):
        raise DeskRefused("A clerk's name is up to 40 letters of a to z, digits, `.`, `-` and `_`.")
    return clerk


def _sight(entry: Entry, case: Case) -> Sight:
    call = case.service.work[entry.task.stage].call
    assert call is not None, "no clerk has a stage that waits for money"
    request = entry.request
    known = {"msisdn": request.msisdn, "reference": request.reference, **request.answers, **request.results}
    title = "".join(str(part) for part in case.service.title[case.edition.program.base])
    arguments = {parameter: known.get(name, "") for parameter, name in call.arguments.items()}
    filed = case.edition.program.day(request.filed_at)
    promised = case.edition.program.day(entry.task.promised_at - timedelta(microseconds=1))
    return Sight(entry, title, filed, promised, arguments, form_of(case, entry))


def _codes_in(case: Case, entry: Entry) -> Sequence[str]:
    """What may be a receipt, a bill or a reference among the words that the operation looks for one in."""
    operation = case.edition.catalogue.offices[entry.task.office].operations[entry.task.operation]
    looked_in, call = operation.get(ATTACHES), case.service.work[entry.task.stage].call
    assert call is not None, "no clerk has a stage that waits for money"
    names = [call.arguments[one] for one in looked_in if one in call.arguments] if isinstance(looked_in, list) else []
    return codes_in([entry.request.answers.get(name, "") for name in names])


def _told_of(digits: int, bill: Bill | None, payment: Payment | None) -> Mapping[str, str]:
    told: dict[str, str] = {}
    if bill is not None:
        price = bill.price
        amounts = {"fee": price.fee_minor, "charge": price.charge_minor}
        told |= {"bill": show_bill_code(bill.code), "service": bill.service, "state": bill.state.value}
        told |= {what: f"{price.currency} {from_minor(minor, digits)}" for what, minor in amounts.items()}
    if payment is not None:
        told |= {
            "receipt": show_reference(payment.receipt),
            "paid": f"{payment.currency} {from_minor(payment.amount_minor, digits)}",
            "by": payment.wallet,
            "on": f"{payment.at:%Y-%m-%d}",
        }
        told |= {"suspense": payment.unfit.value} if payment.unfit else {}
    return told


def _check_hands(clerk: Clerk, task: Task) -> None:
    if task.assignee not in ("", clerk.name):
        raise DeskRefused(f"{task.assignee} works on it; they can release it.")


def _after(request: Request, change: Change) -> Request:
    told = {name: getattr(change, name) for name in ("status", "stage", "reason", "results")}
    return replace(request, changed_at=change.at, **told)
