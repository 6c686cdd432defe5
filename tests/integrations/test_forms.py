"""Form-encoded callbacks, whatever somebody puts into them."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import NotOurs
from app.messages import WireRequest
from integrations.aggregators.africastalking import AfricasTalking
from integrations.aggregators.forms import CONTENT_TYPE, Form, read_phone

AGGREGATOR = AfricasTalking("sandbox", "sandbox")
NAMES = ("sessionId", "phoneNumber", "networkCode", "serviceCode", "text", "id", "from", "to", "status", "x")
READERS = (AGGREGATOR.read_ussd, AGGREGATOR.read_ussd_end, AGGREGATOR.read_sms, AGGREGATOR.read_delivery)


def form(body: bytes) -> WireRequest:
    return WireRequest({"content-type": CONTENT_TYPE}, b"", body)


def canary_form(**fields: str) -> WireRequest:
    return form(urlencode(fields).encode())


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for read in READERS:
        try:
            read(form(body))
        except NotOurs:
            continue


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40)))
def test_any_fields_are_read_or_refused(fields: dict[str, str]) -> None:
    body = urlencode(fields, errors="surrogatepass").encode()
    for read in READERS:
        try:
            read(form(body))
        except NotOurs:
            continue


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_what_was_typed_arrives_as_it_was_typed(typed: str) -> None:
    fields = {"sessionId": "A", "phoneNumber": "+26658123456", "networkCode": "65101", "serviceCode": "*1#"}
    assert AGGREGATOR.read_ussd(canary_form(**fields, text=typed)).transcript == typed


@pytest.mark.parametrize("name", ["sessionId", "phoneNumber", "networkCode", "serviceCode", "text"])
def test_a_refusal_never_repeats_the_content(name: str) -> None:
    fields = {"sessionId": "A", "phoneNumber": "+26658123456", "networkCode": "65101", "serviceCode": "*1#", "text": ""}
    with pytest.raises(NotOurs) as refused:
        AGGREGATOR.read_ussd(canary_form(**{**fields, name: "\x00lekunutu" * 300}))
    assert "lekunutu" not in str(refused.value)
    assert str(refused.value).startswith(name)


def test_a_repeated_field_that_is_not_theirs_is_not_named() -> None:
    with pytest.raises(NotOurs, match=r"^a field: repeated$"):
        Form(form(b"lekunutu=1&lekunutu=2"), frozenset({"text"}))


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("+26658123456", "+26658123456"),
        (" 26658123456", "+26658123456"),
        ("+27821234567", "+27821234567"),
        ("+254711082300", "+254711082300"),
        ("26658123456", None),
        ("  26658123456", None),
        ("+26658", None),
        ("+2665812345678", None),
        ("+26658123456 ", None),
        ("+٢٦٦٥٨١٢٣٤٥٦", None),
        ("+999123456789", None),
        ("MTN", None),
        ("", None),
    ],
)
def test_only_a_possible_number_with_its_country_is_a_number(sent: str, read: str | None) -> None:
    assert read_phone(sent) == read
