"""The envelope of G2P Connect's messages, which its dialects share: how one is written, and what an answer is.

Source: G2P Connect 1.0.0, MsgHeader, MsgCallbackHeader, MsgHeaderStatusReasonCode, Ack, Error.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool, StrictInt, StringConstraints, ValidationError

from app import dci
from app.errors import ServiceFailed, SettingsWrong
from app.messages import Pending
from integrations.http import HttpAnswer
from integrations.services.http_json_answers import json_or_nothing, look_up
from integrations.services.http_json_operation import checked_key
from integrations.services.settings import OfficeSettings

VERSION = "1.0.0"
ACTION, ANSWER = "search", "on-search"
IDS = uuid.UUID("4a51b0c3-6f0e-4f7e-9b58-2f3c0f6d9e11")
"""Ids are made from our keys, so that nothing has to be remembered to know a message of ours again."""
PASSING = frozenset({"rjct.message_id.duplicate", "err.service.unavailable", "err.request.too_many_requests"})
"""Codes after which the same may be asked again, by a message of its own."""
TIMED_OUT = "err.request.timeout"
CODES = frozenset(
    {
        *(f"rjct.{name}.invalid" for name in ("version", "message_ts", "action", "total_count")),
        *("rjct.message_id.duplicate", "rjct.action.not_supported", "rjct.total_count.limit_exceeded"),
        *("rjct.errors.too_many", "rjct.reference_id.duplicate", "rjct.search.too_many_records_found"),
        *(f"rjct.{name}.invalid" for name in ("reference_id", "timestamp", "search_criteria", "filter", "sort")),
        *(f"rjct.{name}.invalid" for name in ("pagination", "request_type", "attribute_type", "share_attributes")),
        *(f"rjct.srch_{name}.invalid" for name in ("transaction_id", "payer_fa", "payee_fa")),
        *("rjct.srch_transaction_id.not_found", "rjct_srch_reference_id.invalid", "rjct_srch_reference_id.not_found"),
        *("rjct.srch.too_many_records_found", "err.version.not_supported", "err.service.unavailable", TIMED_OUT),
        *(f"err.request.{name}" for name in ("bad", "unauthorized", "forbidden", "not_found", "too_many_requests")),
        *(f"err.{name}.invalid" for name in ("sender_id", "sender_uri", "receiver_id", "signature", "encryption")),
        "err.signature.missing",
    }
)
"""Codes of a header, a search and an error that the contract has; any other text is told to nobody."""

Status = Literal["rcvd", "pdng", "succ", "rjct"]
Id = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=99)]


class Words(BaseModel):
    """Lenient where the contract may grow; what it says of a field we use must hold."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Header(Words):
    message_id: Id
    action: str
    status: Status
    status_reason_code: str | None = None
    total_count: Annotated[StrictInt, Field(ge=0)] | None = None
    is_msg_encrypted: StrictBool | None = None


class Message(Words):
    transaction_id: Id
    correlation_id: str | None = None


Anything = TypeVar("Anything", bound=Words)
AnyMessage = TypeVar("AnyMessage", bound=Message)


@dataclass(frozen=True, slots=True)
class Ids:
    """Of one message, of the transaction that it belongs to, and of the one request in it."""

    message: str
    transaction: str
    reference: str


