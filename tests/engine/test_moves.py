"""Moving about: back to what was seen, the entries of a list too; on past what was left empty."""

from __future__ import annotations

from datetime import date

import pytest

from app.compiler.pack import compile_published
from app.engine.exchange import Facts, Gave, Step
from app.engine.program import Program
from app.engine.step import dial, hear, resume
from tests.compiler.broken import BASE

FACTS = Facts(date(2026, 11, 26))
OFFICES = {"Maseru": '[{"id":"1","name":"Maseru PO"}]', "Leribe": '[{"id":"2","name":"Leribe PO"}]'}
MAIN = """
start: start
screens:
  start:
    choose: Where
    into: district
    options: {1: {text: Maseru, value: Maseru, to: look}, 2: {text: Leribe, value: Leribe, to: look}}
  look: {}
  pick:
    pick: "In {district}:"
    from: offices
    line: "{name}"
    into: {office: id}
    empty: start
    to: again
  again:
    choose: "Where else"
    into: district
    options: {1: {text: Maseru, value: Maseru, to: look_again}, 2: {text: Leribe, value: Leribe, to: look_again}}
  look_again: {}
  pick_again:
    pick: "Or in {district}:"
    from: offices
    line: "{name}"
    into: {office: id}
    empty: start
    to: done
  done: {end: "{office}"}
"""
CALL = """{name}:
    call: offices
    with: {{district: district}}
    results: {{offices: offices}}
    answered: {to}
    refused: {{unknown: start}}
    late: start
    down: start"""


@pytest.fixture(scope="module")
def program() -> Program:
    main = MAIN.replace("look: {}", CALL.format(name="look", to="pick"))
    main = main.replace("look_again: {}", CALL.format(name="look_again", to="pick_again"))
    return compile_published({**BASE, "main.yaml": main}).program


def walk(program: Program, *typed: str) -> list[str]:
    """The pages of a dialogue; the office lists what there is in the district that it is asked for."""
    step, pages = dial(program, "main/start", None, FACTS), []
    for text in (None, *typed):
        if text is not None:
            step = hear(program, step.state, text, FACTS)
        step = answered(program, step)
        assert step.page is not None
        pages.append(step.page.text)
    return pages


def answered(program: Program, step: Step) -> Step:
    while step.call is not None:
        step = resume(program, step.state, Gave({"offices": OFFICES[step.call.arguments["district"]]}), FACTS)
    return step


def test_back_shows_the_list_that_was_seen_there(program: Program) -> None:
    pages = walk(program, "1", "1", "2", "9", "9")
    assert pages[1] == pages[-1] and "In Maseru:\n1. Maseru PO" in pages[-1]
    assert "Or in Leribe:\n1. Leribe PO" in pages[3]


def test_an_entry_that_is_picked_after_going_back_is_the_one_that_is_shown(program: Program) -> None:
    assert walk(program, "1", "1", "2", "9", "9", "1", "1", "1")[-1] == "1"


def test_a_list_is_kept_for_as_long_as_a_page_can_show_it(program: Program) -> None:
    step = answered(program, hear(program, dial(program, "main/start", None, FACTS).state, "1", FACTS))
    for typed in ("1", "2"):
        step = answered(program, hear(program, step.state, typed, FACTS))
    assert len(step.state.listings) == 2
    for typed in ("9", "9", "9", "2"):
        step = answered(program, hear(program, step.state, typed, FACTS))
    assert list(step.state.listings.values()) == [OFFICES["Leribe"]]


OPTIONAL = """
start: start
screens:
  start: {ask: Remark, into: remark, type: text, shortest: 0, again: Once more, to: done}
  done: {end: "({remark})"}
"""


@pytest.mark.parametrize(
    ("typed", "pages"),
    [
        ([""], ["()"]),
        (["a", "a"], ["Once more", "(a)"]),
        (["a", "", ""], ["Once more", "Try again.", "()"]),
    ],
)
def test_what_is_left_empty_is_not_asked_for_twice(typed: list[str], pages: list[str]) -> None:
    seen = walk(compile_published({**BASE, "main.yaml": OPTIONAL}).program, *typed)[1:]
    assert [page.partition("\n")[0] for page in seen] == pages
