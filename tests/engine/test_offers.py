"""Amounts that are known already and answered by one key, within their bounds and not beyond."""

from __future__ import annotations

from datetime import date

import pytest

from app.compiler.masks import hidden_names
from app.compiler.pack import compile_published
from app.compiler.published import meaning
from app.engine.exchange import Facts, Step
from app.engine.program import Choose, Program, Resume
from app.engine.step import dial, hear
from tests.compiler.broken import BASE

FACTS = Facts(date(2026, 11, 26))
MAIN = """
start: start
screens:
  start: {ask: Owed, into: owed, type: amount, least: 10, most: 9000, to: much}
  much:
    choose: "{owed}"
    into: amount
    options:
      1: {text: All, offers: owed, least: 20, most: 5000, to: done}
      2: {text: A part, to: part}
  part: {ask: Part, into: amount, type: amount, least: 10, most: 5000, to: done}
  done: {confirm: "Pay {amount} of {owed}?", yes: end, no: much}
  end: {end: "{amount}"}
"""


@pytest.fixture(scope="module")
def program() -> Program:
    return compile_published({**BASE, "main.yaml": MAIN}).program


def walk(program: Program, *typed: str) -> Step:
    step = dial(program, "main/start", None, FACTS)
    for text in typed:
        step = hear(program, step.state, text, FACTS)
    return step


def shown(step: Step) -> str:
    assert step.page is not None
    return step.page.text


@pytest.mark.parametrize("owed", ["20", "20.01", "123.45", "5000"])
def test_what_is_within_the_bounds_is_answered_by_its_key_to_the_cent(program: Program, owed: str) -> None:
    assert "1. All" in shown(walk(program, owed))
    chosen = walk(program, owed, "1")
    assert chosen.state.answers["amount"] == chosen.state.answers["owed"] == str(round(float(owed) * 100))


@pytest.mark.parametrize("owed", ["19.99", "5000.01", "9000"])
def test_what_is_out_of_the_bounds_is_neither_shown_nor_taken(program: Program, owed: str) -> None:
    page = walk(program, owed)
    assert "1. All" not in shown(page) and "2. A part" in shown(page)
    typed_all_the_same = walk(program, owed, "1")
    assert shown(typed_all_the_same).startswith("Try again.")
    assert "amount" not in typed_all_the_same.state.answers


def test_what_else_is_said_of_when_it_is_there_holds_as_well() -> None:
    main = MAIN.replace("offers: owed,", "when: owed < 50.0 || owed > 99.0, offers: owed,")
    program = compile_published({**BASE, "main.yaml": main}).program
    assert ["1. All" in shown(walk(program, owed)) for owed in ("10", "20", "60", "100", "6000")] == [
        False, True, False, True, False,
    ]  # fmt: skip


def test_another_amount_takes_its_place(program: Program) -> None:
    assert "Pay M20.00 of M123.45?" in shown(walk(program, "123.45", "2", "20"))


def test_whoever_goes_back_may_choose_the_other(program: Program) -> None:
    assert "Pay M20.00 of M123.45?" in shown(walk(program, "123.45", "1", "2", "2", "20"))
    assert "Pay M123.45 of M123.45?" in shown(walk(program, "123.45", "2", "20", "2", "1"))


def test_what_is_offered_is_hidden_wherever_what_it_was_is(program: Program) -> None:
    hidden = hidden_names(program.screens, {}, program.names, {"main": Resume(60, False, frozenset({"owed"}))})
    assert hidden["main"] == {"owed", "amount"}


def test_a_number_that_offers_means_what_it_offers(program: Program) -> None:
    much = program.screens["main/much"]
    assert isinstance(much, Choose)
    assert [meaning(option) for option in much.options] == ["owed -> main/done", "main/part"]
