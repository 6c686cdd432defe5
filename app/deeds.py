"""What a clerk may do with a request on a work list, and what becomes of the request by it. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from app.cases import Case, Move
from app.errors import DeskRefused
from app.manual import promise_days_max
from app.messages import ARROWS, Answered, Refused, Status
from app.tasks import Clerk, Entry
from app.values.text import slots

BY_CLERKS = (Status.IN_PROGRESS, Status.QUERY, Status.READY, Status.DONE, Status.REJECTED)


@dataclass(frozen=True, slots=True)
class Form:
    """What a clerk fills in: the operation's results with their longest in letters, and the reasons for a no.

    `needed`: one of them at least before the citizen is asked for something; none: that stands there already.
    """

    results: Mapping[str, int]
    reasons: tuple[str, ...]
    moves: tuple[Status, ...]
    needed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deed:
    """What a clerk does with a request. `status` None: it stays; `results` are those to be changed.

    `mark` is that of the line that was looked at, None: whatever it is by now. `promised` is the last day for it.
    """

    status: Status | None = None
    results: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    promised: date | None = None
    mark: str | None = None


def form_of(case: Case, entry: Entry) -> Form:
    """Read from the pack that the request was filed under, whose rules `mohala check` has held."""
    office = case.edition.catalogue.offices[entry.task.office]
    declared = office.operations[entry.task.operation]
    results, refused = declared.get("results"), declared.get("refused")
    longest = {name: int(one["longest"]) for name, one in results.items()} if isinstance(results, dict) else {}
    # Money may have been taken by an earlier stage: who says no then has to give it back first.
    reasons = tuple(refused) if isinstance(refused, dict) and entry.task.stage == 0 else ()
    is_open = entry.task.closed_at is None and entry.task.stage == entry.request.stage
    moves = tuple(status for status in BY_CLERKS if is_open and _may_become(status, case, bool(reasons)))
    return Form(longest, reasons, moves, _needed(case, longest))


def _needed(case: Case, results: Mapping[str, int]) -> tuple[str, ...]:
    """The results that the text of a query names, if none of them was filled in yet."""
    texts = case.service.sms.get(Status.QUERY.value, {}).values()
    named = {slot.name for text in texts for slot in slots(text)}
    said = tuple(name for name in results if name in named)
    return () if any(case.request.results.get(name) for name in said) else said


def _may_become(status: Status, case: Case, can_be_refused: bool) -> bool:
    now = case.request.status
    if status is Status.DONE:
        return case.can_be_done(now)
    if status is Status.READY and not case.can_be_done(status):
        return False  # a stage comes after this one, and what is ready for its citizen never goes back
    arrow = status in ARROWS[now] or (status is now and bool(ARROWS[now]))
    return arrow and (status is not Status.REJECTED or can_be_refused)


def for_form(deed: Deed, form: Form) -> Deed:
    """Without the empty cells of a sheet that are columns of other services."""
    return replace(deed, results={name: value for name, value in deed.results.items() if value or name in form.results})


def check_deed(deed: Deed, form: Form) -> None:
    if deed.status is not None and deed.status not in form.moves:
        told = ", ".join(status.value for status in form.moves)
        raise DeskRefused(f"It cannot become {deed.status.value} now; it can become {told}.")
    for name, value in deed.results.items():
        if name not in form.results:
            raise DeskRefused(f"{name} is nothing that is filled in here; there are: {', '.join(form.results)}.")
        if len(value) > form.results[name] or not value.isprintable():
            raise DeskRefused(f"{name} is one line of at most {form.results[name]} letters.")
    if (deed.status is Status.REJECTED) is not bool(deed.reason):
        raise DeskRefused(f"Whoever rejects gives a reason, and nobody else: {', '.join(form.reasons)}.")
    if deed.reason and deed.reason not in form.reasons:
        raise DeskRefused(f"{deed.reason} is no reason; there are: {', '.join(form.reasons)}.")
    if deed.status is Status.QUERY and form.needed and not any(deed.results.get(name) for name in form.needed):
        raise DeskRefused(f"Whoever asks a citizen for something says what: fill in {' or '.join(form.needed)}.")


def move_of(case: Case, deed: Deed, now: datetime, clerk: Clerk) -> Move | None:
    """None: there is nothing that the citizen's request would show."""
    request = case.request
    if deed.status is Status.REJECTED:
        change, jobs = case.refused(Refused(deed.reason), now, clerk.actor)
        return replace(change, results={**change.results, **deed.results}), jobs
    if deed.status is Status.DONE:
        return case.done(Answered(deed.results), now, by=clerk.actor)
    news = {name: value for name, value in deed.results.items() if request.results.get(name, "") != value}
    if deed.status in (None, request.status) and not news:
        return None
    return case.moved(deed.status or request.status, news, now, clerk.actor)


def promised_until(day: date, case: Case, now: datetime) -> datetime:
    """When that day is over in the country; raises `DeskRefused` for one that is past or too far to be a promise."""
    today = case.edition.program.day(now)
    if not today <= day <= today + timedelta(days=promise_days_max):
        raise DeskRefused(f"The promised day is past or too far; name one within {promise_days_max} days.")
    next_day = day + timedelta(days=1)
    return datetime(next_day.year, next_day.month, next_day.day, tzinfo=case.edition.program.timezone)
