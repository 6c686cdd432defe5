"""The way to a language, found in the pack or told."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.compiler.pack import compile_pack
from app.errors import SettingsWrong
from app.pack import Pack
from app.terminal.languages import find_digits, next_language, read_languages
from tests.lands import FLAT
from tests.story.country import SERVICE_CODE


def test_the_shipped_pack_has_a_way_to_each_language(lesotho: Pack) -> None:
    assert find_digits(lesotho.program, SERVICE_CODE) == {"st": "8*1", "en": "8*2"}


def test_an_option_that_only_some_callers_see_is_no_way(lesotho_sources: dict[str, str]) -> None:
    before = "{text: English, language: en, to: start}"
    hidden = "{text: English, language: en, to: start, when: caller.network == '65101'}"
    assert before in lesotho_sources["welcome.yaml"]
    sources = lesotho_sources | {"welcome.yaml": lesotho_sources["welcome.yaml"].replace(before, hidden)}
    assert find_digits(compile_pack(sources).program, SERVICE_CODE) == {"st": "8*1"}


def test_what_is_told_goes_before_the_pack() -> None:
    told = read_languages(("en=7", "st=8*1*1"), FLAT, SERVICE_CODE)
    assert told == {"en": "7", "st": "8*1*1"}


@pytest.mark.parametrize("told", ["en", "=8", "en=", "en=8*x", "en=**"])
def test_digits_that_are_none_are_refused(told: str) -> None:
    with pytest.raises(SettingsWrong, match="write it like en=8"):
        read_languages((told,), Path("nowhere"), SERVICE_CODE)


def test_without_a_pack_no_way_is_known(tmp_path: Path) -> None:
    assert read_languages((), tmp_path / "none", SERVICE_CODE) == {}


def test_the_next_language_goes_round() -> None:
    three = {"st": "1", "en": "2", "zu": "3"}
    assert [next_language(three, now) for now in (None, "en", "zu", "gone")] == ["en", "zu", "st", "en"]
