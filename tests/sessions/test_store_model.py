"""Random orders of calls against both stores and a model that fits on a page."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from app.engine.state import State
from app.keys import Key, Keyring
from app.limits import turns_remembered_max
from app.messages import Reply, Session
from app.ports import (
    NO_REPLIES,
    InWork,
    Keeping,
    Lost,
    Opened,
    Repeated,
    Replies,
    SessionKey,
    SessionStore,
    Won,
)
from sessions.connection import CoalescingClient
from sessions.memory_store import MemorySessionStore
from sessions.redis_store import RedisSessionStore
from tests.sessions.telling import commit_dialled, commit_recalled

LEASE_SECONDS, SESSION_SECONDS, RESUME_SECONDS = 600.0, 6_000.0, 9_000.0

keys = st.sampled_from([SessionKey(b"mpho", b"one"), SessionKey(b"mpho", b"two"), SessionKey(b"thabo", b"one")])
turns = st.sampled_from([f"turn {number:2}".encode() for number in range(2 * turns_remembered_max)])
leases = st.sampled_from([b"first", b"second"])
steps = st.sampled_from([None, 0, 1, 2])


class Conversations(RuleBasedStateMachine):
    """`kept` is (the last replies by turn, session, end) by key, `held` is (token, end) by key, `fallen` is (dialogue,
    end) by caller, `opened` what the last begin said of replies, `recalled` what was committed last: that says all that
    can happen."""

    can_pass_time = False
    store: SessionStore

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.elapsed = 0.0
        self.kept: dict[SessionKey, tuple[dict[bytes, Reply], Session, float]] = {}
        self.held: dict[SessionKey, tuple[bytes, float]] = {}
        self.fallen: dict[bytes, tuple[bytes, float]] = {}
        self.opened: dict[SessionKey, tuple[Replies, dict[bytes, Reply]]] = {}
        self.recalled: dict[SessionKey, tuple[dict[bytes, Reply], Session]] = {}
        self.count = 0
        self.open_store()

    def open_store(self) -> None:
        raise NotImplementedError

    def pass_time(self, seconds: float) -> None:
        raise NotImplementedError

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()

    @rule(key=keys, turn=turns, lease=leases)
    def begin(self, key: SessionKey, turn: bytes, lease: bytes) -> None:
        begun = self.runner.run(self.store.begin(key, turn, lease, LEASE_SECONDS))
        kept = self.kept.get(key)
        if kept is not None and turn in kept[0]:
            assert begun == Repeated(kept[0][turn])
        elif key in self.held and self.held[key][0] != lease:
            assert begun == InWork()
        else:
            self.held[key] = (lease, self.elapsed + LEASE_SECONDS)
            fallen = self.fallen.get(key.caller)
            assert begun == (Opened(None, fallen and fallen[0]) if kept is None else Opened(kept[1]))
            assert isinstance(begun, Opened)
            self.opened[key] = (begun.replies, {} if kept is None else kept[0])

    @rule(
        key=keys, turn=turns, lease=leases, expected=steps, step=st.integers(0, 2), resumed=st.booleans(),
        forget=st.booleans(),
    )  # fmt: skip
    def commit(
        self, key: SessionKey, turn: bytes, lease: bytes, expected: int | None, step: int, resumed: bool, forget: bool
    ) -> None:
        self.count += 1
        reply = Reply(f"reply {self.count}", final=False)
        session = Session(State("lesotho", "1", "main", f"main/{self.count}", "st"), 0, b"", ended=False, hop=step)
        keeping = Keeping(SESSION_SECONDS, RESUME_SECONDS if resumed else 0.0, forget)
        told, remembered = self.opened.get(key, (NO_REPLIES, {}))
        outcome = self.runner.run(self.store.commit(key, turn, lease, expected, session, reply, keeping, told))
        self.give_back(key, lease)
        self.recalled.pop(key, None)
        kept = self.kept.get(key)
        if kept is not None and turn in kept[0]:
            assert outcome == Lost(kept[0][turn])
        elif expected != (None if kept is None else kept[1].hop):
            assert outcome == Lost(None)
        else:
            assert outcome == Won()
            self.keep(key, {**remembered, turn: reply}, session, keeping)

    @rule(key=keys, turn=turns, resumed=st.booleans(), forget=st.booleans())
    def commit_dialled(self, key: SessionKey, turn: bytes, resumed: bool, forget: bool) -> None:
        self.count += 1
        reply = Reply(f"reply {self.count}", final=False)
        session = Session(State("lesotho", "1", "main", f"main/{self.count}", "st"), 0, b"", ended=False, hop=0)
        keeping = Keeping(SESSION_SECONDS, RESUME_SECONDS if resumed else 0.0, forget)
        outcome = self.runner.run(commit_dialled(self.store, key, turn, session, reply, keeping, 1_000_000))
        self.recalled.pop(key, None)
        kept = self.kept.get(key)
        if kept is not None and turn in kept[0]:
            assert outcome == Lost(kept[0][turn])
        elif kept is not None or key in self.held:
            assert outcome == InWork()
        elif key.caller in self.fallen:
            assert outcome == Lost(None)
        else:
            assert outcome == Won()
            self.keep(key, {turn: reply}, session, keeping)

    @rule(key=keys, turn=turns, resumed=st.booleans(), ends=st.booleans())
    def commit_recalled(self, key: SessionKey, turn: bytes, resumed: bool, ends: bool) -> None:
        known, told = self.recalled.get(key), self.store.recall(key, turn)
        if known is None or turn in known[0]:
            assert told is None
            return
        assert told is not None and (told.session, list(told.replies.values())) == (known[1], list(known[0].values()))
        self.count += 1
        reply = Reply(f"reply {self.count}", final=ends)
        state = State("lesotho", "1", "main", f"main/{self.count}", "st")
        session = Session(state, 0, b"", ended=ends, hop=told.session.hop + 1)
        keeping = Keeping(SESSION_SECONDS, RESUME_SECONDS if resumed else 0.0)
        outcome = self.runner.run(commit_recalled(self.store, key, turn, told, session, reply, keeping))
        del self.recalled[key]
        if key in self.held:
            assert outcome == InWork()
        elif key not in self.kept:
            assert outcome == Lost(None)
        else:
            assert outcome == Won()
            self.keep(key, {**known[0], turn: reply}, session, keeping)

    def keep(self, key: SessionKey, replies: dict[bytes, Reply], session: Session, keeping: Keeping) -> None:
        remembered = dict(list(replies.items())[-turns_remembered_max:])
        self.kept[key] = (remembered, session, self.elapsed + max(keeping.seconds, keeping.resume_seconds))
        if not session.ended:
            self.recalled[key] = (remembered, session)
        if keeping.resume_seconds:
            self.fallen[key.caller] = (key.session, self.elapsed + RESUME_SECONDS)
        elif keeping.forget or self.fallen.get(key.caller, (b"", 0))[0] == key.session:
            self.fallen.pop(key.caller, None)

    @rule(key=keys)
    def load(self, key: SessionKey) -> None:
        kept = self.kept.get(key)
        assert self.runner.run(self.store.load(key)) == (None if kept is None else kept[1])

    @rule(key=keys, lease=leases)
    def abandon(self, key: SessionKey, lease: bytes) -> None:
        self.runner.run(self.store.abandon(key, lease))
        self.give_back(key, lease)

    @precondition(lambda self: self.can_pass_time)
    @rule(seconds=st.sampled_from([LEASE_SECONDS / 2, LEASE_SECONDS, SESSION_SECONDS / 2]))
    def wait(self, seconds: float) -> None:
        self.elapsed += seconds
        self.pass_time(seconds)
        self.held = {key: held for key, held in self.held.items() if held[1] > self.elapsed}
        self.kept = {key: kept for key, kept in self.kept.items() if kept[2] > self.elapsed}
        self.fallen = {caller: fallen for caller, fallen in self.fallen.items() if fallen[1] > self.elapsed}

    def give_back(self, key: SessionKey, lease: bytes) -> None:
        if key in self.held and self.held[key][0] == lease:
            del self.held[key]


def machine_on_memory() -> type[Conversations]:
    class OnMemory(Conversations):
        can_pass_time = True

        def open_store(self) -> None:
            self.now = datetime(2026, 11, 23, tzinfo=UTC)
            self.store = MemorySessionStore(keyring(), lambda: self.now)

        def pass_time(self, seconds: float) -> None:
            self.now += timedelta(seconds=seconds)

    return OnMemory


def machine_on_redis(url: str) -> type[Conversations]:
    class OnRedis(Conversations):
        def open_store(self) -> None:
            client = CoalescingClient(url, deadline_seconds=10, connections=1)
            self.runner.run(client.call("FLUSHALL"))
            self.store = RedisSessionStore(client, keyring())

    return OnRedis


def keyring() -> Keyring:
    return Keyring((Key("first", b"\x01" * 32),), random.Random(7).randbytes)


@pytest.mark.parametrize("twin", ["memory", "redis"])
def test_any_order_of_calls_gives_what_the_model_says(twin, valkey):
    machine = machine_on_memory() if twin == "memory" else machine_on_redis(valkey.url)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=True)
    )
