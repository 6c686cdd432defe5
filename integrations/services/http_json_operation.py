"""One operation of a plain JSON office: what services.yaml may declare, how it becomes a request and is read back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self
from urllib.parse import quote

import msgspec
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    StringConstraints,
    Tag,
    ValidationError,
    model_validator,
)

from app.errors import ServiceFailed, SettingsWrong
from integrations.http import BUSY_STATUSES, HttpAnswer

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
DottedPath = Annotated[str, StringConstraints(pattern=r"^[^.\s]+(\.[^.\s]+){0,9}$", max_length=200)]
PATH = re.compile(r"(/[A-Za-z0-9._~{}-]+)+/?")
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
INTEGER = re.compile(r"-?[0-9]{1,15}")
Arguments = Mapping[str, str]
VALUE_TAG, LIST_TAG = "a value", "a list"  # no names: complaints leave them out


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ResultField(Model):
    """Where a result stands in the answer, and its longest in characters; `type` is the catalogue's business."""

    path: Annotated[DottedPath, Field(alias="from")]
    longest: Annotated[int, Field(ge=1, le=1_000)]
    type: str = "text"


class ListField(Model):
    """Where a list of objects stands, the fields of each entry, and how many entries are taken; more are left out."""

    path: Annotated[DottedPath, Field(alias="from")]
    fields: Annotated[dict[Name, ResultField], Field(alias="list", min_length=1)]
    most: Annotated[int, Field(ge=1, le=99)]

    def entries(self, value: object) -> str:
        """The list as JSON text; raises `ServiceFailed` if it is none, or a field is missing, odd or too long."""
        if not isinstance(value, list):
            raise ServiceFailed("answer_malformed", retryable=False)
        entries = [
            {name: _result(_look_up(entry, field.path), field.longest) for name, field in self.fields.items()}
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


class Refusal(Model):
    """A status, alone or with a value that a field of the answer must have."""

    status: Annotated[int, Field(ge=400, le=499)]
    field: DottedPath | None = None
    value: str | None = None

    @model_validator(mode="after")
    def _be_complete(self) -> Self:
        if (self.field is None) != (self.value is None):
            raise ValueError("`field` and `value` go together")
        if self.status in BUSY_STATUSES:
            raise ValueError(f"{self.status} means busy, not refused")
        return self

    def matches(self, answer: HttpAnswer) -> bool:
        if answer.status != self.status:
            return False
        return self.field is None or _text(_look_up(_json_or_nothing(answer), self.field)) == self.value


class Operation(Model):
    method: Literal["GET", "POST", "PUT"]
    path: Annotated[str, StringConstraints(max_length=500)]
    takes: frozenset[Name] = frozenset()
    body: dict[str, JsonValue] | None = None
    results: dict[Name, AnyField] = {}
    answered: Annotated[frozenset[Annotated[int, Field(ge=200, le=299)]], Field(min_length=1)]
    refused: dict[Name, Refusal] = {}

    @model_validator(mode="after")
    def _hang_together(self) -> Self:
        if not PATH.fullmatch(self.path) or {".", ".."} & set(self.path.split("/")):
            raise ValueError("`path` must be /plain/segments with {placeholders}")
        if self.method == "GET" and self.body is not None:
            raise ValueError("a GET has no `body`")
        used = {name for template in (self.path, *_templates(self.body)) for name in _placeholders(template)}
        unknown = used - self.takes
        if unknown:
            raise ValueError(f"`{min(unknown)}` is not among `takes`")
        return self

    def path_with(self, arguments: Arguments) -> str:
        """The path with each argument as one percent-encoded segment; raises `ServiceFailed` for `argument_unfit`."""
        return PLACEHOLDER.sub(lambda found: _segment(arguments[found[1]]), self.path)

    def body_with(self, arguments: Arguments) -> JsonValue:
        return _filled(self.body, arguments)

    def refusal(self, answer: HttpAnswer) -> str | None:
        """The reason whose rule fits; a rule with a field goes before one with a status alone."""
        fitting = [(rule.field is None, reason) for reason, rule in self.refused.items() if rule.matches(answer)]
        return min(fitting)[1] if fitting else None

    def results_of(self, answer: HttpAnswer) -> dict[str, str]:
        """Results as one line of text each, lists as JSON; raises `ServiceFailed` if one is missing or odd."""
        value = answer.json()
        return {name: _read(field, _look_up(value, field.path)) for name, field in self.results.items()}


def read_operation(office: str, operation: str, declared: Mapping[str, object]) -> Operation:
    """Check a declaration; raises `SettingsWrong` naming office, operation and each wrong field."""
    try:
        return Operation.model_validate(dict(declared))
    except ValidationError as error:
        wrong = "; ".join(f"{_place(one['loc'])}: {one['msg']}" for one in error.errors())
        raise SettingsWrong(f"Office `{office}`, operation `{operation}` in services.yaml: {wrong}.") from None


def _place(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in path if part not in (VALUE_TAG, LIST_TAG)) or "operation"


def _templates(body: JsonValue) -> Iterator[str]:
    """Every text of a body in which a placeholder may stand."""
    match body:
        case str():
            yield body
        case {"integer": str() as name, **rest} if not rest:
            yield f"{{{name}}}"
        case dict():
            for value in body.values():
                yield from _templates(value)
        case list():
            for value in body:
                yield from _templates(value)


def _placeholders(template: str) -> list[str]:
    if set("{}") & set(PLACEHOLDER.sub("", template)):
        raise ValueError("a brace that belongs to no {placeholder}")
    return PLACEHOLDER.findall(template)


def _filled(body: JsonValue, arguments: Arguments) -> JsonValue:
    match body:
        case str():
            return PLACEHOLDER.sub(lambda found: arguments[found[1]], body)
        case {"integer": str() as name, **rest} if not rest:
            return _integer(arguments[name])
        case dict():
            return {key: _filled(value, arguments) for key, value in body.items()}
        case list():
            return [_filled(value, arguments) for value in body]
        case _:
            return body


def _segment(value: str) -> str:
    """Servers and proxies undo the escapes before they tidy up a path: what would then climb is refused."""
    climbs = any(part in {"", ".", ".."} for part in re.split(r"[/\\]", value))
    if climbs or not value.isprintable():
        raise ServiceFailed("argument_unfit", retryable=False)
    return quote(value, safe="")


def _integer(value: str) -> int:
    if not INTEGER.fullmatch(value):
        raise ServiceFailed("argument_unfit", retryable=False)
    return int(value)


def _json_or_nothing(answer: HttpAnswer) -> object:
    try:
        return answer.json()
    except ServiceFailed:
        return None


def _look_up(value: object, path: str) -> object:
    """What stands at a dotted path; a number picks from a list."""
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _text(value: object) -> str | None:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return " ".join(value.split())
        case _:
            return None


def _read(field: ResultField | ListField, value: object) -> str:
    return field.entries(value) if isinstance(field, ListField) else _result(value, field.longest)


def _result(value: object, longest: int) -> str:
    text = _text(value)
    if text is None or len(text) > longest or not text.isprintable():
        raise ServiceFailed("answer_malformed", retryable=False)
    return text
