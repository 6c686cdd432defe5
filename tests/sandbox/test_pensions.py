"""The pretend pensions office."""

import pytest

ID = "012345678901"


def attest(client, key="thabo-1", id=ID, **changes):
    told = {"id": id, "agent": "014", "point": "001", "reference": "7K4M2PXQ9", **changes}
    return client.post("/pensions/proofs", json=told, headers={"Idempotency-Key": key})


def code_of(answer):
    assert answer.status_code == 422
    return answer.json()["code"]


def test_a_proof_of_life_is_noted_for_the_year_and_names_nobody(client):
    answer = attest(client)
    assert answer.status_code == 201
    assert answer.json().keys() == {"year", "phone"} and answer.json()["phone"] == "+26650208901"
    (row,) = client.get("/pensions/proofs").json()
    assert (row["pensioner"], row["agent"], row["point"]) == (ID, "014", "001")


def test_the_same_key_again_gets_the_same_bytes_and_notes_nothing(client):
    first, again = attest(client), attest(client)
    assert (again.status_code, again.content) == (200, first.content)
    assert len(client.get("/pensions/proofs").json()) == 1


def test_a_key_with_another_body_is_refused(client):
    attest(client)
    refused = attest(client, point="002")
    assert (refused.status_code, refused.json()["code"]) == (409, "key_reused")


def test_a_pensioner_is_seen_once_a_year_whoever_says_so(client):
    attest(client)
    assert code_of(attest(client, key="palesa-1", agent="015")) == "seen_before"


@pytest.mark.parametrize(
    ("id", "code"),
    [("992345678901", "pensioner_unknown"), ("1234", "pensioner_unknown"), ("882345678901", "pension_stopped")],
)
def test_who_gets_no_pension_is_told_apart(client, id, code):
    assert code_of(attest(client, id=id)) == code
    assert client.get("/pensions/proofs").json() == []


def test_some_pensioners_have_no_phone(client):
    assert attest(client, id="012345678900").json()["phone"] == ""


@pytest.mark.parametrize("wrong", [{"agent": ""}, {"point": ""}, {"extra": "x"}])
def test_a_wrong_field_is_named(client, wrong):
    refused = attest(client, **wrong)
    assert refused.status_code == 422 and refused.json()["fields"] == list(wrong)
