"""More callbacks at once than there is room for, over a socket: a page for everybody, and all as before afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from app import limits
from app.ports import Deadlines
from app.web.callbacks import Callbacks
from app.web.direct import directly
from integrations.aggregators.africastalking import AfricasTalking
from tests.work.conftest import Bench
from tests.work.test_direct import heard, post, served
from tests.work.test_endings import nowhere

pytestmark = pytest.mark.anyio

ROOM, NEW_ROOM = 6, 4
UNAVAILABLE = b"END Ts'ebeletso ha e fumanehe hona joale. Leka hape hamorao."
CHILD = ("1", "2")
PATIENT = Deadlines(60.0, 60.0)
Send = Callable[..., Awaitable[bytes]]


@pytest.fixture
async def send(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Send]:
    monkeypatch.setattr(limits, "turns_in_hand_max", ROOM)
    monkeypatch.setattr(limits, "turns_in_hand_dense", NEW_ROOM)
    aggregator = AfricasTalking("sandbox", "sandbox", deadlines=PATIENT)
    callbacks = Callbacks(
        ("dev",), {"africastalking": aggregator}, bench.gateway, bench.texts, bench.database.sms,
        bench.measures, bench.crowd, bench.time, nowhere,
    )  # fmt: skip
    async with served(callbacks, directly(callbacks)) as (_, port):

        async def send(number: int, *typed: str, kind: str = "ussd", **fields: str) -> bytes:
            form = {"sessionId": f"s{number}", "phoneNumber": f"+266501000{number:02}", "networkCode": "65101",
                    "serviceCode": "*384*26600#", "text": "*".join(typed), **fields}  # fmt: skip
            words = post(
                urlencode(form).encode(), f"/callbacks/dev/africastalking/{kind}",
                headers=("Content-Type: application/x-www-form-urlencoded", "Connection: close"),
            )  # fmt: skip
            return await heard(port, (words,))

        yield send


class Held:
    """A session server that takes nothing in before it `may`, at a process that recalls nothing."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.may = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def recall(self, *_: object) -> None:
        return None

    async def commit(self, *of: object) -> Any:
        await self.may.wait()
        return await self._store.commit(*of)


async def in_hand(bench: Bench, count: int) -> None:
    async with asyncio.timeout(20):
        while bench.crowd.in_hand != count:  # noqa: ASYNC110 (what is in hand tells nobody)
            await asyncio.sleep(0.01)


async def test_who_is_under_way_goes_before_who_dials_and_everybody_is_let_in_again_when_it_is_over(
    bench: Bench, send: Send
) -> None:
    for number in range(ROOM + 1):
        await send(number)
        await send(number, CHILD[0])
    bench.line.to = held = Held(bench.store)
    waiting = [asyncio.create_task(send(number, *CHILD)) for number in range(NEW_ROOM + 1)]
    await in_hand(bench, NEW_ROOM + 1)
    assert (await send(50)).endswith(UNAVAILABLE), "whoever dials is not let in"
    assert b"CON Lengolo la tsoalo" in await send(ROOM, CHILD[0]), "a copy of who is under way is answered"

    waiting += [asyncio.create_task(send(number, *CHILD)) for number in range(NEW_ROOM + 1, ROOM)]
    await in_hand(bench, ROOM)
    for refused in (await send(ROOM, *CHILD), await send(51)):
        assert refused.startswith(b"HTTP/1.1 200") and refused.endswith(UNAVAILABLE), "there is no room at all"
    text = await send(0, kind="sms", id="t1", to="26600", **{"from": "+26650100000", "date": "", "linkId": ""})
    assert text.startswith(b"HTTP/1.1 503"), "it comes again"

    held.may.set()
    for answered in await asyncio.gather(*waiting):
        assert b"\r\n\r\nCON " in answered
    await in_hand(bench, 0)
    assert b"CON Rea u amohela!" in await send(50, sessionId="anew")
    assert b"\r\n\r\nCON " in await send(ROOM, *CHILD), "who was turned away goes on in the same dialogue"
