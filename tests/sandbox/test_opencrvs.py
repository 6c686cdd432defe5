"""The sandbox's OpenCRVS keeps to its contract: tokens, validation, and what it makes of a search."""

from __future__ import annotations

import pytest

from integrations.sandbox.opencrvs_records import LERIBE, REGISTRATIONS
from tests.contracts.published import REGISTRY, complaints
from tests.integrations.registers import changed

GRANT = {"grant_type": "client_credentials", "client_id": "mohala", "client_secret": "sandbox"}
TOKEN = "/opencrvs/oauth2/client/token"
SEARCH = "/opencrvs/registry/sync/search"
AT = "2026-11-23T09:30:00Z"
DAY = {"attribute_name": "birthdate", "operator": "ge", "attribute_value": "2024-06-01"}
END = {"attribute_name": "birthdate", "operator": "le", "attribute_value": "2024-06-01"}


def asked(register="birth", query_type="idtype-value", query=None, **criteria):
    """A request with one search in it."""
    query = query or {"type": "BRN", "value": "2023BLINEO1"}
    search = {"reg_type": f"ocrvs:registry_type:{register}", "query_type": query_type, "query": query, **criteria}
    return {
        "header": {
            "message_id": "m-1",
            "message_ts": AT,
            "action": "search",
            "sender_id": "mohala.sandbox",
            "total_count": 1,
        },
        "message": {
            "transaction_id": "t-1",
            "search_request": [{"reference_id": "r-1", "timestamp": AT, "search_criteria": search}],
        },
    }


def bearer(client, **form):
    token = client.post(TOKEN, data=GRANT | form).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def search(client, body, headers=None):
    return client.post(SEARCH, json=body, headers=bearer(client) if headers is None else headers)


def records(client, body):
    responses = search(client, body).json()["message"]["search_response"]
    return [record["given_name"] for response in responses for record in response["data"]["reg_records"]]


def test_a_token_says_nothing_of_its_end_and_has_one(client, clock):
    given = client.post(TOKEN, data=GRANT)
    assert (given.status_code, set(given.json())) == (200, {"access_token", "token_type"})
    assert given.headers["cache-control"] == "no-store"
    headers = {"Authorization": f"Bearer {given.json()['access_token']}"}
    assert search(client, asked(), headers).status_code == 200
    clock.pass_seconds(300)
    assert search(client, asked(), headers).status_code == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "unsupported_grant_type"),
        ({**GRANT, "grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "mohala"}, 400, "invalid_request"),
        ({**GRANT, "client_secret": "wrong"}, 401, "invalid_client"),
    ],
)
def test_a_token_is_refused_in_the_words_of_the_protocol(client, form, status, error):
    refused = client.post(TOKEN, data=form)
    assert (refused.status_code, refused.json()["error"]) == (status, error)


def test_a_password_in_the_header_is_not_read(client):
    refused = client.post(TOKEN, data={"grant_type": "client_credentials"}, auth=("mohala", "sandbox"))
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer made-up"}, {"X-Api-Key": "sandbox"}])
def test_without_a_token_there_is_no_search(client, headers):
    refused = search(client, asked(), headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, 401)


def test_a_token_for_another_office_opens_no_register(client):
    token = client.post("/oauth/token", data=GRANT).json()["access_token"]
    assert search(client, asked(), {"Authorization": f"Bearer {token}"}).status_code == 403


def test_a_search_is_answered_with_its_own_ids_and_a_count_of_what_was_found(client):
    told = search(client, asked()).json()
    header, message = told["header"], told["message"]
    assert (header["message_id"], header["action"], header["status"], header["total_count"]) == (
        "m-1", "on-search", "succ", 1,
    )  # fmt: skip
    assert message["transaction_id"] == "t-1"
    (response,) = message["search_response"]
    assert (response["reference_id"], response["pagination"]["total_count"]) == ("r-1", 1)
    (record,) = response["data"]["reg_records"]
    assert (record["given_name"], record["middle_name"], record["birthDate"]) == ("Lineo", "Palesa", "2023-03-05")
    assert {"type": "BRN", "value": "2023BLINEO1"} in record["identifier"]
    assert [one["relationship"] for one in record["relations"]] == ["mother", "father"]


def test_an_answer_is_as_published_but_for_a_list_of_records(client):
    told = search(client, asked()).json()
    assert complaints(REGISTRY, "/components/schemas/MsgCallbackHeader_V1.0.0", told["header"]) == []
    (otherwise,) = complaints(REGISTRY, "/components/schemas/SearchResponse", told["message"])
    assert "reg_records" in otherwise and "is not of type 'object'" in otherwise


def test_nothing_found_is_an_empty_list_and_a_count_of_none(client):
    told = search(client, asked(query={"type": "BRN", "value": "2023BNOBODY"})).json()
    assert (told["header"]["total_count"], told["message"]["search_response"]) == (0, [])


def test_a_message_may_come_twice(client):
    headers = bearer(client)
    assert [search(client, asked(), headers).status_code for _ in range(2)] == [200, 200]


