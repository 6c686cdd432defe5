"""Bill payments of the GSMA Mobile Money API 1.2.0, in which wallets ask us: our door, the sandbox's wallet before it.

Bodies, headers and parameters are made of the published description's own examples; each answer is held against it.
"""

from __future__ import annotations

import itertools
import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import httpx
import pytest

from app.compiler.pack import compile_pack
from app.counter import Wallet
from app.keys import Key, Keyring
from app.pack import Pack
from app.payments import Bill, BillState
from integrations.database import migrate, open_database
from integrations.sandbox.country import CLIENT_KEY
from integrations.wallet_callbacks import WalletCallbacks
from tests.contracts.gsma import BILLS, Contract, read_contract
from tests.contracts.gsma_examples import MOMENT, UUID, examples, value_of
from tests.database.shop import MPHO, WALLETS, Shop, open_shop
from tests.database.till import Bytes
from tests.integrations.country import Country, served_country
from tests.integrations.desk import Answer, Desk
from tests.integrations.spoiler import Exchange, Spoiler, open_spoiler
from tests.work.paid import COSTS, sources

pytestmark = pytest.mark.anyio
AT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
BASE = "/wallets/mpesa/v1.2"
AMOUNT_OF_THEIRS = "15.00"
"""The description's example of what is paid, which its own pattern does not let be: no zero at the end there."""
SANDBOX = Wallet("sandbox", "sandbox", (CLIENT_KEY,), keeps=False)


@pytest.fixture
def contract() -> Contract:
    return read_contract(BILLS)


@cache
def priced() -> Pack:
    """The pack of a search of a plot, which costs what the description's examples pay."""
    told = sources()
    costs = COSTS.replace('"30"', '"12.5"')
    assert COSTS in told["services.yaml"] and costs != COSTS
    return compile_pack({**told, "services.yaml": told["services.yaml"].replace(COSTS, costs)})


@asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[Shop]:
    url = f"sqlite:///{directory / 'ledger.db'}"
    migrate(url)
    database = await open_database(url, Keyring((Key("test", b"k" * 32),), os.urandom), Bytes())
    async with open_shop(database, AT, priced(), {**WALLETS, "sandbox": SANDBOX}) as shop:
        yield shop
    await database.close()


@pytest.fixture
async def shop(contract: Contract, tmp_path: Path) -> AsyncIterator[Shop]:
    """Every answer that it gives is held against the description."""
    async with opened(tmp_path) as shop:
        yield shop
    assert faults(contract, shop.exchanges, BASE) == []


def faults(contract: Contract, exchanges: list[Exchange], base: str) -> list[tuple[str, int, str]]:
    assert exchanges
    return [(one.heard.path, one.status, told) for one in exchanges for told in contract.answer_faults(one, base)]


def ways(bill: Bill) -> list[tuple[str, str]]:
    """Each way to say which bill is paid, with the schema of what is sent there."""
    return [
        (f"/accounts/msisdn/{MPHO}/bills/{bill.code}/payments", "requestBillPayment2"),
        (f"/accounts/msisdn@{MPHO}$accountid@{bill.code}/bills/{bill.code}/payments", "requestBillPayment2"),
        (f"/accounts/accountid/{bill.code}/bills/{bill.code}/payments", "requestBillPayment2"),
        (f"/bills/{bill.code}/payments", "requestBillPayment"),
    ]


def sent_schema(contract: Contract, path: str) -> str:
    """The name of the schema that the description gives what is posted to a path."""
    _, operation = contract.operation("POST", path)
    told: str = contract.resolved(operation["requestBody"])["content"]["application/json"]["schema"]["$ref"]
    return told.rpartition("/")[2]


async def test_every_example_of_a_payment_is_read_and_pays_the_bill(contract: Contract, shop: Shop) -> None:
    paid = 0
    for way in range(4):
        probe = await shop.bill()
        for what, body in examples(contract, sent_schema(contract, ways(probe)[way][0])):
            bill = await shop.bill()
            body = {**body, "currency": "LSL"}
            assert body["amountPaid"] == AMOUNT_OF_THEIRS
            headers = {"X-CorrelationID": str(uuid.uuid4())}
            answer = await shop.ask("POST", ways(bill)[way][0], headers=headers, json=body)
            assert answer.status_code == 201, (what, answer.text)
            told, fresh = answer.json(), await shop.fresh(bill)
            assert (told["amountPaid"], told["billPaymentStatus"]) == ("15", "paid")
            assert told.get("requestingOrganisationTransactionReference") == body.get(
                "requestingOrganisationTransactionReference"
            )
            assert fresh.state is BillState.PAID and fresh.receipt == told["serviceProviderPaymentReference"]
            paid += 1
    assert paid == 4 * 2


