"""One hop of a USSD dialogue: its keys, its deadline, and what of its transcript is new."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from app import limits
from app.bounded import shorten
from app.keys import Keyring
from app.messages import Session, UssdEnded, UssdEvent
from app.ports import Deadlines, SessionKey
from app.taken import Taken
from app.walked import Caller

KEY_BYTES: Final = 16
"""Of a keyed hash: 128 bits name a dialogue or a hop beyond any chance, and every session keeps some of them."""


def session_key(keyring: Keyring, event: UssdEvent | UssdEnded) -> SessionKey:
    """A session id alone names nothing: aggregators reuse them, and anybody can send one."""
    parts = (event.aggregator, event.service_code, event.msisdn, event.session_id)
    return SessionKey(keyring.hash("caller", event.msisdn)[:KEY_BYTES], keyring.hash("session", *parts)[:KEY_BYTES])


class Named:
    """What a dialogue is called: `key` in the store, `name` and `who` in the log, `text` in what is hashed."""

    __slots__ = ("_heard", "_mark", "key", "name", "text", "who")

    def __init__(self, key: SessionKey) -> None:
        self.key = key
        self.text = key.session.hex()
        self.name = self.text[:12]
        self.who = key.caller.hex()[:12]
        self._heard = 0
        self._mark = b""

    def remember(self, transcript: str, mark: bytes) -> None:
        """Of what was typed only Python's own hash is kept, which is keyed as well, with a key of this process."""
        self._heard, self._mark = hash(transcript), mark

    def knows(self, transcript: str, mark: bytes) -> bool:
        """Whether this is the mark of a transcript, as far as it is remembered: another has its hash once in 2**64."""
        return mark == self._mark and hash(transcript) == self._heard


class Names:
    """The names of the latest dialogues: a hop of one of them makes one keyed hash instead of three.

    No more of them than `dialogues_named_max`; none that was made with other keys than the keyring has.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._lookup = keyring.lookup
        self._named: dict[tuple[str, str, str, str], Named] = {}

    def of(self, event: UssdEvent) -> Named:
        if self._lookup is not self._keyring.lookup:
            self._lookup, self._named = self._keyring.lookup, {}
        words = (event.session_id, event.msisdn, event.service_code, event.aggregator)
        named = self._named.get(words)
        if named is None:
            named = self._named[words] = Named(session_key(self._keyring, event))
            shorten(self._named, limits.dialogues_named_max, spare=limits.dialogues_named_max // 10)
        return named


class Turn:
    """`began` and what is left until the hard deadline count from the first byte of the callback, in seconds.
    `mark` is the keyed hash of the transcript so far.
    `is_tried`: what came of it was sent to the store once, and not taken there.
    `store_differs`: the store does not hold what this process committed last: others went on, or it lost a hop.
    `unsure`: what the store may have kept, for it did not say.
    `at`: when it was taken at once, if it was: the clock is looked at once a turn.
    """

    def __init__(self, event: UssdEvent, named: Named, keyring: Keyring, began: float, deadlines: Deadlines) -> None:
        self.event = event
        self.msisdn = event.msisdn
        self.transcript = event.transcript
        self.began = began
        self.hard_seconds = deadlines.hard_seconds
        self._keyring = keyring
        self._deadline = began + deadlines.soft_seconds
        self.key = named.key
        self.named = named
        self.mark = self._hash_of(self.transcript)
        self.is_tried = False
        self.store_differs = False
        self.unsure: Taken | None = None
        self.at: datetime | None = None

    @property
    def is_too_long(self) -> bool:
        return self.transcript.count("*") >= limits.walk_inputs_max

    def caller(self, root: bytes = b"") -> Caller:
        """The citizen, whose steps take their effects' ids from the dialogue `root` (empty: from this one)."""
        event = self.event
        return Caller(event.msisdn, root or self.key.session, self._deadline, event.aggregator, event.network)

    def unheard(self, session: Session) -> str | None:
        """The one new input; None if the transcript contradicts what was heard. It may hold any `*` that was typed."""
        heard = self.transcript[: session.heard_length]
        new = self.transcript[session.heard_length :]
        if not new or not (self.named.knows(heard, session.heard_mark) or self._hash_of(heard) == session.heard_mark):
            return None
        if session.heard_length == 0:
            return new
        return new[1:] if new.startswith("*") else None

    def note_kept(self) -> None:
        """The store holds what came of it: the next input of its dialogue goes on from this transcript."""
        self.named.remember(self.transcript, self.mark)

    def inputs(self) -> tuple[str, ...]:
        transcript = self.transcript
        return tuple(transcript.split("*")) if transcript else ()

    def _hash_of(self, transcript: str) -> bytes:
        return self._keyring.hash("transcript", self.named.text, transcript)[:KEY_BYTES]
