"""One callback in, one answer out: repeats, order, deadline and commit of a USSD turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count

import structlog

from app import limits
from app.alarms import Alarms
from app.crowd import Crowd
from app.dialogue import Monotonic
from app.errors import SessionTooLarge, StoreUnavailable
from app.falls import Falls
from app.hearing import Hearing
from app.keys import Keyring
from app.measures import Counter, Measures
from app.messages import Reply, UssdEnded, UssdEvent
from app.ports import Deadlines, InWork, Lost, Opened, RandomBytes, Recalled, Repeated, SessionStore, Won
from app.taken import Taken
from app.turn import Turn

log = structlog.get_logger()
Sleep = Callable[[float], Awaitable[None]]


class Gateway:
    """Answers every event with a valid page; what it keeps it keeps in the store, never here."""

    def __init__(
        self,
        hearing: Hearing,
        falls: Falls,
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
        self._store = store
        self._keyring = keyring
        self._measures = measures
        self._turns: dict[tuple[str, str], Counter] = {}
        self._took = measures.timer("mohala_turn_seconds").took
        self._alarms = Alarms()
        self._tell = log.bind().info  # found once: it writes a line for every callback
        self._crowd = crowd
        self._lease_root, self._leases = random_bytes(8), count()  # no other process's, and no other turn's of ours
        self._monotonic = monotonic
        self._sleep = sleep
        self._outage_until = float("-inf")
        self._giving: set[asyncio.Task[None]] = set()

    async def answer(self, event: UssdEvent, deadlines: Deadlines, waited_seconds: float = 0.0) -> Reply:
        """The page for one hop, within the hard deadline less `waited_seconds`, whatever happens behind."""
        began = self._monotonic() - waited_seconds
        turn = Turn(event, self._keyring, began + deadlines.soft_seconds)
        try:
            # Where the process is late the cut is as well, and so is what leaves after it: a round of its loop each.
            leaving = 2 * self._crowd.late_seconds
            with self._alarms.cut(deadlines.hard_seconds - waited_seconds - leaving):
                reply, outcome = await self._answer(turn)
        except TimeoutError:
            reply, outcome = self.say("busy"), "deadline"
        except StoreUnavailable:
            reply, outcome = self.say("unavailable"), "store_unavailable"
        seconds = self._monotonic() - began
        self._count(outcome, event.aggregator)
        self._took(seconds)
        self._tell("turn", outcome=outcome, aggregator=event.aggregator, session=turn.name, caller=turn.who,
                 final=reply.final, milliseconds=round(seconds * 1000, 1))  # fmt: skip
        return reply

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
            async with asyncio.timeout(limits.turn_hard_seconds):
                await self._falls.tell(event)
        except (TimeoutError, StoreUnavailable):
            log.warning("fall_not_told", aggregator=event.aggregator)

    async def _answer(self, turn: Turn) -> tuple[Reply, str]:
        recalled = self._store.recall(turn.key, turn.mark)
        if recalled is not None and (answered := await self._answer_at_once(turn, recalled)) is not None:
            return answered
        lease = self._lease_root + next(self._leases).to_bytes(8, "big")
        try:
            begun = await self._begin(turn, lease)
        except StoreUnavailable:
            self._remember_outage()
            return await self._answer_without_store(turn)
        if isinstance(begun, Repeated):
            return begun.reply, "repeated"
        try:
            if refusal := self._refusal(turn, begun):
                await self._give_back(turn, lease)
                return self.say("unavailable"), refusal
            try:
                taken = await self._take(turn, lease, begun)
            except StoreUnavailable:
                if not self._hearing.may_have_filed(turn, begun):
                    raise
                await self._give_back(turn, lease)
                return self.say("busy"), "ledger_late"
            return await self._commit(turn, lease, begun, taken)
        except asyncio.CancelledError:  # the turn was cut, and whoever waits for its page waits for nothing more
            giving = asyncio.create_task(self._give_back(turn, lease))
            self._giving.add(giving)
            giving.add_done_callback(self._giving.discard)
            raise
        except BaseException:
            await self._give_back(turn, lease)
            raise

    async def _answer_at_once(self, turn: Turn, recalled: Recalled) -> tuple[Reply, str] | None:
        """One round trip instead of two, for most hops: what this process committed last is very likely what the store
        has, and a page that only follows from it needs no lease. None: take it in the usual way.
        """
        if self._monotonic() < self._outage_until:
            return None
        taken = self._hearing.at_once(turn, recalled.session)
        if taken is None or taken.session is None:
            return None
        try:
            committed = await self._store.commit_recalled(
                turn.key, turn.mark, recalled, taken.session, taken.reply, taken.keeping
            )
        except SessionTooLarge:
            return None
        except StoreUnavailable:
            # It may have been kept, and then the store says so when it is asked; while it is away the transcript is
            # walked, as for every copy that comes to a process which recalls nothing.
            self._remember_outage()
            return None
        if isinstance(committed, Lost) and committed.reply is not None:
            return committed.reply, "repeated"
        if not isinstance(committed, Won):
            turn.store_differs = isinstance(committed, Lost)
            return None
        self._hearing.note(turn, taken)
        return taken.reply, taken.outcome

    def _refusal(self, turn: Turn, begun: Opened) -> str:
        """Why nothing new may begin here; empty if it may. A transcript may be of a dialogue whose session was lost."""
        if begun.dials > limits.dials_a_minute_max:
            return "too_many_dials"
        if begun.session is None and not turn.event.transcript and self._crowd.is_dense:
            return "shed"
        return ""

    async def _begin(self, turn: Turn, lease: bytes) -> Repeated | Opened:
        """Open the turn, or wait for the copy of it that is in work; the turn's own deadline ends the wait."""
        while True:
            begun = await self._store.begin(turn.key, turn.mark, lease, limits.turn_lease_seconds)
            if not isinstance(begun, InWork):
                return begun
            await self._sleep(limits.turn_repeat_poll_seconds)

    async def _take(self, turn: Turn, lease: bytes, begun: Opened) -> Taken:
        """Renew the lease while an office is asked: short leases let others go on soon after `kill -9`."""
        renewing: list[asyncio.Task[None]] = []  # most turns are over before there is anything to renew
        first = self._alarms.set(
            limits.turn_lease_renew_seconds, lambda: renewing.append(asyncio.create_task(self._renew(turn, lease)))
        )
        try:
            after_outage = turn.store_differs or self._monotonic() < self._outage_until
            return await self._hearing.take(turn, begun, after_outage=after_outage)
        finally:
            self._alarms.put_off(first)
            for task in renewing:
                task.cancel()

    async def _renew(self, turn: Turn, lease: bytes) -> None:
        while True:
            with suppress(StoreUnavailable):  # the commit's compare-and-set decides, whoever holds the lease
                await self._store.begin(turn.key, turn.mark, lease, limits.turn_lease_seconds)
            await self._sleep(limits.turn_lease_renew_seconds)

    async def _give_back(self, turn: Turn, lease: bytes) -> None:
        """So that the next copy need not wait for the lease to run out; shielded, for we may be cancelled."""
        try:
            await asyncio.shield(self._store.abandon(turn.key, lease))
        except (StoreUnavailable, asyncio.CancelledError):
            log.warning("lease_not_given_back", session=turn.name)

    async def _commit(self, turn: Turn, lease: bytes, begun: Opened, taken: Taken) -> tuple[Reply, str]:
        session, reply, outcome = taken.session, taken.reply, taken.outcome
        if session is None:
            await self._give_back(turn, lease)
            return reply, outcome
        expected = None if begun.session is None else begun.session.hop
        try:
            committed = await self._store.commit(
                turn.key, turn.mark, lease, expected, session, reply, taken.keeping, begun.replies
            )
        except SessionTooLarge:
            # The dialogue cannot go on from here, but what it did stands, so the citizen sees it.
            log.error("session_too_large", screen=session.state.screen, version=session.state.version)
            await self._give_back(turn, lease)
            return Reply(reply.text, True), "too_large"
        except StoreUnavailable:
            # What had to be durable is in the ledger; the next hop is rebuilt from its transcript.
            self._remember_outage()
            await self._give_back(turn, lease)
            return reply, "uncommitted"
        if isinstance(committed, Lost):
            return (committed.reply, "repeated") if committed.reply else (self.say("over"), "contradicted")
        return reply, outcome

    def _remember_outage(self) -> None:
        """For as long as a session lives, the store may hold one that has not heard all that we answered."""
        self._outage_until = self._monotonic() + limits.session_seconds_max

    async def _answer_without_store(self, turn: Turn) -> tuple[Reply, str]:
        taken = await self._hearing.take_without_store(turn)
        return taken.reply, "without_store" if taken.session else taken.outcome
