"""Sending through Africa's Talking's package, with every trap of it sprung over a real socket."""

from __future__ import annotations

import asyncio
import logging
import warnings
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from app import limits
from app.errors import ServiceFailed, SettingsWrong
from app.messages import OutgoingSms
from integrations.aggregators.africastalking import AfricasTalking
from integrations.aggregators.africastalking_centre import SmsCentre
from tests.integrations.desk import Answer, Cut, Desk, Silence, Slow, Trickle, open_desk, say

pytestmark = pytest.mark.anyio

MESSAGE_ID = "ATXid_7468c9a251f9e9efcc6b2f7ea756a56c"
SENT = say(
    201,
    {
        "SMSMessageData": {
            "Message": "Sent to 1/1 Total Cost: USD 0.0079 Message parts: 1",
            "Recipients": [{"messageId": MESSAGE_ID, "number": "+26658123456", "statusCode": 101, "cost": "LSL 0.25"}],
        }
    },
)
TO_PALESA = OutgoingSms("+26658123456", "Mohala: kopo 7K4M-2PXQ9 e amohetsoe")


def africastalking(url: str, sender_id: str | None = None, send_seconds: float = 2.0) -> AfricasTalking:
    return AfricasTalking("sandbox", "hushed", sender_id, f"{url}/version1", send_seconds)


async def fail(url: str, send_seconds: float = 2.0) -> tuple[str, bool, bool]:
    with pytest.raises(ServiceFailed) as failed:
        await africastalking(url, send_seconds=send_seconds).send(TO_PALESA)
    return failed.value.reason, failed.value.retryable, failed.value.late


async def test_an_sms_goes_out_in_the_packages_own_form(desk: Desk) -> None:
    desk.will(SENT)
    assert await africastalking(desk.url, sender_id="MOHALA").send(TO_PALESA) == MESSAGE_ID
    [heard] = desk.heard
    assert (heard.method, heard.path) == ("POST", "/version1/messaging")
    assert heard.headers["apikey"] == "hushed"
    assert heard.headers["content-type"] == "application/x-www-form-urlencoded"
    assert heard.headers["user-agent"].startswith("africastalking-python/")
    assert dict(parse_qsl(heard.body.decode())) == {
        "username": "sandbox",
        "to": "+26658123456",
        "message": TO_PALESA.text,
        "bulkSMSMode": "1",
        "from": "MOHALA",
    }


async def test_without_a_sender_id_none_is_sent(desk: Desk) -> None:
    desk.will(SENT)
    await africastalking(desk.url).send(TO_PALESA)
    assert "from" not in dict(parse_qsl(desk.heard[0].body.decode()))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_neither_followed_nor_turned_into_a_get(desk: Desk, status: int) -> None:
    async with open_desk() as elsewhere:
        desk.will(Answer(status, headers={"Location": f"{elsewhere.url}/version1/messaging"}))
        assert await fail(desk.url) == ("redirected", False, False)
        assert elsewhere.heard == []
    assert [heard.method for heard in desk.heard] == ["POST"]


@pytest.mark.parametrize(
    ("status", "late"), [(500, True), (502, True), (504, True), (503, False), (429, False), (408, False)]
)
async def test_a_centre_that_fails_may_have_sent_it_unless_it_says_itself_that_it_has_not(
    desk: Desk, status: int, late: bool
) -> None:
    desk.will(Answer(status))
    assert await fail(desk.url) == (f"status_{status}", True, late)


async def test_a_refused_connection_was_certainly_not_sent(closed_port: str) -> None:
    assert await fail(closed_port) == ("connect", True, False)


async def test_a_handshake_without_an_answer_cannot_be_told_from_a_late_one(desk: Desk) -> None:
    desk.will(Silence())
    assert await fail(desk.url.replace("http:", "https:"), 0.4) == ("timeout", True, True)


async def test_silence_after_the_request_may_have_been_sent(desk: Desk) -> None:
    desk.will(Silence())
    assert await fail(desk.url, 0.4) == ("timeout", True, True)


async def test_a_trickle_of_bytes_does_not_stretch_the_deadline(desk: Desk) -> None:
    desk.will(Trickle(SENT.raw(), 0.02))
    began = asyncio.get_running_loop().time()
    assert await fail(desk.url, 0.5) == ("timeout", True, True)
    assert asyncio.get_running_loop().time() - began < 1.5


