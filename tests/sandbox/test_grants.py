"""The sandbox's payer of grants keeps to G2P Connect 1.0.0: headers, codes, and what it tells of payments."""

from __future__ import annotations

import itertools

import pytest

from integrations.sandbox import SandboxSettings
from tests.contracts.published import DISBURSE, agrees, answer_schema, complaints, request_schema
from tests.integrations.registers import changed

SEARCH, STATUS = "/disburse/sync/search", "/disburse/sync/txn/status"
GRANT = {"grant_type": "client_credentials", "scope": "grants"}
AT = "2026-11-23T09:30:00Z"
numbers = itertools.count(1)


def header(**parts):
    told = {"version": "1.0.0", "message_id": f"m-{next(numbers)}", "message_ts": AT, "action": "search"}
    return {**told, "sender_id": "mohala.sandbox", "total_count": 1, **parts}


def criterion(**parts):
    told = {"reference_id": "r-1", "request_type": "disburse", "attribute_type": "payee_fa"}
    return {**told, "attribute_value": "mobile:26658123456@mpesa-ls", **parts}


def searched(*criteria, **parts):
    criteria = criteria or (criterion(),)
    head = header(**{"total_count": len(criteria), **parts})
    return {"header": head, "message": {"transaction_id": "t-1", "search_criteria": [*criteria]}}


def inquired(*references, **parts):
    request = {"reference_id": "r-1", "txn_type": "disburse", "attribute_type": "reference_id_list"}
    request["attribute_value"] = [*references]
    return {"header": header(**parts), "message": {"transaction_id": "t-1", "txnstatus_request": request}}


def bearer(client, **form):
    token = client.post("/oauth/token", data=GRANT | form, auth=("mohala", "sandbox")).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def send(client, path, body, headers=None):
    return client.post(f"/grants{path}", json=body, headers=bearer(client) if headers is None else headers)


def standings(answer, path=SEARCH):
    """Of each payment: its reference, status and code; the answer is held against the description besides."""
    assert answer.status_code == 200
    told = answer.json()
    assert agrees(DISBURSE, answer_schema(path), told)
    message = told["message"]
    if path == STATUS:
        message = message["txnstatus_response"]["txn_status"]
    return [
        (one["reference_id"], one["status"], one.get("status_reason_code", ""))
        for one in message["disbursements_status"]
    ]


def test_the_requests_of_these_tests_are_as_published():
    assert complaints(DISBURSE, request_schema(SEARCH), searched()) == []
    assert complaints(DISBURSE, request_schema(STATUS), inquired("OAP-26658123456-1")) == []


def test_a_payment_is_told_by_its_payee_under_the_reference_of_the_request(client):
    assert standings(send(client, SEARCH, searched())) == [("r-1", "succ", "")]


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("99", []),
        ("98", [("r-1", "succ", ""), ("r-1", "succ", "")]),
        ("97", [("r-1", "pdng", "")]),
        ("96", [("r-1", "rjct", "")]),
        ("95", [("r-1", "rcvd", "")]),
    ],
)
def test_the_last_digits_of_a_payee_say_what_became_of_their_payments(client, ending, told):
    payee = criterion(attribute_value=f"MOBILE:266581234{ending}@ecocash-ls")
    assert standings(send(client, SEARCH, searched(payee))) == told


def test_whom_they_do_not_pay_is_nobody(client):
    assert standings(send(client, SEARCH, searched(criterion(attribute_value="token:12345@gtbank")))) == []


def test_payments_are_told_by_their_references_with_amount_and_reason(client):
    answer = send(client, STATUS, inquired("OAP-26658123456-1", "OAP-26658123496-1", "OAP-26658123456-2", "x"))
    assert standings(answer, STATUS) == [
        ("OAP-26658123456-1", "succ", ""),
        ("OAP-26658123496-1", "rjct", "rjct.payee_fa.invalid"),
    ]
    told = answer.json()["message"]
    assert (told["transaction_id"], told["txnstatus_response"]["txn_type"]) == ("t-1", "on-disburse")
    (first, _) = told["txnstatus_response"]["txn_status"]["disbursements_status"]
    assert (first["amount"], first["currency_code"]) == ("950.00", "LSL")


def test_an_answer_is_a_message_of_its_own_to_the_sender(client):
    told = send(client, SEARCH, searched(message_id="mine")).json()["header"]
    assert told["message_id"] != "mine"
    assert (told["action"], told["status"], told["sender_id"], told["receiver_id"]) == (
        "on-search", "succ", "grants.sandbox", "mohala.sandbox",
    )  # fmt: skip


REJECTED = (
    ({"version": "2.0.0"}, "rjct.version.invalid"),
    ({"action": "disburse"}, "rjct.action.not_supported"),
    ({"message_ts": "2026-11-23T09:24:59Z"}, "rjct.message_ts.invalid"),
    ({"message_ts": "2026-11-23T09:35:01+00:00"}, "rjct.message_ts.invalid"),
    ({"total_count": 2}, "rjct.total_count.invalid"),
    ({"total_count": 0}, "rjct.total_count.invalid"),
)


@pytest.mark.parametrize(("path", "message"), [(SEARCH, searched()["message"]), (STATUS, inquired("OAP-1")["message"])])
def test_a_header_is_rejected_by_its_code(client, path, message):
    headers = bearer(client)
    for wrong, code in REJECTED:
        rejected = send(client, path, {"header": header(**wrong), "message": message}, headers)
        told = rejected.json()
        assert agrees(DISBURSE, answer_schema(path), told)
        assert (rejected.status_code, told["header"]["status"]) == (200, "rjct")
        assert told["header"]["status_reason_code"] == code
        assert "message" not in told


