"""A gateway and a worker as they are, with every step that outlives them or leaves the house made a point to die at.

The steps are found where they happen: each transaction of the database (named by the function that it runs), each
exchange with an office, each text handed over, each round trip to the session server, each answer that leaves.
"""

from __future__ import annotations

import ctypes
import functools
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from app import doors, limits
from app.gateway import Gateway
from app.outbox import Worker
from app.schedules import KIND as SCHEDULE
from app.schedules import Schedules
from app.settings import Settings
from app.sms import Texts
from app.telling import Hears
from app.wiring import world
from integrations.aggregators.africastalking import AfricasTalking
from integrations.database.postgres import PostgresStore
from integrations.database.sqlite import SqliteStore
from integrations.http import OutboundHttp
from sessions.redis_store import RedisSessionStore
from tests.crash.points import Clock, Points

IDLE = ("ping", "claim", "keep_up", "overdue", "publications", "forget")
"""Transactions that a process at rest does too: only what they bring is a step."""
BY_THE_CLOCK = ("DatabaseWaiting.looked", "DatabaseBoard.change")
"""Those of a schedule that are a request's own; its others come whenever a minute is over."""
_PR_SET_PDEATHSIG = 1
_on_schedule: ContextVar[bool] = ContextVar("_on_schedule", default=False)


@dataclass(frozen=True, slots=True)
class Told:
    """Where a process finds its log, its orders, the clock of all, and where it notes what it passed."""

    home: Path

    def log(self, part: str) -> Path:
        return self.home / f"{part}.log"

    @property
    def orders(self) -> Path:
        return self.home / "orders"

    @property
    def steps(self) -> Path:
        return self.home / "steps"

    @property
    def clock(self) -> Path:
        return self.home / "clock"


def be_gateway(settings: Settings, door: socket.socket, told: Told) -> None:
    _begin("gateway", told)
    from app.main import serve

    serve(settings, door)


def be_worker(settings: Settings, told: Told) -> None:
    _begin("worker", told)
    from app.worker import work

    work(settings)


def be_careless_worker(settings: Settings, told: Told) -> None:
    """One that ends its jobs before it does them, so that the matrix can be seen to notice."""
    from app.outbox import Worker

    inner = Worker._attempt

    async def careless(self: Worker, claimed: Any) -> Any:
        if claimed.job.kind != SCHEDULE:
            await self._outbox.finish(claimed, self._clock())
        return await inner(self, claimed)

    Worker._attempt = careless
    be_worker(settings, told)


def be_idle_worker(settings: Settings, told: Told) -> None:
    """One that does nothing at all."""
    signal.pause()


def be_forgetful_worker(settings: Settings, told: Told) -> None:
    """One that asks an office with another key each time, for the same reason."""
    from integrations.services.http_json import HttpJsonOffice

    inner = HttpJsonOffice.ask

    async def forgetful(self: HttpJsonOffice, operation: str, arguments: Any, key: str, within_seconds: float) -> Any:
        return await inner(self, operation, arguments, f"{key[:-8]}{os.urandom(4).hex()}", within_seconds)

    HttpJsonOffice.ask = forgetful
    be_worker(settings, told)


