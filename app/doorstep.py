"""Who is at the door, and what needs no task: a dial or one more input of which only a page follows."""

from __future__ import annotations

from app import limits
from app.dialogue import Dialogues
from app.editions import Edition, Editions
from app.errors import StoreUnavailable
from app.kept import is_over, taken_of
from app.mandates import Mandates
from app.messages import Session
from app.openings import OpeningLog
from app.ports import Ledger
from app.taken import Heard, Taken
from app.turn import Turn


class Doorstep:
    """Takes what may be taken before it is known that nobody else is at this dialogue; `Hearing` takes the rest."""

    def __init__(
        self, editions: Editions, dialogues: Dialogues, ledger: Ledger, openings: OpeningLog, mandates: Mandates
    ) -> None:
        self._editions = editions
        self._dialogues = dialogues
        self._at_once = dialogues.at_once
        self._ledger = ledger
        self._openings = openings
        self._mandates = mandates

    def at_once(self, turn: Turn, session: Session) -> Taken | None:
        """One more input to a session that is recalled, if nothing has to be asked, written down or decided for it; it
        may have to be taken back, so nothing is noted. None: `Hearing` has to take it.
        """
        if session.offered or is_over(turn, session):
            return None
        typed, edition = turn.unheard(session), self._editions.held(session.state.version)
        if typed is None or "*" in typed or edition is None:
            return None
        turn.at = self._at_once.now()
        walked = self._at_once.hear(edition, session.state, typed, turn.caller(session.root), turn.at)
        if walked is None:
            return None
        heard = Heard(walked, session.root)
        return taken_of(turn, heard, "answered", session.hop + 1, is_walked=session.walked, before=session)

    def dial_at_once(self, turn: Turn) -> Taken | None:
        """The first page of a dialogue that nothing is known of, if nothing has to be asked, written down or decided
        for it and a glance at the ledger is enough; it may have to be taken back, so nothing is noted. None: `Hearing`
        has to take it.
        """
        edition, msisdn = self._editions.current, turn.msisdn
        program, code = edition.program, turn.event.service_code
        if self._is_known(turn) or code in program.agent_codes or self._openings.is_noted(msisdn):
            return None
        known = self._ledger.glance(msisdn, turn.key.session, consents=bool(program.consents))
        entrance = program.screen_for_code(code)
        if known is None or entrance is None or known.has_begun:
            return None
        if (known.is_unfinished and program.resumes) or known.has_agreed:
            return None
        return self._dialled(turn, edition, entrance, known.language, ())

    async def dial_soon(self, turn: Turn) -> Taken | None:
        """The same where the ledger has to be asked."""
        edition = self._editions.current
        if self._is_known(turn) or await self._openings.find(turn.key.session) is not None:
            return None
        if edition.program.resumes and await self._openings.drafted(turn.msisdn) is not None:
            return None
        entrance = await self.entrance(turn, edition)
        if entrance is None:
            return None
        language = await self.language(turn.msisdn)
        agreed = await self._dialogues.agreed(edition, turn.caller())
        return self._dialled(turn, edition, entrance, language, agreed)

    def _is_known(self, turn: Turn) -> bool:
        """Whether a dialogue began before, as far as this process knows."""
        named = turn.key.session
        return self._openings.recall(named) is not None or self._openings.is_offer(named)

    def _dialled(
        self, turn: Turn, edition: Edition, entrance: str, language: str | None, agreed: tuple[str, ...]
    ) -> Taken | None:
        turn.at = self._at_once.now()
        walked = self._at_once.open(edition, entrance, language, turn.caller(), edition.closed(), agreed, turn.at)
        return None if walked is None else taken_of(turn, Heard(walked), "opened", 0, is_walked=False)

    def note_dialled(self, turn: Turn, session: Session) -> None:
        """What a dial came to that was taken at once, and kept."""
        self._openings.note(turn.key.session, session.state.version, session.state.closed, turn.at)

    def note(self, turn: Turn, taken: Taken) -> None:
        """How far a dialogue came, or that it came to its end: for who dials again after the session server lost it."""
        seconds = taken.keeping.resume_seconds
        if seconds:
            self._openings.draft(turn.msisdn, turn.key.session, taken.session, seconds, turn.at)
        elif taken.finished:
            self._openings.draft(turn.msisdn, turn.key.session, None, limits.session_seconds_max, turn.at)

    async def entrance(self, turn: Turn, edition: Edition) -> str | None:
        """Where a dialled code leads: that of agents only those who may act, anybody else to what it is to everybody.

        None for an agent who may not act any more and has typed something: it was meant for other pages.
        """
        program, code = edition.program, turn.event.service_code
        theirs = program.agent_codes.get(code)
        is_admitted = await self._mandates.admits(turn.msisdn) if theirs is not None else None
        if is_admitted:
            return theirs
        return None if is_admitted is False and turn.transcript else program.screen_for_code(code)

    async def language(self, msisdn: str) -> str | None:
        try:
            return await self._ledger.language(msisdn)
        except StoreUnavailable:
            return None  # menus go on in the base language while the database is away
