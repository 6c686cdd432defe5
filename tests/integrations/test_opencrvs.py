"""The adapter of civil registries with OpenCRVS against the sandbox's, over a socket: what is found, and the knobs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from app.errors import SettingsWrong
from app.messages import Answered, Refused
from integrations.sandbox.opencrvs_records import LERIBE, MASERU, REGISTRATIONS
from integrations.services.dci_envelope import ids_of
from integrations.services.opencrvs import OpenCrvsOffice
from integrations.services.settings import OfficeSettings
from tests.integrations.country import Country
from tests.integrations.registers import PARTIES, REGISTERS, failure, opencrvs

pytestmark = pytest.mark.anyio

LINEO = {"number": "2023BLINEO1"}


def now() -> datetime:
    return datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


async def test_a_birth_is_found_by_its_number_and_only_what_is_declared_leaves(country: Country) -> None:
    found = await opencrvs(country).ask("birth", LINEO, "S1-1", 5.0)
    assert isinstance(found, Answered)
    assert found.results == {"given": "Lineo", "family": "Mokoena", "born": "2023-03-05"}
    assert found.evidence.startswith(
        f"transaction_id={ids_of('registers', 'birth', 'S1-1').transaction} correlation_id="
    )


async def test_a_number_is_found_in_whatever_letters_it_was_typed(country: Country) -> None:
    assert isinstance(await opencrvs(country).ask("birth", {"number": "2023blineo1"}, "S1-1", 5.0), Answered)


@pytest.mark.parametrize(
    ("operation", "arguments", "results"),
    [
        ("death", {"number": "2025DMPHO01"}, {"died": "2025-11-02"}),
        ("marriage", {"id": "012345678901"}, {"day": "2015-12-12"}),
        ("marriage", {"id": "012345678902"}, {"day": "2015-12-12"}),
        ("record", {"id": REGISTRATIONS[0].id}, {"born": "2023-03-05"}),
        ("deaths-of-the-born", {"first": "1941-01-01", "last": "1941-01-31"}, {"given": "Mpho", "family": "Mokoena"}),
        ("is-registered", LINEO, {}),
    ],
)
async def test_each_register_is_searched_in_its_own_way(
    country: Country, operation: str, arguments: dict[str, str], results: dict[str, str]
) -> None:
    found = await opencrvs(country).ask(operation, arguments, "S1-1", 5.0)
    assert isinstance(found, Answered) and found.results == results


async def test_a_mother_finds_her_own_birth_and_never_those_of_her_children(country: Country) -> None:
    found = await opencrvs(country).ask("own-birth", {"id": "012345678901"}, "S1-1", 5.0)
    assert isinstance(found, Answered) and found.results["given"] == "Mamello"
    father = await opencrvs(country).ask("own-birth", {"id": "012345678902"}, "S1-1", 5.0)
    assert isinstance(father, Refused) and father.reason == "unknown"


async def test_a_day_of_births_lists_those_of_that_day_and_place(country: Country) -> None:
    found = await opencrvs(country).ask("births-of-a-day", {"day": "2024-06-01", "place": LERIBE}, "S1-1", 5.0)
    assert isinstance(found, Answered)
    assert [one["given"] for one in json.loads(found.results["births"])] == ["Khotso", "Pule"]
    elsewhere = await opencrvs(country).ask("births-of-a-day", {"day": "2024-06-01", "place": MASERU}, "S1-1", 5.0)
    assert isinstance(elsewhere, Refused) and elsewhere.reason == "unknown"


@pytest.mark.parametrize(
    ("operation", "arguments", "reason"),
    [
        ("birth", {"number": "2023BNOBODY"}, "unknown"),
        ("death", {"number": "2023BLINEO1"}, "unknown"),
        ("own-birth", {"id": "012345678904"}, "several"),
    ],
)
async def test_nobody_and_more_than_one_are_refusals(
    country: Country, operation: str, arguments: dict[str, str], reason: str
) -> None:
    refused = await opencrvs(country).ask(operation, arguments, "S1-1", 5.0)
    assert isinstance(refused, Refused) and refused.reason == reason


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("birth", {"number": ""}),
        ("birth", {"number": "  "}),
        ("birth", {"number": "2023\nBLINEO1"}),
        ("birth", {"number": "9" * 100}),
        ("births-of-a-day", {"day": "2024-02-30", "place": LERIBE}),
        ("births-of-a-day", {"day": "20240601", "place": LERIBE}),
        ("births-of-a-day", {"day": "2024-06-01", "place": ""}),
        ("deaths-of-the-born", {"first": "1941-01-01", "last": "today"}),
    ],
)
async def test_what_would_ask_for_everybody_or_for_nothing_is_not_asked(
    country: Country, operation: str, arguments: dict[str, str]
) -> None:
    assert await failure(opencrvs(country), operation, arguments) == ("argument_unfit", False, False)
    assert await country.rows("/oauth/tokens") == [], "nothing was sent"


async def test_an_unknown_operation_and_a_missing_argument_are_our_mistakes(country: Country) -> None:
    assert (await failure(opencrvs(country), "adoption", {}))[0] == "operation_unknown"
    assert (await failure(opencrvs(country), "birth", {}))[0] == "argument_missing"


async def test_a_wrong_password_is_down_and_never_late(country: Country) -> None:
    assert await failure(opencrvs(country, secret="wrong"), "birth", LINEO) == ("token_invalid_client", True, False)


async def test_a_token_that_was_revoked_is_renewed_within_one_ask(country: Country) -> None:
    registry = opencrvs(country)
    assert isinstance(await registry.ask("birth", LINEO, "S1-1", 5.0), Answered)
    await country.testers.delete("/oauth/tokens")
    assert isinstance(await registry.ask("birth", LINEO, "S1-2", 5.0), Answered)


async def test_a_token_whose_end_is_not_said_is_not_used_past_the_registrys(country: Country) -> None:
    registry = opencrvs(country)
    assert isinstance(await registry.ask("birth", LINEO, "S1-1", 5.0), Answered)
    country.now += timedelta(seconds=299)
    assert isinstance(await registry.ask("birth", LINEO, "S1-2", 5.0), Answered)
    assert len(await country.rows("/oauth/tokens")) == 2


async def test_a_registry_that_is_down_may_be_asked_again_with_the_same_key(country: Country) -> None:
    registry = opencrvs(country)
    assert isinstance(await registry.ask("birth", LINEO, "S1-1", 5.0), Answered)
    await country.turn("opencrvs", fail=True)
    assert await failure(registry, "birth", LINEO) == ("status_500", True, False)
    await country.turn("opencrvs", fail=False)
    assert isinstance(await registry.ask("birth", LINEO, "S1-1", 5.0), Answered)


@pytest.mark.parametrize("knobs", [{"silent": True}, {"delay_s": 1.0}])
async def test_a_registry_that_is_slow_or_silent_is_late(country: Country, knobs: dict[str, object]) -> None:
    registry = opencrvs(country)
    assert isinstance(await registry.ask("birth", LINEO, "S1-1", 5.0), Answered)
    await country.turn("opencrvs", **knobs)
    assert await failure(registry, "birth", LINEO, 0.4) == ("timeout", True, True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "`sender` is missing"),
        ({"sender": "mo hala"}, "`sender` must be"),
        ({**PARTIES, "receiver": ""}, "`receiver` must be"),
    ],
)
def test_a_registry_with_wrong_names_is_not_opened(options: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsWrong, match=told):
        OpenCrvsOffice(OfficeSettings("registers", "http://127.0.0.1:1", None, REGISTERS, options), now)


def test_a_wrong_declaration_is_told_with_office_and_operation() -> None:
    wrong = {"birth": {**REGISTERS["birth"], "register": "baptism"}}
    with pytest.raises(SettingsWrong, match=r"Office `registers`, operation `birth`.*birth, death, marriage"):
        OpenCrvsOffice(OfficeSettings("registers", "http://127.0.0.1:1", None, wrong, PARTIES), now)
