"""What the Redis store promises beyond the contract: nothing in clear, and nothing lost that the server can keep."""

from __future__ import annotations

import asyncio
import random

import hiredis
import msgspec
import pytest

from app import limits
from app.errors import StoreUnavailable
from app.keys import Key, Keyring
from app.messages import Reply
from app.ports import InWork, Keeping, Lost, Opened, Recalled, Repeated, SessionKey, Won
from sessions.connection import CoalescingClient
from sessions.redis_store import RedisSessionStore
from tests.sessions.telling import commit_recalled

pytestmark = pytest.mark.anyio

MPHO, THABO = SessionKey(b"mpho" * 4, b"dia1" * 4), SessionKey(b"thab" * 4, b"dia2" * 4)
KEPT = Keeping(300)
DIAL, CHOICE, NAME = b"dial" * 4, b"choi" * 4, b"name" * 4
OURS, THEIRS = b"our lease", b"their lease"
WELCOME = Reply("Lumela Mpho", final=False)
GOODBYE = Reply("Sala hantle", final=False)
CALLER_NAME, DIALOGUE_NAME = "bXBob21waG9tcGhvbXBobw", "ZGlhMWRpYTFkaWExZGlhMQ"
SESSION_NAME = f"mohala:{{{CALLER_NAME}}}:{DIALOGUE_NAME}"
LEASE_NAME = f"{SESSION_NAME}:lease"
THABO_NAME = "mohala:{dGhhYnRoYWJ0aGFidGhhYg}:ZGlhMmRpYTJkaWEyZGlhMg"
DIALS_NAME = f"mohala:{{{CALLER_NAME}}}:dials"
FALLEN_NAME = f"mohala:{{{CALLER_NAME}}}:fallen"


@pytest.fixture
def store(client, keyring):
    return RedisSessionStore(client, keyring)


async def test_scripts_that_the_server_lost_are_sent_again(store, client, make_session):
    await store.begin(MPHO, DIAL, OURS, 30)
    await client.call("SCRIPT", "FLUSH", "SYNC")
    assert await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT) == Won()
    await client.call("SCRIPT", "FLUSH", "SYNC")
    await store.abandon(MPHO, OURS)
    await client.call("SCRIPT", "FLUSH", "SYNC")
    assert await store.begin(MPHO, DIAL, OURS, 30) == Repeated(WELCOME)


async def test_a_script_travels_whole_only_once(store, client):
    await client.call("SCRIPT", "FLUSH", "SYNC")
    await client.call("CONFIG", "RESETSTAT")
    for number in range(5):
        await store.begin(MPHO, b"turn %d" % number, OURS, 30)
    statistics = (await client.call("INFO", "commandstats")).decode()
    assert "cmdstat_eval:calls=1," in statistics
    assert "cmdstat_evalsha:calls=5," in statistics


async def test_a_flushed_server_has_no_session_and_no_commit_on_an_old_one(store, client, make_session):
    await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    await client.call("FLUSHALL")
    assert await store.begin(MPHO, CHOICE, OURS, 30) == Opened(None)
    assert await store.commit(MPHO, CHOICE, OURS, 0, make_session(1), WELCOME, KEPT) == Lost(None)


async def test_the_server_itself_ends_lease_and_session(store, client, make_session):
    await store.begin(MPHO, DIAL, OURS, 5)
    assert 0 < await client.call("PTTL", LEASE_NAME) <= 5_000
    await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    assert 0 < await client.call("PTTL", SESSION_NAME) <= 300_000
    assert await client.call("EXISTS", LEASE_NAME) == 0


async def test_all_that_is_kept_of_a_caller_lies_in_one_cluster_slot(store, client, make_session):
    await store.begin(MPHO, DIAL, OURS, 30)
    await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, Keeping(300, 600))
    await store.begin(MPHO, CHOICE, OURS, 30)
    names = sorted(await client.call("KEYS", "*"))
    assert names == sorted(name.encode() for name in (SESSION_NAME, LEASE_NAME, FALLEN_NAME, DIALS_NAME))
    assert len({await client.call("CLUSTER", "KEYSLOT", name) for name in names}) == 1


