"""Fees that wait, paid from a wallet over HTTP in the shipped country; and whoever tries to cheat with that."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from tests.lands import SHIPPED
from tests.story.country import ROOT, Country, Phone, wait_for
from tests.story.mohala import mohala_command

CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")
WAKES = re.compile(r"/wakes/\S+")
FEES, TYPED = "2*4*1", "2*4*2"
M_PESA, ECOCASH = "1", "2"
TOTAL_MINOR = 135_00
ASKED, BUSY = "END Sheba mohala oa hao", "END Wallet e se e botsitsoe"
_numbers = iter(range(56_700_001, 56_799_999))


@pytest.fixture(scope="module")
def land(new_country: Callable[..., Country]) -> Country:
    country = new_country(MOHALA_PACK=str(SHIPPED))
    country.start()
    return country


def somebody(land: Country) -> Phone:
    return Phone(land, f"+266{next(_numbers)}")


def does(payer: Phone, does: str, after_seconds: float) -> None:
    told = {"does": does, "after_s": after_seconds}
    payer.country.client.post(f"{payer.country.sandbox}/payers/{payer.number}", json=told).raise_for_status()


def billed(citizen: Phone) -> str:
    """The code of the bill for a passport."""
    citizen.dial("1*4*4*1*1234567*2")
    assert citizen.type("1").startswith("END Ref: ")
    texts = wait_for(
        "the bill", lambda: [one for one in citizen.country.sms(citizen.number) if "Nomoro ea tefo" in one]
    )
    found = CODE.search(texts[0])
    assert found
    return found[0]


def at_the_page(payer: Phone, wallet: str, typed: str) -> None:
    """Up to the page that asks whether the wallet is to ask."""
    assert "1. Lefa ka M-Pesa" in payer.dial(typed)
    assert "Kakaretso M135.00 ka " in payer.type(wallet)


def asked(land: Country, wallet: str, payer: Phone) -> list[dict[str, Any]]:
    """What a wallet was asked for, for this payer."""
    path = "/m-pesa/transactions" if wallet == M_PESA else "/push-poll/transactions"
    rows: list[dict[str, Any]] = land.client.get(f"{land.sandbox}{path}").raise_for_status().json()
    return [row for row in rows if row["payer"] == payer.number]


def mohala(land: Country, *words: str) -> str:
    environment = {**land.environment, "MOHALA_PUBLIC_URL": land.gateway}
    done = subprocess.run(
        [*mohala_command(), *words], cwd=ROOT, env=environment, text=True, check=False, capture_output=True,
        timeout=60,
    )  # fmt: skip
    return done.stdout


def told(phone: Phone, words: str) -> list[str]:
    return [text for text in phone.country.sms(phone.number) if words in text]


def is_whole(land: Country) -> bool:
    return "The books are whole" in mohala(land, "books", "check")


@pytest.mark.parametrize(("wallet", "name"), [(M_PESA, "M-Pesa"), (ECOCASH, "EcoCash")])
def test_a_fee_is_paid_from_each_wallet_and_the_office_goes_on(land: Country, wallet: str, name: str) -> None:
    citizen = somebody(land)
    does(citizen, "accept", 1)
    code = billed(citizen)
    at_the_page(citizen, wallet, f"{FEES}*1")
    assert citizen.type("1").startswith(ASKED)
    wait_for("the receipt", lambda: told(citizen, f"li amohetsoe ka {name}."))
    wait_for("the office", lambda: told(citizen, "ofisi ea lipasa e amohetse tefo"))
    (push,) = asked(land, wallet, citizen)
    assert (push["status"], push["amount_minor"], push["currency"]) == ("paid", TOTAL_MINOR, "LSL")
    assert "paid" in mohala(land, "payments", "show", code) and is_whole(land)


@pytest.mark.parametrize("wallet", [M_PESA, pytest.param(ECOCASH, marks=pytest.mark.hunt)])  # a minute each
def test_fifty_copies_of_the_yes_and_two_kills_ask_one_payer_once(land: Country, wallet: str) -> None:
    citizen = somebody(land)
    does(citizen, "accept", 6)
    billed(citizen)
    at_the_page(citizen, wallet, f"{FEES}*1")
    citizen.typed.append("1")
    with ThreadPoolExecutor(8) as pool:
        pages = set(pool.map(lambda _: citizen.hop(), range(50)))
    assert len(pages) == 1 and pages.pop().startswith(ASKED)
    wait_for("the wallet", lambda: asked(land, wallet, citizen))
    for part in ("worker", "serve"):
        before = set(land.children(part))
        land.kill(part)
        wait_for(f"a new {part}", lambda part=part, before=before: set(land.children(part)) - before)
    wait_for("readiness", land.is_ready)
    assert citizen.hop().startswith(ASKED)
    wait_for("the receipt", lambda: told(citizen, "li amohetsoe ka "), 150)  # a killed worker holds its job for 60 s
    assert len(asked(land, wallet, citizen)) == 1 and len(told(citizen, "li amohetsoe ka ")) == 1
    assert is_whole(land)


def test_of_two_who_confirm_at_once_for_two_wallets_one_is_asked(land: Country) -> None:
    citizen, son = somebody(land), somebody(land)
    code = billed(citizen)
    at_the_page(citizen, M_PESA, f"{FEES}*1")
    at_the_page(son, ECOCASH, f"{TYPED}*{code}")
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda phone: phone.type("1"), (citizen, son)))
    assert sorted(page.startswith(ASKED) for page in pages) == [False, True]
    assert any(page.startswith((BUSY, "END Tefo ena e se e lefiloe")) for page in pages)
    wait_for("the receipt", lambda: told(citizen, "li amohetsoe ka "))
    assert len(asked(land, M_PESA, citizen)) + len(asked(land, ECOCASH, son)) == 1


def test_a_forged_callback_is_not_believed(land: Country) -> None:
    """It says that all is paid, and knows the address and the id; the payer has typed no PIN, and then says no."""
    citizen = somebody(land)
    does(citizen, "decline", 5)
    code = billed(citizen)
    at_the_page(citizen, M_PESA, f"{FEES}*1")
    assert citizen.type("1").startswith(ASKED)
    (push,) = wait_for("the wallet", lambda: asked(land, M_PESA, citizen))
    forged = {
        "input_OriginalConversationID": "f" * 32, "input_TransactionID": "MP66666666", "input_ResultCode": "0",
        "input_ResultDesc": "Request processed successfully", "input_ThirdPartyConversationID": push["client_id"],
    }  # fmt: skip
    (path, *_) = [found for found in WAKES.findall(mohala(land, "wakes")) if "m_pesa" in found]
    for address in (path, re.sub("/wakes/[^/]+", "/wakes/guessed", path)):
        answers = {land.client.post(f"{land.gateway}{address}", json=forged).status_code for _ in range(20)}
        assert answers == ({404} if "guessed" in address else {200})
    assert "paid" not in mohala(land, "payments", "show", code).splitlines()[0]
    wait_for("the refusal", lambda: told(citizen, "Ha ho chelete e nkiloeng"))
    assert not told(citizen, "li amohetsoe ka ") and is_whole(land)


def test_a_wallet_that_was_late_and_another_that_paid_meanwhile_leave_the_second_money_in_suspense(
    land: Country,
) -> None:
    citizen = somebody(land)
    does(citizen, "accept", 1)
    code = billed(citizen)
    at_the_page(citizen, ECOCASH, f"{FEES}*1")
    land.knob("push-poll", after="cut")
    try:
        assert citizen.type("1").startswith(ASKED)
        wait_for("the wallet", lambda: asked(land, ECOCASH, citizen))
        order = {"number": citizen.number, "code": code, "amount": "135"}
        paid = land.client.post(f"{land.sandbox}/wallet/menu/pay", json=order).raise_for_status().json()
        assert [one["status"] for one in paid["answers"]] == [201]
    finally:
        land.knob("push-poll", after="answer")
    wait_for("what became of the second", lambda: told(citizen, "e bolokiloe"))
    assert "ecocash" in mohala(land, "payments", "show", code) and is_whole(land)


def test_whoever_guesses_codes_from_one_number_is_stopped_and_learns_nothing(land: Country) -> None:
    citizen, thief = somebody(land), somebody(land)
    code = billed(citizen)
    guesses = iter(_codes(code))
    pages = [replace(thief).dial(f"{TYPED}*{next(guesses)}") for _ in range(5)]
    assert len(set(pages)) == 1 and pages[0].startswith("CON Nomoro eo ha e fumanehe")
    for last in (next(guesses), code.replace("-", "")):
        assert replace(thief).dial(f"{TYPED}*{last}").startswith("END U lekile ka makhetlo a mangata")


def _codes(like: str) -> list[str]:
    """Of nobody, with the right check character: one that is, with two characters changed."""
    from app.bill_code import read_bill_code

    letters, head = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", like.replace("-", "")
    found = []
    for one in letters:
        for check in letters:
            code = f"{head[:3]}{one}{head[4:9]}{check}"
            if code != head and one != head[3] and read_bill_code(code):
                found.append(code)
    return found
