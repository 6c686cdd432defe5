"""A gateway and a worker as they are, with every step that outlives them or leaves the house made a point to die at.

The steps are found where they happen: each transaction of the database (named by the function that it runs), each
exchange with an office, each text handed over, each round trip to the session server, each answer that leaves.
"""

from __future__ import annotations

import functools
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from app import limits
from app.gateway import Gateway
from app.settings import Settings
from app.sms import Texts
from integrations.aggregators.africastalking import AfricasTalking
from integrations.database.postgres import PostgresStore
from integrations.database.sqlite import SqliteStore
from integrations.http import OutboundHttp
from sessions.redis_store import RedisSessionStore
from tests.crash.points import Points

IDLE = ("ping", "claim", "keep_up", "overdue")
"""Transactions that a process at rest does too: only what they bring is a step."""


def be_gateway(settings: Settings, door: socket.socket, log: Path, orders: Path, steps: Path) -> None:
    _begin(log, Points("gateway", orders, steps))
    from app.main import serve

    serve(settings, door)


def be_worker(settings: Settings, log: Path, orders: Path, steps: Path) -> None:
    _begin(log, Points("worker", orders, steps))
    from app.worker import work

    work(settings)


def be_careless_worker(settings: Settings, log: Path, orders: Path, steps: Path) -> None:
    """One that ends its jobs before it does them, so that the matrix can be seen to notice."""
    from app.outbox import Worker

    inner = Worker._attempt

    async def careless(self: Worker, claimed: Any) -> Any:
        await self._outbox.finish(claimed, self._clock())
        return await inner(self, claimed)

    Worker._attempt = careless
    be_worker(settings, log, orders, steps)


def _begin(log: Path, points: Points) -> None:
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    _hurry()
    _instrument(points)


def _hurry() -> None:
    """Leases and pauses of a tenth: what is waited for is the same, a run lasts a second."""
    limits.job_lease_seconds = 1.5
    limits.job_backoff_seconds_max = 0.1
    limits.job_crowded_seconds = 0.05
    limits.sms_unknown_pauses_seconds = (0.1, 0.1, 0.1)
    limits.turn_lease_seconds = 0.4
    limits.turn_lease_renew_seconds = 0.1


def _instrument(points: Points) -> None:
    _around_async(points, OutboundHttp, "_exchange", lambda _, request: f"office {request.method}")
    _around_async(points, AfricasTalking, "send", lambda *_: "text")
    for name in ("begin", "commit", "abandon"):
        _around_async(points, RedisSessionStore, name, lambda *_, name=name: f"session {name}")
    _after_async(points, Gateway, "answer", "answer")
    _after_async(points, Texts, "take_in", "text taken in")
    _around_sqlite(points)
    _around_postgres(points)


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


def _after_async(points: Points, owner: type, name: str, step: str) -> None:
    inner: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @functools.wraps(inner)
    async def after(self: Any, *given: Any, **named: Any) -> Any:
        result = await inner(self, *given, **named)
        points.come_to(f"after {step}")
        return result

    setattr(owner, name, after)


def _around_sqlite(points: Points) -> None:
    inner = SqliteStore._commit

    def around(self: SqliteStore, connection: Any, works: list[Any]) -> list[Any]:
        names = [_name(work) for work in works]
        for name in names:
            _before(points, name)
        outcomes = inner(self, connection, works)
        for name, outcome in zip(names, outcomes, strict=True):
            _after(points, name, getattr(outcome, "value", outcome))
        return outcomes

    SqliteStore._commit = around


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
    """`DatabaseLedger.file`, whichever function inside it runs."""
    name: str = work.__qualname__
    return name.partition(".<locals>")[0]


def _before(points: Points, name: str) -> None:
    if not name.endswith(IDLE):
        points.come_to(f"before {name}")


def _after(points: Points, name: str, value: Any) -> None:
    if not name.endswith(IDLE) or (name.endswith("claim") and value):
        points.come_to(f"after {name}")
