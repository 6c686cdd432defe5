"""Dialogues that fell: offered again at the caller's next dial, and told of by SMS if the menus say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from msgspec.structs import replace

from app import limits
from app.editions import Edition, Editions
from app.engine.resuming import resume_of, resumed
from app.errors import StoreUnavailable, VersionUnusable
from app.keys import Keyring
from app.messages import Ending, Job, Opening, Priority, Session, SmsKind, UssdEnded
from app.openings import OpeningLog
from app.ports import Clock, Ledger, Outbox, SessionKey, SessionStore
from app.turn import Turn, session_key
from app.values.text import fill

log: Final = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Offered:
    """The session of a first page that asks whether to go on, and the menus that it would go on in."""

    edition: Edition
    session: Session


class Falls:
    """Whoever dials the plain code may go on; nothing is said of it to somebody who dials further at once."""

    def __init__(
        self,
        editions: Editions,
        store: SessionStore,
        openings: OpeningLog,
        ledger: Ledger,
        outbox: Outbox,
        keyring: Keyring,
        clock: Clock,
    ) -> None:
        self._editions = editions
        self._store = store
        self._openings = openings
        self._ledger = ledger
        self._outbox = outbox
        self._keyring = keyring
        self._clock = clock

    async def offer(self, turn: Turn, fallen: bytes) -> Offered | None:
        """What the caller's last dialogue left, if it can go on from this code.

        The offer is in the database before it is seen. `1` means another thing at the entrance: were the session lost,
        nobody could tell what it was answered to.
        """
        left = await self._store.load(SessionKey(turn.key.caller, fallen))
        if left is None or left.ended or left.offered:
            return None
        return await self._offered(turn, left, fallen)

    async def offer_draft(self, turn: Turn) -> Offered | None:
        """The same out of the ledger's database, if the session server knows of nothing: it may have lost it."""
        if not self._editions.current.program.resumes:
            return None
        draft = await self._openings.drafted(turn.msisdn)
        return None if draft is None or draft.fallen is None else await self._offered(turn, draft.fallen, draft.session)

    async def _offered(self, turn: Turn, left: Session, fallen: bytes) -> Offered | None:
        try:
            edition = await self._editions.of(left.state.version)
            if turn.event.service_code in edition.program.agent_codes:
                return None  # of agents: what they do for others is never offered again
            if edition.program.screen_for_code(turn.event.service_code) != left.state.entrance:
                return None
            if not await self._still_agreed(edition, left, turn):
                return None
            root, state = left.root or fallen, resumed(left.state, edition.closed())
            offered = replace(left, state=state, heard_length=0, heard_mark=turn.mark, hop=0, root=root, offered=True)
            await self._openings.keep(Opening(turn.key.session, edition.version, self._clock(), offered))
        except (VersionUnusable, StoreUnavailable):
            return None
        return Offered(edition, offered)

    async def _still_agreed(self, edition: Edition, left: Session, turn: Turn) -> bool:
        """What was agreed to and taken back since is asked again, from the start."""
        if not left.state.agreed:
            return True
        now = await self._ledger.agreed(turn.msisdn, turn.key.session, self._clock())
        return now.issuperset(left.state.agreed)

    async def tell(self, event: UssdEnded) -> None:
        """Text the citizen how to go on, once for a journey, if the menus say so. The event is a hint and may lie.

        Raises `StoreUnavailable`.
        """
        if event.ending is Ending.COMPLETED:
            return
        key = session_key(self._keyring, event)
        session = await self._store.load(key)
        if session is None or session.ended or session.offered:
            return
        try:
            program = (await self._editions.of(session.state.version)).program
        except VersionUnusable:
            return
        resume = resume_of(program, session.state)
        if resume is None or not resume.sms:
            return
        now = self._clock()
        if await self._ledger.tally("fell", event.msisdn, program.day(now), 1) > limits.fell_texts_a_day_max:
            return
        text = fill(program.phrases["fell_sms"][program.language_or_base(session.state.language)], {})
        id = self._keyring.hash("fell", (session.root or key.session).hex()).hex()
        payload = {
            "to": event.msisdn,
            "text": text,
            "aggregator": event.aggregator,
            "sms": SmsKind.RESUME.value,
            "until": (now + timedelta(seconds=resume.seconds)).isoformat(),
        }
        await self._outbox.add([Job(id, "text", payload, now, Priority.TOLD)])
