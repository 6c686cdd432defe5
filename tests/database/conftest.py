"""Real databases for these tests: a fresh SQLite file or a fresh PostgreSQL database for each."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.keys import Key, Keyring
from app.messages import Filing, Job
from integrations.database import Database, migrate, open_database
from integrations.database.limits import calm_seconds_max
from tests.database.postgres import PostgresServer
from tests.made_once import forgetful, new_sqlite
from tests.work.agent import THABO, enrol
from tests.work.conftest import Bench

# Of databases that end with their test; those that are killed have a server of their own.
FORGETFUL = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off", "jit=off")
AT = datetime(2026, 11, 23, 9, 30, 0, 250, tzinfo=UTC)


class Numbers:
    """Random bytes that are the same in every run and never repeat."""

    def __init__(self) -> None:
        self._counter = itertools.count(1)

    def __call__(self, count: int) -> bytes:
        return hashlib.shake_256(str(next(self._counter)).encode()).digest(count)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def random_bytes() -> Callable[[int], bytes]:
    return Numbers()


@pytest.fixture
def keyring() -> Keyring:
    return Keyring((Key("test", b"k" * 32),), os.urandom)


@pytest.fixture(scope="session")
def postgres_admin() -> Iterator[str]:
    """The URL of a database from which others are made: the operator's own server, or one of ours."""
    given = os.environ.get("MOHALA_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    server = PostgresServer(FORGETFUL)
    try:
        yield server.url()
    finally:
        server.remove()


@pytest.fixture
def own_server() -> Iterator[Any]:
    """A server of this test's own, to be killed and misconfigured; its database `postgres` is migrated."""
    server = PostgresServer()
    try:
        migrate(server.url())
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_template(postgres_admin: str) -> Iterator[str]:
    """The name of a migrated database that others are copied from."""
    name = f"mohala_template_{os.getpid()}"
    asyncio.run(administer(postgres_admin, f"CREATE DATABASE {name}"))
    migrate(database_named(postgres_admin, name))
    yield name
    asyncio.run(administer(postgres_admin, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def empty_postgres(postgres_admin: str) -> Iterator[str]:
    name = f"mohala_{os.getpid()}_{next(_names)}"
    asyncio.run(administer(postgres_admin, f"CREATE DATABASE {name}"))
    yield database_named(postgres_admin, name)
    asyncio.run(administer(postgres_admin, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return new_sqlite(tmp_path / "ledger.db")


@pytest.fixture
def postgres_url(postgres_admin: str, postgres_template: str) -> Iterator[str]:
    name = f"mohala_{os.getpid()}_{next(_names)}"
    asyncio.run(administer(postgres_admin, f"CREATE DATABASE {name} TEMPLATE {postgres_template}"))
    yield database_named(postgres_admin, name)
    asyncio.run(administer(postgres_admin, f"DROP DATABASE {name} WITH (FORCE)"))


def pytest_itemcollected(item: pytest.Item) -> None:
    """Long rooms whose statements are tried on both by a part of their tests: the rest of PostgreSQL's is for hunts."""
    both = _ON_BOTH.get(item.path.stem)
    if both is not None and "[postgres" in item.name and not both.search(item.name):
        item.add_marker(pytest.mark.hunt)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database; every test that asks for it runs on both."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return forgetful(url) if request.param == "sqlite" else url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "postgres":
        return request.getfixturevalue("empty_postgres")
    return f"sqlite:///{tmp_path / 'made' / 'ledger.db'}"


@pytest.fixture
async def database(url: str, keyring: Keyring, random_bytes: Callable[[int], bytes]) -> AsyncIterator[Database]:
    database = await open_database(url, keyring, random_bytes, allow_unsafe=True, call_seconds=calm_seconds_max)
    yield database
    await database.close()


_names = itertools.count(1)
_AGENTS = re.compile("attack(?!_guessing)|at_once|takes_a_fee|statement|today|cap|midnight")
_ON_BOTH = {
    "test_agents": _AGENTS,
    "test_agents_attacked": _AGENTS,
    "test_agents_guessed": _AGENTS,
    "test_attesting": re.compile("attack(?!_a_list|_the_same)"),
    "test_agent_menu": re.compile("attack|written_down|again"),
    "test_mandates": re.compile("attack"),
    "test_reconciliation": re.compile("planted|at_once|again"),
    "test_wallet_door": re.compile("at_once|fifty_times|changed_amount|pages|guess|own_menu"),
    "test_watching": re.compile("calls_a_person_once|at_once|settling|call_back|denied"),
}


def database_named(admin: str, name: str) -> str:
    head, question, query = admin.partition("?")
    return f"{head[: head.rindex('/')]}/{name}{question}{query}"


async def administer(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


@pytest.fixture
def sql() -> Callable[[str, str], Any]:
    """Ask a PostgreSQL database something behind the ledger's back."""
    return administer


@pytest.fixture
def filing() -> Callable[..., Filing]:
    def make(number: int = 1, **changes: Any) -> Filing:
        values = {
            "id": f"session-{number}/step-7",
            "reference": f"REF{number:06}",
            "service": "birth-certificate",
            "msisdn": "+26658123456",
            "language": "st",
            "answers": {"child": "Palesa Mokoena", "born": "2026-02-03"},
            "at": AT,
            "version": "0123456789abcdef",
        }
        return Filing(**(values | changes))

    return make


@pytest.fixture
def job() -> Callable[..., Job]:
    def make(name: str = "a", due_at: datetime = AT, **payload: str) -> Job:
        return Job(f"job-{name}", "office", payload or {"request": "session-1/step-7"}, due_at)

    return make


@pytest.fixture
def filer() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start processes of `filer.py`; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        root = Path(__file__).parents[2]
        command = [sys.executable, str(Path(__file__).with_name("filer.py")), *arguments]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(root)}
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
async def thabo(bench: Bench) -> str:
    """The code of an agent at the module's own bench."""
    return await enrol(bench, THABO)
