"""Turns at an office, on real databases: one for each, evenly apart, whoever asks."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest

from integrations.database import open_database

pytestmark = pytest.mark.anyio
FIFTH = timedelta(seconds=0.2)


async def test_workers_at_once_get_turns_evenly_apart(url, keyring, random_bytes, at):
    houses = [await open_database(url, keyring, random_bytes, allow_unsafe=True) for _ in range(3)]
    try:
        asked = (house.rates.slot("registry", 0.2, at) for house, _ in zip(itertools.cycle(houses), range(30)))
        slots = sorted(await asyncio.gather(*asked))
        assert slots == [at + number * FIFTH for number in range(30)]
    finally:
        for house in houses:
            await house.close()


async def test_turns_that_nobody_took_are_not_saved_up(database, at):
    assert await database.rates.slot("registry", 0.2, at) == at
    later = at + timedelta(hours=1)
    assert await database.rates.slot("registry", 0.2, later) == later
    assert await database.rates.slot("registry", 0.2, later) == later + FIFTH


async def test_every_office_has_turns_of_its_own(database, at):
    await database.rates.slot("registry", 3_600, at)
    assert await database.rates.slot("electricity", 3_600, at) == at
