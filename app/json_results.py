"""What services.yaml may declare of the values that a JSON answer gives: where each stands, and how long it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app import limits
from app.faults import Fault, Place, names_faults, no_mapping, of_keys
from app.outcomes import from_faults, whole_number
from app.request_headers import answered_header_faults
from app.values.rules import GIVEN, ValueType

longest_max = 999
list_entries_max = 99


def results_faults(value: object, place: Place) -> Iterator[Fault]:
    """Everything for which these values could not be taken from the body of an answer, or proven to fit."""
    yield from names_faults(value, place, _result)


def answers_faults(value: object, place: Place) -> Iterator[Fault]:
    """The same where a header of the answer may hold one."""
    yield from names_faults(value, place, _result_or_header)


def _result_or_header(value: object, place: Place) -> Iterator[Fault]:
    if isinstance(value, Mapping) and "header" in value and "list" not in value:
        yield from of_keys(value, place, ("header", "type", "longest"), ("longest",))
        yield from answered_header_faults(value["header"], (*place, "header"))
        yield from _form(value, place)
    else:
        yield from _result(value, place)


def _result(value: object, place: Place) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield no_mapping(place)
    elif "list" in value:
        yield from _list(value, place)
    else:
        yield from _single(value, place)


def _single(value: Mapping[str, object], place: Place) -> Iterator[Fault]:
    yield from of_keys(value, place, ("from", "type", "longest"), ("from", "longest"))
    yield from from_faults(value, place)
    yield from _form(value, place)


def _form(value: Mapping[str, object], place: Place) -> Iterator[Fault]:
    if "longest" in value and whole_number(value["longest"], 1, longest_max) is None:
        told = f"`longest` of `{place[-1]}` must be a whole number of septets, 1 to {longest_max}"
        yield Fault((*place, "longest"), "wrong-shape", told)
    if value.get("type", ValueType.TEXT) not in GIVEN:
        told = f"`{value['type']}` is no type of a result; known are {', '.join(GIVEN)}"
        yield Fault((*place, "type"), "unknown-type", told)


def _list(value: Mapping[str, object], place: Place) -> Iterator[Fault]:
    yield from of_keys(value, place, ("from", "list", "most"), ("from", "most"))
    yield from from_faults(value, place)
    fields = value["list"]
    yield from names_faults(fields, (*place, "list"), _field)
    if not isinstance(fields, Mapping) or not fields:
        yield Fault((*place, "list"), "wrong-shape", f"`list` of `{place[-1]}` must name the fields of an entry")
    if "most" not in value:
        return
    most = whole_number(value["most"], 1, list_entries_max)
    if most is None:
        told = f"`most` of `{place[-1]}` must be 1 to {list_entries_max} entries"
        yield Fault((*place, "most"), "wrong-shape", told)
    elif (longest := most * _entry_longest(fields)) > limits.list_characters_max:
        over = f"`{place[-1]}` can be {longest} letters, {limits.list_characters_max} are allowed in a session"
        yield Fault((*place, "most"), "too-long", f"{over}; lower `most` or a field's `longest`")


def _field(value: object, place: Place) -> Iterator[Fault]:
    if isinstance(value, Mapping) and "list" in value:
        told = f"`{place[-1]}` is a list in a list, which no screen can show; take single values"
        yield Fault(place, "wrong-shape", told)
    else:
        yield from _result(value, place)


def _entry_longest(fields: object) -> int:
    entries = fields.values() if isinstance(fields, Mapping) else ()
    return sum(whole_number(one.get("longest"), 1, longest_max) or 0 for one in entries if isinstance(one, Mapping))
