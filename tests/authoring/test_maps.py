"""`mohala menus map`: every screen of a pack in a directory of drawings that leads from one to another."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from app.authoring.drawing.maps import INDEX, maps, stale, write_maps
from app.cli import cli
from app.engine.program import program_of
from app.errors import SettingsWrong
from app.pack_files import read_pack
from tests.lands import FLAT, ROOT, SHIPPED

MAPS = ROOT / "docs" / "maps"
SVG = "{http://www.w3.org/2000/svg}"


def ids(path: Path) -> set[str]:
    return {one.get("id", "") for one in ElementTree.parse(path).iter() if one.get("class") == "screen"}


def test_the_map_in_the_docs_is_what_the_menus_say() -> None:
    assert stale(maps(SHIPPED, "en"), MAPS) == [], "run `mohala menus map docs/maps menus/lesotho --language en`"


def test_every_screen_stands_in_the_drawing_of_its_program() -> None:
    for screen in read_pack(SHIPPED).program.screens:
        assert screen in ids(MAPS / f"{program_of(screen)}.svg")


def test_every_link_of_the_map_leads_to_a_file_and_to_a_screen_in_it() -> None:
    drawings = [(path, ElementTree.parse(path)) for path in MAPS.glob("*.svg")]
    hrefs = [(path, one.get("href", "")) for path, drawn in drawings for one in drawn.iter(f"{SVG}a")]
    assert ("overview.svg", "pay.svg") in {(path.name, href) for path, href in hrefs}
    for path, href in hrefs:
        name, _, screen = href.partition("#")
        target = MAPS / name if name else path
        assert target.exists() and (not screen or screen in ids(target)), f"{path.name}: {href}"
    for link in re.findall(r"\]\(([^)]+)\)", (MAPS / INDEX).read_text("utf-8")):
        assert (MAPS / link).exists()


def test_the_overview_has_each_program_once_with_what_leads_out_of_it() -> None:
    told = maps(SHIPPED, "en")["overview.svg"]
    programs = {program_of(screen) for screen in read_pack(SHIPPED).program.screens}
    assert {f"overview/{name}" for name in programs} == {
        one.get("id") for one in ElementTree.fromstring(told).iter() if one.get("class") == "screen"
    }
    for line in ("1. Get a birth", "5. Get a receipt again", "SMS STATUS", "*384*26614# of agents"):
        assert f">{line}<" in told


def test_what_changed_is_written_and_what_is_gone_removed(tmp_path: Path) -> None:
    into = tmp_path / "maps"
    assert set(write_maps(FLAT, into, None)) == {path.name for path in into.iterdir()}
    assert write_maps(FLAT, into, None) == []
    (into / "gone.svg").write_text("a program that was", "utf-8")
    (into / INDEX).write_text("old", "utf-8")
    assert write_maps(FLAT, into, None) == [INDEX, "gone.svg"]
    assert not (into / "gone.svg").exists()


def test_the_command_checks_and_writes(tmp_path: Path) -> None:
    arguments = ["menus", "map", str(tmp_path / "maps"), str(FLAT), "--language", "en"]
    refused = CliRunner().invoke(cli, [*arguments, "--check"])
    assert refused.exit_code == 1 and "overview.svg" in refused.output and not (tmp_path / "maps").exists()
    assert "overview.svg" in CliRunner().invoke(cli, arguments).output
    assert CliRunner().invoke(cli, [*arguments, "--check"]).exit_code == 0


def test_a_program_may_not_have_the_name_of_the_overview(tmp_path: Path) -> None:
    shutil.copytree(FLAT, tmp_path / "pack")
    for path in list((tmp_path / "pack").rglob("*.yaml")):
        path.write_text(path.read_text("utf-8").replace("service-points", "overview"), "utf-8")
        path.rename(path.with_stem(path.stem.replace("service-points", "overview")))
    with pytest.raises(SettingsWrong, match="another name"):
        maps(tmp_path / "pack", None)
