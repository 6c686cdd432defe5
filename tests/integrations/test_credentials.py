"""How offices are shown who asks: against the sandbox's doors, and what stops a start."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered
from app.ports import Office
from integrations.services import OFFICES
from integrations.services.settings import OfficeSettings
from tests.integrations.country import Country
from tests.integrations.desk import Desk, say

pytestmark = pytest.mark.anyio

POINTS: Mapping[str, object] = {
    "method": "GET",
    "path": "/service-points",
    "query": {"district": "Quthing"},
    "results": {"first": {"from": "0.name", "longest": "20"}},
    "answered": ["200"],
}
POLI = Answered({"first": "Poli"})


def directory(country: Country, door: str, secret: str | None = "sandbox", **auth: str) -> Office:
    told = OfficeSettings("directory", f"{country.url}{door}/directory", secret, {"points": POINTS}, auth=auth)
    return country.opened("http_json", told)


def behind_tokens(country: Country, secret: str = "sandbox", **auth: str) -> Office:
    shown = {"kind": "oauth2", "token_url": f"{country.url}/oauth/token", "client": "mohala", **auth}
    return directory(country, "/oauth", secret, **shown)


async def reason(office: Office) -> str:
    with pytest.raises(ServiceFailed) as failed:
        await office.ask("points", {}, "S1-1", 5.0)
    return failed.value.reason


# --- the sandbox's doors -----------------------------------------------------------------------------------------


async def test_a_key_goes_into_its_header(country: Country) -> None:
    assert await directory(country, "").ask("points", {}, "S1-1", 5.0) == POLI
    assert await directory(country, "", kind="header").ask("points", {}, "S1-1", 5.0) == POLI
    assert await reason(directory(country, "", kind="header", header="X-Client")) == "status_401"
    assert await reason(directory(country, "", None, kind="none")) == "status_401"


async def test_user_and_password_open_the_door_that_wants_them(country: Country) -> None:
    assert await directory(country, "/basic", kind="basic", user="mohala").ask("points", {}, "S1-1", 5.0) == POLI
    assert await reason(directory(country, "/basic", kind="basic", user="thabo")) == "status_401"
    assert await reason(directory(country, "/basic")) == "status_401"


@pytest.mark.parametrize("auth", [{}, {"credentials": "body"}, {"scope": "births directory"}])
async def test_a_token_opens_the_door_that_wants_one(country: Country, auth: dict[str, str]) -> None:
    assert await behind_tokens(country, **auth).ask("points", {}, "S1-1", 5.0) == POLI


async def test_a_token_is_renewed_before_its_end_and_at_no_other_time(country: Country) -> None:
    office = behind_tokens(country)
    for seconds in (0, 269, 1, 269, 1):
        country.now += timedelta(seconds=seconds)
        assert await office.ask("points", {}, "S1-1", 5.0) == POLI
    assert len(await country.rows("/oauth/tokens")) == 3


async def test_twenty_whose_token_was_revoked_renew_it_once(country: Country) -> None:
    office = behind_tokens(country)
    assert await office.ask("points", {}, "S1-0", 5.0) == POLI
    (await country.testers.delete("/oauth/tokens")).raise_for_status()
    assert await asyncio.gather(*(office.ask("points", {}, f"S1-{n}", 10.0) for n in range(20))) == [POLI] * 20
    assert len(await country.rows("/oauth/tokens")) == 2


@pytest.mark.parametrize(
    ("secret", "auth", "told"),
    [
        ("wrong", {}, "token_invalid_client"),
        ("wrong", {"credentials": "body"}, "token_invalid_client"),
        ("sandbox", {"client": "stranger"}, "token_invalid_client"),
        ("sandbox", {"scope": "everything"}, "token_invalid_scope"),
        ("sandbox", {"scope": "births"}, "status_403"),
    ],
)
async def test_who_may_not_is_told_so(country: Country, secret: str, auth: dict[str, str], told: str) -> None:
    assert await reason(behind_tokens(country, secret, **auth)) == told


async def test_an_endpoint_that_is_down_is_told_apart_from_the_office(country: Country) -> None:
    office = behind_tokens(country)
    await country.turn("oauth", fail=True)
    assert await reason(office) == "token_status_503"
    await country.turn("oauth", fail=False)
    await country.turn("directory", fail=True)
    assert await reason(office) == "status_503"


# --- headers -----------------------------------------------------------------------------------------------------


async def test_headers_of_the_office_and_of_the_operation_are_sent_and_the_operations_own_win(desk: Desk) -> None:
    desk.will(say(200, [{"name": "Poli"}]))
    operation = {**POINTS, "headers": {"x-channel": "sms", "Accept": "application/vnd.points.v2+json"}}
    told = OfficeSettings("directory", desk.url, "hushed", {"points": operation})
    office = OFFICES["http_json"](
        replace(told, auth={"kind": "basic", "user": "mohala"}, headers={"X-Channel": "ussd", "X-Country": "LS"}),
        lambda: pytest.fail("no token is asked for"),
    )
    assert await office.ask("points", {}, "S1-1", 2.0) == POLI
    await office.close()
    headers = desk.heard[0].headers
    assert {name: headers[name] for name in ("x-channel", "x-country", "accept")} == {
        "x-channel": "sms", "x-country": "LS", "accept": "application/vnd.points.v2+json",
    }  # fmt: skip
    assert b64decode(headers["authorization"].removeprefix("Basic ")) == b"mohala:hushed"


async def test_a_security_server_is_shown_who_asks_as_well(desk: Desk) -> None:
    desk.will(say(200, {}))
    member = {"client": "LS/GOV/MOHALA/GATEWAY", "provider": "LS/GOV/HOME-AFFAIRS/REGISTRY"}
    operation = {
        "method": "GET", "path": "/people", "service_code": "civil", "headers": {"X-Channel": "ussd"},
        "answered": ["200"],
    }  # fmt: skip
    told = OfficeSettings("registry", desk.url, "hushed", {"person": operation}, member)
    office = OFFICES["x_road"](
        replace(told, auth={"kind": "basic", "user": "mohala"}, headers={"X-Country": "LS"}), lambda: pytest.fail()
    )
    await office.ask("person", {}, "S1-1", 2.0)
    await office.close()
    headers = desk.heard[0].headers
    assert b64decode(headers["authorization"].removeprefix("Basic ")) == b"mohala:hushed"
    assert (headers["x-channel"], headers["x-country"]) == ("ussd", "LS")
    assert headers["x-road-client"] == member["client"]


# --- what stops a start ------------------------------------------------------------------------------------------


TOKENS = {"kind": "oauth2", "token_url": "https://tokens.example/token", "client": "mohala"}
BASIC = {"kind": "basic", "user": "mohala"}


@pytest.mark.parametrize(
    ("address", "secret", "auth", "told"),
    [
        ("https://office.example", "hushed", {"kind": "digest"}, "`digest` is no kind of `auth`"),
        ("https://office.example", None, BASIC, "`secret` is missing"),
        ("https://office.example", "hushed", {"kind": "none"}, "`secret` is sent by no `auth` of kind none"),
        ("http://office.example", "hushed", BASIC, "its address must be https://"),
        ("http://127.0.0.1.example", "hushed", BASIC, "its address must be https://"),
        ("http://office.example", "hushed", TOKENS, "its address must be https://"),
        ("http://127.0.0.1", None, {"kind": "mutual_tls", "certificate": "x.pem"}, "its address must be https://"),
        ("http://127.0.0.1", "hushed", {**BASIC, "authority": "x.pem"}, "its address must be https://"),
        ("https://office.example", "hushed", {**TOKENS, "token_url": "http://x.example/t"}, "`token_url` must be"),
        ("https://office.example", "hushed\r\nX: y", BASIC, "must be printable ASCII"),
        ("https://office.example", "hushedš", TOKENS, "must be printable ASCII"),
    ],
)
def test_an_office_that_could_not_be_shown_who_asks_is_not_opened(
    address: str, secret: str | None, auth: dict[str, str], told: str
) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        OFFICES["http_json"](OfficeSettings("desk", address, secret, {}, auth=auth), lambda: pytest.fail())
    assert told in str(wrong.value)
    assert "`desk`" in str(wrong.value)
    assert "hushed" not in str(wrong.value)


@pytest.mark.parametrize("text", [None, "", "-----BEGIN CERTIFICATE-----\nhushed\n-----END CERTIFICATE-----\n"])
@pytest.mark.parametrize("key", ["certificate", "authority"])
def test_a_file_without_a_certificate_stops_the_start_unrepeated(tmp_path: Path, key: str, text: str | None) -> None:
    path = tmp_path / "desk.pem"
    if text is not None:
        path.write_text(text, "ascii")
    auth = {"kind": "mutual_tls", "certificate": "desk.pem", key: "desk.pem"}
    told = OfficeSettings("desk", "https://office.example", None, {}, auth=auth, files={key: path})
    with pytest.raises(SettingsWrong, match=f"The {key} of office desk cannot be used: put .* into ") as wrong:
        OFFICES["http_json"](told, lambda: pytest.fail())
    assert str(path) in str(wrong.value)
    assert "hushed" not in str(wrong.value)
