"""With every kind of office behind its door, over a socket: one that says nothing holds up none of the others."""

from __future__ import annotations

import asyncio
import time

import pytest

from app import limits
from app.doors import Doors, DoorState
from app.errors import ServiceFailed
from app.measures import Measures
from app.messages import Answered, Pending
from app.pack import Pack
from app.ports import Office
from tests.integrations.country import served_country
from tests.integrations.test_x_road import office as behind_x_road
from tests.integrations.test_x_road import person

pytestmark = [pytest.mark.anyio, pytest.mark.hunt]

PAYMENT = {"msisdn": "+26650123456", "amount": "100", "currency": "LSL", "reference": "7K4M2PXQ9", "text": "Motlakase"}
QUESTIONS = {
    "civil-registry": ("person", person),
    "electricity": ("meter", {"meter": "04123456784"}),
    "wallet": ("request-payment", PAYMENT),
    "x-road": ("person", person),
}
BEHIND = {"civil-registry": {"x-road"}}
"""Whoever is asked through another needs that one too."""
LONG, SHORT = 60.0, 1.5
"""Patience in seconds: of the crowd, so that it is there until the others were answered; and of who finds it dead."""


async def ask(office: Office, name: str, key: str = "S1-1", within_seconds: float = LONG) -> object:
    operation, arguments = QUESTIONS[name]
    try:
        return await office.ask(operation, arguments, key, within_seconds)
    except ServiceFailed as failure:
        return failure


@pytest.mark.parametrize("dead", QUESTIONS)
async def test_one_that_says_nothing_holds_up_none_of_the_others(lesotho: Pack, dead: str) -> None:
    async with served_country(lesotho, silence_seconds_max=LONG) as country:
        doors = Doors(Measures(), lambda: country.now, time.monotonic)
        offices = {
            name: doors.before(name, behind_x_road(country) if name == "x-road" else country.office(name))
            for name in QUESTIONS
        }
        await country.turn(dead, silent=True)
        crowd = [asyncio.create_task(ask(offices[dead], dead, f"S{number}-1")) for number in range(150)]
        for _ in range(20):
            for name in offices.keys() - {dead} - BEHIND.get(dead, set()):
                assert isinstance(await ask(offices[name], name), Answered | Pending)
        waiting = [task for task in crowd if not task.done()]
        assert len(waiting) == limits.office_calls_max + limits.office_calls_waiting_max, "nobody waited for these"
        assert {str(task.result()) for task in crowd if task.done()} == {"busy"}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for _ in range(limits.office_door_calls_min):
            await ask(offices[dead], dead, within_seconds=SHORT)
        health = doors.health()
        assert [name for name, one in health.items() if one.state is not DoorState.OPEN] == [dead]
        assert str(await ask(offices[dead], dead)) == "closed"
        await country.turn(dead, silent=False)
