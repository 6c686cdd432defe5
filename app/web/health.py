"""What a load balancer and a monitoring system ask: alive, ready, how much."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from app.doors import Health
from app.errors import StoreUnavailable
from app.measures import METRICS_TYPE, Measures
from app.messages import SmsKind
from app.ports import Clock, Outbox, SmsBook
from app.watching.rules import RULES
from app.web.siblings import Siblings

PING_SECONDS = 1.0
Ping = Callable[[], Awaitable[None]]


Alerts = Callable[[], Awaitable[Mapping[str, int]]]
"""How many alerts of agents nobody has settled yet, by rule."""


@dataclass(frozen=True, slots=True)
class MenusHealth:
    """The version that a new dial gets, and why a later publication is not in use (empty: there is none)."""

    version: str
    behind: str


def health_router(
    pings: Mapping[str, Ping],
    menus: Callable[[], MenusHealth],
    offices: Callable[[], Mapping[str, Health]],
    outbox: Outbox,
    book: SmsBook,
    clock: Clock,
    measures: Measures,
    siblings: Siblings,
    alerts: Alerts,
) -> APIRouter:
    """`/health/live`, `/health/ready` (503 while a part in `pings` does not answer) and `/metrics`.

    Ready does not ask for the newest menus: a gateway that could not take up a publication serves the one before. Nor
    does it ask for any office: without one a dialogue still gets its page, and other services need it not.
    `offices` tells the worst that this process or a worker finds.
    """
    router = APIRouter()

    @router.get("/health/live", tags=["health"])
    async def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "live"}

    @router.get("/health/ready", tags=["health"], responses={503: {"description": "A part is down."}})
    async def ready() -> JSONResponse:
        """Every part that a turn needs answers."""
        parts = dict(zip(pings, await asyncio.gather(*map(_state, pings.values())), strict=True))
        is_ready = all(state == "up" for state in parts.values())
        status = "ready" if is_ready else "not ready"
        told = {
            "status": status,
            "parts": parts,
            "menus": asdict(menus()),
            "offices": {name: _told(health) for name, health in sorted(offices().items())},
        }
        return JSONResponse(told, 200 if is_ready else 503)

    @router.get("/metrics", tags=["health"], response_class=Response)
    async def metrics() -> Response:
        """Prometheus' text format, of all processes behind this door; nothing in it names a citizen."""
        try:
            async with asyncio.timeout(PING_SECONDS):
                for state, jobs in (await outbox.counts()).items():
                    measures.set("mohala_jobs", jobs, state=state)
                now = clock()
                measures.set("mohala_jobs_late_seconds", await outbox.late_seconds(now))
                waiting = await alerts()
                for rule in RULES:
                    measures.set("mohala_agent_alerts", waiting.get(rule, 0), rule=rule)
                spent = await book.spent(now)
                for kind in SmsKind:
                    measures.set("mohala_sms_parts_hour", spent.get(kind, 0), kind=kind.value)
        except (TimeoutError, StoreUnavailable):
            measures.count("mohala_scrapes_without_database_total")
        told = await siblings.measured(measures.measured())
        measures.set("mohala_processes", len(told), state="answering")
        measures.set("mohala_processes", siblings.count - len(told), state="silent")
        return Response(measures.render(told), media_type=METRICS_TYPE)

    return router


def _told(health: Health) -> dict[str, str]:
    return {"state": health.state.value, "since": health.since.isoformat(timespec="seconds")}


async def _state(ping: Ping) -> str:
    try:
        async with asyncio.timeout(PING_SECONDS):
            await ping()
    except (TimeoutError, StoreUnavailable):
        return "down"
    return "up"
