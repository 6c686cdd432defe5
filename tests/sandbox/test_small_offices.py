"""The pretend offices of water, tax, ID cards, traffic, business and social development: what a number tells."""

import pytest

WATER = {"account": "12345678", "amount_minor": 5000, "currency": "LSL", "payment": "MP1"}
TAX = {"tin": "1234567", "tax": "VAT", "amount_minor": 50000, "currency": "LSL", "payment": "MP1"}
ORDERS = [("/water/payments", WATER, "WR-000001"), ("/tax/payments", TAX, "TR-000001")]


def pay(client, path, order, key="palesa-1"):
    return client.post(path, json=order, headers={"Idempotency-Key": key})


@pytest.mark.parametrize(("path", "order", "receipt"), ORDERS)
def test_a_payment_gets_a_receipt_and_is_listed(client, path, order, receipt):
    paid = pay(client, path, order)
    assert (paid.status_code, paid.json()) == (201, {"receipt": receipt})
    assert [row["receipt"] for row in client.get(path).json()] == [receipt]


@pytest.mark.parametrize(("path", "order", "receipt"), ORDERS)
def test_the_same_key_again_pays_nothing_more(client, path, order, receipt):
    first, again = pay(client, path, order), pay(client, path, order)
    assert (again.status_code, again.content) == (200, first.content)
    assert len(client.get(path).json()) == 1


@pytest.mark.parametrize(("path", "order", "receipt"), ORDERS)
def test_a_key_with_another_body_is_refused(client, path, order, receipt):
    pay(client, path, order)
    refused = pay(client, path, {**order, "amount_minor": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "key_reused")


@pytest.mark.parametrize(("path", "order", "receipt"), ORDERS)
def test_what_was_paid_is_found_by_its_key(client, path, order, receipt):
    pay(client, path, order)
    assert client.get(f"{path}/palesa-1").json() == {"receipt": receipt}
    assert client.get(f"{path}/thabo-1").status_code == 404


@pytest.mark.parametrize(
    ("path", "order", "code"),
    [
        ("/water/payments", {**WATER, "account": "99345678"}, "account_unknown"),
        ("/tax/payments", {**TAX, "tin": "9934567"}, "taxpayer_unknown"),
    ],
)
def test_money_for_nobody_is_refused(client, path, order, code):
    refused = pay(client, path, order)
    assert (refused.status_code, refused.json()) == (422, {"code": code})
    assert client.get(path).json() == []


@pytest.mark.parametrize(("account", "owed"), [("12345670", 0), ("12345674", 4200)])
def test_an_account_owes_what_its_last_digit_says(client, account, owed):
    told = client.get(f"/water/accounts/{account}").json()
    assert (told["balance_minor"], told["due"]) == (owed, "2026-12-07")


@pytest.mark.parametrize(
    ("number", "status", "where"),
    [
        ("1234561", "in_progress", ""),
        ("1234562", "query", "Teyateyaneng"),
        ("1234563", "rejected", ""),
        ("1234564", "ready", "Maseru"),
    ],
)
@pytest.mark.parametrize("office", ["/id-cards", "/passports"])
def test_an_application_stands_as_its_last_digit_says(client, office, number, status, where):
    told = client.get(f"{office}/applications/{number}").json()
    assert (told["status"], told["where"]) == (status, where)


@pytest.mark.parametrize(("number", "status"), [("1234561", "lapsed"), ("1234562", "suspended"), ("1234563", "valid")])
@pytest.mark.parametrize("office", ["/traffic", "/business"])
def test_a_licence_holds_as_its_last_digit_says(client, office, number, status):
    told = client.get(f"{office}/licences/{number}").json()
    assert told["status"] == status
    assert (told["until"] < "2026-11-23") == (status == "lapsed")


def test_a_plate_has_letters_and_digits(client):
    assert client.get("/traffic/plates/A1234").json()["status"] == "valid"
    assert client.get("/traffic/plates/ZZ1234").status_code == 404


def test_a_grant_tells_where_it_goes_and_when_its_owner_has_to_be_seen(client):
    told = client.get("/social-development/people/012345678901/OAP").json()
    assert told == {"slip": "OAP-26655678901-1", "where": "M-Pesa", "proof": "due", "proof_by": "2027-01-07"}
    seen = client.get("/social-development/people/012345678912/OAP").json()
    assert (seen["slip"], seen["where"], seen["proof"]) == ("OAP-26655678912-1", "Teyateyaneng", "seen")


def test_only_a_pension_asks_for_a_proof_of_life(client):
    for programme in ("CGP", "PAG"):
        told = client.get(f"/social-development/people/012345678901/{programme}").json()
        assert told == {"slip": f"{programme}-26655678901-1", "where": "M-Pesa", "proof": "", "proof_by": ""}


@pytest.mark.parametrize(
    "path",
    [
        "/water/accounts/99345678",
        "/tax/taxpayers/9934567",
        "/id-cards/applications/9912345",
        "/passports/applications/9912345",
        "/traffic/licences/9912345",
        "/business/licences/9912345",
        "/social-development/people/992345678901/OAP",
        "/social-development/people/962345678901/OAP",
        "/water/accounts/x",
    ],
)
def test_what_is_not_there_is_unknown(client, path):
    told = client.get(path)
    assert (told.status_code, told.json()) == (404, {"code": "unknown"})


@pytest.mark.parametrize("office", ["water", "tax", "id-cards", "traffic", "business", "social-development"])
def test_each_has_a_knob_and_wants_its_key(client, office):
    path = {
        "water": "/water/accounts/12345678",
        "tax": "/tax/taxpayers/1234567",
        "id-cards": "/id-cards/applications/1234567",
        "traffic": "/traffic/licences/1234567",
        "business": "/business/licences/1234567",
        "social-development": "/social-development/people/012345678901/PAG",
    }[office]
    assert client.get(path, headers={"X-Api-Key": "wrong"}).status_code == 401
    client.post(f"/knobs/{office}", json={"fail": True}).raise_for_status()
    assert client.get(path).status_code == 503
