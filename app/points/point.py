"""Service points: small shops, schools and post offices where somebody helps a citizen in person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from app.points.hours import Hours
from app.values.rules import Text


class PointKind(StrEnum):
    SHOP = "shop"
    SCHOOL = "school"
    POST_OFFICE = "post_office"


FICTIONAL = "fictional"
"""The `source` of a point that does not exist: its telephone is one that nobody can have."""


@dataclass(frozen=True, slots=True)
class Point:
    """One place. `services` are names of the catalogue; `telephone` has national digits and may be empty; `source` says
    who published it, or `fictional`."""

    id: str
    kind: PointKind
    name: str
    village: str
    council: str
    district: str
    hours: Hours
    services: tuple[str, ...]
    telephone: str
    source: str

    @property
    def is_fictional(self) -> bool:
        return self.source == FICTIONAL

    def helps_with(self, service: str) -> bool:
        """One that says nothing of what it helps with helps with everything."""
        return not self.services or service in self.services


@dataclass(frozen=True, slots=True)
class District:
    """`key` is its name in points.csv and in menus, `name` what citizens are shown; `also` are other spellings."""

    key: str
    name: Text
    councils: tuple[str, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Points(Mapping[str, Point]):
    """The points of a pack by their ids, in the order of its sheet, and its districts by their keys.

    `zone` is the clock of all of them.
    """

    by_id: Mapping[str, Point] = field(default_factory=dict)
    districts: Mapping[str, District] = field(default_factory=dict)
    zone: tzinfo = UTC

    def __getitem__(self, id: str) -> Point:
        return self.by_id[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_id)

    def __len__(self) -> int:
        return len(self.by_id)

    def there(self, now: datetime) -> datetime:
        """A moment as the clocks at the points show it."""
        return now.astimezone(self.zone)

    def is_open(self, id: str, now: datetime) -> bool:
        """Whether a point is open at a moment; raises `KeyError` for an unknown one."""
        return self.by_id[id].hours.is_open(self.there(now))

    def within(self, district: str, council: str = "", village: str = "", service: str = "") -> tuple[Point, ...]:
        """The points of an area, by village and name; an empty bound is none."""
        found = [
            point
            for point in self.by_id.values()
            if point.district == district
            and council in ("", point.council)
            and village in ("", point.village)
            and (not service or service in point.services)
        ]
        return tuple(sorted(found, key=lambda point: (point.council, point.village, point.name)))
