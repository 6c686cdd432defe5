"""Bearer tokens by OAuth 2.0 client credentials (RFC 6749, 4.4; RFC 6750), and calls that carry them.

One POST and a cache, so no library: Authlib 1.9 brings a client of its own (by now on httpx2), which knows none of
`OutboundHttp`'s bounds, and a caller that gives up takes the fetch with it that others wait for; httpx-oauth 0.17 logs
people in and has no client credentials; oauthlib 4.0 does no I/O and would write one form and read one object for us.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app import limits
from app.errors import ServiceFailed
from app.ports import Clock
from integrations.http import HttpAnswer, OutboundHttp, check_status
from integrations.shared import Shared

OK, UNAUTHORIZED = 200, 401
ERRORS = frozenset(
    {
        *("invalid_request", "invalid_client", "invalid_grant"),
        *("unauthorized_client", "unsupported_grant_type", "invalid_scope"),
    }
)
"""RFC 6749 (5.2)."""
margin_seconds = 30.0  # before its end a token is not used any more, for calls and clocks differ;
margin_share = 0.1  # of a short life no more than this
unsaid_seconds = 300.0  # of a token that says nothing of its end (RFC 6749, 5.1 leaves that open)
_TOKEN = re.compile("[!-~]+")  # RFC 6750 (2.1), and whatever else a header can carry
_SECONDS = re.compile(r"([0-9]{1,9})(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Token:
    """What a request carries until `fresh_until`; its text is shown nowhere."""

    text: str = field(repr=False)
    fresh_until: datetime


class Tokens:
    """Asks the endpoint at `path` when there is no fresh token; `form` is the grant, `http` shows who asks."""

    def __init__(self, http: OutboundHttp, path: str, form: Mapping[str, str], clock: Clock) -> None:
        self._http = http
        self._path = path
        self._form = form
        self._clock = clock
        self._tokens = Shared("token", self._fetch, lambda token: clock() < token.fresh_until)

    async def fresh(self, within_seconds: float) -> Token:
        """A token that was not refused yet. Raises `ServiceFailed` as `Shared` does; the reasons are those of
        `OutboundHttp`, RFC 6749's errors and `malformed`.
        """
        return await self._tokens.fresh(within_seconds)

    async def other_than(self, refused: Token, within_seconds: float) -> Token:
        """As `fresh`, after a token was refused."""
        self._tokens.drop(refused)
        return await self.fresh(within_seconds)

    async def close(self) -> None:
        await self._tokens.close()
        await self._http.close()

    async def _fetch(self) -> Token:
        asked_at = self._clock()
        answer = await self._http.call(
            "POST", self._path, limits.office_token_seconds, form=self._form, any_status=True
        )
        return _read(answer, asked_at)


class BearerHttp:
    """Calls as `OutboundHttp`'s, each with a token; once more with a new one if the office answers 401.

    That is no repetition: who refuses a token has done nothing.
    """

    def __init__(self, http: OutboundHttp, tokens: Tokens) -> None:
        self._http = http
        self._tokens = tokens

    async def call(
        self,
        method: str,
        path: str,
        within_seconds: float,
        headers: Mapping[str, str] | None = None,
        json_body: object = None,
        *,
        json_text: bytes | None = None,
        any_status: bool = False,
    ) -> HttpAnswer:
        """Tokens are part of `within_seconds`. Besides the reasons of `OutboundHttp`: `token_...`, as `Tokens` has."""
        ends = asyncio.get_running_loop().time() + within_seconds

        async def attempt(token: Token) -> HttpAnswer:
            if _left(ends) <= 0:
                raise ServiceFailed("token_timeout", retryable=True)
            carried = {**(headers or {}), "Authorization": f"Bearer {token.text}"}
            return await self._http.call(
                method, path, _left(ends), carried, json_body, json_text=json_text, any_status=any_status
            )

        token = await self._tokens.fresh(within_seconds)
        answer = await attempt(token)
        if answer.status != UNAUTHORIZED:
            return answer
        return await attempt(await self._tokens.other_than(token, _left(ends)))

    async def close(self) -> None:
        await self._tokens.close()
        await self._http.close()


def _left(ends: float) -> float:
    return ends - asyncio.get_running_loop().time()


def _read(answer: HttpAnswer, asked_at: datetime) -> Token:
    """RFC 6749 (5.1); raises `ServiceFailed`."""
    if answer.status != OK:
        raise ServiceFailed(_refusal(answer), retryable=True)
    told = answer.json()
    members = told if isinstance(told, dict) else {}
    text, type = members.get("access_token"), members.get("token_type")
    if not isinstance(text, str) or not _TOKEN.fullmatch(text) or len(text) > limits.office_token_characters_max:
        raise ServiceFailed("malformed", retryable=True)
    if not isinstance(type, str) or type.lower() != "bearer":
        raise ServiceFailed("malformed", retryable=True)
    seconds = _lifetime_seconds(members.get("expires_in"))
    return Token(text, asked_at + timedelta(seconds=seconds - min(margin_seconds, seconds * margin_share)))


def _refusal(answer: HttpAnswer) -> str:
    """RFC 6749 (5.2). What an error says besides its code may name us, and is not told; raises `ServiceFailed`."""
    check_status(answer.status)
    try:
        told = answer.json()
    except ServiceFailed:
        told = None
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, str) and error in ERRORS else f"status_{answer.status}"


def _lifetime_seconds(said: object) -> float:
    """Some servers say it as a text. Raises `ServiceFailed` for what says nothing."""
    if said is None:
        return unsaid_seconds
    found = _SECONDS.fullmatch(str(said))
    if found is None or isinstance(said, bool):
        raise ServiceFailed("malformed", retryable=True)
    return min(float(found[1]), limits.office_token_lifetime_seconds_max)
