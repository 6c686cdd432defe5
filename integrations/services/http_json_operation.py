"""One operation of a plain JSON office: what services.yaml may declare, how it becomes a request and is read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, StringConstraints, ValidationError, model_validator

from app.errors import SettingsWrong
from integrations.http import BUSY_STATUSES, HttpAnswer
from integrations.services.http_json_answers import (
    LIST_TAG,
    VALUE_TAG,
    AnyField,
    DottedPath,
    as_text,
    json_or_nothing,
    look_up,
    read,
)
from integrations.services.http_json_requests import (
    OPTIONAL_TAG,
    TEXT_TAG,
    Arguments,
    Model,
    Name,
    Query,
    check_path,
    filled_body,
    names_used,
    target,
)

TAGS = frozenset({VALUE_TAG, LIST_TAG, TEXT_TAG, OPTIONAL_TAG})


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
        return self.field is None or as_text(look_up(json_or_nothing(answer), self.field)) == self.value


class Operation(Model):
    method: Literal["GET", "POST", "PUT"]
    path: Annotated[str, StringConstraints(max_length=500)]
    takes: frozenset[Name] = frozenset()
    query: Query = Field(default_factory=dict)
    body: dict[str, JsonValue] | None = None
    results: dict[Name, AnyField] = Field(default_factory=dict)
    answered: Annotated[frozenset[Annotated[int, Field(ge=200, le=299)]], Field(min_length=1)]
    refused: dict[Name, Refusal] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _hang_together(self) -> Self:
        check_path(self.path)
        if self.method == "GET" and self.body is not None:
            raise ValueError("a GET has no `body`")
        unknown = names_used(self.path, self.query, self.body) - self.takes
        if unknown:
            raise ValueError(f"`{min(unknown)}` is not among `takes`")
        return self

    def target_with(self, arguments: Arguments) -> str:
        """Path and query, percent-encoded; raises `ServiceFailed` for `argument_unfit`."""
        return target(self.path, self.query, arguments)

    def body_with(self, arguments: Arguments) -> JsonValue:
        return filled_body(self.body, arguments)

    def refusal(self, answer: HttpAnswer) -> str | None:
        """The reason whose rule fits; a rule with a field goes before one with a status alone."""
        fitting = [(rule.field is None, reason) for reason, rule in self.refused.items() if rule.matches(answer)]
        return min(fitting)[1] if fitting else None

    def results_of(self, answer: HttpAnswer) -> dict[str, str]:
        """Results as one line of text each, lists as JSON; raises `ServiceFailed` if one is missing or odd."""
        value = answer.json()
        return {name: read(field, look_up(value, field.path)) for name, field in self.results.items()}


def read_operation(office: str, operation: str, declared: Mapping[str, object]) -> Operation:
    """Check a declaration; raises `SettingsWrong` naming office, operation and each wrong field."""
    try:
        return Operation.model_validate(dict(declared))
    except ValidationError as error:
        wrong = "; ".join(f"{_place(one['loc'])}: {one['msg']}" for one in error.errors())
        raise SettingsWrong(f"Office `{office}`, operation `{operation}` in services.yaml: {wrong}.") from None


def _place(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in path if part not in TAGS) or "operation"
