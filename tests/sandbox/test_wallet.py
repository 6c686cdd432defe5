"""The pretend wallet, held against what the GSMA Mobile Money API 1.2.0 says its objects are."""

# ruff: noqa: N815 - the fields bear the names of the description.

import uuid
from typing import Annotated, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from integrations.sandbox import SandboxSettings

Uuid = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")]
Text = Annotated[str, Field(max_length=256)]
Named = Annotated[str, Field(min_length=1, max_length=256)]


class Described(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Pair(Described):
    key: Named
    value: Named


class ErrorObject(Described):
    errorCategory: Literal[
        "businessRule", "validation", "authorisation", "identification", "internal", "serviceUnavailable"
    ]
    errorCode: Literal[
        "genericError",
        "lessThanTransactionMinValue",
        "greaterThanTransactionMaxValue",
        "duplicateRequest",
        "insufficientFunds",
        "transactionTypeError",
        "identifierError",
        "lengthError",
        "formatError",
        "currencyNotSupported",
        "mandatoryValueNotSupplied",
        "clientAuthorisationError",
        "requestDeclined",
    ]
    errorDescription: Text
    errorDateTime: AwareDatetime
    errorParameters: Annotated[list[Pair], Field(max_length=20)] = []


class RequestState(Described):
    serverCorrelationId: Uuid
    objectReference: Text
    status: Literal["pending", "completed", "failed"]
    notificationMethod: Literal["callback", "polling"]
    error: ErrorObject | None = None


class Transaction(Described):
    transactionReference: Named
    requestingOrganisationTransactionReference: Text
    type: Literal["merchantpay"]
    transactionStatus: Named
    amount: Annotated[str, Field(pattern=r"^([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?$")]
    currency: Literal["LSL"]
    debitParty: Annotated[list[Pair], Field(min_length=1, max_length=10)]
    creditParty: Annotated[list[Pair], Field(min_length=1, max_length=10)]
    descriptionText: Annotated[str, Field(max_length=160)]
    creationDate: AwareDatetime
    modificationDate: AwareDatetime


def order(payer="+26650123456", amount="50.00", **changes):
    return {
        "amount": amount,
        "currency": "LSL",
        "debitParty": [{"key": "msisdn", "value": payer}],
        "creditParty": [{"key": "organisationid", "value": "mohala"}],
        "requestingOrganisationTransactionReference": "7K4M2PXQ9",
        "descriptionText": "Motlakase",
        **changes,
    }


def correlation(number):
    return str(uuid.UUID(int=number, version=4))


def pay(client, body=None, number=1, headers=None, type="merchantpay"):
    envelope = {"X-CorrelationID": correlation(number), "X-Date": "2026-11-23T09:30:00Z", "X-Channel": "USSD"}
    body = order() if body is None else body
    return client.post(f"/wallet/transactions/type/{type}", json=body, headers={**envelope, **(headers or {})})


def state_after_approval(client, clock, asked):
    clock.pass_seconds(1)
    return RequestState.model_validate(
        client.get(f"/wallet/requeststates/{asked.json()['serverCorrelationId']}").json()
    )


def assert_refused(answer, status, category, code):
    error = ErrorObject.model_validate(answer.json())
    assert (answer.status_code, error.errorCategory, error.errorCode) == (status, category, code)


def test_the_wallet_says_that_it_is_available(client):
    assert client.get("/wallet/heartbeat").json() == {"serviceStatus": "available"}


def test_a_payment_is_accepted_and_to_be_polled(client):
    asked = pay(client)
    state = RequestState.model_validate(asked.json())
    assert (asked.status_code, state.status, state.notificationMethod) == (202, "pending", "polling")
    assert asked.headers["X-Date"] == "2026-11-23T09:30:00.000Z"


def test_a_payment_is_pending_until_the_payer_has_approved(client, clock):
    asked = pay(client)
    clock.pass_seconds(0.999)
    state = client.get(f"/wallet/requeststates/{asked.json()['serverCorrelationId']}").json()
    assert state["status"] == "pending"


def test_a_second_later_it_is_completed_with_a_reference(client, clock):
    state = state_after_approval(client, clock, pay(client))
    assert (state.status, state.error) == ("completed", None)
    found = Transaction.model_validate(client.get(f"/wallet/transactions/{state.objectReference}").json())
    assert (found.transactionStatus, found.amount, found.debitParty[0].value) == ("completed", "50", "+26650123456")


def test_the_payers_patience_is_a_setting(serve, clock):
    client = serve(SandboxSettings(wallet_approves_after_seconds=30)).client
    asked = pay(client)
    assert state_after_approval(client, clock, asked).status == "pending"
    clock.pass_seconds(29)
    assert state_after_approval(client, clock, asked).status == "completed"


def test_a_lost_answer_is_found_again_by_the_clients_own_id(client):
    asked = pay(client)
    link = client.get(f"/wallet/responses/{correlation(1)}").json()["link"]
    assert client.get(f"/wallet{link}").json() == asked.json()


def test_a_correlation_id_is_taken_once_and_the_second_time_nothing_happens(client):
    pay(client)
    assert_refused(pay(client), 400, "businessRule", "duplicateRequest")
    assert_refused(pay(client, order(amount="60.00")), 400, "businessRule", "duplicateRequest")
    assert len(client.get("/wallet/transactions").json()) == 1


def test_a_correlation_id_in_capitals_is_the_same_one(client):
    pay(client)
    again = pay(client, headers={"X-CorrelationID": correlation(1).upper()})
    assert_refused(again, 400, "businessRule", "duplicateRequest")


def test_a_correlation_id_whose_order_was_refused_may_be_used_again(client):
    pay(client, order(amount="much"))
    assert pay(client).status_code == 202


def test_a_number_ending_in_00_declines(client, clock):
    state = state_after_approval(client, clock, pay(client, order("+26658000000")))
    assert (state.status, state.error.errorCategory, state.error.errorCode) == (
        "failed",
        "authorisation",
        "requestDeclined",
    )


def test_the_last_cent_can_be_spent(client, clock):
    assert state_after_approval(client, clock, pay(client, order(amount="500.00"))).status == "completed"


def test_more_than_the_number_has_is_refused(client, clock):
    state = state_after_approval(client, clock, pay(client, order(amount="500.01")))
    assert (state.status, state.error.errorCategory, state.error.errorCode) == (
        "failed",
        "businessRule",
        "insufficientFunds",
    )


def test_money_spent_is_gone_and_money_that_failed_to_move_is_not(client, clock):
    outcomes = [
        state_after_approval(client, clock, pay(client, order(amount=amount), number)).status
        for number, amount in enumerate(["300.00", "300.00", "200.00", "0.01"])
    ]
    assert outcomes == ["completed", "failed", "completed", "failed"]


def test_two_payments_at_the_same_moment_cannot_spend_the_same_money(client, clock):
    asked = [pay(client, order(amount="300"), number) for number in (1, 2)]
    clock.pass_seconds(1)
    states = [
        client.get(f"/wallet/requeststates/{one.json()['serverCorrelationId']}").json() for one in reversed(asked)
    ]
    assert [state["status"] for state in reversed(states)] == ["completed", "failed"]


def test_each_number_has_its_own_money(client, clock):
    state_after_approval(client, clock, pay(client, order(amount="500")))
    other = state_after_approval(client, clock, pay(client, order("+26662123456", amount="500"), 2))
    assert other.status == "completed"


def test_the_list_shows_each_payment_newest_first(client, clock):
    for number, reference in enumerate(["FIRST", "SECOND"]):
        pay(client, order(requestingOrganisationTransactionReference=reference), number)
    clock.pass_seconds(1)
    listed = [Transaction.model_validate(row) for row in client.get("/wallet/transactions").json()]
    assert [row.requestingOrganisationTransactionReference for row in listed] == ["SECOND", "FIRST"]
    assert {row.transactionStatus for row in listed} == {"completed"}


@pytest.mark.parametrize("key", ["other", ""])
def test_a_wrong_key_is_an_authorisation_error(client, key):
    assert_refused(pay(client, headers={"X-API-Key": key}), 401, "authorisation", "clientAuthorisationError")


@pytest.mark.parametrize(
    ("header", "value", "code"), [("X-CorrelationID", "7", "formatError"), ("X-Date", "today", "formatError")]
)
def test_a_wrong_header_is_a_format_error(client, header, value, code):
    assert_refused(pay(client, headers={header: value}), 400, "validation", code)


def test_a_payment_without_a_correlation_id_is_refused(client):
    refused = client.post("/wallet/transactions/type/merchantpay", json=order())
    assert_refused(refused, 400, "validation", "mandatoryValueNotSupplied")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "much"}, "formatError"),
        ({"amount": "050"}, "formatError"),
        ({"amount": "-50"}, "formatError"),
        ({"amount": "50.123"}, "formatError"),
        ({"amount": 50}, "formatError"),
        ({"currency": "USD"}, "currencyNotSupported"),
        ({"debitParty": []}, "lengthError"),
        ({"descriptionText": "x" * 161}, "lengthError"),
        ({"colour": "blue"}, "formatError"),
    ],
)
def test_a_wrong_order_is_a_validation_error(client, changes, code):
    assert_refused(pay(client, order(**changes)), 400, "validation", code)


