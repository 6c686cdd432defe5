"""Conditions over answers and facts: Google's CEL behind one door. Total: an evaluation that fails does not hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from cel_expr_python import cel

FACTS: Mapping[str, str] = {
    "today": "date",
    "caller.language": "text",
    "caller.network": "text",
    "caller.channel": "text",
}
"""What every condition may name besides answers. `caller.channel` is `ussd` or `sms`."""
CONDITION_CHARACTERS_MAX = 300
_TYPES = {"date": cel.Type.TIMESTAMP, "amount": cel.Type.DOUBLE, "number": cel.Type.INT}
_PLACE = re.compile(r"ERROR: <input>:1:([0-9]+): (.*)")


class BadCondition(ValueError):
    """The message says what is wrong; `column` counts from 1 within the condition."""

    def __init__(self, column: int, text: str) -> None:
        super().__init__(text)
        self.column = column


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """`names` are the answers that it reads, with their types (`date`, `amount`, `number`; the rest are text)."""

    source: str
    names: Mapping[str, str]
    expression: Any


class Conditions:
    """Compiles the conditions of one program; `types` maps the names that they may read to their types."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self._types = {**types, **FACTS}
        self._environment = cel.NewEnv(variables={name: _type(type) for name, type in self._types.items()})

    def compile(self, source: str) -> Condition:
        """Raises `BadCondition` for a syntax error, an unknown name, a type error or what is no yes-or-no question."""
        if len(source) > CONDITION_CHARACTERS_MAX or "\n" in source:
            raise BadCondition(1, f"is longer than one line of {CONDITION_CHARACTERS_MAX} characters; split it")
        try:
            expression = self._environment.compile(source)
        except RuntimeError as error:
            raise _bad(error) from None
        if expression.return_type() != cel.Type.BOOL:
            raise BadCondition(1, "is no yes-or-no question; compare with ==, <, > or in")
        words = set(re.findall(r"[a-z_][a-z0-9_.]*", re.sub(r"'[^']*'|\"[^\"]*\"", "", source)))
        names = {name: type for name, type in self._types.items() if name in words and name not in FACTS}
        return Condition(source, names, expression)


def holds(
    condition: Condition, answers: Mapping[str, str], facts: Mapping[str, str], today: date, minor_digits: int
) -> bool:
    """Whether it holds for these answers; one that was not given yet counts as empty, zero or the year 1970."""
    values: dict[str, object] = {
        name: _value(answers.get(name, ""), type, minor_digits) for name, type in condition.names.items()
    }
    values |= facts
    values["today"] = _midnight(today)
    try:
        return condition.expression.eval(data=values).plain_value() is True
    except RuntimeError:  # over CEL's own budget of iterations
        return False


def _type(type: str) -> Any:
    return _TYPES.get(type, cel.Type.STRING)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _value(canonical: str, type: str, minor_digits: int) -> object:
    try:
        if type == "date":
            return _midnight(date.fromisoformat(canonical))
        if type == "amount":
            return int(canonical) / 10**minor_digits
        if type == "number":
            return int(canonical)
    except ValueError:
        return {"date": _midnight(date(1970, 1, 1)), "amount": 0.0}.get(type, 0)
    return canonical


def _bad(error: RuntimeError) -> BadCondition:
    found = _PLACE.search(str(error))
    if found is None:
        return BadCondition(1, "cannot be read")
    text = found[2].replace(" (in container '')", "")
    hint = "; amounts are compared with a point: 50.0" if "(double, int)" in text or "(int, double)" in text else ""
    return BadCondition(int(found[1]), text + hint)
