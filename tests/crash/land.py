"""A land to crash: the sandbox country, a session server, a database, and a gateway and a worker that can be killed.

The processes are forked from one that has imported and compiled everything, so that a new one is there in a tenth of a
second; they are real ones, and `kill -9` takes them. All the rest goes on from one kill to the next.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from sqlalchemy import select

from app.bookkeeping import examine
from app.keys import Keyring, new_key_line, parse_keys
from app.pack_files import read_pack
from app.pretending import SANDBOX_KEY, SANDBOX_WALLET, make_secrets, office_addresses
from app.publishing import publish_if_changed
from app.settings import Settings, WalletSettings
from app.tasks import Clerk
from integrations.database import Database, DatabaseBooks, migrate, open_database
from integrations.database.evidence import DatabaseEvidence
from integrations.database.limits import calm_seconds_max
from integrations.database.opening import open_evidence
from integrations.database.tables import JobState, jobs
from integrations.sandbox import SandboxSettings, create_sandbox
from integrations.sandbox.m_pesa import MPesaSettings
from integrations.sandbox.m_pesa_key import KEY_FILE, ensure_key
from sessions.embedded import EmbeddedValkey
from tests.crash import instrument, pack
from tests.crash.instrument import Told
from tests.crash.points import Clock, Orders

SECRET = "dev"
READY_SECONDS = 120.0  # everything is imported and compiled once
PATIENCE_SECONDS = 15.0  # for one callback, in which its gateway may be killed
LOOK_SECONDS = 0.02
SOON = timedelta(minutes=1)  # what is due later than this is no unrest
WHENEVER = ("schedule", "question")
"""Jobs that come by the clock or by chance, and are no request's own."""
WAYS = ("gateway", "worker")