async def test_dials_are_counted_from_the_first_of_a_minute(store, client):
    await store.begin(MPHO, DIAL, OURS, 30)
    await client.call("PEXPIRE", DIALS_NAME, 30_000)
    await store.begin(SessionKey(MPHO.caller, THABO.session), DIAL, OURS, 30)
    assert 0 < await client.call("PTTL", DIALS_NAME) <= 30_000
    assert await client.call("GET", DIALS_NAME) == b"2"


async def test_the_server_itself_ends_what_is_offered(store, client, make_session):
    await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, Keeping(300, 600))
    assert 300_000 < await client.call("PTTL", FALLEN_NAME) <= 600_000
    assert 300_000 < await client.call("PTTL", SESSION_NAME) <= 600_000


@pytest.mark.parametrize("turn", [DIAL, CHOICE])
async def test_altered_bytes_count_as_no_session_and_the_next_commit_wins(store, client, make_session, turn):
    await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    value = await client.call("GET", SESSION_NAME)
    await client.call("SET", SESSION_NAME, value[:-1] + bytes([value[-1] ^ 1]))
    assert await store.begin(MPHO, turn, OURS, 30) == Opened(None)
    assert store.unreadable == 1
    assert await store.commit(MPHO, turn, OURS, None, make_session(0), WELCOME, KEPT) == Won()


@pytest.mark.parametrize("value", ["", "Palesa", b"\xff", b"\x01" + DIAL])
async def test_a_value_that_is_no_session_counts_as_none(store, client, value):
    await client.call("SET", SESSION_NAME, value)
    assert await store.load(MPHO) is None
    await client.call("SET", SESSION_NAME, value)
    assert await store.begin(MPHO, DIAL, OURS, 30) == Opened(None)
    assert await client.call("EXISTS", SESSION_NAME) == 0


async def test_a_session_sealed_with_a_lost_key_counts_as_none_and_is_logged_without_data(
    store, client, make_session, capsys
):
    await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    stranger = RedisSessionStore(client, Keyring((Key("second", b"\x02" * 32),), random.Random(8).randbytes))
    assert await stranger.begin(MPHO, CHOICE, OURS, 30) == Opened(None)
    printed = capsys.readouterr().out
    assert "session_unreadable" in printed
    assert MPHO.session.hex() not in printed and DIALOGUE_NAME not in printed and "Mpho" not in printed


async def test_a_loser_whose_winner_cannot_be_read_hears_no_reply(store, client, make_session):
    await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    value = await client.call("GET", SESSION_NAME)
    await client.call("SET", SESSION_NAME, value[:-1] + bytes([value[-1] ^ 1]))
    assert await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT) == Lost(None)
    assert await store.begin(MPHO, DIAL, OURS, 30) == Opened(None)


async def test_a_session_copied_to_another_citizen_does_not_open_there(store, client, make_session):
    await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    await client.call("COPY", SESSION_NAME, THABO_NAME)
    assert await store.begin(THABO, CHOICE, OURS, 30) == Opened(None)


async def test_a_reply_moved_to_another_turn_does_not_open_there(store, client, make_session):
    await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    value = await client.call("GET", SESSION_NAME)
    await client.call("SET", SESSION_NAME, value.replace(DIAL[:8], CHOICE[:8]))
    assert await store.begin(MPHO, CHOICE, OURS, 30) == Opened(None)


async def test_a_key_that_holds_something_else_is_an_error_without_data(store, client, make_session):
    await client.call("LPUSH", SESSION_NAME, "Palesa")
    with pytest.raises(StoreUnavailable) as failure:
        await store.begin(MPHO, DIAL, OURS, 30)
    assert "Palesa" not in str(failure.value) and DIALOGUE_NAME not in str(failure.value)


async def test_a_full_server_is_an_error_and_gives_way_again(client, store, make_session):
    await client.call("CONFIG", "SET", "maxmemory", "1")
    try:
        with pytest.raises(StoreUnavailable, match="OOM"):
            await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    finally:
        await client.call("CONFIG", "SET", "maxmemory", "256mb")
    assert await store.commit(MPHO, DIAL, OURS, None, make_session(0), WELCOME, KEPT) == Won()


