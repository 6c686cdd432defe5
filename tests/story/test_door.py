"""What comes to the door and is not a callback of ours."""

from __future__ import annotations

import json
import socket

import httpx
import pytest

from app.pack import Pack
from app.pack_files import read_pack
from tests.lands import FLAT
from tests.story.country import SERVICE_CODE, Country, Phone, wait_for

GOOD = {
    "sessionId": "s1",
    "phoneNumber": "+26650111222",
    "serviceCode": SERVICE_CODE,
    "networkCode": "65101",
    "text": "",
}
UNAVAILABLE = "END Ts'ebeletso ha e fumanehe hona joale. Leka hape hamorao."


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/callbacks/wrong/africastalking/ussd"),
        ("POST", "/callbacks/wrong/africastalking/sms"),
        ("POST", "/callbacks//africastalking/ussd"),
        ("POST", "/callbacks/dev%20/africastalking/ussd"),
        ("POST", "/callbacks/dev/nobody/ussd"),
        ("POST", "/callbacks/dev/africastalking/other"),
        ("POST", "/callbacks/dev"),
        ("GET", "/callbacks/dev/africastalking/ussd"),
        ("GET", "/callbacks/wrong/africastalking/ussd"),
        ("PUT", "/callbacks/wrong/africastalking/ussd"),
    ],
)
def test_a_wrong_secret_or_place_gets_404_and_nothing_else(country: Country, method: str, path: str) -> None:
    response = country.client.request(method, f"{country.gateway}{path}", data=GOOD if method == "POST" else None)
    assert (response.status_code, response.content) == (404, b"")


FORM = "application/x-www-form-urlencoded"
MALFORMED = [
    (b"", FORM),
    (b"not a form", FORM),
    (b"{}", "application/json"),
    (httpx.QueryParams({**GOOD, "phoneNumber": "nobody"}).__str__().encode(), FORM),
    (httpx.QueryParams({key: value for key, value in GOOD.items() if key != "sessionId"}).__str__().encode(), FORM),
    (httpx.QueryParams({**GOOD, "sessionId": ""}).__str__().encode(), FORM),
    (httpx.QueryParams({**GOOD, "text": "1*" * 9_000}).__str__().encode(), FORM),
    (httpx.QueryParams(GOOD).__str__().encode() + b"&text=1&text=2", FORM),
    (httpx.QueryParams(GOOD).__str__().encode() + b"%FF%FE", FORM),
    (b"&".join(b"a%d=1" % number for number in range(2_000)), FORM),
    (b"x" * 1_000_000, FORM),
    (httpx.QueryParams(GOOD).__str__().encode(), "text/plain"),
]


@pytest.mark.parametrize(("body", "content_type"), MALFORMED)
def test_what_is_not_a_callback_ends_politely_with_200(country: Country, body: bytes, content_type: str) -> None:
    path = f"{country.gateway}/callbacks/dev/africastalking/ussd"
    response = country.client.post(path, content=body, headers={"Content-Type": content_type})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    assert response.text == UNAVAILABLE


@pytest.mark.parametrize("kind", ["ussd/end", "sms", "sms/delivery"])
def test_a_malformed_event_is_noted_so_that_it_is_not_sent_for_twelve_hours(country: Country, kind: str) -> None:
    response = country.client.post(f"{country.gateway}/callbacks/dev/africastalking/{kind}", content=b"%%%")
    assert (response.status_code, response.content) == (200, b"")


def test_nothing_that_was_typed_or_who_typed_it_reaches_the_log(country: Country, citizen: Phone) -> None:
    citizen.apply_for_birth_certificate()
    citizen.type("1")
    citizen.dial("3*01234567897*canary-typed*1")
    country.text(citizen.number, "canary-text STATUS")
    country.callback("ussd", **{**GOOD, "phoneNumber": "+266canary", "text": "canary-typed"})
    country.callback("sms/delivery", id="canary-id", status="Success", phoneNumber=citizen.number)
    written = country.log.read_text("utf-8", "replace")
    for canary in ("canary", citizen.number[1:], "012345678901", "01234567897", "5/3/2026", "2026-03-05"):
        assert canary not in written


