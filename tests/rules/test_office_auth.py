"""What an office may say of who asks, at the edges that no broken menu shows."""

from __future__ import annotations

import pytest

from app.office_auth import is_in_the_clear, office_faults
from app.request_headers import header_faults

OAUTH2 = {"kind": "oauth2", "token_url": "https://tokens.example/token", "client": "mohala"}


def told(auth: object, **office: object) -> list[str]:
    """The faults of an office with a password, as place and rule."""
    faults = office_faults({"auth": auth, "secret": "desk", **office})
    return [f"{'.'.join(map(str, fault.place))}: {fault.rule}" for fault in faults]


@pytest.mark.parametrize(
    "url",
    [
        "https://tokens.example/token",
        "https://tokens.example:8443/realms/ls/protocol/openid-connect/token",
        "https://tokens.example/oauth2/v2.0/token/",
        "https://[2001:db8::1]:8443/token",
        "http://127.0.0.1:8100/oauth/token",
        "http://localhost/token",
        "http://[::1]:8100/token",
    ],
)
def test_a_token_url_is_taken(url: str) -> None:
    assert told({**OAUTH2, "token_url": url}) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tokens.example/token",
        "ftp://tokens.example/token",
        "https://",
        "https:///token",
        "https://tokens.example",
        "https://tokens.example/",
        "https://mohala:hushed@tokens.example/token",
        "https://tokens.example/token?tenant=ls",
        "https://tokens.example/token?",
        "https://tokens.example/token#x",
        "https://tokens.example/a/../token",
        "https://tokens.example//token",
        "https://tokens.example/to ken",
        "https://tokens.example/token\n",
        "https://tokens.example:0/token",
        "https://tokens.example:99999/token",
        "https://tokens.example:x/token",
        "https://[::1/token",
        "https://t\u043ekens.example/token",
        "https://tokens.example/" + "a" * 500,
        "http://tokens.example/token",
        "http://127.0.0.1.example/token",
        "http://127.0.0.1@tokens.example/token",
        "HTTPS://tokens.example/token",
    ],
)
def test_a_token_url_is_refused(url: str) -> None:
    assert told({**OAUTH2, "token_url": url}) == ["auth.token_url: wrong-shape"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("client", ""), ("client", "c" * 201), ("client", ["mohala"]), ("scope", ""), ("scope", " births"),
        ("scope", 'births"'), ("scope", "b" * 501), ("scope", "births\ndeaths"), ("certificate", "."),
        ("certificate", "a/b.pem"), ("certificate", ""), ("authority", "a\\b"), ("authority", "a" * 101),
        ("credentials", "Header"),
    ],
)  # fmt: skip
def test_a_value_that_could_not_be_sent_or_found_is_refused(key: str, value: object) -> None:
    assert told({**OAUTH2, key: value}) == [f"auth.{key}: wrong-shape"]


def test_every_fault_is_told_at_once() -> None:
    refused = {"status": "401", "field": "code", "value": "pin"}
    operations = {"pin": {"headers": {"Cookie": "a"}, "refused": {"wrong": refused, "unknown": {"status": "404"}}}}
    auth = {"kind": "oauth2", "token_url": "x", "user": "y"}
    assert told(auth, headers={"Host": "a"}, operations=operations) == [
        "auth.user: unknown-key", "auth: missing-key", "auth.token_url: wrong-shape", "headers.Host: bad-name",
        "operations.pin.refused.wrong.status: wrong-shape",
    ]  # fmt: skip


def test_an_office_without_auth_needs_nothing_more() -> None:
    assert list(office_faults({"operations": {}})) == list(office_faults({"secret": "desk"})) == []
    assert list(office_faults({"auth": {"kind": "none"}})) == []


@pytest.mark.parametrize(
    "broken", [{"operations": []}, {"operations": {"a": "b"}}, {"operations": {"a": {"refused": 1}}}]
)
def test_what_is_complained_of_elsewhere_is_passed_over(broken: dict[str, object]) -> None:
    assert told(OAUTH2, **broken) == []


@pytest.mark.parametrize(
    "name", ["Authorization", "authorization", "Cookie", "X-Api-Key", "apikey", "Ocp-Apim-Subscription-Key",
             "X-Auth-Token", "client_secret", "X-Password", "Proxy-Authorization", "X-Road-Client", "Host",
             "Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "Idempotency-Key", "1st", "a b",
             "a:b", "", "a" * 61, "š"],
)  # fmt: skip
def test_a_header_that_is_secret_or_not_the_authors_is_refused(name: str) -> None:
    assert [fault.rule for fault in header_faults({name: "x"}, ("headers",))] == ["bad-name"]


@pytest.mark.parametrize("name", ["Accept", "Accept-Language", "X-Channel", "X-Key-Version", "Monkey", "x_id"])
def test_a_header_of_the_authors_is_taken(name: str) -> None:
    assert list(header_faults({name: "a value, with ; and = in it"}, ("headers",))) == []


@pytest.mark.parametrize("value", ["", " a", "a ", "a\r\nX-Evil: 1", "a\tb", "š", "x" * 201, None, {"a": "b"}])
def test_a_value_that_is_no_line_of_ascii_is_refused(value: object) -> None:
    assert [fault.rule for fault in header_faults({"X-Channel": value}, ("headers",))] == ["wrong-shape"]


def test_headers_have_a_limit() -> None:
    names = [f"X-{number}" for number in range(21)]
    assert list(header_faults(dict.fromkeys(names[:20], "x"), ("headers",))) == []
    (fault,) = header_faults(dict.fromkeys(names, "x"), ("headers",))
    assert "21 headers; 20 are allowed" in fault.text


def test_this_machine_is_no_way_on_which_others_read() -> None:
    addresses = {
        "http://127.0.0.1:1": False,
        "http://[::1]": False,
        "https://a.example": False,
        "http://10.0.0.1": True,
    }
    assert {address: is_in_the_clear(address) for address in addresses} == addresses
