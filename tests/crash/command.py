"""`python -m tests.crash`: the whole crash matrix, with a line of progress a run and a verdict at the end."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from app.load.proof import as_text
from tests.crash.journeys import JOURNEYS, Journey
from tests.crash.matrix import Crash, Matrix, open_matrix, proven
from tests.database.postgres import PostgresServer

BOUND_EVENTS = 3.0  # none bad in n: with 95 % certainty fewer than 3/n are


def main() -> int:
    given = _arguments().parse_args()
    begin = next(place for place, journey in enumerate(JOURNEYS) if given.begin in journey.name)
    journeys = [journey for journey in JOURNEYS[begin:] if given.only in journey.name]
    server = PostgresServer(("fsync=off",)) if given.database == "postgresql" else None
    try:
        with tempfile.TemporaryDirectory(prefix="crash-") as home:
            return asyncio.run(_all(Path(home), server.url() if server else None, journeys, given))
    finally:
        if server:
            server.remove()


async def _all(home: Path, url: str | None, journeys: Sequence[Journey], given: argparse.Namespace) -> int:
    async with open_matrix(home, url) as matrix:
        crashes = [
            crash for journey in journeys for crash in await _journey(matrix, journey, given.every, given.first - 1)
        ]
        verdicts = await proven(matrix)
    wrong = [crash for crash in crashes if crash.wrong]
    _tell(crashes, given.database)
    for line in as_text(verdicts):
        print(line)
    if given.output:
        given.output.write_text(json.dumps([asdict(crash) for crash in crashes], indent=1, default=str), "utf-8")
    return 1 if wrong or any(verdict.broken for verdict in verdicts) else 0


async def _journey(matrix: Matrix, journey: Journey, every: int, first: int) -> list[Crash]:
    undisturbed, points = await matrix.points_of(journey)
    crashes = [undisturbed]
    _progress(undisturbed, f"{len(points)} points")
    for place, point in enumerate(points[first::every]):
        crash = await matrix.run(journey, point, redials=place % 2 == 1)
        crashes.append(crash)
        _progress(crash, f"{first + place * every + 1} of {len(points)}")
    return crashes


def _progress(crash: Crash, place: str) -> None:
    died = "" if crash.victim is None else f"{'' if crash.reached else 'NOT REACHED '}{crash.victim}"
    verdict = "; ".join(crash.wrong) or "holds"
    print(f"{crash.seconds:5.1f} s  {crash.journey} ({place}) {died}: {verdict}", file=sys.stderr, flush=True)


def _tell(crashes: Sequence[Crash], database: str) -> None:
    killed = [crash for crash in crashes if crash.reached]
    missed = [crash for crash in crashes if crash.victim and not crash.reached]
    wrong = [crash for crash in crashes if crash.wrong]
    journeys = len({crash.journey for crash in crashes})
    seconds = sum(crash.seconds for crash in crashes)
    print(
        f"{journeys} journeys on {database}: {len(killed)} kills, {len(missed)} points not come to again, "
        f"{seconds / 60:.0f} minutes."
    )
    for name in dict.fromkeys(crash.journey for crash in crashes):
        of_it = [crash for crash in crashes if crash.journey == name]
        print(f"  {name}: {sum(crash.reached for crash in of_it)} kills, {sum(crash.seconds for crash in of_it):.0f} s")
    for crash in wrong:
        print(f"WRONG {crash.journey}, {crash.victim}, {'redialled' if crash.redialled else 'posted again'}: "
              f"{'; '.join(crash.wrong)}")  # fmt: skip
    if killed and not wrong:
        print(f"0 of {len(killed)} went wrong (95 %: below {BOUND_EVENTS / len(killed):.2g}).")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Kill gateway and worker at every durable point of each journey.")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--every", type=int, default=1, help="only every N-th point")
    parser.add_argument("--first", type=int, default=1, help="begin with the N-th point")
    parser.add_argument("--begin", default="", help="with the first journey whose name has these words")
    parser.add_argument("--only", default="", help="journeys whose name has these words")
    parser.add_argument("--output", type=Path, help="a file for all runs, as JSON")
    return parser
