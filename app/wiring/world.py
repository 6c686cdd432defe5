"""What a house has from outside besides its settings: time, chance, a database and a session server."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.errors import SettingsWrong
from app.keys import Keyring
from app.ports import Clock, Office, Outbox, RandomBytes, SessionStore
from app.settings import Settings
from sessions.clients import client_for
from sessions.redis_store import RedisSessionStore

if TYPE_CHECKING:
    from integrations.database import Database


def now_utc() -> datetime:
    return datetime.now(UTC)


def redis_store(settings: Settings, keyring: Keyring) -> SessionStore:
    return RedisSessionStore(client_for(_store_url(settings)), keyring)


def _store_url(settings: Settings) -> str:
    if settings.redis_url is None:
        raise SettingsWrong("MOHALA_REDIS_URL is not set; `mohala run` starts an embedded server and sets it.")
    return settings.redis_url


async def real_database(*told: Any, **wishes: Any) -> Database:
    """Imported when a house is opened: it takes half of the imports of this room, and the sandbox opens no house."""
    from integrations.database import open_database

    return await open_database(*told, **wishes)


@dataclass(frozen=True, slots=True)
class World:
    """What a house has from outside besides its settings. A simulated one has its own time, chance and weather.

    `office` and `outbox` are put around what the house would use; `database` opens it.
    """

    clock: Clock = now_utc
    monotonic: Callable[[], float] = time.monotonic
    random_bytes: RandomBytes = os.urandom
    fraction: Callable[[], float] = random.SystemRandom().random
    store: Callable[[Settings, Keyring], SessionStore] = redis_store
    office: Callable[[str, Office], Office] = lambda name, office: office
    outbox: Callable[[Outbox], Outbox] = lambda outbox: outbox
    database: Callable[..., Awaitable[Database]] = real_database


REAL = World()
