"""What a turn means for its dialogue: it begins, is heard, goes on after a fall, or is walked again after a loss."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from app.dialogue import Dialogues
from app.doorstep import Doorstep
from app.editions import Edition, Editions
from app.engine.exchange import Page
from app.engine.program import Confirm
from app.engine.resuming import GO_ON_KEY, START_AGAIN_KEY, offer
from app.errors import StoreUnavailable, VersionUnusable
from app.falls import Falls
from app.kept import is_over, reply_of, taken_of
from app.messages import Opening, Reply, Session
from app.openings import OpeningLog
from app.ports import Opened
from app.taken import Heard, Taken
from app.turn import Turn
from app.values.text import fill
from app.walked import Caller, Walked


class Hearing:
    """Takes turns one at a time: whoever calls has made sure that nobody else is at this dialogue."""

    def __init__(
        self, editions: Editions, dialogues: Dialogues, openings: OpeningLog, falls: Falls, doorstep: Doorstep
    ) -> None:
        self._editions = editions
        self._dialogues = dialogues
        self._openings = openings
        self._falls = falls
        self._doorstep = doorstep

    def say(self, phrase: str, language: str | None = None) -> Reply:
        """A last page in the words of the menus that are current."""
        program = self._editions.current.program
        return Reply(fill(program.phrases[phrase][program.language_or_base(language)], {}), True)

    async def take(self, turn: Turn, begun: Opened, *, after_outage: bool) -> Taken:
        """`after_outage`: the store may hold a session that has not heard all that was answered."""
        taken = await self._take(turn, begun, after_outage=after_outage)
        self._doorstep.note(turn, taken)
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
        if turn.transcript or opening is not None:
            return await self._walk(turn, opening)
        fallen = begun.fallen
        offered = await (self._falls.offer_draft(turn) if fallen is None else self._falls.offer(turn, fallen))
        if offered is not None:
            page = offer(offered.edition.program, offered.session.state.language)
            return Taken(offered.session, reply_of(page), "offered")
        return await self._opened(turn, self._editions.current, None, is_walked=False)

    def may_have_filed(self, turn: Turn, begun: Opened) -> bool:
        """Whether a turn that was cut short may have filed something: then nobody may be told that nothing was done."""
        if begun.session is None or begun.session.offered:
            return bool(turn.transcript)
        state = begun.session.state
        edition = self._editions.held(state.version)
        return edition is not None and isinstance(edition.program.screens[state.screen], Confirm)

    async def take_without_store(self, turn: Turn) -> Taken:
        """The whole transcript is on the wire: walk it again. Nothing can be kept of it."""
        if turn.is_too_long:
            return self._end("over", "too_many_steps")
        taken = await self._walk(turn, await self._openings.find(turn.key.session))
        self._doorstep.note(turn, taken)
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
                return taken_of(turn, heard, "opened", 0, is_walked=True)
            return await self._opened(turn, await self._edition(opening), opening, is_walked=True)
        except VersionUnusable:
            return self._end("interrupted", "version_unusable")

    async def _edition(self, opening: Opening | None) -> Edition:
        return self._editions.current if opening is None else await self._editions.of(opening.version)

    async def _opened(self, turn: Turn, edition: Edition, opening: Opening | None, *, is_walked: bool) -> Taken:
        entrance = await self._doorstep.entrance(turn, edition)
        if entrance is None:
            return self._end("not_served", "not_served")
        closed, began = (edition.closed(), None) if opening is None else (opening.closed, opening.at)
        heard = Heard(await self._dial(turn, edition, entrance, turn.inputs(), closed, began))
        filed = await self._filed_next(heard, turn)
        if filed is not None and filed != edition.version:
            return self._end("interrupted", "interrupted")  # confirmed under menus that may ask otherwise here
        heard = await self._with_filed(turn, heard, filed)
        self._openings.note(turn.key.session, edition.version, closed)
        return taken_of(turn, heard, "opened", 0, is_walked=is_walked)

    async def _dial(
        self,
        turn: Turn,
        edition: Edition,
        entrance: str,
        typed: tuple[str, ...],
        closed: tuple[str, ...],
        began: datetime | None = None,
    ) -> Walked:
        language = await self._doorstep.language(turn.msisdn)
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
        if is_over(turn, session):
            return self._end("over", "too_many_steps", language)
        try:
            heard = await self._hear(turn, session, typed, after_outage=after_outage)
        except VersionUnusable:
            # Walked through other menus, what was typed could mean something else.
            return self._end("interrupted", "version_unusable", language)
        return taken_of(turn, heard, "answered", session.hop + 1, is_walked=session.walked, before=session)

    async def _as_far_as_it_came(self, turn: Turn, session: Session) -> Session:
        """A failover that nobody saw may have taken the last hops of a session; those that are remembered outside the
        session server are not read as one input together with the next.
        """
        draft = await self._openings.drafted(turn.msisdn)
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
        return Heard(walked, heard.root, heard.offered, heard.settled)

    async def _filed_after(self, walked: Walked, turn: Turn, root: bytes) -> str | None:
        """In which menus the next input on a page filed something, if it was heard before and did so."""
        try:
            return await self._dialogues.filed_next(walked, turn.caller(root))
        except StoreUnavailable:
            return None

    def _end(self, phrase: str, outcome: str, language: str | None = None) -> Taken:
        return Taken(None, self.say(phrase, language), outcome)
