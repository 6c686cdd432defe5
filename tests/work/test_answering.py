"""Every callback that came whole is answered or its connection closed, and leaves the crowd once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from app.messages import Reply, WireResponse
from app.web.callbacks import Callbacks
from app.web.direct import directly
from integrations.aggregators.africastalking import AfricasTalking
from tests.work.conftest import Bench
from tests.work.test_direct import heard, post, served
from tests.work.test_endings import nowhere

pytestmark = pytest.mark.anyio


class Scribe:
    """Africa's Talking, of which some pages cannot be written."""

    def __init__(self) -> None:
        self._real = AfricasTalking("sandbox", "sandbox")
        self.fails: Iterator[bool] = iter(())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def write(self, reply: Reply) -> WireResponse:
        if next(self.fails, False):
            raise KeyError("ours")
        return self._real.write(reply)


class Door:
    def __init__(self, port: int, scribe: Scribe) -> None:
        self._port = port
        self.scribe = scribe

    async def hop(self, text: str) -> bytes:
        form = {"sessionId": "s1", "phoneNumber": "+26650123456", "networkCode": "65101", "serviceCode": "*384*26600#"}
        body = urlencode({**form, "text": text}).encode()
        return await heard(self._port, (post(body, headers=("Content-Type: application/x-www-form-urlencoded",)),))


@pytest.fixture
async def door(bench: Bench) -> AsyncIterator[Door]:
    scribe = Scribe()
    callbacks = Callbacks(
        ("dev",), {"africastalking": scribe}, bench.gateway, bench.texts, bench.database.sms, bench.measures,
        bench.crowd, bench.time, nowhere,
    )  # fmt: skip
    async with served(callbacks, directly(callbacks)) as (_, port):
        yield Door(port, scribe)


@pytest.mark.parametrize("texts", [[""], ["", "1"], ["", "5*9"]], ids=["a dial", "a hop at once", "a hop in a task"])
async def test_a_page_that_cannot_be_written_becomes_a_polite_end(bench: Bench, door: Door, texts: list[str]) -> None:
    for text in texts[:-1]:
        assert b"\r\n\r\nCON " in await door.hop(text)
    door.scribe.fails = iter((True,))
    assert b"\r\n\r\nEND " in await door.hop(texts[-1])
    assert bench.crowd.in_hand == 0


@pytest.mark.parametrize("texts", [["", "1"], ["", "5*9"]], ids=["a hop at once", "a hop in a task"])
async def test_if_nothing_at_all_can_be_written_the_connection_is_closed(
    bench: Bench, door: Door, texts: list[str]
) -> None:
    for text in texts[:-1]:
        await door.hop(text)
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    door.scribe.fails = iter((True, True))
    assert await door.hop(texts[-1]) == b""
    assert bench.crowd.in_hand == 0
    assert b"\r\n\r\nCON " in await door.hop(texts[-1]), "it is a repeat, and what was taken is told now"


@pytest.mark.parametrize("is_written", [True, False])
async def test_what_is_not_ours_leaves_the_crowd_as_well(bench: Bench, door: Door, is_written: bool) -> None:
    door.scribe.fails = iter((not is_written,))
    assert (b"\r\n\r\nEND " in await door.hop("1" * 2_001)) == is_written
    assert bench.crowd.in_hand == 0
