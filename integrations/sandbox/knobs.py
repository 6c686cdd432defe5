"""The knobs that make an office slow, broken or silent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from enum import StrEnum
from typing import Annotated, Any, Literal

import anyio
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from integrations.sandbox.store import Store

delay_seconds_max = 120.0

TABLE = """
CREATE TABLE IF NOT EXISTS knobs (
    office TEXT PRIMARY KEY, delay_s REAL NOT NULL, fail INTEGER NOT NULL, silent INTEGER NOT NULL
) STRICT
"""
AFTER_TABLE = "CREATE TABLE IF NOT EXISTS knobs_after (office TEXT PRIMARY KEY, after TEXT NOT NULL) STRICT"
"""Beside the other, so that a sandbox that was begun before this knob was there goes on."""


class OfficeName(StrEnum):
    CIVIL_REGISTRY = "civil-registry"
    ELECTRICITY = "electricity"
    PASSPORTS = "passports"
    FARM_INPUTS = "farm-inputs"
    PENSIONS = "pensions"
    WALLET = "wallet"
    M_PESA = "m-pesa"
    PUSH_POLL = "push-poll"
    SMS = "sms"
    DIRECTORY = "directory"
    X_ROAD = "x-road"
    OAUTH = "oauth"
    OPENCRVS = "opencrvs"
    GRANTS = "grants"
    IDENTITY = "identity"
    WATER = "water"
    TAX = "tax"
    ID_CARDS = "id-cards"
    TRAFFIC = "traffic"
    BUSINESS = "business"
    SOCIAL_DEVELOPMENT = "social-development"


class Knobs(BaseModel):
    """How an office behaves: `delay_s` seconds of waiting before the work, a failure instead of it, or silence.

    `after` is what follows the work when it is done: its answer, a 500, or a connection that is cut.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    delay_s: Annotated[float, Field(ge=0, le=delay_seconds_max, allow_inf_nan=False)] = 0.0
    fail: bool = False
    silent: bool = False
    after: Literal["answer", "fail", "cut"] = "answer"


class KnobBoard:
    """The knobs of every office; they outlive a restart, like all that the sandbox keeps."""

    def __init__(self, store: Store, silence_seconds_max: float) -> None:
        self._store = store
        self._silence_seconds_max = silence_seconds_max
        kept = {row.pop("office"): row for row in store.rows("SELECT office, delay_s, fail, silent FROM knobs")}
        for row in store.rows("SELECT office, after FROM knobs_after"):
            kept.setdefault(row["office"], {})["after"] = row["after"]
        self._knobs = {office: Knobs.model_validate(kept.get(office, {}), strict=False) for office in OfficeName}

    def all(self) -> dict[OfficeName, Knobs]:
        return dict(self._knobs)

    def turn(self, office: OfficeName, change: Knobs) -> Knobs:
        """Set the knobs that `change` names and leave the others as they are."""
        knobs = self._knobs[office].model_copy(update=change.model_dump(exclude_unset=True))
        self._store.write(
            "INSERT OR REPLACE INTO knobs (office, delay_s, fail, silent) VALUES (?, ?, ?, ?)",
            *(office.value, knobs.delay_s, knobs.fail, knobs.silent),
        )
        after = "INSERT OR REPLACE INTO knobs_after (office, after) VALUES (?, ?)"
        self._store.write(after, office.value, knobs.after)
        self._knobs[office] = knobs
        return knobs

    def gate(
        self, office: OfficeName, failure: Callable[[], HTTPException] | None = None
    ) -> Callable[[Request], Awaitable[None]]:
        """A dependency that stands before an office's work; the knobs are taken once, when the request comes in."""

        async def pass_gate(request: Request) -> None:
            knobs = self._knobs[office]
            # Read now: a client that gives up during the delay has still sent its work, and it is done.
            await request.body()
            if knobs.silent:
                await _stay_silent(request, self._silence_seconds_max)
                raise HTTPException(504, SILENCE)
            await anyio.sleep(knobs.delay_s)
            if knobs.fail:
                raise failure() if failure else HTTPException(503, {"code": "unavailable"})
            request.state.after = knobs.after

        return pass_gate

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/knobs", self._show, methods=["GET"])
        router.add_api_route("/knobs/{office}", self._change, methods=["POST"])
        return router

    async def _show(self) -> dict[str, Knobs]:
        return {office.value: knobs for office, knobs in self._knobs.items()}

    async def _change(self, office: str, change: Knobs) -> Knobs:
        if office not in set(OfficeName):
            names = ", ".join(OfficeName)
            raise HTTPException(404, {"code": "unknown", "message": f"There is no such office; there are: {names}."})
        return self.turn(OfficeName(office), change)


SILENCE = "silence"


class HangUp(Response):
    """Ends a connection in the middle of an answer: a body is announced and never sent, so the server cuts."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 504, "headers": [(b"content-length", b"1")]})


class OfficeRoute(APIRoute):
    """A route behind a gate, whose answer may be lost when the work is done."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        work = super().get_route_handler()

        async def answer(request: Request) -> Response:
            response = await work(request)
            match getattr(request.state, "after", "answer"):
                case "fail":
                    return JSONResponse({"code": "internal"}, 500)
                case "cut":
                    return HangUp()
                case _:
                    return response

        return answer


async def _stay_silent(request: Request, seconds_max: float) -> None:
    with anyio.move_on_after(seconds_max):
        while (await request.receive())["type"] != "http.disconnect":
            pass
