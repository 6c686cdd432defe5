"""A real session server that is full, or forgets some of what it acknowledged to make room: nothing is lost by that."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.messages import Reply
from app.turn import session_key
from sessions.connection import CoalescingClient
from sessions.embedded import EmbeddedValkey
from sessions.redis_store import RedisSessionStore, _keys
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio

BIRTH = ("1", "2", "5/3/2026", "6", "5", "012345678901", "1", "1")
CITIZENS = 24
ROOM_BYTES = 1_000_000
STRANGER_BYTES = 20_000


@pytest.fixture
async def admin(server: EmbeddedValkey) -> AsyncIterator[CoalescingClient]:
    client = CoalescingClient(server.url, deadline_seconds=20.0)
    yield client
    await client.close()


@pytest.fixture
async def bench(bench: Bench, server: EmbeddedValkey) -> AsyncIterator[Bench]:
    bench.line.to = RedisSessionStore(CoalescingClient(server.url, deadline_seconds=20.0), bench.keyring)
    yield bench
    await bench.line.to.close()


@dataclass
class Citizen:
    """How far each came, and what they were shown."""

    msisdn: str
    session: str
    hops: int
    shown: list[Reply]


async def walk(bench: Bench, number: int, hops: int) -> Citizen:
    citizen = Citizen(f"+266501{number:05}", f"s{number}", hops, [])
    for count in range(hops + 1):
        citizen.shown.append(await hop(bench, citizen, count))
    return citizen


async def hop(bench: Bench, citizen: Citizen, count: int) -> Reply:
    return await bench.hop("*".join(BIRTH[:count]), citizen.session, msisdn=citizen.msisdn)


async def confirmed(bench: Bench, citizen: Citizen) -> str:
    """The reference. A page that was forgotten before its yes came is shown again, and answered again."""
    for further in range(1, 20):
        typed = "*".join((*BIRTH[:-1], *BIRTH[-1:] * further))
        reply = await bench.hop(typed, citizen.session, msisdn=citizen.msisdn)
        if reply.final:
            return reply.text.partition("Ref: ")[2].split()[0]
        assert reply.text.startswith("Netefatsa")
    raise AssertionError("it is asked again and again")


async def kept(admin: CoalescingClient) -> int:
    """Sessions, without what else is kept of a caller."""
    names = [bytes(name) for name in await admin.call("KEYS", "mohala:*")]
    return sum(not name.endswith((b":lease", b":dials", b":fallen")) for name in names)


async def make_room_for_strangers(admin: CoalescingClient, policy: str, left_max: int) -> None:
    """As an operator's server does that others use as well: until it has forgotten all but `left_max` of ours."""
    used = int((await admin.call("INFO", "memory")).split(b"used_memory:")[1].split(b"\r")[0])
    await admin.call("CONFIG", "SET", "maxmemory-policy", policy)
    await admin.call("CONFIG", "SET", "maxmemory", str(used + ROOM_BYTES))
    for number in range(2_000):
        if await kept(admin) <= left_max:
            return
        await admin.call("SET", f"somebody else's {number}", "x" * STRANGER_BYTES, "EX", "86400")
    raise AssertionError("the server has not forgotten what it was to forget, so this shows nothing")


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random", "volatile-ttl"])
@pytest.mark.parametrize("left_max", [CITIZENS // 2, 0], ids=["half of it", "all of it"])
async def test_a_server_that_forgets_sessions_to_make_room_loses_no_request_and_no_dialogue(
    bench: Bench, admin: CoalescingClient, policy: str, left_max: int
) -> None:
    (as_ever,) = [await walk(bench, 99_999, len(BIRTH) - 1)]
    citizens = [await walk(bench, number, 1 + number % len(BIRTH)) for number in range(CITIZENS)]
    filed = [citizen for citizen in citizens if citizen.hops == len(BIRTH)]
    assert filed and all("Ref: " in citizen.shown[-1].text for citizen in filed)
    await make_room_for_strangers(admin, policy, left_max)

    for citizen in citizens:
        assert await hop(bench, citizen, citizen.hops) == citizen.shown[-1], "the copy of the last hop"
    for citizen in citizens:
        for count in range(citizen.hops + 1, len(BIRTH)):
            assert await hop(bench, citizen, count) == as_ever.shown[count]
    assert len({await confirmed(bench, citizen) for citizen in citizens}) == CITIZENS
    assert sum((await bench.database.archive.open_requests()).values()) == CITIZENS


class ForgettingAtCommit:
    """The server loses everything, or is another that never heard the last hop, between the two calls of a turn."""

    def __init__(self, store: RedisSessionStore, admin: CoalescingClient, left: bytes | None) -> None:
        self._store = store
        self._admin = admin
        self._left = left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def recall(self, *_: object) -> None:
        return None

    async def commit(self, *of: Any) -> Any:
        if self._admin is not None:
            await self._admin.call("FLUSHALL")
            if self._left is not None:
                await self._admin.call("SET", _keys(of[0]).first, self._left)
            self._admin = None
        return await self._store.commit(*of)


@pytest.mark.parametrize("is_stale", [False, True], ids=["all is lost", "a hop is lost"])
@pytest.mark.parametrize("hops", [4, 8], ids=["a page", "a filing"])
async def test_what_is_forgotten_in_the_middle_of_a_turn_ends_no_dialogue_and_hides_no_reference(
    bench: Bench, admin: CoalescingClient, hops: int, is_stale: bool
) -> None:
    as_ever = await walk(bench, 1, hops)
    citizen = await walk(bench, 2, hops - 2)
    name = _keys(session_key(bench.keyring, bench.event("", citizen.session, msisdn=citizen.msisdn))).first
    left = await admin.call("GET", name) if is_stale else None
    await hop(bench, citizen, hops - 1)
    real = bench.line.to
    bench.line.to = ForgettingAtCommit(real, admin, left)
    page = await hop(bench, citizen, hops)
    assert page == as_ever.shown[hops] if hops < len(BIRTH) else "Ref: " in page.text
    bench.line.to = real
    assert await hop(bench, citizen, hops) == page
    assert sum((await bench.database.archive.open_requests()).values()) == (2 if hops == len(BIRTH) else 0)


async def test_of_two_inputs_that_a_server_lost_between_them_one_wins(bench: Bench, admin: CoalescingClient) -> None:
    citizen, rival = await walk(bench, 1, 4), (*BIRTH[:4], "5", "999999999999")
    name = _keys(session_key(bench.keyring, bench.event("", citizen.session, msisdn=citizen.msisdn))).first
    before = await admin.call("GET", name)
    await admin.call("FLUSHALL")
    won = await bench.hop("*".join(rival[:5]), citizen.session, msisdn=citizen.msisdn)  # at another process
    left = await admin.call("GET", name)
    await admin.call("SET", name, before)

    real = bench.line.to
    bench.line.to = ForgettingAtCommit(real, admin, left)
    lost = await bench.hop("*".join((*BIRTH[:4], "4")), citizen.session, msisdn=citizen.msisdn)
    bench.line.to = real

    assert lost == bench.gateway.say("over")
    assert await bench.hop("*".join(rival[:5]), citizen.session, msisdn=citizen.msisdn) == won
    assert not (await bench.hop("*".join(rival), citizen.session, msisdn=citizen.msisdn)).final


async def test_a_server_that_is_full_and_forgets_nothing_is_done_without(bench: Bench, admin: CoalescingClient) -> None:
    as_ever = await walk(bench, 1, len(BIRTH) - 1)
    early = await walk(bench, 2, 3)
    await admin.call("CONFIG", "SET", "maxmemory", "1")
    late = await walk(bench, 3, 3)
    assert late.shown == as_ever.shown[:4], "whoever dials is served"
    for citizen in (early, late):
        for count in range(4, len(BIRTH)):
            assert await hop(bench, citizen, count) == as_ever.shown[count]
        nothing = await hop(bench, citizen, len(BIRTH))
        assert nothing.final and "Ref: " not in nothing.text, "and told that nothing was sent"
    assert await bench.work() == []
    await admin.call("CONFIG", "SET", "maxmemory", "256mb")
    again = Citizen("+26650100004", "s4", 0, [])
    replies = [await hop(bench, again, count) for count in range(len(BIRTH) + 1)]
    assert replies[:-1] == as_ever.shown and "Ref: " in replies[-1].text


NUMBER, ELSE = "+26659174027", "+26658846031"
SECRETS = (NUMBER, ELSE, "770077114455", "01234567897", "QOQOLOSING", "Ref: ", "Netefatsa", "birth/", "lesotho")
FLOWS = (
    ("1", "2", "5/3/2026", "6", "5", "770077114455", "1"),
    ("1", "2", "5/3/2026", "6", "QOQOLOSING"),
    ("3", "01234567897", "50", "1"),
    ("3", "QOQOLOSING"),
    ("2", "QOQOLOSING"),
    ("8", "QOQOLOSING"),
)


def spellings(secret: str) -> set[bytes]:
    """As it may stand in bytes: plain, without its prefix, in hexadecimal, in base64, hashed without a key."""
    plain = {secret.encode(), secret.removeprefix("+").encode(), secret.removeprefix("+266").encode()}
    coded = {form for one in plain for form in (one.hex().encode(), base64.b64encode(one).rstrip(b"="))}
    hashed = {make(one).digest() for one in plain for make in (hashlib.md5, hashlib.sha1, hashlib.sha256)}
    return (
        plain | coded | hashed | {base64.b64encode(one)[:20] for one in hashed} | {one.hex().encode() for one in hashed}
    )


async def test_whatever_is_typed_nothing_in_the_server_or_its_file_names_anybody_or_tells_what(
    bench: Bench, admin: CoalescingClient, server: EmbeddedValkey
) -> None:
    await admin.call("CONFIG", "SET", "appendfsync", "always")
    for number in (NUMBER, ELSE):
        for place, typed in enumerate(FLOWS):
            await bench.dial(*typed, session=f"{number} {place}", msisdn=number)
        await bench.drop(f"{number} 0", msisdn=number)
        fallen = await bench.dial("1", session=f"{number} again", msisdn=number)
        assert not fallen.final
    names = [bytes(name) for name in await admin.call("KEYS", "*")]
    assert {name.rpartition(b":")[2] for name in names} >= {b"fallen", b"dials"} and await kept(admin) > len(FLOWS)
    values = [await admin.call("DUMP", name) for name in names] + [await admin.call("GET", name) for name in names]
    files = [path.read_bytes() for path in server.log_file.parent.rglob("*") if path.is_file()]
    everything = b"\n".join([*names, *values, *files])
    assert names[0] in b"".join(files), "they were written out"
    found = {secret for secret in SECRETS for spelling in spellings(secret) if spelling in everything}
    assert found == set()
