"""What goes in comes out, and nothing else opens."""

from __future__ import annotations

import os
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.state import Left, State
from app.errors import SealBroken, SessionTooLarge
from app.keys import Key, Keyring
from app.limits import list_characters_max, session_bytes_max
from app.messages import Reply, Session
from sessions.codec import Codec

MPHO, THABO = b"mpho" * 4, b"thab" * 4
DIAL, CHOICE = b"dial" * 4, b"choi" * 4
KEYRING = Keyring((Key("first", b"\x01" * 32),), random.Random(7).randbytes)
CODEC = Codec(KEYRING)

words = st.text(max_size=20)
answers = st.dictionaries(words, words, max_size=5)
states = st.builds(
    State,
    pack=words,
    version=words,
    entrance=words,
    screen=words,
    language=words,
    step=st.integers(0, 2**40),
    answers=answers,
    trail=st.lists(st.builds(Left, screen=words, answers=answers), max_size=6).map(tuple),
)
sessions = st.builds(
    Session, state=states, heard_length=st.integers(0, 2_000), heard_mark=st.binary(max_size=16), ended=st.booleans()
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(sessions)
def test_every_session_comes_back_as_it_was(session):
    assert CODEC.open_session(CODEC.seal_session(session, MPHO), MPHO) == session


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=500), st.booleans())
def test_every_reply_comes_back_as_it_was(text, final):
    reply = Reply(text, final)
    assert CODEC.open_reply(CODEC.seal_reply(reply, MPHO, DIAL), MPHO, DIAL) == reply


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_bytes_of_somebody_else_never_open(rubbish):
    with pytest.raises(SealBroken):
        CODEC.open_session(rubbish, MPHO)
    with pytest.raises(SealBroken):
        CODEC.open_session(KEYRING.seal(rubbish, b"session\0" + MPHO), MPHO)


@pytest.mark.parametrize("visits", [0, 12])
def test_no_byte_can_be_altered(make_session, visits):
    sealed = CODEC.seal_session(make_session(3, visits=visits), MPHO)
    for place in range(len(sealed)):
        with pytest.raises(SealBroken):
            CODEC.open_session(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :], MPHO)
        with pytest.raises(SealBroken):
            CODEC.open_session(sealed[:place], MPHO)


def test_a_session_opens_for_its_own_citizen_only(make_session):
    with pytest.raises(SealBroken):
        CODEC.open_session(CODEC.seal_session(make_session(0), MPHO), THABO)


def test_a_reply_opens_for_its_own_turn_only():
    with pytest.raises(SealBroken):
        CODEC.open_reply(CODEC.seal_reply(Reply("Lumela", final=False), MPHO, DIAL), MPHO, CHOICE)


def test_a_session_is_no_reply(make_session):
    with pytest.raises(SealBroken):
        CODEC.open_reply(CODEC.seal_session(make_session(0), MPHO), MPHO, DIAL)


def test_what_is_sealed_after_a_rotation_and_before_it_opens(make_session):
    old, new = Key("old", b"\x02" * 32), Key("new", b"\x03" * 32)
    before = Codec(Keyring((old,), os.urandom)).seal_session(make_session(1), MPHO)
    rotated = Codec(Keyring((new, old), os.urandom))
    assert rotated.open_session(before, MPHO) == make_session(1)
    assert rotated.open_session(rotated.seal_session(make_session(2), MPHO), MPHO) == make_session(2)


def test_a_state_of_another_release_is_unreadable_rather_than_half_read():
    packed = b"\x01" + msgspec.msgpack.encode({"state": {"pack": "lesotho"}, "heard_length": 3})
    with pytest.raises(SealBroken, match="release"):
        CODEC.open_session(KEYRING.seal(packed, b"session\0" + MPHO), MPHO)


def test_the_limit_holds_to_the_byte(make_session):
    noise = random.Random(3)

    def sealed_size(characters: int) -> int:
        text = "".join(chr(noise.randrange(0x1000, 0xD000)) for _ in range(characters))
        try:
            return len(CODEC.seal_session(make_session(0, text), MPHO))
        except SessionTooLarge:
            return session_bytes_max + 1

    sizes = [sealed_size(characters) for characters in range(2_000, 4_500, 25)]
    assert session_bytes_max - 100 < max(size for size in sizes if size <= session_bytes_max)
    assert sizes[-1] > session_bytes_max


@pytest.mark.parametrize("most", [1, 12, 99])
def test_the_longest_list_that_a_pack_may_declare_fits_with_room_for_answers(most):
    noise = random.Random(5)
    letters = [chr(code) for code in (*range(0x20, 0x7F), *range(0xC0, 0x250))]
    longest = list_characters_max // most // 4
    fields = ("name", "village", "hours", "telephone")
    entries = [{field: "".join(noise.choices(letters, k=longest)) for field in fields} for _ in range(most)]
    lists = {"service-points/points": msgspec.json.encode(entries).decode()}
    state = State("lesotho", "1" * 16, "welcome/start", "service-points/point", "st", lists=lists)
    assert len(CODEC.seal_session(Session(state, 10, b"m" * 16, False), MPHO)) < session_bytes_max - 1_000


def test_a_session_that_only_looks_small_is_refused_too(make_session):
    with pytest.raises(SessionTooLarge):
        CODEC.seal_session(make_session(0, "a" * 20 * session_bytes_max), MPHO)
    with pytest.raises(SealBroken, match="longer"):
        CODEC.open_session(b"x" * (session_bytes_max + 1), MPHO)


def test_sealing_the_same_session_twice_gives_different_bytes(make_session):
    assert CODEC.seal_session(make_session(0), MPHO) != CODEC.seal_session(make_session(0), MPHO)
