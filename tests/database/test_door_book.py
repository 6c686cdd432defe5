"""What workers tell of offices that are away, on real databases: each for itself, and gone with them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.ports import AwayDoor, DoorState

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


def away(office, at, state=DoorState.CLOSED, seen_at=None):
    return AwayDoor(office, state, at - MINUTE, at + MINUTE, seen_at or at)


async def test_a_process_hears_what_the_others_tell_and_not_itself(database, at):
    registry, wallet = away("civil-registry", at), away("wallet", at, DoorState.PROBING)
    await database.doors.tell("w1", [registry, wallet], at, at - MINUTE)
    await database.doors.tell("w2", [registry], at, at - MINUTE)
    assert sorted(door.office for door in await database.doors.told_by_others("w2")) == ["civil-registry", "wallet"]
    assert await database.doors.told_by_others("w1") == [registry]
    assert len(await database.doors.told_by_others("")) == 3


async def test_what_is_told_takes_the_place_of_what_was_told_before(database, at):
    await database.doors.tell("w1", [away("civil-registry", at), away("wallet", at)], at, at - MINUTE)
    later = at + timedelta(seconds=5)
    await database.doors.tell("w1", [away("wallet", at)], later, at - MINUTE)
    assert await database.doors.told_by_others("") == [away("wallet", at, seen_at=later)]
    await database.doors.tell("w1", [], later, at - MINUTE)
    assert await database.doors.told_by_others("") == []


async def test_what_the_dead_told_is_dropped_by_the_living(database, at):
    await database.doors.tell("dead", [away("wallet", at)], at - 2 * MINUTE, at - 3 * MINUTE)
    assert len(await database.doors.told_by_others("w1")) == 1
    await database.doors.tell("w1", [], at, at - MINUTE)
    assert await database.doors.told_by_others("w1") == []
