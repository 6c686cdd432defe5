"""`kill -9` at some of the durable points of one journey; `python -m tests.crash` does all points of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.instrument import be_careless_worker
from tests.crash.journeys import JOURNEYS
from tests.crash.matrix import open_matrix, proven
from tests.crash.points import Point
from tests.database.postgres import PostgresServer

ELECTRICITY = next(journey for journey in JOURNEYS if journey.name == "electricity")
BIRTH = next(journey for journey in JOURNEYS if journey.name == "a birth certificate by one dial")
VICTIMS = (
    Point("gateway", "after DatabaseLedger.file", 1),
    Point("worker", "after office POST", 1),
    Point("worker", "before advancing", 1),
    Point("worker", "after office POST", 2),
    Point("worker", "after text", 1),
)
CARELESS = Point("worker", "before office POST", 1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.hunt)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    if request.param == "sqlite":
        yield None
        return
    server = PostgresServer()
    try:
        yield server.url()
    finally:
        server.remove()


@pytest.mark.anyio
async def test_whatever_is_killed_at_which_point_a_purchase_ends_and_is_paid_once(
    tmp_path: Path, database_url: str | None
) -> None:
    async with open_matrix(tmp_path, database_url) as matrix:
        undisturbed, points = await matrix.points_of(ELECTRICITY)
        assert undisturbed.wrong == ()
        assert set(VICTIMS) <= set(points), "the points are found by instrumentation, and these are among them"
        for place, victim in enumerate(VICTIMS):
            crash = await matrix.run(ELECTRICITY, victim, redials=place % 2 == 1)
            assert (crash.reached, crash.wrong) == (True, ()), f"{victim}"
        assert [verdict for verdict in await proven(matrix) if verdict.broken] == []


@pytest.mark.hunt
@pytest.mark.anyio
async def test_the_matrix_notices_a_worker_that_ends_its_jobs_before_it_does_them(tmp_path: Path) -> None:
    async with open_matrix(tmp_path, worker=be_careless_worker) as matrix:
        undisturbed, _ = await matrix.points_of(BIRTH)
        assert undisturbed.wrong == (), "as long as nobody dies, nobody sees it"
        matrix.settled_seconds = 3.0
        crash = await matrix.run(BIRTH, CARELESS)
    assert crash.reached and crash.wrong
