"""Where citizens are helped in person: the points of a pack, their hours, and how one is found."""

from __future__ import annotations

from app.points.hours import Hours
from app.points.point import FICTIONAL, District, Point, PointKind, Points

__all__ = ["FICTIONAL", "District", "Hours", "Point", "PointKind", "Points"]
