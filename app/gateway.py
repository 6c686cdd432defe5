"""One callback in, one answer out: repeats, order, deadline and commit of a USSD turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from app import limits
from app.dialogue import Caller, Dialogues, Monotonic, Walked
from app.editions import Edition, Editions
from app.engine.exchange import Page
from app.engine.moves import ended
from app.engine.text import fill
from app.errors import SessionTooLarge, StoreUnavailable, VersionUnusable
from app.keys import Keyring
from app.measures import Measures
from app.messages import Reply, Request, Session, UssdEvent
from app.ports import InWork, Ledger, Lost, Opened, RandomBytes, Repeated, SessionStore

log = structlog.get_logger()
Sleep = Callable[[float], Awaitable[None]]


class Gateway:
    """Answers every event with a valid page; what it keeps it keeps in the store, never here."""

    def __init__(
        self,
        editions: Editions,
        dialogues: Dialogues,
        store: SessionStore,
        ledger: Ledger,
        keyring: Keyring,
        measures: Measures,
        random_bytes: RandomBytes,
        monotonic: Monotonic = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._editions = editions
        self._dialogues = dialogues
        self._store = store
        self._ledger = ledger
        self._keyring = keyring
        self._measures = measures
        self._random_bytes = random_bytes
        self._monotonic = monotonic
        self._sleep = sleep
        self._outage_until = float("-inf")

    async def answer(self, event: UssdEvent, waited_seconds: float = 0.0) -> Reply:
        """The page for one hop, within `turn_hard_seconds` less `waited_seconds`, whatever happens behind."""
        began = self._monotonic() - waited_seconds
        turn = _Turn(event, self._keyring, began + limits.turn_soft_seconds)
        try:
            async with asyncio.timeout(limits.turn_hard_seconds - waited_seconds):
                reply, outcome = await self._answer(turn)
        except TimeoutError:
            reply, outcome = self.say("busy"), "deadline"
        except StoreUnavailable:
            reply, outcome = self.say("unavailable"), "store_unavailable"
        seconds = self._monotonic() - began
        self._measures.count("mohala_turns_total", outcome=outcome, aggregator=event.aggregator)
        self._measures.observe("mohala_turn_seconds", seconds)
        log.info("turn", outcome=outcome, aggregator=event.aggregator, session=turn.key.hex()[:12], caller=turn.who,
                 final=reply.final, milliseconds=round(seconds * 1000, 1))  # fmt: skip
        return reply

    def say(self, phrase: str, language: str | None = None) -> Reply:
        """A last page in the words of the menus that are current."""
        program = self._editions.current.program
        return Reply(fill(program.phrases[phrase][program.language_or_base(language)], {}), True)

    async def _answer(self, turn: _Turn) -> tuple[Reply, str]:
        lease = self._random_bytes(8)
        try:
            begun = await self._begin(turn, lease)
        except StoreUnavailable:
            self._remember_outage()
            return await self._answer_without_store(turn)
        if isinstance(begun, Repeated):
            return begun.reply, "repeated"
        try:
            async with self._at_work(turn, lease):
                session, reply, outcome = await self._take(turn, begun.session)
            return await self._commit(turn, lease, begun.session, session, reply, outcome)
        except BaseException:
            await self._give_back(turn, lease)
            raise

    async def _begin(self, turn: _Turn, lease: bytes) -> Repeated | Opened:
        """Open the turn, or wait for the copy of it that is in work; the turn's own deadline ends the wait."""
        while True:
            begun = await self._store.begin(turn.key, turn.mark, lease, limits.turn_lease_seconds)
            if not isinstance(begun, InWork):
                return begun
            await self._sleep(limits.turn_repeat_poll_seconds)

    @asynccontextmanager
    async def _at_work(self, turn: _Turn, lease: bytes) -> AsyncIterator[None]:
        """Renew the lease while an office is asked: short leases let others go on soon after `kill -9`."""
        renewing = asyncio.create_task(self._renew(turn, lease))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renew(self, turn: _Turn, lease: bytes) -> None:
        while True:
            await self._sleep(limits.turn_lease_renew_seconds)
            try:
                await self._store.begin(turn.key, turn.mark, lease, limits.turn_lease_seconds)
            except StoreUnavailable:
                continue  # the commit's compare-and-set decides, whoever holds the lease

    async def _give_back(self, turn: _Turn, lease: bytes) -> None:
        """So that the next copy need not wait for the lease to run out; shielded, for we may be cancelled."""
        try:
            await asyncio.shield(self._store.abandon(turn.key, lease))
        except (StoreUnavailable, asyncio.CancelledError):
            log.warning("lease_not_given_back", session=turn.key.hex()[:12])

    async def _commit(
        self, turn: _Turn, lease: bytes, before: Session | None, session: Session | None, reply: Reply, outcome: str
    ) -> tuple[Reply, str]:
        if session is None:
            await self._give_back(turn, lease)
            return reply, outcome
        expected = None if before is None else before.state.step
        try:
            committed = await self._store.commit(
                turn.key, turn.mark, lease, expected, session, reply, limits.session_seconds_max
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

    async def _take(self, turn: _Turn, session: Session | None) -> tuple[Session | None, Reply, str]:
        """The new Session (None: nothing moves), the reply, and a word for the log."""
        if turn.is_too_long:
            return None, self.say("over"), "too_many_steps"
        if session is None:
            walked = await self._open(turn)
            if isinstance(walked, str):
                return None, self.say(walked), walked
            return _session(turn, walked), _reply(walked.page), "opened"
        typed = turn.unheard(session)
        if typed is None or session.ended:
            return None, self.say("over", session.state.language), "contradicted" if typed is None else "over"
        if session.state.step >= limits.session_steps_max:
            return None, self.say("over", session.state.language), "too_many_steps"
        try:
            edition = await self._editions.of(session.state.version)
        except VersionUnusable:
            # Walked through other menus, what was typed could mean something else.
            return None, self.say("interrupted", session.state.language), "version_unusable"
        walked = await self._hear(turn, edition, session, typed)
        return _session(turn, walked), _reply(walked.page), "answered"

    async def _hear(self, turn: _Turn, edition: Edition, session: Session, typed: str) -> Walked:
        """One input, which may hold any `*`; after an outage it may be several, the first of them answered without us.

        Only an input that makes no sense as one is read as several then.
        """
        here = Walked(edition, session.state, Page("", False))
        walked = await self._dialogues.hear(here, (typed,), turn.caller, unseen=False)
        if "*" in typed and walked.page.notice and self._monotonic() < self._outage_until:
            return await self._dialogues.hear(here, tuple(typed.split("*")), turn.caller, unseen=True)
        return walked

    async def _open(self, turn: _Turn) -> Walked | str:
        """A first hop, or one whose session was lost: the transcript is walked from the start, through the menus that
        are current. A phrase if it cannot be.
        """
        edition = self._editions.current
        entrance = edition.program.screen_for_code(turn.event.service_code)
        if entrance is None:
            return "not_served"
        opened = await self._dialogues.open(edition, entrance, await self._language(turn.event.msisdn), turn.caller)
        walked = await self._dialogues.hear(opened, turn.all_inputs(), turn.caller, unseen=True)
        filed = await self._filed_next(walked, turn) if walked.unheard == 1 else None
        if filed is None:
            return walked
        if filed.version != edition.version:
            return "interrupted"  # it was confirmed under other menus, and these may ask for something else here
        return await self._dialogues.hear(walked, turn.all_inputs()[-1:], turn.caller, unseen=False)

    async def _filed_next(self, walked: Walked, turn: _Turn) -> Request | None:
        """What the confirmation that a rebuilt walk stopped at filed, if it was given and carried out before."""
        try:
            return await self._dialogues.filed_next(walked, turn.caller)
        except StoreUnavailable:
            return None

    async def _language(self, msisdn: str) -> str | None:
        try:
            return await self._ledger.language(msisdn)
        except StoreUnavailable:
            return None  # menus go on in the base language while the database is away

    async def _answer_without_store(self, turn: _Turn) -> tuple[Reply, str]:
        """The whole transcript is on the wire: walk it again. Effects keep their ids, so nothing happens twice."""
        if turn.is_too_long:
            return self.say("over"), "too_many_steps"
        walked = await self._open(turn)
        if isinstance(walked, str):
            return self.say(walked), walked
        if walked.unheard:
            return self.say("interrupted", walked.state.language), "interrupted"
        return _reply(walked.page), "without_store"


class _Turn:
    """One hop: its keys and what of its transcript is new."""

    def __init__(self, event: UssdEvent, keyring: Keyring, deadline: float) -> None:
        self.event = event
        self._keyring = keyring
        self.key = keyring.hash("session", event.aggregator, event.service_code, event.msisdn, event.session_id)
        self.mark = self.hash_of(event.transcript)
        self.who = keyring.hash("log", event.msisdn).hex()[:12]
        self.caller = Caller(event.msisdn, self.key, deadline, event.aggregator, event.network)

    @property
    def is_too_long(self) -> bool:
        return self.event.transcript.count("*") >= limits.walk_inputs_max

    def hash_of(self, transcript: str) -> bytes:
        return self._keyring.hash("transcript", self.key.hex(), transcript)

    def unheard(self, session: Session) -> str | None:
        """The one new input; None if the transcript contradicts what was heard. It may hold any `*` that was typed."""
        heard = self.event.transcript[: session.heard_length]
        new = self.event.transcript[session.heard_length :]
        if self.hash_of(heard) != session.heard_mark or not new:
            return None
        if session.heard_length == 0:
            return new
        return new[1:] if new.startswith("*") else None

    def all_inputs(self) -> tuple[str, ...]:
        transcript = self.event.transcript
        return tuple(transcript.split("*")) if transcript else ()


def _session(turn: _Turn, walked: Walked) -> Session:
    """What is kept. After the last page nothing is heard any more: what was answered need not be kept."""
    state = ended(walked.state) if walked.page.final else walked.state
    return Session(state, len(turn.event.transcript), turn.mark, walked.page.final)


def _reply(page: Page) -> Reply:
    return Reply(page.text, page.final)
