"""The outbound client against a desk that misbehaves in every way that was met or feared."""

from __future__ import annotations

import asyncio
import gzip
import logging

import pytest

from app.errors import ServiceFailed, SettingsWrong
from integrations.http import HttpAnswer, OutboundHttp, checked_base_url, checked_secret
from tests.integrations.desk import Answer, Cut, Desk, Silence, Trickle, say

pytestmark = pytest.mark.anyio


async def fail(base_url: str, within_seconds: float = 2.0, method: str = "GET", path: str = "/x") -> ServiceFailed:
    """Call once and return the failure."""
    http = OutboundHttp(base_url, {})
    try:
        with pytest.raises(ServiceFailed) as failed:
            (await http.call(method, path, within_seconds)).json()
    finally:
        await http.close()
    return failed.value


def told(failure: ServiceFailed) -> tuple[str, bool, bool]:
    return failure.reason, failure.retryable, failure.late


async def test_a_refused_connection_was_certainly_not_sent(closed_port: str) -> None:
    assert told(await fail(closed_port)) == ("connect", True, False)


async def test_a_handshake_without_an_answer_was_certainly_not_sent(desk: Desk) -> None:
    desk.will(Silence())
    assert told(await fail(desk.url.replace("http:", "https:"), 0.4)) == ("connect", True, False)


async def test_a_server_without_tls_is_told_as_such() -> None:
    def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert told(await fail(f"https://127.0.0.1:{port}")) == ("tls", True, False)


async def test_silence_after_the_request_is_late(desk: Desk) -> None:
    desk.will(Silence())
    assert told(await fail(desk.url, 0.3)) == ("timeout", True, True)


async def test_a_trickle_of_bytes_does_not_stretch_the_deadline(desk: Desk) -> None:
    desk.will(Trickle(say(200, {"a": "b" * 200}).raw(), 0.05))
    began = asyncio.get_running_loop().time()
    assert told(await fail(desk.url, 0.4)) == ("timeout", True, True)
    assert asyncio.get_running_loop().time() - began < 1.5


async def test_no_time_left_is_a_failure_that_may_be_retried(desk: Desk) -> None:
    assert (await fail(desk.url, 0.0)).retryable
    assert (await fail(desk.url, -1.0)).retryable


async def test_a_connection_cut_before_the_answer_is_late(desk: Desk) -> None:
    desk.will(Cut())
    assert told(await fail(desk.url)) == ("connection_lost", True, True)


async def test_a_connection_cut_inside_the_answer_is_late(desk: Desk) -> None:
    desk.will(Cut(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"a":'))
    assert told(await fail(desk.url)) == ("connection_lost", True, True)


async def test_something_that_is_not_http_is_a_lost_connection(desk: Desk) -> None:
    desk.will(Cut(b"220 mail.example ESMTP\r\n"))
    assert told(await fail(desk.url)) == ("connection_lost", True, True)


async def test_an_answer_that_is_too_big_is_not_read_to_its_end(desk: Desk) -> None:
    desk.will(Answer(200, b"[" + b"1," * 5_000_000 + b"1]"))
    assert told(await fail(desk.url)) == ("answer_too_big", True, False)


async def test_a_compressed_answer_is_not_unpacked(desk: Desk) -> None:
    packed = gzip.compress(b" " * 10_000_000)
    assert len(packed) < 65_536
    desk.will(Answer(200, packed, headers={"Content-Encoding": "gzip"}))
    assert told(await fail(desk.url)) == ("answer_not_json", True, False)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(desk: Desk, status: int) -> None:
    desk.will(Answer(status, headers={"Location": f"{desk.url}/elsewhere"}))
    assert told(await fail(desk.url, method="POST")) == ("redirected", False, False)
    assert [(heard.method, heard.path) for heard in desk.heard] == [("POST", "/x")]


@pytest.mark.parametrize(("status", "late"), [(500, False), (502, False), (503, False), (504, True), (429, False)])
async def test_a_busy_or_broken_office_may_be_asked_again(desk: Desk, status: int, late: bool) -> None:
    desk.will(Answer(status, b"<h1>Mpho, your PIN 1234 failed</h1>", "text/html"))
    assert told(await fail(desk.url)) == (f"status_{status}", True, late)


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"{", b'{"a": NaN}', b"\xff\xfe", b"[" * 30_000, b"1" * 5_000], ids=lambda b: b[:8]
)
async def test_a_body_that_is_no_json_is_a_failure(desk: Desk, body: bytes) -> None:
    desk.will(Answer(200, body))
    assert told(await fail(desk.url)) == ("answer_not_json", True, False)


