"""A payer who takes their time, in the whole country: the wallet's callback wakes the worker."""

from __future__ import annotations

from tests.story.country import Country, Phone, reference_in, wait_for


def told(country: Country) -> int:
    """How often a wallet said that a payer has decided, whether or not the worker had just asked by itself."""
    metrics = country.client.get(f"{country.gateway}/metrics").text
    lines = [line for line in metrics.splitlines() if line.startswith("mohala_wakes_total")]
    lines = [line for line in lines if 'became="woken"' in line or 'became="unknown"' in line]
    return sum(int(float(line.rpartition(" ")[2])) for line in lines)


def test_a_wallet_says_that_the_payer_has_decided_and_the_token_comes(country: Country, citizen: Phone) -> None:
    payer = f"{country.sandbox}/payers/{citizen.number}"
    country.client.post(payer, json={"does": "accept", "after_s": 9}).raise_for_status()
    before = told(country)
    citizen.dial()
    reference = reference_in(citizen.type("3", "01234567897", "50", "1"))
    (receipt,) = wait_for("the token", lambda: country.sms(citizen.number), 40.0)
    assert reference in receipt and "Token " in receipt
    wait_for("the wallet's callback", lambda: told(country) == before + 1)


def test_a_payer_who_says_no_is_told_that_no_money_was_taken(country: Country, citizen: Phone) -> None:
    payer = f"{country.sandbox}/payers/{citizen.number}"
    country.client.post(payer, json={"does": "decline", "after_s": 3}).raise_for_status()
    citizen.dial()
    reference = reference_in(citizen.type("3", "01234567897", "50", "1"))
    (refusal,) = wait_for("the refusal", lambda: country.sms(citizen.number), 40.0)
    assert reference in refusal and "Ha ho chelete e nkiloeng" in refusal
