"""The sandbox country, served on a free port, and offices that are pointed at it."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn

from app.pack import Pack
from app.ports import Office
from integrations.sandbox import SandboxSettings, create_sandbox
from integrations.services import OFFICES
from integrations.services.http_json import HttpJsonOffice
from integrations.services.settings import OfficeSettings

SILENCE_SECONDS = 5.0
BIRTH = {
    "sex": "female",
    "born": "2026-03-05",
    "district": "Maseru",
    "mother_id": "012345678901",
    "informant": "mother",
    "reference": "7K4M2PXQ9",
}


class Country:
    """A served sandbox, its clock, and the pack's offices pointed at it."""

    def __init__(self, url: str, pack: Pack) -> None:
        self.url = url
        self.now = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
        self.testers = httpx.AsyncClient(base_url=url, headers={"X-Api-Key": "sandbox"}, trust_env=False)
        self._pack = pack
        self._open: list[Office] = []

    def office(self, name: str) -> Office:
        """An office of the pack."""
        entry = self._pack.catalogue.offices[name]
        told = OfficeSettings(name, f"{self.url}/{name}", "sandbox", entry.operations, entry.options)
        return self.opened(entry.adapter, told)

    def opened(self, adapter: str, settings: OfficeSettings) -> Office:
        office = OFFICES[adapter](settings, lambda: self.now)
        self._open.append(office)
        return office

    async def turn(self, office: str, **knobs: object) -> None:
        (await self.testers.post(f"/knobs/{office}", json=knobs)).raise_for_status()

    async def rows(self, path: str) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = (await self.testers.get(path)).raise_for_status().json()
        return rows

    async def close(self) -> None:
        for office in self._open:
            await office.close()
        await self.testers.aclose()


def plain_office(
    name: str, address: str, secret: str | None, operations: Mapping[str, Mapping[str, object]], **auth: str
) -> HttpJsonOffice:
    """A plain JSON office that shows who asks as `auth` says, if it says anything."""
    told = OfficeSettings(name, address, secret, operations, auth=auth)
    return HttpJsonOffice(told, lambda: datetime(2026, 11, 23, 9, 30, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Numbers:
    """Random bytes that are the same in every run and never repeat."""

    counter: itertools.count[int]

    def __call__(self, length: int) -> bytes:
        return hashlib.shake_256(str(next(self.counter)).encode()).digest(length)


@asynccontextmanager
async def served_country(pack: Pack, **settings: Any) -> AsyncIterator[Country]:
    """Served until the end of the block; every office that was opened is closed with it."""
    listening = socket.create_server(("127.0.0.1", 0))
    country = Country(f"http://127.0.0.1:{listening.getsockname()[1]}", pack)
    told = SandboxSettings(**{"silence_seconds_max": SILENCE_SECONDS, **settings})
    app = create_sandbox(told, lambda: country.now, Numbers(itertools.count()))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110  # uvicorn has nothing to wait for
            await asyncio.sleep(0.01)
    yield country
    await country.close()
    server.should_exit = True
    await serving
