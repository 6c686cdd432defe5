"""`mohala test --update`: values change, everything else stays to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.authoring.conversations.files import read_files
from app.authoring.conversations.model import Place
from app.authoring.conversations.rewriting import Rewrite, rewrite
from app.authoring.conversations.run import run_conversations, update_files
from app.authoring.conversations.source import read_yaml
from app.pack import Pack

WRONG = """\
# Palesa buys electricity.
conversations:

  Palesa:   # a citizen
    offices: {electricity.meter: {answered: {holder: Palesa}}, wallet.request-payment: {refused: declined}}
    dial: "*384*26600*3*01234567897*50#"
    turns:
      # She looks first.
      - shows: |- # what she reads
          Netefatsa:
          something else

      # Then she says yes.
      - shows: "" # the end
        types: "1"
      -   receives:   'nothing'

  Thabo: {dial: "*384*26600#", turns: [{types: "8", shows: }, {types: "2", shows: "", ends: true}]}
"""
RIGHT = """\
# Palesa buys electricity.
conversations:

  Palesa:   # a citizen
    offices: {electricity.meter: {answered: {holder: Palesa}}, wallet.request-payment: {refused: declined}}
    dial: "*384*26600*3*01234567897*50#"
    turns:
      # She looks first.
      - shows: |- # what she reads
          Netefatsa:
          Motlakase M50.00
          Mitara 01234567897
          Mong'a: Palesa
          1. E
          2. Che
          9. Morao
          0. Qalong

      # Then she says yes.
      - shows: |- # the end
          Ref: 6795-C9E1Q
          Sheba mohala oa hau: kenya PIN ea chelete moo. U se ke oa re fa PIN.
          U tla fumana SMS.
        ends: true
        types: "1"
      -   receives:   "Mohala: motlakase 6795-C9E1Q: tefo ha ea etsahala: tefo ha ea lumelloa. Ha ho chelete e nkiloeng."

  Thabo: {dial: "*384*26600#", turns: [{types: "8", shows: "Khetha puo / Choose language:\\n1. Sesotho\\n2. English\\n3. Tletlebo / Complaint\\n4. Tefo ea pasa / Passport fee\\n9. Morao\\n0. Qalong"}, {types: "2", shows: "Welcome to Mohala. Choose:\\n1. Birth certificate\\n2. Application status\\n3. Buy electricity\\n5. Places near me\\n8. Puo le tse ling / Language and more", ends: false}]}
"""  # noqa: E501


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_only_values_change(lesotho: Pack, tmp_path: Path, line_end: str) -> None:
    file = tmp_path / "conversation.yaml"
    file.write_bytes(WRONG.replace("\n", line_end).encode())
    assert update_files(lesotho, read_files([file])) == 6
    assert file.read_bytes().decode() == RIGHT.replace("\n", line_end)


def test_what_was_rewritten_passes_and_is_not_rewritten_again(lesotho: Pack, tmp_path: Path) -> None:
    file = tmp_path / "conversation.yaml"
    file.write_text(WRONG)
    update_files(lesotho, read_files([file]))
    conversations = read_files([file])
    assert run_conversations(lesotho, conversations).failed == 0
    assert update_files(lesotho, conversations) == 0


def test_a_pattern_is_its_authors(lesotho: Pack, tmp_path: Path) -> None:
    file = tmp_path / "conversation.yaml"
    text = 'conversations:\n  a:\n    dial: "*384*26600#"\n    turns:\n      - matches: "^Zulu"\n'
    file.write_text(text)
    assert update_files(lesotho, read_files([file])) == 0
    assert file.read_text() == text


def test_nothing_is_rewritten_from_a_turn_on_that_could_not_be_played(lesotho: Pack, tmp_path: Path) -> None:
    file = tmp_path / "conversation.yaml"
    text = (
        'conversations:\n  a:\n    dial: "*384*26600*3*01234567897#"\n    turns:\n'
        '      - {types: "50", shows: ""}\n      - {types: "1", shows: ""}\n'
    )
    file.write_text(text)
    assert update_files(lesotho, read_files([file])) == 0
    assert file.read_text() == text


STYLES = (
    "b: old",
    "b: 'old' # why",
    'b: "old"',
    "b:",
    "b: |- # why\n    old\n\n    older\n\n  # below",
    "b: >\n    old",
)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(STYLES))
def test_any_text_can_be_put_in_place_of_any_value(value: str, style: str) -> None:
    before = f"# head\na:\n  {style}\n  c: kept # yes\n"
    after = rewrite(before, [Rewrite(_place(before), value)])
    complaints: list[object] = []
    root = read_yaml("f", after, complaints.append)
    assert root is not None and not complaints
    inner = root.get("a")
    assert inner is not None and [(key.text, node.text) for key, node in inner.pairs] == [("b", value), ("c", "kept")]
    assert after.endswith("c: kept # yes\n") and after.startswith("# head\na:\n  b:")
    assert after.count("# why") == before.count("# why") + value.count("# why")


def _place(text: str) -> Place:
    root = read_yaml("f", text, lambda _: None)
    inner = root.get("a") if root else None
    node = inner.get("b") if inner else None
    assert node is not None
    return Place("f", node.line, node.column)
