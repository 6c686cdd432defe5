"""Recordings of every adapter that asks its twin over a socket: nothing of anybody in them, and each plays again."""

from __future__ import annotations

import asyncio
import multiprocessing
import re
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from structlog.testing import capture_logs

from app import limits
from app.errors import ServiceFailed
from app.pack import Pack
from app.replaying import replay_all
from integrations.services import OFFICES, mobile_money_words
from integrations.services.recording import write_sample
from integrations.services.vocabularies import VOCABULARIES
from tests.integrations.recorded import ASKED, ID, Archive, Asking, open_archive
from tests.integrations.spoiler import Fault

pytestmark = pytest.mark.anyio

KEY = "7f3a9c04e1b25d68f09a3b7c51e2d846:0"
OWN_RECORDINGS = {"http_json", "x_road"}
PROTOCOL = frozenset(
    {
        # What an adapter always writes, or what the contract has it say.
        *("1.0.0", "search", "on-search", "succ", "disburse", "on-disburse", "payee_fa", "idtype-value"),
        *("ocrvs:registry_type:birth", "completed", "failed", "businessRule", "requestDeclined", "Cancelled"),
        *(
            "Completed",
            "INS-0",
            "INS-23",
            "SUCCESS",
            "CANCELLED",
            "msisdn",
            "callback",
            "organisationid",
            "phone",
            "mohala",
        ),
        *("mosip.identity.otp", "mosip.identity.auth", "IDA-OTA-004", "rjct.srch_payee_fa.invalid", "pending"),
        # What services.yaml declares.
        *("mohala.sandbox", "grants.sandbox", "vodacomLES", "000001", "Developer", "https://ida.example"),
        # Steps of paths.
        *("registry", "sync", "paid", "responses", "requeststates", "transactions", "type", "merchantpay"),
        *("ipg", "getSession", "queryTransactionStatus", "c2bPayment", "singleStage", "sandbox", "payment"),
        *("instant", "transaction", "status", "auth", "input_QueryReference", "input_ServiceProviderCode"),
        *("input_ThirdPartyConversationID", "input_Country", "identifierError", "identification"),
        *(
            "PENDING_VALIDATION",
            "registered",
            "link",
            "Pending",
            "m-pesa",
            "grants",
            "wallet",
            "genericError",
            "recorded",
        ),
    }
)
"""All that was said and may stand in a recording."""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def shared(
    lesotho: Pack, identity_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Archive]:
    key: RSAPrivateKey = generate_private_key(65_537, 2_048)
    async with open_archive(lesotho, key, identity_keys, tmp_path_factory.mktemp("archive")) as archive:
        yield archive


@pytest.fixture
def archive(shared: Archive, tmp_path: Path) -> Archive:
    """The country that all tests share, with a place for the recordings of this one."""
    shared.directory = tmp_path / "recordings"
    shared.spoiler.exchanges.clear()
    return shared


def samples(directory: Path) -> dict[str, Mapping[str, Any]]:
    return {file.name: yaml.safe_load(file.read_text("utf-8")) for file in sorted(directory.glob("*/*.yaml"))}


async def replayed(directory: Path) -> tuple[int, tuple[str, ...]]:
    told = await asyncio.to_thread(replay_all, directory)
    return told.count, told.differences


def stands_in(value: str, text: str) -> bool:
    return re.search(f"(?<![a-z0-9]){re.escape(value)}(?![a-z0-9])", text, re.IGNORECASE) is not None


def test_every_adapter_is_recorded() -> None:
    assert VOCABULARIES.keys() | OWN_RECORDINGS == OFFICES.keys()
    assert ASKED.keys() == VOCABULARIES.keys()


@pytest.mark.parametrize("adapter", ASKED)
async def test_nothing_that_was_said_survives_and_all_of_it_plays_again(archive: Archive, adapter: str) -> None:
    office = archive.office(adapter)
    answered, refused = ASKED[adapter]
    assert await archive.ask(office, answered, f"{KEY}1") == "answered"
    key = f"{KEY}1" if adapter == "mosip" else f"{KEY}2"
    assert await archive.ask(office, refused, key) == refused.outcome
    archive.spoiler.will(lambda heard: "oauth" not in heard.path and "getSession" not in heard.path, Fault.ERROR)
    assert await archive.ask(office, answered, f"{KEY}3") == "status_500"
    kept = samples(archive.directory)
    outcomes = {outcome for one in kept.values() for outcome in one["outcome"]}
    assert {"answered", "refused", "failure"} <= outcomes
    said = archive.said() | {text for one in (answered, refused) for text in one.arguments.values()} | {KEY, "LSL"}
    assert len(said - PROTOCOL) > 8, "much was said"
    for file in archive.directory.glob("*/*.yaml"):
        text = f"{file.name} {file.read_text('utf-8')}"
        assert [value for value in sorted(said - PROTOCOL) if stands_in(value, text)] == []
    assert await replayed(archive.directory) == (len(kept), ())


