"""Tokens of OAuth 2.0 client credentials over sockets: one desk gives them, another is the office that wants them."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from app.errors import ServiceFailed
from app.messages import Answered
from integrations.oauth2 import Token
from integrations.services.settings import OfficeSettings
from tests.integrations.desk import Answer, Slow, say
from tests.integrations.ministry import Ministry, failure, token

pytestmark = pytest.mark.anyio

REFUSED = Answer(401, b"{}", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


# --- how a token is asked for and carried ------------------------------------------------------------------------


async def test_a_token_is_asked_for_by_client_and_password_and_carried(ministry: Ministry) -> None:
    ministry.door.will(token("t1"))
    ministry.desk.will(say(200, {}))
    assert await ministry.office(scope="births deaths").ask("person", {}, "S1-1", 2.0) == Answered({})
    (asked,) = ministry.door.heard
    assert (asked.method, asked.path) == ("POST", "/oauth/token")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(asked.body.decode())) == {"grant_type": "client_credentials", "scope": "births deaths"}
    assert b64decode(asked.headers["authorization"].removeprefix("Basic ")) == b"mohala:hushed"
    assert ministry.carried() == ["t1"]


async def test_client_and_password_are_form_encoded_before_they_are_joined(ministry: Ministry) -> None:
    ministry.door.will(token("t1"))
    ministry.desk.will(say(200, {}))
    await ministry.office("hu shed:%+", client="https://mohala").ask("person", {}, "S1-1", 2.0)
    shown = b64decode(ministry.door.heard[0].headers["authorization"].removeprefix("Basic "))
    assert shown == b"https%3A%2F%2Fmohala:hu+shed%3A%25%2B"


async def test_they_go_into_the_body_where_the_header_is_not_read(ministry: Ministry) -> None:
    ministry.door.will(token("t1"))
    ministry.desk.will(say(200, {}))
    await ministry.office("a&b=c", credentials="body").ask("person", {}, "S1-1", 2.0)
    (asked,) = ministry.door.heard
    told = {"grant_type": "client_credentials", "client_id": "mohala", "client_secret": "a&b=c"}
    assert dict(parse_qsl(asked.body.decode())) == told
    assert "authorization" not in asked.headers


# --- how long it is kept -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "fresh_seconds"),
    [(300, 270), ("300", 270), (20, 18), (3600, 3570), ("60.0", 54), (10**9 - 1, 86_370), (None, 270)],
)
async def test_a_token_is_kept_until_shortly_before_its_end(
    ministry: Ministry, said: object, fresh_seconds: int
) -> None:
    ministry.door.will(token("t1", expires_in=said), token("t2"))
    ministry.desk.will(say(200, {}), say(200, {}), say(200, {}))
    office = ministry.office()
    await office.ask("person", {}, "S1-1", 2.0)
    ministry.now += timedelta(seconds=fresh_seconds - 1)
    await office.ask("person", {}, "S1-2", 2.0)
    ministry.now += timedelta(seconds=1)
    await office.ask("person", {}, "S1-3", 2.0)
    assert ministry.carried() == ["t1", "t1", "t2"]


async def test_a_token_that_ends_at_once_serves_those_who_waited_for_it(ministry: Ministry) -> None:
    ministry.door.will(token("t1", expires_in=0), token("t2", expires_in=0))
    ministry.desk.will(say(200, {}), say(200, {}))
    office = ministry.office()
    await office.ask("person", {}, "S1-1", 2.0)
    await office.ask("person", {}, "S1-2", 2.0)
    assert ministry.carried() == ["t1", "t2"]


async def test_the_life_of_a_token_begins_when_it_is_asked_for(ministry: Ministry) -> None:
    ministry.door.will(Slow(token("t1"), 0.3), token("t2"))
    ministry.desk.will(say(200, {}), say(200, {}))
    office = ministry.office()
    first = asyncio.create_task(office.ask("person", {}, "S1-1", 2.0))
    await ministry.door.hear(1)
    ministry.now += timedelta(seconds=270)
    await first
    await office.ask("person", {}, "S1-2", 2.0)
    assert ministry.carried() == ["t1", "t2"]


async def test_twenty_who_ask_at_once_share_one_request(ministry: Ministry) -> None:
    ministry.door.will(Slow(token("t1"), 0.1))
    ministry.desk.will(*[say(200, {})] * 20)
    office = ministry.office()
    outcomes = await asyncio.gather(*(office.ask("person", {}, f"S1-{number}", 5.0) for number in range(20)))
    assert outcomes == [Answered({})] * 20
    assert len(ministry.door.heard) == 1
    assert ministry.carried() == ["t1"] * 20


# --- a token that is refused -------------------------------------------------------------------------------------


async def test_a_revoked_token_is_renewed_once_and_the_same_work_asked_for_again(ministry: Ministry) -> None:
    ministry.door.will(token("t1"), token("t2"))
    ministry.desk.will(say(201, {}), REFUSED, say(201, {}))
    office = ministry.office()
    await office.ask("file", {}, "S1-1", 2.0)
    assert await office.ask("file", {}, "S1-2", 2.0) == Answered({})
    assert ministry.carried() == ["t1", "t1", "t2"]
    assert [heard.headers["idempotency-key"] for heard in ministry.desk.heard] == ["S1-1", "S1-2", "S1-2"]


async def test_an_office_that_refuses_the_new_token_as_well_is_not_asked_a_third_time(ministry: Ministry) -> None:
    ministry.door.will(token("t1"), token("t2"))
    ministry.desk.will(REFUSED, REFUSED)
    assert await failure(ministry.office()) == ("status_401", False, False)
    assert (len(ministry.door.heard), len(ministry.desk.heard)) == (2, 2)


async def test_no_new_token_after_a_revoked_one_is_down_and_not_late(ministry: Ministry) -> None:
    ministry.door.will(token("t1"), Answer(503))
    ministry.desk.will(REFUSED)
    assert await failure(ministry.office()) == ("token_status_503", True, False)


async def test_an_office_that_forbids_is_not_taken_for_one_that_refuses_the_token(ministry: Ministry) -> None:
    ministry.door.will(token("t1"))
    ministry.desk.will(Answer(403, b"{}"))
    assert await failure(ministry.office()) == ("status_403", False, False)
    assert len(ministry.door.heard) == 1


# --- secrets -----------------------------------------------------------------------------------------------------


async def test_neither_password_nor_token_is_told_anywhere(
    ministry: Ministry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ministry.door.will(token("t0ken"), say(400, {"error": "hushed t0ken"}))
    ministry.desk.will(Answer(401, b"t0ken"))
    office = ministry.office()
    with pytest.raises(ServiceFailed) as failed:
        await office.ask("person", {}, "S1-1", 2.0)
    told = [caplog.text, repr(failed.value), str(failed.value.__cause__), repr(office), repr(vars(office))]
    told.append(repr(Token("t0ken", ministry.now)))
    told.append(repr(OfficeSettings("registry", "https://office.example", "hushed", {})))
    for secret in ("hushed", "t0ken"):
        assert not [text for text in told if secret in text]
