"""The weather page of the shipped menus: nothing where nobody forecasts, a row on its day, an old one no more."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.authoring.conversations.coverage import possible_outcomes
from app.authoring.conversations.files import read_files
from app.authoring.conversations.run import run_conversations
from app.pack import Pack
from app.pack_files import read_named_pack, read_pack
from tests.lands import SHIPPED

TOLD = """\
conversations:
  the weather of a district, told and then too old:
    dial: "*384*26600*5*1*3*3#"
    at: {today}T10:00:00+02:00
    turns:
      - shows: |-
          Berea (27/11/2026):
          Pula thapama.
          E latelang: hosasane.
        ends: true
      - waits: 5 d
      - dials: "*384*26600*5*1*3*3#"
        matches: "^Berea: ha ho ponelopele mona hona joale"
        ends: true
"""


def with_a_forecast(directory: Path) -> Pack:
    shutil.copytree(SHIPPED, directory / "pack")
    path = directory / "pack/data/weather.csv"
    text = path.read_text("utf-8").replace("as_of: 2026-11-23", "as_of: 2026-11-27")
    path.write_text(text + "Berea,Pula thapama.,Rain in the afternoon.\n", "utf-8")
    return read_pack(directory / "pack")


def outcomes(pack: Pack) -> set[str]:
    return {one.word for one in possible_outcomes(pack) if one.screen == "farming/weather"}


def test_a_row_is_told_on_its_day_and_no_more_when_it_is_old(tmp_path: Path) -> None:
    told = tmp_path / "told.yaml"
    told.write_text(TOLD.replace("{today}", "2026-11-27"), "utf-8")
    run = run_conversations(with_a_forecast(tmp_path), read_files([told]))
    assert (len(run.conversations), run.failed) == (1, 0), run.failures


def test_what_only_a_row_would_show_has_to_be_reached_once_there_is_one(tmp_path: Path) -> None:
    shipped, forecast = read_named_pack(SHIPPED), with_a_forecast(tmp_path)
    assert (outcomes(shipped), outcomes(forecast)) == ({"unknown"}, {"answered", "unknown"})
    without, among = run_conversations(shipped, []).coverage, run_conversations(forecast, []).coverage
    assert "farming/forecast" not in without.unreached_screens and "farming/no_forecast" in without.unreached_screens
    assert "farming/forecast" in among.unreached_screens
