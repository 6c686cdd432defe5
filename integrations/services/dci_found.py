"""What was found by a search in a dialect of G2P Connect, as an outcome: only the declared values of it leave here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue, TypeAdapter

from app.dci import SEVERAL, UNKNOWN, text_characters_max
from app.errors import ServiceFailed
from app.http_json import PLACEHOLDER
from app.messages import Answered, Refused
from integrations.services.http_json_answers import AnyField, ListField, look_up, read

Results = Mapping[str, AnyField]
_RESULTS: TypeAdapter[dict[str, AnyField]] = TypeAdapter(dict[str, AnyField])
least_asked_for = 2
"""Records: so many show that there is not only the one."""


def read_results(declared: object) -> Results:
    """The `results` of a declaration that was checked."""
    return _RESULTS.validate_python(declared or {})


def most_asked_for(results: Results) -> int:
    """How many records are worth sending us."""
    return max([least_asked_for, *(field.most for field in results.values() if isinstance(field, ListField))])


def outcome_of(
    results: Results, records: Sequence[Mapping[str, JsonValue]], total: int, evidence: str
) -> Answered | Refused:
    """`total` records were found, of which these came. A list is read from all of them, any other value from the one.

    Raises `ServiceFailed` if a value is missing, odd or too long.
    """
    if not records:
        return Refused(UNKNOWN, evidence)
    if total > 1 and not all(isinstance(field, ListField) for field in results.values()):
        return Refused(SEVERAL, evidence)
    return Answered({name: _read(field, records) for name, field in results.items()}, evidence)


def filled(template: str, arguments: Mapping[str, str]) -> str:
    """A text with its arguments; raises `ServiceFailed` for one that is empty, which would ask for everything."""
    for name in PLACEHOLDER.findall(template):
        if not arguments[name].strip() or not arguments[name].isprintable():
            raise ServiceFailed("argument_unfit", retryable=False)
    text = PLACEHOLDER.sub(lambda found: arguments[found[1]], template)
    if len(text) > text_characters_max:
        raise ServiceFailed("argument_unfit", retryable=False)
    return text


def _read(field: AnyField, records: Sequence[Mapping[str, JsonValue]]) -> str:
    return read(field, look_up(list(records) if isinstance(field, ListField) else records[0], field.path))
