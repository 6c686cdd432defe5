"""The words of each adapter's answers: the keys that it reads, and the values by which it tells outcomes apart.

Nothing else of an answer may stand in a recording. Most of it is read off the adapters' own models and tables, so that
what an adapter learns to read is known here as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, JsonValue

from app import g2p_connect, m_pesa, mobile_money, mosip, opencrvs, push_poll
from integrations.services import (
    dci_envelope,
    g2p_connect_words,
    m_pesa_words,
    mobile_money_words,
    mosip_answers,
    opencrvs_words,
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`words` are in small letters, as capitals play no part; `codes` is what a code looks like that nobody lists.

    `flags` are keys whose yes or no stays, `counts` those of a small number that does, `linked` the resources that a
    link may lead to. What ends as `opening` and opens a session is answered with its second part.
    """

    keys: frozenset[str]
    words: frozenset[str] = frozenset()
    codes: re.Pattern[str] | None = None
    flags: frozenset[str] = frozenset()
    counts: frozenset[str] = frozenset()
    linked: frozenset[str] = frozenset()
    opening: tuple[str, JsonValue] | None = field(default=None)

    def opens(self, path: str) -> bool:
        return self.opening is not None and path.endswith(self.opening[0])

    def is_word(self, text: str) -> bool:
        return text.casefold() in self.words or (self.codes is not None and self.codes.fullmatch(text) is not None)

    def of_operation(self, declared: Mapping[str, object]) -> Vocabulary:
        """With what services.yaml declares of an operation besides."""
        keys = {step for path in _declared_paths(declared) for step in path.split(".") if not step.isdigit()}
        words = _folded(_declared_words(declared))
        return Vocabulary(
            self.keys | keys, self.words | words, self.codes, self.flags, self.counts, self.linked, self.opening
        )


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)


def _declared_paths(declared: Mapping[str, object]) -> Iterator[str]:
    match declared.get("results"):
        case Mapping() as results:
            for one in results.values():
                yield from _paths_of(one)
    match declared.get("status"):
        case {"field": str() as field, "payment": str() as payment}:
            yield from (field, payment)


def _paths_of(result: object) -> Iterator[str]:
    if isinstance(result, Mapping):
        if "from" in result:
            yield str(result["from"])
        inner = result.get("list")
        for one in inner.values() if isinstance(inner, Mapping) else ():
            yield from _paths_of(one)


def _declared_words(declared: Mapping[str, object]) -> Iterator[str]:
    """Of a wallet that is pushed to and polled, whose words stand in services.yaml."""
    status, refused = declared.get("status"), declared.get("refused")
    listed = [status.get(name) for name in ("paid", "pending", "unseen")] if isinstance(status, Mapping) else []
    listed += refused.values() if isinstance(refused, Mapping) else []
    for words in listed:
        yield from map(str, words if isinstance(words, list) else ())


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _literals_in(annotation: Any) -> Iterator[str]:
    for inner in get_args(annotation):
        yield from [str(inner)] if get_origin(annotation) is Literal else _literals_in(inner)


def _all(*models: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in models:
        yield model
        for one in model.model_fields.values():
            yield from _all(*_models_in(one.annotation))


def _read_by(*models: type[BaseModel], keys: Iterable[str] = (), words: Iterable[str] = (), **more: Any) -> Vocabulary:
    """What these models read, and what is read besides."""
    fields = [(name, one) for model in _all(*models) for name, one in model.model_fields.items()]
    literals = [word for _, one in fields for word in _literals_in(one.annotation)]
    return Vocabulary(
        frozenset([*(one.alias or name for name, one in fields), *keys]), _folded([*literals, *words]), **more
    )


_DCI_KEYS = ("header", "message", "ack_status", "error", "code")
_DCI_WORDS = (*dci_envelope.CODES, dci_envelope.ANSWER, "ACK", "NACK", "ERR")
_DCI: Mapping[str, Any] = {"flags": frozenset({"is_msg_encrypted"}), "counts": frozenset({"total_count"})}
VOCABULARIES: Mapping[str, Vocabulary] = {
    mobile_money.ADAPTER: _read_by(
        mobile_money_words.ErrorObject,
        mobile_money_words.RequestState,
        mobile_money_words.Transaction,
        mobile_money_words.Link,
        mobile_money_words.Heartbeat,
        words=(
            *mobile_money_words.REFUSALS, *mobile_money_words.BUSY, *mobile_money_words.OURS,
            *("duplicateRequest", "genericError", "businessRule", "completed", "pending", "failed", "declined"),
        ),
        linked=frozenset({"requeststates", "transactions"}),
    ),
    m_pesa.ADAPTER: Vocabulary(
        frozenset(
            f"output_{name}"
            for name in ("ResponseCode", "ResponseTransactionStatus", "OriginalTransactionID", "TransactionID")
        ),
        _folded(
            (
                *m_pesa_words.PAID_STATUSES, *m_pesa_words.PENDING_STATUSES, *m_pesa_words.FAILED_STATUSES,
                m_pesa_words.NO_ID,
            )
        ),
        codes=m_pesa_words.CODE,
        opening=("/getSession/", {"output_ResponseCode": m_pesa_words.DONE, "output_SessionID": "recorded"}),
    ),
    push_poll.ADAPTER: Vocabulary(frozenset()),
    opencrvs.ADAPTER: _read_by(
        dci_envelope.Header,
        opencrvs_words.Answer,
        keys=(*_DCI_KEYS, "identifier", "type", "value", "birthDate", opencrvs.BIRTHDATE, "relations"),
        words=(*_DCI_WORDS, *opencrvs.NUMBERS.values(), opencrvs.NATIONAL_ID),
        **_DCI,
    ),
    g2p_connect.ADAPTER: _read_by(
        dci_envelope.Header,
        g2p_connect_words.SearchAnswer,
        g2p_connect_words.StatusAnswer,
        keys=_DCI_KEYS,
        words=(*_DCI_WORDS, *g2p_connect_words.REFUSALS),
        **_DCI,
    ),
    mosip.ADAPTER: _read_by(
        mosip_answers.Answer, codes=mosip_answers.CODE, flags=frozenset({"authStatus"})
    ),
}  # fmt: skip
"""Of the adapters whose questions are recorded from outside; a plain JSON office's are what services.yaml declares."""
