"""Calls of scripts as the server reads them, and answers for whoever waits in no coroutine."""

from __future__ import annotations

import asyncio

import hiredis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import StoreUnavailable
from app.telling import Hears
from sessions.connection import CoalescingClient
from sessions.packing import Script, called, whole, words_of
from sessions.telling import Tasks

ECHO = Script("return {KEYS[1], ARGV[1]}")
words = st.lists(st.binary(max_size=40), max_size=8)


@given(keys=words, arguments=words)
def test_a_call_is_packed_as_hiredis_packs_it(keys: list[bytes], arguments: list[bytes]) -> None:
    rest, packed = (len(keys), *keys, *arguments), (words_of(*keys), words_of(*arguments))
    assert called(ECHO, *packed) == hiredis.pack_command(("EVALSHA", ECHO.sha, *rest))
    assert whole(ECHO, *packed) == hiredis.pack_command(("EVAL", ECHO.text, *rest))


@pytest.mark.parametrize("size", [0, 4_095, 4_096, 70_000])
def test_words_of_every_size_are_packed(size: int) -> None:
    packed = called(ECHO, words_of(b"k"), words_of(b"x" * size))
    assert packed == hiredis.pack_command(("EVALSHA", ECHO.sha, 1, b"k", b"x" * size))


async def told(client: CoalescingClient, script: Script, *arguments: bytes) -> object:
    heard: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    client.run_then(script, words_of(b"key"), words_of(*arguments), Hears(heard.set_result))
    return await heard


@pytest.mark.anyio
async def test_who_waits_in_no_coroutine_is_told_the_answer(client: CoalescingClient) -> None:
    assert await told(client, ECHO, b"one") == [b"key", b"one"]


@pytest.mark.anyio
async def test_a_script_that_the_server_lost_is_sent_whole_and_once(client: CoalescingClient) -> None:
    await client.call("SCRIPT", "FLUSH", "SYNC")
    await client.call("CONFIG", "RESETSTAT")
    assert await told(client, ECHO, b"one") == [b"key", b"one"]
    assert await told(client, ECHO, b"two") == [b"key", b"two"]
    statistics = (await client.call("INFO", "commandstats")).decode()
    assert "cmdstat_eval:calls=1," in statistics and "cmdstat_evalsha:calls=2," in statistics


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["return redis.call('INCR')", "return {err = 'NOSCRIPT of its own'}"])
async def test_a_refusal_is_told_once(client: CoalescingClient, text: str) -> None:
    heard = await told(client, Script(text))
    assert isinstance(heard, StoreUnavailable) and "refused a call" in str(heard)


@pytest.mark.anyio
async def test_a_server_that_is_away_is_told() -> None:
    client = CoalescingClient("redis://127.0.0.1:1/0", deadline_seconds=5)
    heard = await told(client, ECHO, b"one")
    assert isinstance(heard, StoreUnavailable)
    await client.close()
    with pytest.raises(StoreUnavailable):
        client.run_then(ECHO, words_of(b"key"), words_of(), Hears(lambda _: None))


@pytest.mark.anyio
async def test_what_goes_wrong_with_whoever_is_told_is_no_matter_of_the_others(client: CoalescingClient) -> None:
    await told(client, ECHO, b"so that the server knows it")
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["exception"]))
    mistake = KeyError("ours")

    def wrong(_: object) -> None:
        raise mistake

    client.run_then(ECHO, words_of(b"key"), words_of(b"one"), Hears(wrong))
    answers = await asyncio.gather(*(client.call("ECHO", str(number)) for number in range(20)))
    assert answers == [b"%d" % number for number in range(20)]
    assert complaints == [mistake]


@pytest.mark.anyio
async def test_a_mistake_in_a_call_is_told_like_a_server_that_is_away() -> None:
    async def wrong() -> None:
        raise KeyError("ours")

    heard: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    Tasks().start(wrong(), Hears(heard.set_result))
    assert isinstance(await heard, StoreUnavailable)


@pytest.mark.anyio
async def test_who_waits_is_told_that_a_script_can_no_longer_be_sent_whole(client: CoalescingClient) -> None:
    heard: list[object] = []
    await client.close()
    client.run_whole(whole(ECHO, words_of(b"key"), words_of(b"one")), Hears(heard.append))
    assert [type(told) for told in heard] == [StoreUnavailable]
