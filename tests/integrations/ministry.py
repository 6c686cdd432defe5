"""An office behind tokens: two desks, the adapter between them, and the clock that it goes by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from app.errors import ServiceFailed
from integrations.services.http_json import HttpJsonOffice
from integrations.services.settings import OfficeSettings
from tests.integrations.desk import Answer, Desk, open_desk, say

PERSON: Mapping[str, object] = {"method": "GET", "path": "/people", "answered": [200]}
FILING: Mapping[str, object] = {"method": "POST", "path": "/births", "answered": [201]}


class Ministry:
    """An office behind tokens: `door` gives them, `desk` wants them, `now` is what both and the adapter go by."""

    def __init__(self, door: Desk, desk: Desk) -> None:
        self.door, self.desk = door, desk
        self.now = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
        self._opened: list[HttpJsonOffice] = []

    def office(self, secret: str = "hushed", token_url: str = "", **auth: str) -> HttpJsonOffice:
        shown = {"kind": "oauth2", "token_url": token_url or f"{self.door.url}/oauth/token", "client": "mohala", **auth}
        operations = {"person": PERSON, "file": FILING}
        told = OfficeSettings("registry", f"{self.desk.url}/office", secret, operations, auth=shown)
        self._opened.append(HttpJsonOffice(told, lambda: self.now))
        return self._opened[-1]

    def carried(self) -> list[str]:
        """The tokens that the office was shown, in order."""
        return [heard.headers["authorization"].removeprefix("Bearer ") for heard in self.desk.heard]

    async def close(self) -> None:
        for office in self._opened:
            await office.close()


@asynccontextmanager
async def open_ministry() -> AsyncIterator[Ministry]:
    async with open_desk() as door, open_desk() as desk:
        ministry = Ministry(door, desk)
        yield ministry
        await ministry.close()


def token(text: str, **said: object) -> Answer:
    return say(200, {"access_token": text, "token_type": "Bearer", "expires_in": 300, **said})


async def failure(office: HttpJsonOffice, within_seconds: float = 2.0) -> tuple[str, bool, bool]:
    with pytest.raises(ServiceFailed) as failed:
        await office.ask("person", {}, "S1-1", within_seconds)
    return failed.value.reason, failed.value.retryable, failed.value.late
