"""A list in a plain JSON office's answer: its entries in order, only their declared fields, no more than declared."""

from __future__ import annotations

import json

import pytest
from mohala_tests_desk import Desk, say

from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered
from integrations.services.http_json import HttpJsonOffice

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


async def ask(desk: Desk, answer: object) -> object:
    desk.will(say(200, answer))
    office = HttpJsonOffice("points", desk.url, None, {"points": POINTS})
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


@pytest.mark.parametrize("change", [{"most": "0"}, {"most": "100"}, {"list": {}}, {"longest": "3"}])
def test_a_wrong_declaration_of_a_list_stops_the_start(change: dict[str, object]) -> None:
    results = {"points": {"from": "p", "list": {"name": {"from": "name", "longest": "20"}}, "most": "9", **change}}
    with pytest.raises(SettingsWrong, match=r"results\.points"):
        HttpJsonOffice("points", "http://127.0.0.1:1", None, {"points": {**POINTS, "results": results}})
