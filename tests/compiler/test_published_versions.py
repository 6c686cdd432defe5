"""Menus that were published before the menu language asked for more of them go on, with what stands for what lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from app.agent_phrases import AGENT_MENU_TEXTS, AGENT_PHRASES, MANDATE_TEXTS, say
from app.compiler.pack import compile_pack, compile_published
from app.engine.program import CallScreen, Program
from app.errors import MenuRefused
from app.pack import CODE_PHRASES, CONSENT_PHRASES, LANGUAGE_PHRASES, MANDATE_PHRASES, RESUME_PHRASES, SURVEY_PHRASES
from app.pack_files import read_sources
from app.points.guide import POINT_PHRASES
from app.values.text import fill
from tests.conftest import ROOT

LATER = (
    *(*AGENT_PHRASES, *AGENT_MENU_TEXTS, *MANDATE_TEXTS, *MANDATE_PHRASES, *CODE_PHRASES, *CONSENT_PHRASES),
    *(*LANGUAGE_PHRASES, *RESUME_PHRASES, *SURVEY_PHRASES, *POINT_PHRASES, "bad_meter", "not_same"),
)


@pytest.fixture(scope="module")
def shipped() -> Mapping[str, str]:
    return read_sources(ROOT / "menus" / "lesotho")[0]


def without(sources: Mapping[str, str], file: str, *lines: str) -> dict[str, str]:
    """Without the lines that begin so, blanks aside; each has to be there."""
    text = sources[file]
    for line in lines:
        text, count = re.subn(rf"(?m)^ *{re.escape(line)}.*\n", "", text)
        assert count, f"no line of {file} begins with {line}"
    return {**sources, file: text}


def refused(sources: Mapping[str, str]) -> set[str]:
    with pytest.raises(MenuRefused) as refusal:
        compile_pack(sources)
    return {complaint.rule for complaint in refusal.value.complaints}


def ways(program: Program, screen: str) -> Mapping[str, object]:
    call = program.screens[screen]
    assert isinstance(call, CallScreen)
    return call.refused


def test_phrases_that_came_later_are_said_as_those_that_each_pack_has(shipped) -> None:
    said = [phrase for phrase in LATER if f"\n  {phrase}:" in shipped["pack.yaml"]]
    assert len(said) > 40
    sources = without(shipped, "pack.yaml", *(f"{phrase}:" for phrase in said))
    assert "missing-key" in refused(sources)
    program = compile_published(sources).program
    assert set(said) <= set(program.phrases)
    for language in program.languages:
        nothing = fill(program.phrases["unavailable"][language], {})
        assert say(program, "agent_float", language, float="100", commission="5") == nothing
        assert program.phrases["bad_meter"] == program.phrases["wrong_choice"]


def test_outcomes_that_came_later_lead_where_the_nearest_one_does(shipped) -> None:
    sources = without(shipped, "agents.yaml", "elsewhere: elsewhere")
    sources = without(sources, "bill.yaml", "waiting: waiting")
    assert "uncovered-outcome" in refused(sources)
    program = compile_published(sources).program
    order, bill = ways(program, "agents/order"), ways(program, "bill/one")
    assert order["elsewhere"] == order["barred"] != order["unknown"]
    assert bill["waiting"] == bill["over"]


def test_a_call_without_any_outcome_is_as_little_whole_as_ever(shipped) -> None:
    sources = without(shipped, "agents.yaml", "refused: {lapsed: lapsed, barred: barred}")
    with pytest.raises(MenuRefused, match="the service may refuse: `lapsed`"):
        compile_published(sources)


def test_texts_that_came_later_take_no_version_from_those_who_are_on_it(shipped) -> None:
    sources = without(shipped, "services.yaml", "over:")
    assert "missing-text" in refused(sources)
    services = compile_published(sources).catalogue.services.values()
    assert any(service.wallet and "over" not in service.sms and "refused" in service.sms for service in services)
