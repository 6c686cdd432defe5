"""Form-encoded callbacks, whatever somebody puts into them."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import NotOurs
from app.messages import DeliveryEvent, SmsEvent, UssdEnded, UssdEvent, WireRequest
from integrations.aggregators.africastalking import AfricasTalking
from integrations.aggregators.forms import CONTENT_TYPE, Form, read_phone

AGGREGATOR = AfricasTalking("sandbox", "sandbox")
NAMES = ("sessionId", "phoneNumber", "networkCode", "serviceCode", "text", "id", "from", "to", "status", "x")
READERS = {
    AGGREGATOR.read_ussd: UssdEvent,
    AGGREGATOR.read_ussd_end: UssdEnded,
    AGGREGATOR.read_sms: SmsEvent,
    AGGREGATOR.read_delivery: DeliveryEvent,
}


def form(body: bytes) -> WireRequest:
    return WireRequest({"content-type": CONTENT_TYPE}, b"", body)


def assert_read_or_refused(body: bytes) -> None:
    for read, event in READERS.items():
        with suppress(NotOurs):
            assert isinstance(read(form(body)), event)


def canary_form(**fields: str) -> WireRequest:
    return form(urlencode(fields).encode())


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    assert_read_or_refused(body)


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40)))
def test_any_fields_are_read_or_refused(fields: dict[str, str]) -> None:
    assert_read_or_refused(urlencode(fields, errors="surrogatepass").encode())


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


@given(st.integers(1, 999), st.from_regex(r"[0-9]{3,13}", fullmatch=True))
def test_a_number_is_possible_when_the_library_says_so(code: int, rest: str) -> None:
    sent = f"+{code}{rest}"
    try:
        possible = phonenumbers.is_possible_number(phonenumbers.parse(sent, None))
    except phonenumbers.NumberParseException:
        possible = False
    assert read_phone(sent) == (sent if possible and 9 <= len(sent) <= 16 else None)
