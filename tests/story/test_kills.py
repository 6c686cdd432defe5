"""`kill -9` of a part between two callbacks: the dialogue goes on, nothing that was acknowledged is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest

from tests.story.country import Country, Phone, reference_in, wait_for

READY_SECONDS = 5.0
KILLABLE = ["serve", "valkey-server", "worker", "sandbox"]


@pytest.fixture(scope="module")
def fragile(new_country: Callable[..., Country]) -> Country:
    country = new_country()
    country.start()
    return country


def kill_and_wait(country: Country, part: str) -> float:
    """Kill with SIGKILL; seconds until everything answers again."""
    before = set(country.children(part))
    country.kill(part)
    began = time.monotonic()
    wait_for(f"a new {part}", lambda: set(country.children(part)) - before)
    wait_for("readiness", country.is_ready)
    wait_for("the sandbox", lambda: country.client.get(f"{country.sandbox}/knobs").status_code == 200)
    return time.monotonic() - began


@pytest.mark.parametrize("part", KILLABLE)
def test_a_dialogue_goes_on_after_a_kill(fragile: Country, part: str) -> None:
    citizen = Phone(fragile, f"+2665100000{KILLABLE.index(part)}")
    summary = citizen.apply_for_birth_certificate()
    kill_and_wait(fragile, part)
    assert citizen.hop() == summary, "a repeat after the kill is answered with the stored bytes"
    answer = citizen.type("1")
    reference = reference_in(answer)
    kill_and_wait(fragile, part)
    assert citizen.hop() == answer
    wait_for("the receipt", lambda: [sms for sms in fragile.sms(citizen.number) if reference in sms], 40.0)
    wait_for("the registry", lambda: fragile.births_of(reference), 40.0)
    assert len(fragile.births_of(reference)) == 1


def test_a_gateway_killed_in_the_middle_of_a_turn_leaves_the_dialogue_to_the_next_copy(fragile: Country) -> None:
    citizen = Phone(fragile, "+26651000012")
    citizen.dial()
    citizen.type("1", "2", "5/3/2026", "6", "5")
    fragile.knob("civil-registry", silent=True)
    citizen.typed.append("012345678901")
    with ThreadPoolExecutor(1) as pool:
        cut_off = pool.submit(citizen.hop)
        time.sleep(0.3)  # let it reach the office; sooner or later the rest holds as well
        kill_and_wait(fragile, "serve")
        with pytest.raises(httpx.HTTPError):
            cut_off.result()
    fragile.knob("civil-registry", silent=False)
    assert citizen.hop().startswith("CON U mang ho ngoana?")


def test_a_callback_while_the_session_server_is_away_is_answered_from_its_transcript(fragile: Country) -> None:
    citizen = Phone(fragile, "+26651000010")
    citizen.dial()
    page = citizen.type("1", "2")
    fragile.kill("valkey-server")
    assert citizen.hop() == page
    assert citizen.type("5/3/2026").startswith("CON O tsoaletsoe")
    wait_for("readiness", fragile.is_ready)
    assert citizen.type("6").startswith("CON O tsoaletsoe seterekeng sefe?\n1. Mohale's Hoek")


def test_whoever_was_cut_off_goes_on_after_everything_was_killed(fragile: Country) -> None:
    """The line falls, the country is killed part by part, and a later dial goes on and files once."""
    citizen = Phone(fragile, "+26651000021")
    summary = citizen.apply_for_birth_certificate()
    citizen.drop()
    wait_for("the text that says so", lambda: [sms for sms in fragile.sms(citizen.number) if "khaohile" in sms], 40.0)
    for part in ("serve", "valkey-server", "worker"):
        kill_and_wait(fragile, part)
    again = Phone(fragile, citizen.number)
    assert again.dial().startswith("CON U ne u e-s'o qete.")
    kill_and_wait(fragile, "serve")
    fragile.forget_sessions()
    assert again.type("1") == summary.replace("012345678901", "0xxxxxxxx901")
    reference = reference_in(again.type("1"))
    wait_for("the registry", lambda: fragile.births_of(reference), 40.0)
    assert len(fragile.births_of(reference)) == 1


def test_a_session_server_that_stands_still_holds_nobody_up(fragile: Country) -> None:
    citizen = Phone(fragile, "+26651000013")
    citizen.dial()
    (stopped,) = fragile.children("valkey-server")
    os.kill(stopped, signal.SIGSTOP)
    try:
        assert citizen.type("1").startswith("CON Lengolo la tsoalo. Ngoana ke:")
        assert citizen.type("2").startswith("CON Letsatsi la tsoalo")
    finally:
        os.kill(stopped, signal.SIGCONT)
    wait_for("readiness", fragile.is_ready)
    assert citizen.type("5/3/2026").startswith("CON O tsoaletsoe")


def newest_is_over(country: Country) -> bool:
    """Whether the latest word on how far somebody came is in the database, and says that they came to the end."""
    newest = "SELECT fallen IS NULL FROM drafts ORDER BY at DESC LIMIT 1"
    with closing(sqlite3.connect(f"file:{country.home / 'mohala.db'}?mode=ro", uri=True)) as database:
        return bool(database.execute(newest).fetchone()[0])


def test_everything_that_was_stored_is_found_after_a_stop_and_a_start(fragile: Country) -> None:
    citizen = Phone(fragile, "+26651000011")
    citizen.dial("8")
    citizen.type("2")
    citizen.apply_for_birth_certificate()
    reference = reference_in(citizen.type("1"))
    wait_for("the registry", lambda: fragile.births_of(reference))
    wait_for("the note that the dialogue is over", lambda: newest_is_over(fragile))
    fragile.stop()
    fragile.start()
    page = citizen.dial()
    assert page.startswith("CON Welcome to Mohala.")
    assert f"Application {reference}" in citizen.type("2", reference)
    assert fragile.births_of(reference) and fragile.sms(citizen.number)


def test_ctrl_c_stops_everything_and_leaves_no_process(fragile: Country) -> None:
    parts = [part for part in KILLABLE if fragile.children(part)]
    assert parts == KILLABLE
    began = time.monotonic()
    fragile.stop()
    assert time.monotonic() - began < READY_SECONDS
    assert [part for part in KILLABLE if fragile.children(part)] == []