async def test_a_session_of_eight_screens_with_its_replies_takes_less_than_one_kilobyte(store, client, make_session):
    replies = {}
    for hop in range(8):
        session = make_session(hop, "Mpho Letsie", visits=hop)
        reply = Reply(f"Screen {hop} of the birth certificate\n1. Maseru\n2. Leribe\n9. Morao\n0. Qalong", final=False)
        kept = await store.commit(
            MPHO, b"%08d" % hop, OURS, hop - 1 if hop else None, session, reply, Keeping(300, 600), replies
        )
        assert kept == Won()
        replies[b"%08d" % hop] = reply
    names = await client.call("KEYS", "*")
    assert sum([await client.call("MEMORY", "USAGE", name) for name in names]) < 1_000


async def test_nothing_of_a_citizen_stands_in_clear_in_the_server_or_in_its_files(store, client, valkey, make_session):
    number, typed, shown = "+26650123456", "Tselane Mokoena", "Kopo ea hau e amohetsoe"
    await store.begin(MPHO, DIAL, OURS, 30)
    reply = Reply(f"{shown} {number}", final=False)
    for step in range(3):
        expected = step - 1 if step else None
        session = make_session(step, f"{typed} {number}", visits=12 * step)
        assert await store.commit(MPHO, b"turn %d" % step, OURS, expected, session, reply, KEPT) == Won()
    await store.begin(MPHO, b"turn 3", OURS, 30)
    await client.call("CONFIG", "SET", "appendfsync", "always")  # writes out what a busy disk held back
    await client.call("CONFIG", "SET", "appendfsync", "everysec")

    names = await client.call("KEYS", "*")
    everything = b"".join(names)
    for name in names:
        everything += await client.call("DUMP", name)
        if name.endswith(DIALOGUE_NAME.encode()):
            everything += await client.call("GET", name)
    files = [path for path in valkey.log_file.parent.rglob("*") if path.is_file()]
    everything += b"".join(path.read_bytes() for path in files)

    assert any(path.suffix == ".aof" for path in files) and b"mohala:{" in everything
    for canary in (number, number[1:], number[4:], typed, "Tselane", shown, "birth/question"):
        assert canary.encode() not in everything


async def test_work_goes_on_after_the_lease_of_a_dead_worker(store, client):
    await store.begin(MPHO, DIAL, b"dead worker", 30)
    assert await store.begin(MPHO, DIAL, OURS, 30) == InWork()
    await client.call("PEXPIRE", LEASE_NAME, 0)
    assert await store.begin(MPHO, DIAL, OURS, 30) == Opened(None)


@pytest.fixture
def elsewhere(client, keyring):
    """Another process on the same server."""
    return RedisSessionStore(client, keyring)


async def answered(store: RedisSessionStore, make_session, hops: int = 1) -> None:
    """A dial and the hops after it, by this process."""
    for hop in range(hops):
        begun = await store.begin(MPHO, b"hop %d" % hop, OURS, 30)
        assert isinstance(begun, Opened)
        expected = begun.session.hop if begun.session else None
        reply = Reply(f"{hop}", False)
        told = await store.commit(MPHO, b"hop %d" % hop, OURS, expected, make_session(hop), reply, KEPT, begun.replies)
        assert told == Won()


async def go_on(store: RedisSessionStore, make_session, turn: bytes = CHOICE, hop: int = 1) -> object:
    recalled = store.recall(MPHO, turn)
    assert recalled.session.hop == hop - 1
    return await commit_recalled(store, MPHO, turn, recalled, make_session(hop), GOODBYE, KEPT)


async def test_what_this_process_committed_goes_on_in_one_round_trip(store, elsewhere, make_session):
    await answered(store, make_session)
    assert await go_on(store, make_session) == Won()
    assert await elsewhere.begin(MPHO, CHOICE, THEIRS, 30) == Repeated(GOODBYE)
    assert await elsewhere.begin(MPHO, b"hop 0", THEIRS, 30) == Repeated(Reply("0", False))
    assert store.recall(MPHO, CHOICE) is None, "a repeat is for the server"
    assert await go_on(store, make_session, NAME, 2) == Won()
    assert (await elsewhere.load(MPHO)).hop == 2