@dataclass(frozen=True, slots=True)
class Parties:
    """Who sends, and whom it is for, if the office wants to read that."""

    sender: str
    receiver: str | None

    def request(self, ids: Ids, at: datetime, message: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """A whole request, with one thing asked for in it."""
        header: dict[str, JsonValue] = {
            "version": VERSION,
            "message_id": ids.message,
            "message_ts": stamp(at),
            "action": ACTION,
            "sender_id": self.sender,
            "total_count": 1,
            "is_msg_encrypted": False,
        }
        if self.receiver is not None:
            header["receiver_id"] = self.receiver
        return {"header": header, "message": {"transaction_id": ids.transaction, **message}}


def read_parties(told: OfficeSettings) -> Parties:
    """Raises `SettingsWrong` for names that no header can carry."""
    wrong = "; ".join(fault.text for fault in dci.office_faults(told.options))
    if wrong:
        raise SettingsWrong(f"Office `{told.name}` in services.yaml: {wrong}.")
    return Parties(told.options["sender"], told.options.get("receiver"))


def ids_of(office: str, operation: str, key: str, attempt: str = "") -> Ids:
    """The same for the same key; the message is another one for another `attempt`. Raises `ServiceFailed`."""
    transaction = uuid.uuid5(IDS, f"{office}/{operation}/{checked_key(key)}")
    message, reference = uuid.uuid5(transaction, f"message/{attempt}"), uuid.uuid5(transaction, "reference")
    return Ids(str(message), str(transaction), str(reference))


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def open_answer(
    answer: HttpAnswer, ids: Ids, kind: type[AnyMessage], *, same_message: bool
) -> tuple[Header, AnyMessage] | Pending:
    """Header and message of an answer to ours, `Pending` if it is still to come; raises `ServiceFailed`.

    `same_message`: the answer has the id of our message, where the dialect says so; the transaction's it has always.
    """
    _refuse_status(answer)
    value = answer.json()
    if _is_acknowledged(value):
        return Pending()
    header = read_as(Header, look_up(value, "header"))
    if header.action != ANSWER:
        raise malformed()
    if same_message and header.message_id != ids.message:
        raise not_ours()
    if header.status == "rjct":
        raise rejected(header.status_reason_code)
    if header.status in ("rcvd", "pdng"):
        return Pending()
    if header.is_msg_encrypted or look_up(value, "message.ciphertext") is not None:
        raise ServiceFailed("answer_encrypted", retryable=False)
    message = read_as(kind, look_up(value, "message"))
    if message.transaction_id != ids.transaction:
        raise not_ours()
    return header, message


def read_as(kind: type[Anything], value: object) -> Anything:
    """Raises `ServiceFailed`."""
    try:
        return kind.model_validate(value)
    except ValidationError:
        raise malformed() from None


def malformed() -> ServiceFailed:
    return ServiceFailed("answer_malformed", retryable=False)


def not_ours() -> ServiceFailed:
    """An answer to something else, as a cache or a mix-up in between gives: nothing of it is shown to anybody."""
    return ServiceFailed("answer_not_ours", retryable=True)


def rejected(code: object) -> ServiceFailed:
    """By the code alone: what an office says besides may quote what was asked. Only what may pass is tried again."""
    told = code if isinstance(code, str) and code in CODES else "unreadable"
    timed_out = told == TIMED_OUT
    return ServiceFailed(f"dci:{told}", retryable=timed_out or told in PASSING, late=timed_out)


def evidence_of(message: Message) -> str:
    """The ids by which both sides find the exchange in their logs."""
    told = (message.correlation_id or "")[:99]
    theirs = f" correlation_id={told}" if told and told.isascii() and told.isprintable() else ""
    return f"transaction_id={message.transaction_id}{theirs}"


def _refuse_status(answer: HttpAnswer) -> None:
    """An office that could not take a message says so by a status, perhaps with an `ERR` in its body."""
    if 200 <= answer.status < 300:
        return
    value = json_or_nothing(answer)
    if look_up(value, "message.ack_status") == "ERR":
        raise rejected(look_up(value, "message.error.code"))
    raise ServiceFailed(f"status_{answer.status}", retryable=False)


def _is_acknowledged(value: object) -> bool:
    """Whether the answer is only a receipt, as of the asynchronous interfaces; raises `ServiceFailed` for a bad one."""
    match look_up(value, "message.ack_status"):
        case None:
            return False
        case "ACK":
            return True
        case "NACK":
            raise ServiceFailed("dci:NACK", retryable=False)
        case "ERR":
            raise rejected(look_up(value, "message.error.code"))
        case _:
            raise malformed()
