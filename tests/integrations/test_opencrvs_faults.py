"""Every way in which a civil registry's answer can be wrong, over a socket, and how the adapter ends each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import pytest

from app.messages import Answered, Pending, Refused
from app.ports import Office
from integrations.services.dci_envelope import ids_of
from integrations.services.opencrvs import OpenCrvsOffice
from integrations.services.settings import OfficeSettings
from tests.integrations.desk import Answer, Desk, say
from tests.integrations.registers import BIRTH_IDS, LINEO, PARTIES, REGISTERS, changed, failure, found

pytestmark = pytest.mark.anyio

NUMBER = {"number": "2023BLINEO1"}
OTHER = {**LINEO, "identifier": [{"type": "BRN", "value": "2023BOTHER1"}]}
MALFORMED = ("answer_malformed", False, False)
NOT_OURS = ("answer_not_ours", True, False)
NOT_ASKED_FOR = ("answer_not_asked_for", False, False)


@pytest.fixture
async def registry(desk: Desk, clock: Callable[[], datetime]) -> AsyncIterator[Office]:
    """At the desk itself, without tokens, which have faults and tests of their own."""
    office = OpenCrvsOffice(OfficeSettings("registers", desk.url, None, REGISTERS, PARTIES), clock)
    yield office
    await office.close()


RESPONSE = "message.search_response.0"


async def test_the_desks_own_answer_is_a_right_one(desk: Desk, registry: Office) -> None:
    desk.will(say(200, found(LINEO)))
    answered = await registry.ask("birth", NUMBER, "S1-1", 2.0)
    assert isinstance(answered, Answered)
    assert answered.results == {"given": "Lineo", "family": "Mokoena", "born": "2023-03-05"}
    assert answered.evidence == f"transaction_id={BIRTH_IDS.transaction} correlation_id=c-1"


@pytest.mark.parametrize(
    ("place", "value", "ends"),
    [
        ("header.message_id", BIRTH_IDS.transaction, NOT_OURS),
        ("header.total_count", 0, MALFORMED),
        ("message.search_response", ..., MALFORMED),
        ("message.search_response", {}, MALFORMED),
        (f"{RESPONSE}.reference_id", ..., MALFORMED),
        (f"{RESPONSE}.reference_id", "somebody-elses", NOT_OURS),
        (f"{RESPONSE}.status", "found", MALFORMED),
        (f"{RESPONSE}.data.reg_type", "ocrvs:registry_type:death", NOT_ASKED_FOR),
        (f"{RESPONSE}.data.reg_records", "Lineo", MALFORMED),
        (f"{RESPONSE}.data.reg_records.0", "Lineo", MALFORMED),
        (f"{RESPONSE}.data.reg_records.0", OTHER, NOT_ASKED_FOR),
        (f"{RESPONSE}.data.reg_records.0.identifier", [], NOT_ASKED_FOR),
        (f"{RESPONSE}.data.reg_records.0.identifier", "2023BLINEO1", NOT_ASKED_FOR),
        (f"{RESPONSE}.data.reg_records.0.given_name", None, MALFORMED),
        (f"{RESPONSE}.data.reg_records.0.given_name", ["Lineo"], MALFORMED),
        (f"{RESPONSE}.data.reg_records.0.given_name", "L" * 21, MALFORMED),
        (f"{RESPONSE}.data.reg_records.0.given_name", "Li\u202eneo", MALFORMED),
        (f"{RESPONSE}.pagination.total_count", 0, MALFORMED),
        (f"{RESPONSE}.pagination.total_count", "many", MALFORMED),
    ],
)
async def test_an_answer_of_which_one_part_is_wrong(
    desk: Desk, registry: Office, place: str, value: object, ends: tuple[str, bool, bool]
) -> None:
    desk.will(say(200, changed(found(LINEO), place, value)))
    assert await failure(registry, "birth", NUMBER) == ends


@pytest.mark.parametrize(
    "answer",
    [
        changed(found(LINEO), "header.total_count", 5),
        found(LINEO, total=5, total_count=5),
        changed(found(LINEO), f"{RESPONSE}.pagination.total_count", 2),
        found(LINEO, LINEO),
    ],
)
async def test_of_several_none_is_shown_however_their_number_is_told(
    desk: Desk, registry: Office, answer: dict[str, Any]
) -> None:
    desk.will(say(200, answer))
    refused = await registry.ask("birth", NUMBER, "S1-1", 2.0)
    assert isinstance(refused, Refused) and refused.reason == "several"


async def test_records_that_come_in_two_parts_are_counted_together(desk: Desk, registry: Office) -> None:
    answer = found(LINEO, total=2, total_count=2)
    answer["message"]["search_response"] *= 2
    desk.will(say(200, answer))
    refused = await registry.ask("birth", NUMBER, "S1-1", 2.0)
    assert isinstance(refused, Refused) and refused.reason == "several"


@pytest.mark.parametrize("answer", [found(), changed(found(), "header.total_count", ...)])
async def test_nothing_is_unknown(desk: Desk, registry: Office, answer: dict[str, Any]) -> None:
    desk.will(say(200, answer))
    refused = await registry.ask("birth", NUMBER, "S1-1", 2.0)
    assert isinstance(refused, Refused) and refused.reason == "unknown"


async def test_a_count_of_what_does_not_come_is_a_contradiction(desk: Desk, registry: Office) -> None:
    desk.will(say(200, found(total_count=3)))
    assert await failure(registry, "birth", NUMBER) == MALFORMED


async def test_what_may_stand_behind_the_first_page_of_a_national_id_is_not_guessed(
    desk: Desk, registry: Office
) -> None:
    """None of those shown is the person's own, and more were found than came."""
    desk.will(say(200, found(LINEO, ids=ids_of("registers", "own-birth", "S1-1"), total=9, total_count=9)))
    refused = await registry.ask("own-birth", {"id": "012345678901"}, "S1-1", 2.0)
    assert isinstance(refused, Refused) and refused.reason == "several"


