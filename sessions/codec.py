"""Sealed bytes: what a Session and a Reply look like outside the process."""

from __future__ import annotations

import zlib
from typing import TypeVar

import msgspec

from app.errors import SealBroken, SessionTooLarge
from app.keys import Keyring
from app.limits import session_bytes_max
from app.messages import Reply, Session

_Kept = TypeVar("_Kept", Session, Reply)

_PLAIN, _SQUEEZED = b"\x01", b"\x02"
_SQUEEZE_BYTES_MIN = 400  # the trail repeats the answers: below this size there is nothing to gain
_OPENED_BYTES_MAX = 16 * session_bytes_max


class Codec:
    """Seals with the key of the session as context, and a Reply with its turn too, so that none opens elsewhere."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._encode = msgspec.msgpack.Encoder().encode
        self._session = msgspec.msgpack.Decoder(Session)
        self._reply = msgspec.msgpack.Decoder(Reply)

    def seal_session(self, session: Session, key: bytes) -> bytes:
        """Raises `SessionTooLarge` if the Session seals to more than `session_bytes_max`."""
        return self._seal(session, b"session\0" + key)

    def open_session(self, sealed: bytes, key: bytes) -> Session:
        """Raises `SealBroken` for anything that this house did not seal, or sealed in another shape."""
        return self._open(self._session, sealed, b"session\0" + key)

    def seal_reply(self, reply: Reply, key: bytes, turn: bytes) -> bytes:
        """Raises `SessionTooLarge` if the Reply seals to more than `session_bytes_max`."""
        return self._seal(reply, b"reply\0" + key + turn)

    def open_reply(self, sealed: bytes, key: bytes, turn: bytes) -> Reply:
        """Raises `SealBroken` like `open_session`."""
        return self._open(self._reply, sealed, b"reply\0" + key + turn)

    def _seal(self, kept: Session | Reply, context: bytes) -> bytes:
        encoded = self._encode(kept)
        squeeze = len(encoded) >= _SQUEEZE_BYTES_MIN
        sealed = self._keyring.seal(_SQUEEZED + zlib.compress(encoded, 1) if squeeze else _PLAIN + encoded, context)
        if len(sealed) > session_bytes_max or len(encoded) > _OPENED_BYTES_MAX:
            raise SessionTooLarge(f"A session seals to more than {session_bytes_max} bytes; shorten the dialogue.")
        return sealed

    def _open(self, decoder: msgspec.msgpack.Decoder[_Kept], sealed: bytes, context: bytes) -> _Kept:
        if len(sealed) > session_bytes_max:
            raise SealBroken("sealed bytes are longer than any that this house seals")
        plain = self._keyring.open(sealed, context)
        try:
            return decoder.decode(_expand(plain))
        except (msgspec.MsgspecError, UnicodeError, zlib.error):
            raise SealBroken("sealed bytes hold another shape; an older or newer release wrote them") from None


def _expand(plain: bytes) -> bytes:
    mark, body = plain[:1], plain[1:]
    if mark == _PLAIN:
        return body
    if mark != _SQUEEZED:
        raise msgspec.DecodeError("unknown mark")
    return zlib.decompressobj().decompress(body, _OPENED_BYTES_MAX)
