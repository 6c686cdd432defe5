"""Calls of scripts as RESP has them."""

from __future__ import annotations

import hashlib
from typing import Final, TypeAlias

Word: TypeAlias = bytes | str | int
_LENGTHS: Final = tuple([b"$%d\r\n" % length for length in range(4_096)])
"""How a word of so many bytes begins."""


class Script:
    """A Lua script, called by its hash and sent whole only when the server does not know it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self._begun: dict[tuple[int, int], bytes] = {}

    def begun(self, keys: int, arguments: int) -> bytes:
        """How a call begins that has so many keys and arguments, which is the same for all calls from one place."""
        begun = self._begun.get((keys, arguments))
        if begun is None:
            begun = self._begun[keys, arguments] = _begun(b"EVALSHA", self.sha.encode(), keys, arguments)
        return begun


class Packed:
    """`count` words of a call, packed; the first of keys says where in a cluster the call goes."""

    __slots__ = ("count", "first", "packed")

    def __init__(self, count: int, first: bytes, packed: bytes) -> None:
        self.count = count
        self.first = first
        self.packed = packed


def words_of(*words: bytes) -> Packed:
    return Packed(len(words), words[0] if words else b"", b"".join([word_of(word) for word in words]))


def word_of(word: bytes) -> bytes:
    return length_of(word) + word + b"\r\n"


def length_of(word: bytes) -> bytes:
    """What stands before a word."""
    length = len(word)
    return _LENGTHS[length] if length < len(_LENGTHS) else b"$%d\r\n" % length


def called(script: Script, keys: Packed, arguments: Packed) -> bytes:
    """`EVALSHA` of a script."""
    return script.begun(keys.count, arguments.count) + keys.packed + arguments.packed


def whole(script: Script, keys: Packed, arguments: Packed) -> bytes:
    """`EVAL` of a script, for a server that does not know it."""
    return _begun(b"EVAL", script.text.encode(), keys.count, arguments.count) + keys.packed + arguments.packed


def _begun(command: bytes, script: bytes, keys: int, arguments: int) -> bytes:
    words = [word_of(word) for word in (command, script, b"%d" % keys)]
    return b"*%d\r\n" % (len(words) + keys + arguments) + b"".join(words)
