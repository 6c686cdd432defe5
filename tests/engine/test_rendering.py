"""Amounts, numbers and dates are shown whole or not at all: what an office gives that is too long counts as down."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.compiler.pack import compile_pack
from app.compiler.worst import worst_value
from app.engine.exchange import Facts, Gave
from app.engine.program import Declared, Program
from app.engine.rendering import fits, longest_shown, show
from app.engine.step import dial, resume
from app.pack import PHRASES
from app.values.rules import ValueType

FACTS = Facts(date(2026, 11, 24), "africastalking", "65101")
SOURCES = {
    "pack.yaml": "\n".join(
        [
            "pack: small", "languages: [en, fr]", 'keys: {back: "9", home: "0", more: "99"}', "country: LS",
            "currency: {code: LSL, symbol: M}", "timezone: Africa/Maseru", "locales: {en: en_LS, fr: fr}",
            f"phrases: {json.dumps(dict.fromkeys(PHRASES, 'No'))}",
        ]
    ),
    "services.yaml": """\
offices:
  desk:
    adapter: http_json
    address: http://127.0.0.1:1
    operations:
      look:
        method: GET
        path: /look
        takes: []
        results:
          due: {from: due, type: amount, longest: 10}
          n: {from: n, type: number, longest: 4}
          born: {from: born, type: date, longest: 10}
          bills: {from: bills, list: {sum: {from: sum, type: amount, longest: 8}}, most: 3}
        answered: [200]
services: {look: {title: Look, kind: ask, ask: {office: desk, operation: look}}}
""",
    "entrances.yaml": 'ussd: {"*": main}',
    "main.yaml": """\
start: look
screens:
  look:
    call: look
    results: {due: due, n: n, born: born, bills: bills}
    answered: shown
    late: down
    down: down
  shown: {end: "{due} {due|plain} {n} {n|plain} {born|long} {bills}"}
  down: {end: The office is down.}
""",
    "languages/fr.yaml": "programs: {main: {down: Rien}}",
}  # fmt: skip
RIGHT = {"due": "123456", "n": "999", "born": "2026-09-30", "bills": '[{"sum": "12345"}, {"sum": "5"}]'}


def program() -> Program:
    return compile_pack(SOURCES).program


def shown(**results: str) -> str:
    pack = program()
    step = dial(pack, "main/look", "en", FACTS)
    page = resume(pack, step.state, Gave({**RIGHT, **results}), FACTS).page
    assert page is not None
    return page.text


def test_what_fits_is_shown_as_the_language_writes_it() -> None:
    assert shown() == "M1,234.56 1234.56 999 999 30 September 2026 M123.45 and M0.05"


@pytest.mark.parametrize(
    "results",
    [
        {"due": "123456789"},
        {"due": "1234567"},
        {"due": "-123456"},
        {"n": "1234"},
        {"n": "0000000007"},
        {"born": "the thirtieth of September"},
        {"bills": '[{"sum": "1"}, {"sum": "123456"}]'},
    ],
)
def test_what_would_be_shown_longer_than_declared_counts_as_down(results: dict[str, str]) -> None:
    assert shown(**results) == "The office is down."


def test_entries_that_are_left_out_do_not_count() -> None:
    bills = [{"sum": "1"}, {"sum": "2"}, {"sum": "3"}, {"sum": "123456789"}]
    assert shown(bills=json.dumps(bills)).endswith(" M0.01, M0.02 and M0.03")


@given(st.sampled_from(["due", "n"]), st.integers(-(10**14), 10**14), st.sampled_from(["", "plain", "long"]))
def test_no_digit_is_ever_lost(name: str, number: int, format: str) -> None:
    pack = program()
    declared = pack.names["main"][name]
    for language in pack.languages:
        text = show(pack, declared, str(number), language, format)
        digits = "".join(letter for letter in text if letter.isdigit())
        assert int(digits) == abs(number)
        assert not fits(pack, declared, str(number)) or len(text) <= declared.longest


def test_less_than_one_unit_below_nothing_keeps_its_sign() -> None:
    pack = program()
    assert show(pack, pack.names["main"]["due"], "-5", "en", "plain") == "-0.05"


@pytest.mark.parametrize(
    ("canonical", "shown"),
    [
        ("12345678901234567890", "1234 5678 9012 3456 7890"),
        ("01234567897", "0123 4567 897"),
        ("1234", "1234"),
        ("", ""),
    ],
)
def test_long_numbers_are_written_by_fours(canonical: str, shown: str) -> None:
    declared = Declared(ValueType.DIGITS, 20, {})
    program = compile_pack(SOURCES).program
    assert show(program, declared, canonical, "en", "groups") == shown
    assert len(shown) <= longest_shown(declared, program.formats["en"], "groups") == 24


@pytest.mark.parametrize(("canonical", "shown", "value"), [("VAT", "Sales", "VAT"), ("", "", ""), ("none", "", "")])
def test_a_choice_is_shown_in_its_words_or_as_what_it_stands_for(canonical: str, shown: str, value: str) -> None:
    declared = Declared(ValueType.CHOICE, 5, {"VAT": {"en": ("Sales",), "fr": ("Ventes",)}})
    program = compile_pack(SOURCES).program
    assert show(program, declared, canonical, "en") == shown
    assert show(program, declared, canonical, "en", "value") == value
    assert worst_value(declared, "value", program, "en").septets == len("VAT")


@pytest.mark.parametrize(
    ("spelling", "name", "shown"),
    [("", "Žižka Šárka", "Zizka Sarka"), ('spelling: {š: "s\'", Š: "S\'"}', "Tšepo Šele", "Ts'epo S'ele")],
)
def test_values_are_spelled_as_the_country_does_and_else_without_marks(spelling: str, name: str, shown: str) -> None:
    pack = f"{SOURCES['pack.yaml']}\n{spelling}"
    program = compile_pack({**SOURCES, "pack.yaml": pack}).program
    assert show(program, Declared(ValueType.TEXT, 20, {}), name, "en") == shown
