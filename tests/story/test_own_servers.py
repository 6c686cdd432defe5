"""The same house on a PostgreSQL and a Valkey of the user's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sessions.embedded import EmbeddedValkey
from tests.database.postgres import PostgresServer
from tests.story import test_repeats
from tests.story.country import Country, Phone, reference_in, wait_for


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
