"""What `mohala agents alerts` and `settle` do: what looked odd of agents, and that somebody has looked at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app import limits
from app.desking import with_database
from app.enrolling import Seat, as_clerk
from app.errors import DeskRefused
from app.lookout import monday_of
from app.settings import Settings
from integrations.database.watching import KeptAlert


def listed(settings: Settings, day: date | None) -> Sequence[KeptAlert]:
    """Those of the week of a day, or all that are open; at most `alerts_listed_max`, the oldest."""
    week = monday_of(day) if day else None
    return with_database(settings, lambda database: database.watch.alerts(week, limits.alerts_listed_max))


def settle(settings: Settings, token: str, named: str, why: str) -> KeptAlert:
    """Somebody has looked: the alert and its task are done, and why stands in the audit log. Raises `DeskRefused`."""

    async def work(seat: Seat) -> KeptAlert:
        found = await seat.database.watch.named(named)
        if len(found) != 1:
            told = "More than one alert begins so" if found else "No alert begins so"
            raise DeskRefused(f"{told}; `mohala agents alerts` names them.")
        (kept,) = found
        entry = seat.entry("settle-alert", kept.alert.agent, why, alert=kept.id, rule=kept.alert.rule)
        if not await seat.database.watch.settle(kept.id, entry):
            raise DeskRefused(f"It was settled before, by {kept.settled_by or 'somebody else just now'}.")
        return kept

    return as_clerk(settings, token, work)
