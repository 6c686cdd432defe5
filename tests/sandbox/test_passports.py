"""The pretend passport office."""

import pytest


def note(client, key="palesa-1", **changes):
    fee = {"application": "1234567", "pages": "32", "payment": "7K4M2PXQ9", "reference": "2M8TQ4ZK1", **changes}
    return client.post("/passports/fees", json=fee, headers={"Idempotency-Key": key})


def test_a_fee_that_was_paid_is_noted_under_a_number(client):
    noted = note(client)
    assert (noted.status_code, noted.json()) == (201, {"noted": "PF-000001"})
    (row,) = client.get("/passports/fees").json()
    assert (row["application"], row["pages"], row["payment"]) == ("1234567", "32", "7K4M2PXQ9")
    assert row["how"] == "normal", "whoever does not say how it was asked for means the usual way"


def test_an_urgent_passport_of_a_child_is_noted_as_one(client):
    assert note(client, pages="minor", how="urgent").status_code == 201
    (row,) = client.get("/passports/fees").json()
    assert (row["pages"], row["how"]) == ("minor", "urgent")


def test_the_same_key_again_gets_the_same_bytes_and_notes_nothing(client):
    first, again = note(client), note(client)
    assert (again.status_code, again.content) == (200, first.content)
    assert len(client.get("/passports/fees").json()) == 1


def test_a_key_with_another_body_is_refused(client):
    note(client)
    refused = note(client, pages="64")
    assert (refused.status_code, refused.json()["code"]) == (409, "key_reused")


def test_a_fee_of_an_unknown_application_is_refused(client):
    refused = note(client, application="9912345")
    assert (refused.status_code, refused.json()) == (422, {"code": "application_unknown"})
    assert client.get("/passports/fees").json() == []


@pytest.mark.parametrize(
    "wrong", [{"application": "12345"}, {"pages": "48"}, {"how": "now"}, {"payment": ""}, {"extra": "x"}]
)
def test_a_wrong_field_is_named(client, wrong):
    refused = note(client, **wrong)
    assert refused.status_code == 422 and refused.json()["fields"] == list(wrong)


def test_the_office_wants_its_key(client):
    assert client.post("/passports/fees", json={}, headers={"X-Api-Key": "wrong"}).status_code == 401
