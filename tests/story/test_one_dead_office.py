"""One dead office stops no service that does not use it (I16): each is silent in turn, with a crowd at its door."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median

import pytest

from tests.story.country import Country, Phone, reference_in, wait_for

pytestmark = pytest.mark.hunt
BIRTH, METER = "1*2*5/3/2026*1*012345678901", "3*01234567897*50"
ASKED_AT_ONCE = {"civil-registry": (BIRTH, METER), "electricity": (METER, BIRTH)}
"""What a citizen dials to ask each of them, and what one dials who asks another."""
CROWD = 40
LONGEST_SECONDS = 2.0
"""Of most pages that need another office: a dead one is waited for up to 2.5 s, and a busy machine is no fault."""
_numbers = itertools.count(59_500_000)


def stranger(country: Country) -> Phone:
    return Phone(country, f"+266{next(_numbers)}")


@contextmanager
def crowd(country: Country, dialled: str) -> Iterator[list[float]]:
    """So many citizens dial it over and over, each patient; how long each page took is told."""
    took: list[float] = []
    going = True

    def citizen() -> None:
        while going:
            began = time.monotonic()
            stranger(country).dial(dialled)
            took.append(time.monotonic() - began)
            time.sleep(1.0)  # else it is the crowd itself that keeps the machine busy once it is turned away

    with ThreadPoolExecutor(CROWD) as pool:
        for _ in range(CROWD):
            pool.submit(citizen)
        try:
            yield took
        finally:
            going = False


@pytest.mark.parametrize("dead", ASKED_AT_ONCE)
def test_a_silent_office_with_a_crowd_at_its_door_slows_no_other(country: Country, citizen: Phone, dead: str) -> None:
    its, others = ASKED_AT_ONCE[dead]
    all_well(country)
    usual = citizen.dial(others)
    country.knob(dead, silent=True)
    with crowd(country, its) as took:
        wait_for("its door to close", lambda: state_of(country, dead) == "closed")
        pages = []
        for _ in range(20):
            began = time.monotonic()
            assert citizen.dial(others) == usual, "it is answered, not led to `late`"
            pages.append(time.monotonic() - began)
        assert country.is_ready()
    assert median(pages) < LONGEST_SECONDS
    assert took and max(took) < 5.0, "and whoever asks it gets a page"
    country.knob(dead, silent=False)
    all_well(country)


def all_well(country: Country) -> None:
    """No door is closed: somebody has to ask before an office is seen to be back."""

    def is_open(office: str, dialled: str) -> bool:
        stranger(country).dial(dialled)
        return state_of(country, office) == "open"

    for office, (dialled, _) in ASKED_AT_ONCE.items():
        wait_for(f"{office} to be asked again", lambda office=office, dialled=dialled: is_open(office, dialled), 60.0)


def state_of(country: Country, office: str) -> str:
    told: str = country.client.get(f"{country.gateway}/health/ready").json()["offices"][office]["state"]
    return told


@pytest.mark.parametrize("dead", ["wallet", "electricity", "sms"])
def test_work_for_a_silent_office_keeps_no_other_work_waiting(country: Country, citizen: Phone, dead: str) -> None:
    all_well(country)
    buyers = [stranger(country) for _ in range(12)]
    for buyer in buyers:
        buyer.dial(METER)
    country.knob(dead, silent=True)
    for buyer in buyers:
        reference_in(buyer.type("1"))
    citizen.apply_for_birth_certificate()
    reference = reference_in(citizen.type("1"))
    wait_for("the registry", lambda: country.births_of(reference), 15.0)
    if dead != "sms":
        wait_for("the receipt", lambda: country.sms(citizen.number), 15.0)
