"""The gateway's process: a FastAPI application around the callbacks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app import VERSION, limits
from app.errors import ServiceFailed, SettingsWrong
from app.logs import set_up_logs
from app.settings import Settings
from app.web.callbacks import Callbacks
from app.web.health import health_router
from app.web.phone import InboxSms, PhoneSettings, phone_router
from app.wiring import House, now_utc, open_house

PHONE_NUMBERS = ("+26650123456", "+26662123456", "+26658765432", "+26663987654")
AGGREGATOR_OF_PHONE = "africastalking"


def create_app(settings: Settings) -> FastAPI:
    """The application; everything that it talks to is opened when it starts and closed when it stops."""
    if not settings.callback_secrets:
        raise SettingsWrong("MOHALA_CALLBACK_SECRET is not set; give it an unguessable word of 16 letters or more.")

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
            _describe_callbacks(app, house)
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
            rows = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            raise ServiceFailed("the SMS centre does not answer", retryable=True) from None
        return [
            InboxSms(row["message_id"], row["from"], row["text"], datetime.fromisoformat(row["sent_at"]))
            for row in rows
        ]

    return inbox


def _describe_callbacks(app: FastAPI, house: House) -> None:
    """The callbacks are plain ASGI, so OpenAPI is told of them by hand."""
    fields = {
        "ussd": ("sessionId", "phoneNumber", "networkCode", "serviceCode", "text"),
        "ussd/end": ("date", "sessionId", "serviceCode", "networkCode", "phoneNumber", "status"),
        "sms": ("date", "from", "id", "linkId", "text", "to", "networkCode"),
        "sms/delivery": ("id", "status", "phoneNumber", "networkCode", "failureReason", "retryCount"),
    }

    def openapi() -> dict[str, object]:
        described = get_openapi(title=app.title, version=app.version, routes=app.routes)
        for name in house.aggregators:
            for kind, names in fields.items():
                schema = {"type": "object", "properties": {field: {"type": "string"} for field in names}}
                described.setdefault("paths", {})[f"/callbacks/{{secret}}/{name}/{kind}"] = {
                    "post": {
                        "summary": f"{name}: {kind}",
                        "parameters": [
                            {"name": "secret", "in": "path", "required": True, "schema": {"type": "string"}}
                        ],
                        "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": schema}}},
                        "responses": {
                            "200": {"description": "CON or END for a dialogue, else empty"},
                            "404": {"description": "wrong secret"},
                        },
                    }
                }
        return described

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend its description


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
