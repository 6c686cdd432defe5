"""The gateway's process: a FastAPI application around the callbacks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

import httpx
import uvicorn
from fastapi import FastAPI

from app import VERSION, limits
from app.errors import ServiceFailed, SettingsWrong
from app.logs import set_up_logs
from app.settings import Settings
from app.web.callbacks import Callbacks
from app.web.health import health_router
from app.web.openapi import describe_callbacks
from app.web.phone import InboxSms, PhoneSettings, phone_router
from app.wiring import now_utc, open_house

PHONE_NUMBERS = ("+26650123456", "+26662123456", "+26658765432", "+26663987654")
AGGREGATOR_OF_PHONE = "africastalking"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def create_app(settings: Settings) -> FastAPI:
    """The application; everything that it talks to is opened when it starts and closed when it stops."""
    if not settings.callback_secrets:
        raise SettingsWrong("MOHALA_CALLBACK_SECRET is not set; give it an unguessable word of 16 letters or more.")

    if settings.phone and settings.host not in LOOPBACK:
        raise SettingsWrong(
            "MOHALA_PHONE shows anybody's SMS and the callback secret: only with MOHALA_HOST=127.0.0.1."
        )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as closing:
            house = await closing.enter_async_context(open_house(settings))
            callbacks = Callbacks(
                settings.callback_secrets,
                house.aggregators,
                house.gateway,
                house.texts,
                house.ledger,
                house.measures,
                now_utc,
            )
            app.router.routes.extend(callbacks.routes())
            pings = {"sessions": house.store.ping, "database": house.ledger.ping}
            app.include_router(health_router(pings, house.outbox, house.measures))
            if settings.phone:
                client = await closing.enter_async_context(
                    httpx.AsyncClient(base_url=settings.sandbox_url, timeout=2.0, trust_env=False)
                )
                app.include_router(phone_router(_phone_settings(settings), _inbox(client)))
            describe_callbacks(app, house.aggregators)
            yield

    return FastAPI(title="Mohala", version=VERSION, lifespan=lifespan, docs_url=None, redoc_url=None)


def _phone_settings(settings: Settings) -> PhoneSettings:
    base = f"/callbacks/{settings.callback_secrets[0]}/{AGGREGATOR_OF_PHONE}"
    return PhoneSettings(callback_base=base, service_code=settings.service_code, numbers=PHONE_NUMBERS)


def _inbox(client: httpx.AsyncClient) -> Callable[[str], Awaitable[list[InboxSms]]]:
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


def serve(settings: Settings) -> None:
    """Serve until a signal comes. No access log: its lines would carry the secret path."""
    set_up_logs()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=int(limits.worker_stop_seconds),
    )
