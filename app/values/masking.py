"""What somebody sees of another's data: enough to know it again, too little to learn it."""

from __future__ import annotations

import re

from app.values.rules import ValueType

_WORDS = (ValueType.CHOICE, ValueType.WORD)
_FIGURES = (ValueType.DATE, ValueType.AMOUNT, ValueType.NUMBER)
_BETWEEN = " .,:/'-"
NUMBER_LETTERS_MIN = 8
"""A number of so many digits keeps its last three, as a telephone's does."""


def masked(shown: str, type: ValueType) -> str:
    """A value as it is shown with its letters hidden, never longer: `Pxxxxx xxxxxxx`, `0xxxxxxxx901`, `+xxxxxxxx456`.

    Of words there are so few that the first letter would tell them, and of figures that the first digit would.
    """
    if not shown:
        return ""
    if type in _WORDS:
        return "x"
    end = len(shown) - 3 if re.fullmatch(rf"\+?[0-9]{{{NUMBER_LETTERS_MIN},}}", shown) else len(shown)
    begin = 0 if type in _FIGURES else 1
    hidden = "".join(letter if letter in _BETWEEN else "x" for letter in shown[begin:end])
    return shown[:begin] + hidden + shown[end:]
