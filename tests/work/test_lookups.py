"""Lookups through the whole house: a dialled list, an entry of it, and what is counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.compiler.pack import compile_pack
from tests.compiler.broken import BASE
from tests.compiler.test_lookups import PACK
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio
CLINICS = """\
start: district
screens:
  district:
    choose: District
    into: district
    options:
      1: {text: Leribe, value: leribe, to: clinics}
      2: {text: Quthing, value: quthing, to: clinics}
  clinics:
    call: clinics
    with: {district: district}
    results: {clinics: clinics}
    answered: which
  which: {pick: Which, from: clinics, line: "{name}", into: {clinic: name}, empty: none, to: clinic}
  clinic:
    call: clinic
    with: {name: clinic}
    results: {what: what, fee: fee, as_of: as_of, stale: stale}
    answered:
      - {when: "stale == 'yes'", to: long_ago}
      - told
    refused: {unknown: none}
  told: {end: "{what}. {fee}"}
  long_ago: {end: "{what}. {fee}. As of {as_of}: ask first."}
  none: {end: None}
"""


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    sources = {name: text for name, text in PACK.items() if name != "published.yaml"}
    main = BASE["main.yaml"].replace("{text: Read, to: read}", "{text: Clinics, to: clinics}")
    sources["main.yaml"] = main.replace("  read:\n    page: A long text\n    to: start\n", "")
    french = PACK["languages/fr.yaml"].replace("    read: {text: Un long texte}\n", "")
    async with open_bench(
        compile_pack({**sources, "languages/fr.yaml": french, "clinics.yaml": CLINICS}), tmp_path
    ) as one:
        yield one


async def test_a_list_leads_to_an_entry_which_is_told(bench: Bench) -> None:
    assert (await bench.dial("2", "1")).text == "Which\n1. Example Clinic\n2. Sample Clinic\n9. Back\n0. Home"
    reply = await bench.dial("2", "1", "2")
    assert (reply.text, reply.final) == ("Vaccinations. M2.50", True)


async def test_what_was_read_long_ago_is_told_with_its_day(bench: Bench) -> None:
    bench.time.pass_(90 * 86_400)
    assert (await bench.dial("2", "1", "2")).text == "Vaccinations. M2.50. As of 02/10/2026: ask first."


async def test_a_list_without_rows_goes_where_an_empty_one_leads(bench: Bench) -> None:
    assert (await bench.dial("2", "2")).text == "None"


async def test_of_a_list_and_its_entry_one_errand_is_counted(bench: Bench) -> None:
    await bench.dial("2", "1", "2")
    day = timedelta(days=1)
    counts = await bench.database.errands.counts(bench.time() - day, bench.time() + day)
    assert [(one.kind, one.service, one.count) for one in counts] == [("found", "clinic", 1)]
