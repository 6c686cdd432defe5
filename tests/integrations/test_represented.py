"""For whom a call is made, as an office behind X-Road is told it: the pretend security server sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.editions import Edition
from app.errors import ServiceFailed
from app.messages import Answered
from app.pack import Pack
from app.x_road import REPRESENTED, represented
from integrations.services.settings import OfficeSettings
from tests.integrations.country import BIRTH, Country
from tests.integrations.test_x_road import OPERATIONS, RIGHT, office, person
from tests.work.agent import THABO, enrol
from tests.work.assisting import BORN, begins, reference
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio
MPHO = "+26650123456"


@pytest.fixture
async def bench(lesotho: Pack, country: Country, tmp_path: Path) -> AsyncIterator[Bench]:
    """The civil registry is behind X-Road, and everybody else a desk of the test."""
    entry = replace(lesotho.catalogue.offices["civil-registry"], adapter="x_road", operations=OPERATIONS)
    catalogue = replace(lesotho.catalogue, offices={**lesotho.catalogue.offices, "civil-registry": entry})
    pack = replace(lesotho, catalogue=catalogue)
    async with open_bench(pack, tmp_path) as bench:
        told = OfficeSettings("civil-registry", f"{country.url}/x-road", None, OPERATIONS, RIGHT)
        behind = {**bench.editions.current.offices, "civil-registry": country.opened("x_road", told)}
        edition = Edition(pack, behind)
        bench.editions.current = edition
        bench.editions._held[edition.version] = edition
        await enrol(bench, THABO)
        yield bench


async def parties(country: Country) -> list[str]:
    return [message["represented_party"] for message in await country.rows("/x-road/messages")]


async def test_every_call_for_a_citizen_whom_an_agent_helps_names_a_party_and_no_other_does(
    bench: Bench, country: Country
) -> None:
    line = await begins(bench)
    filed = await line.type(*BORN)
    await bench.work()
    asked, registered = await parties(country)
    (begun,) = [one for one in await bench.database.audit.page(0) if one.act == "begin-mandate"]
    assert asked == f"CITIZEN/{begun.subject}", "before anything is filed there is no reference"
    assert registered == f"CITIZEN/{reference(filed)}"
    assert not any(number.lstrip("+") in one for one in (asked, registered) for number in (MPHO, THABO, BORN[3]))
    await bench.dial("1", *BORN, session="m1")
    await bench.work()
    assert (await parties(country))[2:] == ["", ""], "whoever asks for themselves is represented by nobody"


async def test_an_office_with_a_party_of_its_own_keeps_that(country: Country) -> None:
    asked = office(country, represented_party="COM/LEFA")
    assert isinstance(await asked.ask("person", {**person, REPRESENTED: "CITIZEN/7K4M2PXQ9"}, "job-1", 5.0), Answered)
    assert await parties(country) == ["COM/LEFA"]


async def test_the_party_is_of_one_call_and_not_of_the_connection(country: Country) -> None:
    asked = office(country)
    for told in ({REPRESENTED: "CITIZEN/7K4M2PXQ9"}, {}, {REPRESENTED: "CITIZEN/9999"}):
        assert isinstance(await asked.ask("register-birth", {**BIRTH, **told}, "job-1", 5.0), Answered)
    assert await parties(country) == ["CITIZEN/7K4M2PXQ9", "", "CITIZEN/9999"]


@pytest.mark.parametrize("party", ["A/B/C", "CITIZEN/", "CITIZEN/a b", "CITIZEN/a\r\nX-Evil: 1"])
async def test_what_no_header_can_carry_is_never_sent(country: Country, party: str) -> None:
    with pytest.raises(ServiceFailed, match="argument_unfit"):
        await office(country).ask("person", {**person, REPRESENTED: party}, "job-1", 5.0)
    assert await parties(country) == []


def test_only_an_office_behind_x_road_is_told() -> None:
    assert represented("http_json", "7K4M2PXQ9") == {} == represented("x_road", "")
    assert represented("x_road", "7K4M2PXQ9") == {REPRESENTED: "CITIZEN/7K4M2PXQ9"}