async def test_a_page_in_html_is_no_answer_even_if_it_reads_as_json(desk: Desk) -> None:
    desk.will(Answer(200, b"{}", "text/html"))
    assert told(await fail(desk.url)) == ("answer_not_json", True, False)


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", "application/hal+json"]
)
async def test_json_is_known_by_its_media_type_alone(content_type: str) -> None:
    assert HttpAnswer(200, content_type, b'{"kwh": 27.30}').json() == {"kwh": "27.30"}


async def test_a_call_is_never_repeated_by_itself(desk: Desk) -> None:
    desk.will(Answer(503))
    await fail(desk.url)
    assert len(desk.heard) == 1


async def test_the_environment_adds_no_proxy(desk: Desk, closed_port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", closed_port)
    monkeypatch.setenv("ALL_PROXY", closed_port)
    desk.will(say(200, {"ok": True}))
    http = OutboundHttp(desk.url, {})
    assert (await http.call("GET", "/x", 2.0)).json() == {"ok": True}
    await http.close()


async def test_a_cookie_is_not_kept(desk: Desk) -> None:
    desk.will(Answer(200, b"{}", headers={"Set-Cookie": "session=thabo; Path=/"}), say(200, {}))
    http = OutboundHttp(desk.url, {})
    await http.call("GET", "/x", 2.0)
    await http.call("GET", "/x", 2.0)
    await http.close()
    assert "cookie" not in desk.heard[1].headers


async def test_calls_that_timed_out_give_their_connections_back(desk: Desk) -> None:
    http = OutboundHttp(desk.url, {}, connections_max=2)
    desk.will(*[Silence()] * 6, say(200, {}))
    for _ in range(3):
        results = await asyncio.gather(*(http.call("GET", "/x", 0.5) for _ in range(2)), return_exceptions=True)
        assert [type(result) for result in results] == [ServiceFailed, ServiceFailed]
    assert (await http.call("GET", "/x", 2.0)).status == 200
    await http.close()


async def test_a_crowd_that_gave_up_while_it_waited_keeps_no_connection_from_others(desk: Desk) -> None:
    http = OutboundHttp(desk.url, {}, connections_max=2)
    desk.will(*[Silence()] * 200)
    for within_seconds in (0.0, 0.02, 0.05):
        crowd = (http.call("GET", "/crowd", within_seconds) for _ in range(40))
        await asyncio.gather(*crowd, return_exceptions=True)
    with pytest.raises(ServiceFailed) as failed:
        await http.call("GET", "/last", 0.5)
    assert told(failed.value) == ("timeout", True, True), "the office heard it and was silent"
    assert desk.heard[-1].path == "/last"
    await http.close()


async def test_a_call_without_a_free_connection_was_not_sent(desk: Desk) -> None:
    http = OutboundHttp(desk.url, {}, connections_max=1)
    desk.will(Silence())
    first = asyncio.create_task(http.call("GET", "/first", 1.5))
    await desk.hear(1)
    with pytest.raises(ServiceFailed) as failed:
        await http.call("GET", "/second", 0.3)
    assert told(failed.value) == ("busy", True, False)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await http.close()
    assert [heard.path for heard in desk.heard] == ["/first"]


async def test_a_path_cannot_leave_its_office(desk: Desk) -> None:
    http = OutboundHttp(f"{desk.url}/registry", {})
    for path in ("/../admin", "/a/../../admin", "@evil.example/", "//../../x"):
        with pytest.raises(AssertionError):
            await http.call("GET", path, 1.0)
    await http.close()
    assert desk.heard == []


async def test_neither_log_nor_failure_tells_path_or_body(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk.will(say(200, {"name": "Palesa"}), Answer(500, b"Palesa"))
    http = OutboundHttp(desk.url, {"X-Api-Key": "hushed"})
    await http.call("POST", "/people/012345678901", 2.0, json_body={"name": "Palesa"})
    with pytest.raises(ServiceFailed) as failed:
        await http.call("GET", "/people/012345678901", 2.0)
    await http.close()
    assert str(failed.value) == "status_500"
    for secret in ("012345678901", "Palesa", "hushed"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    "address",
    ["", "registry", "ftp://x/y", "http://", "http://u:p@x/", "http://x/?q=1", "http://x/#f", "http://x\n/", "/path"],
)
def test_an_address_that_is_no_base_url_stops_the_start(address: str) -> None:
    with pytest.raises(SettingsWrong):
        checked_base_url(address)


@pytest.mark.parametrize("secret", ["", "hushed\r\nX: y", " hushed", "hushed\n", "hushedš"])
def test_a_secret_that_cannot_be_a_header_stops_the_start_unrepeated(secret: str) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        checked_secret("wallet", secret)
    assert "wallet" in str(wrong.value)
    assert "hushed" not in str(wrong.value)
