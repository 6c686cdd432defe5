"""A process of its own that uses the ledger: `filer.py migrate URL` or `filer.py file URL PREFIX COUNT`."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime

from app.keys import Key, Keyring
from app.messages import Filing, Job
from app.reference import new_reference
from integrations.database import migrate, open_database
from integrations.database.limits import LogLimits

AT = datetime(2026, 11, 23, tzinfo=UTC)


async def file(url: str, prefix: str, count: int) -> None:
    """File requests one after the other and print each id when it is acknowledged."""
    keyring = Keyring((Key("test", b"k" * 32),), os.urandom)
    # Checkpoints as often as possible: this is where two processes could hurt each other.
    log_limits = LogLimits(commits_max=2, truncate_bytes=100_000)
    database = await open_database(url, keyring, os.urandom, allow_unsafe=True, log_limits=log_limits)
    for number in range(count):
        id = f"{prefix}-{number}"
        answers = {"child": f"Lineo {number}" * 20}
        filing = Filing(id, new_reference(os.urandom), "birth-certificate", "+26658123456", "st", answers, AT, "v1")
        request = await database.ledger.file(filing, [Job(f"{id}/sms", "sms", {"request": id}, AT)])
        print(id, request.reference, flush=True)
    await database.close()


if __name__ == "__main__":
    if sys.argv[1] == "migrate":
        migrate(sys.argv[2])
    else:
        asyncio.run(file(sys.argv[2], sys.argv[3], int(sys.argv[4])))
