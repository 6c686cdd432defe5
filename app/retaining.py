"""What `mohala retention` does: forget what is past its date, and prove that nothing is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from app.desking import prepared, with_database
from app.editions import Editions
from app.privacy import Overdue
from app.retention import Retention
from app.settings import Settings
from app.wiring import now_utc
from integrations.database import Database

T = TypeVar("T")


def sweep(settings: Settings) -> Mapping[str, int]:
    """How many of what were forgotten."""
    return _retain(settings, lambda retention: retention.sweep(now_utc()))


def prove(settings: Settings) -> Sequence[Overdue]:
    return _retain(settings, lambda retention: retention.prove(now_utc()))


def _retain(settings: Settings, use: Callable[[Retention], Awaitable[T]]) -> T:
    async def work(database: Database) -> T:
        editions = await Editions.open(database.archive, prepared)
        return await use(Retention(editions, database.retention))

    return with_database(settings, work)
