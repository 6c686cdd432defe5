"""Conditions over answers and facts: Google's CEL behind one door. Total: an evaluation that fails does not hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

FACTS: Mapping[str, str] = {
    "today": "date",
    "caller.language": "text",
    "caller.network": "text",
    "caller.channel": "text",
}
"""What every condition may name besides answers. `caller.channel` is `ussd` or `sms`."""
OPEN = "open."
"""Before the name of a service: whether its offices could be asked when the dialogue began."""
CONDITION_CHARACTERS_MAX = 300
_OPEN_TYPE = "open"
_TYPES = {"date": cel.Type.TIMESTAMP, "amount": cel.Type.DOUBLE, "number": cel.Type.INT, _OPEN_TYPE: cel.Type.BOOL}
_COMPARED_ONLY = cel.NewEnvConfigFromYaml("""
stdlib:
  exclude_functions:
    - {name: "_+_", overloads: [{id: add_double}]}
    - {name: "_-_", overloads: [{id: subtract_double}]}
    - {name: "_*_", overloads: [{id: multiply_double}]}
    - {name: "_/_", overloads: [{id: divide_double}]}
""")
"""Amounts are doubles here: equal ones compare equal, but a sum of them may be a hair off, so there are no sums."""
_PLACE = re.compile(r"ERROR: <input>:1:([0-9]+): (.*)")

_HINTS = {
    "(double, int)": "; amounts are compared with a point: 50.0",
    "(int, double)": "; amounts are compared with a point: 50.0",
    "(double, double)": "; amounts are compared, not computed with: let the service give the sum",
}


class BadCondition(ValueError):
    """The message says what is wrong; `column` counts from 1 within the condition."""

    def __init__(self, column: int, text: str) -> None:
        super().__init__(text)
        self.column = column


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """`names` are the answers that it reads, with their types (`date`, `amount`, `number`; the rest are text).

    `opens` are the services, as conditions write them, of which it asks whether they are open.
    """

    source: str
    names: Mapping[str, str]
    expression: Any
    opens: tuple[str, ...] = ()


class Conditions:
    """Compiles the conditions of one program; `types` maps the names that they may read to their types, `opens` are
    the services of which they may ask whether they are open.
    """

    def __init__(self, types: Mapping[str, str], opens: Collection[str] = ()) -> None:
        self._types = {**types, **{f"{OPEN}{name}": _OPEN_TYPE for name in opens}}

    def compile(self, source: str) -> Condition:
        """Raises `BadCondition` for a syntax error, an unknown name, a type error or what is no yes-or-no question."""
        if len(source) > CONDITION_CHARACTERS_MAX or "\n" in source:
            raise BadCondition(1, f"is longer than one line of {CONDITION_CHARACTERS_MAX} characters; split it")
        written = frozenset((name, type) for name, type in self._types.items() if name in source)
        try:
            expression = _environment(written).compile(source)
        except RuntimeError as error:
            raise _bad(error) from None
        if expression.return_type() != cel.Type.BOOL:
            raise BadCondition(1, "is no yes-or-no question; compare with ==, <, > or in")
        read = sorted(one for one in written if _reads(source, written, one))
        names = {name: type for name, type in read if type != _OPEN_TYPE}
        opens = tuple(name.removeprefix(OPEN) for name, type in read if type == _OPEN_TYPE)
        return Condition(source, names, expression, opens)


def _reads(source: str, written: frozenset[tuple[str, str]], one: tuple[str, str]) -> bool:
    """Whether it cannot do without a name. Asked of CEL itself: only it knows texts, methods and bound names."""
    try:
        _environment(written - {one}).compile(source)
    except RuntimeError:
        return True
    return False


@lru_cache(maxsize=256)
def _environment(types: frozenset[tuple[str, str]]) -> Any:
    return cel.NewEnv(config=_COMPARED_ONLY, variables={name: _type(type) for name, type in (*types, *FACTS.items())})


def holds(
    condition: Condition,
    answers: Mapping[str, str],
    facts: Mapping[str, str],
    today: date,
    minor_digits: int,
    closed: Collection[str] = (),
) -> bool:
    """Whether it holds for these answers; one that was not given yet counts as empty, zero or the year 1970.

    `closed` are the services that are not open, as conditions write them.
    """
    values: dict[str, object] = {
        name: _value(answers.get(name, ""), type, minor_digits) for name, type in condition.names.items()
    }
    values |= facts
    values |= {f"{OPEN}{name}": name not in closed for name in condition.opens}
    values["today"] = _midnight(today)
    try:
        found = condition.expression.eval(data=values).plain_value()
    except RuntimeError:  # over CEL's own budget of iterations
        return False
    assert "found in Activation" not in str(found), "a condition's names are all that it reads"
    return found is True


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
    except (ValueError, OverflowError):  # no date or number, or one that no double can be near
        return {"date": _midnight(date(1970, 1, 1)), "amount": 0.0}.get(type, 0)
    return canonical


def _bad(error: RuntimeError) -> BadCondition:
    found = _PLACE.search(str(error))
    if found is None:
        return BadCondition(1, "cannot be read")
    text = found[2].replace(" (in container '')", "")
    hint = next((hint for types, hint in _HINTS.items() if types in text), "")
    return BadCondition(int(found[1]), text + hint)
