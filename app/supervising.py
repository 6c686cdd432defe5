"""Supervisors of offices without a system: once a day each is texted how much is past its promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from app import limits
from app.editions import Editions
from app.messages import Job, SmsKind
from app.ports import Board, Outbox
from app.reference import show_reference
from app.tasks import Entry, Wanted

KIND = "supervisor"


class Supervisors:
    """`numbers` are theirs, by office; an office without one is in the log and on the desk alone."""

    def __init__(self, numbers: Mapping[str, str], board: Board, outbox: Outbox, editions: Editions) -> None:
        self._numbers = numbers
        self._board = board
        self._outbox = outbox
        self._editions = editions

    async def tell(self, now: datetime) -> bool:
        """Text whoever was not texted today; False, for there is never more. Raises `StoreUnavailable`."""
        program = self._editions.current.program
        hour = now.astimezone(program.timezone).hour
        if not limits.supervisors_from_hour <= hour < limits.supervisors_to_hour:
            return False
        for office, number in sorted(self._numbers.items()):
            wanted = Wanted(office, overdue_at=now, limit=limits.desk_page_max)
            if late := await self._board.entries(wanted):
                payload = {"aggregator": "", "to": number, "text": _told(office, late), "sms": SmsKind.REMINDER.value}
                await self._outbox.add([Job(f"{KIND}:{office}:{program.day(now)}", "text", payload, now)])
        return False


def _told(office: str, late: Sequence[Entry]) -> str:
    """Names no citizen; clerks' tools speak English, and so does this."""
    free = sum(not entry.task.assignee for entry in late)
    count = f"{len(late)} or more" if len(late) == limits.desk_page_max else str(len(late))
    oldest = show_reference(late[0].request.reference)
    return f"{office}: {count} past the day promised, {free} with nobody. Oldest: {oldest}. See the desk, --overdue."
