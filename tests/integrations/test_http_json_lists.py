"""A list in a plain JSON office's answer: its entries in order, only their declared fields, no more than declared."""

from __future__ import annotations

import json

import pytest

from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered
from tests.integrations.country import plain_office
from tests.integrations.desk import Desk, say

pytestmark = pytest.mark.anyio

POINTS: dict[str, object] = {
    "method": "GET",
    "path": "/points",
    "answered": ["200"],
    "results": {
        "points": {
            "from": "found.points",
            "list": {"name": {"from": "name", "longest": "20"}, "town": {"from": "address.town", "longest": "16"}},
            "most": "2",
        }
    },
}


async def ask(desk: Desk, answer: object, results: object = POINTS["results"]) -> object:
    desk.will(say(200, answer))
    office = plain_office("points", desk.url, None, {"points": {**POINTS, "results": results}})
    try:
        return await office.ask("points", {}, "S1-1", 2.0)
    finally:
        await office.close()


def point(name: str) -> dict[str, object]:
    return {"name": name, "address": {"town": "Maseru"}, "staff": ["Palesa"]}


async def test_entries_keep_their_order_and_only_declared_fields_up_to_the_most_declared(desk: Desk) -> None:
    answered = await ask(desk, {"found": {"points": [point("Poso"), point("Sekolo"), point("Lebenkele")]}})
    assert isinstance(answered, Answered)
    assert json.loads(answered.results["points"]) == [
        {"name": "Poso", "town": "Maseru"},
        {"name": "Sekolo", "town": "Maseru"},
    ]


async def test_an_empty_list_is_an_answer(desk: Desk) -> None:
    assert await ask(desk, {"found": {"points": []}}) == Answered({"points": "[]"})


@pytest.mark.parametrize("points", [None, "x", {}, [1], [{"name": "Poso"}], [point("x" * 21)], [[point("Poso")]]])
async def test_anything_else_is_a_malformed_answer(desk: Desk, points: object) -> None:
    with pytest.raises(ServiceFailed, match="answer_malformed"):
        await ask(desk, {"found": {"points": points}})


def whole(**fields: dict[str, str]) -> dict[str, object]:
    """The answer itself is the list."""
    return {"points": {"from": ".", "list": fields, "most": "2"}}


async def test_an_answer_that_is_a_bare_list_is_read_with_a_point_for_its_path(desk: Desk) -> None:
    answer = [{**point("Poso"), "kind": "post_office"}, point("Sekolo"), "what is left out need not be right"]
    town = whole(name={"from": "name", "longest": "20"}, town={"from": "address.town", "longest": "16"})
    answered = await ask(desk, answer, town)
    assert isinstance(answered, Answered)
    assert json.loads(answered.results["points"]) == [
        {"name": "Poso", "town": "Maseru"},
        {"name": "Sekolo", "town": "Maseru"},
    ]


async def test_a_bare_list_of_plain_values_has_entries_that_are_their_only_field(desk: Desk) -> None:
    towns = whole(town={"from": ".", "longest": "16"})
    assert await ask(desk, ["Hlotse", "Moyeni"], towns) == Answered({"points": '[{"town":"Hlotse"},{"town":"Moyeni"}]'})


async def test_a_bare_list_that_is_empty_is_an_answer(desk: Desk) -> None:
    assert await ask(desk, [], whole(name={"from": "name", "longest": "20"})) == Answered({"points": "[]"})


@pytest.mark.parametrize("answer", [{}, {"points": []}, None, "x", 1, [None], [[]], ["Poso"], [{"name": {}}]])
async def test_anything_but_a_bare_list_of_entries_is_a_malformed_answer(desk: Desk, answer: object) -> None:
    with pytest.raises(ServiceFailed, match="answer_malformed") as failed:
        await ask(desk, answer, whole(name={"from": "name", "longest": "20"}))
    assert not failed.value.retryable


async def test_an_answer_of_more_bytes_than_an_office_may_send_is_not_read(desk: Desk) -> None:
    with pytest.raises(ServiceFailed, match="answer_too_big"):
        await ask(desk, [point("Poso")] * 2_000, whole(name={"from": "name", "longest": "20"}))


@pytest.mark.parametrize("path", ["..", ".points", "points.", "a..b", ""])
def test_a_path_with_points_too_many_stops_the_start(path: str) -> None:
    results = {"points": {"from": path, "list": {"name": {"from": "name", "longest": "20"}}, "most": "9"}}
    with pytest.raises(SettingsWrong, match=r"results\.points\.from"):
        plain_office("points", "http://127.0.0.1:1", None, {"points": {**POINTS, "results": results}})


def test_a_list_too_long_for_a_session_stops_the_start() -> None:
    results = {"points": {"from": ".", "list": {"name": {"from": "name", "longest": "201"}}, "most": "20"}}
    with pytest.raises(SettingsWrong, match="lower `most` or a field's `longest`"):
        plain_office("points", "http://127.0.0.1:1", None, {"points": {**POINTS, "results": results}})


@pytest.mark.parametrize("change", [{"most": "0"}, {"most": "100"}, {"list": {}}, {"longest": "3"}])
def test_a_wrong_declaration_of_a_list_stops_the_start(change: dict[str, object]) -> None:
    results = {"points": {"from": "p", "list": {"name": {"from": "name", "longest": "20"}}, "most": "9", **change}}
    with pytest.raises(SettingsWrong, match=r"results\.points"):
        plain_office("points", "http://127.0.0.1:1", None, {"points": {**POINTS, "results": results}})
