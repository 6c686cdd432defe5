"""Lists that offices give, in conversations."""

from __future__ import annotations

from pathlib import Path

from app.authoring.conversations.files import read_files
from app.authoring.conversations.report import as_text
from app.authoring.conversations.run import run_conversations
from app.compiler.pack import compile_pack

POINTS = """\
    operations:
      towns:
        method: GET
        path: /points
        takes: []
        answered: [200]
        results: {points: {from: points, list: {town: {from: town, longest: 12}}, most: 20}}
      person:
"""
POINTS_SERVICE = """\
services:
  towns: {title: Libaka, kind: ask, takes: {}, ask: {office: civil-registry, operation: towns, with: {}}}
  person:
"""
POINTS_IN_ENGLISH = """\
programs:
  towns:
    choose: {text: "Choose a place:", line: "{town}"}
    chosen: {text: "You chose {town}"}
    none: {text: Nothing.}
"""
POINTS_PROGRAM = """\
start: find
screens:
  find: {call: towns, results: {points: points}, answered: choose, late: none, down: none}
  choose: {pick: "Khetha sebaka:", from: points, line: "{town}", into: {town: town}, empty: none, to: chosen}
  chosen: {end: "U khethile {town}"}
  none: {end: Ha ho letho.}
"""


def test_a_list_that_an_office_gives_is_written_as_a_list(lesotho_sources: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "conversation.yaml"
    file.write_text("""\
conversations:
  Palesa picks a place:
    dial: "*384*26600*4#"
    offices:
      civil-registry.towns: {answered: {points: [{town: Leribe}, {town: Maseru}]}}
    turns:
      - matches: "^2. Maseru$"
      - {types: "2", shows: U khethile Maseru, ends: true}
""")
    pack = compile_pack(_with_places(lesotho_sources))
    run = run_conversations(pack, read_files([file]))
    assert run.failed == 0, "\n".join(as_text(run))


def _with_places(sources: dict[str, str]) -> dict[str, str]:
    """The shipped pack with one more service: a list of towns, of which a citizen picks one."""
    edits = (
        ("services.yaml", "    operations:\n      person:\n", POINTS),
        ("services.yaml", "services:\n  person:\n", POINTS_SERVICE),
        ("languages/en.yaml", "services:\n", "services:\n  towns: {title: Places}\n"),
        ("languages/en.yaml", "3: Buy electricity, 5", "3: Buy electricity, 4: Places, 5"),
        ("languages/en.yaml", "programs:\n", POINTS_IN_ENGLISH),
        ("welcome.yaml", "      5: {text: Litsi", "      4: {text: Libaka, to: towns}\n      5: {text: Litsi"),
    )
    sources = {**sources, "towns.yaml": POINTS_PROGRAM}
    for name, old, new in edits:
        assert sources[name].count(old) == 1, old
        sources[name] = sources[name].replace(old, new)
    return sources
