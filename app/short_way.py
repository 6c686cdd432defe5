"""The short way of a turn: one round trip to the session store, for a page that only follows from what came before."""

from __future__ import annotations

from typing import Any, Final

import structlog

from app import limits
from app.crowd import Crowd
from app.doorstep import Doorstep
from app.errors import SessionTooLarge, StoreUnavailable, place_of
from app.outage import Outage
from app.ports import InWork, Lost, Recalled, SessionStore, Won
from app.taken import Answered, Taken
from app.telling import Listener, told
from app.turn import Turn

log: Final = structlog.get_logger()


class ShortWay:
    """Where it leads nowhere nothing has changed, and the turn is taken in the usual way."""

    def __init__(self, doorstep: Doorstep, store: SessionStore, crowd: Crowd, outage: Outage) -> None:
        self._doorstep = doorstep
        self._store = store
        self._crowd = crowd
        self._outage = outage

    def answer(self, turn: Turn, listener: Listener) -> bool:
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
        return taken is not None and self._commit(turn, recalled, taken, listener)

    async def dial_soon(self, turn: Turn) -> Answered | None:
        """One round trip for a dial also where the ledger had to be asked who dials."""
        if turn.transcript or turn.is_tried or self._crowd.is_dense or self._outage.is_recent:
            return None
        taken = await self._doorstep.dial_soon(turn)
        if taken is None:
            return None
        answered: Answered | None = await told(lambda listener: self._commit(turn, None, taken, listener))
        return answered

    def _commit(self, turn: Turn, recalled: Recalled | None, taken: Taken, listener: Listener) -> bool:
        """One more hop, or (without what is recalled) a dial. False: nothing was sent."""
        session = taken.session
        if session is None:
            return False
        committing = _Committing(self, turn, taken, listener)
        turn.is_tried = True
        try:
            if recalled is None:
                self._store.commit_dialled(
                    turn.key, turn.mark, session, taken.reply, taken.keeping, limits.dials_a_minute_max, committing
                )
            else:
                self._store.commit_recalled(
                    turn.key, turn.mark, recalled, session, taken.reply, taken.keeping, committing
                )
        except SessionTooLarge:
            return False
        except StoreUnavailable:
            self._outage.remember()
            return False
        return True

    def answered(self, turn: Turn, taken: Taken, committed: Won | Lost | InWork | StoreUnavailable) -> Answered | None:
        """What is told of a commit; None where it is not certain that the page was kept: then the store says so when it
        is asked.
        """
        if isinstance(committed, Won):
            self.remember(turn, taken)
            turn.note_kept()
            return taken.reply, taken.outcome
        if isinstance(committed, Lost):
            if committed.reply is not None:
                return committed.reply, "repeated"
            if turn.transcript:
                turn.store_differs = True
        elif isinstance(committed, StoreUnavailable):
            # While the store is away the transcript is walked, as for every copy that comes to a process which
            # recalls nothing.
            turn.unsure = taken
            self._outage.remember()
        return None

    def remember(self, turn: Turn, taken: Taken) -> None:
        """What was kept in one round trip. It is kept, so it is what the citizen sees, whatever is wrong here."""
        try:
            if taken.session is not None and not turn.transcript:
                self._doorstep.note_dialled(turn, taken.session)
            self._doorstep.note(turn, taken)
        except Exception as error:  # broad: a citizen sees a page even when we are wrong
            log.error("turn_not_noted", reason=place_of(error))


class _Committing(Listener):
    """Who hears what came of a commit, and tells the page, or None."""

    __slots__ = ("_listener", "_taken", "_turn", "_way")

    def __init__(self, way: ShortWay, turn: Turn, taken: Taken, listener: Listener) -> None:
        self._way = way
        self._turn = turn
        self._taken = taken
        self._listener = listener

    def tell(self, what: Any) -> None:
        self._listener.tell(self._way.answered(self._turn, self._taken, what))
