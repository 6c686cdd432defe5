"""Files of conversations that are wrong: every complaint, with its place, and never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.authoring.conversations.files import read_files
from app.authoring.conversations.model import Expected, Place
from app.authoring.conversations.reader import read_conversations
from app.authoring.conversations.run import run_conversations
from app.authoring.conversations.source import Node
from app.authoring.conversations.wording import parse
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


def turns(*lines: str, at: str = "2026-11-24T08:00:00+02:00") -> str:
    listed = "".join(f"      - {line}\n" for line in lines)
    return f"conversations:\n  wrong:\n    at: {at}\n    dial: '*384*26600#'\n    turns:\n{listed}"


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        (
            "a{99999999999999}",
            "pattern: repeats more than 500 times, which no page is long enough for; write a smaller",
        ),
        ("a{1,501}", "pattern: repeats more than 500 times"),
        ("(?:" * 101 + "a" + ")" * 101, "pattern: has more than 100 groups; take some out, or write a parenthesis"),
        ("(" * 3_000, "too-long: is longer than 1000 letters, as nothing is that comes; shorten it"),
        ("[", "pattern: is no regular expression: unterminated character set at position 0; mend it there"),
    ],
)
def test_a_pattern_that_python_could_not_bear_is_a_complaint(tmp_path: Path, pattern: str, told: str) -> None:
    (line,) = complaints(tmp_path, turns(f"matches: '{pattern}'"))
    assert line.startswith(f"6:18 {told}")


def test_groups_and_repetitions_within_bounds_are_read_and_so_are_escaped_ones(tmp_path: Path) -> None:
    file = tmp_path / "right.yaml"
    patterns = ("(" * 100 + "a" + ")" * 100, r"\(" * 300, "a{500}", r"a\{501}")
    file.write_text(turns(*(f"matches: '{pattern}'" for pattern in patterns)), "utf-8")
    assert len(read_files([file])[0].turns) == 4


def test_a_pattern_without_end_is_a_complaint(tmp_path: Path, lesotho: Pack) -> None:
    (told,) = complaints(tmp_path, turns(r'matches: "(([A-Za-z0-9. \n]+)+)+~$"'), lesotho)
    remedy = "take repetitions of repetitions, such as `(a+)+`, out of it"
    assert told == f"6:18 pattern: takes too long to be looked for in what came; {remedy}"


def test_captures_that_could_stand_anywhere_are_a_complaint() -> None:
    expected = Expected(Place("wrong.yaml", 6, 16), parse("x".join(f"{{c{place}}}" for place in range(40)) + "!"))
    with pytest.raises(MenuRefused) as refused:
        expected.read("x" * 400, {})
    told = "wrong.yaml:6:16: capture: takes too long to be looked for in what came; take captures out of it"
    assert [str(complaint) for complaint in refused.value.complaints] == [told]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (
            "'0001-01-01T00:00:00+14:00'",
            "3:9 at: `0001-01-01T00:00:00+14:00` is out of time; write a year from 2000 to 2100",
        ),
        ("'9999-12-31T23:59:59-14:00'", "3:9 at: `9999-12-31T23:59:59-14:00` is out of time"),
        ("'2100-12-25T00:00:00+00:00'", "6:9 waits: ends after the year 2100; wait less, or begin earlier with `at`"),
    ],
)
def test_a_time_that_no_clock_could_bear_is_a_complaint(tmp_path: Path, at: str, told: str) -> None:
    (line,) = complaints(tmp_path, turns("waits: 10 d", "waits: 10 d", at=at))
    assert line.startswith(told)


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
