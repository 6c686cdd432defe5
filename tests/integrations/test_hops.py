"""Hops that are read by what is known of the hop before: as they would be read without it, whatever stands in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import limits
from app.errors import NotOurs
from app.messages import UssdEvent, WireRequest
from integrations.aggregators.africastalking import AfricasTalking
from integrations.aggregators.forms import CONTENT_TYPE
from integrations.aggregators.hops import Hops

HEAD = b"sessionId=A&phoneNumber=%2B26658123456&networkCode=65101&serviceCode=%2A1%23"
FIELDS = st.sampled_from(
    [
        HEAD, b"sessionId=A", b"phoneNumber=%2B26658123456", b"networkCode=65101", b"serviceCode=*1#",
        b"serviceCode=1#", b"text=", b"text=1", b"text=1*2", b"text=1%2A2", b"te%78t=3", b"tex+t=3",
        b"text=%FF", b"text=\xff", b"text", b"text=text=1", b"x=1", b"", b"text=" + b"1" * 2_001,
        b"text=" + b"%31" * 2_000,
    ]
)  # fmt: skip
BODIES = st.lists(FIELDS, max_size=7).map(b"&".join) | st.lists(FIELDS, max_size=3).map(
    lambda more: b"&".join([HEAD, *more])
)


def form(body: bytes, content_type: str = CONTENT_TYPE) -> WireRequest:
    return WireRequest({"content-type": content_type}, b"", body)


def outcome(aggregator: AfricasTalking, request: WireRequest) -> UssdEvent | str:
    try:
        return aggregator.read_ussd(request)
    except NotOurs as refused:
        return str(refused)


@given(st.lists(BODIES, max_size=12))
def test_who_has_read_much_reads_as_who_has_read_nothing(bodies: list[bytes]) -> None:
    knows_much = AfricasTalking("sandbox", "sandbox")
    for body in bodies:
        for request in (form(body), form(body, "text/plain")):
            assert outcome(knows_much, request) == outcome(AfricasTalking("sandbox", "sandbox"), request)


class Counting:
    """Reads in full, and counts how often."""

    def __init__(self) -> None:
        self.count = 0
        self.hops = Hops(self.read, 2, "text", 20)

    def read(self, request: WireRequest) -> UssdEvent:
        self.count += 1
        return UssdEvent("a", "s", "m", "c", "n", request.body.rpartition(b"=")[2].decode())


def test_of_a_hop_whose_dialogue_is_known_only_what_was_typed_is_read() -> None:
    reading = Counting()
    read = [
        reading.hops.read(form(b"sessionId=A&text=%b" % typed)).transcript for typed in (b"", b"1", b"1%2A2", b"1*2+3")
    ]
    assert (read, reading.count) == (["", "1", "1*2", "1*2 3"], 1)
    reading.hops.read(form(b"sessionId=B&text="))
    assert reading.count == 2


@pytest.mark.parametrize(
    "body",
    [b"text=1&sessionId=A", b"sessionId=A", b"sessionId=" + b"A" * 1_024 + b"&text=1", b"sessionId=A&text=1&input=1"],
)
def test_what_is_not_like_a_hop_is_read_in_full_each_time(body: bytes) -> None:
    reading = Counting()
    for _ in range(2):
        reading.hops.read(form(body))
    assert reading.count == 2


def test_no_more_dialogues_are_known_than_there_is_room_for() -> None:
    reading = Counting()
    most = limits.dialogues_named_max
    for number in (*range(most + 1), most, 0):
        reading.hops.read(form(b"sessionId=%d&text=" % number))
    assert reading.count == most + 2


def test_what_was_typed_is_not_kept() -> None:
    reading = Counting()
    read = [reading.hops.read(form(b"sessionId=A&text=lekunutu")).transcript for _ in range(2)]
    assert (read, reading.count) == (["lekunutu"] * 2, 1)
    assert "lekunutu" not in repr(reading.hops._known)


@pytest.mark.parametrize("more", [b"input=lekunutu", b"x=1", b""])
def test_what_another_field_repeats_of_it_is_not_kept(more: bytes) -> None:
    aggregator = AfricasTalking("sandbox", "sandbox")
    assert aggregator.read_ussd(form(b"&".join([HEAD, more, b"text=lekunutu"]))).transcript == "lekunutu"
    assert aggregator._hops._known == {}
    assert aggregator.read_ussd(form(HEAD + b"&text=lekunutu")).transcript == "lekunutu"
    assert len(aggregator._hops._known) == 1 and "lekunutu" not in repr([*aggregator._hops._known])
