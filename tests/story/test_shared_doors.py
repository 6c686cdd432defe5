"""Gateway and worker are two processes: an office that only the worker asks is known to be away by all."""

from __future__ import annotations

import pytest

from tests.story.country import Country, Phone, reference_in, wait_for

METER = "3*01234567897*50"
AWAY = "Motlakase ha o rekoe hona joale."
_numbers = iter(range(59_400_000, 59_499_999))

pytestmark = pytest.mark.usefixtures("citizen")


def stranger(country: Country) -> Phone:
    return Phone(country, f"+266{next(_numbers)}")


def wallet(country: Country) -> str:
    told: str = country.client.get(f"{country.gateway}/health/ready").json()["offices"]["wallet"]["state"]
    return told


def test_what_the_worker_finds_closed_is_closed_in_health_and_menus_until_it_is_back(country: Country) -> None:
    buyers = [stranger(country) for _ in range(8)]
    for buyer in buyers:
        buyer.dial(METER)
    country.knob("wallet", fail=True)
    for buyer in buyers:
        reference_in(buyer.type("1"))
    wait_for("the worker's door to close", lambda: wallet(country) != "open", 30.0)
    wait_for("menus to say so", lambda: AWAY in stranger(country).dial("3"), 10.0)
    assert country.is_ready()
    country.knob("wallet", fail=False)
    wait_for("the worker's door to open", lambda: wallet(country) == "open", 60.0)
    wait_for("menus to offer it", lambda: AWAY not in stranger(country).dial("3"), 10.0)
