"""What people type is understood as they mean it, and nothing else is."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.compiler.locales import read_formats
from app.engine.rendering import longest_typed, show_value
from app.values.formats import Currency
from app.values.inputs import METER, read_input
from app.values.read import Problem, Value, Where
from app.values.rules import Day, InputRule, NumberShape, ValueType
from app.values.text import fit

LOTI = Currency("LSL", "M", 2)
WHERE = Where(LOTI, "LS", date(2026, 11, 23), {"š": "s'"})
FORMATS = {"st": read_formats("st_LS"), "en": read_formats("en_LS")}
IDENTITY = InputRule(ValueType.IDENTITY, shape=NumberShape("identity", ("999999999999",)))
METERS = InputRule(ValueType.METER, shape=METER)
AMOUNT = InputRule(ValueType.AMOUNT, least=1_000, most=100_000)
BORN = InputRule(ValueType.DATE, earliest=Day(date(1920, 1, 1)))
RULES = [
    AMOUNT, BORN, InputRule(ValueType.TEXT, longest=30), InputRule(ValueType.DIGITS, 2, 6),
    IDENTITY, METERS, InputRule(ValueType.REFERENCE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "rule", "canonical"),
    [
        ("50", AMOUNT, "5000"),
        (" M50 ", AMOUNT, "5000"),
        ("m 50.00", AMOUNT, "5000"),
        ("50,50", AMOUNT, "5050"),
        ("1,000", AMOUNT, "100000"),
        ("1000.00", AMOUNT, "100000"),
        ("5/3/2026", BORN, "2026-03-05"),
        ("05-03-26", BORN, "2026-03-05"),
        ("5.3.99", BORN, "1999-03-05"),
        ("5 3 2026", BORN, "2026-03-05"),
        ("05032026", BORN, "2026-03-05"),
        ("23/11/2026", BORN, "2026-11-23"),
        ("0123 4567 8901", IDENTITY, "012345678901"),
        ("01234567897", METERS, "01234567897"),
        ("  Ha   Foso ", InputRule(ValueType.TEXT), "Ha Foso"),
        ("Mps\u030cane", InputRule(ValueType.TEXT, longest=7), "Mp\u0161ane"),
    ],
)
def test_forms_that_people_type(typed: str, rule: InputRule, canonical: str) -> None:
    assert read_input(typed, rule, WHERE) == Value(canonical)


@pytest.mark.parametrize(
    ("typed", "rule", "phrase"),
    [
        ("9.99", AMOUNT, "bad_amount"),
        ("1000.01", AMOUNT, "bad_amount"),
        ("50.5", AMOUNT, "bad_amount"),
        ("-50", AMOUNT, "bad_amount"),
        ("٥٠", AMOUNT, "bad_amount"),
        ("", AMOUNT, "bad_amount"),
        ("31/2/2026", BORN, "bad_date"),
        ("24/11/2026", BORN, "bad_date"),
        ("1/1/1919", BORN, "bad_date"),
        ("2026-03-05", BORN, "bad_date"),
        ("1/1/0000", BORN, "bad_date"),
        ("1/1/0026", BORN, "bad_date"),
        ("12345678901", IDENTITY, "bad_identity"),
        ("01234567890", METERS, "bad_meter"),
        ("x" * 31, InputRule(ValueType.TEXT, longest=30), "bad_text"),
        ("a\x00b", InputRule(ValueType.TEXT), "bad_text"),
        ("7K4M", InputRule(ValueType.REFERENCE), "bad_reference"),
    ],
)
def test_what_is_no_such_value_is_told_by_its_phrase(typed: str, rule: InputRule, phrase: str) -> None:
    assert read_input(typed, rule, WHERE) == Problem(phrase)


@given(st.text(max_size=40), st.sampled_from(RULES))
def test_reading_never_raises_and_what_is_shown_fits_its_place(typed: str, rule: InputRule) -> None:
    read = read_input(typed, rule, WHERE)
    if isinstance(read, Value):
        assert len(show_value(read.text, rule.type, FORMATS["st"], LOTI)) <= longest_typed(rule, FORMATS, LOTI)
        assert read_input(show_value(read.text, rule.type, FORMATS["st"], LOTI), rule, WHERE) == read


def test_money_is_shown_as_lesotho_writes_it() -> None:
    assert show_value("100000", ValueType.AMOUNT, FORMATS["st"], LOTI) == "M1,000.00"
    assert show_value("2026-03-05", ValueType.DATE, FORMATS["st"], LOTI) == "05/03/2026"
    assert show_value("7K4M2PXQ9", ValueType.REFERENCE, FORMATS["st"], LOTI) == "7K4M-2PXQ9"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("x" * 20, "x" * 20),
        ("x" * 21, "x" * 14 + " (...)"),
        ("x" * 13 + " yyyyyyy", "x" * 13 + " (...)"),
        ("\u0161" * 10, "\u0161" * 10),  # two letters each where it is spelled
        ("\u0161" * 11, "\u0161" * 7 + " (...)"),
    ],
)
def test_a_text_that_may_be_cut_is_never_too_long_and_says_that_it_was(typed: str, kept: str) -> None:
    rule = InputRule(ValueType.TEXT, longest=20, cut=True)
    assert read_input(typed, rule, WHERE) == Value(kept)
    assert read_input("", rule, WHERE) == Problem("bad_text")


def test_a_text_that_a_page_would_show_longer_is_not_let_in() -> None:
    assert read_input("Mp\u0161ane", InputRule(ValueType.TEXT, longest=6), WHERE) == Problem("bad_text")


@given(st.text(max_size=12))
def test_a_text_that_was_let_in_is_shown_whole(typed: str) -> None:
    rule = InputRule(ValueType.TEXT, longest=8)
    read = read_input(typed, rule, WHERE)
    if isinstance(read, Value):
        assert fit(read.text, rule.longest) == fit(read.text, 100)
        assert fit(read.text, rule.longest, wide=True) == fit(read.text, 100, wide=True)