async def test_a_code_and_the_number_that_it_belongs_to_stay_sealed_and_unsaid(archive: Archive) -> None:
    office = archive.office("mosip")
    key = f"{KEY}4"
    assert await archive.ask(office, ASKED["mosip"][0], key) == "answered"
    right = Asking("answered", "check-code", {"id": ID, "code": await archive.code()})
    assert await archive.ask(office, right, key) == "answered"
    kept = samples(archive.directory)["identity-check-code-answered-1.yaml"]
    body = kept["exchanges"][0]["request"]["json"]
    assert {body[name] for name in ("thumbprint", "requestSessionKey", "requestHMAC", "request")} == {"ANY"}
    assert kept["ask"]["arguments"] == {"code": "1001", "id": "1002"}
    assert await replayed(archive.directory) == (2, ())


async def test_what_a_wallet_is_sent_is_recorded_as_it_would_be_of_the_placeholders(archive: Archive) -> None:
    office = archive.office("mobile_money")
    assert await archive.ask(office, ASKED["mobile_money"][0], f"{KEY}5") == "answered"
    kept = samples(archive.directory)["wallet-request-payment-pending-1.yaml"]
    look, push = (exchange["request"] for exchange in kept["exchanges"])
    correlation = push["headers"]["X-CorrelationID"]
    assert look["path"] == f"/office/responses/{correlation}"
    assert push["headers"]["X-Callback-URL"].startswith("https://gateway.invalid/wake/")
    assert push["json"]["debitParty"] == [{"key": "msisdn", "value": "+99900000003"}]
    assert kept["exchanges"][0]["answer"]["json"] == {"errorCategory": "xxxxxxxxxxxxxx", "errorCode": "identifierError"}


