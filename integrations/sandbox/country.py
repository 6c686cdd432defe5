"""What every office of the sandbox shares: its store, clock and randomness, and the key that clients must show."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Header, HTTPException, Request
from pydantic import StringConstraints

from app.ports import Clock, RandomBytes
from integrations.sandbox.store import Store

CLIENT_KEY = "sandbox"  # for every office, and the SMS centre's username as well
CLIENT = "mohala"  # who we are where a name goes with the key
BASIC_CHALLENGE = 'Basic realm="sandbox", charset="UTF-8"'
rows_listed_max = 500  # a tester's list shows no more than the newest of these
idempotency_key_characters_max = 128

IdempotencyKey = Annotated[
    Annotated[str, StringConstraints(min_length=1, max_length=idempotency_key_characters_max)] | None, Header()
]


@dataclass(frozen=True, slots=True)
class Country:
    """The parts that an office is built from; time and randomness come in from outside."""

    store: Store
    clock: Clock
    random_bytes: RandomBytes

    def now(self) -> str:
        return stamp(self.clock())


def stamp(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, so that stamps sort as text."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def require_key(x_api_key: Annotated[str | None, Header()] = None) -> None:
    """A dependency: 401 unless the header `X-Api-Key` is the sandbox's."""
    if x_api_key != CLIENT_KEY:
        raise HTTPException(401, {"code": "key_wrong", "message": "Send the header `X-Api-Key: sandbox`."})


def require_basic(request: Request) -> None:
    """A dependency: 401 unless `Authorization` is Basic with the sandbox's user and password (RFC 7617)."""
    if basic_of(request.headers.get("authorization", "")) != (CLIENT, CLIENT_KEY):
        told = {"code": "key_wrong", "message": f"Send `Authorization: Basic` of `{CLIENT}:{CLIENT_KEY}`."}
        raise HTTPException(401, told, {"WWW-Authenticate": BASIC_CHALLENGE})


def basic_of(header: str) -> tuple[str, str] | None:
    """User and password of an `Authorization` header, or None if it is no Basic one (RFC 7617, 2)."""
    scheme, _, credentials = header.partition(" ")
    try:
        user, colon, password = b64decode(credentials.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if scheme.lower() == "basic" and colon else None


def require_idempotency_key(key: str | None) -> str:
    if key is None:
        raise HTTPException(400, {"code": "key_missing", "message": "Send a header `Idempotency-Key`."})
    return key


def key_reused() -> HTTPException:
    return HTTPException(409, {"code": "key_reused", "message": "This Idempotency-Key came with another body before."})
