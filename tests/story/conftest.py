"""A whole country in a temporary home: `mohala run` as a user starts it, on free ports."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.lands import FLAT
from tests.story.country import ROOT, Country, Phone, free_port


@pytest.fixture(scope="module")
def new_country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Country]]:
    """Countries of a module's own: what stands idle afterwards takes time from the others, so they end with it."""
    with _countries(tmp_path_factory) as make:
        yield make


@contextmanager
def _countries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Country]]:
    countries: list[Country] = []

    def make(**environment: str) -> Country:
        home = tmp_path_factory.mktemp("var")
        port, sandbox_port = free_port(), free_port()
        kept = {key: value for key, value in os.environ.items() if not key.startswith("MOHALA_")}
        country = Country(
            home, port, sandbox_port,
            {
                **kept, "MOHALA_HOME": str(home), "MOHALA_PORT": str(port), "MOHALA_SANDBOX_PORT": str(sandbox_port),
                "PYTHONPATH": str(ROOT), "MOHALA_PACK": str(FLAT), **environment,
            },
            home.with_suffix(".log"),
        )  # fmt: skip
        countries.append(country)
        return country

    try:
        yield make
    finally:
        for country in countries:
            country.stop()


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    """One country that tests share; each test has citizens of its own."""
    with _countries(tmp_path_factory) as make:
        shared = make()
        shared.start()
        yield shared


_numbers = iter(range(50_200_000, 59_999_999))


@pytest.fixture
def citizen(country: Country) -> Iterator[Phone]:
    """A phone with a number that no other test has; the offices are well again afterwards."""
    yield Phone(country, f"+266{next(_numbers)}")
    for office in (
        "civil-registry",
        "electricity",
        "passports",
        "farm-inputs",
        "pensions",
        "wallet",
        "sms",
        "directory",
        "x-road",
        "oauth",
    ):
        country.knob(office, delay_s=0, fail=False, silent=False, after="answer")
