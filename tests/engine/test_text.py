"""Texts cost what a handset counts, and placeholders have one syntax."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smsutil import encode, is_valid_gsm

from app.values.text import SEPTETS, BadTemplate, Slot, fill, fit, parse_template, septets, slots, spell, to_gsm


def test_the_alphabet_is_gsm_03_38_with_its_extension_table() -> None:
    basic = [letter for letter, cost in SEPTETS.items() if cost == 1]
    extended = {letter for letter, cost in SEPTETS.items() if cost == 2}
    assert extended == set("^{}\\[~]|€")
    assert len(basic) >= 126 and "š" not in SEPTETS and "’" not in SEPTETS


@given(st.text(max_size=60))
def test_whatever_is_written_becomes_letters_that_the_network_has(text: str) -> None:
    gsm = to_gsm(text)
    assert gsm == "" or is_valid_gsm(gsm)
    assert septets(gsm) == len(encode(gsm))


def test_a_country_spells_what_phones_lack_and_any_other_leaves_marks_out() -> None:
    sesotho = {"š": "s'", "Š": "S'"}
    assert to_gsm(spell("Tšebeletso ea ’muso — ’m’e…", sesotho)) == "Ts'ebeletso ea 'muso - 'm'e..."
    assert to_gsm(spell("Škoda, Dvořák — Kōbē…", {})) == "Skoda, Dvorak - Kobe..."
    assert parse_template("Tšoara {name}", sesotho) == ("Ts'oara ", Slot("name"))


@given(st.text(max_size=60), st.integers(0, 20))
def test_a_value_never_costs_more_than_its_place(value: str, longest: int) -> None:
    assert septets(fit(value, longest)) <= longest


def test_a_value_is_data_even_when_it_looks_like_a_placeholder() -> None:
    assert fill(parse_template("Lebitso: {name}"), {Slot("name"): "{secret}"}) == "Lebitso: {secret}"


def test_lines_lose_trailing_spaces_and_empty_values_leave_no_empty_end() -> None:
    assert fill(parse_template("A {x}\n{y}"), {Slot("x"): "", Slot("y"): ""}) == "A"


@pytest.mark.parametrize(
    ("text", "values", "shown"),
    [
        ("E hanetsoe: {reason}.", {}, "E hanetsoe."),
        ("E hanetsoe: {reason}{note}. Leka", {}, "E hanetsoe. Leka"),
        ("E hanetsoe: {reason}. {note}", {"note": "Bukana e sieo"}, "E hanetsoe. Bukana e sieo"),
        ("E lokile: {where} {note}", {}, "E lokile"),
        ("E lokile: {where} {note}", {"note": "Tlisa ID"}, "E lokile: Tlisa ID"),
        ("E lokile: {where} {note}", {"where": "Leribe:"}, "E lokile: Leribe:"),
        ("{title}, {place}", {"title": "Leholimo"}, "Leholimo"),
        ("{title}, {place}", {"place": "Leribe"}, "Leribe"),
        ("Token {token} ({kwh} kWh). Ref", {"token": "1"}, "Token 1. Ref"),
        ("Kopo {reference}\n{title}\nBoemo: {status} {where}", {"reference": "7K", "status": "E lokile"},
         "Kopo 7K\nBoemo: E lokile"),
        ("ID: E lokile.\nSebaka: {where}\nU e late", {}, "ID: E lokile.\nU e late"),
        ("Tlokotsi: 112. {district}:", {}, "Tlokotsi: 112."),
        ("({source}, {as_of})", {"as_of": "29/11/2026"}, "(29/11/2026)"),
        ("Sebaka: {where}", {}, "Sebaka"),
        ("{where}", {}, ""),
    ],
)  # fmt: skip
def test_what_led_to_an_empty_value_goes_with_it(text: str, values: dict[str, str], shown: str) -> None:
    template = parse_template(text)
    assert fill(template, {slot: values.get(slot.name, "") for slot in slots(template)}) == shown


@pytest.mark.parametrize("text", ["{Name}", "{a.b}", "{a!r}", "{", "}", "{}", "{{a}}", "{a|b}", "{0}", "{a b}"])
def test_any_other_syntax_is_refused(text: str) -> None:
    with pytest.raises(BadTemplate):
        parse_template(text)


def test_slots_are_the_names_used() -> None:
    assert slots(parse_template("{a} and {b_2} and {a}")) == {Slot("a"), Slot("b_2")}
