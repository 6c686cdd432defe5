"""The pretend security server: X-Road 7's message protocol for REST, with the civil registry as a member behind it.

Source: X-Road, Message Protocol for REST (PR-REST), sections 4.1 to 4.8; the types of errors are those that security
servers are seen to give. Consumer's and provider's server are one here, and nothing is signed.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import deque
from collections.abc import Mapping, Sequence
from hashlib import sha512
from urllib.parse import unquote
from uuid import UUID

import anyio
import httpx
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.params import Depends

from integrations.sandbox.country import CLIENT_KEY, Country
from integrations.sandbox.knobs import OfficeRoute

INSTANCE = "LS-SANDBOX"
CLIENTS = frozenset({f"{INSTANCE}/GOV/MOHALA/GATEWAY", f"{INSTANCE}/GOV/MOHALA/STRANGER"})
SERVICES: Mapping[str, tuple[str, frozenset[str]]] = {
    f"{INSTANCE}/GOV/HOME-AFFAIRS/REGISTRY/civil": ("/civil-registry", frozenset({f"{INSTANCE}/GOV/MOHALA/GATEWAY"})),
}
"""Service identifier: where it is, and who may ask."""
SERVERS = frozenset({f"{INSTANCE}/GOV/HOME-AFFAIRS/SS1"})
PREFIX = "/x-road/r1/"
provider_seconds_max = 30.0
url_characters_max = 2000  # PR-REST 4.2: what most clients and servers keep to
part_characters_max = 255
messages_kept_max = 1_000  # more: the oldest is forgotten

_FORBIDDEN = re.compile(r"[:;\\%/\x00-\x1f\x7f\u200b\ufeff]")  # PR-REST 4.8
_MEMBER = re.compile(r"([^/]+/)?[^/]+")
_USER = re.compile(r"[A-Z]{2}[!-~]{1,100}")
_HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"),
        *("transfer-encoding", "upgrade", "host", "user-agent", "server", "content-length", "date"),
    }
)
"""PR-REST 4.3: not handed on as they are."""


class SecurityServer:
    """Checks who asks for what, hands it on, and puts the ids and the hash of the exchange on the answer."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._log: deque[dict[str, str]] = deque(maxlen=messages_kept_max)

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The protocol behind `guards`, and for testers the log of messages that every security server keeps."""
        office = APIRouter(dependencies=guards, route_class=OfficeRoute)
        office.add_api_route(PREFIX + "{rest:path}", self._exchange, methods=["GET", "POST", "PUT"])
        router = APIRouter()
        router.add_api_route("/x-road/messages", self._messages, methods=["GET"])
        router.include_router(office)
        return router

    async def _messages(self) -> list[dict[str, str]]:
        """The last messages, oldest first: who asked whom, and for which party."""
        return list(self._log)

    async def _exchange(self, request: Request) -> Response:
        raw = request.scope["raw_path"].decode("ascii", "replace")[len(PREFIX) :]
        parts = raw.split("/")
        if len(str(request.url)) > url_characters_max:
            raise fault("Client.BadRequest", "The request's URL is too long.")
        client = _client(request.headers)
        service = "/".join(_decoded(part) for part in parts[:5])
        address = _address(client, service)
        if any(unquote(part) in (".", "..") for part in parts[5:]):
            raise fault("Client.BadRequest", "The path has a part that leads elsewhere.")
        id, request_id = self._id(request.headers), self._uuid()
        party = request.headers.get("x-road-represented-party", "")
        self._log.append({"id": id, "client": client, "service": service, "represented_party": party})
        body = await request.body()
        answer = await self._provider(request, "/".join([address, *parts[5:]]), body)
        told = {name: value for name, value in answer.headers.items() if not _is_ours(name)}
        told |= {"X-Road-Client": client, "X-Road-Service": service, "X-Road-Id": id, "X-Road-Request-Id": request_id}
        told["X-Road-Request-Hash"] = request_hash(request.headers, body)
        return Response(answer.content, answer.status_code, told)

    async def _provider(self, request: Request, path: str, body: bytes) -> httpx.Response:
        """The member's own system, which trusts its security server and nobody else: so the key is added here."""
        headers = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP}
        headers = {"accept": "application/json", **headers, "x-api-key": CLIENT_KEY}
        query = request.url.query
        try:
            with anyio.fail_after(provider_seconds_max):
                async with httpx.AsyncClient(transport=httpx.ASGITransport(request.app)) as provider:
                    url = f"http://provider{path}{'?' if query else ''}{query}"
                    return await provider.request(request.method, url, headers=headers, content=body)
        except TimeoutError:
            raise fault("Server.ServerProxy.NetworkError", "The service did not answer in time.") from None

    def _id(self, headers: Mapping[str, str]) -> str:
        """The client's own id of the message, or one that is made for it."""
        id = headers.get("x-road-id", "")
        if id and not (len(id) <= part_characters_max and id.isprintable()):
            raise fault("Client.BadRequest", "X-Road-Id cannot be read.")
        return id or self._uuid()

    def _uuid(self) -> str:
        return str(UUID(bytes=self._country.random_bytes(16), version=4))


