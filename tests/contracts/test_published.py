"""What is sent, and what samples answer, is held against the published descriptions of G2P Connect.

The samples' requests are what the adapters send: `test_offices` asserts that, letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from integrations.services.dci_envelope import CODES
from tests.contracts.published import DISBURSE, REGISTRY, answer_schema, complaints, request_schema, value_at
from tests.contracts.samples import OFFICE_SAMPLES, Sample, samples

HEADER, ANSWERED_HEADER = "/components/schemas/MsgHeader_V1.0.0", "/components/schemas/MsgCallbackHeader_V1.0.0"
ASKED, FOUND = "/components/schemas/SearchRequest", "/components/schemas/SearchResponse"
UNDERSTOOD = ("answered", "refused", "pending")


def exchanges(adapter: str) -> Iterator[tuple[Sample, dict[str, Any], dict[str, Any]]]:
    """Each sample with its only request and answer."""
    for sample in samples(OFFICE_SAMPLES, adapter):
        for exchange in sample.fields["exchanges"]:
            yield sample, exchange["request"], exchange["answer"]


def told(adapter: str) -> Iterator[tuple[Sample, str, dict[str, Any]]]:
    """Each sample whose answer is a message that is understood, with the path that was asked."""
    for sample, request, answer in exchanges(adapter):
        value = answer.get("json", {})
        if sample.fields["outcome"].keys() & set(UNDERSTOOD) and "header" in value:
            yield sample, request["path"].removeprefix("/office"), value


@pytest.mark.parametrize(
    ("request_", "sample"), [(request, sample) for sample, request, _ in exchanges("g2p_connect")], ids=str
)
def test_what_a_payer_is_sent_is_as_published(request_: dict[str, Any], sample: Sample) -> None:
    path = request_["path"].removeprefix("/office")
    assert complaints(DISBURSE, request_schema(path), request_["json"]) == []


@pytest.mark.parametrize(
    ("path", "value", "sample"), [(path, value, sample) for sample, path, value in told("g2p_connect")], ids=str
)
def test_what_is_understood_of_a_payer_is_as_published(path: str, value: dict[str, Any], sample: Sample) -> None:
    assert complaints(DISBURSE, answer_schema(path), value) == []


# --- OpenCRVS: the contract, but for what makes it a dialect ----------------------------------------------------------

SENT_OTHERWISE = {
    r"\$\.search_request\[0\]\.search_criteria\.query_type: 'idtype-value' is not one of .*",
    r"\$\.search_request\[0\]\.search_criteria\.query: .* is not valid under any of the given schemas",
}
"""`idtype-value`; and `and` as a word, where the description has a condition that is a predicate itself."""
ANSWERED_OTHERWISE = {r"\$\.search_response\[0\]\.data\.reg_records: .* is not of type 'object'"}
"""A list of records, where the description has one."""


def besides(found: list[str], known: set[str]) -> list[str]:
    return [one for one in found if not any(re.fullmatch(pattern, one, re.DOTALL) for pattern in known)]


@pytest.mark.parametrize(
    ("request_", "sample"), [(request, sample) for sample, request, _ in exchanges("opencrvs")], ids=str
)
def test_what_a_registry_is_sent_is_the_dialect(request_: dict[str, Any], sample: Sample) -> None:
    header, message = request_["json"]["header"], request_["json"]["message"]
    assert complaints(REGISTRY, HEADER, header) == []
    found = complaints(REGISTRY, ASKED, message)
    assert besides(found, SENT_OTHERWISE) == [] and len(found) == 1


@pytest.mark.parametrize(("value", "sample"), [(value, sample) for sample, _, value in told("opencrvs")], ids=str)
def test_what_is_understood_of_a_registry_is_the_dialect(value: dict[str, Any], sample: Sample) -> None:
    assert complaints(REGISTRY, ANSWERED_HEADER, value["header"]) == []
    assert besides(complaints(REGISTRY, FOUND, value["message"]), ANSWERED_OTHERWISE) == []


def test_a_message_that_is_not_as_published_is_complained_of() -> None:
    _, request, _ = next(iter(exchanges("g2p_connect")))
    path = request["path"].removeprefix("/office")
    value = {**request["json"], "header": {**request["json"]["header"], "message_ts": "yesterday", "total_count": "1"}}
    assert len(complaints(DISBURSE, request_schema(path), value)) == 2
    del value["header"]
    assert complaints(DISBURSE, request_schema(path), value) == ["$: 'header' is a required property"]


def test_the_codes_that_are_repeated_are_those_of_the_descriptions() -> None:
    """But for those of a payment, which are its answer and no failure of ours."""
    published = {code for file, place in LISTS_OF_CODES for code in value_at(file, place)["enum"]}
    of_payments = set(value_at(DISBURSE, "/components/schemas/DisburseStatusReasonCode")["enum"])
    assert published >= CODES
    assert published - CODES <= of_payments


LISTS_OF_CODES = (
    (DISBURSE, "/components/schemas/MsgHeaderStatusReasonCode"),
    (DISBURSE, "/components/schemas/SearchStatusReasonCode"),
    (DISBURSE, "/components/schemas/Error/properties/code"),
    (REGISTRY, "/components/schemas/MsgHeaderStatusReasonCode"),
    (REGISTRY, "/components/schemas/SearchStatusReasonCode"),
    (REGISTRY, "/components/schemas/Error/properties/code"),
)
