"""The pretend civil registry."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from integrations.sandbox import SandboxSettings

BIRTH = {
    "child_sex": "female",
    "born": "2026-11-02",
    "district": "Mohale's Hoek",
    "mother_id": "012345678901",
    "informant": "mother",
    "reference": "7K4M2PXQ9",
}


def file(client, key="palesa-1", **changes):
    return client.post("/civil-registry/births", json={**BIRTH, **changes}, headers={"Idempotency-Key": key})


def test_a_person_is_registered(client):
    found = client.get("/civil-registry/people/012345678901")
    assert (found.status_code, found.json()) == (200, {"id": "012345678901", "registered": True})


@pytest.mark.parametrize("id", ["991234567890", "12345", "0123456789012", "\u0661" * 12])
def test_a_number_that_nobody_has_is_unknown(client, id):
    missed = client.get(f"/civil-registry/people/{id}")
    assert (missed.status_code, missed.json()) == (404, {"code": "unknown"})


@pytest.mark.parametrize("headers", [{"X-Api-Key": "other"}, {"X-Api-Key": ""}])
def test_a_client_without_the_key_is_turned_away(client, headers):
    assert client.get("/civil-registry/people/012345678901", headers=headers).status_code == 401
    assert client.post("/civil-registry/births", json=BIRTH, headers=headers).status_code == 401


def test_a_birth_gets_an_application_number(client):
    filed = file(client)
    assert (filed.status_code, filed.json()) == (201, {"application": "CR-2026-000001", "status": "in_progress"})


def test_two_births_get_two_numbers(client):
    assert [file(client, key).json()["application"] for key in "ab"] == ["CR-2026-000001", "CR-2026-000002"]


def test_the_same_key_again_gets_the_same_answer_and_files_nothing(client):
    first, again = file(client), file(client)
    assert (again.status_code, again.content) == (200, first.content)
    assert len(client.get("/civil-registry/applications").json()) == 1


def test_the_same_key_gets_its_first_answer_even_when_the_clerk_has_moved_on(client):
    first = file(client)
    client.post("/civil-registry/applications/CR-2026-000001", json={"status": "done"})
    assert file(client).content == first.content


def test_twenty_copies_at_once_file_one_application(client):
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: file(client), range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.content for answer in answers}) == 1
    assert len(client.get("/civil-registry/applications").json()) == 1


def test_a_key_with_another_body_is_refused(client):
    file(client)
    refused = file(client, child_sex="male")
    assert (refused.status_code, refused.json()["code"]) == (409, "key_reused")


@pytest.mark.parametrize("key", [None, ""])
def test_a_birth_without_a_usable_key_is_not_filed(client, key):
    headers = {} if key is None else {"Idempotency-Key": key}
    assert client.post("/civil-registry/births", json=BIRTH, headers=headers).status_code in (400, 422)
    assert client.get("/civil-registry/applications").json() == []


def test_a_missing_key_is_named(client):
    refused = client.post("/civil-registry/births", json=BIRTH)
    assert (refused.status_code, refused.json()["code"]) == (400, "key_missing")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("child_sex", "girl"),
        ("born", "02/11/2026"),
        ("born", "2026-02-30"),
        ("born", "2026-11-24"),
        ("born", "1899-12-31"),
        ("district", "Durban"),
        ("district", "3"),
        ("mother_id", "1234"),
        ("mother_id", "\u0661" * 12),
        ("informant", "neighbour"),
        ("reference", ""),
        ("shoe_size", "38"),
    ],
)
def test_a_wrong_field_is_named_and_its_value_is_not_repeated(client, field, value):
    refused = file(client, **{field: value})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert refused.json()["fields"] == [field]
    assert len(value) < 2 or value not in refused.text


def test_a_body_that_is_not_json_is_refused_readably(client):
    refused = client.post(
        "/civil-registry/births", content="{", headers={"Idempotency-Key": "k", "Content-Type": "application/json"}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


def test_a_child_born_today_in_lesotho_is_not_of_the_future(client, clock):
    clock.time = clock.time.replace(hour=22, minute=30)  # half past midnight in Maseru
    assert file(client, born="2026-11-24").status_code == 201


@pytest.mark.parametrize(
    "district", ["Maseru", "Butha-Buthe", "Botha-Bothe", "Qacha's Nek", "Qacha\u2019s Nek", "thaba_tseka"]
)
def test_a_district_may_be_spelled_with_or_without_its_signs(client, district):
    assert file(client, district=district).status_code == 201


def test_an_unknown_mother_is_said_so(client):
    refused = file(client, mother_id="991234567890")
    assert (refused.status_code, refused.json()) == (422, {"code": "mother_unknown"})


def test_a_new_application_is_in_progress(client):
    file(client)
    standing = client.get("/civil-registry/applications/CR-2026-000001").json()
    assert standing == {"application": "CR-2026-000001", "status": "in_progress", "where": "", "reason": ""}


def test_the_clerk_moves_an_application(client):
    file(client)
    desk = "/civil-registry/applications/CR-2026-000001"
    moved = client.post(desk, json={"status": "ready", "where": "Maseru", "reason": ""})
    expected = {"application": "CR-2026-000001", "status": "ready", "where": "Maseru", "reason": ""}
    assert moved.status_code == 200
    assert expected.items() <= moved.json().items()
    assert client.get(desk).json() == expected


def test_the_clerk_knows_only_five_statuses(client):
    file(client)
    refused = client.post("/civil-registry/applications/CR-2026-000001", json={"status": "lost"})
    assert (refused.status_code, refused.json()["fields"]) == (422, ["status"])


def test_an_application_that_was_never_made_is_unknown(client):
    desk = "/civil-registry/applications/CR-2026-000009"
    assert client.get(desk).json() == {"code": "unknown"}
    assert client.post(desk, json={"status": "ready"}).status_code == 404


def test_the_list_shows_what_was_filed_newest_first(client):
    file(client, "a", reference="FIRST")
    file(client, "b", reference="SECOND")
    listed = client.get("/civil-registry/applications").json()
    assert [row["reference"] for row in listed] == ["SECOND", "FIRST"]
    assert BIRTH.items() - {("reference", BIRTH["reference"])} <= listed[0].items()


def test_applications_outlive_a_restart(serve_while, tmp_path):
    settings = SandboxSettings(database=tmp_path / "sandbox.sqlite3")
    with serve_while(settings) as first:
        before = file(first.client)
    with serve_while(settings) as second:
        again = file(second.client)
        following = file(second.client, "another")
    assert (again.status_code, again.content) == (200, before.content)
    assert following.json()["application"] == "CR-2026-000002"
