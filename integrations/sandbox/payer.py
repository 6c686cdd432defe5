"""The citizen's own wallet menu, `*111#`: the pretend wallet asks the gateway for bills and pays them (GSMA 1.2)."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import httpx
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from integrations.sandbox.country import CLIENT_KEY, Country
from integrations.sandbox.forms import read_form
from integrations.sandbox.home import CURRENCY
from integrations.sandbox.statement import AMOUNT, MoveBook, Type

WALLET = "sandbox"  # what we are called at the gateway, as a wallet and as a client
answer_seconds_max = 10.0
times_max = 50


class Order(BaseModel):
    """What somebody pays: their number, a bill's code, and an amount, None: what is due.

    `times` is how often the same payment is delivered; `correlation` is its id, None: a new one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{5,14}$")]
    code: Annotated[str, Field(min_length=1, max_length=40)]
    amount: Annotated[str, Field(max_length=23)] | None = None
    times: Annotated[int, Field(ge=1, le=times_max)] = 1
    correlation: Annotated[str, Field(max_length=64)] | None = None


class Payer:
    """The side of the pretend wallet that its customers see; without a gateway's URL it has no bills."""

    def __init__(self, country: Country, moves: MoveBook, gateway_url: str | None) -> None:
        self._country = country
        self._moves = moves
        self._base = f"{gateway_url}/wallets/{WALLET}/v1.2" if gateway_url else None
        self._client = httpx.AsyncClient(trust_env=False, timeout=answer_seconds_max)

    async def close(self) -> None:
        await self._client.aclose()

    def router(self) -> APIRouter:
        """`/wallet/menu`: bills of a number; `/wallet/menu/pay`: pay one, as JSON or from the page's button."""
        router = APIRouter(prefix="/wallet/menu")
        router.add_api_route("", self._show, methods=["GET"])
        router.add_api_route("/pay", self._pay, methods=["POST"])
        router.add_api_route("/press", self._press, methods=["POST"], include_in_schema=False)
        return router

    async def bills(self, number: str) -> list[dict[str, Any]]:
        """What is to be paid, as the gateway says; nothing if it does not answer."""
        try:
            status, told = await self._ask("GET", f"/accounts/msisdn/{quote(number, safe='')}/bills")
        except HTTPException:
            return []
        return told if status == 200 and isinstance(told, list) else []

    async def _show(self, number: str) -> list[dict[str, Any]]:
        return await self.bills(number)

    async def _pay(self, order: Order) -> dict[str, Any]:
        """What the gateway answered, each time: `{"answers": [{"status", "body"}], "correlation"}`."""
        return await self._deliver(order)

    async def _press(self, request: Request) -> RedirectResponse:
        form = read_form(request.headers.get("content-type", ""), await request.body()) or {}
        try:
            order = Order.model_validate(form)
        except ValueError:
            raise HTTPException(400, {"code": "invalid", "message": "A number and a bill's code are wanted."}) from None
        answer = (await self._deliver(order))["answers"][-1]
        said = "paid" if answer["status"] in (201, 202) else str(answer["body"].get("errorCode", answer["status"]))
        return RedirectResponse(f"/?{urlencode({'number': order.number, 'said': said})}", 303)

    async def _deliver(self, order: Order) -> dict[str, Any]:
        """The same payment as often as it was ordered, as a wallet does that heard no answer."""
        correlation = order.correlation or str(uuid.UUID(bytes=self._country.random_bytes(16), version=4))
        due = order.amount or await self._due(order)
        body = {"amountPaid": due, "currency": CURRENCY, "requestDate": self._country.now()}
        paid = AMOUNT.fullmatch(body["amountPaid"])
        move = self._moves.note(Type.PAYMENT, correlation, order.code, body["amountPaid"]) if paid else None
        code = quote(order.code, safe="")
        path = f"/accounts/{_account(order)}/bills/{code}/payments"
        answers = []
        for _ in range(order.times):
            headers = {"X-CorrelationID": correlation}
            status, told = await self._ask("POST", path, headers, body)
            answers.append({"status": status, "body": told})
        is_refused = 400 <= answers[0]["status"] < 500 and answers[0]["body"].get("errorCode") != "duplicateRequest"
        if move is not None and is_refused:
            self._moves.failed(move)  # without an answer it keeps the money, and its statement says so
        return {"correlation": correlation, "answers": answers}

    async def _due(self, order: Order) -> str:
        _, told = await self._ask(
            "GET", f"/accounts/accountid@{quote(order.code, safe='')}$msisdn@{quote(order.number)}/bills"
        )
        return str(told[0]["amountDue"]) if isinstance(told, list) and told else "1"

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: object = None
    ) -> tuple[int, Any]:
        if self._base is None:
            raise HTTPException(503, {"code": "no_gateway", "message": "This sandbox was told of no gateway."})
        content = b"" if body is None else json.dumps(body).encode()
        sent = {
            "X-Client-Id": WALLET, "X-API-Key": CLIENT_KEY, "X-Date": self._country.now(), "X-Channel": "USSD",
            "X-Content-Hash": hashlib.sha256(content).hexdigest(), "Content-Type": "application/json",
            **(headers or {}),
        }  # fmt: skip
        try:
            answer = await self._client.request(method, self._base + path, headers=sent, content=content)
            return answer.status_code, answer.json()
        except (httpx.HTTPError, ValueError):
            raise HTTPException(502, {"code": "gateway_away", "message": "The gateway does not answer."}) from None


def _account(order: Order) -> str:
    """The bill by its code, and who pays."""
    return f"accountid@{quote(order.code, safe='')}$msisdn@{quote(order.number, safe='')}"
