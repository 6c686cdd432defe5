"""Which offices are away, and when: drawn before the month begins, so that the same seed has the same weather."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from app.errors import ServiceFailed
from app.messages import Answered, Handed, Pending, Refused
from app.ports import Office
from app.simulation.timeline import Timeline

UP_HOURS = 60.0
DOWN_HOURS, DOWN_SPREAD = 5.0, 0.9
DOWN_HOURS_MAX = 96.0
HOUR = 3600.0


class Ill(StrEnum):
    """`away` cannot be reached; `silent` takes what is sent and does nothing; `forgetful` does it, and its answer is
    lost.
    """

    AWAY = "away"
    SILENT = "silent"
    FORGETFUL = "forgetful"


@dataclass(frozen=True, slots=True)
class Outage:
    """From `begins` to `ends`, in seconds since the month began."""

    office: str
    ill: Ill
    begins: float
    ends: float


def outages(offices: Sequence[str], seconds: float, random: Random) -> tuple[Outage, ...]:
    """Each office is up for two and a half days on average, then down for hours, sometimes for days."""
    return tuple(outage for office in offices for outage in _outages(office, seconds, random))


def _outages(office: str, seconds: float, random: Random) -> Iterator[Outage]:
    at = random.expovariate(1 / (UP_HOURS * HOUR))
    while at < seconds:
        hours = min(DOWN_HOURS_MAX, random.lognormvariate(0, DOWN_SPREAD) * DOWN_HOURS)
        ends = min(seconds, at + hours * HOUR)
        yield Outage(office, random.choice(tuple(Ill)), at, ends)
        at = ends + random.expovariate(1 / (UP_HOURS * HOUR))


class Weather:
    """Puts itself around offices; `failed` counts what it did to each."""

    def __init__(self, outages: Sequence[Outage], timeline: Timeline) -> None:
        self._timeline = timeline
        self._by_office: Mapping[str, Sequence[Outage]] = {
            name: [one for one in outages if one.office == name] for name in {one.office for one in outages}
        }

    def ill(self, office: str) -> Ill | None:
        at = self._timeline.seconds()
        found = (one.ill for one in self._by_office.get(office, ()) if one.begins <= at < one.ends)
        return next(found, None)

    def around(self, name: str, office: Office) -> Office:
        return _Weathered(name, office, self)


class _Weathered:
    def __init__(self, name: str, office: Office, weather: Weather) -> None:
        self._name = name
        self._office = office
        self._weather = weather

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending | Handed:
        ill = self._weather.ill(self._name)
        if ill is Ill.AWAY:
            raise ServiceFailed("connect", retryable=True)
        if ill is Ill.SILENT:
            raise ServiceFailed("timeout", retryable=True, late=True)
        outcome = await self._office.ask(operation, arguments, key, within_seconds)
        if ill is Ill.FORGETFUL:
            raise ServiceFailed("connection_lost", retryable=True, late=True)
        return outcome

    async def close(self) -> None:
        await self._office.close()
