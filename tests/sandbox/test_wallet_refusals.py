"""What the pretend wallet refuses, in the words of the GSMA Mobile Money API 1.2.0."""

import pytest

from tests.sandbox.wallet import assert_refused, correlation, order, pay


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
