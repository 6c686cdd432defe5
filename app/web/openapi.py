"""Tells OpenAPI of the callbacks, which are plain ASGI and cannot describe themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

CALLBACK_FIELDS: Mapping[str, tuple[str, ...]] = {
    "ussd": ("sessionId", "phoneNumber", "networkCode", "serviceCode", "text"),
    "ussd/end": ("date", "sessionId", "serviceCode", "networkCode", "phoneNumber", "status"),
    "sms": ("date", "from", "id", "linkId", "text", "to", "networkCode"),
    "sms/delivery": ("id", "status", "phoneNumber", "networkCode", "failureReason", "retryCount"),
}
"""Africa's Talking's field names (its documentation of USSD, SMS and delivery callbacks)."""


def describe_callbacks(app: FastAPI, aggregators: Iterable[str]) -> None:
    """Add every callback of every aggregator to the application's description."""
    names = tuple(aggregators)

    def openapi() -> dict[str, object]:
        described = get_openapi(title=app.title, version=app.version, routes=app.routes)
        paths = described.setdefault("paths", {})
        for name in names:
            for kind, fields in CALLBACK_FIELDS.items():
                paths[f"/callbacks/{{secret}}/{name}/{kind}"] = {"post": _operation(f"{name}: {kind}", fields)}
        return described

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend its description


def _operation(summary: str, fields: tuple[str, ...]) -> dict[str, object]:
    schema = {"type": "object", "properties": {field: {"type": "string"} for field in fields}}
    return {
        "tags": ["callbacks"],
        "summary": summary,
        "parameters": [{"name": "secret", "in": "path", "required": True, "schema": {"type": "string"}}],
        "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": schema}}},
        "responses": {
            "200": {"description": "`CON ` or `END ` and a page for a dialogue, else empty"},
            "404": {"description": "wrong secret, empty"},
            "503": {"description": "a text or report that could not be kept; send it again"},
        },
    }
