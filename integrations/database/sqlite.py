"""A ledger in one SQLite file: one writer that groups waiting writes, a few readers, checkpoints of our own."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from app.errors import StoreUnavailable
from integrations.database import limits
from integrations.database.address import SqliteAddress
from integrations.database.glance import Glance
from integrations.database.limits import LogLimits
from integrations.database.sqlite_lock import WriterLock
from integrations.database.store import T, Work, tell

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Done:
    value: Any


_Outcome = _Done | Exception


@dataclass(frozen=True, slots=True)
class _Waiting:
    work: Work[Any]
    answer: asyncio.Future[Any]


class SqliteStore:
    """Keeps I1: a write is answered after its commit was synced, unless the address waives that. Make it inside a
    running event loop.
    """

    def __init__(
        self,
        address: SqliteAddress,
        log: LogLimits,
        call_seconds: float = limits.call_seconds_max,
        *,
        in_place: bool = False,
    ) -> None:
        path = address.path
        self._lock = WriterLock(path)
        self._log = log
        self._call_seconds = None if in_place else call_seconds  # the clock stands still
        self._log_path = path.with_name(f"{path.name}-wal")
        self._engine = make_engine(address, "rw", size=1)
        self._readers = make_engine(address, "rw", size=limits.readers_max, query_only=True)
        self._glance = Glance(lambda: connect(address, "rw", query_only=True, busy_milliseconds=0))
        self._writer_thread = None if in_place else ThreadPoolExecutor(1, "ledger-writer")
        self._reader_threads = None if in_place else ThreadPoolExecutor(limits.readers_max, "ledger-reader")
        self._writing: Connection | None = None
        self._at_rest: list[Connection] = []
        self._reading = 0
        self._commits = 0
        self._log_left = 0
        self._closed = False
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(limits.calls_waiting_max)
        self._writer = asyncio.create_task(self._write_groups(), name="ledger-writer")

    def glance(self, query: str, *keys: bytes) -> Sequence[Any] | None:
        return self._glance.row(query, *keys)

    async def read(self, work: Work[T]) -> T:
        if self._closed or self._reading >= limits.calls_waiting_max:
            raise _overloaded()
        self._reading += 1
        try:
            async with asyncio.timeout(self._call_seconds):
                outcome = await _done_by(self._reader_threads, self._read, work)
        except TimeoutError:
            outcome = _late()
        finally:
            self._reading -= 1
        value: T = _unpack(outcome)
        return value

    async def write(self, work: Work[T]) -> T:
        if self._closed or self._queue.full():
            raise _overloaded()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Waiting(work, answer))
        outcome: _Outcome
        try:
            async with asyncio.timeout(self._call_seconds):
                outcome = await answer
        except TimeoutError:
            outcome = _late()
        value: T = _unpack(outcome)
        return value

    async def close(self) -> None:
        """Let waiting writes through, then close under the lock: the last one to leave makes SQLite checkpoint."""
        if self._closed:
            return
        self._closed = True
        self._glance.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limits.call_seconds_max):
                await self._queue.join()
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limits.call_seconds_max):
                await _done_by(self._writer_thread, self._dispose)
        for threads in (self._writer_thread, self._reader_threads):
            if threads is not None:
                threads.shutdown(wait=False)

    def _dispose(self) -> None:
        held = self._lock.try_acquire()
        with contextlib.suppress(IndexError):
            while True:  # one by one, as reads that are late take them: none is closed under a read
                self._at_rest.pop().close()
        if self._writing is not None:
            self._writing.close()
        self._readers.dispose()
        self._engine.dispose()
        if held:
            self._lock.release()
        self._lock.close()

    def _read(self, work: Work[Any]) -> _Outcome:
        """On a connection that stays out of its pool: to take one out for each read costs as much as half a read."""
        try:
            connection = self._readers_own()
            try:
                done = _Done(work(connection))
            except BaseException:
                connection.close()
                raise
        except Exception as error:
            return _told(error)
        if self._closed:
            connection.close()
        else:
            self._at_rest.append(connection)
        return done

    def _readers_own(self) -> Connection:
        try:
            return self._at_rest.pop()
        except IndexError:
            return self._readers.connect()

    async def _write_groups(self) -> None:
        while True:
            group = [await self._queue.get()]
            while len(group) < limits.group_writes_max and not self._queue.empty():
                group.append(self._queue.get_nowait())
            # A caller that has gone before its turn came is told nothing, so nothing is done for it.
            wanted = [waiting for waiting in group if not waiting.answer.done()]
            outcomes = await self._write_locked([waiting.work for waiting in wanted])
            for waiting, outcome in zip(wanted, outcomes, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(outcome)
            for _ in group:
                self._queue.task_done()

    async def _write_locked(self, works: list[Work[Any]]) -> list[_Outcome]:
        try:
            await self._lock.acquire(limits.statement_seconds_max)
        except (StoreUnavailable, OSError) as error:
            return [tell(error)] * len(works)
        return await _done_by(self._writer_thread, self._write_and_release, works)

    def _write_and_release(self, works: list[Work[Any]]) -> list[_Outcome]:
        """The thread itself lets go: it may still be at work when the task that waits for it is cancelled."""
        try:
            return self._write_group(works)
        finally:
            self._lock.release()

    def _write_group(self, works: list[Work[Any]]) -> list[_Outcome]:
        try:
            if self._log_bytes() > self._log.refuse_bytes:
                self._checkpoint(self._writers())
                self._refuse_if_full()
            outcomes = self._commit(self._writers(), works)
        except Exception as error:
            return [tell(error)] * len(works)
        self._checkpoint_if_due()
        return outcomes

    def _writers(self) -> Connection:
        """The one connection that writes, as long as no failure has made it doubtful."""
        if self._writing is None:
            self._writing = self._engine.connect()
        return self._writing

    def _commit(self, connection: Connection, works: list[Work[Any]]) -> list[_Outcome]:
        """Begins and ends by the driver itself, which takes a twentieth of SQLAlchemy's time for it."""
        try:
            driver = _driver(connection)
            driver.execute("BEGIN IMMEDIATE")
            if len(works) == 1:  # its failure undoes the transaction, so it needs no savepoint
                outcomes = [_try(connection, works[0])]
                driver.execute("COMMIT" if isinstance(outcomes[0], _Done) else "ROLLBACK")
            else:
                outcomes = [_attempt(connection, driver, work) for work in works]
                driver.execute("COMMIT")
        except BaseException:
            self._writing = None
            connection.invalidate()  # closing rolls back, whatever state the failure left
            connection.close()
            raise
        self._commits += 1
        return outcomes

    def _log_bytes(self) -> int:
        try:
            return self._log_path.stat().st_size
        except FileNotFoundError:
            return 0

    def _refuse_if_full(self) -> None:
        if self._log_bytes() > self._log.refuse_bytes:
            raise StoreUnavailable("The ledger's write-ahead log cannot be emptied; look for a program that reads it.")

    def _checkpoint_if_due(self) -> None:
        if self._commits < self._log.commits_max and self._log_bytes() <= self._log_left + self._log.truncate_bytes:
            return
        # What was written is durable in the log already: when this fails, a later commit tries again.
        with contextlib.suppress(SQLAlchemyError):
            self._checkpoint(self._writers())

    def _checkpoint(self, connection: Connection) -> None:
        """Both modes hold SQLite's write lock, so that no program's commit can start the log over meanwhile."""
        mode = "TRUNCATE" if self._log_bytes() > self._log.truncate_bytes else "RESTART"
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")  # for a reader; ours are through in milliseconds
        try:
            connection.exec_driver_sql(f"PRAGMA wal_checkpoint({mode})")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {_busy_milliseconds()}")
            self._commits = 0
            self._log_left = self._log_bytes() if mode == "TRUNCATE" else 0


