"""The server killed, stopped and cut off in the middle of things: calls end in time and answers find their callers."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.errors import StoreUnavailable
from app.messages import Reply
from app.ports import Keeping, Lost, Opened, Repeated, SessionKey, Won
from sessions.connection import CoalescingClient
from sessions.redis_store import RedisSessionStore

pytestmark = pytest.mark.anyio

MPHO = SessionKey(b"mpho" * 4, b"dia1" * 4)
KEPT = Keeping(300)
DIAL, CHOICE = b"dial" * 4, b"choi" * 4
OURS = b"our lease"
WELCOME = Reply("Lumela Mpho", final=False)
CHOSEN = Reply("Kgetha puo", final=False)
DEADLINE_SECONDS = 0.25
LANES = 2
BUSY_MACHINE_SECONDS = 1.0  # what a machine that does other things may add


@pytest.fixture
async def frail_client(frail_valkey):
    client = CoalescingClient(frail_valkey.url, deadline_seconds=DEADLINE_SECONDS)
    yield client
    await client.close()


@pytest.fixture
def frail_store(frail_client, keyring):
    return RedisSessionStore(frail_client, keyring)


@contextmanager
def standing_still(process_id: int) -> Iterator[None]:
    os.kill(process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process_id, signal.SIGCONT)


async def answered(client: CoalescingClient, text: str) -> None:
    """Ask until the server is back; every answer that comes must be the right one."""
    deadline = time.monotonic() + 10
    while True:
        try:
            assert await client.call("ECHO", text) == text.encode()
        except StoreUnavailable:
            assert time.monotonic() < deadline, "the server did not come back"
            await asyncio.sleep(0.02)
        else:
            return


async def test_a_server_killed_between_begin_and_commit_keeps_what_was_committed(
    frail_valkey, frail_store, frail_client, make_session
):
    await frail_store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    await frail_client.call("CONFIG", "SET", "appendfsync", "always")
    assert await frail_store.begin(MPHO, CHOICE, OURS, 30) == Opened(make_session(0))

    os.kill(frail_valkey.process_id, signal.SIGKILL)
    frail_valkey.start(within_seconds=30)
    await answered(frail_client, "back")

    assert await frail_store.commit(MPHO, CHOICE, OURS, 0, make_session(1), CHOSEN, KEPT) == Won()
    assert await frail_store.begin(MPHO, CHOICE, b"another", 30) == Repeated(CHOSEN)


async def test_a_lease_taken_before_the_kill_is_still_ours(frail_valkey, frail_store, frail_client):
    await frail_store.begin(MPHO, DIAL, OURS, 300)
    await frail_client.call("CONFIG", "SET", "appendfsync", "always")
    os.kill(frail_valkey.process_id, signal.SIGKILL)
    frail_valkey.start(within_seconds=30)
    await answered(frail_client, "back")
    assert await frail_store.begin(MPHO, DIAL, OURS, 300) == Opened(None)


async def test_a_half_written_tail_of_the_file_costs_only_what_it_held(
    frail_valkey, frail_store, frail_client, make_session
):
    await frail_store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    await frail_client.call("CONFIG", "SET", "appendfsync", "always")
    os.kill(frail_valkey.process_id, signal.SIGKILL)
    frail_valkey.stop()
    (appended,) = frail_valkey.log_file.parent.glob("appendonlydir/*.incr.aof")
    with appended.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$100\r\nwritt")
    frail_valkey.start(within_seconds=30)
    await answered(frail_client, "back")
    assert await frail_store.begin(MPHO, DIAL, OURS, 30) == Repeated(WELCOME)


async def test_a_call_to_a_dead_server_fails_at_once_and_the_next_one_after_its_return_works(
    frail_valkey, frail_store, make_session
):
    await frail_store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    frail_valkey.stop()
    began = time.monotonic()
    for _ in range(20):
        with pytest.raises(StoreUnavailable):
            await frail_store.begin(MPHO, DIAL, OURS, 30)
    assert time.monotonic() - began < BUSY_MACHINE_SECONDS
    frail_valkey.start(within_seconds=30)
    assert await frail_store.begin(MPHO, DIAL, OURS, 30) == Repeated(WELCOME)


async def test_calls_to_a_server_that_stands_still_end_within_their_deadline(frail_valkey, frail_client):
    await frail_client.call("PING")
    with standing_still(frail_valkey.process_id):
        for _ in range(3):  # on the open connection, and on those that cannot be greeted
            began = time.monotonic()
            answers = await asyncio.gather(*(frail_client.call("PING") for _ in range(50)), return_exceptions=True)
            assert all(isinstance(answer, StoreUnavailable) for answer in answers)
            assert time.monotonic() - began < 2 * DEADLINE_SECONDS + BUSY_MACHINE_SECONDS
    await answered(frail_client, "awake")


async def test_only_the_first_calls_wait_for_a_server_that_stands_still(frail_valkey, frail_client):
    """Else every citizen would wait a deadline for each hop, and a crowd come of that."""
    await frail_client.call("PING")
    with standing_still(frail_valkey.process_id):
        for _ in range(2 * LANES):  # on each open connection, and on the next one, which cannot be greeted
            with pytest.raises(StoreUnavailable):
                await frail_client.call("PING")
        began = time.monotonic()
        for _ in range(20):
            with pytest.raises(StoreUnavailable):
                await frail_client.call("PING")
        assert time.monotonic() - began < BUSY_MACHINE_SECONDS
    for number in range(2 * LANES):
        await answered(frail_client, f"awake {number}")


async def test_late_answers_find_nobody(frail_valkey, frail_client):
    await frail_client.call("PING")
    for round_number in range(4):
        with standing_still(frail_valkey.process_id):
            late = [frail_client.call("ECHO", f"late {round_number} {number}") for number in range(50)]
            answers = await asyncio.gather(*late, return_exceptions=True)
            assert all(isinstance(answer, StoreUnavailable) for answer in answers)
        for number in range(20):
            await answered(frail_client, f"fresh {round_number} {number}")


async def test_answers_that_come_just_within_the_deadline_are_good(frail_valkey, keyring):
    client = CoalescingClient(frail_valkey.url, deadline_seconds=20, connections=1)
    await client.call("PING")
    with standing_still(frail_valkey.process_id):
        waiting = [asyncio.create_task(client.call("ECHO", str(number))) for number in range(20)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        waiting[3].cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [answer for number, answer in enumerate(answers) if number != 3] == [
        b"%d" % number for number in range(20) if number != 3
    ]
    await client.close()


async def test_a_commit_that_was_applied_but_not_answered_is_found_applied_when_sent_again(
    frail_valkey, frail_store, frail_client, make_session
):
    await frail_store.begin(MPHO, DIAL, OURS, 300)
    with standing_still(frail_valkey.process_id), pytest.raises(StoreUnavailable):
        await frail_store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    await answered(frail_client, "awake")
    again = await frail_store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    assert again in (Won(), Lost(WELCOME))
    assert await frail_store.begin(MPHO, DIAL, b"another", 30) == Repeated(WELCOME)


async def test_a_ping_of_a_server_that_stands_still_fails(frail_valkey, frail_store):
    await frail_store.ping()
    with standing_still(frail_valkey.process_id), pytest.raises(StoreUnavailable):
        await frail_store.ping()


async def test_a_connection_that_the_server_closes_is_opened_again(frail_valkey, frail_client):
    await frail_client.call("PING")
    admin = CoalescingClient(frail_valkey.url, deadline_seconds=10, connections=1)
    await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await answered(frail_client, "again")
    await admin.close()


async def test_callers_in_the_middle_of_a_kill_get_their_own_answer_or_an_error(frail_valkey, frail_client):
    wrong: list[bytes] = []
    failed = 0
    is_back = False

    async def citizen(number: int) -> None:
        nonlocal failed
        turn = 0
        while not is_back:
            turn += 1
            text = b"%d %d" % (number, turn)
            try:
                if (answer := await frail_client.call("ECHO", text)) != text:
                    wrong.append(answer)
            except StoreUnavailable:
                failed += 1
                await asyncio.sleep(0.01)

    citizens = [asyncio.create_task(citizen(number)) for number in range(20)]
    await asyncio.sleep(0.05)
    os.kill(frail_valkey.process_id, signal.SIGKILL)
    await asyncio.to_thread(frail_valkey.start, 30)
    await answered(frail_client, "back")
    is_back = True
    await asyncio.gather(*citizens)
    assert wrong == [] and failed > 0
