"""The phone's line to a gateway: what Africa's Talking would post, and the sandbox's SMS centre to read from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpx

from app.errors import ServiceFailed
from app.handsets import UNKNOWN_NETWORK

answer_seconds_max = 10.0  # what Africa's Talking gives an application (aggregators.md 1.1); later: a sentence
event_seconds_max = 2.0  # for the end of a session, which nobody waits for
inbox_seconds_max = 2.0  # for the SMS centre
answer_bytes_max = 262_144  # more: no answer of ours
NO_PAGE = "Connection problem or invalid MMI code."


@dataclass(frozen=True, slots=True)
class Page:
    """What a handset shows; after a final one the line is down."""

    text: str
    final: bool


@dataclass(frozen=True, slots=True)
class ReceivedSms:
    """An SMS as the handset got it; `sent_at` carries its time zone."""

    message_id: str
    sender: str
    text: str
    sent_at: datetime


@dataclass(slots=True)
class Session:
    """One dialled session as the network keeps it: all that was typed, joined by `*`, and the hops so far."""

    session_id: str
    number: str
    service_code: str
    text: str
    began_at: datetime
    network: str = UNKNOWN_NETWORK
    hops: int = 0
    last_answer: str = ""
    over: bool = False

    def type(self, typed: str) -> None:
        self.text = f"{self.text}*{typed}" if self.text else typed

    def fields(self) -> dict[str, str]:
        return {
            "sessionId": self.session_id,
            "phoneNumber": self.number,
            "serviceCode": self.service_code,
            "networkCode": self.network,
        }


@dataclass(slots=True)
class Wire:
    """`gateway` and `sandbox` are base URLs. Every failure is a `ServiceFailed` whose text is a sentence for a person.

    May be used by several threads at once.
    """

    gateway: str
    secret: str
    sandbox: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    answer_seconds: float = answer_seconds_max
    network_of: Callable[[str], str] = lambda number: UNKNOWN_NETWORK
    _client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def hop(self, session: Session) -> Page:
        """Post what was typed so far; a `ServiceFailed` that is not `retryable` says that the answer was no page."""
        session.hops += 1
        status, answer = self._post("ussd", session.fields() | {"text": session.text}, self.answer_seconds)
        session.last_answer = answer
        kind, _, text = answer.partition(" ")
        if kind not in ("CON", "END") or status != 200:
            raise ServiceFailed(f"{NO_PAGE}{_why(status)}", retryable=False)
        return Page(text, kind == "END")

    def end(self, session: Session, status: str) -> None:
        """Tell how the session ended: `Success`, `Incomplete` or `Failed` (aggregators.md 1.2)."""
        now = self.clock()
        ended = {
            "date": _date(now),
            "status": status,
            "cost": "0.00",
            "durationInMillis": str(round((now - session.began_at).total_seconds() * 1000)),
            "hopsCount": str(session.hops),
            "hopsMetadata": "",
            "input": session.text,
            "lastAppResponse": session.last_answer,
        }
        self._take("ussd/end", session.fields() | ended, event_seconds_max, "the end of the session")

    def text(self, message_id: str, number: str, short_code: str, text: str) -> None:
        """An SMS from the phone to the gateway's short code (aggregators.md 1.3)."""
        fields = {
            "date": _date(self.clock()),
            "from": number,
            "id": message_id,
            "text": text,
            "to": short_code,
            "networkCode": self.network_of(number),
        }
        self._take("sms", fields, self.answer_seconds, "the SMS")

    def inbox(self, number: str) -> tuple[ReceivedSms, ...]:
        """What the sandbox's SMS centre sent to a number, oldest first."""
        try:
            response = self._client.get(f"{self.sandbox}/sms", params={"to": number}, timeout=inbox_seconds_max)
            return tuple(_received(row) for row in response.raise_for_status().json())
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
            raise ServiceFailed(
                f"No SMS centre answers at {self.sandbox}; `make run` starts the sandbox country's.", retryable=True
            ) from None

    def _take(self, kind: str, fields: Mapping[str, str], seconds: float, what: str) -> None:
        status, _ = self._post(kind, fields, seconds)
        if status != 200:
            raise ServiceFailed(f"The gateway did not take {what}.{_why(status)}", retryable=False)

    def _post(self, kind: str, fields: Mapping[str, str], seconds: float) -> tuple[int, str]:
        """The status and the body, read within `seconds` in all."""
        deadline = time.monotonic() + seconds
        url = f"{self.gateway}/callbacks/{self.secret}/africastalking/{kind}"
        body = bytearray()
        try:
            with self._client.stream("POST", url, data=dict(fields), timeout=seconds) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > answer_bytes_max or time.monotonic() > deadline:
                        raise httpx.ReadTimeout("too long or too late")
                return response.status_code, body.decode("utf-8", "replace")
        except httpx.ReadTimeout:
            raise ServiceFailed(f"{self.gateway} gave no answer within {seconds:g} s.", retryable=True) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceFailed(
                f"No gateway answers at {self.gateway} ({type(error).__name__}); start one with `make run`.",
                retryable=True,
            ) from None


def _why(status: int) -> str:
    if status == 404:
        return " The gateway knows no such address: is MOHALA_CALLBACK_SECRET the one that it runs with?"
    return "" if status == 200 else f" The gateway answered with HTTP {status}."


def _date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _received(row: Mapping[str, str]) -> ReceivedSms:
    return ReceivedSms(row["message_id"], row["from"], row["text"], datetime.fromisoformat(row["sent_at"]))
