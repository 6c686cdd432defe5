"""Keeps exchanges with a real office as samples, without anything of a citizen: what was said is made anew.

Nothing that was sent is copied: a sample has placeholders for the arguments, and the request is what the adapter makes
of those. Of an answer only the declared fields stay, their values replaced by others of the same form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
import yaml

from app import limits
from app.errors import ServiceFailed
from app.messages import Answered, Pending, Refused
from app.outcomes import WHOLE
from integrations.http import HttpAnswer, check_status
from integrations.services.http_json_answers import ListField, as_text, json_or_nothing, look_up
from integrations.services.http_json_operation import Operation, outcome_of
from integrations.services.settings import OfficeSettings

log = structlog.get_logger()
KEY = "recorded-1"
PREFIX = "/office"
"""Below this the offices of samples are served."""
KEPT_HEADERS = ("x-road-error",)
HTML, TEXT = "text/html", "text/plain"
_ERROR_TYPE = re.compile(r"(Client|Server)(\.[A-Za-z0-9_]{1,60}){0,4}")
Said = Answered | Refused | Pending | ServiceFailed
Sample = dict[str, Any]


class Recorder:
    """Samples of one office below `told.recordings`, in the adapter's folder; without that, nothing is kept."""

    def __init__(self, told: OfficeSettings, adapter: str) -> None:
        self._told = told
        self._directory = told.recordings / adapter if told.recordings else None

    def keep(
        self,
        name: str,
        asked: Operation,
        arguments: Mapping[str, str],
        answer: HttpAnswer | None,
        said: Said,
        before: str = "",
    ) -> None:
        """Write one exchange, if there are not enough of its kind; what no sample would show again is left out.

        `answer` None: the office hung up, or said nothing, of which there is no sample. `before` stands before the
        operation's path. A sample that cannot be written is told of in the log: what the office did stays done.
        """
        try:
            self._keep(name, asked, arguments, answer, said, before)
        except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
            log.warning("recording_not_kept", office=self._told.name, reason=type(error).__name__)

    def _keep(
        self,
        name: str,
        asked: Operation,
        arguments: Mapping[str, str],
        answer: HttpAnswer | None,
        said: Said,
        before: str,
    ) -> None:
        if self._directory is None or (answer is None and kind_of(said) != "connection_lost"):
            return
        placeholders = _placeholders(asked, arguments)
        scrubbed = None if answer is None else _scrubbed(asked, answer)
        shown = said if scrubbed is None else _understood(asked, scrubbed)
        if kind_of(shown) == kind_of(said):
            told = said if isinstance(said, ServiceFailed) else shown
            sample = self._sample(name, asked, before + asked.target_with(placeholders), placeholders, scrubbed, told)
            write_sample(self._directory, self._told.name, f"{self._told.name}-{name}-{kind_of(said)}", sample)

    def _sample(
        self,
        name: str,
        asked: Operation,
        target: str,
        arguments: Mapping[str, str],
        answer: HttpAnswer | None,
        said: Said,
    ) -> Sample:
        headers = {"Idempotency-Key": KEY} if asked.changes else {}
        request: Sample = {"method": asked.method, "path": PREFIX + target, "headers": headers}
        if (body := asked.body_with(arguments)) is not None:
            request["json"] = body
        return {
            "options": dict(self._told.options),
            "operations": {name: dict(self._told.operations[name])},
            "ask": {"operation": name, "arguments": dict(arguments), "key": KEY},
            "exchanges": [{"request": request, "answer": answer_as_sample(answer)}],
            "outcome": outcome_as_sample(said),
        }


def write_sample(directory: Path, office: str, name: str, sample: Sample) -> bool:
    """Whether there was room: one process among several, a name that is taken is never written over."""
    text = f"# {office}: recorded, with placeholders for all that was said.\n{yaml.safe_dump(sample, sort_keys=False)}"
    if len(text.encode()) > limits.office_recording_bytes_max:
        return False
    directory.mkdir(parents=True, exist_ok=True)
    if sum(1 for _ in directory.iterdir()) >= limits.office_recordings_max:
        return False
    for number in range(1, limits.office_recordings_alike_max + 1):
        try:
            with (directory / f"{name}-{number}.yaml").open("x", encoding="utf-8") as file:
                file.write(text)
            return True
        except FileExistsError:
            continue
    return False


def outcome_as_sample(said: Said) -> Sample:
    """An outcome as samples have it."""
    match said:
        case Answered(results):
            return {"answered": dict(results)}
        case Refused(reason):
            return {"refused": reason}
        case Pending():
            return {"pending": True}
        case failure:
            return {"failure": {"reason": failure.reason, "retryable": failure.retryable, "late": failure.late}}