@pytest.mark.parametrize("field", ["amount", "currency", "debitParty", "creditParty"])
def test_a_missing_field_is_named(client, field):
    body = order()
    del body[field]
    refused = pay(client, body)
    assert_refused(refused, 400, "validation", "mandatoryValueNotSupplied")
    assert [parameter["key"] for parameter in refused.json()["errorParameters"]] == [field]


def test_a_body_that_is_not_json_is_a_validation_error(client):
    headers = {"X-CorrelationID": correlation(1), "Content-Type": "application/json"}
    refused = client.post("/wallet/transactions/type/merchantpay", content=b"\xff{", headers=headers)
    assert_refused(refused, 400, "validation", "formatError")


@pytest.mark.parametrize(
    ("amount", "code"), [("0.00", "lessThanTransactionMinValue"), ("9999999999", "greaterThanTransactionMaxValue")]
)
def test_an_amount_outside_the_limits_is_a_business_rule(client, amount, code):
    assert_refused(pay(client, order(amount=amount)), 400, "businessRule", code)


@pytest.mark.parametrize("payer", ["50123456", "+26622123456", "+27821234567", "+2665012345"])
def test_a_payer_who_has_no_mobile_number_of_lesotho_is_not_identified(client, payer):
    assert_refused(pay(client, order(payer)), 404, "identification", "identifierError")


