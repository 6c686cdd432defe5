"""What somebody sees of another's data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.values.masking import masked
from app.values.rules import ValueType
from app.values.text import septets, to_gsm


@pytest.mark.parametrize(
    ("shown", "type", "seen"),
    [
        ("Palesa Mokoena", ValueType.TEXT, "Pxxxxx xxxxxxx"),
        ("012345678901", ValueType.IDENTITY, "0xxxxxxxx901"),
        ("+26658123456", ValueType.PHONE, "+xxxxxxxx456"),
        ("1234567", ValueType.DIGITS, "1xxxxxx"),
        ("Phethiloe", ValueType.WORD, "x"),
        ("Ngoanana", ValueType.CHOICE, "x"),
        ("M1,250.00", ValueType.AMOUNT, "xx,xxx.xx"),
        ("05/03/2026", ValueType.DATE, "xx/xx/xxxx"),
        ("", ValueType.TEXT, ""),
    ],
)
def test_a_value_is_known_again_and_not_learned(shown: str, type: ValueType, seen: str) -> None:
    assert masked(shown, type) == seen


@given(st.text(max_size=40), st.sampled_from(ValueType))
def test_a_masked_value_is_never_longer_on_a_page(text: str, type: ValueType) -> None:
    shown = to_gsm(text)
    assert septets(masked(shown, type)) <= septets(shown)
