"""What a plain JSON office answers: which values are taken from it, and how long and how many they may be."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

import msgspec
from pydantic import Field

from app.errors import ServiceFailed
from app.outcomes import WHOLE
from app.values.rules import ValueType
from integrations.http import HttpAnswer
from integrations.services.http_json_requests import Model


class ResultField(Model):
    """Where a result stands in the answer, or the header that it is, its longest in characters, and its type, which
    matters here for days.
    """

    path: Annotated[str, Field(alias="from")] = WHOLE
    header: str = ""
    longest: int
    type: str = "text"


class ListField(Model):
    """Where a list stands, the fields of each entry, and how many entries are taken; more are left out."""

    header: ClassVar[str] = ""
    path: Annotated[str, Field(alias="from")]
    fields: Annotated[dict[str, ResultField], Field(alias="list")]
    most: int

    def entries(self, value: object) -> str:
        """The list as JSON text; raises `ServiceFailed` if it is none, or a field is missing, odd or too long."""
        if not isinstance(value, list):
            raise ServiceFailed("answer_malformed", retryable=False)
        entries = [
            {name: _result(look_up(entry, field.path), field) for name, field in self.fields.items()}
            for entry in value[: self.most]
        ]
        return msgspec.json.encode(entries).decode()


AnyField = ListField | ResultField
_DAY = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})T.*$")
"""A date with its time (RFC 3339), of which a result of type date takes the day as the office writes it."""


def json_or_nothing(answer: HttpAnswer) -> object:
    try:
        return answer.json()
    except ServiceFailed:
        return None


def look_up(value: object, path: str) -> object:
    """What stands at a dotted path; a number picks from a list."""
    if path == WHOLE:
        return value
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def as_text(value: object) -> str | None:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return " ".join(value.split())
        case _:
            return None


def read(field: ResultField | ListField, value: object) -> str:
    """A result as one line of text, a list as JSON; raises `ServiceFailed` if it is missing, odd or too long."""
    return field.entries(value) if isinstance(field, ListField) else _result(value, field)


def _result(value: object, field: ResultField) -> str:
    text = as_text(value)
    if text is not None and field.type == ValueType.DATE:
        text = _DAY.sub(r"\1", text)
    if text is None or len(text) > field.longest or not text.isprintable():
        raise ServiceFailed("answer_malformed", retryable=False)
    return text