def _begin(part: str, told: Told) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # whoever kills the matrix leaves nobody behind
    file = os.open(told.log(part), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    _hurry()
    _tell_the_time(Clock(told.clock))
    _instrument(Points(part, told.orders, told.steps))


def _hurry() -> None:
    """Leases and pauses of a tenth or less: what is waited for is the same, a run lasts some seconds."""
    limits.job_lease_seconds = 1.0
    limits.job_backoff_seconds_max = 0.1
    limits.job_crowded_seconds = 0.05
    limits.office_pending_pause_seconds = 0.1
    limits.push_begins_seconds = 0.5
    limits.office_push_settles_seconds = 3.0  # the sandbox's wallets know of a push as soon as they have it
    limits.office_door_closed_seconds = limits.office_door_closed_seconds_max = 0.2
    doors._CONFIG = replace(doors._CONFIG, wait_duration_in_open=0.2, wait_duration_in_open_max=0.2)
    limits.office_probe_pause_seconds = 0.05
    limits.sms_unknown_pauses_seconds = (0.1, 0.1, 0.1)
    limits.turn_lease_seconds = 0.4
    limits.turn_lease_renew_seconds = 0.1


def _tell_the_time(clock: Clock) -> None:
    """`app.wiring.world.now_utc` reads it from its module's `datetime`, whoever holds that function already."""

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + clock.ahead

    world.datetime = Ahead


def _instrument(points: Points) -> None:
    _around_async(points, OutboundHttp, "_exchange", lambda _, request: f"office {request.method}")
    _around_async(points, AfricasTalking, "send", lambda *_: "text")
    for name in ("begin", "commit", "abandon"):
        _around_async(points, RedisSessionStore, name, lambda *_, name=name: f"session {name}")
    for name in ("commit_dialled", "commit_recalled"):
        _around_told(points, RedisSessionStore, name, f"session {name}")
    _around_told(points, Gateway, "answer_at_once", "answer", is_begun=False)
    _after_async(points, Gateway, "take", "answer")
    _after_async(points, Texts, "take_in", "text taken in")
    _mark_schedules()
    _around_sqlite(points)
    _around_postgres(points)


def _mark_schedules() -> None:
    put, do = Schedules.put, Worker.do

    async def marked_put(self: Schedules) -> None:
        token = _on_schedule.set(True)
        try:
            await put(self)
        finally:
            _on_schedule.reset(token)

    async def marked_do(self: Worker, claimed: Any) -> None:
        token = _on_schedule.set(claimed.job.kind == SCHEDULE)
        try:
            await do(self, claimed)
        finally:
            _on_schedule.reset(token)

    Schedules.put, Worker.do = marked_put, marked_do


def _around_async(points: Points, owner: type, name: str, step: Callable[..., str]) -> None:
    inner: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @functools.wraps(inner)
    async def around(self: Any, *given: Any, **named: Any) -> Any:
        told = step(self, *given)
        points.come_to(f"before {told}")
        result = await inner(self, *given, **named)
        points.come_to(f"after {told}")
        return result

    setattr(owner, name, around)


def _around_told(points: Points, owner: type, name: str, step: str, *, is_begun: bool = True) -> None:
    """Of what tells its outcome to its last argument; one that nothing came of (None) is no step."""
    inner: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(inner)
    def around(self: Any, *given: Any) -> Any:
        *others, listener = given

        def told(outcome: Any) -> None:
            if outcome is not None:
                points.come_to(f"after {step}")
            listener.tell(outcome)

        if is_begun:
            points.come_to(f"before {step}")
        return inner(self, *others, Hears(told))

    setattr(owner, name, around)


def _after_async(points: Points, owner: type, name: str, step: str) -> None:
    inner: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @functools.wraps(inner)
    async def after(self: Any, *given: Any, **named: Any) -> Any:
        result = await inner(self, *given, **named)
        points.come_to(f"after {step}")
        return result

    setattr(owner, name, after)


def _around_sqlite(points: Points) -> None:
    commit, write = SqliteStore._commit, SqliteStore.write

    async def named(self: SqliteStore, work: Any) -> Any:
        return await write(self, _Named(work, _name(work)))

    def around(self: SqliteStore, connection: Any, works: list[Any]) -> list[Any]:
        for work in works:
            _before(points, work.name)
        outcomes = commit(self, connection, works)
        for work, outcome in zip(works, outcomes, strict=True):
            _after(points, work.name, getattr(outcome, "value", outcome))
        return outcomes

    SqliteStore.write, SqliteStore._commit = named, around


@dataclass(frozen=True, slots=True)
class _Named:
    """Work on its way to the thread that writes, which knows no context."""

    work: Callable[[Any], Any]
    name: str

    def __call__(self, connection: Any) -> Any:
        return self.work(connection)


def _around_postgres(points: Points) -> None:
    inner = PostgresStore.write

    async def around(self: PostgresStore, work: Any) -> Any:
        name = _name(work)
        _before(points, name)
        value = await inner(self, work)
        _after(points, name, value)
        return value

    PostgresStore.write = around


def _name(work: Any) -> str:
    """`DatabaseLedger.file`, whichever function inside it runs; empty for what is no step."""
    name: str = work.__qualname__.partition(".<locals>")[0]
    return "" if _on_schedule.get() and name not in BY_THE_CLOCK else name


def _before(points: Points, name: str) -> None:
    if name and not name.endswith(IDLE):
        points.come_to(f"before {name}")


def _after(points: Points, name: str, value: Any) -> None:
    if name and (not name.endswith(IDLE) or (name.endswith("claim") and value)):
        points.come_to(f"after {name}")
