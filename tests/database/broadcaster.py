"""A process of its own that puts up the texts of a warning, a few at a time: `broadcaster.py URL PAGE`."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta

from app.audit import AuditEntry
from app.broadcast import Broadcast, BroadcastState
from app.keys import Key, Keyring
from integrations.database import open_database

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
WARNING = Broadcast(
    "b1", "weather", "leribe", {"st": "Pula", "en": "Rain"}, 7, 20, AT, AT + timedelta(days=1), "palesa"
)
OPENED = AuditEntry(AT, "operator:palesa", "broadcast", "b1", "weather")


async def put_up(url: str, page: int) -> None:
    """Print how many are put up, after each page."""
    keyring = Keyring((Key("test", b"k" * 32),), os.urandom)
    database = await open_database(url, keyring, os.urandom, allow_unsafe=True)
    standing = await database.broadcasts.open(WARNING, OPENED)
    while standing.state is BroadcastState.OPEN:
        standing = await database.broadcasts.queue(standing, page, AT)
        print(standing.queued, flush=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(put_up(sys.argv[1], int(sys.argv[2])))
