"""The pretend token endpoint: OAuth 2.0 client credentials, and the guard of offices that want its tokens.

Source: RFC 6749, 2.3.1, 4.4, 5.1 and 5.2, and RFC 6750, 3.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import unquote_plus

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.params import Depends
from fastapi.responses import JSONResponse

from integrations.sandbox.country import (
    BASIC_CHALLENGE,
    CLIENT,
    CLIENT_KEY,
    Country,
    basic_of,
    rows_listed_max,
    stamp,
)
from integrations.sandbox.forms import read_form
from integrations.sandbox.knobs import OfficeRoute

TABLE = """
CREATE TABLE IF NOT EXISTS tokens (
    number INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, scope TEXT NOT NULL,
    issued_at TEXT NOT NULL, expires_at TEXT NOT NULL, revoked INTEGER NOT NULL DEFAULT 0
) STRICT
"""
SCOPES = ("directory", "births", "grants")
USUAL_SCOPE = "directory"
TOKEN_BYTES = 32
NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749 (5.1)
_BEARER = re.compile("Bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)  # RFC 6750 (2.1)


Body = Callable[[int, str], Mapping[str, Any]]


def _body(_: int, message: str) -> Mapping[str, Any]:
    return {"code": "token_wrong", "message": message}


class TokenDesk:
    """Gives tokens to the one client that there is; only their hashes are kept."""

    def __init__(self, country: Country, token_seconds: int) -> None:
        self._country = country
        self._store = country.store
        self._token_seconds = token_seconds

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The endpoint behind `guards`; the tester's list, and the end of all tokens, which no knob touches."""
        router = APIRouter(prefix="/oauth", route_class=OfficeRoute)
        router.add_api_route("/token", self._give, methods=["POST"], dependencies=guards, response_model=None)
        router.add_api_route("/tokens", self._list, methods=["GET"])
        router.add_api_route("/tokens", self._revoke, methods=["DELETE"])
        return router

    def require(self, scope: str, body: Body = _body) -> Callable[[Request], Awaitable[None]]:
        """A dependency: 401 without a living token, 403 if it is for something else (RFC 6750, 3.1).

        `body` makes the body of a refusal, for offices with words of their own.
        """

        def challenge(status: int, error: str, message: str) -> HTTPException:
            """RFC 6750 (3): without a token there is no error to name."""
            shown = ", ".join(filter(None, ('Bearer realm="sandbox"', error)))
            return HTTPException(status, body(status, message), {"WWW-Authenticate": shown})

        async def check(request: Request) -> None:
            found = _BEARER.fullmatch(request.headers.get("authorization", ""))
            if found is None:
                raise challenge(401, "", f"Send `Authorization: Bearer` and a token of {CLIENT}'s.")
            row = self._store.row("SELECT scope, expires_at, revoked FROM tokens WHERE hash = ?", _hash(found[1]))
            if row is None or row["revoked"] or row["expires_at"] <= self._country.now():
                raise challenge(401, 'error="invalid_token"', "The token is unknown, revoked or past its time.")
            if scope not in row["scope"].split(" "):
                raise challenge(403, f'error="insufficient_scope", scope="{scope}"', "The token is for others.")

        return check

    async def _give(self, request: Request) -> Response:
        form = read_form(request.headers.get("content-type", ""), await request.body())
        if form is None or "grant_type" not in form:
            raise refusal("invalid_request", "Send a form with `grant_type`, each field once.")
        _check_client(request.headers.get("authorization"), form)
        if form["grant_type"] != "client_credentials":
            raise refusal("unsupported_grant_type", "Only `client_credentials` is known.")
        wanted = form.get("scope") or USUAL_SCOPE
        if not set(wanted.split(" ")) <= set(SCOPES):
            raise refusal("invalid_scope", f"Known are: {', '.join(SCOPES)}.")
        told = {
            "access_token": self.issue(wanted),
            "token_type": "Bearer",
            "expires_in": self._token_seconds,
            "scope": wanted,
        }
        return JSONResponse(told, headers=NOT_KEPT)

    def issue(self, scope: str) -> str:
        """A new token for these scopes, to a client that showed itself."""
        token = self._country.random_bytes(TOKEN_BYTES).hex()
        now = self._country.clock()
        self._store.write(
            "INSERT INTO tokens (number, hash, scope, issued_at, expires_at) VALUES (?, ?, ?, ?, ?)",
            *(self._store.next_number("tokens"), _hash(token), scope, stamp(now)),
            stamp(now + timedelta(seconds=self._token_seconds)),
        )
        return token

    async def _list(self) -> list[dict[str, Any]]:
        return self._store.rows(
            "SELECT scope, issued_at, expires_at, revoked FROM tokens ORDER BY number DESC LIMIT ?", rows_listed_max
        )

    async def _revoke(self) -> list[dict[str, Any]]:
        """All at once, as a server does that lost its keys."""
        self._store.write("UPDATE tokens SET revoked = 1")
        return await self._list()


def refusal(error: str, description: str, status: int = 400, headers: Mapping[str, str] | None = None) -> HTTPException:
    """RFC 6749 (5.2)."""
    return HTTPException(status, {"error": error, "error_description": description}, {**NOT_KEPT, **(headers or {})})


def unavailable() -> HTTPException:
    """For the knob; RFC 6749 names no error of the endpoint's own, so the status alone says it."""
    return HTTPException(503, {"code": "unavailable"})


def _check_client(header: str | None, form: Mapping[str, str]) -> None:
    """By the header or by the body, never by both (RFC 6749, 2.3.1); raises `HTTPException`."""
    in_body = "client_id" in form or "client_secret" in form
    if header is not None and in_body:
        raise refusal("invalid_request", "Show who you are in the header or in the body, not in both.")
    if header is not None:
        shown = tuple(map(unquote_plus, basic_of(header) or ()))
        if shown != (CLIENT, CLIENT_KEY):
            raise refusal("invalid_client", "No such client.", 401, {"WWW-Authenticate": BASIC_CHALLENGE})
    elif (form.get("client_id"), form.get("client_secret")) != (CLIENT, CLIENT_KEY):
        raise refusal("invalid_client", "No such client.")


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
