"""Random operations on bills and books, of wallets, agents and clerks, many at once, with crashes, repeats, stale looks
and changed amounts; then every promise is looked at:
`python -m benchmarks.books --operations 20000 [--seed 7]`.

A long run is done in pieces: `--database FILE --minutes 60`, and the same with `--resume` as often as one likes. Ctrl-C
ends one as well. n operations without a violation give a 95 % upper bound of 3/n for the rate of violations.
"""

from __future__ import annotations

import asyncio
import random
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from app.keys import Key, Keyring
from benchmarks.market import CROWD, Market, priced
from benchmarks.notebook import Notebook, load, save
from integrations.database import migrate, open_database
from integrations.database.limits import calm_seconds_max

LOOKED_EVERY = 2_000
PROVEN_GROWTH = 1.5
"""All of the books is examined when there were half as many operations again, and at the end: what was booked since the
last look is looked at much more often."""
PARTS = 10_000
SQLITE, FORGETFUL = "sqlite:///", "?synchronous=off"
KEY_NAME = "market"
Tick = Callable[[int], None]


@dataclass(slots=True)
class Bounds:
    """When a sitting ends: at so many operations in all, after so many seconds, or when somebody says so."""

    operations: int | None
    seconds: float | None = None
    is_stopped: bool = False
    began: float = 0.0

    def share(self, operations: int) -> float:
        """How much of it is done, by what comes first; 1: it is over."""
        if self.is_stopped:
            return 1.0
        spent = (time.monotonic() - self.began) / self.seconds if self.seconds else 0.0
        return min(1.0, max(spent, operations / self.operations if self.operations else 0.0))


def keyring_of(seed: int, chance: random.Random) -> Keyring:
    """The same one in every sitting."""
    return Keyring((Key(KEY_NAME, random.Random(seed).randbytes(32)),), chance.randbytes)


async def run(url: str, operations: int, seed: int) -> Market:
    """Operate on a migrated, empty database and prove it; the Market knows what was violated."""
    return await sit(url, Notebook(seed), random.Random(seed), Bounds(operations))


async def sit(
    url: str,
    notes: Notebook,
    chance: random.Random,
    bounds: Bounds,
    crowd: int = CROWD,
    tick: Tick = lambda _: None,
    *,
    in_place: bool = False,
) -> Market:
    """Go on from a notebook until the bounds; what was done is in the notebook, and all of it was proven.

    `in_place`: SQLite has no threads of its own, so that a seed means the same run whenever it is done.
    """
    keyring = keyring_of(notes.seed, chance)
    database = await open_database(
        url, keyring, chance.randbytes, allow_unsafe=True, call_seconds=calm_seconds_max, in_place=in_place
    )
    try:
        market = Market(database, priced(), chance, keyring, notes, crowd)
        if notes.sittings == 0:
            await market.outlets.open()
        notes.sittings += 1
        bounds.began = time.monotonic()
        await market.prove()
        while not market.violations and bounds.share(notes.operations) < 1:
            left = LOOKED_EVERY if bounds.operations is None else bounds.operations - notes.operations
            await market.operate(min(left, LOOKED_EVERY), tick, lambda: bounds.share(notes.operations) >= 1)
            is_due = notes.operations >= notes.checked * PROVEN_GROWTH
            await (market.prove() if is_due else market.look())
        if not market.violations and notes.checked < notes.operations:
            await market.prove()
        return market
    finally:
        await database.close()


def main(
    operations: Annotated[int | None, typer.Option(min=1, help="in all; default: 20000, without --minutes")] = None,
    minutes: Annotated[float | None, typer.Option(min=0, help="how long this sitting lasts")] = None,
    database: Annotated[str, typer.Option(help="a file, or a URL; empty unless resumed; default: a new file")] = "",
    resume: Annotated[bool, typer.Option(help="go on with it where the last sitting ended")] = False,
    crowd: Annotated[int, typer.Option(min=1, help="how many act at the same moment at most")] = CROWD,
    seed: int = 7,
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        url = url_of(database or f"{directory}/books.db")
        notes, chance = Notebook(seed), random.Random(seed)
        path = notebook_of(url)
        if resume:
            notes, chance = taken_up(path)
        migrate(url)
        bounds = Bounds(operations or (None if minutes else 20_000), minutes * 60 if minutes else None)
        market = shown(url, notes, chance, bounds, crowd)
        if database and path is not None and not market.violations:
            save(notes, chance, path)
    tell(market)
    raise typer.Exit(1 if market.violations else 0)


def url_of(database: str) -> str:
    """That of a file is of one that may be lost: nothing here is killed but workers."""
    return database if "://" in database else f"{SQLITE}{database}{FORGETFUL}"


def notebook_of(url: str) -> Path | None:
    """Beside the file; a database on a server has none, so its run is done in one sitting."""
    if not url.startswith(SQLITE):
        return None
    return Path(url.removeprefix(SQLITE).partition("?")[0] + ".notebook")


def taken_up(path: Path | None) -> tuple[Notebook, random.Random]:
    """It is gone while a sitting lasts, for the database is ahead of it then."""
    if path is None or not path.exists():
        raise typer.BadParameter("there is no notebook beside it: its sitting was killed, or it is a server's.")
    notes, chance = load(path)
    path.unlink()
    return notes, chance


def shown(url: str, notes: Notebook, chance: random.Random, bounds: Bounds, crowd: int) -> Market:
    """A sitting with its bar: how much is done, how fast, and how long it will last still."""
    before, began = notes.operations, time.monotonic()
    parts = 0

    def rate() -> str:
        seconds = max(time.monotonic() - began, 0.001)
        return f"{notes.operations:,} operations, {(notes.operations - before) / seconds:,.0f} a second"

    with typer.progressbar(length=PARTS, label="books", show_eta=True) as bar:

        def tick(_: int) -> None:
            nonlocal parts
            now = int(bounds.share(notes.operations) * PARTS)
            if now > parts:
                bar.label = rate()
                bar.update(now - parts)
                parts = now

        def stop() -> None:
            bounds.is_stopped = True

        async def work() -> Market:
            for name in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(name, stop)
            return await sit(url, notes, chance, bounds, crowd, tick)

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work())


def tell(market: Market) -> None:
    notes = market.notes
    for violation in market.violations[:20]:
        print(violation)
    done = ", ".join(f"{count} {name}" for name, count in sorted(notes.done.items()))
    outcome = f"{notes.payments} payments, {notes.suspended} of them in suspense, {len(notes.back)} given back"
    print(f"{notes.bills} bills, {outcome}, {len(notes.paid)} paid by agents: {done}")
    count = notes.operations
    bound = f"fewer than {3 / count:.2g} of them (95 %)" if not market.violations else "the promises do not hold"
    sittings = f"{notes.sittings} sittings" if notes.sittings > 1 else "one sitting"
    print(f"{len(market.violations)} violations in {count} operations, seed {notes.seed}, in {sittings}: {bound}")


if __name__ == "__main__":
    typer.run(main)
