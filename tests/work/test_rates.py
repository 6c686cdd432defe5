"""An office that takes so many at a time is asked no oftener, and nobody is forgotten."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.messages import Job
from app.rates import spacing_seconds
from tests.made_once import compiled
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio
APPLY = ("1", "2", "5/3/2026", "1", "012345678901", "1", "1")
CITIZENS = 24


async def test_a_crowd_is_let_through_as_fast_as_the_office_takes_it(
    lesotho_sources: dict[str, str], tmp_path: Path
) -> None:
    services = lesotho_sources["services.yaml"].replace(
        "  civil-registry:\n", "  civil-registry:\n    at_most: 2 a second\n", 1
    )
    async with open_bench(compiled({**lesotho_sources, "services.yaml": services}), tmp_path) as bench:
        for number in range(CITIZENS):
            await bench.dial(*APPLY, session=f"s{number}", msisdn=f"+26650{number:06}")
        asked = await registrations(bench)
    assert len(asked) == CITIZENS
    for first in asked:
        second = [moment for moment in asked if first <= moment < first + timedelta(seconds=1)]
        assert len(second) <= 4, "never more than a second's turns on top of its own"
    assert asked[-1] - asked[0] >= timedelta(seconds=(CITIZENS - 4) / 2)


async def registrations(bench: Bench) -> list[datetime]:
    """When the registry was asked, by a worker that looks four times a second of a clock of its own."""
    asked: list[datetime] = []

    async def note(operation: str) -> None:
        if operation == "register-birth":
            asked.append(bench.time())

    bench.desk.before = note
    for _ in range(30 * 4):
        claimed = await bench.database.outbox.claim("w", bench.time(), 60.0, 32)
        await asyncio.gather(*(bench.worker._in_turn(one) for one in claimed))
        bench.time.pass_(0.25)
        if len(asked) == CITIZENS:
            break
    return asked


async def test_a_turn_that_was_missed_is_given_up_and_another_one_taken(
    lesotho_sources: dict[str, str], tmp_path: Path
) -> None:
    services = lesotho_sources["services.yaml"].replace(
        "  civil-registry:\n", "  civil-registry:\n    at_most: 1 a minute\n", 1
    )
    async with open_bench(compiled({**lesotho_sources, "services.yaml": services}), tmp_path) as bench:
        for number in range(3):
            await bench.dial(*APPLY, session=f"s{number}", msisdn=f"+26650{number:06}")
        assert len(await registrations(bench)) == 1
        bench.time.pass_(3_600)
        assert len(await registrations(bench)) == 1, "no two at once though the turns of both are past"


async def test_what_asks_no_office_waits_for_no_turn(bench: Bench) -> None:
    await bench.database.outbox.add([Job("x", "look", {"office": "unheard-of"}, bench.time())])
    (claimed,) = await bench.database.outbox.claim("w", bench.time(), 60.0, 1)
    await bench.worker._in_turn(claimed)
    assert (await bench.database.outbox.counts())["waiting"] == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5 a second", 0.2), ("1 a minute", 60.0), ("100 an hour", 36.0), ("0 a second", None), ("5/s", None),
     ("5 a day", None), ("٥ a second", None), ("12345 a second", None)],
)  # fmt: skip
def test_a_rate_is_read_as_people_say_it(text: str, seconds: float | None) -> None:
    assert spacing_seconds(text) == seconds
