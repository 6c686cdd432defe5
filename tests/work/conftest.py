"""The order of things on a real SQLite ledger, with a clock that stands still and offices that do as they are told."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.agents import Agents
from app.billing import Billing
from app.crowd import Crowd
from app.doorstep import Doorstep
from app.editions import Edition, Editions
from app.errors import ServiceFailed
from app.falls import Falls
from app.gateway import Gateway
from app.hearing import Hearing
from app.keys import Key, Keyring
from app.measures import Measures
from app.messages import Answered, Ending, OutgoingSms, Pending, Refused, Reply, UssdEnded, UssdEvent
from app.openings import OpeningLog
from app.outbox import Worker
from app.pack import Pack
from app.payments import Bill, Payment
from app.ports import Deadlines, SessionStore
from app.rooms import Given, build_rooms
from app.schedules import Schedules
from app.sending import Budget
from app.settings import Settings
from app.sms import Texts
from app.wallets import LOOK
from integrations.database import Database, open_database
from integrations.database.limits import calm_seconds_max
from sessions.embedded import EmbeddedValkey
from sessions.memory_store import MemorySessionStore
from tests.made_once import compiled, forgetful, new_sqlite

OfficeAnswer = Answered | Refused | Pending | ServiceFailed


@dataclass(slots=True)
class Time:
    """A clock that moves only when told."""

    now: datetime = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


async def _nothing(operation: str) -> None:
    return None


@dataclass
class Desk:
    """An office that answers as the test says and keeps what it was asked: operation, arguments, key.

    `before` happens each time, before an operation is answered. `looks` are for who asks only what became of a payment;
    without one they hear what whoever asks for it would.
    """

    answers: dict[str, OfficeAnswer] = field(default_factory=dict)
    looks: dict[str, OfficeAnswer] = field(default_factory=dict)
    before: Callable[[str], Awaitable[None]] = _nothing
    asked: list[tuple[str, Mapping[str, str], str]] = field(default_factory=list)

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending:
        await self.before(operation)
        self.asked.append((operation, arguments, key))
        answers = {**self.answers, **self.looks} if LOOK in arguments else self.answers
        answer = answers.get(operation, Answered({}))
        if isinstance(answer, ServiceFailed):
            raise answer
        return answer

    async def close(self) -> None:
        return None


@dataclass(slots=True)
class Mast:
    """The sending half of an aggregator: keeps what it was handed, or fails as the test says."""

    name: str = "africastalking"
    fails: ServiceFailed | None = None
    sent: list[OutgoingSms] = field(default_factory=list)

    async def send(self, sms: OutgoingSms) -> str:
        if self.fails:
            raise self.fails
        self.sent.append(sms)
        return f"message-{len(self.sent)}"


@dataclass(slots=True)
class Notices:
    """The wallets' callbacks: keeps what each was told."""

    told: list[tuple[str, Payment]] = field(default_factory=list)

    async def put(self, url: str, payment: Payment, bill: Bill) -> None:
        self.told.append((url, payment))

    async def close(self) -> None:
        return None


class Lots:
    """Chance as a test wants it: nobody is drawn until `next` is small."""

    def __init__(self) -> None:
        self.next = 0.999

    def __call__(self) -> float:
        return self.next


class Line:
    """The gateway's way to its session server; a test may lead it `to` another."""

    def __init__(self, to: Any) -> None:
        self.to = to

    def __getattr__(self, name: str) -> Any:
        return getattr(self.to, name)


