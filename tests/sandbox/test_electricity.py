"""The pretend electricity vendor."""

import re

import pytest

METER = "04123456784"


def sell(client, key="thabo-1", **changes):
    order = {"meter": METER, "amount_minor": 5000, "currency": "LSL", "payment": "MP00000001", **changes}
    return client.post("/electricity/vends", json=order, headers={"Idempotency-Key": key})


def test_a_meter_has_a_holder_of_whom_only_initials_are_told(client):
    found = client.get(f"/electricity/meters/{METER}").json()
    assert found["meter"] == METER
    assert re.fullmatch(r"[A-Z]\. [A-Z]\.", found["holder"])


def test_a_meter_keeps_its_holder(client):
    holders = {client.get(f"/electricity/meters/{METER}").json()["holder"] for _ in range(3)}
    assert len(holders) == 1


@pytest.mark.parametrize("meter", ["04123456785", "0412345678", "99000000001", "9900000000", "\u0660" * 11])
def test_a_meter_that_is_none_is_unknown(client, meter):
    missed = client.get(f"/electricity/meters/{meter}")
    assert (missed.status_code, missed.json()) == (404, {"code": "unknown"})


def test_a_meter_beginning_with_99_is_unknown_although_its_check_digit_is_right(client):
    assert client.get("/electricity/meters/99000000002").status_code == 404
    assert client.get("/electricity/meters/09000000001").status_code == 200


def test_units_are_sold_as_a_token_of_twenty_digits(client):
    sold = sell(client)
    assert sold.status_code == 201
    assert re.fullmatch(r"[0-9]{20}", sold.json()["token"])
    assert (sold.json()["kwh"], sold.json()["receipt"]) == ("27.3", "EV-000001")


def test_the_same_key_again_gets_the_same_token_and_sells_nothing(client):
    first, again = sell(client), sell(client)
    assert (again.status_code, again.content) == (200, first.content)
    assert len(client.get("/electricity/vends").json()) == 1


def test_another_key_gets_another_token(client):
    assert sell(client, "a").json()["token"] != sell(client, "b").json()["token"]


def test_a_key_with_another_body_is_refused(client):
    sell(client)
    refused = sell(client, amount_minor=6000)
    assert (refused.status_code, refused.json()["code"]) == (409, "key_reused")


def test_nothing_is_sold_to_an_unknown_meter(client):
    refused = sell(client, meter="99000000002")
    assert (refused.status_code, refused.json()) == (422, {"code": "meter_unknown"})
    assert client.get("/electricity/vends").json() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_minor", 0),
        ("amount_minor", -5000),
        ("amount_minor", 50.5),
        ("amount_minor", "5000"),
        ("amount_minor", 1_000_001),
        ("currency", "ZAR"),
        ("payment", ""),
        ("tip", 1),
    ],
)
def test_a_wrong_field_is_named(client, field, value):
    refused = sell(client, **{field: value})
    assert (refused.status_code, refused.json()["fields"]) == (422, [field])


def test_a_client_without_the_key_is_turned_away(client):
    headers = {"X-Api-Key": "other"}
    assert client.get(f"/electricity/meters/{METER}", headers=headers).status_code == 401


def test_a_sale_without_an_idempotency_key_is_refused(client):
    order = {"meter": METER, "amount_minor": 5000, "currency": "LSL", "payment": "MP00000001"}
    assert client.post("/electricity/vends", json=order).json()["code"] == "key_missing"


def test_the_list_shows_each_sale_newest_first(client):
    sell(client, "a", payment="MP00000001")
    sell(client, "b", payment="MP00000002")
    listed = client.get("/electricity/vends").json()
    assert [(row["receipt"], row["payment"]) for row in listed] == [
        ("EV-000002", "MP00000002"),
        ("EV-000001", "MP00000001"),
    ]
