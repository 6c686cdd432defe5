"""With every kind of office behind its door, over a socket: one that says nothing holds up none of the others."""

from __future__ import annotations

import asyncio
import time
from statistics import median

import pytest

from app.doors import Doors, DoorState
from app.errors import ServiceFailed
from app.measures import Measures
from app.messages import Answered, Pending
from app.ports import Office
from tests.integrations.country import Country
from tests.integrations.test_x_road import office as behind_x_road
from tests.integrations.test_x_road import person

pytestmark = pytest.mark.anyio

PAYMENT = {"msisdn": "+26650123456", "amount": "100", "currency": "LSL", "reference": "7K4M2PXQ9", "text": "Motlakase"}
QUESTIONS = {
    "civil-registry": ("person", person),
    "electricity": ("meter", {"meter": "04123456784"}),
    "directory": ("service-points", {"district": "Leribe"}),
    "wallet": ("request-payment", PAYMENT),
    "x-road": ("person", person),
}
BEHIND = {"civil-registry": {"x-road"}}
"""Whoever is asked through another needs that one too."""
PATIENCE = 2.0


async def ask(office: Office, name: str, key: str = "S1-1") -> object:
    operation, arguments = QUESTIONS[name]
    try:
        return await office.ask(operation, arguments, key, PATIENCE)
    except ServiceFailed as failure:
        return failure


@pytest.mark.parametrize("dead", QUESTIONS)
async def test_one_that_says_nothing_holds_up_none_of_the_others(country: Country, dead: str) -> None:
    doors = Doors(Measures(), lambda: country.now, time.monotonic)
    offices = {
        name: doors.before(name, behind_x_road(country) if name == "x-road" else country.office(name))
        for name in QUESTIONS
    }
    await country.turn(dead, silent=True)
    crowd = [asyncio.create_task(ask(offices[dead], dead, f"S{number}-1")) for number in range(150)]
    took: list[float] = []
    for _ in range(20):
        for name in offices.keys() - {dead} - BEHIND.get(dead, set()):
            began = time.monotonic()
            assert isinstance(await ask(offices[name], name), Answered | Pending)
            took.append(time.monotonic() - began)
    assert median(took) < PATIENCE / 8, "and none took all of its patience, for then it had no answer"
    told = [one for one in await asyncio.gather(*crowd) if isinstance(one, ServiceFailed)]
    assert len(told) == 150 and {one.reason for one in told} <= {"timeout", "busy", "closed"}
    health = doors.health()
    assert [name for name, one in health.items() if one.state is not DoorState.OPEN] == [dead]
