"""One running country for all phones of these tests, and phones with numbers that no other test has."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.chance_texts import chance_texts_in
from app.terminal.phones import Phones
from app.terminal.wire import Wire
from tests.lands import FLAT
from tests.story.country import ROOT, SERVICE_CODE, Country, free_port
from tests.terminal.parts import languages, new_id, new_number


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    home = tmp_path_factory.mktemp("var")
    port, sandbox_port = free_port(), free_port()
    ours = {"MOHALA_HOME": str(home), "MOHALA_PORT": str(port), "MOHALA_SANDBOX_PORT": str(sandbox_port)}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MOHALA_")}
    ours |= {"PYTHONPATH": str(ROOT), "MOHALA_PACK": str(FLAT)}
    country = Country(home, port, sandbox_port, kept | ours, home.with_suffix(".log"))
    try:
        country.start()
        yield country
    finally:
        country.stop()


@pytest.fixture
def country(running: Country) -> Iterator[Country]:
    """The offices are well again afterwards."""
    yield running
    for office in ("civil-registry", "electricity", "wallet", "sms", "directory"):
        running.knob(office, delay_s=0, fail=False, silent=False)


@pytest.fixture
def new_phones(country: Country) -> Iterator[Callable[[], Phones]]:
    wires = []

    def make() -> Phones:
        wire = Wire(country.gateway, "dev", country.sandbox)
        wires.append(wire)
        return Phones(wire, SERVICE_CODE, new_number(), new_number(), new_id, languages, chance_texts_in(FLAT))

    yield make
    for wire in wires:
        wire.__exit__(None, None, None)


@pytest.fixture
def phones(new_phones: Callable[[], Phones]) -> Phones:
    return new_phones()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conversations.yaml"
