"""Captures: what was shown is typed, texted and expected later, whatever it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.authoring.conversations.files import read_files
from app.authoring.conversations.report import as_json, as_text
from app.authoring.conversations.run import Run, run_conversations, update_files
from app.authoring.conversations.wording import escape, parse, parse_pattern
from app.errors import MenuRefused
from app.pack import Pack

HEAD = """\
conversations:
  Palesa asks:
    dial: "*384*26600*1*1*05/03/2026*2*012345678901*1#"
    language: en
    offices:
      civil-registry.person: answered
      civil-registry.register-birth: {answered: {application: NICR-1}}
      civil-registry.application: {answered: {status: in_progress, where: Leribe}}
    turns:
"""
FILED = """\
      - types: "1"
        shows: |-
          Application received.
          Ref: {reference}
          You will get an SMS. No fee.
        ends: true
"""
TOLD = '      - receives_matching: "Ref {reference}. For its status text STATUS {reference}$"\n'
ASKED = """\
      - dials: "*384*26600*2*{reference}#"
        shows: |-
          Application {reference}
          Birth certificate
          Status: Being processed
          Leribe
        ends: true
"""
Test = Callable[[str], Run]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "captures.yaml"


@pytest.fixture
def test(lesotho: Pack, file: Path) -> Test:
    def run(turns: str) -> Run:
        file.write_text(HEAD + turns, "utf-8")
        return run_conversations(lesotho, read_files([file]))

    return run


def told(run: Run) -> str:
    return "\n".join(as_text(run)).partition("\nReached")[0]


def test_a_reference_that_was_shown_is_dialled_and_texted(test: Test) -> None:
    texted = "      - texts: STATUS {reference}\n      - receives_matching: ^Application {reference}$\n"
    run = test(FILED + TOLD + ASKED + texted)
    assert not run.failed, told(run)


def test_a_pattern_captures_too(test: Test) -> None:
    run = test(f'      - types: "1"\n        matches: "^Ref: {{reference}}$"\n        ends: true\n{TOLD}{ASKED}')
    assert not run.failed, told(run)


def test_an_sms_captures_too_and_the_full_stop_behind_is_not_captured(test: Test) -> None:
    run = test(f'      - types: "1"\n{TOLD}{ASKED}')
    assert not run.failed, told(run)


def test_another_phone_types_what_the_first_was_shown(test: Test) -> None:
    run = test(f"""{FILED}{TOLD}
      - number: "+26662123456"
        dials: "*384*26600*2#"
      - types: "{{reference}}"
        matches: "{{reference}}$"
        ends: true
""")
    assert not run.failed, told(run)


def test_a_name_that_stands_for_something_else_later_fails_with_what_was_captured(test: Test) -> None:
    run = test(f"{FILED}{TOLD}" + ASKED.replace("Birth certificate", "Birth {reference}"))
    assert run.failed == 1
    report = told(run)
    assert "dials *384*26600*2*6795-C9E1Q#: the page differs" in report
    assert "{reference} was captured as 6795-C9E1Q" in report
    assert "- Birth 6795-C9E1Q" in report and "+ Birth certificate" in report
    assert '"reference": "6795-C9E1Q"' in as_json(run)


def test_a_page_that_differs_elsewhere_captures_all_the_same(test: Test) -> None:
    run = test(FILED.replace("No fee", "A fee") + TOLD + ASKED)
    assert "the page differs" in told(run) and "+ You will get an SMS. No fee." in told(run)


def test_what_was_never_shown_cannot_be_typed(test: Test) -> None:
    run = test('      - types: "1"\n      - shows: "Number {number}"\n' + ASKED.replace("{reference}", "{number}"))
    assert "expected" in told(run) and "Number {number}" in told(run)


def test_a_turn_that_wants_what_was_never_captured_is_not_played(test: Test) -> None:
    run = test(f'      - types: "1"\n        matches: "^Application|{{reference}}$"\n        ends: true\n{ASKED}')
    assert "cannot be played: nothing was shown that {reference} could stand for" in told(run)


def test_an_update_keeps_captures(lesotho: Pack, file: Path) -> None:
    before = HEAD + FILED.replace("received", "got") + TOLD + ASKED.replace("Leribe", "Maseru")
    file.write_text(before, "utf-8")
    assert update_files(lesotho, read_files([file])) == 2
    assert file.read_text("utf-8") == HEAD + FILED + TOLD + ASKED
    assert not run_conversations(lesotho, read_files([file])).failed


def test_an_update_leaves_a_text_that_would_lose_its_capture(lesotho: Pack, file: Path) -> None:
    before = HEAD + FILED + TOLD + '      - {shows: "Your number is {reference}", dials: "*384*26600#"}\n'
    file.write_text(before, "utf-8")
    assert update_files(lesotho, read_files([file])) == 0
    assert file.read_text("utf-8") == before


@pytest.mark.parametrize(
    ("turns", "complaint"),
    [
        ('      - texts: "{reference}"\n', "10:16 capture-unknown: `{reference}` is captured in no turn"),
        (
            '      - texts: "{a}"\n      - receives: "{a}"\n',
            "10:16 capture-early: `{a}` is used before line 11 captures",
        ),
        ('      - receives: "{a}"\n', "10:19 capture-unused: `{a}` is captured and never used"),
        ('      - receives: "{Ref}"\n', "10:19 capture: `{Ref}` is no capture: a capture's name has small letters"),
        ('      - receives_matching: "{ref no}"\n', "10:28 capture: `{ref no}` is no capture"),
        ('      - receives_matching: "[{a}]{a}"\n', "10:28 pattern: is no regular expression"),
        ('      - receives_matching: "[{a}]"\n', "10:28 capture: `{a}` stands between `[` and `]`, where nothing is"),
        (
            '      - receives: "{a}{b} {a} {b}"\n',
            "10:19 capture: `{a}{b}`: where the first ends cannot be seen; capture both as one",
        ),
        ('      - texts: "{"\n', "10:16 capture: a brace stands alone; write a capture as `{name}`"),
        ('      - receives_matching: "({a}"\n', "10:28 pattern: is no regular expression"),
    ],
)
def test_a_wrong_capture_is_a_complaint_with_its_place_and_what_to_do(file: Path, turns: str, complaint: str) -> None:
    file.write_text(HEAD + turns, "utf-8")
    with pytest.raises(MenuRefused) as refused:
        read_files([file])
    [one] = refused.value.complaints
    assert f"{one.line}:{one.column} {one.rule}: {one.text}".startswith(complaint)


def test_a_name_in_what_is_dialled_first_comes_too_early(file: Path) -> None:
    file.write_text(HEAD.replace("*1#", "*{reference}#") + FILED, "utf-8")
    with pytest.raises(MenuRefused, match="3:11: capture-early"):
        read_files([file])


def test_braces_of_a_pattern_are_its_own() -> None:
    assert parse_pattern(r"[0-9]{4}-\{a} {2,3} x{,2}").names == ()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_written_without_a_capture(text: str) -> None:
    wording = parse(escape(text))
    assert wording.names == () and wording.fill({}) == text and wording.written() == escape(text)
    assert wording.read(text, {}) == {}
