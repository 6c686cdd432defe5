"""Errands: what somebody did by phone or at a service point, as far as it is counted. Nothing in one names anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.engine.program import Choose, Program

DISTRICT = "district"
"""The answer, and the parameter of a service, by which an errand is counted in a district."""


class ErrandKind(StrEnum):
    FILED = "filed"  # a request was written down
    ENDED = "ended"  # a request was carried out
    STATUS = "status"  # somebody asked how their request stands and was told; once a day for each request
    PAID = "paid"  # a bill was paid
    FOUND = "found"  # something was looked up that is nobody's own, such as a service point


class Channel(StrEnum):
    USSD = "ussd"
    SMS = "sms"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Errand:
    """`id` makes it count once; it is kept as a keyed hash. `at` is kept as the hour. Empty: not known."""

    id: str
    kind: ErrandKind
    service: str
    channel: str
    at: datetime
    district: str = ""
    point: str = ""


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def districts_of(program: Program) -> frozenset[str]:
    """The districts that a pack lets somebody choose. What was typed freely is never counted by."""
    return frozenset(
        option.value
        for screen in program.screens.values()
        if isinstance(screen, Choose) and screen.into == DISTRICT
        for option in screen.options
        if option.value is not None
    )


def district_in(program: Program, answers: Mapping[str, str]) -> str:
    """The district among some answers; empty if there is none that the pack knows."""
    found = answers.get(DISTRICT, "")
    return found if found and found in districts_of(program) else ""
