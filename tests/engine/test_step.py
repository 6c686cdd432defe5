"""One step through the shipped menus: pure, and right for whatever is typed."""

from __future__ import annotations

from datetime import date

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from app import limits
from app.engine.exchange import Facts, Failed, Gave, RememberLanguage, Step
from app.engine.program import End, Program
from app.engine.state import State
from app.engine.step import dial, guarded, hear, resume
from app.pack import Pack
from app.values.text import septets

FACTS = Facts(date(2026, 11, 23), "africastalking", "65101")
REFERENCE = "7K4M2PXQ8"


def walk(program: Program, *typed: str, refuse: str | None = None) -> Step:
    """Dial and type; every service answers, or fails as `refuse` says."""
    step = settle(program, dial(program, "welcome/start", None, FACTS), refuse)
    for text in typed:
        step = settle(program, hear(program, step.state, text, FACTS), refuse)
    return step


def settle(program: Program, step: Step, refuse: str | None) -> Step:
    while step.call:
        results = {"reference": REFERENCE, "title": "Pasa", "status": "ready", "where": "Maseru", "holder": "T. M."}
        step = resume(program, step.state, Failed(refuse, {}) if refuse else Gave(results), FACTS)
    return step


def text_of(step: Step) -> str:
    assert step.page is not None
    return step.page.text


def test_the_first_page_is_in_sesotho(lesotho: Pack) -> None:
    page = walk(lesotho.program).page
    assert page is not None and page.text.startswith("Rea u amohela!") and not page.final


def test_a_chosen_language_is_an_effect_and_changes_the_page(lesotho: Pack) -> None:
    step = walk(lesotho.program, "8", "2")
    assert step.effects == (RememberLanguage("en"),)
    assert text_of(step).startswith("Welcome to Mohala.")


def test_a_wrong_choice_says_so_on_top_of_the_same_page(lesotho: Pack) -> None:
    before, after = walk(lesotho.program, "1"), walk(lesotho.program, "1", "7")
    assert text_of(after) == f"Khetho e fosahetse. Leka hape.\n{text_of(before)}"
    assert after.state.answers == before.state.answers


def test_back_restores_the_page_and_its_answers(lesotho: Pack) -> None:
    there = walk(lesotho.program, "1", "1")
    back = walk(lesotho.program, "1", "1", "05/03/2026", "9")
    assert text_of(back) == text_of(there)
    assert back.state.answers == there.state.answers == {"sex": "male"}
    assert back.state.trail == there.state.trail


def test_back_then_forward_is_where_one_was(lesotho: Pack) -> None:
    there = walk(lesotho.program, "1", "1", "05/03/2026")
    again = walk(lesotho.program, "1", "1", "05/03/2026", "9", "05/03/2026")
    assert text_of(again) == text_of(there)
    assert again.state.answers == there.state.answers and again.state.trail == there.state.trail


def test_home_forgets_the_answers(lesotho: Pack) -> None:
    home = walk(lesotho.program, "1", "1", "0")
    assert text_of(home) == text_of(walk(lesotho.program))
    assert home.state.answers == {} and home.state.trail == ()


def test_there_is_no_back_on_the_first_page(lesotho: Pack) -> None:
    assert "Morao" not in text_of(walk(lesotho.program))
    assert text_of(walk(lesotho.program, "9")).startswith("Khetho e fosahetse.")


def test_the_summary_shows_what_was_answered(lesotho: Pack) -> None:
    step = walk(lesotho.program, "1", "2", "5/3/26", "6", "5", "012345678901", "3")
    assert text_of(step).split("\n")[:5] == [
        "Netefatsa:", "Ngoanana 05/03/2026", "Thaba-Tseka", "ID ea 'm'e 012345678901", "U: Mohlokomeli",
    ]  # fmt: skip
    assert guarded(lesotho.program, step.state)


def test_a_filed_request_ends_with_its_reference_and_no_way_back(lesotho: Pack) -> None:
    step = walk(lesotho.program, "1", "2", "5/3/26", "1", "012345678901", "1", "1")
    assert "Ref: 7K4M-2PXQ8" in text_of(step)
    assert step.page is not None and step.page.final and step.state.trail == ()


def test_a_refusal_goes_back_to_the_question_and_says_why(lesotho: Pack) -> None:
    step = walk(lesotho.program, "1", "2", "5/3/26", "1", "992345678901", refuse="unknown")
    assert text_of(step).startswith("ID ena ha e fumanehe. Leka hape.\nNomoro ea ID ea 'm'e")
    assert [visit.screen for visit in step.state.trail][-1] == "birth-certificate/district"


def test_a_late_office_leads_to_the_authors_page(lesotho: Pack) -> None:
    step = walk(lesotho.program, "3", "01234567897", "M50", refuse="late")
    assert "(mitara ha e so hlahlojoe)" in text_of(step)


def test_what_is_typed_is_data_on_the_page_that_echoes_it(lesotho: Pack) -> None:
    step = walk(lesotho.program, "2", "7K4M-2PXQ8", refuse="unknown")
    assert text_of(step) == "Nomoro ena ea kopo ha e fumanehe: 7K4M-2PXQ8"


typed_texts = st.one_of(
    st.sampled_from(["1", "2", "3", "6", "8", "9", "0", "5/3/2026", "012345678901", "01234567897", "50", "", "*", "#"]),
    st.text(max_size=30),
)
outcomes = st.sampled_from([None, "late", "down", "unknown"])


@settings(max_examples=300)
@given(st.lists(st.tuples(typed_texts, outcomes), max_size=25))
def test_any_typing_ends_on_a_page_that_fits(lesotho: Pack, inputs: list[tuple[str, str | None]]) -> None:
    """Never raises, never loses its way, never exceeds the budget; the State survives its round trip."""
    program = lesotho.program
    step = dial(program, "welcome/start", None, FACTS)
    for text, refuse in inputs:
        step = hear(program, step.state, text, FACTS)
        for _ in range(limits.calls_per_turn_max):
            if step.call is None:
                break
            known = lesotho.catalogue.services[step.call.service]
            allowed = (*known.refused, "late", "down")
            fails = refuse if refuse in allowed else None
            step = resume(program, step.state, Failed(fails, {}) if fails else Gave({"reference": REFERENCE}), FACTS)
        assert step.page is not None
        assert septets("CON " + step.page.text) <= limits.reply_septets_max
        assert step.page.final == isinstance(program.screens[step.state.screen], End)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(step.state), type=State) == step.state
