"""Asks an adapter once more, with placeholders and before nobody, so that a sample is proven before it is kept.

The adapter's own requests tell what each value that was sent is in the sample; the office's answers are given with
those. If that comes to another outcome than the real question, there is no sample.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app import limits
from app.errors import ServiceFailed
from app.likeness import common, common_path
from app.wallets import PAY
from integrations.http import Asked, Go, HttpAnswer, between
from integrations.services.placeholders import Placeholders, Unlike, arguments_like
from integrations.services.recording import KEY, PREFIX, Said, Sample, answer_as_sample, kind_of, outcome_as_sample
from integrations.services.settings import OfficeSettings
from integrations.services.stand_ins import WAKE_URL, open_stand_in
from integrations.services.vocabularies import Vocabulary

ADDRESS = f"http://127.0.0.1{PREFIX}"
"""Of nobody: nothing is sent there."""
OPTIONS_LEFT_OUT = frozenset({"test_msisdn", "client_id"})
"""A number, and what shows the office who asks."""
HEADERS_KEPT = frozenset({"X-CorrelationID", "X-Callback-URL", "X-Channel", "X-Date"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and what was answered; None: the office hung up."""

    asked: Asked
    answer: HttpAnswer | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """What an office was asked, how that went, and when it was over."""

    operation: str
    arguments: Mapping[str, str] = field(repr=False)
    key: str = field(repr=False)
    exchanges: Sequence[Exchange] = field(repr=False)
    said: Said = field(repr=False)
    ended_at: datetime


async def sample_of(adapter: str, told: OfficeSettings, vocabulary: Vocabulary, question: Question) -> Sample:
    """Raises `Unlike` where the placeholders would show something else."""
    operation = question.operation
    operations = {name: dict(one) for name, one in told.operations.items() if name in (operation, PAY)}
    options = {name: text for name, text in told.options.items() if name not in OPTIONS_LEFT_OUT}
    wake_url = WAKE_URL if told.wake_url else ""
    words = vocabulary.of_operation(told.operations[operation])
    first, second = [
        await _rehearsed(
            _Stage(question.exchanges, words, Placeholders(words, told.address, question.ended_at)),
            open_stand_in(adapter, ADDRESS, operations, options, wake_url, lot=lot),
            question,
        )
        for lot in (1, 2)
    ]
    if first.answers != second.answers or outcome_as_sample(first.said) != outcome_as_sample(second.said):
        raise Unlike
    return {
        **({"wake_url": wake_url} if wake_url else {}),
        "options": options,
        "operations": operations,
        "ask": {"operation": operation, "arguments": arguments_like(question.arguments), "key": KEY},
        "exchanges": [
            {"request": _common_request(*requests), "answer": answer}
            for *requests, answer in zip(first.requests, second.requests, first.answers, strict=True)
        ],
        "outcome": outcome_as_sample(first.said),
    }


@dataclass(slots=True)
class _Rehearsed:
    requests: Sequence[Asked]
    answers: Sequence[Sample]
    said: Said


class _Stage:
    """Answers in the office's place, as it did, and in the same order."""

    def __init__(self, exchanges: Sequence[Exchange], vocabulary: Vocabulary, placeholders: Placeholders) -> None:
        self._left = list(exchanges)
        self._vocabulary = vocabulary
        self.placeholders = placeholders
        self.requests: list[Asked] = []
        self.answers: list[Sample] = []

    @property
    def is_over(self) -> bool:
        return not self._left

    async def between(self, asked: Asked, go: Go) -> HttpAnswer:
        answer = self._answer(asked)
        self.requests.append(asked)
        self.answers.append(answer_as_sample(answer))
        if answer is None:
            raise ServiceFailed("connection_lost", retryable=True, late=True)
        return answer

    def _answer(self, asked: Asked) -> HttpAnswer | None:
        opening = self._vocabulary.opening
        if opening is not None and self._vocabulary.opens(asked.path):
            return HttpAnswer(200, "application/json", json.dumps(opening[1]).encode())
        if not self._left:
            raise Unlike
        exchange = self._left.pop(0)
        self.placeholders.learn_request(exchange.asked, asked)
        return None if exchange.answer is None else self.placeholders.answer(exchange.answer)


async def _rehearsed(stage: _Stage, office: Any, question: Question) -> _Rehearsed:
    arguments = arguments_like(question.arguments)
    stage.placeholders.learn({**question.arguments, "": question.key}, {**arguments, "": KEY})
    token = between.set(stage.between)
    try:
        said: Said = await office.ask(question.operation, arguments, KEY, limits.office_worker_seconds)
    except ServiceFailed as failed:
        said = failed
    finally:
        between.reset(token)
        await office.close()
    if not stage.is_over or not _is_alike(said, question.said):
        raise Unlike
    return _Rehearsed(stage.requests, stage.answers, said)


def _is_alike(shown: Said, said: Said) -> bool:
    if isinstance(shown, ServiceFailed) or isinstance(said, ServiceFailed):
        return outcome_as_sample(shown) == outcome_as_sample(said)
    return kind_of(shown) == kind_of(said)


def _common_request(one: Asked, another: Asked) -> Sample:
    headers = {name: common(text, another.headers.get(name)) for name, text in one.headers.items()}
    request: Sample = {
        "method": one.method,
        "path": PREFIX + common_path(one.path, another.path),
        "headers": {name: text for name, text in headers.items() if name in HEADERS_KEPT},
    }
    if one.body is not None:
        request["json"] = common(json.loads(one.body), json.loads(another.body or b"null"))
    return request