@dataclass(slots=True)
class Land:
    """`killed` counts, by part, how often one was found dead and started anew. `clerk_key` opens every desk.

    `left` are jobs that a run left undone: it was called wrong for them, and no later one is.
    """

    settings: Settings
    sandbox: httpx.AsyncClient
    gateway: httpx.AsyncClient
    database: Database
    evidence: DatabaseEvidence
    keyring: Keyring
    orders: Orders
    clock: Clock
    told: Told
    home: Path
    door: socket.socket
    mains: dict[str, Callable[..., None]]
    clerk_key: str
    processes: dict[str, ForkServerProcess] = field(default_factory=dict)
    killed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WAYS, 0))
    left: set[str] = field(default_factory=set)

    async def post(self, kind: str, fields: dict[str, str]) -> httpx.Response:
        """As an aggregator that gives up when the line is cut; raises `httpx.HTTPError` then."""
        return await self.gateway.post(f"/callbacks/{SECRET}/africastalking/{kind}", data=fields)

    async def knob(self, office: str, **knobs: object) -> None:
        (await self.sandbox.post(f"/knobs/{office}", json=knobs)).raise_for_status()

    async def rows(self, path: str, **query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (await self.sandbox.get(path, params=query)).raise_for_status().json()
        return rows

    async def until(self, look: Callable[[], Awaitable[bool]], what: str, seconds: float = 20.0) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not await look():  # noqa: ASYNC110  # other processes do not tell
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise AssertionError(f"in vain waited for {what}") from None

    async def is_at_rest(self) -> bool:
        """Whether no job is due or will be soon, besides those that come by the clock and what an earlier run left."""
        return await self._due() <= self.left

    async def leave(self) -> None:
        """Whatever is still to be done is the fault of the run that is over."""
        self.left |= await self._due()

    async def _due(self) -> set[str]:
        waiting = (jobs.c.state == JobState.WAITING, jobs.c.kind.not_in(WHENEVER), jobs.c.due_at < self.clock() + SOON)
        query = select(jobs.c.id).where(*waiting)
        return set(await self.database._store.read(lambda connection: connection.execute(query).scalars().all()))

    async def set_aside(self) -> int:
        return (await self.database.outbox.counts())[JobState.SET_ASIDE.value]

    async def faults_of_books(self) -> list[str]:
        return (await examine(DatabaseBooks(self.database._store))).faults

    async def pass_(self, hours: float) -> None:
        """Let time go by, once everything that is to be done now is done."""
        await self.until(self.is_at_rest, "the outbox to come to rest")
        self.clock.pass_(hours)

    def start(self, part: str) -> None:
        context: ForkServerContext = multiprocessing.get_context("forkserver")
        given = (self.settings, self.door, self.told) if part == "gateway" else (self.settings, self.told)
        process = context.Process(target=self.mains[part], args=given, name=part, daemon=True)
        process.start()
        self.processes[part] = process

    async def replace(self, part: str, main: Callable[..., None]) -> None:
        """Kill a process, and have another one in its place from now on."""
        self.mains[part] = main
        killed = self.killed[part]
        self.processes[part].kill()

        async def is_replaced() -> bool:
            return self.killed[part] > killed

        await self.until(is_replaced, f"another {part}")

    async def keep_alive(self) -> None:
        """As the supervisor does: whoever dies is started again."""
        while True:
            for part, process in list(self.processes.items()):
                if not process.is_alive():
                    self.killed[part] += 1
                    self.orders.forget()
                    self.start(part)
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            await asyncio.to_thread(process.join, 5)


@asynccontextmanager
async def open_land(home: Path, database_url: str | None = None) -> AsyncIterator[Land]:
    """A land in an empty directory of its own; without a URL its database is an SQLite file there."""
    multiprocessing.set_forkserver_preload(["tests.crash.warm"])
    told = Told(home)
    clock, orders = Clock(told.clock), Orders(told.orders)
    valkey = EmbeddedValkey(home / "valkey")
    valkey.start()
    door, sandbox_door = (socket.create_server(("127.0.0.1", 0), backlog=128) for _ in range(2))
    gateway_url, sandbox_url = (f"http://127.0.0.1:{one.getsockname()[1]}" for one in (door, sandbox_door))
    settings = _settings(home, valkey.url, sandbox_door.getsockname()[1], database_url)
    await asyncio.to_thread(_prepare, settings, clock)
    keyring = Keyring(parse_keys(settings.keys.read_text("ascii")), os.urandom)
    database = await open_database(
        settings.database, keyring, os.urandom, allow_unsafe=True, call_seconds=calm_seconds_max
    )
    clerk_key = "a clerk who sees all lists"
    await database.board.add_clerk(Clerk("lineo"), clerk_key, clock(), "operator:matrix")
    async with _served_sandbox(settings, sandbox_door, gateway_url, clock):
        land = Land(
            settings,
            httpx.AsyncClient(
                base_url=sandbox_url, headers={"X-Api-Key": SANDBOX_KEY}, trust_env=False, timeout=PATIENCE_SECONDS
            ),
            httpx.AsyncClient(base_url=gateway_url, trust_env=False, timeout=PATIENCE_SECONDS),
            database,
            await open_evidence(settings.database),
            keyring,
            orders,
            clock,
            told,
            home,
            door,
            {"gateway": instrument.be_gateway, "worker": instrument.be_worker},
            clerk_key,
        )
        for part in WAYS:
            land.start(part)
        keeping = asyncio.create_task(land.keep_alive())
        try:
            await land.until(lambda: _is_ready(land), "the gateway", READY_SECONDS)
            yield land
        finally:
            keeping.cancel()
            await land.stop()
            await land.gateway.aclose()
            await land.sandbox.aclose()
            await land.evidence.close()
            await database.close()
            door.close()
            valkey.stop()


async def _is_ready(land: Land) -> bool:
    try:
        return (await land.gateway.get("/health/ready")).status_code == 200
    except httpx.HTTPError:
        return False


def _settings(home: Path, redis_url: str, sandbox_port: int, database_url: str | None) -> Settings:
    """A commit is not waited for until it is on the disk: `kill -9` takes a process, not the machine."""
    directory = home / "pack"
    for name, text in pack.sources().items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, "utf-8")
    found = Settings.load(home=home, pack=directory, sandbox_port=sandbox_port)
    return Settings.load(
        home=home,
        pack=directory,
        callback_secret=SECRET,
        redis_url=redis_url,
        database_url=database_url or f"sqlite:///{home / 'mohala.db'}?synchronous=off",
        database_unsafe=True,
        sandbox_port=sandbox_port,
        office_addresses=office_addresses(found, read_pack(directory)),
        africastalking_url=f"{found.sandbox_url}/version1",
        wallets={SANDBOX_WALLET: WalletSettings(client=SANDBOX_WALLET, keeps=False)},
        worker_poll_seconds=LOOK_SECONDS,
    )


def _prepare(settings: Settings, clock: Clock) -> None:
    settings.keys.write_text(new_key_line("crash", os.urandom) + "\n", "ascii")
    make_secrets(settings, read_pack(settings.pack), lambda _: None)
    migrate(settings.database)
    publish_if_changed(settings, settings.pack, clock)


@asynccontextmanager
async def _served_sandbox(
    settings: Settings, listening: socket.socket, gateway_url: str, clock: Clock
) -> AsyncIterator[None]:
    told = SandboxSettings(
        delivery_url=f"{gateway_url}/callbacks/{SECRET}/africastalking/sms/delivery",
        gateway_url=gateway_url,
        wallet_approves_after_seconds=0.05,
        silence_seconds_max=1.0,
        identity_keys=settings.sandbox_identity_keys,
        m_pesa=MPesaSettings(session_ready_seconds=0.0),
        m_pesa_key=ensure_key(settings.home / KEY_FILE),
    )
    server = uvicorn.Server(
        uvicorn.Config(
            create_sandbox(told, clock, os.urandom),
            log_level="warning",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=600,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with asyncio.timeout(READY_SECONDS):
        while not server.started:  # noqa: ASYNC110  # uvicorn has nothing to wait for
            await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await serving
