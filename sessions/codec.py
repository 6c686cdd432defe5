"""What is kept of a session outside the process: its turns' marks and its hop in clear, everything else sealed."""

from __future__ import annotations

import zlib
from typing import Final, TypeAlias

import msgspec

from app.errors import SealBroken, SessionTooLarge
from app.keys import Keyring
from app.limits import replies_bytes_max, session_bytes_max, turns_remembered_max
from app.messages import Reply, Session

_Body: TypeAlias = tuple[Session, tuple[Reply, ...]]
MARK_BYTES: Final = 8
"""Of a turn's keyed hash: enough to tell the few turns of one session apart."""
HOP_BYTES: Final = 4
_COUNTS: Final = tuple([bytes([count]) for count in range(256)])
SEAL_BYTES: Final = 16
_PLAIN: Final = b"\x01"
_SQUEEZED: Final = b"\x02"
_SQUEEZE_BYTES_MIN: Final = 700  # below this a session is small enough, and squeezing costs a fifth of a turn
_OPENED_BYTES_MAX: Final = 4 * session_bytes_max
_WINDOW_BITS: Final = -11
_MEMORY_LEVEL: Final = 5
_LEVEL: Final = 6  # 2 KB of window: more is never squeezed, and less is set up faster


class Codec:
    """One value a session: `n`, n marks (oldest first), the hop, and the session with its n replies, sealed together.

    A server can tell by it which turns are remembered and which hop it is at, and nothing else. Sealed for its key and
    its marks, so that it opens nowhere else and no reply can be moved to another turn.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(_Body).decode

    def pack(self, session: Session, replies: dict[bytes, Reply], key: bytes) -> bytes:
        """`replies` by mark, oldest first: the last of them are kept, one if with more it is over `replies_bytes_max`.

        Raises `SessionTooLarge` if even so the value is longer than `session_bytes_max`.
        """
        marks, told = list(replies.keys()), list(replies.values())
        if len(marks) > turns_remembered_max:
            marks, told = marks[-turns_remembered_max:], told[-turns_remembered_max:]
        value = self._sealed((session, told), _head(marks, session.hop), key)
        if len(value) <= replies_bytes_max:
            return value
        value = self._sealed((session, told[-1:]), _head(marks[-1:], session.hop), key)
        if len(value) <= session_bytes_max:
            return value
        raise SessionTooLarge(f"A session seals to more than {session_bytes_max} bytes; shorten the dialogue.")

    def unpack(self, value: bytes, key: bytes) -> tuple[Session, dict[bytes, Reply]]:
        """Raises `SealBroken` for anything that this house did not pack, or packed in another shape."""
        marks = marks_of(value)
        size = 1 + len(marks) * MARK_BYTES + HOP_BYTES
        if len(value) > session_bytes_max:
            raise SealBroken("a packed session is longer than any that this house packs")
        plain = self._keyring.open(value[size:], b"session\0" + key + value[:size])
        try:
            session, replies = self._decode(_expand(plain))
            return session, dict(zip(marks, replies, strict=True))
        except (msgspec.MsgspecError, ValueError, zlib.error):
            raise SealBroken("a packed session has another shape; an older or newer release wrote it") from None

    def _sealed(self, body: tuple[Session, list[Reply]], head: bytes, key: bytes) -> bytes:
        encoded = self._encode(body)
        if len(encoded) > _OPENED_BYTES_MAX:
            return bytes(session_bytes_max + 1)  # it could be sealed and never opened
        plain = _PLAIN + encoded
        if len(encoded) >= _SQUEEZE_BYTES_MIN:
            plain = min(_squeezed(encoded), plain, key=len)  # noise squeezed is longer, beyond what a State may be
        return head + self._keyring.seal(plain, b"session\0" + key + head)


def mark_of(turn: bytes) -> bytes:
    return turn[:MARK_BYTES] if len(turn) >= MARK_BYTES else turn.ljust(MARK_BYTES, b"\0")


def packed_hop(hop: int) -> bytes:
    return hop.to_bytes(HOP_BYTES, "big")


def marks_of(value: bytes) -> tuple[bytes, ...]:
    """The turns that a packed session remembers."""
    behind = 1 + MARK_BYTES * (value[0] if value else 0)
    return tuple([value[place : place + MARK_BYTES] for place in range(1, behind, MARK_BYTES)])


def hop_of(value: bytes) -> bytes:
    """The hop of a packed session, as `packed_hop` writes it."""
    begin = 1 + MARK_BYTES * (value[0] if value else 0)
    return value[begin : begin + HOP_BYTES]


def seal_of(value: bytes) -> bytes:
    """The end of a packed session, by which it is told from every other: AES-GCM's tag."""
    return value[-SEAL_BYTES:]


def _head(marks: list[bytes], hop: int) -> bytes:
    return _COUNTS[len(marks)] + b"".join(marks) + packed_hop(hop)


def sealer_of(value: bytes) -> str:
    """The name of the key that a packed session was sealed with."""
    begin = 1 + MARK_BYTES * (value[0] if value else 0) + HOP_BYTES
    return value[begin:].partition(b".")[0].decode("ascii", "replace")[:16]


def _squeezed(encoded: bytes) -> bytes:
    squeezing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL)
    return _SQUEEZED + squeezing.compress(encoded) + squeezing.flush()


def _expand(plain: bytes) -> bytes:
    mark, body = plain[:1], plain[1:]
    if mark == _PLAIN:
        return body
    if mark != _SQUEEZED:
        raise msgspec.DecodeError("unknown mark")
    return zlib.decompressobj(_WINDOW_BITS).decompress(body, _OPENED_BYTES_MAX)
