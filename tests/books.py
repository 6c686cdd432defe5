"""Many sets of books at random, each new and with dice of its own, and the sum of what came of them:
`python -m tests.books --sets 400 [--operations 25000] [--database postgresql] [--jobs 2] [--tally docs/books.csv]`.

One long run grows slow, for all its books are looked through again and again; many of a middling length may be spread
over days and machines. The tally has a line for each set that was proven to its end. Sets that are in it are not done
again, so a sum is never of one seed counted twice. Ctrl-C leaves out what is not finished.
"""

from __future__ import annotations

import asyncio
import csv
import os
import random
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
import uvloop

from benchmarks.books import Bounds, sit, url_of
from benchmarks.market import Market
from benchmarks.notebook import Notebook
from integrations.database import migrate
from tests.database.postgres import PostgresServer

NOT_ON_A_DISK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""What dies here are workers, not machines."""
NICENESS = 19


class Kind(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class Done:
    """One set of books that was proven to its end. `commit` is the one that was checked out."""

    database: Kind
    seed: int
    operations: int
    bills: int
    paid: int
    by_agents: int
    suspended: int
    given_back: int
    violations: int
    commit: str


COLUMNS = tuple(field.name for field in fields(Done))


def done_before(tally: Path) -> list[Done]:
    """Raises `ValueError` with the line for a tally that is none."""
    if not tally.exists():
        return []
    with tally.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{tally} has other columns than {', '.join(COLUMNS)}")
        return [_read(tally, place, row) for place, row in enumerate(reader, 2)]


def _read(tally: Path, place: int, row: dict[str, str]) -> Done:
    try:
        numbers = {name: int(row[name]) for name in COLUMNS[1:-1]}
        return Done(database=Kind(row["database"]), commit=row["commit"], **numbers)
    except (TypeError, ValueError):
        raise ValueError(f"{tally}, line {place} is no set of books") from None


def note(tally: Path, done: Done) -> None:
    is_new = not tally.exists()
    with tally.open("a", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(asdict(done))


def summed(every: Sequence[Done]) -> str:
    """One line for each database that was used, and one for all."""
    lines = []
    by_kind = {kind.value: [one for one in every if one.database is kind] for kind in Kind} | {"all": every}
    for name, sets in by_kind.items():
        if not sets:
            continue
        operations, violations = sum(one.operations for one in sets), sum(one.violations for one in sets)
        paid, agents = sum(one.paid for one in sets), sum(one.by_agents for one in sets)
        bound = f"fewer than {3 / operations:.2g} of them (95 %)" if not violations else "the promises do not hold"
        told = f"{operations:,} operations, {paid:,} payments by wallets, {agents:,} by agents"
        lines.append(f"{name}: {len(sets)} sets, {told}: {violations} violations, {bound}")
    return "\n".join(lines)


def one_set(url: str, kind: Kind, seed: int, operations: int, commit: str) -> tuple[Done, list[str]]:
    """In a process of its own; gives the sentences of what was violated as well."""
    migrate(url)
    chance = random.Random(seed)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        market = runner.run(sit(url, Notebook(seed), chance, Bounds(operations), in_place=True))
    return counted(market, kind, seed, commit), market.violations


def counted(market: Market, kind: Kind, seed: int, commit: str) -> Done:
    notes = market.notes
    return Done(
        kind, seed, notes.operations, notes.bills, notes.payments, len(notes.paid), notes.suspended, len(notes.back),
        len(market.violations), commit,
    )  # fmt: skip


@contextmanager
def places(kind: Kind, seeds: Sequence[int]) -> Iterator[dict[int, str]]:
    """An address for each set, of an empty database; all are gone afterwards."""
    if kind is Kind.SQLITE:
        with tempfile.TemporaryDirectory() as directory:
            yield {seed: url_of(f"{directory}/{seed}.db") for seed in seeds}
        return
    server = PostgresServer(NOT_ON_A_DISK)
    try:
        asyncio.run(_make(server.url(), [f"books_{seed}" for seed in seeds]))
        yield {seed: server.url(f"books_{seed}") for seed in seeds}
    finally:
        server.remove()


async def _make(url: str, names: Sequence[str]) -> None:
    connection = await asyncpg.connect(url)
    for name in names:
        await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()


def forget(url: str) -> None:
    """What a set that is proven kept: a hundred of them would fill a disk."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///").partition("?")[0])
        for kept in path.parent.glob(f"{path.name}*"):
            kept.unlink()


def checked_out() -> str:
    """What is measured; empty where this is no checkout."""
    told = subprocess.run(["git", "rev-parse", "--short=8", "HEAD"], capture_output=True, text=True, check=False)
    return told.stdout.strip()


def main(
    sets: Annotated[int, typer.Option(min=1, help="how many, with the seeds from --seed on")] = 4,
    operations: Annotated[int, typer.Option(min=1, help="of each set")] = 25_000,
    seed: int = 1_000,
    database: Kind = Kind.SQLITE,
    jobs: Annotated[int, typer.Option(min=1, help="how many at once")] = 1,
    tally: Annotated[Path | None, typer.Option(help="a file that goes on; what is in it is not done again")] = None,
) -> None:
    path = tally or Path(tempfile.mkdtemp()) / "books.csv"
    known = {(one.database, one.seed) for one in done_before(path)}
    seeds = [number for number in range(seed, seed + sets) if (database, number) not in known]
    is_sound = work_off(database, seeds, operations, jobs, path)
    print(summed(done_before(path)))
    raise typer.Exit(0 if is_sound else 1)


def work_off(kind: Kind, seeds: Sequence[int], operations: int, jobs: int, tally: Path) -> bool:
    """Whether nothing was violated; each set is in the tally as soon as it is done."""
    commit, is_sound = checked_out(), True
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), os.nice, (NICENESS,))
    with places(kind, seeds) as urls, pool, typer.progressbar(length=len(seeds), label="sets of books") as bar:
        sets = {pool.submit(one_set, urls[seed], kind, seed, operations, commit): urls[seed] for seed in seeds}
        try:
            for future in as_completed(sets):
                done, violations = future.result()
                note(tally, done)
                forget(sets[future])
                for violation in violations[:20]:
                    typer.echo(f"\n{kind.value}, seed {done.seed}: {violation}", err=True)
                is_sound = is_sound and not violations
                bar.update(1)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
    return is_sound


if __name__ == "__main__":
    typer.run(main)
