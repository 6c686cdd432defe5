"""Reads what an `ask` screen takes: the type and its bounds."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from app.compiler.fields import TYPED
from app.compiler.known import enumerated
from app.compiler.reader import Reader
from app.compiler.shapes import Country
from app.compiler.source import Node
from app.values.inputs import CUT, METER, day, read_input
from app.values.read import Value, Where
from app.values.rules import Day, InputRule, NumberShape, ValueType

BOUNDS: dict[str, tuple[ValueType, ...]] = {
    "shortest": (ValueType.TEXT, ValueType.DIGITS, ValueType.SECRET),
    "longest": (ValueType.TEXT, ValueType.DIGITS, ValueType.SECRET),
    "least": (ValueType.NUMBER, ValueType.AMOUNT),
    "most": (ValueType.NUMBER, ValueType.AMOUNT),
    "whole": (ValueType.AMOUNT,),
    "earliest": (ValueType.DATE,),
    "latest": (ValueType.DATE,),
    "of": (ValueType.ACCOUNT,),
    "abroad": (ValueType.PHONE,),
    "cut": (ValueType.TEXT,),
}
"""Which bounds go with which types; elsewhere they would be silently without effect."""
LONGEST_TYPED = 140  # letters of one input; a USSD input holds 160 at most, and a page must still show it
LONGEST_CUT = 400  # letters of one that is cut; three parts of SMS hold 459, and the first word is among them
DAYS_MAX = 36_500


def read_rule(reader: Reader, country: Country, node: Node, screen: str) -> InputRule:
    """The rule of an `ask` screen without its comparisons and retyping."""
    type_node = reader.need(node, "type", screen)
    if type_node.text not in TYPED:
        known = enumerated(TYPED)
        reader.wrong(type_node, "unknown-type", f"`{type_node.text}` is no type; known are {known}", screen)
        return InputRule(ValueType.TEXT)
    type = ValueType(type_node.text)
    _complain_of_idle_bounds(reader, node, type, screen)
    unit = 10**country.currency.minor_digits if type is ValueType.AMOUNT else 1
    if type in (ValueType.AMOUNT, ValueType.NUMBER):
        reader.need(node, "most", screen)
    rule = InputRule(
        type,
        shortest=reader.whole(node.get("shortest"), 1),
        longest=reader.whole(node.get("longest"), 20),
        least=reader.whole(node.get("least"), 0) * unit,
        most=reader.whole(node.get("most"), 0) * unit,
        earliest=_day(reader, node.get("earliest"), screen) or Day(date(1900, 1, 1)),
        latest=_day(reader, node.get("latest"), screen) or Day(),
        whole=reader.yes(node.get("whole")),
        shape=_shape(reader, country, node, type, screen),
        abroad=reader.yes(node.get("abroad")),
        cut=reader.yes(node.get("cut")),
    )
    _complain_of_empty_range(reader, rule, type_node, screen)
    return _with_list(reader, country, rule, node, screen)


def _complain_of_idle_bounds(reader: Reader, node: Node, type: ValueType, screen: str) -> None:
    for key, _ in node.pairs:
        if key.text in BOUNDS and type not in BOUNDS[key.text]:
            known = ", ".join(BOUNDS[key.text])
            reader.wrong(
                key, "idle-bound", f"`{key.text}` means nothing for {type}, only for {known}; remove it", screen
            )


def _complain_of_empty_range(reader: Reader, rule: InputRule, node: Node, screen: str) -> None:
    today = date(2026, 1, 1)
    dates = day(rule.earliest, today) > day(rule.latest, today)
    longest = LONGEST_CUT if rule.cut else LONGEST_TYPED
    shortest = rule.shortest + (len(CUT) if rule.cut else 0)
    if shortest > rule.longest or rule.least > rule.most or rule.longest > longest or dates:
        told = f"nothing can be typed here: the bounds exclude each other, or `longest` is over {longest}"
        reader.wrong(node, "empty-range", told, screen)


def _day(reader: Reader, node: Node | None, screen: str) -> Day | None:
    if node is None:
        return None
    offset = re.fullmatch(r"([0-9]{1,5}) days ago|in ([0-9]{1,5}) days|(today)", node.text)
    if offset:
        days = int(offset[2] or 0) - int(offset[1] or 0)
        if abs(days) <= DAYS_MAX:
            return Day(from_today=days)
    try:
        return Day(date.fromisoformat(node.text))
    except ValueError:
        told = f"`{node.text}` is no date; write 2026-03-05, today, 90 days ago or in 30 days"
        reader.wrong(node, "wrong-shape", told, screen)
        return None


def _shape(reader: Reader, country: Country, node: Node, type: ValueType, screen: str) -> NumberShape | None:
    if type is ValueType.METER:
        return country.numbers.get("meter", METER)
    if type not in (ValueType.IDENTITY, ValueType.ACCOUNT):
        return None
    of = reader.need(node, "of", screen) if type is ValueType.ACCOUNT else None
    name = of.text if of else "identity"
    shape = country.numbers.get(name)
    if shape is None:
        known = enumerated(country.numbers)
        told = f"`{name}` is not under `numbers` in pack.yaml; known are {known}"
        reader.wrong(of or node, "unknown-number", told, screen)
    return shape or NumberShape(name, ("9" * 12,))


def _with_list(reader: Reader, country: Country, rule: InputRule, node: Node, screen: str) -> InputRule:
    """`one_of` in canonical form; each of its values must be one that could be typed."""
    listed = node.get("one_of")
    if listed is None:
        return rule
    where = Where(country.currency, "", date(2026, 1, 1), reader.spelling)
    values = []
    for entry, text in zip(listed.entries, reader.names(listed), strict=False):
        read = read_input(text, rule, where)
        if isinstance(read, Value):
            values.append(read.text)
        else:
            reader.wrong(entry, "wrong-type", f"`{text}` could never be typed here; mend it or the bounds", screen)
    return replace(rule, one_of=tuple(values))
