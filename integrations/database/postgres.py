"""A ledger in PostgreSQL: a bounded pool, and a deadline on everything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.errors import StoreUnavailable
from integrations.database import limits
from integrations.database.store import T, Work, tell

GAVE_WAY = ("40001", "40P01")
"""Serialization failures and deadlocks: nothing of such a transaction is left, and the other one went on
(https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html).
"""


class PostgresStore:
    """Recovers by itself: a connection that was lost is replaced when it is next asked for."""

    def __init__(self, url: URL, call_seconds: float = limits.call_seconds_max) -> None:
        # Where no citizen waits, neither does one statement have to end as soon.
        self._engine = make_engine(url, max(limits.statement_seconds_max, call_seconds * limits.statement_share))
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._call_seconds = call_seconds

    def glance(self, query: str, *keys: bytes) -> None:
        """Nothing of a server's is at hand."""

    async def read(self, work: Work[T]) -> T:
        async def transact() -> T:
            async with self._autocommit.connect() as connection:
                return await connection.run_sync(work)

        return await self._within_deadline(transact)

    async def write(self, work: Work[T]) -> T:
        """Done once, though `work` may run more often: of two that wait for each other the server undoes one."""

        async def transact() -> T:
            for _ in range(limits.gave_way_max):
                try:
                    return await self._transact(work)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", "") not in GAVE_WAY:
                        raise
            return await self._transact(work)

        return await self._within_deadline(transact)

    async def _transact(self, work: Work[T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._running:
            await asyncio.wait(self._running, timeout=limits.call_seconds_max)
        disposing = self._start(self._engine.dispose())
        await asyncio.wait({disposing}, timeout=limits.connect_seconds_max)

    async def _within_deadline(self, transact: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The work is a task of its own: taking a broken connection apart may last longer than a caller can wait."""
        if self._closed or len(self._running) >= limits.calls_waiting_max:
            raise StoreUnavailable("Too many calls wait for the ledger's database, or it was closed.")
        task = self._start(transact())
        await asyncio.wait({task}, timeout=self._call_seconds)
        if not task.done():
            task.cancel()
            raise StoreUnavailable("The ledger's database did not answer in time; look at its load and the network.")
        failure = task.exception()
        if failure is None:
            return task.result()
        assert isinstance(failure, Exception), "the work of a transaction was stopped from outside"
        raise tell(failure)

    def _start(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(coroutine)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """Look at the exception, or asyncio would log the driver's text, which may carry a row."""
        self._running.discard(task)
        if not task.cancelled():
            task.exception()


def make_engine(url: URL, statement_seconds: float, *, pooled: bool = True) -> AsyncEngine:
    """The server itself ends statements and forgotten transactions too: a dead gateway leaves no lock behind."""
    milliseconds = str(int(statement_seconds * 1000))
    pool: dict[str, Any] = {
        "pool_size": limits.connections_max,
        "max_overflow": 0,
        "pool_timeout": limits.connect_seconds_max,
        "pool_use_lifo": True,
    }
    engine = create_async_engine(
        url,
        hide_parameters=True,
        connect_args={
            "timeout": limits.connect_seconds_max,
            "command_timeout": statement_seconds,
            "server_settings": {
                "application_name": "mohala",
                "statement_timeout": milliseconds,
                "lock_timeout": milliseconds,
                "idle_in_transaction_session_timeout": milliseconds,
            },
        },
        **(pool if pooled else {"poolclass": NullPool}),
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """A look at the socket in place of a round trip: after a restart of the server no call is wasted."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError
