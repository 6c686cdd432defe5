"""The adapter of payers that speak G2P Connect against the sandbox's, over a socket: what is told, and the knobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from app.errors import SettingsWrong
from app.messages import Answered, Refused
from integrations.services.g2p_connect import G2pConnectOffice
from integrations.services.settings import OfficeSettings
from tests.integrations.country import Country
from tests.integrations.registers import PARTIES, PAYMENTS, failure, grants

pytestmark = pytest.mark.anyio

PENSIONER = {"msisdn": "+26658123456"}


async def test_a_payment_is_told_by_the_payees_number_and_only_what_is_declared_leaves(country: Country) -> None:
    told = await grants(country).ask("paid", PENSIONER, "S1-1", 5.0)
    assert isinstance(told, Answered)
    assert told.results == {"status": "succ", "day": "2026-11-20"}
    assert told.evidence.startswith("transaction_id=")


@pytest.mark.parametrize(("ending", "status"), [("97", "pdng"), ("96", "rjct"), ("95", "rcvd")])
async def test_a_payment_that_is_not_made_yet_or_was_rejected_is_an_answer(
    country: Country, ending: str, status: str
) -> None:
    payment = f"OAP-266581234{ending}-1"
    told = await grants(country).ask("payment", {"payment": payment}, "S1-1", 5.0)
    assert isinstance(told, Answered)
    why = "rjct.payee_fa.invalid" if status == "rjct" else ""
    assert told.results == {"status": status, "amount": "950.00", "why": why}
    searched = await grants(country).ask("paid", {"msisdn": f"+266581234{ending}"}, "S1-2", 5.0)
    assert isinstance(searched, Answered) and searched.results["status"] == status


async def test_several_payments_are_listed_or_refused_as_the_pack_declares(country: Country) -> None:
    twice = {"msisdn": "+26658123498"}
    refused = await grants(country).ask("paid", twice, "S1-1", 5.0)
    assert isinstance(refused, Refused) and refused.reason == "several"
    listed = await grants(country).ask("all-paid", twice, "S1-2", 5.0)
    assert isinstance(listed, Answered)
    assert json.loads(listed.results["payments"]) == [{"status": "succ"}] * 2


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("paid", {"msisdn": "+26658123499"}),
        ("paid", {"msisdn": "+27821234567"}),
        ("all-paid", {"msisdn": "+26658123499"}),
        ("payment", {"payment": "OAP-26658123456-2"}),
        ("payment", {"payment": "7K4M2PXQ9"}),
    ],
)
async def test_nobody_paid_and_no_such_payment_are_unknown(
    country: Country, operation: str, arguments: dict[str, str]
) -> None:
    refused = await grants(country).ask(operation, arguments, "S1-1", 5.0)
    assert isinstance(refused, Refused) and refused.reason == "unknown"


@pytest.mark.parametrize("msisdn", ["", " ", "58123456@mpesa-ls, mobile:2665", "+266*", "Ts\u030ce", "2" * 99])
async def test_what_is_no_financial_address_is_not_asked(country: Country, msisdn: str) -> None:
    assert await failure(grants(country), "paid", {"msisdn": msisdn}) == ("argument_unfit", False, False)
    assert await country.rows("/grants/messages") == []


async def test_an_unknown_operation_and_a_missing_argument_are_our_mistakes(country: Country) -> None:
    assert (await failure(grants(country), "resolve", {}))[0] == "operation_unknown"
    assert (await failure(grants(country), "paid", {}))[0] == "argument_missing"


# --- messages: the same key, another moment -------------------------------------------------------------------------


async def test_every_attempt_is_a_message_of_its_own_for_the_contract_refuses_one_that_came_before(
    country: Country,
) -> None:
    payer = grants(country)
    assert isinstance(await payer.ask("paid", PENSIONER, "S1-1", 5.0), Answered)
    assert await failure(payer, "paid", PENSIONER) == ("dci:rjct.message_id.duplicate", True, False)
    country.now += timedelta(milliseconds=1)
    assert isinstance(await payer.ask("paid", PENSIONER, "S1-1", 5.0), Answered)
    assert len({row["message_id"] for row in await country.rows("/grants/messages")}) == 2


async def test_a_late_payer_that_heard_us_is_asked_again(country: Country) -> None:
    payer = grants(country)
    assert isinstance(await payer.ask("paid", PENSIONER, "S1-0", 5.0), Answered)
    await country.turn("grants", delay_s=0.6)
    assert await failure(payer, "paid", PENSIONER, 0.3) == ("timeout", True, True)
    await country.turn("grants", delay_s=0)
    country.now += timedelta(seconds=15)
    assert isinstance(await payer.ask("paid", PENSIONER, "S1-1", 5.0), Answered)


@pytest.mark.parametrize("knobs", [{"silent": True}, {"delay_s": 1.0}])
async def test_a_payer_that_is_slow_or_silent_is_late(country: Country, knobs: dict[str, object]) -> None:
    payer = grants(country)
    assert isinstance(await payer.ask("paid", PENSIONER, "S1-0", 5.0), Answered)
    await country.turn("grants", **knobs)
    assert await failure(payer, "paid", PENSIONER, 0.4) == ("timeout", True, True)


async def test_a_payer_that_is_down_may_be_asked_again(country: Country) -> None:
    payer = grants(country)
    await country.turn("grants", fail=True)
    assert await failure(payer, "paid", PENSIONER) == ("status_500", True, False)
    await country.turn("grants", fail=False)
    assert isinstance(await payer.ask("paid", PENSIONER, "S1-1", 5.0), Answered)


# --- who asks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"sender": "stranger.sandbox"}, "dci:err.sender_id.invalid"),
        ({"receiver": "registry.sandbox"}, "dci:err.receiver_id.invalid"),
    ],
)
async def test_a_stranger_and_a_message_for_somebody_else_are_our_mistakes(
    country: Country, options: dict[str, str], reason: str
) -> None:
    assert await failure(grants(country, **options), "paid", PENSIONER) == (reason, False, False)


async def test_a_token_for_something_else_is_our_mistake_and_a_wrong_password_is_down(country: Country) -> None:
    assert await failure(grants(country, scope="directory"), "paid", PENSIONER) == ("status_403", False, False)
    assert await failure(grants(country, secret="wrong"), "paid", PENSIONER) == ("token_invalid_client", True, False)


async def test_a_token_that_was_revoked_is_renewed_within_one_ask(country: Country) -> None:
    payer = grants(country)
    assert isinstance(await payer.ask("paid", PENSIONER, "S2-1", 5.0), Answered)
    await country.testers.delete("/oauth/tokens")
    assert isinstance(await payer.ask("paid", PENSIONER, "S2-2", 5.0), Answered)


async def test_a_clock_that_is_wrong_is_told_by_the_payer(country: Country) -> None:
    slow = G2pConnectOffice(_told(country), lambda: country.now - timedelta(seconds=301))
    try:
        assert await failure(slow, "paid", PENSIONER) == ("dci:rjct.message_ts.invalid", False, False)
    finally:
        await slow.close()


def _told(country: Country) -> OfficeSettings:
    auth = {"kind": "oauth2", "token_url": f"{country.url}/oauth/token", "client": "mohala", "scope": "grants"}
    return OfficeSettings("grants", f"{country.url}/grants", "sandbox", PAYMENTS, PARTIES, auth)


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ({"payee_fa": "{msisdn}"}, "must be a financial address"),
        ({"payer_fa": "{msisdn}@x"}, "`payer_fa` means nothing here"),
        ({}, "one of payee_fa or reference_id"),
    ],
)
def test_a_wrong_declaration_is_told_with_office_and_operation(
    clock: Callable[[], datetime], by: object, told: str
) -> None:
    wrong = OfficeSettings("grants", "http://127.0.0.1:1", None, {"paid": {**PAYMENTS["paid"], "by": by}}, PARTIES)
    with pytest.raises(SettingsWrong, match=f"Office `grants`, operation `paid`.*{told}"):
        G2pConnectOffice(wrong, clock)