_DRIVER = ModuleType("sqlite3")
"""Python's own, but bytes are bound as an array: it looks for an adapter of them each time, but for none of arrays."""
_DRIVER.__dict__.update({**vars(sqlite3), "Binary": bytearray})
sqlite3.register_adapter(bytes, bytes)  # else it looks in three places, and makes an error of it


def connect(
    address: SqliteAddress, mode: str, *, query_only: bool, busy_milliseconds: int | None = None
) -> sqlite3.Connection:
    """A connection in autocommit that waits so long for SQLite's locks; by default as long as a statement may last."""
    connection = sqlite3.connect(
        f"file:{quote(str(address.path))}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
    )
    # Never an automatic checkpoint: SQLite before 3.51.3 can lose pages when a checkpoint meets a write of another
    # connection (https://sqlite.org/wal.html#walresetbug). fullfsync: macOS does not reach the disk without it.
    for pragma in (
        f"busy_timeout = {_busy_milliseconds() if busy_milliseconds is None else busy_milliseconds}",
        f"synchronous = {'FULL' if address.synced else 'OFF'}",
        "wal_autocheckpoint = 0",
        "foreign_keys = ON",
        "fullfsync = ON",
        "checkpoint_fullfsync = ON",
        f"query_only = {'ON' if query_only else 'OFF'}",
        f"cache_size = -{limits.cache_kilobytes if query_only else limits.writer_cache_kilobytes}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def make_engine(address: SqliteAddress, mode: str, *, size: int, query_only: bool = False) -> Engine:
    """An engine of at most `size` connections in autocommit: transactions are begun and ended by hand.

    `mode` is SQLite's: `rw` for a file that must be there, `rwc` to make it.
    """

    return create_engine(
        "sqlite://",
        module=_DRIVER,
        creator=lambda: connect(address, mode, query_only=query_only),
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=limits.statement_seconds_max,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        hide_parameters=True,
    )


async def _done_by(threads: Executor | None, call: Callable[..., R], *given: Any) -> R:
    """What a call gives, out of a thread. Without threads the event loop stands still for it, after a round for all
    that is ready: cheaper than to change threads twice, where the clock stands still meanwhile.
    """
    if threads is None:
        await asyncio.sleep(0)
        return call(*given)
    return await asyncio.get_running_loop().run_in_executor(threads, call, *given)


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _try(connection: Connection, work: Work[Any]) -> _Outcome:
    try:
        return _Done(work(connection))
    except Exception as error:
        return _told(error)


def _told(error: Exception) -> Exception:
    """Whoever kept the error would keep the cursor that its frames hold, and with it a snapshot that later statements
    of the connection would see and no checkpoint could pass.
    """
    traceback.clear_frames(error.__traceback__)
    return tell(error)


def _attempt(connection: Connection, driver: sqlite3.Connection, work: Work[Any]) -> _Outcome:
    """One write of a group: its failure undoes itself only."""
    driver.execute("SAVEPOINT one")
    outcome = _try(connection, work)
    if not isinstance(outcome, _Done):
        driver.execute("ROLLBACK TO one")
    driver.execute("RELEASE one")
    return outcome


def _unpack(outcome: _Outcome) -> Any:
    if isinstance(outcome, _Done):
        return outcome.value
    raise outcome


def _busy_milliseconds() -> int:
    return int(limits.statement_seconds_max * 1000)


def _late() -> StoreUnavailable:
    return StoreUnavailable("The ledger's database did not answer in time; look at the load of its disk.")


def _overloaded() -> StoreUnavailable:
    return StoreUnavailable("Too many calls wait for the ledger's database, or it was closed.")
