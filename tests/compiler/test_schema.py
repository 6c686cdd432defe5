"""The editor's schemas: as generated, true to the shipped pack, and blind to no typical mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from app.compiler.fields import SCREEN_KINDS
from app.compiler.schema import schema_text, schemas, write_schemas
from app.compiler.source import Node, read_yaml
from tests.lands import FLAT, ROOT, SHIPPED

PACK = SHIPPED
FILES = sorted(path.relative_to(PACK).as_posix() for path in PACK.rglob("*.yaml") if path.name != "published.yaml")


def schema_for(file: str) -> str:
    folder, _, name = file.rpartition("/")
    if folder:
        return {"languages": "language", "shared": "shared"}[folder] + ".schema.json"
    stem = name.removesuffix(".yaml")
    return f"{stem if stem in ('pack', 'entrances', 'services', 'places') else 'program'}.schema.json"


def as_text(text: str) -> object:
    return text


def as_guessed(text: str) -> object:
    """A value as an editor's reader of YAML 1.2 guesses it when it stands unquoted."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return json.loads(text) if text[:1].isdigit() else text
    except ValueError:
        return text


def plain(node: Node, scalar: Callable[[str], object]) -> object:
    if node.kind == "mapping":
        return {key.text: plain(value, scalar) for key, value in node.pairs}
    return [plain(entry, scalar) for entry in node.entries] if node.kind == "list" else scalar(node.text)


def mistakes(file: str, text: str, scalar: Callable[[str], object] = as_text) -> list[str]:
    complaints: list[object] = []
    node = read_yaml(file, text, complaints.append)
    assert node is not None and not complaints, complaints
    errors = Draft202012Validator(schemas()[schema_for(file)]).iter_errors(plain(node, scalar))
    return [error.message for error in errors]


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_committed_schema_is_the_generated_one(name: str) -> None:
    committed = (ROOT / "menus/schema" / name).read_text("utf-8")
    assert committed == schema_text(schemas()[name]), "run `mohala menus schema` and commit what it writes"


def test_no_schema_is_left_over_from_before() -> None:
    assert {path.name for path in (ROOT / "menus/schema").iterdir()} == set(schemas())


def test_the_schemas_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    written = write_schemas(tmp_path / "new/schema")
    assert {path.name for path in written} == set(schemas())
    assert all(json.loads(path.read_text("utf-8"))["$schema"].endswith("2020-12/schema") for path in written)


@pytest.mark.parametrize("name", sorted(schemas()))
def test_each_is_a_valid_schema(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])


@pytest.mark.parametrize("scalar", [as_text, as_guessed])
@pytest.mark.parametrize("file", FILES)
def test_the_shipped_pack_is_valid(file: str, scalar: Callable[[str], object]) -> None:
    assert mistakes(file, (PACK / file).read_text("utf-8"), scalar) == []


@pytest.mark.parametrize("file", FILES)
def test_every_shipped_file_names_its_schema_in_its_first_line(file: str) -> None:
    first = (PACK / file).read_text("utf-8").partition("\n")[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert named != first
    assert ((PACK / file).parent / named).resolve() == ROOT / "menus/schema" / schema_for(file)


def test_every_key_of_every_kind_of_screen_is_explained() -> None:
    kinds = {kind["title"]: kind["properties"] for kind in schemas()["program.schema.json"]["$defs"]["screen"]["oneOf"]}
    for kind, fields in SCREEN_KINDS.items():
        for field in fields:
            assert field.doc in kinds[kind][field.name]["description"]
            assert field.doc in kinds[kind][field.name]["markdownDescription"]


MISTAKES = {
    "a misspelt key": ("status.yaml", "    late: later", "    latest: later"),
    "a missing key": ("status.yaml", "    into: reference\n", ""),
    "an unknown type": ("status.yaml", "type: reference", "type: refrence"),
    "a screen of two kinds": ("status.yaml", "    type: reference", "    type: reference\n    end: Bye"),
    "a screen of no kind": ("status.yaml", "    end: |-", "    ends: |-"),
    "an option number with a nought": ("welcome.yaml", "8: {text", "08: {text"),
    "a bound that is no number": ("electricity.yaml", "most: 1000", "most: plenty"),
    "a day that is none": ("birth-certificate.yaml", 'earliest: "1920-01-01"', "earliest: long ago"),
    "a way without a target": ("birth-certificate.yaml", "unknown: {to: mother, say:", "unknown: {say:"),
    "a screen's name in capitals": ("status.yaml", "  known:\n", "  Known:\n"),
    "a missing phrase": ("pack.yaml", "  not_same: Ha lia tšoana. Leka hape ho tloha qalong.\n", ""),
    "an unknown check": ("pack.yaml", 'patterns: ["999999999999"]', 'patterns: ["99"], check: lun'),
    "an unknown kind of service": ("services.yaml", "kind: status", "kind: stats"),
    "a fee without its source": ("services.yaml", 'source: "UNICEF and press: first certificate free", ', ""),
    "an unknown occasion": ("services.yaml", "      received:", "      recieved:"),
    "a query that is a list": ("services.yaml", "path: /people/{id}", "path: /people\n        query: {id: [id]}"),
    "an argument neither optional nor a text": (
        "services.yaml",
        "path: /people/{id}",
        "path: /people\n        query: {id: {integer: id}}",
    ),
    "a review that is neither": ("pack.yaml", "review: unreviewed", "review: maybe"),
    "an entrance of another sort": ("entrances.yaml", "ussd:", "usd:"),
    "a misspelt part of a language": ("languages/en.yaml", "programs:", "program:"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_typical_mistake_is_underlined(mistake: str) -> None:
    file, before, after = MISTAKES[mistake]
    text = (FLAT / file).read_text("utf-8")
    assert before in text, "the mistake must really be planted"
    assert mistakes(file, text.replace(before, after, 1))


RICH = """\
start: list
takes: {ward: {type: text, longest: 20}}
gives: [point]
include: [common]
screens:
  list:
    call: points
    with: {district: {always: maseru}, ward: ward}
    results: {points: points}
    patience_s: 1.5
    answered: [{to: pick, when: 'ward != ""', say: "Near {ward}:"}, pick]
    refused: {closed: {visit: other, with: {x: ward}, results: {y: point}, then: return, say: Closed}}
    late: return
    down: return
  pick:
    pick: {text: Where?, review: reviewed, by: Palesa, on: "2026-11-24"}
    from: points
    line: "{name}"
    into: {point: name}
    empty: return
    to: age
    help: {to: pick, say: Choose a number}
  age:
    ask: How old?
    into: age
    type: number
    least: 1
    most: 120
    must: [{that: age > 17, say: Adults only}]
    help: A number such as 35
    to: [{to: return, when: age < 60}, return]
"""


@pytest.mark.parametrize("scalar", [as_text, as_guessed])
def test_ways_visits_lists_and_comparisons_are_valid(scalar: Callable[[str], object]) -> None:
    assert mistakes("points.yaml", RICH, scalar) == []