def fault(type: str, message: str) -> HTTPException:
    """What a security server answers in the place of the service (PR-REST 4.6)."""
    told = {"type": type, "message": message, "detail": "sandbox"}
    return HTTPException(400 if type.startswith("Client.") else 500, told, {"X-Road-Error": type})


def unavailable() -> HTTPException:
    """For the knob: nothing was handed on."""
    return fault("Server.ServerProxy.NetworkError", "Could not connect to the service's security server.")


def request_hash(headers: Mapping[str, str], body: bytes) -> str:
    """Base64 of SHA512(SHA512(headers) + SHA512(body)), or of SHA512(headers) if there is no body (PR-REST 4.3)."""
    sent = "\r\n".join(f"{name}:{value}" for name, value in headers.items()).encode("latin-1", "replace")
    digest = sha512(sent).digest()
    return b64encode(sha512(digest + sha512(body).digest()).digest() if body else digest).decode()


def _client(headers: Mapping[str, str]) -> str:
    """Who asks; everything else that the headers say is checked as well. Raises `HTTPException`."""
    if "x-road-client" not in headers:
        raise fault("Client.BadRequest", "The request has no header X-Road-Client.")
    client = "/".join(_decoded(part) for part in headers["x-road-client"].split("/"))
    if not 3 <= client.count("/") + 1 <= 4:
        raise fault("Client.BadRequest", "X-Road-Client must be INSTANCE/CLASS/MEMBER[/SUBSYSTEM].")
    if client not in CLIENTS:
        raise fault("Server.ClientProxy.UnknownMember", "The client is not registered at this security server.")
    if headers.get("x-road-security-server", next(iter(SERVERS))) not in SERVERS:
        raise fault("Server.ClientProxy.UnknownMember", "There is no such security server.")
    if not _MEMBER.fullmatch(headers.get("x-road-represented-party", "GOV/MOHALA")):
        raise fault("Client.BadRequest", "X-Road-Represented-Party must be [CLASS/]MEMBER.")
    if not _USER.fullmatch(headers.get("x-road-userid", "LS0")):
        raise fault("Client.BadRequest", "X-Road-UserId must begin with the two letters of a country.")
    if "x-road-request-hash" in headers:
        raise fault("Client.BadRequest", "A request carries no X-Road-Request-Hash.")
    return client


def _address(client: str, service: str) -> str:
    if service not in SERVICES:
        known = {name.rpartition("/")[0] for name in SERVICES}
        type = "ServerProxy.UnknownService" if service.rpartition("/")[0] in known else "ClientProxy.UnknownMember"
        raise fault(f"Server.{type}", "There is no such service.")
    address, allowed = SERVICES[service]
    if client not in allowed:
        raise fault("Server.ServerProxy.AccessDenied", f"Request is not allowed: SERVICE:{service}")
    return address


def _decoded(part: str) -> str:
    """One part of an identifier; raises `HTTPException` for what PR-REST 4.8 forbids."""
    text = unquote(part, errors="strict") if part.isascii() else ""
    if not 0 < len(text) <= part_characters_max or text in (".", "..") or _FORBIDDEN.search(text):
        raise fault("Client.BadRequest", "An identifier has a part that none may have.")
    return text


def _is_ours(name: str) -> bool:
    """A provider sets none of these; what it sets is written over."""
    return name in _HOP_BY_HOP or name.startswith("x-road-")
