"""The pretend M-Pesa: Vodacom's OpenAPI as far as its SDKs tell, with sealed sessions and a payer who types a PIN."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

import anyio
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from fastapi import APIRouter, Request, Response
from fastapi.params import Depends
from fastapi.responses import PlainTextResponse

from integrations.sandbox.callouts import Callout
from integrations.sandbox.country import CLIENT_KEY, Country
from integrations.sandbox.home import CURRENCY, MARKET, PREPAID
from integrations.sandbox.knobs import OfficeRoute
from integrations.sandbox.m_pesa_key import bits, shown
from integrations.sandbox.m_pesa_words import (
    ASYNC_CODE,
    CODE_OF_END,
    PUSH_FIELDS,
    QUERY_FIELDS,
    STATUS_OF_END,
    SYNC_CODE,
    conversation_of,
    done,
    fields_of,
    minor_of,
    refusal,
    result_of,
)
from integrations.sandbox.payers import Payers
from integrations.sandbox.pushes import Asked, Push, PushBook, Stands

TABLE = """
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY) STRICT
"""
WALLET = "m-pesa"
API_PATH = f"/sandbox/ipg/v2/{MARKET}"
ORIGINS = frozenset({"*", "127.0.0.1"})
TEST_MSISDNS = {"000000000001": f"{PREPAID}0000001", "000000000002": f"{PREPAID}0000100"}
look_seconds = 0.02
session_bytes = 16


@dataclass(frozen=True, slots=True)
class MPesaSettings:
    """A session is taken `session_ready_seconds` after it was given, for `session_seconds`; a push is found
    `blind_seconds` after it was sent. Results of pushes to the second short code go to `callback_url`.
    """

    session_ready_seconds: float = 2.0
    session_seconds: float = 1_200.0
    blind_seconds: float = 0.0
    payer_seconds: float = 60.0
    callback_url: str | None = None


class MPesa:
    """Keeps its sessions in memory: a restart ends them, as the real one ends them without a word."""

    def __init__(self, country: Country, payers: Payers, settings: MPesaSettings, key: RSAPrivateKey | None) -> None:
        self._country = country
        self._settings = settings
        self._given_key = key
        self._book = PushBook(WALLET, country, payers, settings.payer_seconds)
        self._sessions: dict[str, datetime] = {}
        self._sealed: set[str] = set()

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        """The wallet's own routes behind `guards`; the testers' list, the public key and the end of all sessions."""
        office = APIRouter(prefix=API_PATH, dependencies=guards, route_class=OfficeRoute)
        office.add_api_route("/getSession/", self._give, methods=["GET"], response_model=None)
        office.add_api_route("/c2bPayment/singleStage/", self._push, methods=["POST"], response_model=None)
        office.add_api_route("/queryTransactionStatus/", self._query, methods=["GET"], response_model=None)
        router = APIRouter(prefix="/m-pesa")
        router.add_api_route("/transactions", self._list, methods=["GET"])
        router.add_api_route("/public-key", self._public_key, methods=["GET"], response_model=None)
        router.add_api_route("/sessions", self._end_sessions, methods=["DELETE"])
        router.include_router(office)
        return router

    @cached_property
    def _key(self) -> RSAPrivateKey:
        """Made when it is first needed: that takes as long as all the rest of the sandbox."""
        return self._given_key or generate_private_key(65_537, bits)

    def callouts(self) -> Iterable[Callout]:
        """Results of decided pushes that nobody was told of."""
        url = self._settings.callback_url
        for push in self._book.uncalled():
            if url is None:
                self._book.called(push)
            else:
                yield Callout("POST", url, result_of(push), {}, lambda push=push: self._book.called(push))  # type: ignore[misc]

    async def _public_key(self) -> Response:
        """As the portal shows it: bare Base64 of DER."""
        return PlainTextResponse(shown(self._key))

    async def _end_sessions(self) -> dict[str, int]:
        ended = len(self._sessions)
        self._sessions.clear()
        return {"ended": ended}

    async def _list(self) -> list[dict[str, Any]]:
        return self._book.listed()

    async def _give(self, request: Request) -> Response:
        self._check_origin(request)
        if self._opened(request) != CLIENT_KEY:
            raise refusal("INS-2")
        session = self._country.random_bytes(session_bytes).hex()
        self._sessions[session] = self._country.clock()
        return done({}, {"output_SessionID": session})

    async def _push(self, request: Request) -> Response:
        self._check_session(request)
        fields = fields_of(await _json(request), PUSH_FIELDS)
        for name, (pattern, code) in PUSH_FIELDS.items():
            if not re.fullmatch(pattern, fields[name], re.ASCII if name != "input_PurchasedItemsDesc" else 0):
                raise refusal(code, fields)
        minor = minor_of(fields["input_Amount"])
        if minor == 0:
            raise refusal("INS-15", fields)
        self._take(fields["input_ThirdPartyConversationID"], fields)
        msisdn = fields["input_CustomerMSISDN"]
        calls_back = fields["input_ServiceProviderCode"] == ASYNC_CODE
        push = self._book.write(
            Asked(
                fields["input_ThirdPartyConversationID"], TEST_MSISDNS.get(msisdn, f"+{msisdn}"), minor, CURRENCY,
                fields["input_TransactionReference"], fields["input_PurchasedItemsDesc"], calls_back,
            )
        )  # fmt: skip
        assert push is not None, "every push has a conversation of its own"
        if calls_back:
            return done(fields, {"output_ConversationID": conversation_of(push)})
        return await self._wait(request, push, fields)

    async def _wait(self, request: Request, push: Push, fields: Mapping[str, str]) -> Response:
        """The line is held until the payer has decided, or may not any more, or the asker has hung up."""
        while (found := self._book.find(push.client_id)) and found.status == Stands.PENDING:
            if self._country.now() >= push.expires_at or await request.is_disconnected():
                raise refusal("INS-9", fields)
            await anyio.sleep(look_seconds)
        assert found is not None
        if found.status == Stands.PAID:
            told = {"output_TransactionID": push.reference, "output_ConversationID": conversation_of(push)}
            return done(fields, told, 201)
        raise refusal(CODE_OF_END[Stands(found.status)], fields)

    async def _query(self, request: Request) -> Response:
        self._check_session(request)
        fields = fields_of(dict(request.query_params), QUERY_FIELDS)
        if fields["input_ServiceProviderCode"] not in (SYNC_CODE, ASYNC_CODE):
            raise refusal("INS-13", fields)
        self._take(fields["input_ThirdPartyConversationID"], fields)
        push = self._book.find(fields["input_QueryReference"])
        if push is None or self._is_blind_to(push):
            raise refusal("INS-23", fields)
        told = {
            "output_ResponseTransactionStatus": STATUS_OF_END[Stands(push.status)],
            "output_ConversationID": conversation_of(push),
        }
        if push.status == Stands.PAID:
            told["output_OriginalTransactionID"] = push.reference
        elif push.status == Stands.PENDING and self._country.now() >= push.expires_at:
            told["output_ResponseTransactionStatus"] = "N/A"  # a payer who is late, of whom M-Pesa says nothing
        return done(fields, told)

    def _is_blind_to(self, push: Push) -> bool:
        seen = datetime.fromisoformat(push.created_at) + timedelta(seconds=self._settings.blind_seconds)
        return self._country.clock() < seen

    def _take(self, id: str, fields: Mapping[str, str]) -> None:
        """Raises if a conversation of this id, of whatever kind, was held before."""
        if self._country.store.row("SELECT id FROM conversations WHERE id = ?", id):
            raise refusal("INS-10", fields)
        self._country.store.write("INSERT INTO conversations VALUES (?)", id)

    def _check_session(self, request: Request) -> None:
        self._check_origin(request)
        given = self._sessions.get(self._opened(request))
        now = self._country.clock()
        if (
            given is None
            or now < given + timedelta(seconds=self._settings.session_ready_seconds)
            or now >= given + timedelta(seconds=self._settings.session_seconds)
        ):
            raise refusal("INS-989")

    def _check_origin(self, request: Request) -> None:
        if request.headers.get("origin") not in ORIGINS:
            raise refusal("INS-989")

    def _opened(self, request: Request) -> str:
        """What the Bearer seals; empty if it opens with another key, is no Bearer, or was sealed for a call before."""
        found = re.fullmatch("Bearer ([A-Za-z0-9+/=]+)", request.headers.get("authorization", ""))
        try:
            sealed = b64decode(found[1] if found else "", validate=True)
            text = self._key.decrypt(sealed, PKCS1v15()).decode("ascii")
        except ValueError:
            return ""
        mark = sha256(sealed).hexdigest()
        if mark in self._sealed:
            return ""
        self._sealed.add(mark)
        return text


async def _json(request: Request) -> Mapping[str, object]:
    try:
        told = await request.json()
    except ValueError:
        raise refusal("INS-21") from None
    if not isinstance(told, dict):
        raise refusal("INS-21")
    return told
