"""The pretend OpenCRVS: its token endpoint and its search by the dialect of DCI.

Source: opencrvs/dci-crvs-api: `validations.ts`, `sync-search-handler.ts`, `dci-to-opencrvs.ts`, `opencrvs-to-dci.ts`;
for tokens opencrvs/opencrvs-core, `packages/auth`. It can check no signature and decrypt nothing, so it refuses both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.params import Depends
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from integrations.sandbox.country import CLIENT, CLIENT_KEY, Country
from integrations.sandbox.forms import read_form
from integrations.sandbox.oauth import NOT_KEPT, TokenDesk, refusal
from integrations.sandbox.opencrvs_records import REGISTRATIONS
from integrations.sandbox.opencrvs_words import Envelope, Search, is_found

SCOPE = "recordsearch"


class OpenCrvs:
    """The registry; `tokens` are the sandbox's own, given here to a form as OpenCRVS reads it."""

    def __init__(self, country: Country, tokens: TokenDesk) -> None:
        self._country = country
        self._tokens = tokens

    def router(self, guards: Sequence[Depends]) -> APIRouter:
        router = APIRouter(prefix="/opencrvs", dependencies=guards)
        router.add_api_route("/oauth2/client/token", self._token, methods=["POST"], response_model=None)
        guarded = [Depends(self._tokens.require(SCOPE, error))]
        router.add_api_route("/registry/sync/search", self._search, methods=["POST"], dependencies=guarded)
        return router

    async def _token(self, request: Request) -> Response:
        """Of the form alone, without a word of how long the token is good."""
        form = read_form(request.headers.get("content-type", ""), await request.body()) or {}
        if form.get("grant_type") != "client_credentials":
            raise refusal("unsupported_grant_type", "Only `client_credentials` is known.")
        if "client_id" not in form or "client_secret" not in form:
            raise refusal("invalid_request", "Send `client_id` and `client_secret` in the form.")
        if (form["client_id"], form["client_secret"]) != (CLIENT, CLIENT_KEY):
            raise refusal("invalid_client", "Wrong client or password.", 401)
        told = {"access_token": self._tokens.issue(SCOPE), "token_type": "Bearer"}
        return JSONResponse(told, headers=NOT_KEPT)

    async def _search(self, request: Request) -> dict[str, Any]:
        try:
            asked = Envelope.model_validate_json(await request.body())
        except ValidationError as invalid:
            places = ", ".join(".".join(map(str, one["loc"])) or "body" for one in invalid.errors())
            raise HTTPException(400, error(400, f"Validation error at {places}")) from None
        if asked.header.is_msg_encrypted:
            raise HTTPException(400, error(400, "The sandbox reads nothing that is encrypted"))
        answers = [self._answer(one) for one in asked.message.search_request]
        shown = sum(len(answer["data"]["reg_records"]) for answer in answers)
        return {
            "header": {
                "version": "1.0.0",
                "message_id": asked.header.message_id,
                "message_ts": self._country.now(),
                "action": "on-search",
                "status": "succ",
                "total_count": shown,
                "sender_id": asked.header.sender_id,
                **({"receiver_id": asked.header.receiver_id} if asked.header.receiver_id else {}),
            },
            "message": {
                "transaction_id": asked.message.transaction_id,
                "correlation_id": str(UUID(bytes=self._country.random_bytes(16), version=4)),
                "search_response": [answer for answer in answers if answer["data"]["reg_records"]],
            },
        }

    def _answer(self, search: Search) -> dict[str, Any]:
        criteria = search.search_criteria
        found = [one for one in REGISTRATIONS if is_found(one, criteria)]
        page = criteria.pagination
        first = (page.page_number - 1) * page.page_size
        return {
            "reference_id": search.reference_id,
            "timestamp": self._country.now(),
            "status": "succ",
            "data": {
                "reg_record_type": "person",
                "reg_type": criteria.reg_type,
                "reg_records": [one.record() for one in found[first : first + page.page_size]],
            },
            "pagination": {
                "page_number": page.page_number,
                "page_size": page.page_size,
                "total_count": len(found),
            },
            "locale": search.locale,
        }


def error(code: int, message: str) -> Mapping[str, Any]:
    """The body of all its refusals."""
    return {"error": {"code": code, "message": message}}


def unavailable() -> HTTPException:
    """For the knob."""
    return HTTPException(500, error(500, "Internal Server Error"))
