"""`kill -9` at some of the durable points of some journeys; `python -m tests.crash` does all points of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.messages import Status
from tests.crash.caller import Caller
from tests.crash.instrument import be_careless_worker, be_forgetful_worker, be_idle_worker, be_worker
from tests.crash.journeys import DEED, JOURNEYS, PAPER, Journey
from tests.crash.matrix import open_matrix, proven
from tests.crash.points import Point
from tests.database.postgres import PostgresServer

pytestmark = pytest.mark.anyio


def named(name: str) -> Journey:
    return next(journey for journey in JOURNEYS if journey.name == name)


VICTIMS: Mapping[str, tuple[Point, ...]] = {
    "electricity, pushed to a wallet": (
        Point("gateway", "after DatabaseLedger._file", 1),
        Point("worker", "after office POST", 1),
        Point("worker", "before DatabaseOutbox.finish", 1),
        Point("worker", "after text", 1),
    ),
    "a bill at an agent's": (
        Point("gateway", "after text taken in", 1),
        Point("worker", "after DatabaseBills.issue", 1),
        Point("worker", "before DatabaseBills.take", 1),
        Point("worker", "after DatabaseBills.take", 1),
        Point("gateway", "after DatabaseBoard.change", 1),
    ),
    "a bill from the payer's wallet": (
        Point("worker", "after DatabasePushes._count", 1),
        Point("worker", "before office POST", 2),
    ),
}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.hunt)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    if request.param == "sqlite":
        yield None
        return
    server = PostgresServer(("fsync=off",))
    try:
        yield server.url()
    finally:
        server.remove()


async def test_whatever_is_killed_at_which_point_what_was_acknowledged_ends_and_is_paid_once(
    tmp_path: Path, database_url: str | None
) -> None:
    async with open_matrix(tmp_path, database_url) as matrix:
        for name, victims in VICTIMS.items():
            undisturbed, points = await matrix.points_of(named(name))
            assert undisturbed.wrong == ()
            assert set(victims) <= set(points), "the points are found by instrumentation, and these are among them"
            for place, victim in enumerate(victims):
                crash = await matrix.run(named(name), victim, redials=place % 2 == 1)
                assert (crash.reached, crash.wrong) == (True, ()), f"{victim}"
        assert [verdict for verdict in await proven(matrix) if verdict.broken] == []


async def test_the_matrix_sees_a_worker_that_is_careless_and_one_that_is_forgetful(tmp_path: Path) -> None:
    """One ends its jobs before it does them, the other asks an office with a new key each time."""
    code, birth = named("a one-time code"), named("a consent and its withdrawal")
    async with open_matrix(tmp_path) as matrix:
        for main, journey, victim in (
            (be_careless_worker, code, Point("worker", "before office GET", 1)),
            (be_forgetful_worker, birth, Point("worker", "after office POST", 1)),
        ):
            await matrix.land.replace("worker", main)
            undisturbed, points = await matrix.points_of(journey)
            assert undisturbed.wrong == () and victim in points, "as long as nobody dies, nobody sees it"
            matrix.settled_seconds = 3.0
            crash = await matrix.run(journey, victim)
            assert crash.reached and crash.wrong, victim
            matrix.settled_seconds = 30.0
            await matrix.land.replace("worker", be_worker)


async def test_what_a_run_leaves_undone_is_called_wrong_once_and_not_in_each_run_after_it(tmp_path: Path) -> None:
    async def nothing(caller: Caller) -> None:
        return None

    async with open_matrix(tmp_path) as matrix:
        await matrix.land.replace("worker", be_idle_worker)
        matrix.settled_seconds = 1.0
        stuck = await matrix.run(Journey("left undone", _file_a_deed, {"deed-search": (Status.DONE,)}), None)
        assert stuck.wrong[0].startswith("not at rest")
        assert (await matrix.run(Journey("nothing", nothing, {}), None)).wrong == ()


async def _file_a_deed(caller: Caller) -> None:
    await caller.walk(PAPER, code=DEED)
