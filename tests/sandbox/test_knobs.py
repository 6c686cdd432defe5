"""The knobs: an office that is late, broken or silent, and nobody else."""

import time

import httpx
import pytest

from integrations.sandbox import SandboxSettings

OFFICES = {
    "civil-registry": "/civil-registry/people/012345678901",
    "electricity": "/electricity/meters/04123456784",
    "wallet": "/wallet/heartbeat",
    "directory": "/directory/service-points?district=Leribe",
}
WITHOUT_KEY = (
    "sms",
    "x-road",
    "oauth",
    "opencrvs",
    "grants",
    "identity",
    "water",
    "tax",
    "id-cards",
    "traffic",
    "business",
    "social-development",
    "m-pesa",
    "push-poll",
    "passports",
    "farm-inputs",
    "pensions",
)
ALL = (*OFFICES, *WITHOUT_KEY)


def send_text(client: httpx.Client) -> httpx.Response:
    form = {"username": "sandbox", "to": "+26650123456", "message": "Lumela", "bulkSMSMode": "1"}
    return client.post("/version1/messaging", data=form, headers={"apiKey": "sandbox"})


def test_a_new_country_has_no_knob_turned(client):
    untouched = {"delay_s": 0, "fail": False, "silent": False, "after": "answer"}
    assert client.get("/knobs").json() == dict.fromkeys(ALL, untouched)


def test_a_knob_that_is_not_named_keeps_its_value(client):
    client.post("/knobs/wallet", json={"delay_s": 2})
    assert client.post("/knobs/wallet", json={"fail": True}).json() == {
        "delay_s": 2,
        "fail": True,
        "silent": False,
        "after": "answer",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"delay_s": 121}, "delay_s"),
        ({"delay_s": -1}, "delay_s"),
        ({"delay_s": "3"}, "delay_s"),
        ({"delay_s": True}, "delay_s"),
        ({"fail": 1}, "fail"),
        ({"silent": None}, "silent"),
        ({"slow": True}, "slow"),
    ],
)
def test_a_wrong_knob_is_named_in_a_sentence_and_nothing_is_turned(client, change, field):
    before = client.get("/knobs").json()
    refused = client.post("/knobs/wallet", json={"delay_s": 1, **change})
    assert refused.status_code == 422
    assert refused.json()["fields"] == [field]
    assert refused.json()["message"].startswith(f"{field}: ")
    assert client.get("/knobs").json() == before


def test_a_number_that_is_none_does_not_turn_the_delay(client):
    refused = client.post("/knobs/wallet", content='{"delay_s": NaN}', headers={"Content-Type": "application/json"})
    assert refused.status_code == 422


def test_an_unknown_office_is_told_those_that_exist(client):
    refused = client.post("/knobs/passport", json={"fail": True})
    assert refused.status_code == 404
    assert all(office in refused.json()["message"] for office in ALL)


@pytest.mark.parametrize("office", OFFICES)
def test_a_failing_office_answers_503_until_it_is_mended(client, office):
    client.post(f"/knobs/{office}", json={"fail": True})
    assert client.get(OFFICES[office]).status_code == 503
    client.post(f"/knobs/{office}", json={"fail": False})
    assert client.get(OFFICES[office]).status_code == 200


def test_one_failing_office_does_not_disturb_the_others(client):
    client.post("/knobs/electricity", json={"fail": True})
    others = [path for office, path in OFFICES.items() if office != "electricity"]
    assert [client.get(path).status_code for path in others] == [200, 200, 200]
    assert send_text(client).status_code == 201


def test_a_failing_sms_centre_sends_nothing(client):
    client.post("/knobs/sms", json={"fail": True})
    assert send_text(client).status_code == 503
    assert client.get("/sms").json() == []


def test_a_delay_is_waited_for_before_the_answer(client):
    client.post("/knobs/civil-registry", json={"delay_s": 0.3})
    began = time.monotonic()
    assert client.get(OFFICES["civil-registry"]).status_code == 200
    assert time.monotonic() - began >= 0.3


def test_late_work_is_done_although_the_client_gave_up_waiting(client, until):
    client.post("/knobs/sms", json={"delay_s": 0.4})
    with pytest.raises(httpx.ReadTimeout):
        client.post(
            "/version1/messaging",
            data={"username": "sandbox", "to": "+26650123456", "message": "Lumela"},
            headers={"apiKey": "sandbox"},
            timeout=0.1,
        )
    assert client.get("/sms").json() == []
    until(lambda: len(client.get("/sms").json()) == 1)


def test_a_silent_office_neither_answers_nor_works_and_lets_go_when_the_client_leaves(sandbox, until):
    client = sandbox.client
    client.post("/knobs/sms", json={"silent": True})
    with pytest.raises(httpx.ReadTimeout):
        client.post("/version1/messaging", data={"username": "sandbox"}, headers={"apiKey": "sandbox"}, timeout=0.2)
    until(lambda: not sandbox.server.server_state.tasks)
    assert client.get("/sms").json() == []


def test_a_silent_office_hangs_up_at_the_end_of_its_patience(serve):
    client = serve(SandboxSettings(silence_seconds_max=0.2)).client
    client.post("/knobs/wallet", json={"silent": True})
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/wallet/heartbeat")


def test_testers_see_their_lists_while_every_office_is_silent(client):
    for office in ALL:
        client.post(f"/knobs/{office}", json={"silent": True})
    lists = ["/civil-registry/applications", "/electricity/vends", "/wallet/transactions", "/sms"]
    assert [client.get(path, timeout=2).json() for path in lists] == [[], [], [], []]


def test_knobs_outlive_a_restart(serve_while, tmp_path):
    settings = SandboxSettings(database=tmp_path / "sandbox.sqlite3")
    with serve_while(settings) as first:
        first.client.post("/knobs/wallet", json={"delay_s": 1.5, "fail": True})
    with serve_while(settings) as second:
        assert second.client.get("/knobs").json()["wallet"] == {
            "delay_s": 1.5,
            "fail": True,
            "silent": False,
            "after": "answer",
        }
