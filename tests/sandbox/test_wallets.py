"""The pretend M-Pesa and the pretend push-and-poll wallet: what they hold an asker to, and payers who do as told."""

import itertools
import json
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import load_der_public_key

M_PESA = "/m-pesa/sandbox/ipg/v2/vodacomLES"
PUSH, STATUS = "/push-poll/api/v2/payment/instant/c2b/sandbox", "/push-poll/api/v1/transaction/c2b/status/sandbox"
SOURCE = "581af738-f459-4629-a72e-8388e0acdb5e"
_conversations = itertools.count(1)


def sealed(client, text):
    key = load_der_public_key(b64decode(client.get("/m-pesa/public-key").text))
    return {"Authorization": f"Bearer {b64encode(key.encrypt(text.encode(), PKCS1v15())).decode()}", "Origin": "*"}


def session(client, clock):
    given = client.get(f"{M_PESA}/getSession/", headers=sealed(client, "sandbox")).json()
    assert given["output_ResponseCode"] == "INS-0"
    clock.pass_seconds(2)
    return given["output_SessionID"]


def order(**changes):
    told = {
        "input_Amount": "50.50",
        "input_Country": "LES",
        "input_Currency": "LSL",
        "input_CustomerMSISDN": "26658123456",
        "input_ServiceProviderCode": "000001",
        "input_ThirdPartyConversationID": f"c{next(_conversations)}",
        "input_TransactionReference": "7K4M2PXQ9",
        "input_PurchasedItemsDesc": "Motlakase",
    }
    return {name: value for name, value in {**told, **changes}.items() if value is not None}


def push(client, id, body, **headers):
    return client.post(f"{M_PESA}/c2bPayment/singleStage/", json=body, headers={**sealed(client, id), **headers})


def look(client, id, reference):
    query = {
        "input_QueryReference": reference,
        "input_ServiceProviderCode": "000001",
        "input_ThirdPartyConversationID": f"q{next(_conversations)}",
        "input_Country": "LES",
    }
    return client.get(f"{M_PESA}/queryTransactionStatus/", params=query, headers=sealed(client, id)).json()


def code(answer):
    return answer.status_code, answer.json()["output_ResponseCode"]


def test_a_session_is_given_for_the_sealed_api_key_only(client):
    for headers in (sealed(client, "wrong"), {"Authorization": "Bearer sandbox", "Origin": "*"}, {"Origin": "*"}):
        assert code(client.get(f"{M_PESA}/getSession/", headers=headers)) == (401, "INS-2")
    stranger = {**sealed(client, "sandbox"), "Origin": "elsewhere.example"}
    assert code(client.get(f"{M_PESA}/getSession/", headers=stranger)) == (401, "INS-989")


def test_a_session_is_taken_when_it_is_ready_until_its_time_is_over(client, clock):
    given = client.get(f"{M_PESA}/getSession/", headers=sealed(client, "sandbox")).json()["output_SessionID"]
    assert code(push(client, given, order())) == (401, "INS-989")
    clock.pass_seconds(2)
    assert code(push(client, given, order())) == (200, "INS-0")
    clock.pass_seconds(1_200)
    assert code(push(client, given, order())) == (401, "INS-989")
    assert code(push(client, "nobody's", order())) == (401, "INS-989")


def test_bytes_that_were_carried_before_are_refused(client, clock):
    headers = sealed(client, session(client, clock))
    for wanted in ((200, "INS-0"), (401, "INS-989")):
        assert code(client.post(f"{M_PESA}/c2bPayment/singleStage/", json=order(), headers=headers)) == wanted


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"input_Amount": "50.5"}, "INS-15"),
        ({"input_Amount": "0"}, "INS-15"),
        ({"input_Amount": "-1"}, "INS-15"),
        ({"input_Country": "LSO"}, "INS-21"),
        ({"input_Currency": "ZAR"}, "INS-21"),
        ({"input_CustomerMSISDN": "+26658123456"}, "INS-2051"),
        ({"input_CustomerMSISDN": "26622123456"}, "INS-2051"),
        ({"input_ServiceProviderCode": "999999"}, "INS-13"),
        ({"input_ThirdPartyConversationID": "a" * 41}, "INS-21"),
        ({"input_ThirdPartyConversationID": "a:b"}, "INS-21"),
        ({"input_TransactionReference": "A" * 21}, "INS-17"),
        ({"input_PurchasedItemsDesc": None}, "INS-20"),
        ({"input_Amount": 50}, "INS-20"),
        ({"input_Colour": "blue"}, "INS-21"),
    ],
)
def test_a_wrong_order_is_refused_by_its_code_and_takes_nothing(client, clock, changes, refused):
    assert code(push(client, session(client, clock), order(**changes))) == (400, refused)
    assert client.get("/m-pesa/transactions").json() == []


def test_no_conversation_is_held_twice_whatever_it_was_about(client, clock):
    given = session(client, clock)
    first = order()
    assert code(push(client, given, first)) == (200, "INS-0")
    assert code(push(client, given, first)) == (409, "INS-10")
    assert code(push(client, given, order(input_ThirdPartyConversationID="q7"))) == (200, "INS-0")
    assert len(client.get("/m-pesa/transactions").json()) == 2


