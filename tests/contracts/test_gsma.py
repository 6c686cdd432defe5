"""The wallet's adapter and its twin, held against the GSMA Mobile Money API 1.2.0 and its compliance scenarios.

The scenarios are those of the GSMA's interoperability test platform for payments that a merchant asks a payer for, in
our own words: sync, callback, polling, failures, a lost reply, a missing one, the heartbeat.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from app.errors import ServiceFailed
from app.messages import Answered, Pending, Refused
from app.pack import Pack
from app.ports import Office
from integrations.sandbox.m_pesa_key import ensure_key
from integrations.services.mobile_money import MobileMoneyOffice
from integrations.services.settings import OfficeSettings
from tests.contracts.gsma import Contract, read_contract
from tests.integrations.desk import Answer, Desk, open_desk
from tests.integrations.purses import COMMON, Purse, ask, ask_to_the_end, open_purse
from tests.integrations.spoiler import Exchange, Fault

pytestmark = pytest.mark.anyio
BASE = "/wallet"
UUID = re.compile("[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
NO_CONTENT = Answer(204, content_type="text/plain")


@pytest.fixture
def contract() -> Contract:
    return read_contract()


@pytest.fixture
async def caller() -> AsyncIterator[Desk]:
    """Where the wallet calls back."""
    async with open_desk() as desk:
        yield desk


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> RSAPrivateKey:
    return ensure_key(tmp_path_factory.mktemp("m-pesa") / "key")


@pytest.fixture
async def purse(lesotho: Pack, key: RSAPrivateKey, tmp_path: Path, caller: Desk) -> AsyncIterator[Purse]:
    async with open_purse("mobile_money", lesotho, key, tmp_path, f"{caller.url}/wakes") as purse:
        yield purse


def office(purse: Purse) -> Office:
    return purse.office(client_id="mohala-ls")


def pushed(purse: Purse) -> list[Exchange]:
    return [one for one in purse.spoiler.exchanges if purse.is_push(one.heard)]


def check(contract: Contract, purse: Purse) -> None:
    assert purse.spoiler.exchanges
    told = [(one.heard.path, fault) for one in purse.spoiler.exchanges for fault in contract.faults(one, BASE)]
    assert told == []
    for one in purse.spoiler.exchanges:
        assert one.heard.headers["x-client-id"] == "mohala-ls", "each scenario asks for it"


async def called(purse: Purse, caller: Desk) -> object:
    """What the wallet called back with, once; the payer has decided by now."""
    caller.will(NO_CONTENT)
    purse.country.now += timedelta(seconds=2)
    await caller.hear(1)
    heard = caller.heard[0]
    assert heard.method == "PUT"
    assert heard.path == "/wakes" + pushed(purse)[0].heard.headers["x-callback-url"].removeprefix(f"{caller.url}/wakes")
    return heard.json()


async def test_a_payer_who_decides_at_once_is_answered_with_the_transaction(contract: Contract, purse: Purse) -> None:
    await purse.payer("accept", after_s=0)
    assert isinstance(await ask(office(purse), purse.arguments, purse.key), Answered)
    assert [one.status for one in pushed(purse)] == [201]
    check(contract, purse)


async def test_a_payer_without_money_is_refused_at_once_as_a_business_rule(contract: Contract, purse: Purse) -> None:
    await purse.payer("insufficient", after_s=0)
    assert await ask(office(purse), purse.arguments, purse.key) == Refused("insufficient_funds")
    (push,) = pushed(purse)
    assert (push.status, json.loads(push.body)["errorCode"]) == (400, "insufficientFunds")
    check(contract, purse)


async def test_a_payment_is_accepted_and_called_back_with_the_transaction(
    contract: Contract, purse: Purse, caller: Desk
) -> None:
    assert await ask(office(purse), purse.arguments, purse.key) == Pending()
    (push,) = pushed(purse)
    state = json.loads(push.body)
    assert (push.status, state["status"], state["notificationMethod"]) == (202, "pending", "callback")
    assert re.fullmatch(r"50([.][0-9]{0,4})?", json.loads(push.heard.body)["amount"])
    transaction = await called(purse, caller)
    assert isinstance(transaction, dict)
    assert (transaction["type"], transaction["transactionStatus"]) == ("merchantpay", "completed")
    assert contract.callback_faults("transactionsSuccessEvent", transaction) == []
    check(contract, purse)


async def test_a_payment_that_fails_is_called_back_with_the_error(
    contract: Contract, purse: Purse, caller: Desk
) -> None:
    await purse.payer("decline")
    assert await ask(office(purse), purse.arguments, purse.key) == Pending()
    error = await called(purse, caller)
    assert isinstance(error, dict)
    assert (error["errorCategory"], error["errorCode"]) == ("authorisation", "requestDeclined")
    assert contract.callback_faults("transactionsFailureEvent", error) == []
    assert await ask(office(purse), purse.arguments, purse.key) == Refused("declined")
    check(contract, purse)


async def test_a_payment_is_polled_until_it_is_completed_and_its_transaction_is_to_be_had(
    contract: Contract, purse: Purse
) -> None:
    purse.wake_url = ""
    told = await ask_to_the_end(purse, office(purse), pause_seconds=0.4)
    assert isinstance(told, Answered)
    states = [json.loads(one.body) for one in purse.spoiler.exchanges if "/requeststates/" in one.heard.path]
    assert [state["status"] for state in states][-2:] == ["pending", "completed"]
    assert all(state["notificationMethod"] == "polling" for state in states)
    assert told.results["payment"] == states[-1]["objectReference"]
    check(contract, purse)


async def test_a_payment_of_nobody_is_refused_by_its_identifier(contract: Contract, purse: Purse) -> None:
    arguments = {**purse.arguments, "msisdn": "+26622123456"}
    assert await ask(office(purse), arguments, purse.key) == Refused("refused")
    (push,) = pushed(purse)
    assert (push.status, json.loads(push.body)["errorCode"]) == (404, "identifierError")
    check(contract, purse)


async def test_a_reply_that_was_lost_is_had_by_the_responses_of_our_own_id(contract: Contract, purse: Purse) -> None:
    purse.spoiler.will(purse.is_push, Fault.CUT)
    assert await ask(office(purse), purse.arguments, purse.key) == "again: connection_lost"
    assert isinstance(await ask_to_the_end(purse, office(purse)), Answered)
    correlation = pushed(purse)[0].heard.headers["x-correlationid"]
    assert UUID.fullmatch(correlation)
    links = [one for one in purse.spoiler.exchanges if one.heard.path == f"{BASE}/responses/{correlation}"]
    assert [one.status for one in links[:2]] == [404, 200]
    assert len(pushed(purse)) == await purse.debits() == 1
    check(contract, purse)


async def test_a_reply_that_there_never_was_is_an_identifier_error(contract: Contract, purse: Purse) -> None:
    await ask(office(purse), purse.arguments, purse.key)
    first = purse.spoiler.exchanges[0]
    error = json.loads(first.body)
    assert (first.status, error["errorCategory"], error["errorCode"]) == (404, "identification", "identifierError")
    check(contract, purse)


async def test_a_correlation_id_that_comes_again_is_rejected_and_looked_up(contract: Contract, purse: Purse) -> None:
    purse.spoiler.will(purse.is_push, Fault.TWICE)
    assert await ask(office(purse), purse.arguments, purse.key) == Pending()
    assert [one.status for one in pushed(purse)] == [202, 400]
    error = json.loads(pushed(purse)[1].body)
    assert (error["errorCategory"], error["errorCode"]) == ("businessRule", "duplicateRequest")
    check(contract, purse)


async def test_the_heartbeat_says_whether_payments_can_be_asked_for(contract: Contract, purse: Purse) -> None:
    operations = {"request-payment": COMMON, "heartbeat": {"takes": [], "refused": {"unavailable": {}}}}
    told = OfficeSettings("wallet", f"{purse.spoiler.url}{BASE}", "sandbox", operations, {"client_id": "mohala-ls"})
    wallet = MobileMoneyOffice(told, lambda: purse.country.now)
    assert await wallet.ask("heartbeat", {}, "S1-1", 2.0) == Answered({})
    await purse.country.turn("wallet", fail=True)
    with pytest.raises(ServiceFailed, match="status_503"):
        await wallet.ask("heartbeat", {}, "S1-2", 2.0)
    await wallet.close()
    check(contract, purse)


async def test_a_message_of_an_hour_ago_is_stale(contract: Contract, purse: Purse) -> None:
    wallet = office(purse)
    then = purse.country.now
    told = OfficeSettings("wallet", f"{purse.spoiler.url}{BASE}", "sandbox", {"request-payment": COMMON})
    late = MobileMoneyOffice(told, lambda: then - timedelta(hours=1))
    with pytest.raises(ServiceFailed, match="error_formatError") as failed:
        await late.ask("request-payment", purse.arguments, purse.key, 2.0)
    assert not failed.value.retryable
    await late.close()
    assert await purse.payments() == []
    assert await ask(wallet, purse.arguments, purse.key) == Pending()


async def test_what_is_not_as_described_is_told(contract: Contract, purse: Purse) -> None:
    await ask(office(purse), purse.arguments, purse.key)
    (push,) = pushed(purse)
    order = {**json.loads(push.heard.body), "amount": "50.50", "currency": "MAL", "colour": "red"}
    heard = replace(push.heard, headers={**push.heard.headers, "x-correlationid": "7"}, body=json.dumps(order).encode())
    told = contract.faults(Exchange(heard, 202, push.headers, b'{"status": "pending"}'), BASE)
    assert [fault.partition(":")[0] for fault in told] == ["x-correlationid", *["request"] * 3, *["answer 202"] * 2]