NEEDED = (
    *("header", "header.message_id", "header.message_ts", "header.action", "header.sender_id", "header.total_count"),
    *("message", "message.transaction_id", "message.search_request", "message.search_request.0.reference_id"),
    *("message.search_request.0.timestamp", "message.search_request.0.search_criteria"),
    *(f"message.search_request.0.search_criteria.{name}" for name in ("reg_type", "query_type", "query")),
    *(f"message.search_request.0.search_criteria.query.{name}" for name in ("type", "value")),
)


def test_what_is_needed_and_missing_is_refused(client):
    headers = bearer(client)
    for place in NEEDED:
        refused = search(client, changed(asked(), place, ...), headers)
        assert (place, refused.status_code, refused.json()["error"]["code"]) == (place, 400, 400)


NOT_IN_THE_DIALECT = (
    asked(query_type="idtype"),
    asked(query_type="namedQuery"),
    asked(register="baptism"),
    asked(query={"type": "UIN", "value": "1"}),
    asked(query={"type": "BRN", "value": 1}),
    asked(query_type="predicate"),
    asked(query_type="predicate", query=[{"expression1": {**DAY, "attribute_name": "sex"}}]),
    asked(query_type="predicate", query=[{"expression1": {**DAY, "operator": "in"}}]),
    asked(query_type="predicate", query=[{"expression1": DAY, "condition": "or", "expression2": END}]),
    asked(pagination={"page_size": 0}),
    {**asked(), "header": {**asked()["header"], "action": "subscribe"}},
    {**asked(), "header": {**asked()["header"], "message_ts": "23/11/2026"}},
    {**asked(), "header": {**asked()["header"], "total_count": "1"}},
    {**asked(), "header": {**asked()["header"], "is_msg_encrypted": True}},
    {**asked(), "message": {**asked()["message"], "transaction_id": "t" * 100}},
    {**asked(), "signature": "eyJhbGciOiJSUzI1NiJ9.e30.AA"},
    [],
    "search",
)


def test_what_the_dialect_does_not_have_is_refused(client):
    headers = bearer(client)
    for body in NOT_IN_THE_DIALECT:
        assert (body, search(client, body, headers).status_code) == (body, 400)


def test_a_body_that_is_no_json_is_refused(client):
    refused = client.post(SEARCH, content=b"{", headers=bearer(client))
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (asked(query={"type": "BRN", "value": "2023blineo1"}), ["Lineo"]),
        (asked(query={"type": "NID", "value": "012345678901"}), ["Lineo", "Tumelo", "Mamello"]),
        (asked(query={"type": "OPENCRVS_RECORD_ID", "value": REGISTRATIONS[3].id}), ["Khotso"]),
        (asked("death", query={"type": "DRN", "value": "2025DMPHO01"}), ["Mpho"]),
        (asked("death", query={"type": "BRN", "value": "2023BLINEO1"}), []),
        (asked("marriage", query={"type": "NID", "value": "012345678902"}), ["Mamello"]),
        (asked(query_type="predicate", query=[{"expression1": DAY, "condition": "and", "expression2": END}]),
         ["Khotso", "Pule"]),
        (asked(query_type="predicate", query=[{"expression1": {**DAY, "operator": "gt"}, "expression2":
                                               {**END, "attribute_value": "2025-08-17"}}]), ["Tumelo"]),
        (asked(query_type="predicate", query=[{"expression1": {
            "attribute_name": "birthplace", "operator": "eq", "attribute_value": LERIBE}}]),
         ["Mamello", "Khotso", "Pule"]),
        (asked("death", "predicate", [{"expression1": {**DAY, "operator": "eq", "attribute_value": "1941-01-09"}}]),
         ["Mpho"]),
    ],
)  # fmt: skip
def test_a_register_is_searched(client, body, found):
    assert records(client, body) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (asked(query_type="predicate", query=[{"expression1": {**DAY, "operator": "eq"}}]), 5),
        (asked("marriage", "predicate", [{"expression1": DAY, "expression2": END}]), 1),
    ],
)
def test_criteria_that_the_real_one_overlooks_are_overlooked_here(client, body, found):
    """An `eq` alone in births, and everything in marriages: all come, a page of them."""
    assert len(records(client, body)) == found


def test_a_page_is_as_long_as_was_asked_for_and_counts_them_all(client):
    query = [{"expression1": DAY, "expression2": END}]
    told = search(client, asked(query_type="predicate", query=query, pagination={"page_size": 1, "page_number": 2}))
    (response,) = told.json()["message"]["search_response"]
    assert [one["given_name"] for one in response["data"]["reg_records"]] == ["Pule"]
    assert response["pagination"] == {"page_number": 2, "page_size": 1, "total_count": 2}


def test_the_knob_fails_in_its_own_words(client):
    headers = bearer(client)
    client.post("/knobs/opencrvs", json={"fail": True})
    failed = search(client, asked(), headers)
    assert (failed.status_code, failed.json()) == (500, {"error": {"code": 500, "message": "Internal Server Error"}})
