"""Every way in which a payer's message can be wrong, over a socket, and how the adapter ends each."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import pytest

from app.messages import Answered, Refused
from app.ports import Office
from integrations.services.dci_envelope import ids_of
from integrations.services.g2p_connect import G2pConnectOffice
from integrations.services.settings import OfficeSettings
from tests.integrations.desk import Desk, say
from tests.integrations.registers import (
    PAID_IDS,
    PARTIES,
    PAYMENTS,
    changed,
    failure,
    payments,
    standing,
    status_of,
)

pytestmark = pytest.mark.anyio

PENSIONER = {"msisdn": "+26658123456"}
PAYMENT = {"payment": "OAP-1"}
MALFORMED = ("answer_malformed", False, False)
NOT_OURS = ("answer_not_ours", True, False)
OURS = PAID_IDS.reference
FOUND = "message.disbursements_status.0"
TOLD = "message.txnstatus_response"
NAMED = f"{TOLD}.txn_status.disbursements_status.0"


@pytest.fixture
async def payer(desk: Desk, clock: Callable[[], datetime]) -> AsyncIterator[Office]:
    office = G2pConnectOffice(OfficeSettings("grants", desk.url, None, PAYMENTS, PARTIES), clock)
    yield office
    await office.close()


async def test_an_answer_may_have_a_message_id_of_its_own(desk: Desk, payer: Office) -> None:
    """As the contract's examples have: what ties it to ours is the transaction, and the reference in it."""
    desk.will(say(200, payments(standing(OURS))))
    told = await payer.ask("paid", PENSIONER, "S1-1", 2.0)
    assert isinstance(told, Answered) and told.results == {"status": "succ", "day": "2026-11-20"}


@pytest.mark.parametrize(
    ("place", "value", "ends"),
    [
        ("header.total_count", 0, MALFORMED),
        ("header.total_count", 2, MALFORMED),
        ("message.disbursements_status", ..., MALFORMED),
        ("message.disbursements_status", {}, MALFORMED),
        (FOUND, "succ", MALFORMED),
        (f"{FOUND}.reference_id", ..., MALFORMED),
        (f"{FOUND}.reference_id", "somebody-elses", NOT_OURS),
        (f"{FOUND}.status", "paid", MALFORMED),
        (f"{FOUND}.status", ..., MALFORMED),
        (f"{FOUND}.timestamp", ..., MALFORMED),
        (f"{FOUND}.timestamp", "yesterday evening", MALFORMED),
        (f"{FOUND}.status_reason_code", 7, MALFORMED),
    ],
)
async def test_a_search_of_which_one_part_is_wrong(
    desk: Desk, payer: Office, place: str, value: object, ends: tuple[str, bool, bool]
) -> None:
    desk.will(say(200, changed(payments(standing(OURS)), place, value)))
    assert await failure(payer, "paid", PENSIONER) == ends


@pytest.mark.parametrize(
    ("place", "value", "ends"),
    [
        (TOLD, ..., MALFORMED),
        (f"{TOLD}.txn_type", "on-search", MALFORMED),
        (f"{TOLD}.txn_status", ..., MALFORMED),
        (f"{TOLD}.txn_status", {"transaction_id": "b", "search_criteria": []}, MALFORMED),
        (f"{NAMED}.reference_id", "OAP-2", NOT_OURS),
        (f"{NAMED}.status", ..., MALFORMED),
        (f"{NAMED}.amount", ..., MALFORMED),
        (f"{NAMED}.amount", {"value": "950.00"}, MALFORMED),
        (f"{NAMED}.amount", "9" * 17, MALFORMED),
        ("message.transaction_id", "somebody-elses", NOT_OURS),
        ("header.total_count", 7, MALFORMED),
    ],
)
async def test_a_status_of_which_one_part_is_wrong(
    desk: Desk, payer: Office, place: str, value: object, ends: tuple[str, bool, bool]
) -> None:
    desk.will(say(200, changed(status_of(standing("OAP-1", amount="950.00")), place, value)))
    assert await failure(payer, "payment", PAYMENT) == ends


