"""Sealing of what is kept and keyed hashing of what is looked up; keys come in, nothing is read from disk here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.errors import SealBroken, SettingsWrong

NONCE_BYTES = 12
NONCES_DRAWN = 64  # at a time
KEY_BYTES = 32
HASH_BYTES = 16


@dataclass(frozen=True, slots=True)
class Key:
    """A named secret of 32 bytes; the name (1-16 letters or digits) travels with what it sealed."""

    name: str
    secret: bytes


_encode = msgspec.msgpack.Encoder().encode


class _Nonces:
    """Random nonces, drawn many at a time: a system call for each costs as much as what is sealed with it."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._random_bytes = random_bytes
        self._drawn: list[bytes] = []
        os.register_at_fork(after_in_child=self._drawn.clear)  # never the same one in two processes

    def next(self) -> bytes:
        if not self._drawn:
            drawn = self._random_bytes(NONCES_DRAWN * NONCE_BYTES)
            self._drawn.extend([drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES)])
        return self._drawn.pop()


class Keyring:
    """Seals with the first key and opens with any of them, so that keys can be rotated.

    Keyed hashes use a key derived from the *last* (oldest) one, so that look-ups survive a rotation as long as the
    oldest key is kept.
    """

    def __init__(self, keys: tuple[Key, ...], random_bytes: Callable[[int], bytes]) -> None:
        if not keys:
            raise SettingsWrong("The key file holds no key; `mohala keys` makes one.")
        self._nonces = _Nonces(random_bytes)
        self._first = keys[0].name.encode()
        self._ciphers = {key.name.encode(): AESGCM(_derive(key.secret, b"seal")) for key in keys}
        # BLAKE2b with a key is a MAC by itself, and several times faster than HMAC for so little text.
        self._hash_begun = hashlib.blake2b(key=_derive(keys[-1].secret, b"hash"), digest_size=HASH_BYTES)

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt with AES-256-GCM, bound to `context`: opening it in another place fails."""
        nonce = self._nonces.next()
        return b"".join((self._first, b".", nonce, self._ciphers[self._first].encrypt(nonce, plain, context)))

    def open(self, sealed: bytes, context: bytes) -> bytes:
        name, _, rest = sealed.partition(b".")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise SealBroken("sealed with a key that is not in the key file; put that key back as a further line")
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], context)
        except (InvalidTag, ValueError):
            raise SealBroken("sealed bytes do not open; they were altered or stand in the wrong place") from None

    def hash(self, *parts: str) -> bytes:
        """A keyed hash of 16 bytes; MessagePack gives their number and lengths, so no two lists collide."""
        begun = self._hash_begun.copy()
        begun.update(_encode(parts))
        return begun.digest()


def parse_keys(text: str) -> tuple[Key, ...]:
    """Read a key file: a line `name:base64` for each key, newest first, `#` for comments."""
    keys = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, _, encoded = line.partition(":")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) != KEY_BYTES or not name.isascii() or not name.isalnum() or len(name) > 16:
            raise SettingsWrong(f"Line {number} of the key file is not `name:base64 of {KEY_BYTES} bytes`.")
        keys.append(Key(name, secret))
    return tuple(keys)


def new_key_line(name: str, random_bytes: Callable[[int], bytes]) -> str:
    return f"{name}:{base64.b64encode(random_bytes(KEY_BYTES)).decode()}\n"


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"mohala " + purpose).derive(secret)
