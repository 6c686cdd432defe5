"""How statements differ from the books, as rows: opened, closed, and a person called for each day that has any."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from app.matching import Difference, Flow, Kind
from app.messages import Job
from app.ports import Found
from app.tasks import LOOK
from integrations.database.limits import asked_together_max
from integrations.database.outbox import end_call, left_values
from integrations.database.rows import Seals, Values
from integrations.database.store import clean, insert_into, insert_or_leave
from integrations.database.tables import JobState, differences, jobs

OPEN, SETTLED, VANISHED = "open", "settled", "vanished"


def close_difference(connection: Connection, seals: Seals, id: str, by: str, now: datetime) -> bool:
    """Settle one in the transaction of what two people decided; False: it is none any more."""
    row = connection.execute(select(differences).where(differences.c.id == id, differences.c.state == OPEN)).first()
    if row is None:
        return False
    close_differences(connection, [id], SETTLED, by, now)
    call_for_day(connection, seals, row.source, row.day, now)
    return True


def open_difference(connection: Connection, one: Difference, now: datetime) -> bool:
    """Write a difference; False: it is known. One that had vanished and is there again is opened anew."""
    values: Values = {name: getattr(one, name) for name in Difference.__slots__}
    values |= {"id": one.id, "state": OPEN, "opened_at": now}
    if connection.execute(insert_or_leave(connection, differences), values).rowcount:
        return True
    again = update(differences).where(differences.c.id == one.id, differences.c.state == VANISHED)
    opened = {"state": OPEN, "opened_at": now, "closed_at": None, "closed_by": ""}
    return connection.execute(again.values(opened)).rowcount == 1


def open_among(connection: Connection, source: str) -> Set[str]:
    return {row.id for row in connection.execute(still_open(source))}


def still_open(source: str) -> Any:
    table = differences.c
    query = select(table.id, table.line_id, table.receipt, table.kind, table.day)
    return query.where(table.source == source, table.state == OPEN)


def close_differences(connection: Connection, ids: Sequence[str], state: str, by: str, now: datetime) -> None:
    values = {"state": state, "closed_at": now, "closed_by": by}
    for some in chunks(ids):
        connection.execute(update(differences).where(differences.c.id.in_(some)).values(values))


def call_for_day(connection: Connection, seals: Seals, source: str, day: date, now: datetime) -> None:
    """One task for all differences of a day, for as long as there are any."""
    table = differences.c
    left = select(func.count()).where(table.source == source, table.day == day, table.state == OPEN)
    count, id = int(connection.execute(left).scalar_one()), f"reconcile:{source}:{day}"
    if count:
        told = f"{count} differences with the statement of {source} of {day}: see `mohala books differences`"
        call_person(connection, seals, id, told, now)
    else:
        end_call(connection, id, now)


def call_person(connection: Connection, seals: Seals, id: str, reason: str, now: datetime) -> None:
    """Anew if somebody had looked before; the moment since when it waits stays."""
    values = left_values(seals, (Job(id, LOOK, {}, now),), reason, now)
    statement = insert_into(connection, jobs)
    again = {"state": JobState.SET_ASIDE, "reason": clean(reason), "payload": statement.excluded.payload}
    ended = statement.on_conflict_do_update(
        index_elements=["id"], set_={**again, "ended_at": now}, where=jobs.c.state == JobState.DONE
    )
    connection.execute(ended, values)
    waits = update(jobs).where(jobs.c.id == id, jobs.c.state == JobState.SET_ASIDE)
    connection.execute(waits.values(reason=clean(reason)))


def found_of(row: Any) -> Found:
    told = {name: getattr(row, name) for name in Difference.__slots__}
    difference = Difference(**(told | {"kind": Kind(row.kind), "flow": Flow(row.flow)}))
    return Found(difference, row.opened_at, row.closed_at, row.closed_by)


def chunks(listed: Sequence[Any]) -> list[Sequence[Any]]:
    return [listed[start : start + asked_together_max] for start in range(0, len(listed), asked_together_max)]
