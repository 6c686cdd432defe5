"""Keys are rotated under a running gateway: sessions live through it, and in the end the old key is gone."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from tests.story.country import ROOT, Country, Phone, reference_in, wait_for
from tests.story.mohala import mohala_command

pytestmark = pytest.mark.hunt


@pytest.fixture
def country(new_country: Callable[..., Country]) -> Country:
    country = new_country()
    country.start()
    return country


def mohala(country: Country, *words: str) -> tuple[int, str]:
    command = [*mohala_command(), *words]
    done = subprocess.run(command, cwd=ROOT, env=country.environment, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def of_key(country: Country, name: str) -> str:
    code, told = mohala(country, "keys", "status")
    assert code == 0, told
    return next((line for line in told.splitlines() if line.startswith(f"{name}: ")), "")


def has_taken_up(country: Country, name: str) -> bool:
    """The gateway and the worker say so, each in a line of its own."""
    lines = (line for log in country.home.rglob("*.log") for line in log.read_text("utf-8").splitlines())
    both = [line for line in [*lines, *country.log.read_text("utf-8").splitlines()] if "keys_taken_up" in line]
    return sum(name in line.partition("sealing")[2] for line in both) >= 2


def test_sessions_and_requests_live_through_a_rotation_and_the_old_key_is_dropped(country: Country) -> None:
    filed = Phone(country, "+26650300001")
    filed.apply_for_birth_certificate()
    reference = reference_in(filed.type("1"))
    wait_for("the text", lambda: country.sms(filed.number))
    country.forget_sessions()  # the one that ended would stay for five minutes
    under_way = Phone(country, "+26650300002")
    under_way.dial()
    page = under_way.type("1", "2", "5/3/2026", "1")
    keys = country.home / "keys"
    old = keys.read_text("ascii").partition(":")[0]

    code, told = mohala(country, "keys", "rotate")
    assert code == 0, told
    new = keys.read_text("ascii").partition(":")[0]
    assert new != old
    assert under_way.hop() == page, "a repeat of what the old key sealed"
    assert of_key(country, old).endswith(" values in the database, 1 sessions")

    code, told = mohala(country, "keys", "drop", old)
    assert (code, "mohala keys reseal" in told) == (1, True), told
    code, told = mohala(country, "keys", "reseal")
    assert (code, told.startswith("Sealed anew: ")) == (0, True), told
    code, told = mohala(country, "keys", "drop", old)
    assert (code, "1 sessions are sealed with" in told) == (1, True), told

    wait_for("the new key to seal", lambda: has_taken_up(country, new))
    assert under_way.type("012345678901").startswith("CON U mang ho ngoana?")
    assert of_key(country, old) == f"{old}: 0 values in the database, 0 sessions"
    code, told = mohala(country, "keys", "drop", old)
    assert code == 0, told
    assert [line.partition(":")[0] for line in keys.read_text("ascii").splitlines()] == [new, "lookup"]

    country.stop()  # so that no process remembers the old key
    country.start()
    assert under_way.type("1").startswith("CON Netefatsa:")
    assert "Kopo e amohetsoe" in under_way.type("1")
    again = Phone(country, filed.number)
    again.dial()
    assert "Lengolo la tsoalo" in again.type("2", reference), "the number is found by the same keyed hash"