async def test_another_payment_among_ours_shows_nothing_of_either(desk: Desk, payer: Office) -> None:
    both = status_of(standing("OAP-1", amount="950.00"), standing("OAP-2", amount="750.00"), total_count=2)
    desk.will(say(200, both))
    assert await failure(payer, "payment", PAYMENT) == NOT_OURS


@pytest.mark.parametrize("total_count", [1, 2, None])
async def test_what_was_asked_for_or_what_was_found_may_be_counted(
    desk: Desk, payer: Office, total_count: int | None
) -> None:
    ids = ids_of("grants", "all-paid", "S1-1")
    both = standing(ids.reference), standing(ids.reference, "pdng", status_reason_code=None)
    desk.will(say(200, payments(*both, ids=ids, total_count=total_count)))
    told = await payer.ask("all-paid", PENSIONER, "S1-1", 2.0)
    assert isinstance(told, Answered)
    assert json.loads(told.results["payments"]) == [{"status": "succ"}, {"status": "pdng"}]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("rjct.srch.too_many_records_found", "several"),
        ("rjct.srch_payee_fa.invalid", "unknown"),
        ("rjct.srch_transaction_id.not_found", "unknown"),
        ("rjct_srch_reference_id.not_found", "unknown"),
        ("rjct.reference_id.invalid", "unknown"),
    ],
)
async def test_a_search_that_finds_nobody_is_a_refusal(desk: Desk, payer: Office, code: str, reason: str) -> None:
    desk.will(say(200, payments(standing(OURS, "rjct", status_reason_code=code))))
    refused = await payer.ask("paid", PENSIONER, "S1-1", 2.0)
    assert isinstance(refused, Refused) and refused.reason == reason


@pytest.mark.parametrize(
    "code",
    [
        "rjct.reference_id.duplicate",
        "rjct.timestamp.invalid",
        "rjct.request_type.invalid",
        "rjct.attribute_type.invalid",
        "rjct.srch_transaction_id.invalid",
        "rjct_srch_reference_id.invalid",
        "rjct.srch_payer_fa.invalid",
        "rjct.share_attributes.invalid",
    ],
)
async def test_a_search_that_was_rejected_is_our_mistake(desk: Desk, payer: Office, code: str) -> None:
    desk.will(say(200, payments(standing(OURS, "rjct", status_reason_code=code))))
    assert await failure(payer, "paid", PENSIONER) == (f"dci:{code}", False, False)


@pytest.mark.parametrize(
    "code",
    [
        "rjct.reference_id.duplicate",
        "rjct.timestamp.invalid",
        "rjct.payer_fa.invalid",
        "rjct.payee_fa.invalid",
        "rjct.amount.invalid",
        "rjct.schedule_ts.invalid",
        "rjct.currency_code.invalid",
    ],
)
async def test_a_payment_that_was_rejected_is_an_answer_with_its_reason(desk: Desk, payer: Office, code: str) -> None:
    desk.will(say(200, status_of(standing("OAP-1", "rjct", status_reason_code=code, amount="950.00"))))
    told = await payer.ask("payment", PAYMENT, "S1-1", 2.0)
    assert isinstance(told, Answered) and (told.results["status"], told.results["why"]) == ("rjct", code)


@pytest.mark.parametrize(
    "answer", [status_of(), status_of(standing("OAP-1", "rjct", status_reason_code="rjct.reference_id.invalid"))]
)
async def test_a_reference_that_nobody_knows_is_a_refusal(desk: Desk, payer: Office, answer: dict[str, Any]) -> None:
    desk.will(say(200, answer))
    refused = await payer.ask("payment", PAYMENT, "S1-1", 2.0)
    assert isinstance(refused, Refused) and refused.reason == "unknown"


async def test_what_is_nested_without_end_is_no_crash(desk: Desk, payer: Office) -> None:
    deep: object = "x"
    for _ in range(400):
        deep = [deep]
    desk.will(say(200, payments(standing(OURS, more=deep))))
    assert isinstance(await payer.ask("paid", PENSIONER, "S1-1", 2.0), Answered)
