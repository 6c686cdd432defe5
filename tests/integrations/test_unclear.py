"""Work that is done and never heard of, over a socket: it is unknown, is found by its key, and is never done twice."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.errors import ServiceFailed
from app.messages import Answered, Refused
from app.ports import Office
from tests.integrations.country import BIRTH, Country, plain_office
from tests.integrations.desk import Act, Answer, Cut, Desk, say
from tests.integrations.test_x_road import office as behind_x_road

pytestmark = pytest.mark.anyio

VEND = {"meter": "04123456784", "amount": "5000", "currency": "LSL", "payment": "MP1"}
OPERATIONS: Mapping[str, Mapping[str, object]] = {
    method: {"method": method, "path": "/x", "answered": [200], "results": {"id": {"from": "id", "longest": 9}}}
    for method in ("GET", "POST", "PUT")
}


async def failure(office: Office, operation: str, arguments: Mapping[str, str], key: str) -> ServiceFailed:
    with pytest.raises(ServiceFailed) as failed:
        await office.ask(operation, arguments, key, 3.0)
    return failed.value


@pytest.mark.parametrize("after", ["fail", "cut"])
@pytest.mark.parametrize("by_x_road", [False, True])
async def test_a_birth_whose_answer_is_lost_is_registered_once(country: Country, after: str, by_x_road: bool) -> None:
    asked = behind_x_road(country) if by_x_road else country.office("civil-registry")
    await country.turn("x-road" if by_x_road else "civil-registry", after=after)
    for _ in range(3):
        failed = await failure(asked, "register-birth", BIRTH, "job-1")
        assert (failed.retryable, failed.late) == (True, True)
    await country.turn("x-road" if by_x_road else "civil-registry", after="answer")
    assert isinstance(await asked.ask("register-birth", BIRTH, "job-1", 5.0), Answered)
    assert len(await country.rows("/civil-registry/applications")) == 1


async def test_a_member_that_fails_after_its_work_leaves_it_unknown_behind_x_road_too(country: Country) -> None:
    asked = behind_x_road(country)
    await country.turn("civil-registry", after="fail")
    failed = await failure(asked, "register-birth", BIRTH, "job-1")
    assert (failed.reason, failed.late) == ("status_500", True)
    assert len(await country.rows("/civil-registry/applications")) == 1


@pytest.mark.parametrize("after", ["fail", "cut"])
async def test_electricity_whose_token_is_lost_is_found_by_the_key(country: Country, after: str) -> None:
    vendor = country.office("electricity")
    assert await vendor.ask("sold", {"key": "job-1:1"}, "job-1:1", 5.0) == Refused("unknown")
    await country.turn("electricity", after=after)
    assert (await failure(vendor, "vend", VEND, "job-1:1")).late
    await country.turn("electricity", after="answer")
    found = await vendor.ask("sold", {"key": "job-1:1"}, "job-1:1", 5.0)
    (row,) = await country.rows("/electricity/vends")
    assert found == Answered({"token": row["token"], "kwh": row["kwh"]})


UNREADABLE = [
    *(Answer(status) for status in (500, 502, 503, 504)),
    Cut(),
    Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
    Answer(200, b"<html>", "text/html"),
    Answer(200, b"x" * 70_000),
]


@pytest.mark.parametrize("act", UNREADABLE, ids=str)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_whatever_goes_wrong_after_a_change_was_sent_leaves_it_unknown(desk: Desk, method: str, act: Act) -> None:
    office = plain_office("registry", desk.url, None, OPERATIONS)
    desk.will(act)
    failed = await failure(office, method, {}, "job-1")
    await office.close()
    assert (failed.retryable, failed.late) == (True, True)


@pytest.mark.parametrize("act", [*(Answer(status) for status in (408, 429)), say(400, {})], ids=str)
async def test_what_an_office_turns_away_was_not_done(desk: Desk, act: Act) -> None:
    office = plain_office("registry", desk.url, None, OPERATIONS)
    desk.will(act)
    failed = await failure(office, "POST", {}, "job-1")
    await office.close()
    assert not failed.late


async def test_an_office_that_nobody_reaches_did_nothing(closed_port: str) -> None:
    office = plain_office("registry", closed_port, None, OPERATIONS)
    failed = await failure(office, "POST", {}, "job-1")
    await office.close()
    assert (failed.reason, failed.late) == ("connect", False)


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_question_that_changes_nothing_is_down_and_not_unknown(desk: Desk, status: int) -> None:
    office = plain_office("registry", desk.url, None, OPERATIONS)
    desk.will(Answer(status))
    failed = await failure(office, "GET", {}, "job-1")
    await office.close()
    assert (failed.retryable, failed.late) == (True, False)
