"""When citizens arrive: the shapes of a load, and arrivals by the clock drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random

SLOW_SECONDS = 2.0
RAMP_SECONDS = 60.0
RAMP_FROM = 1 / 30
OVERLOAD = 3.0
OVERLOAD_BEGINS, OVERLOAD_ENDS = 0.25, 0.75  # parts of the run


class Shape(StrEnum):
    """`pension-day` climbs from a thirtieth of the rate within a minute while offices are slow, `overload` is three
    times the rate in the middle half, `office-down` loses its registry from a tenth to seven tenths of the run.
    """

    STEADY = "steady"
    PENSION_DAY = "pension-day"
    OVERLOAD = "overload"
    OFFICE_DOWN = "office-down"


@dataclass(frozen=True, slots=True)
class KnobTurn:
    """What an office of the sandbox is told `at` seconds after the beginning; see docs/sandbox.md for the knobs."""

    at: float
    office: str
    knobs: Mapping[str, object]


def share(shape: Shape, at: float, seconds: float) -> float:
    """How much of the rate arrives `at` seconds into a run of `seconds`."""
    if shape is Shape.PENSION_DAY:
        return min(1.0, RAMP_FROM + (1 - RAMP_FROM) * at / min(RAMP_SECONDS, seconds))
    if shape is Shape.OVERLOAD:
        return OVERLOAD if OVERLOAD_BEGINS <= at / seconds < OVERLOAD_ENDS else 1.0
    return 1.0


def arrivals(shape: Shape, sessions_a_second: float, seconds: float, random: Random) -> Iterator[float]:
    """Moments in seconds from the beginning, in order: a Poisson process whose rate is the shape's.

    Whether anybody is answered plays no part, as with citizens.
    """
    most = OVERLOAD if shape is Shape.OVERLOAD else 1.0
    at = random.expovariate(sessions_a_second * most)
    while at < seconds:
        if random.random() * most < share(shape, at, seconds):
            yield at
        at += random.expovariate(sessions_a_second * most)


def knob_turns(shape: Shape, seconds: float) -> tuple[KnobTurn, ...]:
    """What becomes of the sandbox's offices during a run, in order; afterwards all are well again."""
    if shape is Shape.PENSION_DAY:
        slow, well = {"delay_s": SLOW_SECONDS}, {"delay_s": 0.0}
        offices = ("civil-registry", "electricity")
        return (*(KnobTurn(0.0, name, slow) for name in offices), *(KnobTurn(seconds, name, well) for name in offices))
    if shape is Shape.OFFICE_DOWN:
        down, up = {"silent": True}, {"silent": False}
        return KnobTurn(seconds / 10, "civil-registry", down), KnobTurn(seconds * 7 / 10, "civil-registry", up)
    return ()
