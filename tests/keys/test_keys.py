"""Key files, seals and keyed hashes."""

from __future__ import annotations

import base64
import hashlib
import os
import random

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.errors import SealBroken, SettingsWrong
from app.keys import Key, KeyFile, Keyring, lookup_secret, new_key_line, parse_keys

OLD, NEW = Key("old", b"\x01" * 32), Key("new", b"\x02" * 32)
CONTEXT = b"session of Mpho"


def ring(*keys: Key) -> Keyring:
    return Keyring(keys, random.Random(7).randbytes)


@settings(deadline=None, derandomize=True)
@given(st.binary(max_size=500), st.binary(max_size=40))
def test_what_was_sealed_opens_in_its_context(plain, context):
    keyring = ring(NEW)
    assert keyring.open(keyring.seal(plain, context), context) == plain


@settings(deadline=None, derandomize=True)
@given(st.binary(max_size=40), st.binary(max_size=40))
def test_it_opens_in_no_other_context(ours, theirs):
    assume(ours != theirs)
    keyring = ring(NEW)
    with pytest.raises(SealBroken):
        keyring.open(keyring.seal(b"Mpho", ours), theirs)


def test_no_byte_of_a_seal_can_be_altered_or_left_out():
    keyring = ring(NEW)
    sealed = keyring.seal(b"Mpho", CONTEXT)
    for place in range(len(sealed)):
        for broken in (sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :], sealed[:place]):
            with pytest.raises(SealBroken):
                keyring.open(broken, CONTEXT)


def test_a_seal_shows_nothing_of_what_it_holds_and_is_never_the_same_twice():
    keyring = ring(NEW)
    first, second = keyring.seal(b"Mpho Letsie", CONTEXT), keyring.seal(b"Mpho Letsie", CONTEXT)
    assert b"Mpho" not in first and first != second


def test_after_a_rotation_old_seals_open_and_new_ones_use_the_new_key():
    sealed = ring(OLD).seal(b"Mpho", CONTEXT)
    rotated = ring(NEW, OLD)
    assert rotated.open(sealed, CONTEXT) == b"Mpho"
    assert ring(NEW).open(rotated.seal(b"Mpho", CONTEXT), CONTEXT) == b"Mpho"


def test_a_seal_of_a_key_that_is_gone_says_what_to_do():
    with pytest.raises(SealBroken, match="put that key back"):
        ring(NEW).open(ring(OLD).seal(b"Mpho", CONTEXT), CONTEXT)


def test_a_key_of_the_same_name_and_another_secret_does_not_open():
    with pytest.raises(SealBroken):
        ring(Key("old", b"\x09" * 32)).open(ring(OLD).seal(b"Mpho", CONTEXT), CONTEXT)


def test_hashes_survive_a_rotation_that_keeps_the_oldest_key():
    assert ring(NEW, OLD).hash("+26650123456") == ring(OLD).hash("+26650123456")
    assert ring(NEW).hash("+26650123456") != ring(OLD).hash("+26650123456")


@settings(deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_different_lists_of_parts_have_different_hashes(ours, theirs):
    assume(ours != theirs)
    assert ring(OLD).hash(*ours) != ring(OLD).hash(*theirs)


def test_a_hash_has_sixteen_bytes_and_is_no_plain_hash_of_its_parts():
    assert len(ring(OLD).hash("+26650123456")) == 16
    assert ring(OLD).hash("+26650123456") != ring(NEW).hash("+26650123456")


def test_a_key_line_that_was_made_can_be_read():
    line = new_key_line("k1", random.Random(7).randbytes)
    assert parse_keys(f"# made today\n\n{line}") == (Key("k1", random.Random(7).randbytes(32)),)


def test_keys_keep_their_order_in_the_file():
    text = new_key_line("new", lambda size: b"\x02" * size) + new_key_line("old", lambda size: b"\x01" * size)
    assert parse_keys(text) == (NEW, OLD)


@pytest.mark.parametrize(
    "line",
    [
        "k1",
        "k1:",
        "k1:hidden-and-not-base64",
        "k1:" + base64.b64encode(b"hidden").decode(),
        ":" + base64.b64encode(b"\x01" * 32).decode(),
        "a.b:" + base64.b64encode(b"\x01" * 32).decode(),
        "k" * 17 + ":" + base64.b64encode(b"\x01" * 32).decode(),
    ],
)
def test_a_line_of_another_shape_is_refused_by_number_and_not_repeated(line):
    with pytest.raises(SettingsWrong, match="Line 2") as refusal:
        parse_keys(f"# keys\n{line}\n")
    assert line.partition(":")[2] not in str(refusal.value) or not line.partition(":")[2]


def test_a_key_ring_without_keys_is_refused_with_what_to_do():
    with pytest.raises(SettingsWrong, match="mohala keys"):
        Keyring((), random.Random(7).randbytes)


def test_a_forked_process_never_seals_with_its_parents_nonces() -> None:
    keys = Keyring((OLD,), os.urandom)
    keys.seal(b"the rest is drawn", b"here")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, keys.seal(b"", b"here"))
        os._exit(0)
    os.waitpid(child, 0)
    theirs, ours = os.read(reading, 100), keys.seal(b"", b"here")
    assert len(theirs) == len(ours) and theirs != ours


@given(st.lists(st.text(max_size=300), max_size=20))
def test_a_hash_is_blake2b_of_its_parts(parts: list[str]) -> None:
    """Rows that are in ledgers are found by it."""
    plain = hashlib.blake2b(msgspec.msgpack.encode(parts), key=lookup_secret(KeyFile((OLD,))), digest_size=16)
    assert ring(OLD).hash(*parts) == plain.digest()