def kind_of(said: Said) -> str:
    return type(said).__name__.lower() if isinstance(said, Answered | Pending) else said.reason


def _understood(asked: Operation, answer: HttpAnswer) -> Said:
    if "x-road-error" in answer.headers:
        return ServiceFailed(f"x_road:{answer.headers['x-road-error']}", retryable=False)
    try:
        check_status(answer.status)
        return outcome_of(asked, answer)
    except ServiceFailed as failure:
        return asked.failed(failure)


def _placeholders(asked: Operation, arguments: Mapping[str, str]) -> dict[str, str]:
    """Only whether an argument was left empty is taken over."""
    whole = set(re.findall(r'\{"integer": "([a-z0-9_]+)"\}', json.dumps(asked.body)))
    names = sorted(asked.takes)
    return {
        name: "" if not arguments[name] else str(number) if name in whole else f"a{number}"
        for number, name in enumerate(names, 1)
    }


def _scrubbed(asked: Operation, answer: HttpAnswer) -> HttpAnswer:
    errors = {name: value for name, value in answer.headers.items() if name in KEPT_HEADERS}
    headers = {name: value if _ERROR_TYPE.fullmatch(value) else "unreadable" for name, value in errors.items()}
    told = (field.header.lower() for field in asked.results.values() if field.header)
    headers |= {name: str(other(answer.headers[name])) for name in told if name in answer.headers}
    value = json_or_nothing(answer)
    if value is None:
        return page_of(answer, headers)
    kept = _kept(asked, answer.status, value)
    return HttpAnswer(answer.status, "application/json", json.dumps(kept).encode(), headers)


def page_of(answer: HttpAnswer, headers: Mapping[str, str]) -> HttpAnswer:
    """In the place of what is no JSON: only what kind of page it was, and whether there was anything in it."""
    kind = HTML if "html" in answer.content_type else TEXT
    return HttpAnswer(answer.status, kind, b"recorded" if answer.body else b"", headers)


def _kept(asked: Operation, status: int, value: object) -> object:
    """Only what is declared: results, and the fields by which outcomes are told apart."""
    root = _Tree()
    for field in asked.results.values():
        if field.header:
            continue
        found = look_up(value, field.path)
        root.put(field.path, _entries(field, found) if isinstance(field, ListField) else other(found))
    rules = [rule for _, rule in asked.rules if rule.field is not None]
    for rule in rules:
        if rule.field is not None and rule.may_fit(status):
            found = look_up(value, rule.field)
            declared = {one.value for one in rules if one.field == rule.field}
            root.put(rule.field, found if as_text(found) in declared else other(found))
    return root.value()


def _entries(field: ListField, found: object) -> object:
    if not isinstance(found, list):
        return other(found)
    entries = []
    for entry in found[: field.most + 1]:
        tree = _Tree()
        for one in field.fields.values():
            tree.put(one.path, other(look_up(entry, one.path)))
        entries.append(tree.value())
    return entries


def other(found: object) -> object:
    """Another value of the same form: letters become x, digits 9, and what else a line may have `-`."""
    match found:
        case bool() | None:
            return found if found is None else True
        case int():
            return int("9" * len(str(abs(found))))
        case str():
            return "".join(map(_other_letter, found[: limits.office_recording_letters_max]))
        case list():
            return []
        case _:
            return {}


def _other_letter(letter: str) -> str:
    if letter.isdigit():
        return "9"
    if letter.isalpha():
        return "x"
    return letter if letter.isspace() or not letter.isprintable() else "-"


class _Tree:
    """Values at dotted paths, put together again; a step that is a number picks from a list."""

    def __init__(self) -> None:
        self._whole: object = None
        self._branches: dict[str, _Tree] = {}

    def put(self, path: str, value: object) -> None:
        if value is None:
            return
        if path == WHOLE:
            self._whole = value
            return
        step, _, rest = path.partition(".")
        self._branches.setdefault(step, _Tree()).put(rest or WHOLE, value)

    def value(self) -> object:
        if not self._branches:
            return {} if self._whole is None else self._whole
        if all(step.isdigit() for step in self._branches):
            most = min(max(map(int, self._branches)), 99)
            return [self._branches[str(n)].value() if str(n) in self._branches else None for n in range(most + 1)]
        return {step: branch.value() for step, branch in self._branches.items()}


def answer_as_sample(answer: HttpAnswer | None) -> Sample:
    if answer is None:
        return {"cut": True}
    if answer.content_type == "application/json":
        return {"status": answer.status, "json": json.loads(answer.body), "headers": dict(answer.headers)}
    told = {"status": answer.status, "body": answer.body.decode(), "content_type": answer.content_type}
    return {**told, "headers": dict(answer.headers)}
