"""Pages of a dialogue that was taken up again: nothing on them tells of a person, every one is as long as before."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.engine.exchange import Facts
from app.engine.program import CallScreen, Program, program_of
from app.engine.rendering import TELLING, render
from app.engine.resuming import resumed
from app.engine.state import State
from app.engine.step import hear, show_again
from app.pack_files import read_pack
from app.values.rules import ValueType
from app.values.text import slots
from tests.lands import FLAT, SHIPPED

FACTS = Facts(date(2026, 11, 24), "africastalking", "65101")
SAMPLES = {ValueType.IDENTITY: "873465219078", ValueType.PHONE: "+26658743219", ValueType.DATE: "2026-03-05"}
PROGRAMS = {path.name: read_pack(path).program for path in (SHIPPED, FLAT)}


def filled(program: Program, screen: str, language: str) -> State:
    """Everything that its program declares is answered, each with a value of its own."""
    names = program.names[program_of(screen)]
    answers = {
        name: next(iter(one.words), "") if one.type is ValueType.CHOICE else SAMPLES.get(one.type, f"Palesa {name}")
        for name, one in names.items()
    }
    return State(program.pack, program.version, screen, screen, language, answers=answers, starts=(0,))


@pytest.mark.parametrize("pack", PROGRAMS)
def test_no_screen_shows_a_number_of_a_person_and_none_grows(pack: str) -> None:
    program, masked = PROGRAMS[pack], 0
    for name, screen in program.screens.items():
        if isinstance(screen, CallScreen):
            continue
        for language in program.languages:
            state = filled(program, name, language)
            clear, seen = (render(program, one, screen.text) for one in (state, resumed(state, ())))
            shown = {slot.name for slot in slots(screen.text[language])}
            hidden = shown & program.hidden[program_of(name)]
            telling = {one for one in shown if program.names[program_of(name)][one].type in TELLING}
            assert telling <= hidden, name
            assert len(seen) == len(clear), name
            assert not any(state.answers[one] in seen for one in hidden if state.answers[one]), name
            masked += bool(hidden)
    assert masked >= 2


def test_sub_menus_hide_what_they_are_handed() -> None:
    program = PROGRAMS[SHIPPED.name]
    assert "id" in program.hidden["who"] and {"id", "caretaker"} <= program.hidden["grants"]
    assert "holder" in program.hidden["electricity"] and "meter" not in program.hidden["electricity"]


@settings(max_examples=50, deadline=None)
@given(st.from_regex("[0-9]{12}", fullmatch=True), st.sampled_from(["st", "en"]))
def test_whatever_was_typed_is_masked_and_sent_whole(id: str, language: str) -> None:
    program = PROGRAMS[SHIPPED.name]
    typed = filled(program, "birth-certificate/check", language)
    typed = replace(typed, answers={**typed.answers, "mother_id": id})
    before, after = (show_again(program, one, FACTS).page for one in (typed, resumed(typed, ())))
    assert before is not None and after is not None
    assert after.text == before.text.replace(id, f"{id[0]}xxxxxxxx{id[-3:]}")
    call = hear(program, resumed(typed, ()), "1", FACTS).call
    assert call is not None and call.arguments["mother_id"] == id
