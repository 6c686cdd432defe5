"""The same house on a PostgreSQL and a Valkey of the user's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest

from sessions.embedded import EmbeddedValkey
from tests.database.postgres import PostgresServer
from tests.story import test_repeats
from tests.story.country import ROOT, Country, Phone, free_port, reference_in, wait_for


@pytest.fixture(scope="module")
def elsewhere(new_country: Callable[..., Country], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    postgres = PostgresServer()
    valkey = EmbeddedValkey(Path(tmp_path_factory.mktemp("valkey")))
    try:
        valkey.start()
        country = new_country(MOHALA_DATABASE_URL=postgres.url("postgres"), MOHALA_REDIS_URL=valkey.url)
        country.start()
        yield country
        country.stop()
    finally:
        valkey.stop()
        postgres.stop()
        postgres.remove()


@contextmanager
def another_gateway(country: Country) -> Iterator[Country]:
    """One as it would run on another machine: it shares the two servers with the first, and nothing else."""
    environment = psutil.Process(country.children("serve")[0]).environ()
    other = replace(country, port=free_port(), client=httpx.Client(timeout=10.0, trust_env=False))
    with other.client, country.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.entry", "serve"], cwd=ROOT, env=environment | {"MOHALA_PORT": str(other.port)},
            stdout=log, stderr=log,
        )  # fmt: skip
        try:
            wait_for("the other gateway", other.is_ready)
            yield other
        finally:
            process.terminate()
            process.wait(10.0)


def test_two_gateways_on_one_postgresql_are_one_house(elsewhere: Country) -> None:
    with another_gateway(elsewhere) as other:
        here = Phone(elsewhere, "+26652000011")
        there = Phone(other, here.number, typed=here.typed)
        here.dial()
        there.session_id, there.typed = here.session_id, here.typed
        for place, text in enumerate(("1", "2", "5/3/2026", "6", "5", "012345678901", "1")):
            page = (here, there)[place % 2].type(text)
            assert (there, here)[place % 2].hop() == page, "whichever gets a copy gives the same bytes"
        here.typed.append("1")
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda place: (here, there)[place % 2].hop(), range(16)))
        assert len(set(answers)) == 1
        reference = reference_in(answers[0])
        wait_for("the registry", lambda: elsewhere.births_of(reference))
        assert len(elsewhere.births_of(reference)) == 1
        fallen = Phone(elsewhere, "+26652000012")
        fallen.apply_for_birth_certificate()
        fallen.drop()
        again = Phone(other, fallen.number)
        assert again.dial().startswith("CON U ne u e-s'o qete."), "what fell here is offered there"
        assert again.type("1", "1").startswith("END ")


def test_filing_repeats_and_a_kill_on_servers_of_ones_own(elsewhere: Country) -> None:
    citizen = Phone(elsewhere, "+26652000001")
    citizen.apply_for_birth_certificate()
    answer = citizen.type("1")
    reference = reference_in(answer)
    assert citizen.hop() == answer
    wait_for("the receipt", lambda: elsewhere.sms(citizen.number))
    wait_for("the registry", lambda: elsewhere.births_of(reference))
    elsewhere.text(citizen.number, f"STATUS {reference}")
    wait_for("the status", lambda: [sms for sms in elsewhere.sms(citizen.number) if "Boemo" in sms and "Kopo" in sms])
    test_repeats.test_twenty_copies_at_once_are_one_turn(elsewhere, Phone(elsewhere, "+26652000002"))
    test_repeats.test_a_repeat_gets_the_same_bytes_and_does_nothing_more(elsewhere, Phone(elsewhere, "+26652000003"))
    elsewhere.kill("serve")
    wait_for("the gateway", elsewhere.is_ready)
    assert citizen.hop() == answer
    assert not (elsewhere.home / "mohala.db").exists() and not (elsewhere.home / "valkey").exists()
