"""Sealing of what is kept and keyed hashing of what is looked up; keys come in, nothing is read from disk here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.errors import SealBroken, SettingsWrong

NONCE_BYTES: Final = 12
NONCES_DRAWN: Final = 64  # at a time
KEY_BYTES: Final = 32
HASH_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Key:
    """A named secret of 32 bytes; the name (1-16 letters or digits) travels with what it sealed."""

    name: str
    secret: bytes


_encode: Final = msgspec.msgpack.Encoder().encode


class _Nonces:
    """Random nonces, drawn many at a time: a system call for each costs as much as what is sealed with it."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._random_bytes = random_bytes
        self._drawn: list[bytes] = []
        os.register_at_fork(after_in_child=self._drawn.clear)  # never the same one in two processes

    def next(self) -> bytes:
        try:
            return self._drawn.pop()
        except IndexError:  # asked for, not looked at before: another thread may take the last one in between
            drawn = self._random_bytes(NONCES_DRAWN * NONCE_BYTES)
            first, *others = [drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES)]
            self._drawn.extend(others)
            return first


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a key file says. `lookup` is the secret of the keyed hashes, once the key that it came from was dropped."""

    keys: tuple[Key, ...]
    lookup: bytes | None = None


class Keyring:
    """Seals with the first key and opens with any of them, so that keys can be rotated.

    Keyed hashes use the look-up secret if there is one, else one derived from the *last* (oldest) key: look-ups outlive
    every rotation. Threads may use it while `take` gives it other keys. `lookup` is another one after each `take`.
    """

    def __init__(
        self, keys: tuple[Key, ...], random_bytes: Callable[[int], bytes], lookup: bytes | None = None
    ) -> None:
        self._nonces = _Nonces(random_bytes)
        self.take(KeyFile(keys, lookup))

    def take(self, file: KeyFile) -> None:
        """Use these keys from now on; raises `SettingsWrong` if there is none."""
        if not file.keys:
            raise SettingsWrong("The key file holds no key; `mohala keys` makes one.")
        ciphers = {key.name.encode(): AESGCM(_derive(key.secret, b"seal")) for key in file.keys}
        self._ring = (file.keys[0].name.encode(), ciphers)  # one assignment: no thread sees half of it
        # BLAKE2b with a key is a MAC by itself, and several times faster than HMAC for so little text.
        self.lookup = hashlib.blake2b(key=lookup_secret(file), digest_size=HASH_BYTES)

    @property
    def first(self) -> str:
        """The name of the key that seals."""
        return self._ring[0].decode()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name.decode() for name in self._ring[1])

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt with AES-256-GCM, bound to `context`: opening it in another place fails."""
        nonce = self._nonces.next()
        first, ciphers = self._ring
        return b"".join((first, b".", nonce, ciphers[first].encrypt(nonce, plain, context)))

    def open(self, sealed: bytes, context: bytes) -> bytes:
        name, _, rest = sealed.partition(b".")
        cipher = self._ring[1].get(name)
        if cipher is None:
            raise SealBroken("sealed with a key that is not in the key file; put that key back as a further line")
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], context)
        except (InvalidTag, ValueError):
            raise SealBroken("sealed bytes do not open; they were altered or stand in the wrong place") from None

    def hash(self, *parts: str) -> bytes:
        """A keyed hash of 16 bytes; MessagePack gives their number and lengths, so no two lists collide."""
        begun = self.lookup.copy()
        begun.update(_encode(parts))
        return begun.digest()


LOOKUP: Final = "lookup"
"""The name of the line with the look-up secret; no key is called so."""


def parse_keys(text: str) -> tuple[Key, ...]:
    """The keys of a key file, newest first."""
    return parse_key_file(text).keys


def parse_key_file(text: str) -> KeyFile:
    """A line `name:base64` for each key, newest first, `lookup:base64` for the look-up secret, `#` for comments."""
    keys: list[Key] = []
    lookup = None
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
        if name == LOOKUP:
            lookup = secret
        else:
            keys.append(Key(name, secret))
    return KeyFile(tuple(keys), lookup)


def write_key_file(file: KeyFile) -> str:
    """The text of a key file."""
    lines = [*file.keys, *([Key(LOOKUP, file.lookup)] if file.lookup else [])]
    return "".join(_line(key.name, key.secret) for key in lines)


def lookup_secret(file: KeyFile) -> bytes:
    """What keyed hashes are made with."""
    return file.lookup or _derive(file.keys[-1].secret, b"hash")


def new_key_line(name: str, random_bytes: Callable[[int], bytes]) -> str:
    return _line(name, random_bytes(KEY_BYTES))


def _line(name: str, secret: bytes) -> str:
    return f"{name}:{base64.b64encode(secret).decode()}\n"


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"mohala " + purpose).derive(secret)
