"""What others wrote cannot command a terminal, fill it for ever, or pretend to be what we say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import limits
from app.errors import Complaint, MenuRefused
from app.printable import printable, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Lumela ’m’e š\nKhetha:", "Lumela ’m’e š\nKhetha:"),
        ("non\u00a0breaking", "non\u00a0breaking"),
        ("\x1b[2J\x07", "\\u001b[2J\\u0007"),
        ("\x9b31m\x7f", "\\u009b31m\\u007f"),
        ("a\r\nb\tc", "a\\u000d\nb\\u0009c"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2028\ufeff", "\\u2028\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\udb40\\udc41"),
    ],
)
def test_letters_that_cannot_be_seen_are_written_as_numbers(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_printed_holds_no_control_letter_and_can_be_encoded(text: str) -> None:
    shown = printable(text)
    assert all(letter == "\n" or letter >= " " for letter in shown)
    shown.encode()


@given(st.text())
def test_an_object_in_json_stays_one_and_says_the_same(text: str) -> None:
    assert json.loads(printable(json.dumps({"text": text}, ensure_ascii=False))) == {"text": text}


def test_a_long_text_is_cut() -> None:
    assert shortened("abcde", 5) == "abcde"
    assert shortened("abcdef", 5) == "abcd…"


def test_a_complaint_is_one_line_of_bounded_length() -> None:
    told = str(Complaint("main.yaml", 1, 2, "yaml", "is `\x1b]0;x\x07\nother.yaml:1:1: yaml`" + "x" * 5_000, "start"))
    assert told.startswith("main.yaml:1:2: yaml: [start] is `\\u001b]0;x\\u0007\\nother.yaml")
    assert len(told) < limits.complaint_letters_max + 100


def test_of_many_complaints_the_first_are_told_and_the_others_counted() -> None:
    complaints = tuple(Complaint("main.yaml", line, 1, "yaml", "is wrong") for line in range(1, 301))
    lines = str(MenuRefused(complaints)).splitlines()
    assert len(lines) == 201 and lines[-1] == "and 100 more."
    assert lines[199].startswith("main.yaml:200:")
    assert len(str(MenuRefused(complaints[:200])).splitlines()) == 200


def test_a_long_value_is_cut_where_it_is_quoted_and_what_to_do_is_kept() -> None:
    told = str(Complaint("main.yaml", 1, 1, "wrong-shape", f"`{'x' * 480_000}` must be a whole number, such as `7`"))
    assert told == f"main.yaml:1:1: wrong-shape: `{'x' * 99}…` must be a whole number, such as `7`"
