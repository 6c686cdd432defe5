"""Offices come and go as was drawn before the month began, and what an ill one does to whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import pytest

from app.errors import ServiceFailed
from app.messages import Answered
from app.simulation.timeline import Timeline
from app.simulation.weather import Ill, Outage, Weather, outages

MONTH = 30 * 86_400.0


@dataclass
class Registry:
    asked: list[str] = field(default_factory=list)

    async def ask(self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float) -> Answered:
        self.asked.append(key)
        return Answered()

    async def close(self) -> None:
        return None


def test_the_same_seed_has_the_same_weather_and_every_office_some_of_it() -> None:
    offices = ("registry", "wallet")
    drawn = [outages(offices, MONTH, Random(seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert {one.office for one in drawn[0]} == set(offices)
    assert all(0 <= one.begins < one.ends <= MONTH for one in drawn[0])


@pytest.mark.parametrize(
    ("ill", "reason", "late", "done"),
    [(Ill.AWAY, "connect", False, 0), (Ill.SILENT, "timeout", True, 0), (Ill.FORGETFUL, "connection_lost", True, 1)],
)
def test_an_ill_office_fails_whoever_asks_and_only_a_forgetful_one_has_done_it(
    ill: Ill, reason: str, late: bool, done: int
) -> None:
    timeline, registry = Timeline(datetime(2026, 11, 1, tzinfo=UTC)), Registry()
    office = Weather([Outage("registry", ill, 0.0, 60.0)], timeline).around("registry", registry)
    with pytest.raises(ServiceFailed) as failure:
        asyncio.run(office.ask("file", {}, "k1", 1.0))
    assert (failure.value.reason, failure.value.late, failure.value.retryable) == (reason, late, True)
    assert len(registry.asked) == done
    timeline.now = timeline.at(60.0)
    assert asyncio.run(office.ask("file", {}, "k1", 1.0)) == Answered()
