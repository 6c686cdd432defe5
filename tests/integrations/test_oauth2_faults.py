"""A token endpoint that fails in every way that was met or feared: the office is not asked, and never late."""

from __future__ import annotations

import asyncio

import pytest

from app.errors import ServiceFailed
from app.messages import Answered
from tests.integrations.desk import Act, Answer, Cut, Silence, Slow, Trickle, say
from tests.integrations.ministry import Ministry, failure, token

pytestmark = pytest.mark.anyio


def error(status: int, code: object) -> Answer:
    return say(status, {"error": code, "error_description": "mohala may not"})


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (error(401, "invalid_client"), "token_invalid_client"),
        (error(400, "invalid_client"), "token_invalid_client"),
        (error(400, "invalid_scope"), "token_invalid_scope"),
        (error(400, "unauthorized_client"), "token_unauthorized_client"),
        (error(400, "unsupported_grant_type"), "token_unsupported_grant_type"),
        (error(400, "mohala:hushed is unknown"), "token_status_400"),
        (error(400, ["invalid_client"]), "token_status_400"),
        (Answer(401, b"<h1>No</h1>", "text/html"), "token_status_401"),
        (error(403, "invalid_client"), "token_invalid_client"),
        (Answer(404), "token_status_404"),
        (Answer(429), "token_status_429"),
        (Answer(500, b"<h1>hushed</h1>", "text/html"), "token_status_500"),
        (Answer(504), "token_status_504"),
        (Answer(302, headers={"Location": "https://elsewhere.example/"}), "token_redirected"),
        (Answer(201, token("t1").body), "token_status_201"),
        (Answer(200, b"<html>", "text/html"), "token_answer_not_json"),
        (Answer(200, b"{"), "token_answer_not_json"),
        (Answer(200, b"[" + b"1," * 100_000 + b"1]"), "token_answer_too_big"),
        (Cut(), "token_connection_lost"),
        (Cut(b"220 mail.example ESMTP\r\n"), "token_connection_lost"),
        (say(200, []), "token_malformed"),
        (say(200, {"access_token": "t1"}), "token_malformed"),
        (token("", token_type="Bearer"), "token_malformed"),
        (token("t1", token_type="mac"), "token_malformed"),
        (token("t1", token_type=None), "token_malformed"),
        (token("a b"), "token_malformed"),
        (token("a\r\nX-Evil: 1"), "token_malformed"),
        (token("š"), "token_malformed"),
        (token("t" * 8_001), "token_malformed"),
        (token("t1", expires_in="soon"), "token_malformed"),
        (token("t1", expires_in=-1), "token_malformed"),
        (token("t1", expires_in=True), "token_malformed"),
    ],
)  # fmt: skip
async def test_no_token_is_an_office_that_is_down_and_is_asked_again_later(
    ministry: Ministry, act: Act, reason: str
) -> None:
    ministry.door.will(act, token("t9"))
    ministry.desk.will(say(200, {}))
    office = ministry.office()
    assert await failure(office) == (reason, True, False)
    assert ministry.desk.heard == []
    assert await office.ask("person", {}, "S1-2", 2.0) == Answered({})


async def test_an_endpoint_where_nobody_listens_is_told_apart_from_the_office(
    ministry: Ministry, closed_port: str
) -> None:
    assert await failure(ministry.office(token_url=f"{closed_port}/token")) == ("token_connect", True, False)


@pytest.mark.parametrize("act", [Silence(), Trickle(token("t1").raw(), 0.05)], ids=["silent", "trickling"])
async def test_a_slow_endpoint_takes_no_more_than_the_patience_that_there_is(ministry: Ministry, act: Act) -> None:
    ministry.door.will(act)
    began = asyncio.get_running_loop().time()
    assert await failure(ministry.office(), 0.3) == ("token_timeout", True, False)
    assert asyncio.get_running_loop().time() - began < 1.5
    assert ministry.desk.heard == []


async def test_the_patience_for_the_office_is_what_the_token_left(ministry: Ministry) -> None:
    ministry.door.will(Slow(token("t1"), 0.6))
    ministry.desk.will(Silence())
    began = asyncio.get_running_loop().time()
    assert await failure(ministry.office(), 1.0) == ("timeout", True, True)
    assert asyncio.get_running_loop().time() - began < 1.5


@pytest.mark.parametrize("within_seconds", [0.0, -1.0])
async def test_no_time_is_not_late_while_the_office_was_not_asked(ministry: Ministry, within_seconds: float) -> None:
    ministry.door.will(token("t1"))
    assert await failure(ministry.office(), within_seconds) == ("token_timeout", True, False)


async def test_who_gives_up_leaves_the_token_to_the_next(ministry: Ministry) -> None:
    ministry.door.will(Slow(token("t1"), 0.4))
    ministry.desk.will(say(200, {}))
    office = ministry.office()
    assert await failure(office, 0.1) == ("token_timeout", True, False)
    assert await office.ask("person", {}, "S1-2", 5.0) == Answered({})
    assert len(ministry.door.heard) == 1


async def test_an_ask_that_is_cancelled_takes_the_token_from_nobody(ministry: Ministry) -> None:
    ministry.door.will(Slow(token("t1"), 0.2))
    ministry.desk.will(say(200, {}))
    office = ministry.office()
    first = asyncio.create_task(office.ask("person", {}, "S1-1", 5.0))
    await ministry.door.hear(1)
    second = asyncio.create_task(office.ask("person", {}, "S1-2", 5.0))
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await second == Answered({})
    assert len(ministry.door.heard) == 1


async def test_an_office_that_is_closed_leaves_no_request_behind(ministry: Ministry) -> None:
    ministry.door.will(Silence())
    office = ministry.office()
    asking = asyncio.create_task(office.ask("person", {}, "S1-1", 5.0))
    await ministry.door.hear(1)
    await office.close()
    with pytest.raises(ServiceFailed, match="token_timeout"):
        await asking
    assert [task for task in asyncio.all_tasks() if "_fetch" in repr(task.get_coro())] == []
