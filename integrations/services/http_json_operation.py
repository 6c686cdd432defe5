"""One operation of a plain JSON office: what services.yaml may declare, how it becomes a request and is read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field, JsonValue

from app.errors import ServiceFailed, SettingsWrong
from app.faults import Fault
from app.http_json import faults
from app.messages import Answered, Pending, Refused
from app.outcomes import UNREAD_STATUSES
from integrations.http import HttpAnswer, of_a_change
from integrations.services.http_json_answers import AnyField, as_text, json_or_nothing, look_up, read
from integrations.services.http_json_requests import Arguments, Model, Query, filled_body, target

key_characters_max = 255


class Rule(Model):
    """A status, the value that a field of the answer must have, or both."""

    status: int | None = None
    field: str | None = None
    value: str | None = None

    def may_fit(self, status: int) -> bool:
        return self.status == status or (self.status is None and status not in UNREAD_STATUSES)

    def fits(self, status: int, value: object) -> bool:
        if not self.may_fit(status):
            return False
        return self.field is None or as_text(look_up(value, self.field)) == self.value


Rules = Annotated[
    tuple[Rule, ...],
    BeforeValidator(lambda rules: [one if isinstance(one, Mapping) else {"status": one} for one in rules]),
]


class Operation(Model):
    """As declared; `app.http_json` has the rules, and `read_operation` keeps them."""

    method: str
    path: str
    takes: frozenset[str] = frozenset()
    query: Query = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    body: dict[str, JsonValue] | None = None
    results: dict[str, AnyField] = Field(default_factory=dict)
    answered: Rules
    pending: Rules = ()
    refused: dict[str, Rule] = Field(default_factory=dict)
    repeat: str = "same_key"
    found_by: str = ""

    @property
    def changes(self) -> bool:
        return self.method != "GET"

    def failed(self, failure: ServiceFailed) -> ServiceFailed:
        """The failure as it is of this operation."""
        return of_a_change(failure) if self.changes else failure

    def target_with(self, arguments: Arguments) -> str:
        """Path and query, percent-encoded; raises `ServiceFailed` for `argument_unfit`."""
        return target(self.path, self.query, arguments)

    def body_with(self, arguments: Arguments) -> JsonValue:
        return filled_body(self.body, arguments)

    @property
    def rules(self) -> Sequence[tuple[Refused | Pending | None, Rule]]:
        """What each means, None: it is answered; in the order in which they are tried, those with a field first."""
        refused = ((Refused(reason), rule) for reason, rule in self.refused.items())
        every: list[tuple[Refused | Pending | None, Rule]] = [*refused]
        every += [(Pending(), rule) for rule in self.pending]
        every += [(None, rule) for rule in self.answered]
        return sorted(every, key=lambda one: one[1].field is None)

    def outcome(self, answer: HttpAnswer) -> Answered | Refused | Pending:
        """Raises `ServiceFailed` if no rule fits, or none can be tried: a page may stand in the place of an answer."""
        is_success = answer.status < 300
        rules = self.rules
        looks_inside = any(rule.field is not None and rule.may_fit(answer.status) for _, rule in rules)
        value = answer.json() if is_success and looks_inside and answer.body else json_or_nothing(answer)
        for meant, rule in rules:
            if rule.fits(answer.status, value):
                return Answered(self.results_of(answer)) if meant is None else meant
        reason = "answer_undeclared" if is_success else f"status_{answer.status}"
        raise ServiceFailed(reason, retryable=False)

    def results_of(self, answer: HttpAnswer) -> dict[str, str]:
        """Results as one line of text each, lists as JSON; raises `ServiceFailed` if one is missing or odd."""
        headers = {name: field.header.lower() for name, field in self.results.items() if field.header}
        value = answer.json() if len(headers) < len(self.results) else None
        found = {
            name: answer.headers.get(headers[name]) if name in headers else look_up(value, field.path)
            for name, field in self.results.items()
        }
        return {name: read(field, found[name]) for name, field in self.results.items()}


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


def outcome_of(asked: Operation, answer: HttpAnswer) -> Answered | Refused | Pending:
    """What a plain JSON office's answer means; raises `ServiceFailed` for `status_<4xx>`, `answer_undeclared` and
    `answer_malformed`.
    """
    return asked.outcome(answer)
