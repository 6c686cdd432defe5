"""The sandbox's token endpoint, and the directory behind tokens and behind a password."""

from __future__ import annotations

import base64

import pytest

GRANT = {"grant_type": "client_credentials"}
CLIENT = ("mohala", "sandbox")
DISTRICT = "service-points?district=Quthing"


def token(client, **form):
    return client.post("/oauth/token", data=GRANT | form, auth=CLIENT).json()["access_token"]


def bearer(client, text):
    return client.get(f"/oauth/directory/{DISTRICT}", headers={"Authorization": f"Bearer {text}"})


def test_a_client_gets_a_token_that_is_not_to_be_stored(client):
    given = client.post("/oauth/token", data=GRANT, auth=CLIENT)
    assert given.status_code == 200
    told = given.json()
    assert len(told.pop("access_token")) == 64
    assert told == {"token_type": "Bearer", "expires_in": 300, "scope": "directory"}
    assert (given.headers["cache-control"], given.headers["pragma"]) == ("no-store", "no-cache")


def test_a_client_may_show_itself_in_the_form(client):
    form = {**GRANT, "client_id": "mohala", "client_secret": "sandbox", "scope": "births directory"}
    assert client.post("/oauth/token", data=form).json()["scope"] == "births directory"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"scope": "directory"}, "invalid_request"),
        ({**GRANT, "client_id": "mohala"}, "invalid_request"),
        ({"grant_type": "password", "username": "thabo", "password": "x"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({**GRANT, "scope": "everything"}, "invalid_scope"),
        ({**GRANT, "scope": "births  directory"}, "invalid_scope"),
    ],
)
def test_another_request_is_refused_in_the_words_of_the_protocol(client, form, error):
    refused = client.post("/oauth/token", data=form, auth=CLIENT)
    assert (refused.status_code, refused.json()["error"]) == (400, error)
    assert refused.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [(b"grant_type=client_credentials&grant_type=x", "application/x-www-form-urlencoded"), (b"{}", "application/json")],
)
def test_a_body_that_is_no_form_with_each_field_once_is_refused(client, body, media_type):
    refused = client.post("/oauth/token", content=body, headers={"Content-Type": media_type}, auth=CLIENT)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("shown", [("mohala", "wrong"), ("stranger", "sandbox"), ("", "")])
def test_a_wrong_client_in_the_header_is_asked_who_it_is(client, shown):
    refused = client.post("/oauth/token", data=GRANT, auth=shown)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refused.headers["www-authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize("form", [GRANT, {**GRANT, "client_id": "mohala", "client_secret": "wrong"}])
def test_a_wrong_client_in_the_form_or_none_is_refused(client, form):
    refused = client.post("/oauth/token", data=form)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")


def test_client_and_password_are_form_encoded_before_they_are_joined(client):
    header = "Basic " + base64.b64encode(b"%6Dohala:sand%62ox").decode()
    assert client.post("/oauth/token", data=GRANT, headers={"Authorization": header}).status_code == 200


def test_tokens_are_given_to_a_post_only(client):
    assert client.get("/oauth/token").status_code == 405


def test_a_token_opens_the_directory_until_its_end(client, clock):
    text = token(client)
    assert bearer(client, text).json() == client.get(f"/directory/{DISTRICT}").json() != []
    clock.pass_seconds(299)
    assert bearer(client, text).status_code == 200
    clock.pass_seconds(1)
    refused = bearer(client, text)
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


def test_without_a_token_there_is_no_error_to_name(client):
    refused = client.get(f"/oauth/directory/{DISTRICT}")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="sandbox"')


def test_a_token_for_something_else_is_not_enough(client):
    refused = bearer(client, token(client, scope="births"))
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]


def test_testers_see_what_was_given_without_the_tokens_and_revoke_all(client):
    text = token(client)
    listed = client.get("/oauth/tokens")
    assert [row["scope"] for row in listed.json()] == ["directory"]
    assert text not in listed.text
    assert [row["revoked"] for row in client.delete("/oauth/tokens").json()] == [1]
    assert bearer(client, text).status_code == 401
    assert bearer(client, token(client)).status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic !", "Basic bW9oYWxh", "Bearer bW9oYWxhOnNhbmRib3g=", "Basic bW9oYWxhOng="]
)
def test_the_directory_behind_a_password_wants_it(client, header):
    refused = client.get(f"/basic/directory/{DISTRICT}", headers={"Authorization": header})
    assert (refused.status_code, refused.headers["www-authenticate"].split()[0]) == (401, "Basic")
    assert client.get(f"/basic/directory/{DISTRICT}", auth=CLIENT).status_code == 200


def test_knobs_of_the_endpoint_and_of_the_directory_are_two(client):
    text = token(client)
    client.post("/knobs/oauth", json={"fail": True})
    assert client.post("/oauth/token", data=GRANT, auth=CLIENT).status_code == 503
    assert bearer(client, text).status_code == 200
    client.post("/knobs/oauth", json={"fail": False})
    client.post("/knobs/directory", json={"fail": True})
    assert client.post("/oauth/token", data=GRANT, auth=CLIENT).status_code == 200
    assert [bearer(client, text).status_code, client.get(f"/basic/directory/{DISTRICT}", auth=CLIENT).status_code] == [
        503, 503,
    ]  # fmt: skip