def test_too_many_requests_in_one_message_are_rejected(client):
    many = [criterion(reference_id=str(number)) for number in range(101)]
    told = send(client, SEARCH, searched(*many)).json()["header"]
    assert told["status_reason_code"] == "rjct.total_count.limit_exceeded"


def test_a_message_id_that_was_taken_before_is_rejected_and_one_that_was_not_taken_is_free(client):
    headers = bearer(client)
    assert send(client, SEARCH, searched(message_id="m", version="2.0.0"), headers).json()["header"]["status"] == "rjct"
    assert standings(send(client, SEARCH, searched(message_id="m"), headers)) == [("r-1", "succ", "")]
    for path, body in ((SEARCH, searched(message_id="m")), (STATUS, inquired("OAP-1", message_id="m"))):
        told = send(client, path, body, headers).json()["header"]
        assert told["status_reason_code"] == "rjct.message_id.duplicate"
    assert [row["message_id"] for row in client.get("/grants/messages").json()] == ["m"]


def test_a_message_id_is_known_after_a_restart(serve_while, tmp_path):
    settings = SandboxSettings(database=tmp_path / "sandbox.sqlite3")
    for status in ("succ", "rjct"):
        with serve_while(settings) as served:
            assert send(served.client, SEARCH, searched(message_id="m")).json()["header"]["status"] == status


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"reference_id": ""}, "rjct.reference_id.invalid"),
        ({"request_type": "link"}, "rjct.request_type.invalid"),
        ({"attribute_type": "amount"}, "rjct.attribute_type.invalid"),
        ({"attribute_value": "26658123456"}, "rjct.srch_payee_fa.invalid"),
        ({"attribute_type": "payer_fa", "attribute_value": "x y"}, "rjct.srch_payer_fa.invalid"),
        ({"attribute_type": "payer_fa"}, "rjct.srch.too_many_records_found"),
    ],
)
def test_a_request_is_rejected_by_its_code_and_the_others_are_answered(client, wrong, code):
    body = searched(criterion(reference_id="r-2"), criterion(**wrong))
    told = standings(send(client, SEARCH, body))
    assert told == [("r-2", "succ", ""), (wrong.get("reference_id", "r-1"), "rjct", code)]


def test_a_reference_that_comes_twice_in_a_message_is_rejected_the_second_time(client):
    told = standings(send(client, SEARCH, searched(criterion(), criterion())))
    assert told == [("r-1", "succ", ""), ("r-1", "rjct", "rjct.reference_id.duplicate")]


NEEDED = (
    "header",
    *(f"header.{name}" for name in ("message_id", "message_ts", "action", "sender_id", "total_count")),
    *("message", "message.transaction_id", "message.search_criteria"),
    *(f"message.search_criteria.0.{name}" for name in criterion()),
)


def test_what_is_needed_and_missing_is_not_taken(client):
    headers = bearer(client)
    for place in NEEDED:
        check_not_taken(send(client, SEARCH, changed(searched(), place, ...), headers), "err.request.bad")
    assert client.get("/grants/messages").json() == []


def check_not_taken(answer, code):
    assert answer.status_code == 400
    told = answer.json()
    schema = "/components/responses/Response/content/application~1json/schema"
    assert agrees(DISBURSE, schema, told)
    assert (told["message"]["ack_status"], told["message"]["error"]["code"]) == ("ERR", code)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"sender_id": "stranger"}, "err.sender_id.invalid"),
        ({"receiver_id": "somebody.else"}, "err.receiver_id.invalid"),
        ({"is_msg_encrypted": True}, "err.encryption.invalid"),
        ({"message_ts": "2026-11-23T09:30:00"}, "err.request.bad"),
        ({"total_count": "1"}, "err.request.bad"),
    ],
)
def test_who_and_what_is_not_for_it_is_not_taken(client, wrong, code):
    check_not_taken(send(client, SEARCH, searched(**wrong)), code)


@pytest.mark.parametrize(
    "wrong", [{"txn_type": "link"}, {"attribute_type": "transaction_id"}, {"attribute_value": "OAP-1"}]
)
def test_an_inquiry_that_the_description_does_not_have_is_not_taken(client, wrong):
    body = inquired("OAP-1")
    body["message"]["txnstatus_request"] |= wrong
    check_not_taken(send(client, STATUS, body), "err.request.bad")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer made-up"}, {"X-Api-Key": "sandbox"}])
def test_without_a_token_nothing_is_told(client, headers):
    check_http_error(send(client, SEARCH, searched(), headers), 401, "err.request.unauthorized")


def test_a_token_for_another_office_is_not_enough(client):
    headers = bearer(client, scope="directory")
    check_http_error(send(client, SEARCH, searched(), headers), 403, "err.request.forbidden")


def test_the_knob_fails_in_the_contracts_words(client):
    client.post("/knobs/grants", json={"fail": True})
    check_http_error(send(client, SEARCH, searched()), 500, "err.service.unavailable")


def check_http_error(answer, status, code):
    told = answer.json()
    schema = "/components/responses/HttpErrorResponse/content/application~1json/schema"
    assert agrees(DISBURSE, schema, told)
    assert (answer.status_code, [one["code"] for one in told["errors"]]) == (status, [code])