async def test_the_examples_amounts_are_outside_of_their_own_pattern_and_all_else_is_inside(contract: Contract) -> None:
    """So we read what they show and write what the pattern lets be."""
    for name in ("requestBillPayment", "requestBillPayment2"):
        for _, body in examples(contract, name):
            assert [told for told in contract.against(name, body) if AMOUNT_OF_THEIRS not in told] == []
            assert contract.against(name, {**body, "amountPaid": "15"}) == []


async def test_the_currency_of_another_country_is_refused_in_the_descriptions_words(
    contract: Contract, shop: Shop
) -> None:
    bill = await shop.bill()
    for path, name in ways(bill):
        for _, body in examples(contract, name):
            answer = await shop.ask("POST", path, headers={"X-CorrelationID": str(uuid.uuid4())}, json=body)
            assert (answer.status_code, answer.json()["errorCode"]) == (400, "currencyNotSupported")
    assert (await shop.fresh(bill)).state is BillState.CREATED


async def test_every_header_of_the_description_may_be_sent(contract: Contract, shop: Shop) -> None:
    bill = await shop.bill()
    path = f"/bills/{bill.code}/payments"
    _, operation = contract.operation("POST", path)
    parameters = [one for one in map(contract.resolved, operation["parameters"]) if one["in"] == "header"]
    known = {"X-Client-Id", "X-API-Key", "X-Content-Hash", "X-Callback-URL"}
    headers = {one["name"]: value_of(contract, one["schema"]) for one in parameters if one["name"] not in known}
    headers |= {"X-CorrelationID": UUID, "X-Date": AT.isoformat()}
    answer = await shop.ask("POST", path, headers=headers, json={"amountPaid": "15", "currency": "LSL"})
    assert answer.status_code == 201 and len(headers) >= 8
    assert contract.request_faults(shop.exchanges[-1].heard, BASE) == []


async def test_what_can_be_looked_up_is_answered_as_described(contract: Contract, shop: Shop) -> None:
    bill = await shop.bill()
    correlation = str(uuid.uuid4())
    listed = [f"/accounts/msisdn/{MPHO}/bills", f"/accounts/accountid@{bill.code}/bills"]
    window = f"?limit=50&offset=10&fromDateTime={MOMENT}&toDateTime={MOMENT}"
    for path in (*listed, *(path + window for path in listed[:1])):
        answer = await shop.ask("GET", path)
        assert answer.status_code == 200 and contract.request_faults(shop.exchanges[-1].heard, BASE) == []
    (told,) = (await shop.ask("GET", listed[0])).json()
    assert (told["amountDue"], told["billStatus"]) == ("15", "unpaid")
    for path, _ in ways(bill):
        assert (await shop.ask("GET", path)).status_code == 404, "nobody has paid"
    assert (await shop.pay(bill, "15", correlation=correlation)).status_code == 201
    for path, _ in ways(bill):
        assert (await shop.ask("GET", path)).json()["billPaymentStatus"] == "paid"
    assert (await shop.ask("GET", "/heartbeat")).json()["serviceStatus"] == "available"
    assert (await shop.ask("GET", f"/responses/{correlation}")).status_code == 200
    for unknown in (f"/responses/{UUID}", f"/requeststates/{UUID}"):
        assert (await shop.ask("GET", unknown)).status_code == 404


async def test_the_descriptions_example_of_an_account_is_one_that_nobody_has_here(shop: Shop) -> None:
    answer = await shop.ask("GET", "/accounts/organisationid@1234$accountid@3333/bills")
    assert (answer.status_code, answer.json()["errorCode"]) == (404, "identifierError")


async def test_what_the_description_has_and_we_do_not_is_answered_with_an_error_object(shop: Shop) -> None:
    """Payments without a bill: nobody could say what they are for."""
    for method, account in itertools.product(("GET", "POST"), (f"msisdn/{MPHO}", f"msisdn@{MPHO}")):
        answer = await shop.ask(method, f"/accounts/{account}/bills/payments")
        assert (answer.status_code, answer.json()["errorCode"]) == (404, "identifierError")


