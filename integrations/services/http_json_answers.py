"""What a plain JSON office answers: which values are taken from it, and how long and how many they may be."""

from __future__ import annotations

from typing import Annotated, Self

import msgspec
from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from app import limits
from app.errors import ServiceFailed
from integrations.http import HttpAnswer
from integrations.services.http_json_requests import Model, Name

WHOLE = "."  # a path that is the answer, or an entry of a list, itself
DottedPath = Annotated[str, StringConstraints(pattern=r"^(\.|[^.\s]+(\.[^.\s]+){0,9})$", max_length=200)]
VALUE_TAG, LIST_TAG = "a value", "a list"  # no names: complaints leave them out


class ResultField(Model):
    """Where a result stands in the answer, and its longest in characters; `type` is the catalogue's business."""

    path: Annotated[DottedPath, Field(alias="from")]
    longest: Annotated[int, Field(ge=1, le=1_000)]
    type: str = "text"


class ListField(Model):
    """Where a list stands, the fields of each entry, and how many entries are taken; more are left out."""

    path: Annotated[DottedPath, Field(alias="from")]
    fields: Annotated[dict[Name, ResultField], Field(alias="list", min_length=1)]
    most: Annotated[int, Field(ge=1, le=99)]

    @model_validator(mode="after")
    def _fit_a_session(self) -> Self:
        longest = self.most * sum(field.longest for field in self.fields.values())
        if longest > limits.list_characters_max:
            told = f"can be {longest} characters, {limits.list_characters_max} are allowed"
            raise ValueError(f"{told}; lower `most` or `longest`")
        return self

    def entries(self, value: object) -> str:
        """The list as JSON text; raises `ServiceFailed` if it is none, or a field is missing, odd or too long."""
        if not isinstance(value, list):
            raise ServiceFailed("answer_malformed", retryable=False)
        entries = [
            {name: _result(look_up(entry, field.path), field.longest) for name, field in self.fields.items()}
            for entry in value[: self.most]
        ]
        return msgspec.json.encode(entries).decode()


def _sort(declared: object) -> str:
    return (
        LIST_TAG
        if isinstance(declared, ListField) or (isinstance(declared, dict) and "list" in declared)
        else VALUE_TAG
    )


AnyField = Annotated[Annotated[ResultField, Tag(VALUE_TAG)] | Annotated[ListField, Tag(LIST_TAG)], Discriminator(_sort)]


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
    return field.entries(value) if isinstance(field, ListField) else _result(value, field.longest)


def _result(value: object, longest: int) -> str:
    text = as_text(value)
    if text is None or len(text) > longest or not text.isprintable():
        raise ServiceFailed("answer_malformed", retryable=False)
    return text
