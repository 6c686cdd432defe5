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
from app.limits import list_characters_max, session_bytes_max, turns_remembered_max
from app.messages import Reply, Session
from sessions.codec import Codec, hop_of, mark_of, marks_of, packed_hop

MPHO, THABO = b"mpho" * 4, b"thab" * 4
DIAL, CHOICE = b"dial" * 4, b"choi" * 4
KEYRING = Keyring((Key("first", b"\x01" * 32),), random.Random(7).randbytes)
CODEC = Codec(KEYRING)
WELCOME = Reply("Lumela", final=False)

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


replies = st.dictionaries(
    st.binary(min_size=8, max_size=8), st.builds(Reply, st.text(max_size=200), st.booleans()), max_size=12
)


def packed(session: Session, key: bytes = MPHO, codec: Codec = CODEC) -> bytes:
    return codec.pack(session, {mark_of(DIAL): WELCOME}, key)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(sessions, replies)
def test_every_session_comes_back_as_it_was_with_its_last_replies(session, told):
    value = CODEC.pack(session, told, MPHO)
    last = dict(list(told.items())[-turns_remembered_max:])
    assert CODEC.unpack(value, MPHO) == (session, last)
    assert marks_of(value) == tuple(last)
    assert hop_of(value) == packed_hop(session.hop)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_bytes_of_somebody_else_never_open(rubbish):
    with pytest.raises(SealBroken):
        CODEC.unpack(rubbish, MPHO)
    head = b"\0" + packed_hop(0)
    with pytest.raises(SealBroken):
        CODEC.unpack(head + KEYRING.seal(rubbish, b"session\0" + MPHO + head), MPHO)


@pytest.mark.parametrize("visits", [0, 12])
def test_no_byte_can_be_altered(make_session, visits):
    value = packed(make_session(3, visits=visits))
    for place in range(len(value)):
        with pytest.raises(SealBroken):
            CODEC.unpack(value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :], MPHO)
        with pytest.raises(SealBroken):
            CODEC.unpack(value[:place], MPHO)


def test_a_session_opens_for_its_own_citizen_only(make_session):
    with pytest.raises(SealBroken):
        CODEC.unpack(packed(make_session(0)), THABO)


def test_a_reply_cannot_be_moved_to_another_turn(make_session):
    value = packed(make_session(0))
    with pytest.raises(SealBroken):
        CODEC.unpack(value.replace(mark_of(DIAL), mark_of(CHOICE)), MPHO)


def test_what_is_sealed_after_a_rotation_and_before_it_opens(make_session):
    old, new = Key("old", b"\x02" * 32), Key("new", b"\x03" * 32)
    before = packed(make_session(1), codec=Codec(Keyring((old,), os.urandom)))
    rotated = Codec(Keyring((new, old), os.urandom))
    assert rotated.unpack(before, MPHO)[0] == make_session(1)
    assert rotated.unpack(packed(make_session(2), codec=rotated), MPHO)[0] == make_session(2)


def test_a_state_of_another_release_is_unreadable_rather_than_half_read():
    head = b"\0" + packed_hop(0)
    plain = b"\x01" + msgspec.msgpack.encode({"state": {"pack": "lesotho"}, "heard_length": 3})
    with pytest.raises(SealBroken, match="release"):
        CODEC.unpack(head + KEYRING.seal(plain, b"session\0" + MPHO + head), MPHO)


def test_the_limit_holds_to_the_byte(make_session):
    noise = random.Random(3)

    def size(characters: int) -> int:
        text = "".join(chr(noise.randrange(0x1000, 0xD000)) for _ in range(characters))
        try:
            return len(packed(make_session(0, text)))
        except SessionTooLarge:
            return session_bytes_max + 1

    sizes = [size(characters) for characters in range(8_000, 18_000, 100)]
    assert session_bytes_max - 400 < max(size for size in sizes if size <= session_bytes_max)
    assert sizes[-1] > session_bytes_max


def test_a_large_session_remembers_its_newest_reply_only(make_session):
    noise = random.Random(4)
    texts = ["".join(chr(noise.randrange(0x1000, 0xD000)) for _ in range(450)) for _ in range(8)]
    told = {b"turn %03d" % number: Reply(text, final=False) for number, text in enumerate(texts)}
    session, kept = CODEC.unpack(CODEC.pack(make_session(1), told, MPHO), MPHO)
    assert session == make_session(1)
    assert kept == {b"turn 007": Reply(texts[7], final=False)}


@pytest.mark.parametrize("most", [1, 12, 99])
def test_the_longest_list_that_a_pack_may_declare_fits_with_room_for_answers(most):
    noise = random.Random(5)
    letters = [chr(code) for code in (*range(0x20, 0x7F), *range(0xC0, 0x250))]
    longest = list_characters_max // most // 4
    fields = ("name", "village", "hours", "telephone")
    entries = [{field: "".join(noise.choices(letters, k=longest)) for field in fields} for _ in range(most)]
    lists = {"service-points/points": msgspec.json.encode(entries).decode()}
    state = State("lesotho", "1" * 16, "welcome/start", "service-points/point", "st", lists=lists)
    assert len(packed(Session(state, 10, b"m" * 16, False))) < session_bytes_max - 1_000


def test_a_session_that_only_looks_small_is_refused_too(make_session):
    with pytest.raises(SessionTooLarge):
        packed(make_session(0, "a" * 20 * session_bytes_max))
    with pytest.raises(SealBroken, match="longer"):
        CODEC.unpack(b"\0" * (session_bytes_max + 1), MPHO)


def test_packing_the_same_session_twice_gives_different_bytes(make_session):
    assert packed(make_session(0)) != packed(make_session(0))
