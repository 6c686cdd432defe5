"""The one outbound HTTP client of offices: one fixed host, bounded in time, size and connections."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlencode

import httpx

from app import limits
from app.errors import ServiceFailed, SettingsWrong
from app.outcomes import BUSY_STATUSES

# Below the 5 s after which uvicorn and several proxies hang up: a kept connection must not be cut while we write to it.
KEEP_ALIVE_SECONDS = 2.0
GATEWAY_TIMEOUT = 504
UNREAD = frozenset({"answer_not_json", "answer_too_big"})
"""Answers that tell nothing of whether the work was done."""
JSON = "application/json"
_CERTIFICATE_ALERT = re.compile("ALERT.*(CERTIFICATE|UNKNOWN_CA)")  # as OpenSSL names them


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What an office answered: any 2xx, or a 4xx that its adapter may understand."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)  # names in small letters

    def json(self) -> object:
        """The body's value; a number with a fraction stays text, digit for digit. Raises `ServiceFailed`.

        What is no JSON is mostly the page of a proxy in between: it may be tried again, the key makes that safe.
        """
        media_type = self.content_type.partition(";")[0].strip().lower()
        if media_type != "application/json" and not media_type.endswith("+json"):
            raise ServiceFailed("answer_not_json", retryable=True)
        try:
            value: object = json.loads(self.body, parse_float=str, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise ServiceFailed("answer_not_json", retryable=True) from None
        return value


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as its adapter makes it; `repr` shows nothing of it but the method."""

    method: str
    path: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


Go = Callable[[], Awaitable[HttpAnswer]]
Between = Callable[[Asked, Go], Awaitable[HttpAnswer]]
"""Stands between an adapter and its office: hands a request on, or answers in the office's place."""
between: ContextVar[Between | None] = ContextVar("between", default=None)
"""Of whoever asks just now; what they start goes through it as well."""


class OutboundHttp:
    """Calls below `base_url`, which is all that it can reach: no redirects, no proxies or secrets of the environment.

    Raises `ServiceFailed` for what no adapter needs to look at: `connect`, `busy`, `tls`, `timeout`,
    `connection_lost`, `redirected`, `answer_too_big`, `status_<5xx, 408 or 429>`. No reason holds a path or a body.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        connections_max: int = limits.office_connections_max,
        response_bytes_max: int = limits.office_response_bytes_max,
        *,
        auth: httpx.Auth | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.base_url = checked_base_url(base_url)
        self._response_bytes_max = response_bytes_max
        self._slots = asyncio.Semaphore(connections_max)
        for name in ("httpx", "httpcore"):  # they log whole URLs at INFO and headers at DEBUG
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client = httpx.AsyncClient(
            # Compression would let 64 KB grow a thousandfold before it is counted.
            headers={"Accept": "application/json", "Accept-Encoding": "identity", **headers},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            follow_redirects=False,
            trust_env=False,
            auth=auth,
            verify=tls or _trusted(),
            limits=httpx.Limits(
                max_connections=None,  # `_room` bounds them
                max_keepalive_connections=connections_max,
                keepalive_expiry=KEEP_ALIVE_SECONDS,
            ),
        )

    async def call(
        self,
        method: str,
        path: str,
        within_seconds: float,
        headers: Mapping[str, str] | None = None,
        json_body: object = None,
        *,
        form: Mapping[str, str] | None = None,
        json_text: bytes | None = None,
        any_status: bool = False,
    ) -> HttpAnswer:
        """Ask once, never twice. `path` is percent-encoded by the caller and begins with `/`.

        The body is a form, or else JSON; `json_text` is sent byte for byte, for what a signature covers. `any_status`:
        the caller looks at every answer first and then has `check_status` judge it.
        """
        content, media_type = (json_text, JSON) if json_text is not None else _body(json_body, form)
        asked = Asked(method, path, headers or {}, content)

        async def go() -> HttpAnswer:
            return await self._ask(asked, media_type, within_seconds)

        stands_between = between.get() if form is None else None  # a form has a password in it and nothing else
        answer = await (stands_between(asked, go) if stands_between else go())
        if not any_status:
            check_status(answer.status)
        return answer

    async def _ask(self, asked: Asked, media_type: str, within_seconds: float) -> HttpAnswer:
        sent_headers = {**asked.headers, **({"Content-Type": media_type} if asked.body else {})}
        # Half for the connection, so that an office that cannot be reached is told from one that is slow.
        timeout = httpx.Timeout(within_seconds, connect=within_seconds / 2)
        request = self._client.build_request(
            asked.method, self._url(asked.path), headers=sent_headers, content=asked.body, timeout=timeout
        )
        try:
            async with asyncio.timeout(within_seconds), self._room(within_seconds / 2):
                return await self._exchange(request)
        except TimeoutError:
            raise ServiceFailed("timeout", retryable=True, late=True) from None
        except (httpx.HTTPError, httpx.StreamError, ssl.SSLError) as error:  # an alert after the handshake comes bare
            raise _failure(error) from None

    async def close(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def _room(self, seconds: float) -> AsyncIterator[None]:
        """A connection's worth of room, waited for here and never in httpx's pool: a request that is cancelled while it
        waits there leaves a connection that belongs to nobody (httpcore 1.0.9), until none is left.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._slots.acquire()
        except TimeoutError:
            raise ServiceFailed("busy", retryable=True) from None
        try:
            yield
        finally:
            self._slots.release()

    async def _exchange(self, request: httpx.Request) -> HttpAnswer:
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._response_bytes_max:
                    raise ServiceFailed("answer_too_big", retryable=True)
        finally:
            await response.aclose()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpAnswer(response.status_code, headers.get("content-type", ""), bytes(body), headers)

    def _url(self, path: str) -> httpx.URL:
        url = httpx.URL(self.base_url + path)
        assert path.startswith("/"), "a path begins with a slash"
        assert str(url).startswith(self.base_url + "/"), "an address left its office"
        return url


