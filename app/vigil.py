"""The vigil: what happens to a request that waits, by the clock and without anybody asking.

Its office is asked how it stands, its citizen is reminded of what they have to do, and where nobody moves it a person
is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app import limits
from app.cases import Case, told_until
from app.errors import ServiceFailed
from app.ledger import Requests
from app.messages import ARROWS, CITIZENS_TURN, Job, Priority, SmsKind
from app.ports import Due, Look, WaitingRequests
from app.tasks import LOOK, STALLED, mark, stranded

log = structlog.get_logger()


class Vigil:
    """Every move of a request makes it due for a look; each look says when the next one is."""

    def __init__(self, requests: Requests, waiting: WaitingRequests) -> None:
        self._requests = requests
        self._waiting = waiting

    async def look(self, now: datetime) -> bool:
        """Look at some requests that are due; True: there may be more. Raises `StoreUnavailable`."""
        due = await self._waiting.due(now, limits.vigil_page_max)
        looks = []
        for one in due:
            try:
                case = await self._requests.case_of(one.request)
            except ServiceFailed:
                looks.append(_stranded(one, now, "its version of the menus cannot be used"))
                continue
            looks.append(look_at(case, one, now) if case else _stranded(one, now, "no menu knows it"))
        for look in looks:
            if look.task is not None:
                log.warning("request_stalled", service=look.request.service, status=look.request.status.value)
        await self._waiting.looked(looks, now)
        return len(due) == limits.vigil_page_max


def _stranded(due: Due, now: datetime, why: str) -> Look:
    """Of a request with which nothing can be done now: looked at again, and after a while by a person, too."""
    request, due_at = due.request, due.at
    again = now + timedelta(seconds=limits.vigil_again_seconds)
    if not ARROWS[request.status]:
        return Look(request, due_at, None)
    if now < request.changed_at + timedelta(hours=limits.vigil_stranded_hours):
        return Look(request, due_at, again)
    task = stranded(request.id, request.stage, request.changed_at, now)
    return Look(request, due_at, again, (), task, f"nothing can be done with it: {why}; see `mohala menus list`")


def look_at(case: Case, due: Due, now: datetime) -> Look:
    """What is to be done about a request at this moment, and when to look again; None: never, unless it moves."""
    request = case.request
    if not ARROWS[request.status]:
        return Look(request, due.at, None)
    is_desks = case.is_manual and request.status not in CITIZENS_TURN
    alarms = _desk_alarms(case, due.promised_at, now) if is_desks else _alarms(case, now)
    events = [*_follow_ups(case, now), *_reminders(case), *alarms]
    past = [event for event in events if event.at <= now]
    jobs = {event.what: event.jobs for event in sorted(past, key=lambda event: event.at)}  # the last of each sort
    alarm = max((event for event in past if event.reason), key=lambda event: event.at, default=None)
    reason = alarm.reason if alarm else ""
    task = Job(f"{request.id}{STALLED}{mark(alarm.at)}", LOOK, _payload(case), now) if alarm else None
    coming = [event.at for event in events if event.at > now]
    return Look(
        request, due.at, min(coming, default=None), tuple(job for of in jobs.values() for job in of), task, reason
    )


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that is due at a moment: jobs, or a `reason` to call a person."""

    at: datetime
    what: str
    jobs: tuple[Job, ...] = ()
    reason: str = ""


def _follow_ups(case: Case, now: datetime) -> Iterator[_Event]:
    """The last one that is past and the next one; those that nobody came to are not made up for."""
    request, follow = case.request, case.follow
    if follow is None or not case.service.follow_hours:
        return
    every = timedelta(hours=case.service.follow_hours)
    last = (now - request.changed_at) // every
    for number in (last, last + 1):
        at = request.changed_at + number * every
        if number > 0 and at - request.changed_at <= timedelta(days=limits.follow_days_max):
            id = f"{request.id}:follow:{mark(at)}"
            payload = {"request": request.id, "office": follow.office, "at": at.isoformat()}
            yield _Event(at, "follow", (Job(id, "follow", payload, at),))


def _reminders(case: Case) -> Iterator[_Event]:
    """The text of the status again, while it is the citizen's turn."""
    request, occasion = case.request, case.request.status.value
    if request.status not in CITIZENS_TURN or occasion not in case.service.sms:
        return
    for days in case.service.remind_days:
        at = request.changed_at + timedelta(days=days)
        payload = {
            "request": request.id,
            "occasion": occasion,
            "sms": SmsKind.REMINDER.value,
            "status": request.status.value,
            "until": told_until(at, limits.sms_reminder_seconds_max),
        }
        id = f"{request.id}:remind:{occasion}:{mark(at)}"
        yield _Event(at, "remind", (Job(id, "remind", payload, at, Priority.LOW),))


def _alarms(case: Case, now: datetime) -> Iterator[_Event]:
    """Nobody has moved it for as long as was promised, and then as long again, the last of these that is past and the
    next.
    """
    request, service = case.request, case.service
    is_citizens = request.status in CITIZENS_TURN
    days = max(service.promise_days, limits.citizens_turn_days) if is_citizens else service.promise_days
    last = (now - request.changed_at) // timedelta(days=days)
    for number in (last, last + 1):
        at = request.changed_at + number * timedelta(days=days)
        if number > 0:
            who = "its citizen has not done their part" if is_citizens else "nobody has moved the request"
            jobs = case.tells("overdue", at) if number == 1 and not is_citizens else ()
            yield _Event(at, "alarm", jobs, f"{who} for {number * days} days")


def _desk_alarms(case: Case, promised_at: datetime | None, now: datetime) -> Iterator[_Event]:
    """Where clerks work the desk tells by itself what is late; a person is called to what stays so, for nobody else
    could end what the clerks cannot.
    """
    since, every = promised_at or case.request.changed_at, timedelta(days=limits.desk_stalled_days)
    last = max((now - since) // every, 0)
    for number in (last, last + 1):
        if number > 0:
            days = number * limits.desk_stalled_days
            listed = f"no clerk has ended it {days} days after the day promised"
            reason = listed if promised_at else f"it has come to no clerk's list for {days} days"
            yield _Event(since + number * every, "alarm", (), reason)


def _payload(case: Case) -> dict[str, str]:
    request = case.request
    return {"request": request.id, "stage": str(request.stage), "office": case.office}
