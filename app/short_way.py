"""The short way of a turn: one round trip to the session store, for a page that only follows from what came before."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import structlog

from app import limits
from app.crowd import Crowd
from app.doorstep import Doorstep
from app.errors import SessionTooLarge, StoreUnavailable, place_of
from app.outage import Outage
from app.ports import InWork, Lost, Recalled, SessionStore, Won
from app.taken import Answered, Taken
from app.telling import told
from app.turn import Turn

log: Final = structlog.get_logger()


class ShortWay:
    """Where it leads nowhere nothing has changed, and the turn is taken in the usual way."""

    def __init__(self, doorstep: Doorstep, store: SessionStore, crowd: Crowd, outage: Outage) -> None:
        self._doorstep = doorstep
        self._store = store
        self._crowd = crowd
        self._outage = outage

    def answer(self, turn: Turn, tell: Callable[[Answered | None], None]) -> bool:
        """See `Gateway.answer_at_once`."""
        if self._outage.is_recent:
            return False
        recalled = self._store.recall(turn.key, turn.mark)
        if recalled is not None:
            taken = self._doorstep.at_once(turn, recalled.session)
        elif turn.transcript or self._crowd.is_dense:
            return False
        else:
            taken = self._doorstep.dial_at_once(turn)
        return taken is not None and self._commit(turn, recalled, taken, tell)

    async def dial_soon(self, turn: Turn) -> Answered | None:
        """One round trip for a dial also where the ledger had to be asked who dials."""
        if turn.transcript or turn.is_tried or self._crowd.is_dense or self._outage.is_recent:
            return None
        taken = await self._doorstep.dial_soon(turn)
        return None if taken is None else await told(partial(self._commit, turn, None, taken))

    def _commit(
        self, turn: Turn, recalled: Recalled | None, taken: Taken, tell: Callable[[Answered | None], None]
    ) -> bool:
        """One more hop, or (without what is recalled) a dial. False: nothing was sent."""
        session = taken.session
        if session is None:
            return False
        committed = partial(self._committed, turn, taken, tell)
        turn.is_tried = True
        try:
            if recalled is None:
                self._store.commit_dialled(
                    turn.key, turn.mark, session, taken.reply, taken.keeping, limits.dials_a_minute_max, committed
                )
            else:
                self._store.commit_recalled(
                    turn.key, turn.mark, recalled, session, taken.reply, taken.keeping, committed
                )
        except SessionTooLarge:
            return False
        except StoreUnavailable:
            self._outage.remember()
            return False
        return True

    def _committed(
        self,
        turn: Turn,
        taken: Taken,
        tell: Callable[[Answered | None], None],
        committed: Won | Lost | InWork | StoreUnavailable,
    ) -> None:
        """None for `tell` where it is not certain that the page was kept: then the store says so when it is asked."""
        answered: Answered | None = None
        if isinstance(committed, Won):
            self.remember(turn, taken)
            turn.note_kept()
            answered = taken.reply, taken.outcome
        elif isinstance(committed, Lost):
            if committed.reply is not None:
                answered = committed.reply, "repeated"
            elif turn.transcript:
                turn.store_differs = True
        elif isinstance(committed, StoreUnavailable):
            # While the store is away the transcript is walked, as for every copy that comes to a process which
            # recalls nothing.
            turn.unsure = taken
            self._outage.remember()
        tell(answered)

    def remember(self, turn: Turn, taken: Taken) -> None:
        """What was kept in one round trip. It is kept, so it is what the citizen sees, whatever is wrong here."""
        try:
            if taken.session is not None and not turn.transcript:
                self._doorstep.note_dialled(turn, taken.session)
            self._doorstep.note(turn, taken)
        except Exception as error:  # broad: a citizen sees a page even when we are wrong
            log.error("turn_not_noted", reason=place_of(error))
