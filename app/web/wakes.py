"""The wallets' door: a callback wakes the job that asks the wallet, and moves nothing by itself.

So a forged one costs us a look at a wallet that we would have taken a little later anyway.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response

from app import limits
from app.crowd import Crowd
from app.errors import NotOurs, StoreUnavailable
from app.measures import Measures
from app.ports import Outbox, WakeReader
from app.wakes import job_of

log = structlog.get_logger()
NOT_FOUND, TIMEOUT, TOO_LONG, NOT_OURS, NOT_NOW = 404, 408, 413, 400, 503


class WakeLimits:
    """How often this process wakes anybody. A flood of forged ids must neither reach the database nor use up a job's
    attempts.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._woken: OrderedDict[str, float] = OrderedDict()
        self._second = 0
        self._in_second = 0

    def is_soon(self, job: str) -> bool:
        """Whether this job was woken a moment ago."""
        return self._monotonic() < self._woken.get(job, float("-inf")) + limits.wake_pause_seconds

    def is_too_much(self) -> bool:
        """Whether no further job may be looked up now; else one more is counted."""
        now = self._monotonic()
        while self._woken and next(iter(self._woken.values())) + limits.wake_pause_seconds <= now:
            self._woken.popitem(last=False)
        if int(now) != self._second:
            self._second, self._in_second = int(now), 0
        if self._in_second >= limits.wakes_a_second_max:
            return True
        self._in_second += 1
        return False

    @property
    def noted(self) -> int:
        """How many jobs are remembered: no more than may be looked up within the pause."""
        return len(self._woken)

    def note(self, job: str) -> None:
        self._woken[job] = self._monotonic()
        self._woken.move_to_end(job)


class Wakes:
    """Whatever is called about is answered alike, known or not, so that a stranger learns nothing."""

    def __init__(
        self,
        readers: Mapping[str, WakeReader],
        outbox: Outbox,
        measures: Measures,
        crowd: Crowd,
        clock: Callable[[], datetime],
        soon: WakeLimits | None = None,
    ) -> None:
        self._readers = readers
        self._outbox = outbox
        self._measures = measures
        self._crowd = crowd
        self._clock = clock
        self._limits = soon or WakeLimits()

    def router(self) -> APIRouter:
        """`PUT` or `POST /wakes/{secret}/{adapter}`, and the same with the id of a payment behind it."""
        router = APIRouter(tags=["wakes"])
        told: dict[int | str, dict[str, Any]] = {
            204: {"description": "heard; also about a payment that nobody knows"},
            404: {"description": "wrong secret, empty"},
            503: {"description": "too much at once; the wallet is polled"},
        }
        for path in ("/wakes/{secret}/{adapter}", "/wakes/{secret}/{adapter}/{id}"):
            router.add_api_route(path, self._called, methods=["PUT"], status_code=204, responses=told)
            router.add_api_route(path, self._called, methods=["POST"], status_code=204, responses=told)
        return router

    async def _called(self, request: Request, secret: str, adapter: str, id: str = "") -> Response:
        # The path is a key of a mapping: what takes longer to find tells nothing of a hash that nobody knows.
        reader = self._readers.get(f"/wakes/{secret}/{adapter}")
        if reader is None:
            return Response(status_code=NOT_FOUND)
        if self._crowd.is_dense:
            return self._heard(adapter, "dense", Response(status_code=NOT_NOW))
        try:
            async with asyncio.timeout(limits.wake_body_seconds):
                body = await _read(request)
            woken = reader(id, body)
        except TimeoutError:
            return self._heard(adapter, "slow", Response(status_code=TIMEOUT))
        except OverflowError:
            return self._heard(adapter, "too_long", Response(status_code=TOO_LONG))
        except NotOurs:
            return self._heard(adapter, "not_ours", Response(status_code=NOT_OURS))
        became = await self._wake(woken.id)
        if became in ("too_much", "database_away"):
            return self._heard(adapter, became, Response(status_code=NOT_NOW))
        media_type = "application/json" if woken.answer else None
        return self._heard(adapter, became, Response(woken.answer, woken.status, media_type=media_type))

    async def _wake(self, id: str) -> str:
        job = job_of(id)
        if job is None:
            return "unknown"
        if self._limits.is_soon(job):
            return "soon"
        if self._limits.is_too_much():
            return "too_much"
        self._limits.note(job)
        try:
            return "woken" if await self._outbox.hasten(job, self._clock()) else "unknown"
        except StoreUnavailable:
            return "database_away"

    def _heard(self, adapter: str, became: str, response: Response) -> Response:
        self._measures.count("mohala_wakes_total", adapter=adapter, became=became)
        log.info("wake", adapter=adapter, became=became)
        return response


async def _read(request: Request) -> bytes:
    """Raises `OverflowError` past `wake_body_bytes_max`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.wake_body_bytes_max:
            raise OverflowError
    return bytes(body)
