"""Whatever stands in an answer, it ends as one of the designed outcomes: no other exception, no record of another."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.errors import ServiceFailed
from app.messages import Answered, Pending, Refused
from integrations.http import HttpAnswer
from integrations.services import g2p_connect_words, opencrvs_words
from integrations.services.dci_envelope import Ids, open_answer
from integrations.services.dci_found import read_results
from tests.integrations.registers import (
    BIRTH_IDS,
    LINEO,
    PAID_IDS,
    PAYMENT_IDS,
    PAYMENTS,
    REGISTERS,
    found,
    payments,
    standing,
    status_of,
)

QUERY = {"type": "BRN", "value": "2023BLINEO1"}
CRITERIA = {"reg_type": "ocrvs:registry_type:birth", "query": QUERY}
WORDS = st.sampled_from(
    [
        "succ",
        "rjct",
        "pdng",
        "ACK",
        "ERR",
        "on-search",
        "rjct.srch_payee_fa.invalid",
        "OAP-1",
        BIRTH_IDS.message,
        "\ud800",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


def places(value: object, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [here, *(place for key, one in inner for place in places(one, (*here, key)))]


def replaced(value: Any, place: tuple[str | int, ...], by: object) -> Any:
    if not place:
        return by
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = replaced(copy[place[0]], place[1:], by)
    return copy


def answer(value: object) -> HttpAnswer:
    return HttpAnswer(200, "application/json", json.dumps(value).encode())


def of_registry(value: object) -> object:
    results = read_results(REGISTERS["birth"]["results"])
    opened = open_answer(answer(value), BIRTH_IDS, opencrvs_words.Answer, same_message=True)
    if isinstance(opened, Pending):
        return opened
    header, message = opened
    return opencrvs_words.read_found(message, BIRTH_IDS, CRITERIA, results, header.total_count)


def of_payer(value: object, kind: Any, ids: Ids, reference: str, operation: str) -> object:
    results = read_results(PAYMENTS[operation]["results"])
    opened = open_answer(answer(value), ids, kind, same_message=False)
    if isinstance(opened, Pending):
        return opened
    header, message = opened
    return g2p_connect_words.read_payments(message, reference, results, header.total_count)


RIGHT = {
    "registry": found(LINEO),
    "search": payments(standing(PAID_IDS.reference)),
    "status": status_of(standing("OAP-1", amount="950.00")),
}


def outcome(which: str, value: object) -> object:
    try:
        if which == "registry":
            return of_registry(value)
        if which == "search":
            return of_payer(value, g2p_connect_words.SearchAnswer, PAID_IDS, PAID_IDS.reference, "paid")
        return of_payer(value, g2p_connect_words.StatusAnswer, PAYMENT_IDS, "OAP-1", "payment")
    except ServiceFailed as failed:
        return failed


def test_the_right_answers_are_answers() -> None:
    assert all(isinstance(outcome(which, value), Answered) for which, value in RIGHT.items())


@settings(max_examples=400, deadline=None, derandomize=True)
@given(data=st.data(), which=st.sampled_from(sorted(RIGHT)), by=ANYTHING)
def test_a_part_that_is_anything_ends_by_design(data: st.DataObject, which: str, by: object) -> None:
    value = RIGHT[which]
    place = data.draw(st.sampled_from(places(value)))
    ended = outcome(which, replaced(value, place, by))
    assert isinstance(ended, Answered | Refused | Pending | ServiceFailed)
    if isinstance(ended, Refused):
        assert ended.reason in ("unknown", "several")
    if isinstance(ended, Answered):
        assert all(text.isprintable() and len(text) <= 40 for text in ended.results.values())
        assert ended.evidence.isascii() and ended.evidence.isprintable()
    if isinstance(ended, ServiceFailed):
        assert ended.reason.isascii() and len(ended.reason) <= 70


@settings(max_examples=100, deadline=None, derandomize=True)
@given(depth=st.integers(200, 3000), which=st.sampled_from(sorted(RIGHT)), data=st.data())
@example(depth=900, which="registry", data=None)
def test_what_is_nested_deeply_ends_by_design(depth: int, which: str, data: st.DataObject | None) -> None:
    value = RIGHT[which]
    every = places(value)
    place = data.draw(st.sampled_from(every)) if data else every[-1]
    body = json.dumps(replaced(value, place, "HERE")).replace('"HERE"', "[" * depth + "]" * depth)
    http = HttpAnswer(200, "application/json", body.encode())
    for ids, kind in ((BIRTH_IDS, opencrvs_words.Answer), (PAID_IDS, g2p_connect_words.SearchAnswer)):
        with suppress(ServiceFailed):
            opened = open_answer(http, ids, kind, same_message=False)
            assert isinstance(opened, Pending) or opened[1].transaction_id == ids.transaction


@settings(max_examples=200, deadline=None, derandomize=True)
@given(number=st.text(max_size=12), others=st.lists(st.text(max_size=12), max_size=3))
def test_no_record_is_shown_that_does_not_name_the_number_asked_for(number: str, others: list[str]) -> None:
    """Letters of either size are one, as in the registry's own search."""
    record = {**LINEO, "identifier": [{"type": "BRN", "value": other} for other in [*others, number]]}
    ended = outcome("registry", found(record))
    names_it = any(other.casefold() == "2023blineo1" for other in [*others, number])
    assert isinstance(ended, Answered) == names_it
