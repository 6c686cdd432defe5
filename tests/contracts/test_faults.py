"""The table of docs/offices.md is true: every fault that it names is done to every adapter, over a socket."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from app.ports import Office
from integrations.services import OFFICES
from integrations.services.settings import OfficeSettings
from tests.contracts.faults import ANYWHERE, DOCS, rows, word_for
from tests.integrations.desk import Act, Answer, Desk, Silence, say

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
OPTIONS = {"http_json": {}, "x_road": {"client": "LS/GOV/MOHALA/GATEWAY", "provider": "LS/GOV/HOME-AFFAIRS/REGISTRY"}}
METHODS = {"a question": "GET", "a change": "POST"}
NOT_ASKED = ("Server.ClientProxy.UnknownMember", "Server.ServerProxy.AccessDenied")
OTHERS = ("Server.ServerProxy.NetworkError", "Server.ServerProxy.DatabaseError", "nonsense")


def x_road_error(type: str) -> Answer:
    return Answer(400 if type.startswith("Client") else 500, headers={"X-Road-Error": type})


FAULTS: Mapping[str, Sequence[Act]] = {
    **ANYWHERE,
    "nobody listens": (),
    "a 4xx that is declared": (say(404, {"code": "unknown"}),),
    "any other 4xx": (say(400, {}), say(401, {}), say(404, {"code": "other"})),
    "a 200 that says no, as declared": (say(200, {"id": "1", "code": "E17"}),),
    "taken and not finished, as declared": (Answer(202), say(200, {"status": "queued"})),
    "a 200 of which nothing is declared": (say(200, {"status": "odd"}), say(203, {"id": "1"})),
    "a result that is missing or too long": (
        say(200, {"status": "ok"}),
        say(200, {"status": "ok", "id": "1234567890"}),
    ),
    "an argument that no address can carry": (),
    "security server: `Client...`": (x_road_error("Client.BadRequest"),),
    "security server: a provider that was not asked": tuple(map(x_road_error, NOT_ASKED)),
    "security server: anything else": tuple(map(x_road_error, OTHERS)),
}


HEAD, *TOLD = rows("offices.md", "faults")
CASES = [
    (fault, *column.split(", ", 1), word)
    for fault, *words in TOLD
    for column, word in zip(HEAD[1:], words, strict=True)
    if word != "-"
]


def opened(adapter: str, method: str, address: str) -> Office:
    operation = {
        "method": method, "path": "/x/{id}", "takes": ["id"],
        "answered": [{"status": 200, "field": "status", "value": "ok"}],
        "pending": [202, {"status": 200, "field": "status", "value": "queued"}],
        "results": {"id": {"from": "id", "longest": 9}},
        "refused": {
            "unknown": {"status": 404, "field": "code", "value": "unknown"},
            "unpaid": {"status": 200, "field": "code", "value": "E17"},
        },
        **({"service_code": "civil"} if adapter == "x_road" else {}),
    }  # fmt: skip
    return OFFICES[adapter](OfficeSettings("registry", address, None, {"x": operation}, OPTIONS[adapter]), lambda: AT)


def test_the_page_tells_of_every_fault_that_is_tried_and_of_no_other() -> None:
    assert {fault for fault, *_ in TOLD} == set(FAULTS)
    assert HEAD[1:] == [f"{adapter}, {kind}" for adapter in OPTIONS for kind in METHODS]
    others = set(OFFICES) - set(OPTIONS)
    page = (DOCS / "offices.md").read_text("utf-8")
    assert others <= set(re.findall("`([a-z0-9_]+)`", page)), "or a sentence about each other adapter"


@pytest.mark.parametrize(("fault", "adapter", "kind", "word"), CASES)
async def test_a_fault_is_what_the_page_calls_it(
    desk: Desk, closed_port: str, fault: str, adapter: str, kind: str, word: str
) -> None:
    method = METHODS[kind]
    address = closed_port if fault == "nobody listens" else desk.url
    office = opened(adapter, method, address)
    id = "../1" if fault.startswith("an argument") else "1"
    desk.will(*FAULTS[fault])
    within_seconds = 0.5 if any(isinstance(act, Silence) for act in FAULTS[fault]) else 10.0
    seen = [
        await word_for(office, "x", {"id": id}, "S1-4", within_seconds, changes=method != "GET")
        for _ in FAULTS[fault] or (None,)
    ]
    await office.close()
    assert set(seen) == {word}
    assert len(desk.heard) == len(FAULTS[fault]), "asked once, each time"
