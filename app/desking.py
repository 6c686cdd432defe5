"""What `mohala desk` does: the desk opened on the database of the settings, for one command."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from app.compiler.pack import compile_published, version_of
from app.desk import Desk
from app.editions import Edition, Editions
from app.errors import VersionUnusable
from app.ledger import Requests
from app.settings import Settings
from app.tasks import Clerk
from app.wiring import now_utc, read_keyring
from integrations.database import Database, open_database

T = TypeVar("T")


def at_the_desk(settings: Settings, use: Callable[[Desk], Awaitable[T]]) -> T:
    """Give the desk to `use`; raises `SettingsWrong`, and what `app.desk.Desk` raises."""

    async def work(database: Database) -> T:
        editions = await Editions.open(database.archive, prepared)
        requests = Requests(editions, database.ledger, now_utc, os.urandom)
        return await use(Desk(requests, database.board, database.bills, database.audit, now_utc))

    return with_database(settings, work)


def with_database(settings: Settings, use: Callable[[Database], Awaitable[T]]) -> T:
    async def work() -> T:
        keyring = read_keyring(settings.keys)
        database = await open_database(settings.database, keyring, os.urandom, allow_unsafe=settings.database_unsafe)
        try:
            return await use(database)
        finally:
            await database.close()

    return asyncio.run(work())


def new_token(settings: Settings, clerk: Clerk, by: str) -> str:
    """Let a clerk in by the API; the token is told once and kept as a keyed hash."""
    token = secrets.token_urlsafe(32)
    with_database(settings, lambda database: database.board.add_clerk(clerk, token, now_utc(), f"operator:{by}"))
    return token


async def prepared(version: str, sources: Mapping[str, str]) -> Edition:
    """A desk asks no office, so none is opened and no secret is needed."""
    if version_of(sources) != version:
        raise VersionUnusable(f"The files of version {version} were altered after they were published.")
    return Edition(await asyncio.to_thread(compile_published, sources), {})