async def test_every_refusal_is_as_described(contract: Contract, shop: Shop) -> None:
    bill = await shop.bill()
    path, correlation = f"/bills/{bill.code}/payments", str(uuid.uuid4())
    right = {"amountPaid": "15", "currency": "LSL"}
    for headers, body in (
        ({}, right), ({"X-CorrelationID": "7"}, right), ({"X-CorrelationID": correlation, "X-Date": MOMENT}, right),
        ({"X-CorrelationID": correlation}, {"currency": "LSL"}),
        ({"X-CorrelationID": correlation}, {**right, "amountPaid": "14.99"}),
        ({"X-CorrelationID": correlation}, {**right, "amountPaid": "15.01"}),
        ({"X-CorrelationID": correlation, "X-Content-Hash": "0" * 64}, right),
    ):  # fmt: skip
        assert (await shop.ask("POST", path, headers=headers, json=body)).status_code == 400
    assert (await shop.ask("GET", "/heartbeat", headers={"X-API-Key": "no"})).status_code == 401
    codes = {json.loads(one.body)["errorCode"] for one in shop.exchanges}
    assert codes >= {"mandatoryValueNotSupplied", "formatError", "underPaymentNotAllowed", "overPaymentNotAllowed"}


async def test_a_wallet_that_is_answered_later_is_told_as_described(contract: Contract, shop: Shop, desk: Desk) -> None:
    bill = await shop.bill()
    url = "https://wallet.example/told/7"
    taken = await shop.pay(bill, "15", "unayo", **{"X-Callback-URL": url})
    assert taken.status_code == 202
    state = await shop.ask("GET", f"/requeststates/{taken.json()['serverCorrelationId']}", "unayo")
    assert state.json()["status"] == "completed"
    assert faults(contract, shop.exchanges, "/wallets/unayo/v1.2") == []
    shop.exchanges[:] = []
    (payment,) = await shop.database.bills.payments_of(bill.id)
    callbacks = WalletCallbacks([f"{desk.url}/told/"], lambda: AT)
    desk.will(Answer(204))
    await callbacks.put(f"{desk.url}/told/7", payment, await shop.fresh(bill))
    await callbacks.close()
    (heard,) = desk.heard
    way = f"/bills/{bill.code}/payments"
    shown = {name: value for name, value in heard.headers.items() if name.startswith("x-")}
    assert contract.callback_faults("billsPaymentsSuccessEvent", heard.json(), shown, way) == []
    assert heard.method == "PUT" and await shop.ask("GET", "/heartbeat")


@asynccontextmanager
async def menu(shop: Shop, lesotho: Pack) -> AsyncIterator[tuple[Country, Spoiler]]:
    """The sandbox's wallet as its customers see it, with somebody who listens between it and our door."""
    async with (
        open_spoiler(str(shop.http.base_url).rstrip("/")) as spoiler,
        served_country(lesotho, gateway_url=spoiler.url) as country,
    ):
        country.now = AT
        yield country, spoiler


async def test_what_the_sandboxs_wallet_asks_and_hears_is_as_described(
    contract: Contract, shop: Shop, lesotho: Pack
) -> None:
    bill = await shop.bill()
    async with menu(shop, lesotho) as (country, spoiler):

        async def pay(**order: object) -> list[int]:
            answer = await country.testers.post("/wallet/menu/pay", json={"number": MPHO, **order})
            return [one["status"] for one in answer.raise_for_status().json()["answers"]]

        shown = await country.testers.get("/wallet/menu", params={"number": MPHO})
        assert [one["billReference"] for one in shown.json()] == [bill.code]
        assert await pay(code=bill.code, amount="14") == [400]
        assert await pay(code=bill.code, times=3) == [201, 400, 400]
        assert await pay(code="nonsense") == [404]
        told = [(one.heard.path, fault) for one in spoiler.exchanges
                for fault in contract.faults(one, "/wallets/sandbox/v1.2")]  # fmt: skip
        assert told == [] and len(spoiler.exchanges) >= 8
    assert (await shop.fresh(bill)).state is BillState.PAID
    assert (await shop.ask("GET", "/heartbeat")).status_code == 200


async def test_an_answer_that_is_not_as_described_is_told(contract: Contract, shop: Shop) -> None:
    answer = await shop.ask("GET", f"/accounts/msisdn/{MPHO}/bills")
    seen = shop.exchanges[-1]
    wrong = Exchange(seen.heard, 200, httpx.Headers({"X-Date": "today"}), b'[{"billStatus": "owed", "colour": "red"}]')
    told = " ".join(contract.answer_faults(wrong, BASE))
    assert answer.status_code == 200
    for part in ("'owed' is not one of", "colour is nowhere described", "no X-Records-Available-Count", "'today'"):
        assert part in told
