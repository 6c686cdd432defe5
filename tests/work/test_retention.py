"""What the shipped menus say is kept, is kept so long and no longer; the operator can sweep and prove it."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.messages import Act, Change, Publication, Status
from app.pack import Pack
from app.pack_files import read_sources
from app.privacy import KEPT, UNSAID_DAYS
from app.retention import Retention, rules_of
from tests.lands import FLAT
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio
APPLY = ("1", "2", "5/3/2026", "1", "012345678901", "1", "1")


def test_a_field_is_kept_for_the_days_of_its_class_and_never_longer_than_its_purpose(lesotho: Pack) -> None:
    rules = rules_of(lesotho)
    assert rules.number_days("birth-certificate") == 365
    assert rules.field_days("birth-certificate", "born") == 180
    assert rules.field_days("birth-certificate", "mother_id") == 180
    assert rules.field_days("birth-certificate", "application") is None
    assert rules.field_days("birth-certificate", "a field of older menus") == 365
    assert rules.field_days("no service of these menus", "id") == UNSAID_DAYS
    assert KEPT not in rules.numbers.values()


async def test_a_request_that_was_carried_out_is_forgotten_step_by_step(bench: Bench) -> None:
    await bench.dial(*APPLY)
    await bench.work()
    retention = Retention(bench.editions, bench.database.retention)
    (id,) = await bench.database.audit.filed("")
    request = await bench.database.ledger.request(id)
    assert request is not None
    await bench.database.ledger.advance(request, Change(Status.DONE, 1, request.results, bench.time()), [])
    assert not [one for one in await retention.prove(bench.time() + timedelta(days=100)) if one.table == "requests"]
    overdue = await retention.prove(bench.time() + timedelta(days=200))
    assert {one.what for one in overdue} >= {"birth-certificate: mother_id", "birth-certificate: born"}
    await retention.sweep(bench.time() + timedelta(days=200))
    kept = await bench.database.ledger.request(id)
    assert kept is not None and set(kept.answers) == {"informant"} and kept.msisdn
    await retention.sweep(bench.time() + timedelta(days=366))
    kept = await bench.database.ledger.request(id)
    assert kept is not None and (kept.answers, kept.msisdn) == ({}, "")
    assert await retention.prove(bench.time() + timedelta(days=4000)) == []


async def test_the_clock_asks_for_one_batch_after_the_other_until_nothing_is_left(bench: Bench) -> None:
    retention = Retention(bench.editions, bench.database.retention)
    await bench.database.ledger.tally("text", "+26650123456", bench.time().date(), 1)
    later = bench.time() + timedelta(days=9)
    assert [await retention.forget(later), await retention.forget(later)] == [True, False]
    assert await retention.prove(later + timedelta(days=9)) == []


async def test_the_operator_proves_it_and_the_exit_status_says_so(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keys").write_text(f"k1:{base64.b64encode(bytes(32)).decode()}\n", "ascii")
    monkeypatch.setenv("MOHALA_HOME", str(tmp_path))
    await publish(bench)
    bench.time.pass_(-400 * 86_400)  # as long ago as the operator's own clock is ahead of this
    await bench.database.ledger.tally("text", "+26650123456", bench.time().date(), 1)
    told = await asyncio.to_thread(CliRunner().invoke, cli, ["retention", "prove"])
    assert (told.exit_code, told.output.startswith("tallies: rows: 1, the oldest since ")) == (1, True), told.output
    swept = await asyncio.to_thread(CliRunner().invoke, cli, ["retention", "run"])
    assert (swept.exit_code, swept.output) == (0, "tallies: 1\n")
    told = await asyncio.to_thread(CliRunner().invoke, cli, ["retention", "prove"])
    assert (told.exit_code, told.output) == (0, "Nothing is kept past its date.\n")


async def publish(bench: Bench) -> None:
    sources, _ = read_sources(FLAT)
    publication = Publication(0, bench.pack.program.version, "lesotho", Act.PUBLISH, bench.time(), "palesa", "", "")
    await bench.database.archive.publish(publication, sources, after=None)