async def test_what_an_adapter_understands_otherwise_now_is_told(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = archive.office("mobile_money")
    assert await archive.ask(office, ASKED["mobile_money"][1], f"{KEY}6") == "declined"
    assert (await replayed(archive.directory))[1] == ()
    monkeypatch.setitem(mobile_money_words.REFUSALS, "requestDeclined", "limit")  # type: ignore[arg-type]
    _, (told,) = await replayed(archive.directory)
    assert "ends as {'refused': 'limit'}, recorded was {'refused': 'declined'}" in told


@pytest.mark.parametrize("change", ["another outcome", "another path", "another body", "another header", "one besides"])
async def test_a_sample_that_an_office_made_wrong_is_told(archive: Archive, change: str) -> None:
    office = archive.office("mobile_money")
    assert await archive.ask(office, ASKED["mobile_money"][0], f"{KEY}7{change}") == "answered"
    (file,) = archive.directory.glob("*/*-pending-1.yaml")
    sample = yaml.safe_load(file.read_text("utf-8"))
    push = sample["exchanges"][1]
    match change:
        case "another outcome":
            push["answer"]["json"]["status"], told = "completed", "ends as"
        case "another path":
            push["request"]["path"], told = "/office/transactions/type/billpay", "asks POST"
        case "another body":
            push["request"]["json"]["amount"], told = "10", "sends another body"
        case "another header":
            push["request"]["headers"]["X-Channel"], told = "SMS", "sends another X-Channel"
        case _:
            sample["exchanges"].append(push)
            told = "asks 2 times, recorded was 3"
    file.write_text(yaml.safe_dump(sample), "utf-8")
    differences = (await replayed(archive.directory))[1]
    assert len(differences) == 1
    assert told in differences[0]


async def test_of_each_kind_there_are_a_few_and_nothing_grows_for_ever(archive: Archive) -> None:
    office = archive.office("opencrvs")
    for number in range(limits.office_recordings_alike_max + 2):
        assert await archive.ask(office, ASKED["opencrvs"][1], f"{KEY}8{number}") == "unknown"
    assert len(samples(archive.directory)) == limits.office_recordings_alike_max
    for number in range(limits.office_recordings_max):
        (archive.directory / "opencrvs" / f"{number}.yaml").touch()
    assert await archive.ask(office, ASKED["opencrvs"][0], f"{KEY}9") == "answered"
    assert not list(archive.directory.glob("*/registers-birth-answered-*"))


async def test_what_cannot_be_kept_is_not_tried_for_ever(archive: Archive) -> None:
    office = archive.office("opencrvs")
    archive.directory.mkdir()
    (archive.directory / "opencrvs").touch()  # a file where the folder would be
    with capture_logs() as logs:
        for number in range(limits.office_recording_tries_max + 3):
            assert await archive.ask(office, ASKED["opencrvs"][0], f"{KEY}a{number}") == "answered"
    told = [line for line in logs if line["event"] == "recording_not_kept"]
    assert len(told) == limits.office_recording_tries_max
    assert {(line["office"], line["reason"]) for line in told} == {("registers", "FileExistsError")}


async def test_an_answer_counts_though_no_recording_can_be_begun(archive: Archive) -> None:
    """As at the end of a process, which begins nothing beside it any more."""
    office = archive.office("opencrvs")
    office._clock = lambda: datetime.fromisoformat("nonsense")
    assert await archive.ask(office, ASKED["opencrvs"][0], f"{KEY}h") == "answered"
    assert not archive.directory.exists()


async def test_too_many_at_once_are_answered_and_not_kept(archive: Archive) -> None:
    office = archive.office("opencrvs")
    asking = ASKED["opencrvs"][0]
    said = await asyncio.gather(
        *(office.ask(asking.operation, asking.arguments, f"{KEY}b{number}", 5.0) for number in range(20))
    )
    assert {type(one).__name__ for one in said} == {"Answered"}
    await office.settle()
    assert 0 < len(samples(archive.directory)) <= limits.office_recordings_alike_max


async def test_a_question_whose_answer_never_came_leaves_no_recording(archive: Archive) -> None:
    office = archive.office("opencrvs")
    archive.spoiler.will(lambda heard: heard.path.endswith("/search"), Fault.SLOW)
    asking = ASKED["opencrvs"][0]
    with pytest.raises(ServiceFailed, match="timeout"):
        await office.ask(asking.operation, asking.arguments, f"{KEY}c", 0.2)
    archive.spoiler.will(lambda heard: heard.path.endswith("/search"), Fault.HUGE)
    assert await archive.ask(office, asking, f"{KEY}d") == "answer_too_big"
    assert not archive.directory.exists()


async def test_a_line_that_was_cut_is_recorded_as_that(archive: Archive) -> None:
    office = archive.office("push_poll")
    archive.spoiler.will(lambda heard: "/payment/" in heard.path, Fault.CUT)
    assert await archive.ask(office, ASKED["push_poll"][0], f"{KEY}e") == "connection_lost"
    (kept,) = samples(archive.directory).values()
    assert [exchange["answer"].get("cut", False) for exchange in kept["exchanges"]] == [False, True]
    assert kept["outcome"]["failure"] == {"reason": "connection_lost", "retryable": True, "late": True}
    assert await replayed(archive.directory) == (1, ())


async def test_a_code_that_nobody_knows_might_be_a_name_and_is_not_kept(archive: Archive) -> None:
    office = archive.office("mobile_money", wake_url="https://elsewhere.example/wakes")
    assert await archive.ask(office, ASKED["mobile_money"][0], f"{KEY}g") == "error_formatError"
    assert samples(archive.directory) == {}


async def test_a_payment_is_recorded_no_matter_who_opened_the_session(archive: Archive) -> None:
    """A session is opened for the first of many; each sample opens its own."""
    office = archive.office("m_pesa")
    assert await archive.ask(office, ASKED["m_pesa"][0], f"{KEY}f1") == "answered"
    first = samples(archive.directory)["wallet-request-payment-pending-1.yaml"]
    assert [exchange["request"]["method"] for exchange in first["exchanges"]] == ["GET", "GET", "POST"]
    assert await archive.ask(office, ASKED["m_pesa"][0], f"{KEY}f2") == "answered"
    opened = [one for one in archive.spoiler.exchanges if "getSession" in one.heard.path]
    assert len(opened) == 1
    kept = samples(archive.directory)
    assert {one["exchanges"][0]["request"]["path"].split("/")[-2] for one in kept.values()} == {"getSession"}
    assert await replayed(archive.directory) == (len(kept), ())


def test_two_processes_write_no_sample_over_another(tmp_path: Path) -> None:
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, spawned) as pool:
        told = [
            pool.submit(write_sample, tmp_path / "mosip", "identity", "identity-x-answered", {"number": number})
            for number in range(40)
        ]
        assert sum(one.result() for one in told) == limits.office_recordings_alike_max
    numbers = [one["number"] for one in samples(tmp_path).values()]
    assert len(set(numbers)) == len(numbers) == limits.office_recordings_alike_max
