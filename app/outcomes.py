"""How a plain JSON office says what became of a question: by its HTTP status, by a field of its answer, or by both.

A rule that looks into a field goes before one of a status alone. Among those that do, `refused` goes before `pending`
and that before `answered`, each as they are written. Two that mean different things by the same are a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.faults import Fault, Place, no_mapping, of_keys

BUSY_STATUSES = frozenset({408, 429})
UNREAD_STATUSES = BUSY_STATUSES | {401}
"""Of these a rule without a status says nothing: busy, or that a token is not taken any more."""
WHOLE = "."  # a path that is the answer, or an entry of a list, itself
RULE = ("status", "field", "value")
NEVER = "never"

from_characters_max = 200
from_steps_max = 10
_FROM = re.compile(r"\.|[^.\s]+(\.[^.\s]+)*")


def answered_faults(value: object, place: Place) -> Iterator[Fault]:
    """Everything for which these would not tell that something was answered."""
    if not isinstance(value, list) or not value:
        yield Fault(place, "wrong-shape", "`answered` must list the HTTP statuses of an answer, such as `[200]`")
        return
    yield from _listed(value, place)


def pending_faults(value: object, place: Place) -> Iterator[Fault]:
    """The same of what was taken and is not finished."""
    if not isinstance(value, list) or not value:
        yield Fault(place, "wrong-shape", "`pending` must list statuses of an answer, or rules, such as `[202]`")
        return
    yield from _listed(value, place)


def refusal_faults(value: object, place: Place) -> Iterator[Fault]:
    """The same of one reason for refusing."""
    if not isinstance(value, Mapping):
        yield no_mapping(place)
        return
    yield from of_keys(value, place, RULE, ("status",) if "field" not in value else ())
    status, has_field = value.get("status"), "field" in value
    number = whole_number(status, 200, 299) if has_field else None
    if "status" in value and number is None and whole_number(status, 400, 499) is None:
        if whole_number(status, 200, 299) is None:
            told = f"`{status}` is no status of a refusal, 400 to 499, or with a `field` 200 to 299"
        else:
            told = f"{status} alone is an answer; say by which `field` and `value` it refuses"
        yield Fault((*place, "status"), "wrong-shape", told)
    if whole_number(status, 400, 499) in BUSY_STATUSES:
        yield Fault((*place, "status"), "wrong-shape", f"{status} means busy, not refused; the house asks again")
    yield from _field_faults(value, place)


def overlap_faults(declared: Mapping[str, object]) -> Iterator[Fault]:
    """Rules of different outcomes that the same answer fits, where no order tells which of them is meant."""
    seen: list[_Told] = []
    for told in _all_of(declared):
        other = next((one for one in seen if one.name != told.name and one.overlaps(told)), None)
        if other is not None:
            text = f"{told.shown} means `{told.name}`, and `{other.name}` above; say by a `field` which, or remove one"
            yield Fault(told.place, "ambiguous-outcome", text)
        seen.append(told)


def unending_faults(declared: Mapping[str, object]) -> Iterator[Fault]:
    """What an office takes and has not finished must be found again somehow."""
    if "pending" in declared and declared.get("repeat") == NEVER and "found_by" not in declared:
        told = "what is taken could neither be looked for nor asked again; add `found_by`, or remove `repeat: never`"
        yield Fault(("pending",), "uncovered-outcome", told, True)


def from_faults(value: Mapping[str, object], place: Place, key: str = "from") -> Iterator[Fault]:
    """Everything for which this is no place in an answer."""
    path = value.get(key, WHOLE)
    if not isinstance(path, str) or not _FROM.fullmatch(path):
        told = f"`{key}` of `{place[-1]}` must be names with dots between, or `.` for the answer or the entry itself"
        yield Fault((*place, key), "wrong-shape", told)
    elif len(path) > from_characters_max or path.count(".") >= from_steps_max:
        told = f"`{key}` of `{place[-1]}` has more than {from_steps_max} steps or {from_characters_max} letters"
        yield Fault((*place, key), "wrong-shape", f"{told}; take something nearer")


def whole_number(value: object, least: int, most: int) -> int | None:
    """The whole number that a value is or says, None if it is none between these."""
    text = str(value) if isinstance(value, int | str) else ""
    number = int(text) if re.fullmatch("[0-9]{1,4}", text) else -1
    return number if least <= number <= most else None


def _listed(rules: list[object], place: Place) -> Iterator[Fault]:
    for position, rule in enumerate(rules):
        here = (*place, position)
        if isinstance(rule, Mapping):
            yield from of_keys(rule, here, RULE, ("field",))
            if "status" in rule and whole_number(rule["status"], 200, 299) is None:
                yield Fault((*here, "status"), "wrong-shape", _no_answer(rule["status"]))
            yield from _field_faults(rule, here)
        elif whole_number(rule, 200, 299) is None:
            yield Fault(here, "wrong-shape", _no_answer(rule))


def _no_answer(status: object) -> str:
    return f"`{status}` is no status of an answer, 200 to 299"


def _field_faults(rule: Mapping[str, object], place: Place) -> Iterator[Fault]:
    if ("field" in rule) != ("value" in rule):
        yield Fault(place, "wrong-shape", "`field` and `value` go together; add the other one")
    yield from from_faults(rule, place, "field")
    if not isinstance(rule.get("value", ""), str):
        yield Fault((*place, "value"), "wrong-shape", "must be a single value, not a mapping or a list")


@dataclass(frozen=True, slots=True)
class _Told:
    """A rule as it is declared, of the outcome `name`."""

    name: str
    place: Place
    status: str | None
    field: str | None
    value: str | None

    def overlaps(self, other: _Told) -> bool:
        same = (self.field, self.value) == (other.field, other.value)
        return same and (self.status == other.status or None in (self.status, other.status))

    @property
    def shown(self) -> str:
        status = f"status {self.status}" if self.status else ""
        field = f"`{self.field}` {self.value}" if self.field else ""
        return " with ".join(filter(None, (status, field)))


def _all_of(declared: Mapping[str, object]) -> Iterator[_Told]:
    """Those that are well formed enough to be compared."""
    for name in ("answered", "pending"):
        listed = declared.get(name)
        for position, rule in enumerate(listed if isinstance(listed, list) else ()):
            yield from _told(name, (name, position), rule if isinstance(rule, Mapping) else {"status": rule})
    refused = declared.get("refused")
    for reason, rule in refused.items() if isinstance(refused, Mapping) else ():
        # Of a success alone it was said already that it is no refusal.
        if isinstance(rule, Mapping) and ("field" in rule or whole_number(rule.get("status"), 400, 499)):
            yield from _told(f"refused: {reason}", ("refused", reason), rule)


def _told(name: str, place: Place, rule: Mapping[str, object]) -> Iterator[_Told]:
    status, field, value = (rule.get(key) for key in RULE)
    texts = [None if one is None else str(one) for one in (status, field, value)]
    if (status is None and field is None) or (field is None) != (value is None):
        return
    yield _Told(name, place, *texts)
