"""What operators do about alerts and a point's bounds, by the command line and on /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from app import alerting, proposing
from app.agency import Caps
from app.cli import cli
from app.compiler.pack import compile_pack
from app.errors import DeskRefused
from app.measures import Measures
from app.messages import Answered
from app.pack import Pack
from app.reference import show_reference
from app.settings import Settings
from app.web.health import MenusHealth, health_router
from app.web.siblings import Siblings
from tests.work.agent import MPHO, THABO, enrol, sources, text
from tests.work.conftest import Bench, open_bench
from tests.work.test_editions import publish
from tests.work.test_enrolling import tokens
from tests.work.watched import Watching

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def pack() -> Pack:
    return compile_pack(sources())


@pytest.fixture
async def bench(pack: Pack, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(pack, tmp_path) as bench:
        bench.desk.answers["search"] = Answered({"note": "ho lokile"})
        await publish(bench, sources())
        yield bench


async def denied(bench: Bench) -> str:
    """A citizen says that they have not paid; the receipt."""
    await enrol(bench, THABO)
    house = Watching(bench)
    payment = await house.pay("s1", MPHO, THABO)
    bench.time.pass_(1_200)
    await house.calls.draw(bench.time())
    await bench.work()
    await text(bench, MPHO, "2")
    return payment.receipt


async def test_alerts_are_listed_with_their_receipts_and_settled_by_a_clerk(bench: Bench, settings: Settings) -> None:
    receipt = await denied(bench)
    run = CliRunner()

    def by_clerks() -> tuple[str, ...]:
        lineo, _, palesa = tokens(settings)
        told = run.invoke(cli, ["agents", "alerts"])
        week = run.invoke(cli, ["agents", "alerts", "--week", "2026-11-26"])
        other = run.invoke(cli, ["agents", "alerts", "--week", "2026-11-30"])
        assert (told.exit_code, week.exit_code, other.exit_code) == (1, 1, 0)
        with pytest.raises(DeskRefused, match="clerk of all offices"):
            alerting.settle(settings, palesa, "watch:denied", "looked")
        done = run.invoke(cli, ["agents", "settle", "watch:denied", "--note", "cash book was right"], input=lineo)
        assert done.exit_code == 0, done.output
        with pytest.raises(DeskRefused, match="settled before, by clerk:lineo"):
            alerting.settle(settings, lineo, "watch:denied", "again")
        with pytest.raises(DeskRefused, match="No alert begins so"):
            alerting.settle(settings, lineo, "watch:quick", "none")
        left = run.invoke(cli, ["agents", "alerts"])
        assert left.exit_code == 0
        after = alerting.listed(settings, date(2026, 11, 24))
        assert [kept.settled_by for kept in after] == ["clerk:lineo"]
        return told.output, week.output, other.output, left.output

    told, week, other, left = await asyncio.to_thread(by_clerks)
    who = f"watch:denied:014:{receipt} agent 014 at 900, week of 2026-11-23"
    assert told == f"{who}: a citizen says that they have not paid; open\n  {show_reference(receipt)}\n"
    assert week == told
    assert other == left == "Nothing looks odd.\n"
    assert MPHO[4:] not in told
    (line,) = [one for one in await bench.database.audit.of("014") if one.act == "settle-alert"]
    assert (line.actor, line.purpose) == ("clerk:lineo", "cash book was right")
    assert await bench.database.shelf.page() == []


async def test_a_points_bounds_take_two_clerks(bench: Bench, settings: Settings) -> None:
    await enrol(bench, THABO)

    def by_clerks() -> None:
        lineo, thabo, _ = tokens(settings)
        point = next(iter(bench.pack.points))
        asked = proposing.cap_point(settings, lineo, point, 40, "5000", "small shop")
        with pytest.raises(DeskRefused, match="another clerk"):
            proposing.decide(settings, lineo, asked.id, "", approved=True)
        waiting = CliRunner().invoke(cli, ["agents", "waiting"])
        assert waiting.exit_code == 1
        assert (
            f"caps of point {point}: 40 payments and 500000 LSL (minor units), asked by clerk:lineo" in waiting.output
        )
        proposing.decide(settings, thabo, asked.id, "", approved=True)
        with pytest.raises(DeskRefused, match="decided before"):
            proposing.decide(settings, thabo, asked.id, "", approved=True)
        refused = proposing.cap_point(settings, lineo, point, 1, "1", "typed wrongly")
        proposing.decide(settings, lineo, refused.id, "mine", approved=False)
        with pytest.raises(DeskRefused, match="no service point"):
            proposing.cap_point(settings, lineo, "nowhere", 1, "1", "typed wrongly")
        with pytest.raises(DeskRefused, match="no amount"):
            proposing.cap_point(settings, lineo, point, 1, "0", "typed wrongly")

    await asyncio.to_thread(by_clerks)
    assert await bench.database.point_caps.of(next(iter(bench.pack.points))) == Caps(40, 5_000_00)
    lines = await bench.database.audit.of(f"point:{next(iter(bench.pack.points))}")
    assert [(line.actor, line.act) for line in lines] == [
        ("clerk:lineo", "propose"), ("clerk:thabo", "approve"), ("clerk:lineo", "propose"), ("clerk:lineo", "refuse"),
    ]  # fmt: skip


async def test_metrics_count_what_nobody_has_settled(bench: Bench) -> None:
    await denied(bench)
    kept = bench.database
    router = health_router(
        {}, lambda: MenusHealth("v", ""), dict, kept.outbox, kept.sms, bench.time, Measures(), Siblings(),
        kept.watch.open_alerts,
    )  # fmt: skip
    app = FastAPI()
    app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        page = (await client.get("/metrics")).text
    assert 'mohala_agent_alerts{rule="denied"} 1.0' in page
    assert 'mohala_agent_alerts{rule="quick"} 0.0' in page
