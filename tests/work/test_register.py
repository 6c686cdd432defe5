"""The processing register says what the pack declares, and the committed one is that of the shipped pack."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from app.cli import cli
from app.pack import Pack
from app.register import as_markdown, register_of
from app.registering import written
from tests.made_once import compiled

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_register_is_that_of_the_shipped_pack() -> None:
    command = "mohala privacy register menus/lesotho --to docs/processing-register.md"
    page = (ROOT / "docs/processing-register.md").read_text("utf-8")
    assert page == written(ROOT / "menus/lesotho", "markdown"), f"run `{command}` and commit what it writes"


def test_every_service_that_takes_something_personal_stands_under_its_purpose(lesotho: Pack) -> None:
    register = register_of(lesotho, [])
    assert {one.purpose: list(one.services) for one in register.processing} == {
        "civil-registration": ["person", "birth-certificate"],
        "electricity": ["meter", "electricity"],
        "passports": ["passport-32", "passport-64"],
        "complaints": ["complaint"],
        "assisted-service": ["mandate", "mandate-begin"],
        "survey": [],
    }
    (births,) = (one for one in register.processing if one.purpose == "civil-registration")
    assert "children (under 18)" in births.subjects
    assert {(data.field, data.days) for data in births.data if data.service == "birth-certificate"} >= {
        ("mother_id", 180), ("telephone number", 365), ("application", None),
    }  # fmt: skip


def test_an_office_elsewhere_is_told_of_as_a_flow_across_the_border(lesotho_sources: dict[str, str]) -> None:
    services = lesotho_sources["services.yaml"].replace(
        "    title: Lesotho Electricity Company\n", "    title: Lesotho Electricity Company\n    abroad: ZA\n"
    )
    page = as_markdown(register_of(compiled({**lesotho_sources, "services.yaml": services}), []))
    border = page.partition("## Data that cross a border")[2].partition("##")[0]
    assert "Lesotho Electricity Company (ZA, across the border)" in border and "Africa's Talking (KE" in border


def test_the_command_prints_it_for_machines_too() -> None:
    told = CliRunner().invoke(cli, ["privacy", "register", str(ROOT / "menus/lesotho"), "--format", "json"])
    assert told.exit_code == 0
    register = json.loads(told.output)
    assert [one["purpose"] for one in register["processing"]] == [
        "civil-registration",
        "electricity",
        "passports",
        "licences",
        "business-registration",
        "water",
        "tax",
        "grants",
        "warnings",
        "complaints",
        "assisted-service",
        "farm-inputs",
        "pensions",
        "survey",
    ]
    assert set(register) >= {"controller", "processors", "agents", "security", "rights", "kept"}