def checked_base_url(address: str) -> str:
    """The address without its trailing slash; raises `SettingsWrong` if it is not a plain http(s) base URL."""
    try:
        url = httpx.URL(address.rstrip("/"))
    except httpx.InvalidURL:
        raise SettingsWrong("An office's address is not a URL; write http://host:port/path.") from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query or url.fragment:
        raise SettingsWrong("An office's address must be http(s)://host:port/path, without user, query or fragment.")
    return str(url).rstrip("/")


def checked_secret(office: str, secret: str) -> str:
    """A secret that can stand in a header; raises `SettingsWrong` without repeating it."""
    if not secret or not secret.isascii() or not secret.isprintable() or secret != secret.strip():
        raise SettingsWrong(f"The secret of office `{office}` must be printable ASCII without spaces around it.")
    return secret


def _body(json_body: object, form: Mapping[str, str] | None) -> tuple[bytes | None, str]:
    if form is not None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    return None if json_body is None else json.dumps(json_body).encode(), JSON


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that are trusted, read once: 30 ms, and as many as there are offices at a start."""
    return httpx.create_ssl_context(trust_env=False)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def check_status(status: int) -> None:
    """Raises `ServiceFailed` for what no adapter understands: redirections, 5xx, busy."""
    if status < 200 or 300 <= status < 400:
        raise ServiceFailed("redirected", retryable=False)
    if status >= 500 or status in BUSY_STATUSES:
        raise ServiceFailed(f"status_{status}", retryable=True, late=status == GATEWAY_TIMEOUT)


def of_a_change(failure: ServiceFailed) -> ServiceFailed:
    """The failure as it is of a call that changes something: an office that answers with a 5xx, or with what cannot be
    read, may have done the work before, as if the answer were lost.
    """
    is_unclear = failure.reason in UNREAD or failure.reason.startswith("status_5")
    if failure.retryable and is_unclear:
        return ServiceFailed(failure.reason, retryable=True, late=True)
    return failure


def _failure(error: Exception) -> ServiceFailed:
    """`late` where bytes may have reached the office before things went wrong."""
    match error:
        case httpx.ConnectError() if "ssl" in str(error).lower():
            return ServiceFailed("tls", retryable=True)
        case _ if _is_of_a_certificate(error):
            return ServiceFailed("tls", retryable=True)
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return ServiceFailed("connect", retryable=True)
        case httpx.PoolTimeout():
            return ServiceFailed("busy", retryable=True)
        case httpx.TimeoutException():
            return ServiceFailed("timeout", retryable=True, late=True)
        case httpx.LocalProtocolError() | httpx.UnsupportedProtocol():
            return ServiceFailed("request_unfit", retryable=False)
        case _:
            return ServiceFailed("connection_lost", retryable=True, late=True)


def _is_of_a_certificate(error: BaseException) -> bool:
    """Whether the server refused our certificate: TLS 1.3 has it say so after we wrote, and before it reads that."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) and _CERTIFICATE_ALERT.search(cause.reason or ""):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