@pytest.mark.parametrize("born", ["2024-06-02", "", None, 20240601])
async def test_a_birth_of_another_day_is_not_listed(desk: Desk, registry: Office, born: object) -> None:
    ids = ids_of("registers", "births-of-a-day", "S1-1")
    desk.will(say(200, found({**LINEO, "birthDate": born}, ids=ids)))
    asked = {"day": "2024-06-01", "place": "c7d1"}
    assert await failure(registry, "births-of-a-day", asked) == NOT_ASKED_FOR


# --- codes ----------------------------------------------------------------------------------------------------------

SEARCH_CODES = [
    "rjct.reference_id.invalid",
    "rjct.reference_id.duplicate",
    "rjct.timestamp.invalid",
    "rjct.search_criteria.invalid",
    "rjct.filter.invalid",
    "rjct.sort.invalid",
    "rjct.pagination.invalid",
]


def search_rejected(code: str) -> dict[str, Any]:
    answer = changed(found(LINEO), f"{RESPONSE}.status", "rjct")
    return changed(answer, f"{RESPONSE}.status_reason_code", code)


@pytest.mark.parametrize("code", SEARCH_CODES)
async def test_a_search_that_was_rejected_is_our_mistake(desk: Desk, registry: Office, code: str) -> None:
    desk.will(say(200, search_rejected(code)))
    assert await failure(registry, "birth", NUMBER) == (f"dci:{code}", False, False)


async def test_too_many_records_are_several(desk: Desk, registry: Office) -> None:
    desk.will(say(200, search_rejected("rjct.search.too_many_records_found")))
    refused = await registry.ask("birth", NUMBER, "S1-1", 2.0)
    assert isinstance(refused, Refused) and refused.reason == "several"


async def test_a_search_that_is_still_under_way_is_pending(desk: Desk, registry: Office) -> None:
    desk.will(say(200, changed(found(LINEO), f"{RESPONSE}.status", "pdng")))
    assert await registry.ask("birth", NUMBER, "S1-1", 2.0) == Pending()


# --- what is sent ---------------------------------------------------------------------------------------------------


async def test_the_same_key_is_the_same_message_and_another_is_another(desk: Desk, registry: Office) -> None:
    desk.will(*[say(200, found(LINEO))] * 2, say(200, found(LINEO, ids=BIRTH_IDS)))
    await registry.ask("birth", NUMBER, "S1-1", 2.0)
    await registry.ask("birth", NUMBER, "S1-1", 2.0)
    assert await failure(registry, "birth", NUMBER, key="S1-2") == NOT_OURS
    first, again, other = [heard.json() for heard in desk.heard]
    assert first == again
    assert isinstance(first, dict) and isinstance(other, dict)
    assert first["header"]["message_id"] != other["header"]["message_id"]
    assert first["message"]["transaction_id"] != other["message"]["transaction_id"]


async def test_a_single_day_is_sent_as_two_bounds(desk: Desk, registry: Office) -> None:
    """OpenCRVS overlooks an `eq` in births and would give them all."""
    desk.will(Answer(500))
    await failure(registry, "births-of-a-day", {"day": "2024-06-01", "place": "c7d1"})
    body = desk.heard[0].json()
    assert isinstance(body, dict)
    assert body["message"]["search_request"][0]["search_criteria"]["query"] == [
        {
            "expression1": {"attribute_name": "birthdate", "operator": "ge", "attribute_value": "2024-06-01"},
            "condition": "and",
            "expression2": {"attribute_name": "birthdate", "operator": "le", "attribute_value": "2024-06-01"},
        },
        {"expression1": {"attribute_name": "birthplace", "operator": "eq", "attribute_value": "c7d1"}},
    ]
