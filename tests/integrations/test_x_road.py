"""The X-Road adapter against the sandbox's security server, over a socket: ids, refusals of the protocol, faults."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha512

import httpx
import pytest

from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered, Refused
from app.ports import Office
from integrations.sandbox.x_road import request_hash
from integrations.services.settings import OfficeSettings
from integrations.services.x_road import XRoadOffice
from tests.integrations.country import BIRTH, Country

pytestmark = pytest.mark.anyio

CLIENT = "LS-SANDBOX/GOV/MOHALA/GATEWAY"
PROVIDER = "LS-SANDBOX/GOV/HOME-AFFAIRS/REGISTRY"
RIGHT = {"client": CLIENT, "provider": PROVIDER}
OPERATIONS: Mapping[str, Mapping[str, object]] = {
    "person": {
        "method": "GET",
        "path": "/people/{id}",
        "service_code": "civil",
        "takes": ["id"],
        "user": "id",
        "answered": ["200"],
        "refused": {"unknown": {"status": "404"}},
    },
    "register-birth": {
        "method": "POST",
        "path": "/births",
        "service_code": "civil",
        "takes": [*BIRTH],
        "issue": "reference",
        "body": {("child_sex" if name == "sex" else name): "{" + name + "}" for name in BIRTH},
        "results": {"application": {"from": "application", "longest": "20"}},
        "answered": ["200", "201"],
        "refused": {"mother_unknown": {"status": "422", "field": "code", "value": "mother_unknown"}},
    },
    "vend": {"method": "POST", "path": "/vends", "service_code": "electricity", "answered": ["200"]},
}
EVIDENCE = re.compile(
    r"X-Road-Id=[0-9a-f-]{36} X-Road-Request-Id=[0-9a-f-]{36} X-Road-Request-Hash=[A-Za-z0-9+/]{86}=="
)
person = {"id": "012345678901"}


def now() -> datetime:
    return datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def office(country: Country, **options: str) -> Office:
    told = OfficeSettings("registry", f"{country.url}/x-road", None, OPERATIONS, RIGHT | options)
    return country.opened("x_road", told)


async def failure(
    office: Office, operation: str, arguments: Mapping[str, str], within_seconds: float = 5.0
) -> ServiceFailed:
    with pytest.raises(ServiceFailed) as failed:
        await office.ask(operation, arguments, "job-1", within_seconds)
    return failed.value


async def test_a_birth_is_registered_once_for_each_key_and_every_exchange_is_told_apart(country: Country) -> None:
    asked = office(country)
    first, again = [await asked.ask("register-birth", BIRTH, "job-1", 5.0) for _ in range(2)]
    assert isinstance(first, Answered) and isinstance(again, Answered)
    assert first.results == again.results
    assert len(await country.rows("/civil-registry/applications")) == 1
    assert EVIDENCE.fullmatch(first.evidence) and EVIDENCE.fullmatch(again.evidence)
    assert first.evidence.split()[:2] != again.evidence.split()[:2], "each attempt is a message of its own"


async def test_the_providers_own_refusals_pass_through_with_their_evidence(country: Country) -> None:
    asked = office(country)
    unknown = await asked.ask("person", {"id": "990000000000"}, "job-1", 5.0)
    assert isinstance(unknown, Refused) and unknown.reason == "unknown" and EVIDENCE.fullmatch(unknown.evidence)
    mother = await asked.ask("register-birth", {**BIRTH, "mother_id": "990000000000"}, "job-2", 5.0)
    assert isinstance(mother, Refused) and mother.reason == "mother_unknown"
    assert isinstance(await asked.ask("person", person, "job-3", 5.0), Answered)


@pytest.mark.parametrize(
    ("options", "operation", "type"),
    [
        ({"client": "LS-SANDBOX/GOV/MOHALA/NOBODY"}, "person", "Server.ClientProxy.UnknownMember"),
        ({"client": "LS-SANDBOX/GOV/MOHALA/STRANGER"}, "person", "Server.ServerProxy.AccessDenied"),
        ({"provider": "LS-SANDBOX/GOV/NOBODY/REGISTRY"}, "person", "Server.ClientProxy.UnknownMember"),
        ({"security_server": "LS-SANDBOX/GOV/HOME-AFFAIRS/SS9"}, "person", "Server.ClientProxy.UnknownMember"),
        ({}, "vend", "Server.ServerProxy.UnknownService"),
    ],
)
async def test_what_a_security_server_does_not_hand_on_is_down_and_never_late(
    country: Country, options: dict[str, str], operation: str, type: str
) -> None:
    failed = await failure(office(country, **options), operation, person if operation == "person" else {})
    assert (failed.reason, failed.retryable, failed.late) == (f"x_road:{type}", True, False)


async def test_all_optional_headers_are_taken(country: Country) -> None:
    server = {"security_server": "LS-SANDBOX/GOV/HOME-AFFAIRS/SS1", "represented_party": "COM/LEFA"}
    assert isinstance(await office(country, **server).ask("person", person, "job-1", 5.0), Answered)


async def test_a_security_server_that_failed_may_have_handed_the_work_on(country: Country) -> None:
    asked = office(country)
    await country.turn("x-road", fail=True)
    failed = await failure(asked, "register-birth", BIRTH)
    assert (failed.reason, failed.late) == ("x_road:Server.ServerProxy.NetworkError", True)
    assert not (await failure(asked, "person", person)).late
    await country.turn("x-road", fail=False)
    assert isinstance(await asked.ask("register-birth", BIRTH, "job-1", 5.0), Answered)


async def test_what_was_not_understood_or_never_came_is_named_by_its_exchange(country: Country) -> None:
    asked = office(country)
    odd = OPERATIONS | {"person": {**OPERATIONS["person"], "results": {"age": {"from": "age", "longest": "3"}}}}
    misread = country.opened("x_road", OfficeSettings("registry", f"{country.url}/x-road", None, odd, RIGHT))
    failed = await failure(misread, "person", person)
    assert failed.reason == "answer_malformed" and EVIDENCE.fullmatch(failed.evidence)
    await country.turn("x-road", fail=True)
    lost = await failure(asked, "register-birth", BIRTH)
    assert lost.late and lost.evidence.startswith("X-Road-Id=")
    await country.turn("x-road", fail=False, silent=True)
    silent = [await failure(asked, "register-birth", BIRTH, 1.0) for _ in range(2)]
    assert all(re.fullmatch(r"X-Road-Id=[0-9a-f-]{36}", one.evidence) for one in silent)
    assert silent[0].evidence != silent[1].evidence, "each attempt is a message of its own"


async def test_what_was_never_sent_is_named_by_nothing(country: Country) -> None:
    nobody = country.opened("x_road", OfficeSettings("registry", "http://127.0.0.1:1", None, OPERATIONS, RIGHT))
    assert (await failure(nobody, "person", person)).evidence == ""
    assert (await failure(office(country), "person", {})).evidence == ""


async def test_a_member_that_is_down_behind_a_server_that_works_is_told_apart(country: Country) -> None:
    asked = office(country)
    await country.turn("civil-registry", fail=True)
    assert (await failure(asked, "register-birth", BIRTH)).reason == "status_503"


@pytest.mark.parametrize("knobs", [{"silent": True}, {"delay_s": 1.5}])
@pytest.mark.parametrize("office_name", ["x-road", "civil-registry"])
async def test_work_that_was_late_is_asked_for_again_and_done_once(
    country: Country, office_name: str, knobs: dict[str, object]
) -> None:
    asked = office(country)
    await country.turn(office_name, **knobs)
    failed = await failure(asked, "register-birth", BIRTH, 1.0)
    assert (failed.reason, failed.late) == ("timeout", True)
    await country.turn(office_name, silent=False, delay_s=0)
    assert isinstance(await asked.ask("register-birth", BIRTH, "job-1", 5.0), Answered)
    assert len(await country.rows("/civil-registry/applications")) == 1


# --- what the security server refuses of any client --------------------------------------------------------------

PERSON = f"/x-road/r1/{PROVIDER}/civil/people/012345678901"


@pytest.mark.parametrize(
    ("path", "headers", "type"),
    [
        (PERSON, {}, "Client.BadRequest"),
        (PERSON, {"X-Road-Client": "LS-SANDBOX/GOV"}, "Client.BadRequest"),
        (PERSON, {"X-Road-Client": CLIENT.replace("/", "%2F")}, "Client.BadRequest"),
        (PERSON, {"X-Road-Client": CLIENT, "X-Road-UserId": "012345678901"}, "Client.BadRequest"),
        (PERSON, {"X-Road-Client": CLIENT, "X-Road-Represented-Party": "A/B/C"}, "Client.BadRequest"),
        (PERSON, {"X-Road-Client": CLIENT, "X-Road-Request-Hash": "x"}, "Client.BadRequest"),
        (PERSON + "?" + "a" * 2000, {"X-Road-Client": CLIENT}, "Client.BadRequest"),
        (f"/x-road/r1/{PROVIDER}/civil/people/%2E%2E/applications", {"X-Road-Client": CLIENT}, "Client.BadRequest"),
        (f"/x-road/r1/{PROVIDER}%2Fcivil/people/1", {"X-Road-Client": CLIENT}, "Client.BadRequest"),
        ("/x-road/r1/LS-SANDBOX/GOV", {"X-Road-Client": CLIENT}, "Server.ClientProxy.UnknownMember"),
    ],
)
async def test_what_the_protocol_forbids_is_refused(
    country: Country, path: str, headers: dict[str, str], type: str
) -> None:
    answer = await country.testers.get(path, headers=headers)
    assert answer.headers["x-road-error"] == answer.json()["type"] == type
    assert answer.status_code == (400 if type.startswith("Client") else 500)


async def test_an_answer_names_its_exchange_and_overwrites_what_the_provider_said_of_it(country: Country) -> None:
    answer = await country.testers.get(PERSON, headers={"X-Road-Client": CLIENT, "X-Road-Id": "mine"})
    assert answer.json() == {"id": "012345678901", "registered": True}
    told = {name: answer.headers[name] for name in ("x-road-client", "x-road-service", "x-road-id")}
    assert told == {"x-road-client": CLIENT, "x-road-service": f"{PROVIDER}/civil", "x-road-id": "mine"}


def test_a_request_hash_is_made_of_its_headers_and_its_body() -> None:
    headers = httpx.Headers({"a": "1"})
    of_headers = sha512(b"a:1").digest()
    assert request_hash(headers, b"") == b64encode(of_headers).decode()
    assert request_hash(headers, b"{}") == b64encode(sha512(of_headers + sha512(b"{}").digest()).digest()).decode()


# --- declarations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "`provider` is missing"),
        ({"provider": "LS/GOV"}, "`provider` must be INSTANCE/CLASS/MEMBER/SUBSYSTEM"),
        ({"provider": "LS/GOV/A:B"}, "without blanks, `:`"),
        ({"provider": PROVIDER, "security_server": "LS/GOV/A"}, "`security_server` must be"),
    ],
)
def test_an_office_with_wrong_identifiers_is_not_opened(options: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsWrong, match=re.escape(told)):
        XRoadOffice(OfficeSettings("registry", "http://127.0.0.1:1", None, {}, {"client": CLIENT, **options}), now)
