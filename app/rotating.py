"""What `mohala keys` does: a new key that seals, everything sealed anew, and the old key dropped."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping

from app import limits
from app.desking import with_database
from app.errors import SettingsWrong, StoreUnavailable
from app.key_file import drop_key, make_key, read_key_file, use_key
from app.keys import Keyring
from app.settings import Settings
from app.wiring import read_keyring
from integrations.database import Database
from sessions.clients import client_for
from sessions.cluster import ClusterClient
from sessions.embedded import EmbeddedValkey
from sessions.redis_store import RedisSessionStore


def rotate(settings: Settings, sleep: Callable[[float], None] = time.sleep) -> str:
    """Make a key, wait until every process of this machine knows it, and let it seal; a sentence for the operator."""
    is_first = not settings.keys.exists()
    name = make_key(settings.keys)
    if is_first:
        return f"{settings.keys} seals with {name}; keep a copy of the file, nothing that is stored opens without it."
    sleep(limits.keys_settle_seconds)
    use_key(settings.keys, name)
    return f"{settings.keys} now seals with {name}; keep a copy of the file. Then: mohala keys reseal"


def status(settings: Settings) -> tuple[Mapping[str, Mapping[str, int]], bool]:
    """For each key, first the one that seals, how many values of the database and how many sessions it sealed; and
    whether look-ups have a secret of their own. Keys that are in no file any more stand behind.
    """
    file = read_key_file(settings.keys)
    database = with_database(settings, lambda database: database.resealing.seals())
    sessions = _sessions(settings)
    names = dict.fromkeys([*(key.name for key in file.keys), *sorted({*database, *sessions})])
    return {
        name: {"database": database.get(name, 0), "sessions": sessions.get(name, 0)} for name in names
    }, file.lookup is not None  # fmt: skip


def reseal(settings: Settings) -> tuple[int, int]:
    """How many values were sealed anew, and how many no key opens."""

    async def work(database: Database) -> tuple[int, int]:
        return await database.resealing.reseal()

    return with_database(settings, work)


def drop(settings: Settings, name: str, *, sessions_ended: bool) -> None:
    """Take a key out of the file; raises `SettingsWrong` while anything needs it.

    `sessions_ended`: the operator says that no session is left that it sealed, where that cannot be looked at.
    """
    sealed = with_database(settings, lambda database: database.resealing.seals())
    if sealed.get(name):
        raise SettingsWrong(
            f"{name} sealed {sealed[name]} values that stand in the database: run `mohala keys reseal`."
        )
    left = 0 if sessions_ended else _sessions(settings).get(name, 0)
    if left:
        hours = limits.resume_seconds_max // 3600
        told = f"{left} sessions are sealed with {name}; they end by themselves within {hours} hours: ask again later."
        raise SettingsWrong(told)
    drop_key(settings.keys, name)


def _sessions(settings: Settings) -> Mapping[str, int]:
    keyring = read_keyring(settings.keys)
    url = settings.redis_url
    if url is None:
        if not settings.embedded_store_dir.exists():
            return Counter()
        url = EmbeddedValkey(settings.embedded_store_dir).url
    return asyncio.run(_looked_at(url, keyring))


async def _looked_at(url: str, keyring: Keyring) -> Mapping[str, int]:
    client = client_for(url)
    store = RedisSessionStore(client, keyring)
    try:
        if isinstance(client, ClusterClient):
            raise SettingsWrong("The sessions of a cluster cannot be looked at; wait a day, then say --sessions-ended.")
        return await store.seals()
    except StoreUnavailable as error:
        told = f"{error} Start it, or give its user its rights; if no session is left, say --sessions-ended."
        raise SettingsWrong(told) from None
    finally:
        await store.close()
