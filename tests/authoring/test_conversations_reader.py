"""Files of conversations that are wrong: every complaint, with its place, and never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.authoring.conversations.files import read_files
from app.authoring.conversations.reader import read_conversations
from app.authoring.conversations.run import run_conversations
from app.authoring.conversations.source import Node
from app.errors import Complaint, MenuRefused, SettingsWrong
from app.pack import Pack


def complaints(tmp_path: Path, text: str, pack: Pack | None = None) -> list[str]:
    file = tmp_path / "wrong.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(MenuRefused) as refused:
        conversations = read_files([file])
        if pack:
            run_conversations(pack, conversations)
    return [f"{one.line}:{one.column} {one.rule}: {one.text}" for one in refused.value.complaints]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    told = complaints(
        tmp_path,
        """\
conversations:
  wrong:
    dail: "*384*26600#"
    number: nobody
    at: today
    offices:
      wallet.request-payment: perhaps
    turns:
      - {types: "1", dials: "*1#"}
      - {waits: a while}
      - {matches: "("}
      - {shows: a, matches: a}
      - {ends: maybe}
      - {}
""",
    )
    assert [line.partition(": ")[0] for line in told] == [
        "3:5 unknown-key", "4:13 number", "5:9 at", "7:31 office-answer",
        "9:9 turn", "10:17 waits", "11:19 pattern", "12:9 turn", "13:16 flag", "14:9 turn",
    ]  # fmt: skip
    assert told[5] == "10:17 waits: `a while` is no time to wait; write 10 s, 5 min, 2 h or 1 d, at most 31 d"


def test_offices_cannot_answer_what_they_never_would(tmp_path: Path, lesotho: Pack) -> None:
    told = complaints(tmp_path, """\
conversations:
  wrong:
    offices:
      wallet.pay: answered
      wallet.request-payment: {refused: moody}
      electricity.vend: {answered: {colour: red}}
    turns: [{texts: Lumela}]
""", lesotho)  # fmt: skip
    assert [line.partition(",")[0] for line in told] == [
        "4:7 unknown-operation: `wallet.pay` is no operation of an office; known are civil-registry.application",
        "5:7 unknown-reason: `wallet.request-payment` never refuses for `moody`; its reasons are insufficient_funds",
        "6:7 unknown-result: `electricity.vend` gives no `colour`; its results are token",
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("conversations: [a]\n", "shape"),
        ("conversations:\n  a: {turns: []}\n", "no-turns"),
        ("conversations:\n  a: {turns: [{types: x}]}\n  a: {turns: [{types: x}]}\n", "duplicate-key"),
        ("conversations:\n  a: {offices: {x.y: []}, turns: [{types: x}]}\n", "office-answer"),
        ("conversations:\n  a: {turns: [{types: [x]}]}\n", "shape"),
        ("conversations:\n  a: {turns: [x]}\n", "shape"),
        ("dial: *384\n", "yaml-alias"),
        ("sessions: 5\n", "shape"),
        ("sessions: [{id: 1}]\n", "no-turns"),
        ("sessions: [{id: 1, steps: [{}]}, {id: 1, steps: [{}]}]\n", "duplicate-name"),
    ],
)
def test_a_wrong_file_is_a_complaint(tmp_path: Path, text: str, rule: str) -> None:
    assert rule in " ".join(complaints(tmp_path, text))


def test_a_file_that_is_not_utf_8_is_a_complaint(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_bytes(b"conversations:\n  \xe9: 1\n")
    with pytest.raises(MenuRefused) as refused:
        read_files([file])
    assert refused.value.complaints[0].line == 2


def test_a_place_without_conversations_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match="There are no conversations in"):
        read_files([tmp_path / "nowhere"])


_scalars = st.builds(lambda text: Node("f", 1, 1, "scalar", text), st.text(max_size=6))
_keys = st.sampled_from(
    ["conversations", "dial", "number", "at", "offices", "turns", "types", "waits", "shows", "matches", "ends",
     "receives_matching", "answered", "refused", "x"]
)  # fmt: skip


def _mapping(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    pairs = st.dictionaries(_keys, children, max_size=5)
    return pairs.map(_node)


def _node(pairs: dict[str, Node]) -> Node:
    node = Node("f", 1, 1, "mapping")
    node.pairs += [(Node("f", 1, 1, "scalar", key), value) for key, value in pairs.items()]
    if hasattr(node, "index"):
        node.index.update(pairs)
    return node


def _lists(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.lists(children, max_size=4).map(lambda entries: Node("f", 1, 1, "list", entries=entries))


@given(st.recursive(_scalars, lambda children: _mapping(children) | _lists(children), max_leaves=15))
def test_no_shape_of_a_file_makes_the_reader_stumble(root: Node) -> None:
    heard: list[Complaint] = []
    read_conversations(_node({"conversations": _node({"x": root})}), heard.append)
    read_conversations(root, heard.append)
