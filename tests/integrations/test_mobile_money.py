"""The wallet's adapter beyond its samples: declarations, amounts, time that is shared by several calls."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import datetime

import pytest

from app.errors import ServiceFailed, SettingsWrong
from app.messages import Pending
from integrations.services.mobile_money import MobileMoneyOffice
from integrations.services.settings import OfficeSettings
from tests.integrations.desk import Answer, Desk, Silence, say

pytestmark = pytest.mark.anyio

Clock = Callable[[], datetime]
AMOUNT_PATTERN = re.compile(r"([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?")  # the API's own
STATE_ID = "5b7e7a4e-4f0e-4c8e-9a55-0d8a3f6f2b11"
TAKES = ["msisdn", "amount", "currency", "reference", "text"]
DECLARED: Mapping[str, Mapping[str, object]] = {
    "request-payment": {"takes": TAKES, "results": {"payment": {"longest": "40"}}, "refused": {"declined": {}}}
}
ARGUMENTS = {
    "msisdn": "+26658123456",
    "amount": "5000",
    "currency": "LSL",
    "reference": "7K4M2PXQ9",
    "text": "Motlakase",
}
UNSEEN = say(404, {"errorCategory": "identification", "errorCode": "identifierError"})
PENDING = say(202, {"serverCorrelationId": STATE_ID, "status": "pending", "notificationMethod": "polling"})


def wallet(url: str, clock: Clock, wake_url: str = "", **options: str) -> MobileMoneyOffice:
    return MobileMoneyOffice(OfficeSettings("wallet", url, "sandbox", DECLARED, options, wake_url=wake_url), clock)


@pytest.mark.parametrize(
    ("minor", "sent"),
    [("5000", "50"), ("5050", "50.5"), ("5", "0.05"), ("100", "1"), ("999999999999999", "9999999999999.99")],
)
async def test_an_amount_is_written_as_the_api_has_it(desk: Desk, clock: Clock, minor: str, sent: str) -> None:
    desk.will(UNSEEN, PENDING)
    office = wallet(desk.url, clock)
    assert await office.ask("request-payment", {**ARGUMENTS, "amount": minor}, "S1-4", 2.0) == Pending()
    await office.close()
    order = desk.heard[1].json()
    assert isinstance(order, dict)
    assert order["amount"] == sent
    assert AMOUNT_PATTERN.fullmatch(sent)


@pytest.mark.parametrize("amount", ["", "0", "-5", "05", "5.5", "٥", "1e3", "1" * 16])
async def test_what_is_no_amount_is_not_asked_for(desk: Desk, clock: Clock, amount: str) -> None:
    office = wallet(desk.url, clock)
    with pytest.raises(ServiceFailed, match="argument_unfit"):
        await office.ask("request-payment", {**ARGUMENTS, "amount": amount}, "S1-4", 2.0)
    await office.close()
    assert desk.heard == []


async def test_each_key_has_its_own_correlation_id_and_always_the_same(desk: Desk, clock: Clock) -> None:
    desk.will(*[UNSEEN, PENDING] * 3)
    for key in ("S1-4", "S1-4", "S1-5"):
        office = wallet(desk.url, clock)
        await office.ask("request-payment", ARGUMENTS, key, 2.0)
        await office.close()
    first, again, other = (heard.headers["x-correlationid"] for heard in desk.heard if heard.method == "POST")
    assert first == again
    assert first != other


async def test_a_long_text_is_cut_to_what_the_api_takes(desk: Desk, clock: Clock) -> None:
    desk.will(UNSEEN, PENDING)
    office = wallet(desk.url, clock)
    await office.ask("request-payment", {**ARGUMENTS, "text": "a" * 161}, "S1-4", 2.0)
    await office.close()
    order = desk.heard[1].json()
    assert isinstance(order, dict)
    assert order["descriptionText"] == "a" * 160


async def test_all_calls_of_one_ask_share_its_time(desk: Desk, clock: Clock) -> None:
    desk.will(UNSEEN, Silence())
    office = wallet(desk.url, clock)
    began = asyncio.get_running_loop().time()
    with pytest.raises(ServiceFailed) as failed:
        await office.ask("request-payment", ARGUMENTS, "S1-4", 0.5)
    await office.close()
    assert (failed.value.reason, failed.value.retryable, failed.value.late) == ("timeout", True, True)
    assert asyncio.get_running_loop().time() - began < 1.5


async def test_a_link_may_name_our_own_base(desk: Desk, clock: Clock) -> None:
    link = {"link": f"{desk.url}/wallet/requeststates/{STATE_ID}"}
    desk.will(say(200, link), say(200, {"status": "pending"}))
    office = wallet(f"{desk.url}/wallet/", clock)
    assert await office.ask("request-payment", ARGUMENTS, "S1-4", 2.0) == Pending()
    await office.close()
    assert desk.heard[1].path == f"/wallet/requeststates/{STATE_ID}"


@pytest.mark.parametrize(
    "link", ["", "//evil.example/requeststates/1", "/requeststates/..", "/requeststates/a/b", "/accounts/1", "x" * 300]
)
async def test_a_link_that_leads_elsewhere_is_not_followed(desk: Desk, clock: Clock, link: str) -> None:
    desk.will(say(200, {"link": link}))
    office = wallet(desk.url, clock)
    with pytest.raises(ServiceFailed, match=r"link_foreign|answer_malformed"):
        await office.ask("request-payment", ARGUMENTS, "S1-4", 2.0)
    await office.close()
    assert len(desk.heard) == 1


async def test_a_redirected_payment_is_not_followed(desk: Desk, clock: Clock) -> None:
    desk.will(UNSEEN, Answer(307, headers={"Location": f"{desk.url}/elsewhere"}))
    office = wallet(desk.url, clock)
    with pytest.raises(ServiceFailed, match="redirected"):
        await office.ask("request-payment", ARGUMENTS, "S1-4", 2.0)
    await office.close()


@pytest.mark.parametrize(
    "operations",
    [
        {},
        {**DECLARED, "refund": {"takes": TAKES}},
        {"request-payment": {"takes": TAKES[1:]}},
        {"request-payment": {"takes": [*TAKES, "colour"]}},
        {"request-payment": {"takes": TAKES, "path": "/x"}},
        {"request-payment": {"takes": TAKES, "results": {"payment": {}}}},
        {"request-payment": {"takes": TAKES, "results": {"receipt": {"longest": "9"}}}},
        {"request-payment": {"takes": TAKES, "refused": {"bored": {}}}},
    ],
)
def test_a_wrong_declaration_stops_the_start(operations: Mapping[str, Mapping[str, object]], clock: Clock) -> None:
    with pytest.raises(SettingsWrong, match="`wallet`"):
        MobileMoneyOffice(OfficeSettings("wallet", "http://127.0.0.1:1", None, operations), clock)
