"""The MOSIP adapter against the sandbox's ID Authentication over a socket: each outcome and fault, no secret told."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.errors import ServiceFailed, SettingsWrong
from app.messages import Answered, Refused
from app.ports import Office
from integrations.sandbox.mosip import code_seconds, flood_codes_max, frozen_minutes, registered_phone, tries_max
from integrations.sandbox.mosip_keys import make_keys
from integrations.services.mosip import MosipOffice, transaction_of
from integrations.services.settings import OfficeSettings
from tests.integrations.country import Country
from tests.integrations.desk import Answer, Cut, Desk, Silence, Trickle, say
from tests.integrations.identity import AUTH, FILES, OPERATIONS, OPTIONS, told

pytestmark = pytest.mark.anyio

ID = "012345678901"
CODE = re.compile("code is ([0-9]{6})")


@pytest.fixture
def office(country: Country, identity_keys: Path) -> Office:
    return opened(country, identity_keys)


def opened(country: Country, keys: Path, files: Mapping[str, Path] | None = None, **options: str) -> Office:
    return country.opened("mosip", told(f"{country.url}/idauthentication/v1", keys, files, **options))


async def codes(country: Country, id: str = ID) -> list[str]:
    """What came to the registered phone, oldest first."""
    texts = await country.rows(f"/sms?to={registered_phone(id).replace('+', '%2B')}")
    return [CODE.search(row["text"])[1] for row in texts]  # type: ignore[index]


async def send(office: Office, key: str = "c1", id: str = ID) -> Answered | Refused:
    outcome = await office.ask("send-code", {"id": id}, key, 5.0)
    assert isinstance(outcome, Answered | Refused)
    return outcome


async def check(office: Office, code: str, key: str = "c1", id: str = ID) -> Answered | Refused:
    outcome = await office.ask("check-code", {"id": id, "code": code}, key, 5.0)
    assert isinstance(outcome, Answered | Refused)
    return outcome


def reason_of(outcome: Answered | Refused) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.reason


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def failure(
    office: Office, operation: str = "send-code", within_seconds: float = 5.0, **arguments: str
) -> ServiceFailed:
    given = {"id": ID, **({"code": "123456"} if operation == "check-code" else {}), **arguments}
    with pytest.raises(ServiceFailed) as failed:
        await office.ask(operation, given, "c1", within_seconds)
    return failed.value


# --- outcomes --------------------------------------------------------------------------------------------------------


async def test_a_code_goes_to_the_registered_phone_and_is_right_once(office: Office, country: Country) -> None:
    sent = await send(office)
    assert sent == Answered({}, f"transactionID={transaction_of('c1')} responseTime=2026-11-23T09:30:00.000Z")
    (code,) = await codes(country)
    right = await check(office, code)
    assert isinstance(right, Answered) and right.evidence == sent.evidence
    assert await check(office, code) == Refused("expired", right.evidence), "a code that was used is no code"


async def test_a_wrong_code_is_told_and_the_right_one_is_still_good(office: Office, country: Country) -> None:
    await send(office)
    (code,) = await codes(country)
    assert reason_of(await check(office, other_than(code))) == "wrong"
    assert isinstance(await check(office, code), Answered)


async def test_a_code_expires(office: Office, country: Country) -> None:
    await send(office)
    country.now += timedelta(seconds=code_seconds)
    (code,) = await codes(country)
    assert reason_of(await check(office, code)) == "expired"


async def test_a_code_belongs_to_its_transaction_and_to_its_person(office: Office, country: Country) -> None:
    await send(office)
    (code,) = await codes(country)
    for key, id in (("c2", ID), ("c1", "012345678902")):
        assert reason_of(await check(office, code, key, id)) == "expired"
    assert isinstance(await check(office, code), Answered)


async def test_too_many_wrong_codes_block_the_id_number_for_a_while(office: Office, country: Country) -> None:
    await send(office)
    (code,) = await codes(country)
    reasons = [reason_of(await check(office, other_than(code))) for _ in range(tries_max + 1)]
    assert reasons == ["wrong"] * tries_max + ["blocked"]
    assert reason_of(await send(office, "c2")) == "blocked"
    country.now += timedelta(minutes=frozen_minutes, seconds=1)
    assert isinstance(await send(office, "c3"), Answered)


async def test_too_many_codes_in_a_row_are_refused(office: Office) -> None:
    for number in range(flood_codes_max):
        assert isinstance(await send(office, f"c{number}"), Answered)
    assert reason_of(await send(office, "more")) == "blocked"


@pytest.mark.parametrize(
    ("id", "reason"),
    [
        ("990000000001", "unknown"),
        ("98000000001", "unknown"),
        ("980000000001", "no_phone"),
        ("970000000001", "blocked"),
    ],
)
async def test_what_is_wrong_with_an_id_number_is_told(office: Office, country: Country, id: str, reason: str) -> None:
    assert reason_of(await send(office, id=id)) == reason
    assert await country.rows("/idauthentication/codes") == []


async def test_a_vid_names_a_person_as_well(country: Country, identity_keys: Path) -> None:
    office = opened(country, identity_keys, id_type="VID")
    await send(office, id=f"5555{ID}")
    (code,) = await codes(country)
    assert isinstance(await check(office, code, id=f"5555{ID}"), Answered)
    assert reason_of(await send(office, id=ID)) == "unknown"


async def test_a_repeat_has_another_code_sent_as_theirs_does_so_whoever_asks_must_remember(
    office: Office, country: Country
) -> None:
    await send(office)
    await send(office)
    first, second = await codes(country)
    assert isinstance(await check(office, first), Refused)
    assert isinstance(await check(office, second), Answered)


# --- what is no citizen's fault --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("licence_key", "ida:IDA-MPA-007"),
        ("api_key", "ida:IDA-MPA-009"),
        ("partner_id", "ida:IDA-MPA-009"),
        ("partner_certificate", "ida:IDA-MPA-021"),
    ],
)
async def test_a_partner_that_they_do_not_know_is_down(
    country: Country, identity_keys: Path, tmp_path: Path, file: str, reason: str
) -> None:
    make_keys(tmp_path / "others", lambda: country.now, lambda length: b"o" * length)
    other = tmp_path / "others" / file
    if file == "partner_id":
        other.write_text("somebody", "ascii")
    failed = await failure(opened(country, identity_keys, {file: other}))
    assert (failed.reason, failed.late) == (reason, False)


async def test_what_is_sealed_to_another_certificate_is_down(
    country: Country, identity_keys: Path, tmp_path: Path
) -> None:
    make_keys(tmp_path / "others", lambda: country.now, lambda length: b"o" * length)
    office = opened(country, identity_keys, {"ida_certificate": tmp_path / "others" / "ida_certificate"})
    await send(office)
    assert (await failure(office, "check-code")).reason == "ida:IDA-MPA-004"


async def test_a_clock_that_is_wrong_is_down(country: Country, identity_keys: Path) -> None:
    address = f"{country.url}/idauthentication/v1"
    office = MosipOffice(told(address, identity_keys), lambda: country.now - timedelta(hours=1))
    assert (await failure(office)).reason == "ida:IDA-MLC-001"
    await office.close()


@pytest.mark.parametrize("operation", ["send-code", "check-code"])
@pytest.mark.parametrize("knobs", [{"silent": True}, {"delay_s": 1.5}])
async def test_an_office_that_does_not_answer_in_time_is_late(
    office: Office, country: Country, operation: str, knobs: dict[str, object]
) -> None:
    await country.turn("identity", **knobs)
    failed = await failure(office, operation, 0.5)
    assert (failed.reason, failed.late) == ("timeout", True)


async def test_a_code_that_was_late_was_sent(office: Office, country: Country) -> None:
    await country.turn("identity", delay_s=1.0)
    assert (await failure(office, within_seconds=0.5)).late
    await country.turn("identity", delay_s=0)
    async with asyncio.timeout(5):
        while not (found := await codes(country)):  # noqa: ASYNC110  # what the twin does after we left tells nobody
            await asyncio.sleep(0.05)
    assert isinstance(await check(office, found[0]), Answered)


async def test_an_office_that_fails_may_have_done_it(office: Office, country: Country) -> None:
    await country.turn("identity", fail=True)
    failed = await failure(office)
    assert (failed.reason, failed.retryable, failed.late) == ("status_503", True, True)


# --- faults on the wire ----------------------------------------------------------------------------------------------

RIGHT = {
    "id": "mosip.identity.auth", "version": "1.0", "responseTime": "2026-11-23T09:30:00.000Z",
    "transactionID": transaction_of("c1"), "response": {"authStatus": True, "authToken": "t"}, "errors": None,
}  # fmt: skip
ERROR = {"errorCode": "IDA-MLC-007", "errorMessage": "Request could not be processed. Please try again"}


@pytest.mark.parametrize(
    ("act", "reason", "late"),
    [
        (Cut(), "connection_lost", True),
        (Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"), "connection_lost", True),
        (Silence(), "timeout", True),
        (Trickle(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500, 0.01), "timeout", True),
        (Answer(200, b"{" * 70_000), "answer_too_big", True),
        (Answer(200, b"<html>", "text/html"), "answer_not_json", True),
        (Answer(200, b'{"transactionID":'), "answer_not_json", True),
        (say(200, [RIGHT]), "answer_malformed", True),
        (say(200, {**RIGHT, "transactionID": "0000000000"}), "answer_malformed", True),
        (say(200, {**RIGHT, "transactionID": 1}), "answer_malformed", True),
        (say(200, {**RIGHT, "response": {"authStatus": "true?"}}), "answer_malformed", True),
        (say(200, {**RIGHT, "response": {"authStatus": False}}), "answer_malformed", True),
        (say(200, {**RIGHT, "response": None}), "answer_malformed", True),
        (say(200, {**RIGHT, "errors": [ERROR]}), "ida:IDA-MLC-007", False),
        (say(200, {**RIGHT, "errors": [{**ERROR, "errorCode": "IDA-OTA-099"}]}), "ida:IDA-OTA-099", False),
        (say(200, {**RIGHT, "errors": [{**ERROR, "errorCode": f"{ID}"}]}), "ida:unreadable", False),
        (Answer(500, b"Internal", "text/plain"), "status_500", True),
        (Answer(504, b""), "status_504", True),
        (Answer(302, b"", headers={"Location": "http://127.0.0.1:1/"}), "redirected", False),
        (Answer(403, b"no", "text/plain"), "status_403", False),
        (Answer(429, b""), "status_429", False),
    ],
)
async def test_a_fault_on_the_wire_is_late_where_the_work_may_have_been_done_and_else_down(
    desk: Desk, identity_keys: Path, act: Answer | Cut | Silence | Trickle, reason: str, late: bool
) -> None:
    desk.will(act)
    office = MosipOffice(told(desk.url, identity_keys), now)
    failed = await failure(office, "check-code", 0.5 if reason == "timeout" else 5.0)
    assert (failed.reason, failed.late) == (reason, late)
    assert len(desk.heard) == 1, "asked once, never twice"
    await office.close()


async def test_nobody_at_the_address_is_down(closed_port: str, identity_keys: Path) -> None:
    office = MosipOffice(told(closed_port, identity_keys), now)
    failed = await failure(office)
    assert (failed.reason, failed.late) == ("connect", False)
    await office.close()


@pytest.mark.parametrize(
    "arguments", [{"id": "12a"}, {"id": ""}, {"id": "1" * 33}, {"code": "123"}, {"code": "12345x"}]
)
async def test_what_is_no_number_is_never_sent(desk: Desk, identity_keys: Path, arguments: dict[str, str]) -> None:
    office = MosipOffice(told(desk.url, identity_keys), now)
    assert (await failure(office, "check-code", **arguments)).reason == "argument_unfit"
    assert desk.heard == []
    await office.close()


# --- secrets ---------------------------------------------------------------------------------------------------------


async def test_no_secret_and_no_id_number_reaches_a_log_or_an_error(
    desk: Desk,
    closed_port: str,
    identity_keys: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    words = [(identity_keys / name).read_text("ascii") for name in ("licence_key", "api_key")]
    desk.will(
        say(200, RIGHT), Cut(), Answer(500, b""), Answer(302, b""), say(200, {**RIGHT, "errors": [ERROR]}), Silence()
    )
    told_of = [repr(told(desk.url, identity_keys))]
    for address in (desk.url, closed_port):
        office = MosipOffice(told(address, identity_keys), now)
        told_of.append(repr(office._keys))
        for _ in range(6):
            try:
                await office.ask("check-code", {"id": ID, "code": "135791"}, "c1", 0.3)
            except ServiceFailed as failed:
                told_of += [str(failed), repr(failed), repr(failed.__cause__), repr(failed.__context__)]
        await office.close()
    printed = capsys.readouterr()
    seen = "\n".join([*told_of, caplog.text, printed.out, printed.err])
    for canary in (*words, ID, "135791"):
        assert canary not in seen
    assert words[0] in desk.heard[0].path, "it stands in the address, as they want it"
    body = desk.heard[0].body.decode()
    assert "135791" not in body and json.loads(body)["requestedAuth"]["otp"] is True


async def test_each_session_key_and_nonce_is_new(desk: Desk, identity_keys: Path) -> None:
    desk.will(say(200, RIGHT), say(200, RIGHT))
    asked: list[int] = []

    def random_bytes(length: int) -> bytes:
        asked.append(length)
        return bytes([len(asked)]) * length

    office = MosipOffice(told(desk.url, identity_keys), now, random_bytes)
    for _ in range(2):
        await office.ask("check-code", {"id": ID, "code": "123456"}, "c1", 2.0)
    assert asked == [32, 16, 16] * 2
    first, second = (json.loads(heard.body) for heard in desk.heard)
    assert first["request"] != second["request"] and first["requestHMAC"] != second["requestHMAC"]
    await office.close()


# --- declarations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"id_type": "NIN"}, "`id_type` must be one of UIN, VID"),
        ({"environment": "Test"}, "`environment` must be one of Staging"),
        ({"domain_uri": ""}, "`domain_uri` must be"),
        ({"licence_key": "../key"}, "`licence_key` must be the name of a file"),
    ],
)
def test_an_office_that_says_something_wrong_is_not_opened(
    identity_keys: Path, options: dict[str, str], complaint: str
) -> None:
    with pytest.raises(SettingsWrong, match=re.escape(complaint)):
        MosipOffice(told("http://127.0.0.1:1", identity_keys, **options), now)


def test_an_address_that_others_on_the_way_can_read_is_refused(identity_keys: Path) -> None:
    with pytest.raises(SettingsWrong, match="its licence key stands in the address"):
        MosipOffice(told("http://ida.example/v1", identity_keys), now)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("text", ["", "two words", "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n"])
def test_a_file_that_cannot_be_used_is_named_and_nothing_in_it_is_told(
    identity_keys: Path, tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, "ascii")
    with pytest.raises(SettingsWrong) as wrong:
        MosipOffice(told("http://127.0.0.1:1", identity_keys, {name: tmp_path / name}), now)
    assert str(tmp_path / name) in str(wrong.value)
    assert not text or text not in str(wrong.value)


def test_a_key_that_is_not_of_its_certificate_is_refused(identity_keys: Path, tmp_path: Path) -> None:
    make_keys(tmp_path / "others", now, lambda length: b"o" * length)
    other = (tmp_path / "others" / "partner_certificate").read_text("ascii")
    mixed = (
        other.partition("-----BEGIN PRIVATE")[0]
        + "-----BEGIN PRIVATE"
        + ((identity_keys / "partner_certificate").read_text("ascii").partition("-----BEGIN PRIVATE")[2])
    )
    (tmp_path / "mixed").write_text(mixed, "ascii")
    with pytest.raises(SettingsWrong, match="a key and the certificate of that key"):
        MosipOffice(told("http://127.0.0.1:1", identity_keys, {"partner_certificate": tmp_path / "mixed"}), now)


async def test_without_its_files_an_office_can_be_looked_at() -> None:
    office = MosipOffice(OfficeSettings("identity", "https://ida.example/v1", "x", OPERATIONS, OPTIONS, AUTH), now)
    assert office.name == "identity"
    await office.close()


def test_transactions_are_ten_digits_and_tell_nothing_of_their_key() -> None:
    numbers = {transaction_of(f"e{number}") for number in range(2_000)}
    assert len(numbers) == 2_000 and all(re.fullmatch("[0-9]{10}", one) for one in numbers)
    assert transaction_of("e1") == transaction_of("e1")


def now() -> datetime:
    return datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