async def test_what_another_process_committed_meanwhile_stands(store, elsewhere, make_session):
    await answered(store, make_session)
    begun = await elsewhere.begin(MPHO, CHOICE, THEIRS, 30)
    told = await elsewhere.commit(MPHO, CHOICE, THEIRS, 0, make_session(1), WELCOME, KEPT, begun.replies)
    assert told == Won()
    assert await go_on(store, make_session, NAME) == Lost(None)
    assert store.recall(MPHO, NAME) is None, "it is not guessed twice"
    assert (await store.load(MPHO)) == make_session(1)


async def test_the_same_turn_on_another_process_wins_once_and_both_have_its_reply(store, elsewhere, make_session):
    await answered(store, make_session)
    begun = await elsewhere.begin(MPHO, CHOICE, THEIRS, 30)
    await elsewhere.commit(MPHO, CHOICE, THEIRS, 0, make_session(1), WELCOME, KEPT, begun.replies)
    assert await go_on(store, make_session) == Lost(WELCOME)


async def test_nobody_goes_past_a_turn_that_is_in_work(store, elsewhere, make_session):
    await answered(store, make_session)
    await elsewhere.begin(MPHO, CHOICE, THEIRS, 30)
    assert await go_on(store, make_session, NAME) == InWork()
    assert (await store.load(MPHO)).hop == 0


async def test_a_session_that_was_lost_and_begun_anew_is_another_though_at_the_same_hop(
    store, elsewhere, client, make_session
):
    await answered(store, make_session, hops=2)
    await client.call("DEL", SESSION_NAME)
    for turn, expected, hop in ((b"walked", None, 0), (CHOICE, 0, 1)):
        begun = await elsewhere.begin(MPHO, turn, THEIRS, 30)
        await elsewhere.commit(MPHO, turn, THEIRS, expected, make_session(hop), WELCOME, KEPT, begun.replies)
    assert await go_on(store, make_session, NAME, 2) == Lost(None)
    assert (await store.load(MPHO)) == make_session(1)


async def test_a_session_that_was_lost_and_begun_anew_by_the_same_turns_is_another_too(
    store, elsewhere, client, make_session
):
    await answered(store, make_session, hops=2)
    await client.call("DEL", SESSION_NAME)
    await answered(elsewhere, make_session, hops=2)
    assert await go_on(store, make_session, NAME, 2) == Lost(None)
    assert (await store.load(MPHO)) == make_session(1)


async def test_what_nobody_goes_on_with_is_not_recalled_for_longer_than_it_could_be(store, make_session):
    await answered(store, make_session)
    store._recent.age()
    assert await go_on(store, make_session) == Won(), "it was young"
    store._recent.age()
    assert store.recall(MPHO, NAME) is not None, "it was gone on with since"
    store._recent.age()
    assert store.recall(MPHO, NAME) is None and store._recent._aged == {}


async def test_what_has_ended_or_is_oldest_is_not_recalled(store, make_session, monkeypatch):
    monkeypatch.setattr(limits, "sessions_recalled_max", 2)
    for number in range(3):
        key = SessionKey(MPHO.caller, b"dialogue %d" % number)
        await store.commit(key, DIAL, OURS, None, make_session(0), WELCOME, KEPT)
    known = [store.recall(SessionKey(MPHO.caller, b"dialogue %d" % number), CHOICE) for number in range(3)]
    assert [one is not None for one in known] == [False, True, True]
    over = msgspec.structs.replace(known[2].session, ended=True, hop=1)
    key = SessionKey(MPHO.caller, b"dialogue 2")
    assert await commit_recalled(store, key, CHOICE, known[2], over, GOODBYE, KEPT) == Won()
    assert store.recall(key, NAME) is None


async def test_an_answer_that_no_script_gives_is_told_like_a_server_that_is_away(keyring, make_session):
    """Whoever waits in no coroutine would wait for ever."""

    async def speak(reader, writer):
        commands = hiredis.Reader()
        while data := await reader.read(4_096):
            commands.feed(data)
            while commands.gets():
                writer.write(b"+OK\r\n")
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        strange = RedisSessionStore(CoalescingClient(f"redis://127.0.0.1:{port}/0", deadline_seconds=5), keyring)
        with pytest.raises(StoreUnavailable):
            await commit_recalled(
                strange, MPHO, CHOICE, Recalled(make_session(0), {}, bytes(16)), make_session(1), GOODBYE, KEPT
            )
        await strange.close()