def test_a_push_is_looked_up_by_its_conversation(client, clock):
    given = session(client, clock)
    body = order()
    push(client, given, body)
    id = body["input_ThirdPartyConversationID"]
    assert look(client, given, id)["output_ResponseTransactionStatus"] == "Pending"
    clock.pass_seconds(1)
    found = look(client, given, id)
    assert found["output_ResponseTransactionStatus"] == "Completed"
    assert found["output_OriginalTransactionID"] == client.get("/m-pesa/transactions").json()[0]["reference"]
    assert look(client, given, "nothing")["output_ResponseCode"] == "INS-23"


@pytest.mark.parametrize(
    ("does", "status"), [("decline", "Cancelled"), ("insufficient", "Failed"), ("timeout", "Expired")]
)
def test_a_payer_does_as_a_tester_says(client, clock, does, status):
    client.post("/payers/+26658123456", json={"does": does}).raise_for_status()
    given = session(client, clock)
    body = order()
    push(client, given, body)
    clock.pass_seconds(61)
    assert look(client, given, body["input_ThirdPartyConversationID"])["output_ResponseTransactionStatus"] == status


def test_a_number_of_the_portals_sandbox_stands_for_a_payer(client, clock):
    given = session(client, clock)
    for number, end in (("000000000001", "Completed"), ("000000000002", "Cancelled")):
        body = order(input_CustomerMSISDN=number)
        push(client, given, body)
        clock.pass_seconds(1)
        assert look(client, given, body["input_ThirdPartyConversationID"])["output_ResponseTransactionStatus"] == end


@pytest.mark.parametrize(
    ("path", "body"),
    [("/payers/50123456", {"does": "accept"}), ("/payers/+27821234567", {"does": "accept"})],
)
def test_who_is_no_payer_cannot_be_told_anything(client, path, body):
    assert client.post(path, json=body).status_code == 404
    assert client.get("/payers").json() == []


@pytest.mark.parametrize("habit", [{"does": "dance"}, {"does": "accept", "after_s": -1}, {"after_s": 1}])
def test_a_habit_that_is_none_is_refused(client, habit):
    assert client.post("/payers/+26650123456", json=habit).status_code == 422


def bought(**changes):
    told = {"customerMsisdn": "26658123456", "amount": 10.50, "reason": "Motlakase", "currency": "LSL"}
    return {**told, "sourceReference": SOURCE, **changes}


def test_a_push_is_answered_with_nothing_and_polled_by_the_literal_names(client, clock):
    pushed = client.post(PUSH, json=bought())
    assert (pushed.status_code, pushed.content) == (200, b"")
    question = {"sourceMobileNumber": "26658123456", "sourceReference": SOURCE}
    assert client.post(STATUS, json=question).json()["status"] == "PENDING_VALIDATION"
    clock.pass_seconds(1)
    found = client.post(STATUS, json=question).json()
    assert set(found) == {
        *("amount", "customerMsisdn", "reference", "ecocashReference", "status", "transactionDateTime"),
    }
    assert (found["status"], found["amount"], found["reference"]) == (
        "SUCCESS",
        {"amount": 10.5, "currency": "LSL"},
        SOURCE,
    )


def test_a_source_reference_is_taken_once(client):
    assert client.post(PUSH, json=bought()).status_code == 200
    assert client.post(PUSH, json=bought(amount=1)).status_code == 409
    assert client.post(PUSH, json=bought(sourceReference=SOURCE.upper())).status_code == 409
    assert len(client.get("/push-poll/transactions").json()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 0},
        {"amount": 10.505},
        {"sourceReference": "7"},
        {"customerMsisdn": "+26658123456"},
        {"colour": "blue"},
    ],
)
def test_a_wrong_push_is_refused_and_takes_nothing(client, changes):
    assert client.post(PUSH, json=bought(**changes)).status_code == 422
    assert client.get("/push-poll/transactions").json() == []


def test_a_number_is_read_digit_for_digit(client):
    body = json.dumps(bought()).replace("10.5", "299.99")
    client.post(PUSH, content=body, headers={"Content-Type": "application/json"}).raise_for_status()
    assert client.get("/push-poll/transactions").json()[0]["amount_minor"] == 29_999


def test_another_key_mode_currency_or_payer_gets_nothing(client):
    assert client.post(PUSH, json=bought(), headers={"X-API-KEY": "wrong"}).status_code == 401
    assert client.post(PUSH.replace("/sandbox", "/live"), json=bought()).status_code == 404
    assert client.post(PUSH, json=bought(currency="USD")).status_code == 400
    client.post(PUSH, json=bought()).raise_for_status()
    other = {"sourceMobileNumber": "26650123456", "sourceReference": SOURCE}
    assert client.post(STATUS, json=other).status_code == 404


@pytest.mark.parametrize("url", ["https://127.0.0.1/x", "http://elsewhere.example/x", "ftp://127.0.0.1", "x"])
def test_a_wallet_calls_nobody_but_this_machine(client, url):
    from tests.sandbox.wallet import assert_refused, pay

    assert_refused(pay(client, headers={"X-Callback-URL": url}), 400, "validation", "formatError")


@pytest.mark.parametrize(
    ("header", "value"),
    [("X-Date", "2026-11-23T09:24:59Z"), ("X-Date", "2026-11-23T09:30:00"), ("X-Content-Hash", "0" * 64)],
)
def test_a_stale_date_and_the_hash_of_another_body_are_refused(client, header, value):
    from tests.sandbox.wallet import assert_refused, pay

    assert_refused(pay(client, headers={header: value}), 400, "validation", "formatError")
    assert client.get("/wallet/transactions").json() == []
