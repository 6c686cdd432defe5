"""Complaints list no more names than one reads."""

from __future__ import annotations

from app import limits
from app.compiler.known import enumerated


def test_few_names_are_all_listed() -> None:
    assert enumerated(["born", "name"]) == "born, name"


def test_of_many_names_the_first_are_listed_and_the_others_counted() -> None:
    names = [f"n{number}" for number in range(limits.complaint_names_max + 3)]
    assert enumerated(names) == ", ".join(names[:-3]) + " and 3 more"


def test_where_there_are_none_that_is_said() -> None:
    assert enumerated([], "nothing") == "nothing"
