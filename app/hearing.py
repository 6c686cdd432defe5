"""What a turn means for its dialogue: it begins, is heard, goes on after a fall, or is walked again after a loss."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from app import limits
from app.dialogue import Dialogues
from app.editions import Edition, Editions
from app.engine.exchange import Page
from app.engine.moves import ended
from app.engine.program import Confirm
from app.engine.resuming import GO_ON_KEY, START_AGAIN_KEY, offer, resume_of
from app.errors import StoreUnavailable, VersionUnusable
from app.falls import Falls
from app.mandates import Mandates
from app.messages import Opening, Reply, Session
from app.openings import OpeningLog
from app.ports import Keeping, Ledger, Opened
from app.taken import KEPT, Heard, Taken
from app.turn import Turn
from app.values.text import fill
from app.walked import Caller, Walked


class Hearing:
    """Takes turns one at a time: whoever calls has made sure that nobody else is at this dialogue."""

    def __init__(
        self,
        editions: Editions,
        dialogues: Dialogues,
        ledger: Ledger,
        openings: OpeningLog,
        falls: Falls,
        mandates: Mandates,
    ) -> None:
        self._editions = editions
        self._dialogues = dialogues
        self._ledger = ledger
        self._openings = openings
        self._falls = falls
        self._mandates = mandates

    def say(self, phrase: str, language: str | None = None) -> Reply:
        """A last page in the words of the menus that are current."""
        program = self._editions.current.program
        return Reply(fill(program.phrases[phrase][program.language_or_base(language)], {}), True)

    def at_once(self, turn: Turn, session: Session) -> Taken | None:
        """One more input to a session that is recalled, if nothing has to be asked, written down or decided for it; it
        may have to be taken back, so nothing is noted. None: `take` it.
        """
        if session.offered or _is_over(turn, session):
            return None
        typed, edition = turn.unheard(session), self._editions.held(session.state.version)
        if typed is None or "*" in typed or edition is None:
            return None
        walked = self._dialogues.hear_at_once(edition, session.state, typed, turn.caller(session.root))
        if walked is None:
            return None
        heard = Heard(walked, session.root)
        return _taken(turn, heard, "answered", session.hop + 1, is_walked=session.walked, before=session)

    def dial_at_once(self, turn: Turn) -> Taken | None:
        """The first page of a dialogue that nothing is known of, if nothing has to be asked, written down or decided
        for it and a glance at the ledger is enough; it may have to be taken back, so nothing is noted. None: `take` it.
        """
        edition, msisdn = self._editions.current, turn.event.msisdn
        program, code = edition.program, turn.event.service_code
        if self._is_known(turn) or code in program.agent_codes or self._openings.is_noted(msisdn):
            return None
        known, entrance = self._ledger.glance(msisdn, turn.key.session), program.screen_for_code(code)
        if known is None or entrance is None or known.has_begun:
            return None
        if (known.is_unfinished and program.resumes) or (known.has_agreed and program.consents):
            return None
        return self._dialled(turn, edition, entrance, known.language, ())

    async def dial_soon(self, turn: Turn) -> Taken | None:
        """The same where the ledger has to be asked."""
        edition = self._editions.current
        if self._is_known(turn) or await self._openings.find(turn.key.session) is not None:
            return None
        if edition.program.resumes and await self._openings.drafted(turn.event.msisdn) is not None:
            return None
        entrance = await self._entrance(turn, edition)
        if entrance is None:
            return None
        language = await self._language(turn.event.msisdn)
        agreed = await self._dialogues.agreed(edition, turn.caller())
        return self._dialled(turn, edition, entrance, language, agreed)

    def _is_known(self, turn: Turn) -> bool:
        """Whether a dialogue began before, as far as this process knows."""
        named = turn.key.session
        return self._openings.recall(named) is not None or self._openings.is_offer(named)

    def _dialled(
        self, turn: Turn, edition: Edition, entrance: str, language: str | None, agreed: tuple[str, ...]
    ) -> Taken | None:
        walked = self._dialogues.open_at_once(edition, entrance, language, turn.caller(), edition.closed(), agreed)
        return None if walked is None else _taken(turn, Heard(walked), "opened", 0, is_walked=False)

    def note_dialled(self, turn: Turn, session: Session) -> None:
        """What a dial came to that was taken at once, and kept."""
        self._openings.note(turn.key.session, session.state.version, session.state.closed)

    def note(self, turn: Turn, taken: Taken) -> None:
        """How far a dialogue came, or that it came to its end: for who dials again after the session server lost it."""
        seconds = taken.keeping.resume_seconds
        if seconds:
            self._openings.draft(turn.event.msisdn, turn.key.session, taken.session, seconds)
        elif taken.finished:
            self._openings.draft(turn.event.msisdn, turn.key.session, None, limits.session_seconds_max)

    async def take(self, turn: Turn, begun: Opened, *, after_outage: bool) -> Taken:
        """`after_outage`: the store may hold a session that has not heard all that was answered."""
        taken = await self._take(turn, begun, after_outage=after_outage)
        self.note(turn, taken)
        return taken

    async def _take(self, turn: Turn, begun: Opened, *, after_outage: bool) -> Taken:
        if turn.is_too_long:
            return self._end("over", "too_many_steps")
        if begun.session is not None:
            return await self._next(turn, begun.session, after_outage=after_outage)
        named = turn.key.session
        opening = self._openings.recall(named)
        if opening is None:  # also for a dial: it may be the late copy of one that another process answered
            opening = await self._openings.find(named)
        if turn.event.transcript or opening is not None:
            return await self._walk(turn, opening)
        fallen = begun.fallen
        offered = await (self._falls.offer_draft(turn) if fallen is None else self._falls.offer(turn, fallen))
        if offered is not None:
            page = offer(offered.edition.program, offered.session.state.language)
            return Taken(offered.session, _reply(page), "offered")
        return await self._opened(turn, self._editions.current, None, is_walked=False)

    def may_have_filed(self, turn: Turn, begun: Opened) -> bool:
        """Whether a turn that was cut short may have filed something: then nobody may be told that nothing was done."""
        if begun.session is None or begun.session.offered:
            return bool(turn.event.transcript)
        state = begun.session.state
        edition = self._editions.held(state.version)
        return edition is not None and isinstance(edition.program.screens[state.screen], Confirm)

    async def take_without_store(self, turn: Turn) -> Taken:
        """The whole transcript is on the wire: walk it again. Nothing can be kept of it."""
        if turn.is_too_long:
            return self._end("over", "too_many_steps")
        taken = await self._walk(turn, await self._openings.find(turn.key.session))
        self.note(turn, taken)
        if taken.session is not None and taken.unheard:
            return self._end("interrupted", "interrupted", taken.session.state.language)
        return taken

    async def _walk(self, turn: Turn, opening: Opening | None) -> Taken:
        """A dialled string, or a dialogue whose session was lost: the transcript is walked from the start.

        Effects keep their ids, so nothing happens twice.
        """
        try:
            if opening is not None and opening.fallen is not None:
                heard = await self._hear_offered(turn, opening.fallen, turn.inputs())
                heard = await self._with_filed(turn, heard, await self._filed_next(heard, turn))
                return _taken(turn, heard, "opened", 0, is_walked=True)
            return await self._opened(turn, await self._edition(opening), opening, is_walked=True)
        except VersionUnusable:
            return self._end("interrupted", "version_unusable")

    async def _edition(self, opening: Opening | None) -> Edition:
        return self._editions.current if opening is None else await self._editions.of(opening.version)

    async def _opened(self, turn: Turn, edition: Edition, opening: Opening | None, *, is_walked: bool) -> Taken:
        entrance = await self._entrance(turn, edition)
        if entrance is None:
            return self._end("not_served", "not_served")
        closed, began = (edition.closed(), None) if opening is None else (opening.closed, opening.at)
        heard = Heard(await self._dial(turn, edition, entrance, turn.inputs(), closed, began))
        filed = await self._filed_next(heard, turn)
        if filed is not None and filed != edition.version:
            return self._end("interrupted", "interrupted")  # confirmed under menus that may ask otherwise here
        heard = await self._with_filed(turn, heard, filed)
        self._openings.note(turn.key.session, edition.version, closed)
        return _taken(turn, heard, "opened", 0, is_walked=is_walked)

    async def _entrance(self, turn: Turn, edition: Edition) -> str | None:
        """Where a dialled code leads: that of agents only those who may act, anybody else to what it is to everybody.

        None for an agent who may not act any more and has typed something: it was meant for other pages.
        """
        program, code = edition.program, turn.event.service_code
        theirs = program.agent_codes.get(code)
        is_admitted = await self._mandates.admits(turn.event.msisdn) if theirs is not None else None
        if is_admitted:
            return theirs
        return None if is_admitted is False and turn.event.transcript else program.screen_for_code(code)

    async def _dial(
        self,
        turn: Turn,
        edition: Edition,
        entrance: str,
        typed: tuple[str, ...],
        closed: tuple[str, ...],
        began: datetime | None = None,
    ) -> Walked:
        language = await self._language(turn.event.msisdn)
        opened = await self._dialogues.open(edition, entrance, language, turn.caller(), closed, began)
        return await self._dialogues.hear(opened, typed, turn.caller(), unseen=True)

    async def _next(self, turn: Turn, session: Session, *, after_outage: bool) -> Taken:
        language = session.state.language
        typed = turn.unheard(session)
        if typed is not None and "*" in typed and not after_outage:
            session = await self._as_far_as_it_came(turn, session)
            typed = turn.unheard(session)
        if typed is None:
            return self._end("over", "contradicted", language)
        if session.ended:
            return self._end("over", "over", language)
        if _is_over(turn, session):
            return self._end("over", "too_many_steps", language)
        try:
            heard = await self._hear(turn, session, typed, after_outage=after_outage)
        except VersionUnusable:
            # Walked through other menus, what was typed could mean something else.
            return self._end("interrupted", "version_unusable", language)
        return _taken(turn, heard, "answered", session.hop + 1, is_walked=session.walked, before=session)

    async def _as_far_as_it_came(self, turn: Turn, session: Session) -> Session:
        """A failover that nobody saw may have taken the last hops of a session; those that are remembered outside the
        session server are not read as one input together with the next.
        """
        draft = await self._openings.drafted(turn.event.msisdn)
        if draft is None or draft.fallen is None or draft.session != turn.key.session:
            return session
        came = draft.fallen
        if came.heard_length <= session.heard_length or turn.unheard(came) is None:
            return session
        return replace(came, hop=session.hop)  # which is what the commit is compared with

    async def _hear(self, turn: Turn, session: Session, typed: str, *, after_outage: bool) -> Heard:
        """One input, which may hold any `*`. It may be several after an outage, the first of them answered without us,
        and in a lost session that the late copy of an old hop, or of the dial, began anew.

        Only an input that makes no sense as one is read as several then.
        """
        may_be_several = after_outage or session.walked or session.hop == 0
        several = tuple(typed.split("*")) if may_be_several and "*" in typed else ()
        if session.offered:
            return await self._hear_offered(turn, session, several or (typed,))
        caller = turn.caller(session.root)
        here = Walked(await self._editions.of(session.state.version), session.state, Page("", False))
        walked = await self._dialogues.hear(here, (typed,), caller, unseen=False)
        if several and walked.page.notice:
            walked = await self._hear_several(turn, here, several, caller) or walked
        return Heard(walked, session.root)

    async def _hear_several(self, turn: Turn, here: Walked, typed: tuple[str, ...], caller: Caller) -> Walked | None:
        """None: the page asks to be looked at, and its first input was not heard before, so none of them is."""
        walked = here
        if await self._filed_after(here, turn, caller.key):
            walked, typed = await self._dialogues.hear(here, typed[:1], caller, unseen=False), typed[1:]
        walked = await self._dialogues.hear(walked, typed, caller, unseen=True)
        return None if walked.state is here.state else walked

    async def _hear_offered(self, turn: Turn, session: Session, typed: tuple[str, ...]) -> Heard:
        """The answer to the question whether to go on, and what was typed after it."""
        edition, state = await self._editions.of(session.state.version), session.state
        if not typed:
            return Heard(Walked(edition, state, offer(edition.program, state.language)), session.root, offered=True)
        chosen, rest = typed[0].strip(), typed[1:]
        if chosen == START_AGAIN_KEY:
            current = self._editions.current
            entrance = current.program.screen_for_code(turn.event.service_code) or state.entrance
            began = await self._began(turn)
            return Heard(await self._dial(turn, current, entrance, rest, state.closed, began), settled=True)
        if chosen != GO_ON_KEY:
            page = offer(edition.program, state.language, "wrong_choice")
            return Heard(Walked(edition, state, page, len(rest)), session.root, offered=True)
        caller = turn.caller(session.root)
        walked = await self._dialogues.show_again(edition, state, caller)
        confirms = isinstance(edition.program.screens[walked.state.screen], Confirm)
        if confirms and await self._filed_after(walked, turn, session.root):
            # It was confirmed before the line fell, and nobody saw what came of it.
            walked = await self._dialogues.hear(walked, (GO_ON_KEY,), caller, unseen=False)
        return Heard(await self._dialogues.hear(walked, rest, caller, unseen=True), session.root, settled=True)

    async def _began(self, turn: Turn) -> datetime | None:
        """When an offer was made: what was agreed to since shifts no input. None: it is not known, or not now."""
        try:
            opening = await self._openings.find(turn.key.session)
        except StoreUnavailable:
            return None
        return None if opening is None else opening.at

    async def _filed_next(self, heard: Heard, turn: Turn) -> str | None:
        """In which menus the last input filed something before, if the walk went up to the page that it was for."""
        if heard.walked.unheard != 1 or heard.offered:
            return None
        return await self._filed_after(heard.walked, turn, heard.root)

    async def _with_filed(self, turn: Turn, heard: Heard, filed: str | None) -> Heard:
        """No walk passes a page that asks to be looked at, unless the last input passed it before."""
        if filed is None:
            return heard
        caller = turn.caller(heard.root)
        walked = await self._dialogues.hear(heard.walked, turn.inputs()[-1:], caller, unseen=False)
        return replace(heard, walked=walked)

    async def _filed_after(self, walked: Walked, turn: Turn, root: bytes) -> str | None:
        """In which menus the next input on a page filed something, if it was heard before and did so."""
        try:
            return await self._dialogues.filed_next(walked, turn.caller(root))
        except StoreUnavailable:
            return None

    async def _language(self, msisdn: str) -> str | None:
        try:
            return await self._ledger.language(msisdn)
        except StoreUnavailable:
            return None  # menus go on in the base language while the database is away

    def _end(self, phrase: str, outcome: str, language: str | None = None) -> Taken:
        return Taken(None, self.say(phrase, language), outcome)


def _is_over(turn: Turn, session: Session) -> bool:
    """Whether nothing more is heard in a session: after its last page, or after more steps than any dialogue needs."""
    if session.ended or turn.is_too_long:
        return True
    return session.hop >= limits.session_steps_max or session.state.step >= limits.steps_resumed_max


def _taken(
    turn: Turn, heard: Heard, outcome: str, hop: int, *, is_walked: bool, before: Session | None = None
) -> Taken:
    """What is kept. After the last page nothing is heard any more: what was answered need not be kept."""
    walked = heard.walked
    final = walked.page.final
    state = ended(walked.state) if final else walked.state
    session = Session(
        state, len(turn.event.transcript), turn.mark, final, hop, heard.root, heard.offered, is_walked
    )  # fmt: skip
    resume = None if final or heard.offered else resume_of(walked.edition.program, walked.state)
    finished = resume is None and _finishes(heard, before, is_lost=is_walked and final)
    if resume is None and not heard.settled:
        keeping = KEPT
    else:
        keeping = Keeping(limits.session_seconds_max, resume.seconds if resume else 0.0, heard.settled)
    return Taken(session, _reply(walked.page), outcome, keeping, walked.unheard, finished)


def _finishes(heard: Heard, before: Session | None, *, is_lost: bool) -> bool:
    """Whether something would have been offered again before this turn, and is not any more."""
    if heard.offered:
        return False
    could_go_on = before is not None and resume_of(heard.walked.edition.program, before.state) is not None
    return heard.settled or is_lost or could_go_on


def _reply(page: Page) -> Reply:
    return Reply(page.text, page.final)
