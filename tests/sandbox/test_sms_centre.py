"""The pretend SMS centre, spoken to by Africa's Talking's own package."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from urllib.parse import parse_qs

import pytest
from africastalking.Service import AfricasTalkingException
from africastalking.SMS import SMSService

from integrations.sandbox import SandboxSettings

THABO, PALESA = "+26650123456", "+26662123456"


def package(sandbox, username="sandbox", key="sandbox"):
    service = SMSService(username, key)
    service._baseUrl = f"{sandbox.base}/version1"
    return service


def rows(answer):
    return answer["SMSMessageData"]["Recipients"]


def post(client, changes=None, **settings):
    form = {"username": "sandbox", "to": THABO, "message": "Lumela", "bulkSMSMode": "1", **(changes or {})}
    return client.post("/version1/messaging", data=form, headers={"apiKey": "sandbox"}, **settings)


def test_the_package_sends_a_text_that_the_inbox_shows(sandbox):
    answer = package(sandbox).send("Kopo ea hau e amohetsoe", [THABO], "MOHALA")
    [row] = rows(answer)
    assert (row["number"], row["status"], row["statusCode"]) == (THABO, "Success", 102)
    assert sandbox.client.get("/sms", params={"to": THABO}).json() == [
        {
            "to": THABO,
            "from": "MOHALA",
            "text": "Kopo ea hau e amohetsoe",
            "message_id": row["messageId"],
            "sent_at": "2026-11-23T09:30:00.000Z",
        }
    ]


def test_the_answer_sums_up_what_was_sent(sandbox):
    answer = package(sandbox).send("Lumela", [THABO, PALESA], "MOHALA")
    message = answer["SMSMessageData"]["Message"]
    assert message == "Sent to 2/2 Total Cost: LSL 0.5000 Message parts: 1"
    assert [row["cost"] for row in rows(answer)] == ["LSL 0.2500", "LSL 0.2500"]


def test_the_answer_has_the_one_content_type_that_the_package_decodes(client):
    answer = post(client)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/json")


def test_each_text_has_its_own_id_even_when_it_is_sent_twice(sandbox):
    ids = [rows(package(sandbox).send("Lumela", [THABO]))[0]["messageId"] for _ in range(2)]
    assert len(set(ids)) == 2
    assert [row["message_id"] for row in sandbox.client.get("/sms").json()] == ids


@pytest.mark.parametrize("sender", ["GOVLS", "mohala", "12", "1234567", ""])
def test_an_unknown_sender_is_no_error_but_nobody_is_sent_anything(sandbox, sender):
    answer = package(sandbox).send("Lumela", [THABO], sender)
    assert answer == {"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}
    assert sandbox.client.get("/sms").json() == []


@pytest.mark.parametrize("sender", ["AFRICASTKNG", "MOHALA", "123", "123456"])
def test_a_known_sender_stands_on_the_text(sandbox, sender):
    package(sandbox).send("Lumela", [THABO], sender)
    assert sandbox.client.get("/sms").json()[0]["from"] == sender


def test_without_a_sender_the_text_comes_from_the_aggregators_own_name(sandbox):
    package(sandbox).send("Lumela", [THABO])
    assert sandbox.client.get("/sms").json()[0]["from"] == "AFRICASTKNG"


@pytest.mark.parametrize(("username", "key"), [("sandbox", "wrong"), ("mohala", "sandbox")])
def test_wrong_credentials_are_the_packages_exception(sandbox, username, key):
    with pytest.raises(AfricasTalkingException, match="The supplied authentication is invalid"):
        package(sandbox, username, key).send("Lumela", [THABO])
    assert sandbox.client.get("/sms").json() == []


def test_wrong_credentials_are_401_in_plain_text(client):
    form = {"username": "sandbox", "to": THABO, "message": "Lumela"}
    refused = client.post("/version1/messaging", data=form, headers={"apiKey": "wrong"})
    assert (refused.status_code, refused.headers["content-type"]) == (401, "text/plain; charset=utf-8")
    assert refused.headers["www-authenticate"] == 'Basic realm="api",charset=UTF-8'


@pytest.mark.parametrize("number", ["+26622123456", "+27821234567", "+266501234567", "+2665012345"])
def test_a_number_that_cannot_be_texted_fails_alone(sandbox, number):
    answer = package(sandbox).send("Lumela", [number, THABO], "MOHALA")
    failed, sent = rows(answer)
    assert (failed["status"], failed["statusCode"], failed["messageId"]) == ("InvalidPhoneNumber", 403, "None")
    assert sent["statusCode"] == 102
    assert answer["SMSMessageData"]["Message"].startswith("Sent to 1/2 ")
    assert [row["to"] for row in sandbox.client.get("/sms").json()] == [THABO]


@pytest.mark.parametrize(("enqueue", "code"), [({}, 102), ({"enqueue": "1"}, 102), ({"enqueue": "0"}, 101)])
def test_a_text_is_queued_unless_the_client_wants_it_sent_at_once(client, enqueue, code):
    assert rows(post(client, enqueue).json())[0]["statusCode"] == code


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("[" * 81, 2), ("a" * 307, 3), ("\u0161" * 70, 1), ("\u0161" * 71, 2)],
)
def test_a_long_text_or_one_letter_outside_the_alphabet_costs_more_parts(client, text, parts):
    answer = post(client, {"message": text}).json()
    assert answer["SMSMessageData"]["Message"].endswith(f"Message parts: {parts}")
    assert rows(answer)[0]["cost"] == f"LSL {parts * 25 / 100:.4f}"


def test_letters_of_sesotho_arrive_as_they_were_sent(sandbox):
    package(sandbox).send("Lits\u02bcebeletso & t\u0161ebetso + 50%", [THABO])
    assert sandbox.client.get("/sms").json()[0]["text"] == "Lits\u02bcebeletso & t\u0161ebetso + 50%"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"to": ""}, "to"), ({"message": ""}, "message"), ({"keyword": "x"}, "keyword"), ({"enqueue": "2"}, "enqueue")],
)
def test_a_wrong_field_is_named_in_plain_text(client, changes, field):
    refused = post(client, changes)
    assert refused.status_code == 400
    assert refused.text.startswith(f"{field}: ")


@pytest.mark.parametrize(
    "body", [b"username=sandbox&username=sandbox&to=1&message=1", b"message=%ff", b"&".join([b"a=1"] * 99)]
)
def test_a_form_that_is_none_is_refused(client, body):
    headers = {"apiKey": "sandbox", "Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/version1/messaging", content=body, headers=headers).status_code == 400


def test_json_is_not_this_door(client):
    assert client.post("/version1/messaging", json={}, headers={"apiKey": "sandbox"}).status_code == 400


def test_the_inbox_is_oldest_first_and_one_numbers_own(sandbox):
    for number, text in [(THABO, "pele"), (PALESA, "e mong"), (THABO, "hape")]:
        package(sandbox).send(text, [number])
    assert [row["text"] for row in sandbox.client.get("/sms", params={"to": THABO}).json()] == ["pele", "hape"]
    assert [row["text"] for row in sandbox.client.get("/sms").json()] == ["pele", "e mong", "hape"]


@pytest.mark.parametrize("query", ["to=%2B26650123456", "to=+26650123456", "to=26650123456"])
def test_the_inbox_understands_a_plus_that_was_not_escaped(sandbox, query):
    package(sandbox).send("Lumela", [THABO])
    assert len(sandbox.client.get(f"/sms?{query}").json()) == 1


def test_the_inbox_shows_no_more_than_the_newest_500(client):
    everybody = ",".join(f"+266501{number:05d}" for number in range(501))
    post(client, {"to": everybody})
    inbox = client.get("/sms").json()
    assert (len(inbox), inbox[0]["to"], inbox[-1]["to"]) == (500, "+26650100001", "+26650100500")


def test_texts_outlive_a_restart(serve_while, tmp_path):
    settings = SandboxSettings(database=tmp_path / "sandbox.sqlite3")
    with serve_while(settings) as first:
        post(first.client)
    with serve_while(settings) as second:
        assert [row["text"] for row in second.client.get("/sms").json()] == ["Lumela"]


@pytest.fixture
def gateway():
    """Somebody who takes delivery reports: the address, and a queue of what came."""
    came = Queue()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            came.put(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(500 if came.qsize() == 1 and self.path == "/grumpy" else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", came
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("number", "network"), [(THABO, "65101"), (PALESA, "65102")])
def test_a_delivery_report_follows_the_text(serve, gateway, number, network):
    address, came = gateway
    client = serve(SandboxSettings(delivery_url=f"{address}/sms/delivery")).client
    message_id = rows(post(client, {"to": number}).json())[0]["messageId"]
    assert came.get(timeout=5) == {
        "id": [message_id],
        "status": ["Success"],
        "phoneNumber": [number],
        "networkCode": [network],
    }


def test_a_report_that_is_refused_does_not_stop_the_next(serve, gateway):
    address, came = gateway
    client = serve(SandboxSettings(delivery_url=f"{address}/grumpy")).client
    ids = [rows(post(client).json())[0]["messageId"] for _ in range(2)]
    assert sorted(came.get(timeout=5)["id"][0] for _ in ids) == sorted(ids)


def test_texts_are_accepted_while_nobody_takes_the_reports(serve):
    client = serve(SandboxSettings(delivery_url="http://127.0.0.1:1/nobody")).client
    assert [post(client).status_code for _ in range(3)] == [201, 201, 201]
