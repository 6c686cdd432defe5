"""A plain JSON office: what may be declared, and what is asked of it when things go wrong."""

from __future__ import annotations

import pytest

from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered, Refused
from tests.integrations.country import plain_office
from tests.integrations.desk import Desk, Silence, say

pytestmark = pytest.mark.anyio

PERSON: dict[str, object] = {"method": "GET", "path": "/people/{id}", "takes": ["id"], "answered": ["200"]}
FILING: dict[str, object] = {
    "method": "POST",
    "path": "/births",
    "takes": ["sex"],
    "body": {"child": {"sex": "{sex}", "tags": ["{sex}", "new"]}},
    "answered": [201],
}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"method": "DELETE"}, "method"),
        ({"path": "people"}, "path"),
        ({"path": "/people/../admin"}, "path"),
        ({"path": "//evil.example/{id}"}, "path"),
        ({"path": "/people?id={id}"}, "write what follows under `query`"),
        ({"path": "/people/{ID}"}, "brace"),
        ({"path": "/people/{id"}, "brace"),
        ({"path": "/people/{name}"}, "`name` is not taken by the operation"),
        ({"takes": ["Id"]}, "takes"),
        ({"answered": []}, "answered"),
        ({"answered": ["404"]}, "answered"),
        ({"answers": ["200"]}, "answers"),
        ({"body": {"a": "b"}}, "GET has no `body`"),
        ({"refused": {"unknown": {"status": "500"}}}, "refused.unknown.status"),
        ({"refused": {"unknown": {"status": "429"}}}, "busy"),
        ({"refused": {"unknown": {"status": "404", "field": "code"}}}, "go together"),
        ({"results": {"name": {"from": "name"}}}, "results.name: `longest` is missing"),
        ({"results": {"name": {"from": "a..b", "longest": "9"}}}, "results.name.from"),
    ],
)
def test_a_wrong_declaration_stops_the_start(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        plain_office("registry", "http://127.0.0.1:1", None, {"person": {**PERSON, **change}})
    assert "`registry`" in str(wrong.value)
    assert "`person`" in str(wrong.value)
    assert complaint in str(wrong.value)


@pytest.mark.parametrize("body", [{"a": "{sexx}"}, {"a": {"integer": "amount"}}, {"a": ["{"]}, {"a": {"b": "}"}}])
def test_a_body_names_only_what_the_operation_takes(body: object) -> None:
    with pytest.raises(SettingsWrong):
        plain_office("registry", "http://127.0.0.1:1", None, {"file": {**FILING, "body": body}})


async def test_arguments_fill_a_body_at_any_depth(desk: Desk) -> None:
    desk.will(say(201, {}))
    office = plain_office("registry", desk.url, None, {"file": FILING})
    assert await office.ask("file", {"sex": "female", "more": "is ignored"}, "S1-4", 2.0) == Answered({})
    await office.close()
    assert desk.heard[0].json() == {"child": {"sex": "female", "tags": ["female", "new"]}}
    assert "x-api-key" not in desk.heard[0].headers


async def test_the_secret_goes_into_the_header_that_was_named(desk: Desk) -> None:
    desk.will(say(200, {}))
    office = plain_office("registry", desk.url, "sandbox", {"person": PERSON}, kind="header", header="X-Client")
    await office.ask("person", {"id": "1"}, "S1-4", 2.0)
    await office.close()
    assert desk.heard[0].headers["x-client"] == "sandbox"


@pytest.mark.parametrize("key", ["", "a\r\nX-Evil: 1", "š", "k" * 256])
async def test_a_key_that_cannot_be_a_header_is_not_sent(desk: Desk, key: str) -> None:
    office = plain_office("registry", desk.url, None, {"file": FILING})
    with pytest.raises(ServiceFailed, match="key_unfit"):
        await office.ask("file", {"sex": "female"}, key, 2.0)
    await office.close()
    assert desk.heard == []


@pytest.mark.parametrize("id", ["", ".", "..", "a/../b", "..\\x", "/etc", "a/", "a\r\nb", "a\x00b", "\u202e1"])
async def test_an_argument_cannot_climb_or_break_the_path(desk: Desk, id: str) -> None:
    office = plain_office("registry", desk.url, None, {"person": PERSON})
    with pytest.raises(ServiceFailed, match="argument_unfit"):
        await office.ask("person", {"id": id}, "S1-4", 2.0)
    await office.close()
    assert desk.heard == []


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Maseru", "Maseru"),
        (7, "7"),
        (True, "true"),
        (27.30, "27.3"),
        ("", ""),
        (" Ha\u00a0\n Thetsane ", "Ha Thetsane"),
    ],
)
async def test_a_plain_value_is_a_result_on_one_line(desk: Desk, value: object, read: str) -> None:
    assert await _where(desk, {"where": value}) == Answered({"where": read})


