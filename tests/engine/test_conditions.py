"""Conditions: what each reads, and that money is compared to the cent."""

from __future__ import annotations

from datetime import date

import pytest

from app.values.conditions import BadCondition, Conditions, holds

TYPES = {"name": "text", "pin2": "text", "n": "number", "born": "date", "total": "amount"}
FACTS = {"caller.language": "st", "caller.network": "vodacom", "caller.channel": "ussd"}
TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("name.size() > 0", {"name"}),
        ("name.startsWith('x') || born.getFullYear() > 2000", {"name", "born"}),
        (r'name == "x\"" || pin2 == "y"', {"name", "pin2"}),
        ("'n' == 'name' && caller.language == 'st'", set()),
        ("[1, 2].exists(n, n == 1)", set()),
        ("[1, 2].exists(m, m == n)", {"n"}),
        ("total > 1.0 ? born < today : n in [1, 2]", {"total", "born", "n"}),
    ],
)
def test_a_condition_knows_what_it_reads(source: str, names: set[str]) -> None:
    assert set(Conditions(TYPES).compile(source).names) == names


@pytest.mark.parametrize(
    ("source", "held"),
    [
        ("name.size() > 0", True),
        ("name.contains('ab') && name.matches('^[A-Z]')", True),
        ("born.getFullYear() == 1999", True),
        ("total == 10.3", True),
        ("total < 10.3", False),
        ("pin2 == ''", True),
        ("1 / n == 1", False),
        ("name.matches('(')", False),
    ],
)
def test_a_condition_holds_or_does_not(source: str, held: bool) -> None:
    answers = {"name": "Tabo", "n": "0", "born": "1999-04-01", "total": "1030"}
    assert holds(Conditions(TYPES).compile(source), answers, FACTS, TODAY, 2) is held


@pytest.mark.parametrize(
    ("source", "opens", "held"),
    [
        ("open.vend", ("vend",), False),
        ("!open.vend", ("vend",), True),
        ("open.pay", ("pay",), True),
        ("open.pay && (open.vend || n == 0)", ("pay", "vend"), True),
        ("'open.vend' == name", (), False),
    ],
)
def test_a_condition_asks_which_services_are_open(source: str, opens: tuple[str, ...], held: bool) -> None:
    condition = Conditions(TYPES, ["pay", "vend", "vend_more"]).compile(source)
    assert condition.opens == opens
    assert holds(condition, {}, FACTS, TODAY, 2, ("vend",)) is held
    assert not [name for name in condition.names if name.startswith("open.")]


@pytest.mark.parametrize("source", ["open.nobody", "open.vend == 'yes'", "open.pay-vend", "open"])
def test_a_service_that_asks_no_office_is_no_name_of_a_condition(source: str) -> None:
    with pytest.raises(BadCondition):
        Conditions(TYPES, ["pay", "vend"]).compile(source)


@pytest.mark.parametrize("digits", [310, 311, 999, 5_000])
def test_an_amount_that_no_double_is_near_counts_as_zero(digits: int) -> None:
    held = holds(Conditions(TYPES).compile("total == 0.0"), {"total": "9" * digits}, FACTS, TODAY, 2)
    assert held is (digits > 310)


@pytest.mark.parametrize("source", ["total + 0.2 > 1.0", "total - 0.2 > 1.0", "total * 2.0 > 1.0", "total / 2.0 > 1.0"])
def test_nothing_is_computed_with_amounts(source: str) -> None:
    with pytest.raises(BadCondition, match="let the service give the sum"):
        Conditions(TYPES).compile(source)
