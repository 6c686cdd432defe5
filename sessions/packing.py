"""Calls of scripts as RESP has them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

Word: TypeAlias = bytes | str | int
_LENGTHS: Final = tuple([b"$%d\r\n" % length for length in range(4_096)])
"""How a word of so many bytes begins."""


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script, called by its hash and sent whole only when the server does not know it."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)


def called(script: Script, keys: tuple[bytes, ...], arguments: Sequence[Word]) -> bytes:
    """`EVALSHA` of a script; what is the same in most calls is packed once."""
    parts = [_head(script.sha, len(keys), len(arguments)), _packed(keys)]
    for word in arguments:
        if isinstance(word, bytes) and len(word) < len(_LENGTHS):
            parts.append(_LENGTHS[len(word)])
            parts.append(word)
            parts.append(b"\r\n")
        else:
            parts.append(_word(word))
    return b"".join(parts)


@lru_cache(maxsize=100)
def _head(sha: str, keys: int, arguments: int) -> bytes:
    words = (b"EVALSHA", sha, keys)
    return b"*%d\r\n" % (len(words) + keys + arguments) + b"".join([_word(word) for word in words])


@lru_cache(maxsize=1_000)
def _packed(words: tuple[Word, ...]) -> bytes:
    return b"".join([_word(word) for word in words])


def _word(word: Word) -> bytes:
    told = word if isinstance(word, bytes) else str(word).encode()
    return b"$%d\r\n%b\r\n" % (len(told), told)
