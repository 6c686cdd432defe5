"""One operation of a plain JSON office: what services.yaml may declare, how it becomes a request and is read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import Field, JsonValue

from app.errors import ServiceFailed, SettingsWrong
from app.faults import Fault
from app.http_json import faults
from app.messages import Answered, Refused
from integrations.http import HttpAnswer
from integrations.services.http_json_answers import AnyField, as_text, json_or_nothing, look_up, read
from integrations.services.http_json_requests import Arguments, Model, Query, filled_body, target

key_characters_max = 255
UNCLEAR = frozenset({"answer_not_json", "answer_too_big"})


class Refusal(Model):
    """A status, alone or with a value that a field of the answer must have."""

    status: int
    field: str | None = None
    value: str | None = None

    def matches(self, answer: HttpAnswer) -> bool:
        if answer.status != self.status:
            return False
        return self.field is None or as_text(look_up(json_or_nothing(answer), self.field)) == self.value


class Operation(Model):
    """As declared; `app.http_json` has the rules, and `read_operation` keeps them."""

    method: str
    path: str
    takes: frozenset[str] = frozenset()
    query: Query = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    body: dict[str, JsonValue] | None = None
    results: dict[str, AnyField] = Field(default_factory=dict)
    answered: frozenset[int]
    refused: dict[str, Refusal] = Field(default_factory=dict)
    repeat: str = "same_key"
    found_by: str = ""

    @property
    def changes(self) -> bool:
        return self.method != "GET"

    def failed(self, failure: ServiceFailed) -> ServiceFailed:
        """The failure as it is of this operation: an office that answers a POST or PUT with a 5xx, or with what cannot
        be read, may have done the work before, as if the answer were lost.
        """
        is_unclear = failure.reason in UNCLEAR or failure.reason.startswith("status_5")
        if self.changes and failure.retryable and is_unclear:
            return ServiceFailed(failure.reason, retryable=True, late=True)
        return failure

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
    refuse_faulty(office, operation, faults(declared))
    return Operation.model_validate(dict(declared))


def refuse_faulty(office: str, operation: str, found: Iterable[Fault]) -> None:
    """Raises `SettingsWrong` naming office, operation and each wrong field, if there is any."""
    wrong = "; ".join(f"{'.'.join(map(str, fault.place)) or 'operation'}: {fault.text}" for fault in found)
    if wrong:
        raise SettingsWrong(f"Office `{office}`, operation `{operation}` in services.yaml: {wrong}.")


def checked_key(key: str) -> str:
    """A key that a header can carry; raises `ServiceFailed` for `key_unfit`."""
    if not 0 < len(key) <= key_characters_max or not key.isascii() or not key.isprintable():
        raise ServiceFailed("key_unfit", retryable=False)
    return key


def outcome_of(asked: Operation, answer: HttpAnswer) -> Answered | Refused:
    """What a plain JSON office's answer means; raises `ServiceFailed` for `status_<4xx>` and `answer_malformed`."""
    reason = asked.refusal(answer)
    if reason is not None:
        return Refused(reason)
    if answer.status in asked.answered:
        return Answered(asked.results_of(answer) if asked.results else {})
    raise ServiceFailed(f"status_{answer.status}", retryable=False)