def test_what_is_no_http_leaves_a_line_like_all_others(country: Country) -> None:
    """The server's own words stay out, and so does the text of an error that it catches."""

    def lines() -> list[str]:
        return country.log.read_text("utf-8", "replace").splitlines()

    before = len(lines())
    with socket.create_connection(("127.0.0.1", country.port), timeout=10) as someone:
        someone.sendall(b"canary\r\n\r\n")
        assert someone.recv(4096).startswith(b"HTTP/1.1 400")
    (told,) = wait_for(
        "the line", lambda: [line for line in lines()[before:] if "uvicorn" in line or "Invalid" in line]
    )
    fields = json.loads(told)
    assert (fields["event"], fields["level"], fields["logger"]) == ("library", "warning", "uvicorn.error")
    assert fields["place"].startswith("httptools_impl.py:") and fields["timestamp"]


def test_a_body_that_never_comes_does_not_hold_the_gateway(country: Country) -> None:
    with socket.create_connection(("127.0.0.1", country.port), timeout=10) as slow:
        slow.sendall(
            b"POST /callbacks/dev/africastalking/ussd HTTP/1.1\r\nHost: x\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nsession"
        )
        answer = slow.recv(4096)
        while UNAVAILABLE.encode() not in answer and (more := slow.recv(4096)):
            answer += more
    assert answer.startswith(b"HTTP/1.1 200") and UNAVAILABLE.encode() in answer


def test_a_name_from_elsewhere_reaches_the_callbacks_and_not_the_phone(country: Country) -> None:
    elsewhere = {"Host": "tunnel.example"}
    for path in ("/phone", "/phone/config.json", "/phone/inbox?to=%2B26650123456"):
        assert country.client.get(f"{country.gateway}{path}").status_code == 200
        assert country.client.get(f"{country.gateway}{path}", headers=elsewhere).status_code == 404
    path = f"{country.gateway}/callbacks/dev/africastalking/ussd"
    answer = country.client.post(path, data={**GOOD, "sessionId": "tunnel"}, headers=elsewhere)
    assert answer.status_code == 200 and answer.text.startswith("CON ")


def test_health_and_metrics_tell_the_truth(country: Country) -> None:
    assert country.client.get(f"{country.gateway}/health/live").json() == {"status": "live"}
    ready = country.client.get(f"{country.gateway}/health/ready")
    version = read_pack(FLAT).program.version
    assert {key: value for key, value in ready.json().items() if key != "offices"} == {
        "status": "ready",
        "parts": {"sessions": "up", "database": "up"},
        "menus": {"version": version, "behind": ""},
    }
    metrics = country.client.get(f"{country.gateway}/metrics")
    assert metrics.headers["content-type"].startswith("text/plain") and "mohala_turns_total" in metrics.text
    assert "+266" not in metrics.text


def test_the_callbacks_stand_in_the_openapi_description(country: Country) -> None:
    paths = country.client.get(f"{country.gateway}/openapi.json").json()["paths"]
    for kind in ("ussd", "ussd/end", "sms", "sms/delivery"):
        assert "post" in paths[f"/callbacks/{{secret}}/africastalking/{kind}"]


def test_health_names_every_office_and_metrics_count_what_was_asked(
    country: Country, citizen: Phone, lesotho: Pack
) -> None:
    citizen.dial("3*01234567897*50")
    health = country.client.get(f"{country.gateway}/health/ready").json()
    assert set(health["offices"]) == set(lesotho.catalogue.offices)
    assert health["offices"]["electricity"]["state"] == "open" and health["offices"]["electricity"]["since"]
    told = country.client.get(f"{country.gateway}/metrics").text
    assert 'mohala_office_state{office="electricity",process="0",state="open"} 1.0' in told
    asked = 'mohala_office_asked_total{office="electricity",operation="meter",outcome="answered",process="0"}'
    assert asked in told and "mohala_office_seconds_bucket{" in told