@pytest.mark.parametrize(
    "answer",
    [{}, [], None, "x", {"where": None}, {"where": []}, {"where": "x" * 25}, {"where": "a\u0007"}, {"where": "\ud800"}],
)
async def test_anything_else_is_a_malformed_answer(desk: Desk, answer: object) -> None:
    with pytest.raises(ServiceFailed, match="answer_malformed") as failed:
        await _where(desk, answer)
    assert not failed.value.retryable


async def test_a_refusal_may_be_told_by_a_value_that_is_no_text(desk: Desk) -> None:
    desk.will(say(409, {"error": {"code": 17}}), say(409, {"error": {"code": 18}}))
    rule = {"status": "409", "field": "error.code", "value": "17"}
    office = plain_office("registry", desk.url, None, {"person": {**PERSON, "refused": {"twice": rule}}})
    assert await office.ask("person", {"id": "1"}, "S1-4", 2.0) == Refused("twice")
    with pytest.raises(ServiceFailed, match="status_409"):
        await office.ask("person", {"id": "1"}, "S1-4", 2.0)
    await office.close()


async def test_a_silent_office_is_late(desk: Desk) -> None:
    desk.will(Silence())
    office = plain_office("registry", desk.url, None, {"person": PERSON})
    with pytest.raises(ServiceFailed) as failed:
        await office.ask("person", {"id": "1"}, "S1-4", 0.3)
    await office.close()
    assert (failed.value.reason, failed.value.retryable, failed.value.late) == ("timeout", True, True)


async def test_an_operation_that_was_not_declared_is_not_asked(desk: Desk) -> None:
    office = plain_office("registry", desk.url, None, {"person": PERSON})
    with pytest.raises(ServiceFailed, match="operation_unknown"):
        await office.ask("people", {}, "S1-4", 2.0)
    await office.close()


async def _where(desk: Desk, answer: object) -> object:
    desk.will(say(200, answer))
    declared = {**PERSON, "results": {"where": {"from": "where", "longest": "24", "type": "word"}}}
    office = plain_office("registry", desk.url, None, {"person": declared})
    try:
        return await office.ask("person", {"id": "1"}, "S1-4", 2.0)
    finally:
        await office.close()


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-11-20", "2026-11-20"),
        ("2026-11-20T23:59:07+02:00", "2026-11-20"),
        ("2026-11-20T00:00:00.000Z", "2026-11-20"),
    ],
)
async def test_a_day_may_come_with_its_time(desk: Desk, said: str, day: str) -> None:
    results = {"born": {"from": "born", "longest": "10", "type": "date"}}
    desk.will(say(200, {"born": said}))
    registry = plain_office("registry", desk.url, None, {"person": {**PERSON, "results": results}})
    try:
        assert await registry.ask("person", {"id": "1"}, "S1-1", 2.0) == Answered({"born": day})
    finally:
        await registry.close()


async def test_what_is_longer_than_a_day_and_no_time_is_none(desk: Desk) -> None:
    results = {"born": {"from": "born", "longest": "10", "type": "date"}}
    desk.will(say(200, {"born": "the 20th of November"}))
    registry = plain_office("registry", desk.url, None, {"person": {**PERSON, "results": results}})
    try:
        with pytest.raises(ServiceFailed, match="answer_malformed"):
            await registry.ask("person", {"id": "1"}, "S1-1", 2.0)
    finally:
        await registry.close()
