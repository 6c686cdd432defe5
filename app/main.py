"""The gateway's process: a FastAPI application around the callbacks."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime

import httpx
import uvicorn
import uvloop
from fastapi import Depends, FastAPI, HTTPException, Request

from app import VERSION, limits
from app.errors import ServiceFailed
from app.handset_files import handsets_in
from app.listening import BACKLOG, listen
from app.logs import set_up_logs
from app.settings import LOOPBACK, Settings
from app.web.accepting import taking_all
from app.web.callbacks import Callbacks
from app.web.desk import desk_router, explain_refusals, sheet_bytes_max
from app.web.direct import directly
from app.web.health import MenusHealth, health_router
from app.web.openapi import describe_callbacks
from app.web.phone import InboxSms, PhoneSettings, phone_router
from app.web.siblings import Siblings
from app.web.wakes import Wakes
from app.web.wallets import wallets_router
from app.wiring import House, now_utc, open_house

AGGREGATOR_OF_PHONE = "africastalking"
COLLECTOR_THRESHOLDS = (5_000, 5, 5)
"""What callbacks make they let go by themselves; looking for rings among it every 700 objects cost a twentieth."""
Inbox = Callable[[str], Awaitable[list[InboxSms]]]


def create_app(house: House, inbox: Inbox | None, siblings: Siblings) -> Callbacks:
    """The application around a house; with an inbox, the phone in the browser too."""
    settings = house.settings
    app = FastAPI(
        title="Mohala",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        max_body_size=sheet_bytes_max,
    )
    pings = {"sessions": house.store.ping, "database": house.ledger.ping}

    def menus() -> MenusHealth:
        return MenusHealth(house.editions.current.version, house.editions.behind)

    app.include_router(
        health_router(
            pings,
            menus,
            house.overview.health,
            house.outbox,
            house.book,
            now_utc,
            house.measures,
            siblings,
            house.watch.open_alerts,
        )
    )
    app.include_router(desk_router(house.desk, house.clerk_of, now_utc))
    app.include_router(wallets_router(house.counter, house.editions, house.measures, now_utc))
    app.include_router(Wakes(house.wake_readers, house.outbox, house.measures, house.crowd, now_utc).router())
    explain_refusals(app)
    if inbox is not None:
        app.include_router(phone_router(_phone_settings(settings), inbox), dependencies=[Depends(_only_here)])
    describe_callbacks(app, house.aggregators)
    return Callbacks(
        settings.callback_secrets,
        house.aggregators,
        house.gateway,
        house.texts,
        house.book,
        house.measures,
        house.crowd,
        now_utc,
        app,
    )


def _only_here(request: Request) -> None:
    """Else a page elsewhere whose name leads to this machine could read the phone's secret.

    Only for the phone: callbacks come in by a tunnel's name while somebody tries a real aggregator.
    """
    if request.url.hostname not in LOOPBACK:
        raise HTTPException(404)


def _phone_settings(settings: Settings) -> PhoneSettings:
    base = f"/callbacks/{settings.callback_secrets[0]}/{AGGREGATOR_OF_PHONE}"
    agent, handsets = settings.phone_agent or "", handsets_in(settings.pack)
    names = tuple(f"{name}, agent" if number == agent else name for number, name in handsets.numbers.items())
    code = settings.service_code or handsets.code
    return PhoneSettings(base, code, tuple(handsets.numbers), names, handsets.networks, agent, handsets.others)


def _inbox(client: httpx.AsyncClient) -> Inbox:
    """What the sandbox's SMS centre sent to a number."""

    async def inbox(msisdn: str) -> list[InboxSms]:
        try:
            response = await client.get("/sms", params={"to": msisdn})
            return [_received(row) for row in response.raise_for_status().json()]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            raise ServiceFailed("the SMS centre does not answer", retryable=True) from None

    return inbox


def _received(row: Mapping[str, str]) -> InboxSms:
    return InboxSms(row["message_id"], row["from"], row["text"], datetime.fromisoformat(row["sent_at"]))


def serve(settings: Settings, listening: socket.socket | None = None, siblings: Siblings | None = None) -> None:
    """Serve until a signal comes; what is wrong with the settings is raised before the port is opened.

    With a socket that listens already, serve on that: it is shared with the other processes behind this door.
    """
    set_up_logs()
    settings.check_serving()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, listening, siblings or Siblings()))


async def _serve(settings: Settings, listening: socket.socket | None, siblings: Siblings) -> None:
    async with AsyncExitStack() as closing:
        house = await closing.enter_async_context(open_house(settings))
        inbox = None
        if settings.phone:
            client = httpx.AsyncClient(base_url=settings.sandbox_url, timeout=2.0, trust_env=False)
            inbox = _inbox(await closing.enter_async_context(client))
        door = closing.enter_context(listening or listen(settings))
        callbacks = create_app(house, inbox, siblings)
        config = uvicorn.Config(
            callbacks,
            http=taking_all(door, directly(callbacks)),
            backlog=BACKLOG,
            lifespan="off",
            access_log=False,  # its lines would carry the secret path
            log_config=None,  # its own writes words and whole tracebacks, in which may stand what somebody sent
            log_level="warning",
            server_header=False,
            proxy_headers=False,  # nobody asks who called or by which scheme
            timeout_graceful_shutdown=int(limits.worker_stop_seconds),
        )
        _settle_memory()
        await closing.enter_async_context(siblings.telling(house.measures.measured))
        await uvicorn.Server(config).serve([door])


def _settle_memory() -> None:
    """Menus and modules stay for ever: looking through them again would hold up every turn meanwhile.

    What compiling the menus took goes back to the machine, 13 MB; glibc does that only when it is told.
    """
    gc.collect()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    gc.freeze()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
