"""One hop of a USSD dialogue: its keys, its deadline, and what of its transcript is new."""

from __future__ import annotations

from app import limits
from app.keys import Keyring
from app.messages import Session, UssdEnded, UssdEvent
from app.ports import SessionKey
from app.walked import Caller

KEY_BYTES = 16
"""Of a keyed hash: 128 bits name a dialogue or a hop beyond any chance, and every session keeps some of them."""


def session_key(keyring: Keyring, event: UssdEvent | UssdEnded) -> SessionKey:
    """A session id alone names nothing: aggregators reuse them, and anybody can send one."""
    parts = (event.aggregator, event.service_code, event.msisdn, event.session_id)
    return SessionKey(keyring.hash("caller", event.msisdn)[:KEY_BYTES], keyring.hash("session", *parts)[:KEY_BYTES])


class Turn:
    """`mark` is the keyed hash of the transcript so far, `who` and `name` name caller and dialogue in the log.
    `store_differs`: the store does not hold what this process committed last: others went on, or it lost a hop.
    """

    def __init__(self, event: UssdEvent, keyring: Keyring, deadline: float) -> None:
        self.event = event
        self._keyring = keyring
        self._deadline = deadline
        self.key = session_key(keyring, event)
        self._session = self.key.session.hex()
        self.mark = self._hash_of(event.transcript)
        self.who = self.key.caller.hex()[:12]
        self.name = self._session[:12]
        self.store_differs = False

    @property
    def is_too_long(self) -> bool:
        return self.event.transcript.count("*") >= limits.walk_inputs_max

    def caller(self, root: bytes = b"") -> Caller:
        """The citizen, whose steps take their effects' ids from the dialogue `root` (empty: from this one)."""
        event = self.event
        return Caller(event.msisdn, root or self.key.session, self._deadline, event.aggregator, event.network)

    def unheard(self, session: Session) -> str | None:
        """The one new input; None if the transcript contradicts what was heard. It may hold any `*` that was typed."""
        heard = self.event.transcript[: session.heard_length]
        new = self.event.transcript[session.heard_length :]
        if self._hash_of(heard) != session.heard_mark or not new:
            return None
        if session.heard_length == 0:
            return new
        return new[1:] if new.startswith("*") else None

    def inputs(self) -> tuple[str, ...]:
        transcript = self.event.transcript
        return tuple(transcript.split("*")) if transcript else ()

    def _hash_of(self, transcript: str) -> bytes:
        return self._keyring.hash("transcript", self._session, transcript)[:KEY_BYTES]
