"""A walk through a menu until there is a page: the engine's steps, with the services they call in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from app import limits
from app.engine import step as engine
from app.engine.program import Program
from app.engine.state import State
from app.engine.step import Facts, Page, Step
from app.errors import StoreUnavailable
from app.keys import Keyring
from app.ledger import Asker
from app.messages import Answered, Late, Outcome, Refused
from app.ports import Clock, Ledger
from app.services import Services

log = structlog.get_logger()
Monotonic = Callable[[], float]
"""Seconds on a clock that never goes back."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who speaks, under which session key, and until when (on the monotonic clock) an answer is any use.

    `aggregator`, `network` and `channel` (`ussd` or `sms`) are how; they decide how long a page may be.
    """

    msisdn: str
    key: bytes
    deadline: float
    aggregator: str = ""
    network: str = ""
    channel: str = "ussd"


@dataclass(frozen=True, slots=True)
class Walked:
    """Where a walk came to. `unheard` counts inputs left over because the walk had to stop and let the citizen look."""

    state: State
    page: Page
    unheard: int = 0


class Dialogues:
    """Order of things within one turn, the same for a dialled hop and for a text."""

    def __init__(
        self,
        program: Program,
        services: Services,
        ledger: Ledger,
        keyring: Keyring,
        clock: Clock,
        monotonic: Monotonic,
    ) -> None:
        self.program = program
        self._services = services
        self._ledger = ledger
        self._keyring = keyring
        self._clock = clock
        self._monotonic = monotonic

    async def open(self, entrance: str, language: str | None, caller: Caller) -> Walked:
        return await self._settle(engine.dial(self.program, entrance, language, self._facts(caller)), caller)

    async def hear(self, walked: Walked, typed: tuple[str, ...], caller: Caller) -> Walked:
        """Hear inputs one after the other. Several at once never pass a page that asks to confirm."""
        for place, text in enumerate(typed):
            if len(typed) > 1 and engine.guarded(self.program, walked.state):
                return Walked(walked.state, walked.page, len(typed) - place)
            walked = await self._settle(engine.hear(self.program, walked.state, text, self._facts(caller)), caller)
        return walked

    def _facts(self, caller: Caller) -> Facts:
        return Facts(self.program.day(self._clock()), caller.aggregator, caller.network, caller.channel)

    async def _settle(self, step: Step, caller: Caller) -> Walked:
        for call_number in range(limits.calls_per_turn_max):
            await self._apply(step, caller)
            if step.page is not None:
                return Walked(step.state, step.page)
            assert step.call is not None, "a step shows a page or calls a service"
            effect = self._effect(caller, step.state.step, call_number)
            asker = Asker(
                caller.msisdn,
                step.state.language,
                effect,
                caller.deadline - self._monotonic(),
                step.call.patience_seconds,
            )
            outcome = await self._services.call(step.call.service, step.call.arguments, asker)
            step = engine.resume(self.program, step.state, _outcome(outcome), self._facts(caller))
        assert step.page is not None, "more calls in a row than the compiler lets through"
        return Walked(step.state, step.page)

    def _effect(self, caller: Caller, step: int, call_number: int) -> str:
        """The id of what a step does: the same for every copy of it, on every process, after every crash."""
        return self._keyring.hash("effect", caller.key.hex(), str(step), str(call_number)).hex()

    async def was_filed(self, walked: Walked, caller: Caller) -> bool:
        """Whether the next input on a page was heard before and filed a request."""
        return await self._ledger.request(self._effect(caller, walked.state.step + 1, 0)) is not None

    async def _apply(self, step: Step, caller: Caller) -> None:
        for effect in step.effects:
            try:
                await self._ledger.remember_language(caller.msisdn, effect.language, self._clock())
            except StoreUnavailable:
                log.warning("language_not_remembered")  # the dialogue goes on in it all the same


def _outcome(outcome: Outcome) -> engine.Gave | engine.Failed:
    if isinstance(outcome, Answered):
        return engine.Gave(outcome.results)
    if isinstance(outcome, Refused):
        return engine.Failed(outcome.reason, {})
    return engine.Failed("late" if isinstance(outcome, Late) else "down", outcome.results)
