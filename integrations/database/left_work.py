"""Jobs of requests that are past their date: which still go on, and which are dropped with what they carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, or_, select, union_all, update

from app.payments import UNDER_WAY
from app.privacy import Rules
from app.pushes import PUSH
from app.tasks import LOOK
from integrations.database.forgetting import FINAL
from integrations.database.limits import retention_rows_max
from integrations.database.rows import OVER
from integrations.database.tables import JobState, bills, jobs, pushes, requests


@dataclass(frozen=True, slots=True)
class LeftWork:
    """What is yet to be done for some requests: those for which the worker is about to do something, and the jobs of
    each that wait for a person.
    """

    waiting: Set[str]
    set_aside: Mapping[str, Sequence[str]]

    @classmethod
    def about(cls, connection: Connection, ids: Set[str]) -> LeftWork:
        """A job's id begins with that of its request; few are open at a time, and no index knows beginnings."""
        waiting, set_aside = set[str](), dict[str, list[str]]()
        states = select(jobs.c.id, jobs.c.state).where(jobs.c.state.in_((JobState.WAITING, JobState.SET_ASIDE)))
        for id, state in connection.execute(states).all() if ids else ():
            parts = id.split(":")
            request = next((one for size in range(1, len(parts)) if (one := ":".join(parts[:size])) in ids), None)
            if request is not None and state == JobState.WAITING:
                waiting.add(request)
            elif request is not None:
                set_aside.setdefault(request, []).append(id)
        return cls(waiting, set_aside)


def drop_of(which: ColumnElement[bool]) -> Any:
    """The statement that ends such of these jobs as wait for a person."""
    values = {**OVER, "reason": "past its date"}
    return update(jobs).where(which, jobs.c.state == JobState.SET_ASIDE).values(values)


def set_aside(rules: Rules, now: datetime) -> ColumnElement[bool]:
    """Jobs that wait for a person past the days of messages, and by which nothing goes on."""
    before = now - timedelta(days=rules.messages_days)
    carries = jobs.c.kind != LOOK  # which names a request and calls for a person, and goes with it or when that is done
    dropped = or_(jobs.c.kind.not_in(("work", "bill", "expire", PUSH)), jobs.c.id.not_in(_open_work()))
    return and_(jobs.c.state == JobState.SET_ASIDE, jobs.c.ended_at < before, carries, dropped)


def _open_work() -> Any:
    """Jobs by which requests and money under way go on, or are given up: without them nobody could do either."""
    ids = [requests.c.id + f":{what}:" + cast(requests.c.stage, Text) for what in ("work", "expire")]
    under_way = pushes.c.bill_id + f":{PUSH}:" + cast(pushes.c.number, Text)
    pushed = select(under_way).join(bills, bills.c.id == pushes.c.bill_id).where(bills.c.state.in_(UNDER_WAY))
    return union_all(*(select(id).where(requests.c.status.not_in(FINAL)) for id in ids), pushed)


def drop_jobs(connection: Connection, rules: Rules, now: datetime) -> int:
    """End a batch of them; how many."""
    ids = select(jobs.c.id).where(set_aside(rules, now)).limit(retention_rows_max)
    return connection.execute(drop_of(jobs.c.id.in_(ids))).rowcount