@dataclass(slots=True)
class Bench:
    """Everything of one gateway and one worker."""

    pack: Pack
    editions: Editions
    time: Time
    desk: Desk
    mast: Mast
    database: Database
    store: SessionStore
    line: Line
    openings: OpeningLog
    falls: Falls
    doorstep: Doorstep
    hearing: Hearing
    gateway: Gateway
    texts: Texts
    worker: Worker
    measures: Measures
    crowd: Crowd
    keyring: Keyring
    billing: Billing
    notices: Notices
    agents: Agents
    lots: Lots

    def event(self, text: str, session: str = "s1", **other: str) -> UssdEvent:
        """`other` are fields that are not Mpho's at her usual code."""
        usual = {
            "aggregator": "africastalking",
            "msisdn": "+26650123456",
            "service_code": "*384*26600#",
            "network": "65101",
        }
        return UssdEvent(session_id=session, transcript=text, **{**usual, **other})

    async def hop(self, text: str, session: str = "s1", **other: str) -> Reply:
        return await self.gateway.answer(self.event(text, session, **other), Deadlines())

    async def dial(self, *typed: str, session: str = "s1", **other: str) -> Reply:
        """A whole dialogue, hop by hop, as the aggregator posts it."""
        reply = await self.hop("", session, **other)
        for count in range(1, len(typed) + 1):
            reply = await self.hop("*".join(typed[:count]), session, **other)
        return reply

    async def drop(self, session: str = "s1", ending: Ending = Ending.DROPPED, **other: str) -> None:
        """The aggregator says that the line fell."""
        event = self.event("", session, **other)
        ended = UssdEnded(event.aggregator, event.session_id, event.msisdn, event.service_code, ending)
        await self.gateway.ended(ended)

    def forget_openings(self) -> None:
        """Another process goes on, which knows of dialogues what the database does."""
        openings = OpeningLog(self.database.openings, self.time)
        self.openings = self.doorstep._openings = self.hearing._openings = self.falls._openings = openings

    def use(self, editions: Editions) -> None:
        """From now on, everywhere; `editions` of the bench stay what they were."""
        for part in (
            self.doorstep,
            self.hearing,
            self.falls,
            self.texts,
            self.worker._requests,
            self.worker._handlers.surveys,
            self.worker._handlers.warnings,
            self.worker._pushing,
        ):
            part._editions = editions

    async def work(self, rounds: int = 10) -> list[str]:
        """Let the worker do what is due now, follow-ups included; returns the kinds of job done."""
        kinds = []
        for _ in range(rounds):
            for claimed in await self.database.outbox.claim("test", self.time(), 60.0, 20):
                kinds.append(claimed.job.kind)
                await self.worker.do(claimed)
        return kinds


class Numbers:
    """Bytes that are the same in every run and never repeat."""

    def __init__(self) -> None:
        self._count = itertools.count(1)

    def __call__(self, size: int) -> bytes:
        return hashlib.shake_256(str(next(self._count)).encode()).digest(size)


USUAL: Mapping[str, OfficeAnswer] = {
    "meter": Answered({"holder": "T. M."}),
    "register-birth": Answered({"application": "CR-1"}),
    "request-payment": Answered({"payment": "MP1"}),
    "vend": Answered({"token": "1" * 20, "kwh": "27.3"}),
    "sold": Refused("unknown"),
}
"""What the desk of a new bench answers, by operation."""


@pytest.fixture
async def bench(lesotho: Pack, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(lesotho, tmp_path) as bench:
        yield bench


@pytest.fixture
def settings(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of an operator on the bench's machine."""
    (tmp_path / "keys").write_text(f"k1:{base64.b64encode(bytes(32)).decode()}\n", "ascii")
    monkeypatch.setenv("MOHALA_HOME", str(tmp_path))
    return Settings.load()


@asynccontextmanager
async def open_bench(lesotho: Pack, tmp_path: Path, url: str = "") -> AsyncIterator[Bench]:
    """On a new SQLite file, or on a database that is migrated already."""
    numbers, time = Numbers(), Time()
    keyring = Keyring((Key("k1", bytes(32)),), numbers)
    url = url or forgetful(new_sqlite(tmp_path / "mohala.db"))
    database = await open_database(url, keyring, numbers, allow_unsafe=True, call_seconds=calm_seconds_max)
    desk, mast = Desk(dict(USUAL)), Mast()
    offices = dict.fromkeys(lesotho.catalogue.offices, desk)

    async def prepare(version: str, sources: Mapping[str, str]) -> Edition:
        return Edition(compiled(sources), offices)

    editions = Editions(Edition(lesotho, offices), database.archive, prepare, time.seconds)
    lots, notices, line = Lots(), Notices(), Line(store := MemorySessionStore(keyring, time))
    rooms = build_rooms(
        Given(
            editions=editions,
            shelves=database,
            outbox=database.outbox,
            store=line,
            aggregators={mast.name: mast},
            budget=Budget(1_000),
            keyring=keyring,
            measures=Measures(),
            crowd=Crowd(time.seconds),
            clock=time,
            monotonic=time.seconds,
            random_for=lambda use: numbers,
            lots=lots,
            call_back_one_in=0,
            points=lambda edition: None,
        )
    )
    worker = rooms.worker("w1", Schedules((), database.outbox, time), notices, lambda: 0.0, 0.25)
    yield Bench(
        lesotho, editions, time, desk, mast, database, store, line, rooms.openings, rooms.falls, rooms.doorstep,
        rooms.hearing, rooms.gateway, rooms.texts, worker, rooms.given.measures, rooms.given.crowd, keyring,
        rooms.billing, notices, rooms.agents, lots,
    )  # fmt: skip
    await database.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start(within_seconds=30)
    yield server
    server.stop()
