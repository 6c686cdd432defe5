"""The phone in the browser: its page, its table of septet costs and its SMS inbox."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import phonenumbers
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from app.errors import ServiceFailed
from app.handsets import UNKNOWN_NETWORK, Handsets
from app.limits import sms_characters_max, sms_septets_max
from app.values.text import SEPTETS

STATIC = Path(__file__).parent / "static"
MEDIA_TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml"}

inbox_seconds_max = 3.0  # later: the page says that the SMS centre does not answer
inbox_messages_max = 50  # more: the oldest are not shown

handset_septets_max = 182  # 160 octets of seven bits each (3GPP 23.038 6.1.2.3)
handset_ucs2_max = 80

GUARD = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
FRESH = GUARD | {"Cache-Control": "no-cache"}
PRIVATE = GUARD | {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class InboxSms:
    """An SMS as the handset got it; `sent_at` carries its time zone."""

    message_id: str
    sender: str
    text: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """What the page must know.

    `callback_base` is the path before `/ussd`, `/ussd/end` and `/sms`. `other_codes` are dialled too, such as those of
    agents. `numbers` are suggestions in E.164, `names`
    their owners in the same order. `network_codes` maps the beginning of a number to its network's code. `agent` is
    the number of an agent whose phone lies beside the citizen's from the start; empty: there is none.
    """

    callback_base: str
    service_code: str
    numbers: tuple[str, ...]
    names: tuple[str, ...] = ()
    network_codes: Mapping[str, str] = field(default_factory=dict)
    agent: str = ""
    other_codes: tuple[str, ...] = ()


def phone_router(settings: PhoneSettings, inbox: Callable[[str], Awaitable[list[InboxSms]]]) -> APIRouter:
    """Serve `/phone` and what stands under it; `inbox` takes an E.164 number and may raise `ServiceFailed`."""
    router = APIRouter(include_in_schema=False)
    files = _read_static()
    config = _config(settings)

    @router.get("/phone")
    async def page() -> Response:
        return Response(files["phone.html"], media_type=MEDIA_TYPES[".html"], headers=FRESH)

    @router.get("/phone/static/{name}")
    async def static(name: str) -> Response:
        content = files.get(name)
        if content is None:
            return Response(status_code=404, headers=PRIVATE)
        return Response(content, media_type=MEDIA_TYPES[Path(name).suffix], headers=FRESH)

    @router.get("/phone/config.json")
    async def configuration() -> Response:
        return JSONResponse(config, headers=PRIVATE)

    @router.get("/phone/inbox")
    async def messages(to: str = "") -> Response:
        msisdn = _e164(to)
        if msisdn is None:
            return _trouble(400, "That is not a phone number with its country code.")
        try:
            async with asyncio.timeout(inbox_seconds_max):
                received = await inbox(msisdn)
        except (ServiceFailed, TimeoutError):
            return _trouble(503, "The SMS centre does not answer.")
        return JSONResponse({"messages": _newest_first(received)}, headers=PRIVATE)

    return router


def septet_costs() -> dict[str, int]:
    """Septets that each letter of GSM 03.38 takes; letters outside it are absent."""
    return dict(SEPTETS)


def _config(settings: PhoneSettings) -> dict[str, object]:
    names = settings.names + ("",) * len(settings.numbers)
    return {
        "callbackBase": settings.callback_base,
        "serviceCode": settings.service_code,
        "otherCodes": list(settings.other_codes),
        "shortCode": Handsets(settings.service_code).short_code,
        "numbers": [{"msisdn": msisdn, "name": names[place]} for place, msisdn in enumerate(settings.numbers)],
        "agent": settings.agent,
        "networkCodes": {**settings.network_codes, "+": UNKNOWN_NETWORK},
        "septetCosts": septet_costs(),
        "ussd": {
            "septets": sms_septets_max,
            "septetsMost": handset_septets_max,
            "ucs2": 70,
            "ucs2Most": handset_ucs2_max,
        },
        "smsCharacters": sms_characters_max,
    }


def _read_static() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in MEDIA_TYPES}


def _e164(typed: str) -> str | None:
    try:
        number = phonenumbers.parse(typed)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _newest_first(received: list[InboxSms]) -> list[dict[str, str]]:
    newest = sorted(received, key=lambda sms: sms.sent_at, reverse=True)[:inbox_messages_max]
    return [
        {
            "id": sms.message_id,
            "sender": sms.sender,
            "text": sms.text,
            "sentAt": sms.sent_at.astimezone(UTC).isoformat(),
        }
        for sms in newest
    ]


def _trouble(status: int, reason: str) -> Response:
    return JSONResponse({"reason": reason}, status_code=status, headers=PRIVATE)
