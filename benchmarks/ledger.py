"""Durable filings a second on SQLite and PostgreSQL, one after the other and many at once: `ledger.py URL [URL ...]`.

A URL may be given several times; rates depend on the machine and its disk, so read the ratios.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime

from app.keys import Key, Keyring
from app.messages import Filing, Job
from app.reference import new_reference
from integrations.database import Database, migrate, open_database

FILINGS = 400
ROUNDS = 5
CALLERS = (1, 16, 64)
AT = datetime(2026, 11, 23, tzinfo=UTC)


async def rate(database: Database, callers: int) -> float:
    """Filings a second, each with one job, by `callers` that each wait for their answer."""
    run = os.urandom(6).hex()

    async def call(caller: int) -> None:
        for number in range(FILINGS // callers):
            id = f"{run}-{caller}-{number}"
            answers = {"child": "Palesa Mokoena", "born": "2026-02-03", "district": "maseru"}
            filing = Filing(id, new_reference(os.urandom), "birth-certificate", "+26658123456", "st", answers, AT, "v1")
            await database.ledger.file(filing, [Job(f"{id}/office", "office", {"request": id}, AT)])

    started = time.perf_counter()
    await asyncio.gather(*(call(caller) for caller in range(callers)))
    return FILINGS // callers * callers / (time.perf_counter() - started)


async def measure(urls: list[str]) -> dict[tuple[str, int], float]:
    keyring = Keyring((Key("benchmark", os.urandom(32)),), os.urandom)
    databases = {url: await open_database(url, keyring, os.urandom) for url in urls}
    rates: dict[tuple[str, int], list[float]] = {}
    for _ in range(ROUNDS):  # interleaved, so that a busy moment of the machine hits all of them
        for url, database in databases.items():
            for callers in CALLERS:
                rates.setdefault((url, callers), []).append(await rate(database, callers))
    for database in databases.values():
        await database.close()
    return {key: statistics.median(values) for key, values in rates.items()}


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        urls = sys.argv[1:] or [f"sqlite:///{directory}/ledger.db"]
        for url in urls:
            migrate(url)
        medians = asyncio.run(measure(urls))
    base = medians[(urls[0], 1)]
    print(f"{FILINGS} filings a round, {ROUNDS} rounds, medians; ratio to the first database with one caller")
    for (url, callers), value in medians.items():
        print(f"{url.partition(':')[0]:<12}{callers:>4} callers  {value:>8.0f}/s  {value / base:>6.1f}x")


if __name__ == "__main__":
    main()