async def test_a_connection_cut_before_the_answer_may_have_been_sent(desk: Desk) -> None:
    desk.will(Cut())
    assert await fail(desk.url) == ("connection_lost", True, True)


async def test_a_connection_cut_inside_the_answer_may_have_been_sent(desk: Desk) -> None:
    desk.will(Cut(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"))
    assert await fail(desk.url) == ("connection_lost", True, True)


async def test_an_answer_that_is_too_big_is_not_sent_for_again(desk: Desk) -> None:
    desk.will(Answer(201, b" " * (limits.office_response_bytes_max + 1) + SENT.body))
    assert await fail(desk.url) == ("answer_malformed", False, True)


@pytest.mark.parametrize("body", [b"[" * 30_000, b'{"SMSMessageData": null}', b"\xff", b"1" * 5_000], ids=range(4))
async def test_no_answer_is_too_odd_to_be_a_failure(desk: Desk, body: bytes) -> None:
    desk.will(Answer(201, body))
    assert await fail(desk.url) == ("answer_malformed", False, True)


async def test_a_failed_sms_is_not_repeated_by_itself(desk: Desk) -> None:
    desk.will(Answer(503, b"", "text/plain"))
    await fail(desk.url)
    assert len(desk.heard) == 1


async def test_the_environment_adds_neither_proxy_nor_password(
    desk: Desk, closed_port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login mpho password lekunutu\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", closed_port)
    monkeypatch.delenv("no_proxy", raising=False)
    desk.will(SENT)
    assert await africastalking(desk.url).send(TO_PALESA) == MESSAGE_ID
    assert "authorization" not in desk.heard[0].headers


async def test_only_so_many_are_sent_at_once(desk: Desk) -> None:
    many = 2 * limits.sms_send_parallel_max
    desk.will(*[Slow(SENT, 0.3)] * many)
    aggregator = africastalking(desk.url, send_seconds=5.0)
    assert await asyncio.gather(*(aggregator.send(TO_PALESA) for _ in range(many))) == [MESSAGE_ID] * many
    assert desk.waiting_most == limits.sms_send_parallel_max


async def test_waiting_for_a_turn_does_not_use_up_the_time_to_send(desk: Desk) -> None:
    many = 3 * limits.sms_send_parallel_max
    desk.will(*[Slow(SENT, 0.4)] * many)
    aggregator = africastalking(desk.url, send_seconds=1.0)
    assert await asyncio.gather(*(aggregator.send(TO_PALESA) for _ in range(many))) == [MESSAGE_ID] * many


@pytest.mark.parametrize("number", ["+1234", "26658123456", "+26658123456\n", "", "MTN", "+266581234567890123"])
async def test_a_number_that_the_package_would_let_through_is_not_sent(desk: Desk, number: str) -> None:
    with pytest.raises(ServiceFailed) as failed:
        await africastalking(desk.url).send(OutgoingSms(number, "Kea leboha"))
    assert (str(failed.value), failed.value.retryable) == ("number_unfit", False)
    assert desk.heard == []


async def test_neither_log_nor_failure_tells_key_number_or_text(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk.will(SENT, Answer(400, b"hushed +26658123456 Mohala: kopo", "text/plain"))
    await africastalking(desk.url).send(TO_PALESA)
    failure = await fail(desk.url)
    for secret in ("hushed", "58123456", "kopo"):
        assert secret not in caplog.text
        assert secret not in str(failure)


@pytest.mark.parametrize("key", ["", "hushed\n", "hushed\r\nX: y", " hushed", "hushedš"])
def test_a_key_that_cannot_be_a_header_stops_the_start_unrepeated(key: str) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        AfricasTalking("sandbox", key)
    assert "hushed" not in str(wrong.value)


def test_the_package_chooses_its_own_host_and_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert SmsCentre("sandbox", "k", None).endpoint == "https://api.sandbox.africastalking.com/version1/messaging"
        assert SmsCentre("mohala", "k", None).endpoint == "https://api.africastalking.com/version1/messaging"
        assert SmsCentre("mohala", "k", "http://127.0.0.1:1/v/").endpoint == "http://127.0.0.1:1/v/messaging"
