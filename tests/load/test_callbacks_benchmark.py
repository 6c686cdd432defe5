"""What `python -m benchmarks.callbacks` counts as answered wrong, and how a package with a wire of its own is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from benchmarks.callbacks.contestants import OURS, PLAIN
from benchmarks.callbacks.driver import WRONG_MAX, drive
from benchmarks.callbacks.peers import PEERS
from benchmarks.callbacks.report import OURS as OUR_NAMES
from benchmarks.callbacks.report import WITH_REDIS, goals, report
from benchmarks.callbacks.servers.peer_wire import form_door, split_page

pytestmark = pytest.mark.anyio
PAGES = [("", b"CON Khetha:\n1. Lengolo\n9. Morao"), ("1", b"CON Lebitso?")]


@asynccontextmanager
async def gateway(pages: dict[str, bytes]) -> AsyncIterator[int]:
    """A server whose answers are `pages` by what was typed; it closes where it has none."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(int(head.rpartition(b":")[2]))
                page = pages.get(body.decode().rpartition("text=")[2])
                if page is None:
                    break
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_right_answers_are_none_wrong() -> None:
    async with gateway(dict(PAGES)) as port:
        told = await drive(port, "/", 2, 0.1, PAGES, None)
    assert (told["wrong"], told["sent"]) == (0, told["callbacks"])


async def test_a_caller_that_is_answered_wrong_again_and_again_ends_and_each_answer_counts_once() -> None:
    async with gateway({"": PAGES[0][1], "1": b"CON Khetha:"}) as port:
        told = await drive(port, "/", 2, 0.3, PAGES, None)
    assert told["wrong"] == 2 * (WRONG_MAX + 1)
    assert told["sent"] == told["callbacks"] == 2 * 2 * (WRONG_MAX + 1)


async def test_a_connection_that_the_server_closes_is_one_wrong_answer() -> None:
    async with gateway({"": PAGES[0][1]}) as port:
        told = await drive(port, "/", 1, 0.1, PAGES, None)
    assert (told["wrong"], told["sent"], told["callbacks"]) == (1, 2, 1)


async def test_an_answer_that_never_comes_is_wrong_when_the_round_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.callbacks.driver.LAST_ANSWER_SECONDS", 0.1)
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    told = await drive(silent.sockets[0].getsockname()[1], "/", 3, 0.1, PAGES, None)
    silent.close()
    assert (told["wrong"], told["sent"], told["callbacks"]) == (3, 3, 0)


def test_the_table_tells_how_many_of_how_many_answers_were_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    right = {"callbacks": 10, "sent": 10, "wrong": 0, "per_second": 10, "p50_ms": 1, "p99_ms": 2, "cpu_us": 5}
    dead = {"callbacks": 0, "sent": 64, "wrong": 64, "per_second": 0, "p50_ms": 0, "p99_ms": 0, "cpu_us": 0}
    measured: dict[tuple[str, int], list[dict[str, float]]] = {
        (name, connections): [rounds, rounds]
        for name, rounds in (("F4", right), ("cloey", dead))
        for connections in (64, 1)
    }
    report(measured, {})
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines if line.startswith("F4")] == ["none", "none"]
    assert [line[-10:] for line in lines if line.startswith("cloey")] == ["128 of 128", "128 of 128"]


def test_each_goal_stands_beside_the_ratio_of_the_same_rounds() -> None:
    def rounds(*per_second: float) -> list[dict[str, float]]:
        return [{"per_second": one, "p50_ms": 1e3 / one, "p99_ms": 4e3 / one} for one in per_second]

    one_busy_round = {"F4": (100, 50), "mohala": (600, 300), "mobilex": (90, 45), "ussd-builder": (250, 125)}
    measured = {(name, count): rounds(*seen) for name, seen in one_busy_round.items() for count in (64, 1)}
    told = [" ".join(line.split()) for line in goals(measured, {"mohala": 130.0})]
    assert told == [
        "mohala callbacks/s, x F4 6.00 at least 5: reached",
        "mohala p99 / F4's 0.17 at most 0.25: reached",
        "mohala p50 / F4's at one connection 0.17 at most 0.7: reached",
        "mohala resident MB 130.00 at most 120: NOT reached",
        "mohala callbacks/s, x ussd-builder 2.40 at least 3: NOT reached",
    ]
    assert OUR_NAMES == (OURS, PLAIN) and {peer.name for peer in PEERS} > set(WITH_REDIS) - {"ussd-builder"}


async def test_a_package_that_takes_json_is_asked_with_the_fields_of_the_form() -> None:
    asked: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append((scope["headers"][0], json.loads((await receive())["body"])))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"message": '})
        await send({"type": "http.response.body", "body": b'"CON Lebitso?"}'})

    door = form_door(
        app, "application/json", lambda form: json.dumps(form).encode(), lambda body: json.loads(body)["message"]
    )
    said: list[Any] = []
    chunks = iter([(b"sessionId=ATUid_1&te", True), (b"xt=", False)])

    async def receive() -> Any:
        body, more = next(chunks)
        return {"type": "http.request", "body": body, "more_body": more}

    async def send(message: Any) -> None:
        said.append(message)

    await door({"type": "http"}, receive, send)
    assert asked == [((b"content-type", b"application/json"), {"sessionId": "ATUid_1", "text": ""})]
    assert (said[0]["status"], said[1]["body"]) == (200, b"CON Lebitso?")


def test_a_page_is_a_title_and_options_with_their_numbers() -> None:
    assert split_page("Khetha:\n1. Lengolo\n9. Morao") == ("Khetha:", [("1", "Lengolo"), ("9", "Morao")])


def test_every_requirement_of_every_peer_is_pinned() -> None:
    assert all(pin.count("==") == 1 for peer in PEERS for pin in peer.pins())