def test_another_payee_is_not_identified(client):
    body = order(creditParty=[{"key": "organisationid", "value": "somebody"}])
    assert_refused(pay(client, body), 404, "identification", "identifierError")


def test_another_kind_of_transaction_is_not_offered(client):
    assert_refused(pay(client, type="billpay"), 400, "businessRule", "transactionTypeError")


@pytest.mark.parametrize("path", ["requeststates", "responses", "transactions"])
def test_an_id_that_nobody_gave_out_is_not_identified(client, path):
    assert_refused(client.get(f"/wallet/{path}/{correlation(9)}"), 404, "identification", "identifierError")


def test_a_failing_wallet_says_so_in_its_own_words_and_takes_nothing(client):
    client.post("/knobs/wallet", json={"fail": True})
    assert_refused(pay(client), 503, "serviceUnavailable", "genericError")
    assert client.get("/wallet/transactions").json() == []


def test_payments_and_what_they_left_outlive_a_restart(serve_while, clock, tmp_path):
    settings = SandboxSettings(database=tmp_path / "sandbox.sqlite3")
    with serve_while(settings) as first:
        asked = pay(first.client, order(amount="500"))
    with serve_while(settings) as second:
        assert state_after_approval(second.client, clock, asked).status == "completed"
        assert state_after_approval(second.client, clock, pay(second.client, order(amount="1"), 2)).status == "failed"
