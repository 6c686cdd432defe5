"""Whatever a wallet answers us that is as the GSMA's description has it: it is read, and means what it says.

Each body is made of the description's own examples, with only what must be there and with all that may be.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from app.errors import ServiceFailed
from app.messages import Answered, Pending, Refused
from app.wakes import id_of
from app.wallets import REASONS
from integrations.services import READERS
from integrations.services.mobile_money import MobileMoneyOffice
from integrations.services.settings import OfficeSettings
from tests.contracts.gsma import Contract, read_contract
from tests.contracts.gsma_examples import UUID, examples
from tests.integrations.desk import Answer, Desk, say
from tests.integrations.purses import ARGUMENTS, COMMON, ask

pytestmark = pytest.mark.anyio
KEY = f"{7:032x}:0"
NOW = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
UNSEEN = say(404, {"errorCategory": "identification", "errorCode": "identifierError"})
HEARTBEAT = {"takes": [], "refused": {"unavailable": {}}}
STATUS_OF = {
    "businessRule": 400, "validation": 400, "authorisation": 401, "identification": 404, "internal": 500,
    "serviceUnavailable": 503,
}  # fmt: skip
LIMITS = frozenset(
    {
        "dailyVolumeLimitExceeded", "dailyValueLimitExceeded", "weeklyVolumeLimitExceeded", "weeklyValueLimitExceeded",
        "monthlyVolumeLimitExceeded", "monthlyValueLimitExceeded", "accountMaxTotalVolumeExceeded",
        "accountMaxTotalValueExceeded", "lessThanTransactionMinValue", "greaterThanTransactionMaxValue",
        "maxBalanceExceeded",
    }
)  # fmt: skip


@pytest.fixture
def contract() -> Contract:
    return read_contract()


@pytest.fixture
async def wallet(contract: Contract, desk: Desk) -> AsyncIterator[MobileMoneyOffice]:
    operations = {"request-payment": COMMON, "heartbeat": HEARTBEAT}
    told = OfficeSettings(
        "wallet", desk.url, "sandbox", operations, {"client_id": "mohala-ls"}, wake_url=f"{desk.url}/wakes"
    )
    wallet = MobileMoneyOffice(told, lambda: NOW)
    yield wallet
    await wallet.close()
    asked = [one for one in desk.heard if not one.path.startswith("/wakes")]
    assert asked and [fault for one in asked for fault in contract.request_faults(one, "")] == []


async def answer(desk: Desk, wallet: MobileMoneyOffice, *answers: Answer) -> object:
    desk.will(*answers)
    return await ask(wallet, ARGUMENTS, KEY)


async def test_a_transaction_that_is_answered_at_once_or_found_later_means_what_its_status_says(
    contract: Contract, desk: Desk, wallet: MobileMoneyOffice
) -> None:
    meanings = {
        "completed": Answered({"payment": "example"}), "Completed": Answered({"payment": "example"}),
        "pending": Pending(), "failed": Refused("refused"),
    }  # fmt: skip
    found = say(200, {"link": "/transactions/example"})
    looked_at = 0
    for status, meaning in meanings.items():
        for what, body in examples(contract, "responseTransactionType"):
            told = {**body, "transactionStatus": status}
            assert contract.against("responseTransactionType", told) == []
            assert await answer(desk, wallet, UNSEEN, say(201, told)) == meaning, what
            looked_at += 1
        for what, body in examples(contract, "responseTransaction"):
            told = {**body, "transactionStatus": status}
            assert contract.against("responseTransaction", told) == []
            assert await answer(desk, wallet, found, say(200, told)) == meaning, what
            looked_at += 1
    assert looked_at == 4 * (6 + 2)


async def test_a_status_that_the_provider_made_up_is_looked_up_and_then_a_persons(
    contract: Contract, desk: Desk, wallet: MobileMoneyOffice
) -> None:
    """The API leaves the word to the provider: nobody may guess whether money moved."""
    (_, body), *_ = examples(contract, "responseTransaction")
    assert await answer(desk, wallet, UNSEEN, say(201, body)) == "again: answer_malformed"
    found = say(200, {"link": "/transactions/example"})
    assert await answer(desk, wallet, found, say(200, body)) == "person: answer_malformed"


async def test_the_state_of_a_request_means_what_it_says(
    contract: Contract, desk: Desk, wallet: MobileMoneyOffice
) -> None:
    found = say(200, {"link": f"/requeststates/{UUID}"})
    states = contract.schema("requestStateObject")["properties"]["status"]["enum"]
    for what, body in examples(contract, "requestStateObject"):
        for status in states:
            told = {**body, "status": status}
            assert contract.against("requestStateObject", told) == []
            meaning = {
                "pending": Pending(),
                "failed": Refused("expired" if "expiryTime" in told else "refused"),
                "completed": Answered({"payment": "example"}),
            }[status]
            for first, second in ((UNSEEN, say(202, told)), (found, say(200, told))):
                outcome = await answer(desk, wallet, first, second)
                if status == "completed" and "objectReference" not in told:
                    assert outcome == "person: answer_malformed" or outcome == "again: answer_malformed", what
                else:
                    assert outcome == meaning, (what, status)


async def test_every_code_of_an_error_has_a_meaning_and_none_is_taken_for_money(
    contract: Contract, desk: Desk, wallet: MobileMoneyOffice
) -> None:
    error = contract.schema("errorObject")["properties"]
    shapes = [body for _, body in examples(contract, "errorObject")]
    for category in error["errorCategory"]["enum"]:
        for place, code in enumerate(error["errorCode"]["enum"]):
            told = {**shapes[place % len(shapes)], "errorCategory": category, "errorCode": code}
            assert contract.against("errorObject", told) == []
            more = (UNSEEN,) if code == "duplicateRequest" and STATUS_OF[category] < 500 else ()
            outcome = await answer(desk, wallet, UNSEEN, say(STATUS_OF[category], told), *more)
            assert outcome == _meaning(category, code), (category, code)


def _meaning(category: str, code: str) -> object:
    status = STATUS_OF[category]
    if status >= 500:
        return f"again: status_{status}"  # what was done is unknown, whatever the body says
    known = {"insufficientFunds": "insufficient_funds", "requestDeclined": "declined", "identifierError": "refused"}
    if code == "duplicateRequest":
        return Pending()
    if code == "rateLimitError":
        return "again: error_rateLimitError"
    if code in LIMITS or code in known:
        return Refused(known.get(code, "limit"))
    ours = code in ("transactionTypeError", "samePartiesError")
    return Refused("refused") if category == "businessRule" and not ours else f"person: error_{code}"


async def test_a_request_that_failed_says_why(contract: Contract, desk: Desk, wallet: MobileMoneyOffice) -> None:
    (_, least), *_ = examples(contract, "requestStateObject")
    for code in contract.schema("errorObject")["properties"]["errorCode"]["enum"]:
        told = {**least, "status": "failed", "error": {"errorCategory": "businessRule", "errorCode": code}}
        outcome = await answer(desk, wallet, UNSEEN, say(202, told))
        assert isinstance(outcome, Refused) and outcome.reason in REASONS, code
        assert (outcome.reason == "limit") is (code in LIMITS)


async def test_every_word_of_a_heartbeat_is_understood(
    contract: Contract, desk: Desk, wallet: MobileMoneyOffice
) -> None:
    for _, body in examples(contract, "responseHeartbeat"):
        for status in contract.schema("serviceStatus")["enum"]:
            told = {**body, "serviceStatus": status}
            assert contract.against("responseHeartbeat", told) == []
            desk.will(say(200, told))
            outcome = await wallet.ask("heartbeat", {}, KEY, 2.0)
            assert outcome == (Refused("unavailable") if status == "unavailable" else Answered({}))


async def test_a_link_may_be_written_in_each_way_that_leads_to_us(
    contract: Contract, desk: Desk, wallet: MobileMoneyOffice
) -> None:
    (_, body), *_ = examples(contract, "responseTransaction")
    for link in ("/transactions/example", f"{desk.url}/transactions/example"):
        assert contract.against("responseResponse", {"link": link}) == []
        told = say(200, {**body, "transactionStatus": "completed"})
        assert await answer(desk, wallet, say(200, {"link": link}), told) == Answered({"payment": "example"})
    with pytest.raises(ServiceFailed, match="link_foreign"):
        desk.will(say(200, {"link": "https://elsewhere.example/transactions/example"}))
        await wallet.ask("request-payment", ARGUMENTS, KEY, 2.0)


async def test_whatever_a_wallet_calls_back_with_wakes_the_payment_that_it_is_about(contract: Contract) -> None:
    bodies = {"transactionsSuccessEvent": "responseTransaction", "transactionsFailureEvent": "errorObject"}
    for event, schema in bodies.items():
        for _, body in examples(contract, schema):
            assert contract.callback_faults(event, body) == []
            woken = READERS["mobile_money"](id_of(KEY), str(body).encode())
            assert (woken.id, woken.answer) == (id_of(KEY), b"")
            assert str(woken.status) in map(str, contract.callback(event)["responses"])
