"""One callback in, one answer out: repeats, order, deadline and commit of a USSD turn."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any, Final

import structlog

from app import limits
from app.alarms import Alarms
from app.crowd import Crowd
from app.dialogue import Monotonic
from app.errors import SessionTooLarge, StoreUnavailable, place_of
from app.falls import Falls
from app.hearing import Hearing
from app.keys import Keyring
from app.leases import Leases, Sleep
from app.logs import write_turn
from app.measures import Counter, Measures
from app.messages import Reply, Session, UssdEnded, UssdEvent
from app.outage import Dials, Outage
from app.ports import Deadlines, InWork, Lost, Opened, RandomBytes, Repeated, SessionStore, Won
from app.short_way import ShortWay
from app.taken import Answered, Taken
from app.telling import Listener, told
from app.turn import Names, Turn

log: Final = structlog.get_logger()


class Gateway:
    """Answers every event with a valid page; what it keeps it keeps in the store, never here."""

    def __init__(
        self,
        hearing: Hearing,
        falls: Falls,
        short_way: ShortWay,
        outage: Outage,
        store: SessionStore,
        keyring: Keyring,
        measures: Measures,
        crowd: Crowd,
        random_bytes: RandomBytes,
        monotonic: Monotonic = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._hearing = hearing
        self._falls = falls
        self._short_way = short_way
        self._outage = outage
        self._dials = Dials(monotonic)
        self._store = store
        self._keyring = keyring
        self._names = Names(keyring)
        self._measures = measures
        self._turns: dict[tuple[str, str], Counter] = {}
        self._took = measures.timer("mohala_turn_seconds").took
        self._alarms = Alarms()
        self._crowd = crowd
        self._leases = Leases(store, self._alarms, random_bytes, sleep)
        self._monotonic = monotonic
        self._sleep = sleep

    async def answer(self, event: UssdEvent, deadlines: Deadlines, waited_seconds: float = 0.0) -> Reply:
        """The page for one hop, within the hard deadline less `waited_seconds`, whatever happens behind."""
        turn = self.turn_of(event, deadlines, waited_seconds)
        reply: Reply | None = await told(lambda listener: self.answer_at_once(turn, listener))
        return await self.take(turn) if reply is None else reply

    def turn_of(self, event: UssdEvent, deadlines: Deadlines, waited_seconds: float) -> Turn:
        return Turn(event, self._names.of(event), self._keyring, self._monotonic() - waited_seconds, deadlines)

    def answer_at_once(self, turn: Turn, listener: Listener) -> bool:
        """One round trip instead of two, and no task, for most hops: what this process committed last is very likely
        what the store has, and a page that only follows from it needs no lease.

        False, or None for `listener`: `take` it. True: it is told the Reply once, maybe before this returns, and soon:
        the store has a deadline of its own, far below a turn's.
        """
        return self._short_way.answer(turn, _Answering(self, turn, listener))

    def noted(self, turn: Turn, answered: Answered | None) -> Reply | None:
        """The page of a turn that was answered at once, which is counted and logged here; None: it was not."""
        if answered is None:
            return None
        reply, outcome = answered
        try:
            self._note(turn, reply, outcome)
        except Exception as error:  # broad: a citizen sees a page even when we are wrong
            log.error("turn_not_noted", reason=place_of(error))
        return reply

    async def take(self, turn: Turn) -> Reply:
        """The usual way."""
        try:
            # Where the process is late the cut is as well, and so is what leaves after it: a round of its loop each.
            left = turn.began + turn.hard_seconds - self._monotonic() - 2 * self._crowd.late_seconds
            with self._alarms.cut(left):
                reply, outcome = await self._answer(turn)
        except TimeoutError:
            reply, outcome = self.say("busy"), "deadline"
        except StoreUnavailable:
            reply, outcome = self.say("unavailable"), "store_unavailable"
        self._note(turn, reply, outcome)
        return reply

    def _note(self, turn: Turn, reply: Reply, outcome: str) -> None:
        seconds = self._monotonic() - turn.began
        aggregator = turn.event.aggregator
        self._count(outcome, aggregator)
        self._took(seconds)
        named, milliseconds = turn.named, int(seconds * 10_000) / 10
        write_turn(outcome, aggregator, named.name, named.who, reply.final, milliseconds)

    def _count(self, outcome: str, aggregator: str) -> None:
        counter = self._turns.get((outcome, aggregator))
        if counter is None:
            counter = self._measures.counter("mohala_turns_total", outcome=outcome, aggregator=aggregator)
            self._turns[outcome, aggregator] = counter
        counter.add()

    def say(self, phrase: str) -> Reply:
        """A last page in the words of the menus that are current."""
        return self._hearing.say(phrase)

    async def ended(self, event: UssdEnded) -> None:
        """A hint that a dialogue is over: it may be wrong, late, or never come, so no session is changed by it."""
        try:
            with self._alarms.cut(limits.turn_hard_seconds):
                await self._falls.tell(event)
        except (TimeoutError, StoreUnavailable):
            log.warning("fall_not_told", aggregator=event.aggregator)

    async def _answer(self, turn: Turn) -> tuple[Reply, str]:
        if (answered := await self._short_way.dial_soon(turn)) is not None:
            return answered
        lease = self._leases.next()
        begun: Repeated | Opened | None = None
        try:
            begun = await self._begin(turn, lease)
        except StoreUnavailable:
            self._outage.remember()
        if begun is None:
            return await self._answer_without_store(turn)
        if isinstance(begun, Repeated):
            if turn.unsure is not None and turn.unsure.reply == begun.reply:
                self._short_way.remember(turn, turn.unsure)
            return begun.reply, "repeated"
        try:
            return await self._answer_begun(turn, lease, begun)
        except BaseException as error:
            failed = error
        # Not in the clause: machine code that waits in one goes on with whatever another task has caught meanwhile.
        if isinstance(failed, asyncio.CancelledError):  # cut, and whoever waits for its page waits for nothing more
            self._leases.give_back_soon(turn, lease)
        else:
            await self._leases.give_back(turn, lease)
        raise failed

    async def _answer_begun(self, turn: Turn, lease: bytes, begun: Opened) -> tuple[Reply, str]:
        if refusal := self._refusal(turn, begun):
            await self._leases.give_back(turn, lease)
            return self.say("unavailable"), refusal
        taken: Taken | None = None
        try:
            after_outage = turn.store_differs or self._outage.is_recent
            taken = await self._leases.renewed(turn, lease, self._hearing.take(turn, begun, after_outage=after_outage))
        except StoreUnavailable:
            if not self._hearing.may_have_filed(turn, begun):
                raise
        if taken is None:
            await self._leases.give_back(turn, lease)
            return self.say("busy"), "ledger_late"
        return await self._commit(turn, lease, begun, taken)

    def _refusal(self, turn: Turn, begun: Opened) -> str:
        """Why nothing new may begin here; empty if it may. A transcript may be of a dialogue whose session was lost."""
        if begun.dials > limits.dials_a_minute_max:
            return "too_many_dials"
        if begun.session is None and not turn.transcript and self._crowd.is_dense:
            return "shed"
        return ""

    async def _begin(self, turn: Turn, lease: bytes) -> Repeated | Opened:
        """Open the turn, or wait for the copy of it that is in work; the turn's own deadline ends the wait."""
        while True:
            begun = await self._store.begin(turn.key, turn.mark, lease, limits.turn_lease_seconds)
            if not isinstance(begun, InWork):
                return begun
            await self._sleep(limits.turn_repeat_poll_seconds)

    async def _commit(self, turn: Turn, lease: bytes, begun: Opened, taken: Taken) -> tuple[Reply, str]:
        session, reply, outcome = taken.session, taken.reply, taken.outcome
        if session is None:
            await self._leases.give_back(turn, lease)
            return reply, outcome
        committed: Won | Lost | SessionTooLarge | StoreUnavailable
        try:
            committed = await self._committed_where_it_stands(turn, lease, begun, session, taken)
        except (SessionTooLarge, StoreUnavailable) as error:
            committed = error
        if isinstance(committed, SessionTooLarge):
            # The dialogue cannot go on from here, but what it did stands, so the citizen sees it.
            log.error("session_too_large", screen=session.state.screen, version=session.state.version)
            await self._leases.give_back(turn, lease)
            return Reply(reply.text, True), "too_large"
        if isinstance(committed, StoreUnavailable):
            # What had to be durable is in the ledger; the next hop is rebuilt from its transcript.
            self._outage.remember()
            await self._leases.give_back(turn, lease)
            return reply, "uncommitted"
        if isinstance(committed, Lost):
            return (committed.reply, "repeated") if committed.reply else (self.say("over"), "contradicted")
        return reply, outcome

    async def _committed_where_it_stands(
        self, turn: Turn, lease: bytes, begun: Opened, session: Session, taken: Taken
    ) -> Won | Lost:
        expected = None if begun.session is None else begun.session.hop
        keep = partial(self._store.commit, turn.key, turn.mark, lease)
        committed = await keep(expected, session, taken.reply, taken.keeping, begun.replies)
        if expected is None or isinstance(committed, Won) or committed.reply is not None:
            return committed
        left = await self._store.load(turn.key)
        if left is not None and (left.hop >= expected or turn.unheard(left) is None):
            # Somebody went on, be it in a session that was lost and begun anew, and so is at fewer hops.
            return committed
        # Nobody else went on: the server lost it, or its last hops, since the turn was begun. What was filed stands.
        hop = None if left is None else left.hop
        return await keep(hop, session, taken.reply, taken.keeping, begun.replies)

    async def _answer_without_store(self, turn: Turn) -> tuple[Reply, str]:
        if not turn.transcript:
            if self._dials.count(turn.key.caller) > limits.dials_a_minute_max:
                return self.say("unavailable"), "too_many_dials"
            if self._crowd.is_dense:
                return self.say("unavailable"), "shed"
        taken = await self._hearing.take_without_store(turn)
        return taken.reply, "without_store" if taken.session else taken.outcome


class _Answering(Listener):
    """Who hears how a turn was answered, notes that, and tells the page."""

    __slots__ = ("_gateway", "_listener", "_turn")

    def __init__(self, gateway: Gateway, turn: Turn, listener: Listener) -> None:
        self._gateway = gateway
        self._turn = turn
        self._listener = listener

    def tell(self, what: Any) -> None:
        self._listener.tell(self._gateway.noted(self._turn, what))
