"""An office that is late, silent or broken: the citizen hears in time, and the work is finished later."""

from __future__ import annotations

import time

import pytest

from tests.story.country import Country, Phone, reference_in, wait_for

DEADLINE_SECONDS = 4.5
KNOBS: list[dict[str, object]] = [
    {"delay_s": 3},
    {"silent": True},
    {"fail": True},
    {"after": "fail"},
    {"after": "cut"},
]
DONE = {"delay_s", "after"}
"""Knobs with which the work is done, though nobody hears of it in time."""


@pytest.mark.parametrize("knobs", KNOBS)
def test_an_application_is_taken_in_time_and_sent_when_the_registry_is_back(
    country: Country, citizen: Phone, knobs: dict[str, object]
) -> None:
    country.knob("civil-registry", **knobs)
    began = time.monotonic()
    citizen.apply_for_birth_certificate()
    assert time.monotonic() - began < DEADLINE_SECONDS, "one office call in the whole dialogue"
    reference = reference_in(citizen.type("1"))
    wait_for("the receipt", lambda: country.sms(citizen.number))
    if not DONE & knobs.keys():
        assert not country.births_of(reference)
    country.knob("civil-registry", delay_s=0, fail=False, silent=False, after="answer")
    wait_for("the registry", lambda: country.births_of(reference), 40.0)
    if "delay_s" not in knobs:
        wait_for("the second text", lambda: [sms for sms in country.sms(citizen.number) if "NICR" in sms], 40.0)
    assert len(country.births_of(reference)) == 1


@pytest.mark.parametrize("knobs", KNOBS)
def test_a_status_that_the_office_cannot_give_now_is_texted_later(
    country: Country, citizen: Phone, knobs: dict[str, object]
) -> None:
    citizen.apply_for_birth_certificate()
    reference = reference_in(citizen.type("1"))
    wait_for(
        "the registry",
        lambda: country.births_of(reference),
    )

    def delivered() -> bool:
        citizen.dial()
        return "E ntse e sebetsoa" in citizen.type("2", reference)

    wait_for("the ledger", delivered)
    country.knob("civil-registry", **knobs)
    citizen.dial("2")
    began = time.monotonic()
    page = citizen.type(reference)
    assert time.monotonic() - began < DEADLINE_SECONDS
    assert page.startswith(f"END Kopo {reference}: E ntse e sebetsoa") and "Re tla u romella SMS" in page
    country.knob("civil-registry", delay_s=0, fail=False, silent=False, after="answer")
    status = wait_for("the status", lambda: [sms for sms in country.sms(citizen.number) if "Boemo: " in sms], 40.0)
    assert reference in status[0]


def test_a_wallet_that_is_down_is_asked_again_and_pays_once(country: Country, citizen: Phone) -> None:
    country.knob("wallet", fail=True)
    citizen.dial()
    reference = reference_in(citizen.type("3", "01234567897", "50", "1"))
    country.knob("wallet", fail=False)
    (receipt,) = wait_for("the token", lambda: country.sms(citizen.number), 40.0)
    assert reference in receipt and "Token " in receipt


@pytest.mark.parametrize("after", ["fail", "cut"])
def test_electricity_that_was_sold_and_never_heard_of_is_not_sold_again(
    country: Country, citizen: Phone, after: str
) -> None:
    meter = "04123456784"  # no other test buys for it
    sales = f"{country.sandbox}/electricity/vends"

    def sold() -> list[dict[str, str]]:
        return [row for row in country.client.get(sales).json() if row["meter"] == meter]

    before = len(sold())
    citizen.dial()
    citizen.type("3", meter, "50")
    country.knob("electricity", after=after)
    reference = reference_in(citizen.type("1"))
    wait_for("the sale", lambda: len(sold()) > before, 40.0)
    country.knob("electricity", after="answer")
    (receipt,) = wait_for("the token", lambda: country.sms(citizen.number), 60.0)
    row, *others = sold()  # newest first
    assert len(others) == before
    assert reference in receipt and f"Token {row['token']}" in receipt


def test_texts_wait_while_the_sms_centre_is_down(country: Country, citizen: Phone) -> None:
    country.knob("sms", fail=True)
    citizen.apply_for_birth_certificate()
    reference = reference_in(citizen.type("1"))
    wait_for(
        "the registry",
        lambda: country.births_of(reference),
    )
    assert country.sms(citizen.number) == []
    country.knob("sms", fail=False)
    assert reference in wait_for("the receipt", lambda: country.sms(citizen.number), 40.0)[0]
