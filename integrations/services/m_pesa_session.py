"""Sessions of Vodacom M-Pesa's OpenAPI: fetched with the sealed API key, and sealed themselves for every call.

Sealing is RSA with PKCS #1 v1.5, as Base64, in `Authorization: Bearer`: whoever listens learns neither key nor session.
"""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from app import limits
from app.errors import ServiceFailed, SettingsWrong
from app.ports import Clock
from integrations.http import HttpAnswer, OutboundHttp
from integrations.services.m_pesa_words import DONE, SESSION_REFUSED, said
from integrations.shared import Shared

_SESSION = re.compile("[!-~]+")
PADDING_BYTES = 11  # RFC 8017 (7.2.1)
key_bits_min = 2_048
Seal = Callable[[str], str]


def read_public_key(office: str, text: str) -> Seal:
    """What seals with the portal's key, which it shows as bare Base64 of DER; PEM will do. Raises `SettingsWrong`."""
    try:
        pem = text.strip().startswith("-----")
        key = load_pem_public_key(text.encode()) if pem else load_der_public_key(b64decode(text.strip(), validate=True))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey) or key.key_size < key_bits_min:
        raise SettingsWrong(
            f"The public key of office {office} cannot be used: put the portal's RSA key, of {key_bits_min} bits or"
            " more, into its file, as the portal shows it."
        )
    rsa = key

    def seal(text: str) -> str:
        if len(text) > rsa.key_size // 8 - PADDING_BYTES:
            raise ServiceFailed("session_malformed", retryable=True)
        return b64encode(rsa.encrypt(text.encode("ascii"), PKCS1v15())).decode()

    return seal


@dataclass(frozen=True, slots=True)
class Session:
    id: str = field(repr=False)
    at: datetime


class Sessions:
    """Fetches a session when there is none; `http` shows the `Origin`."""

    def __init__(self, http: OutboundHttp, path: str, api_key: str, seal: Seal, clock: Clock) -> None:
        self._http = http
        self._path = path
        self._api_key = api_key
        self._seal = seal
        self._clock = clock
        self._sessions = Shared("session", self._fetch, lambda session: True)

    async def call(
        self,
        http: OutboundHttp,
        method: str,
        path: str,
        within_seconds: float,
        json_body: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """As `OutboundHttp.call` with any status, with a session; once more with a new one if that is refused.

        That is no repetition: who refuses a session has done nothing. Raises `ServiceFailed`, retryable and never late
        for reasons that begin with `session_`: the wallet was not asked.
        """
        ends = asyncio.get_running_loop().time() + within_seconds
        session = await self._sessions.fresh(within_seconds)
        for attempt in (1, 2):
            left = ends - asyncio.get_running_loop().time()
            if left <= 0:
                raise self._sessions.failed("timeout")
            headers = {"Authorization": f"Bearer {self._seal(session.id)}"}
            answer = await http.call(method, path, left, headers, json_body, any_status=True)
            if not _is_refused(answer):
                return answer
            if attempt == 1:
                session = await self._other_than(session, ends - asyncio.get_running_loop().time())
        raise self._sessions.failed("not_ready")

    async def close(self) -> None:
        await self._sessions.close()

    async def _other_than(self, refused: Session, within_seconds: float) -> Session:
        """A session is taken some seconds after it was given: one that is refused while young is not ready yet."""
        young = self._clock() < refused.at + timedelta(seconds=limits.office_session_settles_seconds)
        if young and self._sessions.is_held(refused):
            raise self._sessions.failed("not_ready")
        self._sessions.drop(refused)
        return await self._sessions.fresh(within_seconds)

    async def _fetch(self) -> Session:
        at = self._clock()
        headers = {"Authorization": f"Bearer {self._seal(self._api_key)}"}
        answer = await self._http.call("GET", self._path, limits.office_token_seconds, headers, any_status=True)
        told = said(answer)
        if told.code != DONE:
            raise ServiceFailed(told.code, retryable=True)
        id = told.field("SessionID")
        if not _SESSION.fullmatch(id):
            raise ServiceFailed("malformed", retryable=True)
        return Session(id, at)


def _is_refused(answer: HttpAnswer) -> bool:
    try:
        return said(answer).code == SESSION_REFUSED
    except ServiceFailed:
        return False
