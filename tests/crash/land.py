"""A land to crash: the sandbox country, a session server, a database, and a gateway and a worker that can be killed.

The processes are forked from one that has imported everything, so that a new one is there in a tenth of a second; they
are real ones, and `kill -9` takes them.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from app.keys import Keyring, new_key_line, parse_keys
from app.pack_files import read_pack
from app.publishing import publish_if_changed
from app.settings import Settings
from app.wiring import now_utc
from integrations.database import migrate
from integrations.database.evidence import DatabaseEvidence
from integrations.database.opening import open_evidence
from integrations.sandbox import SandboxSettings, create_sandbox
from sessions.embedded import EmbeddedValkey
from tests.crash import instrument
from tests.crash.points import Orders

PACK = Path(__file__).resolve().parents[2] / "menus" / "lesotho"
SECRET = "dev"
SANDBOX_KEY = "sandbox"
READY_SECONDS = 20.0
PATIENCE_SECONDS = 15.0  # for one callback, in which its gateway may be killed
WAYS = ("gateway", "worker")


@dataclass(slots=True)
class Land:
    """`killed` counts, by part, how often one was found dead and started anew."""

    settings: Settings
    sandbox: httpx.AsyncClient
    gateway: httpx.AsyncClient
    evidence: DatabaseEvidence
    keyring: Keyring
    orders: Orders
    steps: Path
    home: Path
    door: socket.socket
    mains: Mapping[str, Callable[..., None]]
    processes: dict[str, ForkServerProcess] = field(default_factory=dict)
    killed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WAYS, 0))

    async def post(self, kind: str, fields: dict[str, str]) -> httpx.Response:
        """As an aggregator that gives up when the line is cut; raises `httpx.HTTPError` then."""
        return await self.gateway.post(f"/callbacks/{SECRET}/africastalking/{kind}", data=fields)

    async def knob(self, office: str, **knobs: object) -> None:
        (await self.sandbox.post(f"/knobs/{office}", json=knobs)).raise_for_status()

    async def rows(self, path: str, **query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (await self.sandbox.get(path, params=query)).raise_for_status().json()
        return rows

    def start(self, part: str) -> None:
        context: ForkServerContext = multiprocessing.get_context("forkserver")
        log, orders = self.home / f"{part}.log", self.home / "orders"
        told = (self.settings, self.door) if part == "gateway" else (self.settings,)
        process = context.Process(
            target=self.mains[part], args=(*told, log, orders, self.steps), name=part, daemon=True
        )
        process.start()
        self.processes[part] = process

    async def keep_alive(self) -> None:
        """As the supervisor does: whoever dies is started again."""
        while True:
            for part, process in list(self.processes.items()):
                if not process.is_alive():
                    self.killed[part] += 1
                    self.orders.forget()
                    self.start(part)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def open_land(
    home: Path, database_url: str | None = None, worker: Callable[..., None] = instrument.be_worker
) -> AsyncIterator[Land]:
    """A land in an empty directory of its own; without a URL its database is an SQLite file there."""
    multiprocessing.set_forkserver_preload(["app.main", "app.worker", "tests.crash.instrument"])
    valkey = EmbeddedValkey(home / "valkey")
    valkey.start()
    door = socket.create_server(("127.0.0.1", 0), backlog=128)
    gateway_url = f"http://127.0.0.1:{door.getsockname()[1]}"
    async with _served_sandbox(gateway_url) as sandbox_url:
        settings = _settings(home, valkey.url, sandbox_url, database_url)
        await asyncio.to_thread(_prepare, settings)
        keyring = Keyring(parse_keys(settings.keys.read_text("ascii")), os.urandom)
        evidence = await open_evidence(settings.database)
        land = Land(
            settings,
            httpx.AsyncClient(base_url=sandbox_url, headers={"X-Api-Key": SANDBOX_KEY}, trust_env=False),
            httpx.AsyncClient(base_url=gateway_url, trust_env=False, timeout=PATIENCE_SECONDS),
            evidence,
            keyring,
            Orders(home / "orders"),
            home / "steps",
            home,
            door,
            {"gateway": instrument.be_gateway, "worker": worker},
        )
        for part in WAYS:
            land.start(part)
        keeping = asyncio.create_task(land.keep_alive())
        try:
            yield land
        finally:
            keeping.cancel()
            for process in land.processes.values():
                process.terminate()
                await asyncio.to_thread(process.join, 5)
            await land.gateway.aclose()
            await land.sandbox.aclose()
            await evidence.close()
            door.close()
            valkey.stop()


def _settings(home: Path, redis_url: str, sandbox_url: str, database_url: str | None) -> Settings:
    pack = read_pack(PACK)
    return Settings.load(
        home=home,
        pack=PACK,
        callback_secret=SECRET,
        redis_url=redis_url,
        database_url=database_url,
        database_unsafe=True,
        office_addresses={name: f"{sandbox_url}/{name}" for name in pack.catalogue.offices},
        africastalking_url=f"{sandbox_url}/version1",
        worker_poll_seconds=0.02,
    )


def _prepare(settings: Settings) -> None:
    settings.keys.write_text(new_key_line("crash", os.urandom) + "\n", "ascii")
    settings.secrets.mkdir()
    names = {office.secret for office in read_pack(PACK).catalogue.offices.values() if office.secret}
    for name in ("africastalking", *names):
        (settings.secrets / name).write_text(SANDBOX_KEY, "ascii")
    migrate(settings.database)
    publish_if_changed(settings, PACK)


@asynccontextmanager
async def _served_sandbox(gateway_url: str) -> AsyncIterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    told = SandboxSettings(
        delivery_url=f"{gateway_url}/callbacks/{SECRET}/africastalking/sms/delivery",
        wallet_approves_after_seconds=0.05,
        silence_seconds_max=1.0,
    )
    server = uvicorn.Server(
        uvicorn.Config(create_sandbox(told, now_utc, os.urandom), log_level="warning", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with asyncio.timeout(READY_SECONDS):
        while not server.started:  # noqa: ASYNC110  # uvicorn has nothing to wait for
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving
