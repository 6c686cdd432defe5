"""Recordings of offices: they hold nothing of a citizen, are bounded, and show again what was understood."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from app import limits
from app.errors import ServiceFailed, SettingsWrong
from app.ports import Office
from app.replaying import replay_all
from integrations.services import OFFICES
from integrations.services.settings import OfficeSettings
from tests.contracts.test_faults import AT, OPTIONS, x_road_error
from tests.integrations.desk import Act, Answer, Cut, Desk, say

pytestmark = pytest.mark.anyio

CANARIES = ("MAHLOMOLA", "26650123456", "012345678901", "7K4M2PXQ9", "Ha Thetsane", "hushed-secret", "S1-canary-4")
NAME, NUMBER, ID, REFERENCE, VILLAGE, SECRET, KEY = CANARIES
OPERATION = {
    "method": "POST", "path": "/people/{id}", "takes": ["id", "name", "reference", "amount", "village"],
    "query": {"village": {"optional": "village"}},
    "body": {"who": "{name}", "amount": {"integer": "amount"}, "deep": [{"ref": "{reference}"}]},
    "results": {
        "number": {"from": "person.number", "longest": 20},
        "count": {"from": "count", "longest": 9},
        "where": {"header": "Location", "longest": 40},
        "points": {"from": "points", "most": 2, "list": {"village": {"from": "where.village", "longest": 20}}},
    },
    "answered": [200, 201],
    "pending": [{"field": "status", "value": "queued"}],
    "refused": {
        "unknown": {"status": 422, "field": "code", "value": "unknown_person"},
        "unpaid": {"status": 200, "field": "code", "value": "E17"},
        "gone": {"status": 410},
    },
}  # fmt: skip
ARGUMENTS = {"id": ID, "name": NAME, "reference": REFERENCE, "amount": "5050", "village": ""}
ANSWERED = {
    "person": {"number": NUMBER, "name": NAME, "mother": {"id": ID}}, "count": 12, "note": f"{NAME} of {VILLAGE}",
    "points": [{"where": {"village": VILLAGE, "chief": NAME}} for _ in range(4)], ID: REFERENCE,
}  # fmt: skip
ACTS: Mapping[str, Act] = {
    "answered": replace(say(200, ANSWERED), headers={"Location": f"/people/{ID}", "X-Trace": NAME}),
    "pending": say(200, {"status": "queued", "person": NAME}),
    "unpaid": say(200, {"code": "E17", "status": NAME, "message": f"{NAME} owes"}),
    "unknown": say(422, {"code": "unknown_person", "message": f"no {NAME}"}),
    "gone": say(410, {"message": ID}),
    "status_422": say(422, {"code": NAME}),
    "status_500": Answer(500, f"<h1>{NAME} {NUMBER}</h1>".encode(), "text/html", {"X-Trace": ID}),
    "answer_not_json": Answer(200, NAME.encode(), "text/html"),
    "answer_malformed": say(200, {**ANSWERED, "person": {"number": NUMBER + VILLAGE}}),
    "redirected": Answer(302, headers={"Location": f"/{ID}"}),
    "connection_lost": Cut(),
}


def recorded_office(adapter: str, desk: Desk, directory: Path) -> Office:
    operation = {**OPERATION, **({"service_code": "civil", "user": "id"} if adapter == "x_road" else {})}
    told = OfficeSettings(
        "registry", f"{desk.url}/office", SECRET, {"person": operation}, OPTIONS[adapter], recordings=directory
    )
    return OFFICES[adapter](told, lambda: AT)


async def ask(office: Office, arguments: Mapping[str, str] = ARGUMENTS) -> str:
    try:
        said = await office.ask("person", arguments, KEY, 2.0)
    except ServiceFailed as failure:
        return failure.reason
    return getattr(said, "reason", type(said).__name__.lower())


async def record(adapter: str, desk: Desk, directory: Path, acts: Mapping[str, Act]) -> list[str]:
    office = recorded_office(adapter, desk, directory)
    desk.will(*acts.values())
    seen = [await ask(office) for _ in acts]
    await office.close()
    return seen


@pytest.mark.parametrize("adapter", OPTIONS)
async def test_nothing_that_was_said_by_or_of_a_citizen_survives_in_a_recording(
    desk: Desk, tmp_path: Path, adapter: str
) -> None:
    acts = dict(ACTS) | ({"x_road:Client.BadRequest": x_road_error("Client.BadRequest")} if adapter == "x_road" else {})
    assert await record(adapter, desk, tmp_path, acts) == list(acts)
    files = list((tmp_path / adapter).iterdir())
    assert {file.name for file in files} == {f"registry-person-{kind}-1.yaml" for kind in acts}
    heard = " ".join(f"{one.path} {one.headers} {one.body!r}" for one in desk.heard)
    assert all(canary in heard for canary in (NAME, ID, REFERENCE, SECRET, KEY)), "all of it went over the wire"
    for file in files:
        text = file.read_text("utf-8") + file.name
        assert not [canary for canary in (*CANARIES, *CANARIES[4].split(), "5050", "X-Trace") if canary in text]


@pytest.mark.parametrize("adapter", OPTIONS)
async def test_a_recording_shows_again_what_was_asked_and_understood(desk: Desk, tmp_path: Path, adapter: str) -> None:
    await record(adapter, desk, tmp_path, ACTS)
    told = await asyncio.to_thread(replay_all, tmp_path)
    assert (told.count, told.differences) == (len(ACTS), ())
    sample = yaml.safe_load((tmp_path / adapter / "registry-person-answered-1.yaml").read_text("utf-8"))
    assert sample["outcome"]["answered"]["number"] == "9" * len(NUMBER)
    assert sample["exchanges"][0]["answer"]["json"].keys() == {"person", "count", "points"}
    assert sample["ask"]["arguments"]["village"] == "", "what was left empty stays so"


async def test_what_is_understood_otherwise_than_it_was_is_told(desk: Desk, tmp_path: Path) -> None:
    await record("http_json", desk, tmp_path, {"answered": ACTS["answered"]})
    (file,) = (tmp_path / "http_json").iterdir()
    file.write_text(file.read_text("utf-8").replace("/people/{id}", "/persons/{id}"), "utf-8")
    told = await asyncio.to_thread(replay_all, tmp_path)
    assert "asks POST /office/persons/a2, recorded was POST /office/people/a2" in told.differences[0]
    file.write_text("conversations: {}\n", "utf-8")
    with pytest.raises(SettingsWrong, match="is no sample"):
        await asyncio.to_thread(replay_all, tmp_path)


async def test_of_each_kind_there_are_a_few_and_nothing_grows_for_ever(desk: Desk, tmp_path: Path) -> None:
    many = {str(number): ACTS["answered"] for number in range(3 * limits.office_recordings_alike_max)}
    await record("http_json", desk, tmp_path, many)
    assert len(list((tmp_path / "http_json").iterdir())) == limits.office_recordings_alike_max
    for number in range(limits.office_recordings_max):
        (tmp_path / "http_json" / f"{number}.yaml").touch()
    await record("http_json", desk, tmp_path, {"gone": ACTS["gone"]})
    assert not list((tmp_path / "http_json").glob("registry-person-gone-*"))


async def test_a_silent_office_and_one_that_nobody_reaches_leave_no_recording(
    desk: Desk, tmp_path: Path, closed_port: str
) -> None:
    office = recorded_office("http_json", desk, tmp_path)
    await office.close()
    told = OfficeSettings("registry", closed_port, None, {"person": OPERATION}, recordings=tmp_path)
    unreached = OFFICES["http_json"](told, lambda: AT)
    assert await ask(unreached) == "connect"
    await unreached.close()
    assert not (tmp_path / "http_json").exists()


async def test_an_answer_counts_though_its_recording_cannot_be_written(desk: Desk, tmp_path: Path) -> None:
    in_the_way = tmp_path / "recordings"
    in_the_way.touch()
    assert await record("http_json", desk, in_the_way, {"answered": ACTS["answered"]}) == ["answered"]
    assert await record("http_json", desk, in_the_way, {"unpaid": ACTS["unpaid"]}) == ["unpaid"]
