"""A walk through a menu until there is a page: the engine's steps, with the services they call in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from app import limits
from app.at_once import AtOnce
from app.catalogue import UNMANDATED
from app.editions import Edition
from app.engine import step as engine
from app.engine.agreeing import wanted
from app.engine.exchange import Agreed, Failed, Gave, Page, Step
from app.engine.program import YES_KEY
from app.engine.state import State
from app.errands import Channel
from app.errors import StoreUnavailable
from app.filing import Asker
from app.keys import Keyring
from app.mandates import Mandates
from app.messages import Agreement, Answered, Late, Outcome, Refused
from app.ports import Clock, Ledger
from app.privacy import read_mark
from app.services import Services
from app.values.text import fill
from app.walked import Caller, Walked

log = structlog.get_logger()
Monotonic = Callable[[], float]
"""Seconds on a clock that never goes back."""


class Dialogues:
    """Order of things within one turn, the same for a dialled hop and for a text."""

    def __init__(
        self,
        services: Services,
        ledger: Ledger,
        keyring: Keyring,
        clock: Clock,
        monotonic: Monotonic,
        mandates: Mandates,
    ) -> None:
        self._services = services
        self._ledger = ledger
        self._keyring = keyring
        self._clock = clock
        self.at_once = AtOnce(clock)
        self._monotonic = monotonic
        self._mandates = mandates

    async def open(
        self,
        edition: Edition,
        entrance: str,
        language: str | None,
        caller: Caller,
        closed: tuple[str, ...],
        began: datetime | None = None,
    ) -> Walked:
        """`closed` are the services that could not be asked when the dialogue began, as conditions write them. `began`
        is when that was, if it was before now: what was agreed to since is asked again.
        """
        agreed = await self.agreed(edition, caller, began)
        facts = self.at_once.facts(edition, caller, closed)
        step = engine.dial(edition.program, entrance, language, facts, agreed)
        return await self._settle(edition, step, caller)

    async def show_again(self, edition: Edition, state: State, caller: Caller) -> Walked:
        """The page where a dialogue stopped, for a citizen who comes back to it."""
        return await self._settle(
            edition, engine.show_again(edition.program, state, self.at_once.facts(edition, caller)), caller
        )

    async def agreed(self, edition: Edition, caller: Caller, at: datetime | None = None) -> tuple[str, ...]:
        """The purposes that stand agreed to otherwise than in this very dialogue; menus that ask nobody ask nothing.

        While the database is away nothing is known, so the citizen is asked, and cannot agree before it is back.
        """
        if not edition.program.consents:
            return ()
        try:
            return tuple(sorted(await self._ledger.agreed(caller.msisdn, caller.key, at or self._clock())))
        except StoreUnavailable:
            return ()

    async def hear(self, walked: Walked, typed: tuple[str, ...], caller: Caller, *, unseen: bool) -> Walked:
        """Hear inputs one after the other. Those for pages that the citizen has not seen never pass one that asks to
        confirm or for a secret.
        """
        edition = walked.edition
        for place, text in enumerate(typed):
            if unseen and await self._stops(walked, text, caller):
                return Walked(edition, walked.state, walked.page, len(typed) - place)
            step = engine.hear(edition.program, walked.state, text, self.at_once.facts(edition, caller))
            walked = await self._settle(edition, step, caller)
        return walked

    async def _stops(self, walked: Walked, text: str, caller: Caller) -> bool:
        """Whether an input is for a page that must be looked at. A yes that stands in the ledger was said by somebody
        who saw it, in a session that was lost since; any other answer to that question does nothing.
        """
        program, state = walked.edition.program, walked.state
        question = wanted(program, state)
        if question is None:
            return engine.guarded(program, state)
        return text.strip() == YES_KEY and not await self._ledger.agreed_in(caller.key, question.name)

    async def _settle(self, edition: Edition, step: Step, caller: Caller) -> Walked:
        for call_number in range(limits.calls_per_turn_max):
            await self._apply(step, caller)
            if step.page is not None:
                return Walked(edition, step.state, step.page)
            assert step.call is not None, "a step shows a page or calls a service"
            asker = await self._asker(step, caller, self._effect(caller, step.state.step, call_number))
            if asker is None:
                return self._over(edition, step.state)
            outcome = await self._services.call(edition, step.call.service, step.call.arguments, asker)
            if asker.mandate is not None and outcome == Refused(UNMANDATED):
                return self._over(edition, step.state)
            step = engine.resume(edition.program, step.state, _outcome(outcome), self.at_once.facts(edition, caller))
        assert step.page is not None, "more calls in a row than the compiler lets through"
        return Walked(edition, step.state, step.page)

    async def _asker(self, step: Step, caller: Caller, effect: str) -> Asker | None:
        """For whom a step calls; None: an agent acts for a citizen, and may not any more."""
        assert step.call is not None, "it calls"
        within, patience = caller.deadline - self._monotonic(), step.call.patience_seconds
        if not step.state.mandate:
            return Asker(caller.msisdn, step.state.language, effect, within, patience, caller.channel)
        mandate = await self._mandates.standing(step.state, caller.msisdn)
        if mandate is None:
            return None
        return Asker(
            mandate.msisdn, step.state.language, effect, within, patience, Channel.AGENT, mandate.point, mandate
        )  # fmt: skip

    def _over(self, edition: Edition, state: State) -> Walked:
        """The last page of an agent who may not act for the citizen any more, whatever the menus say."""
        return Walked(edition, state, Page(fill(edition.program.phrases["mandate_over"][state.language], {}), True))

    def _effect(self, caller: Caller, step: int, call_number: int) -> str:
        """The id of what a step does: the same for every copy of it, on every process, after every crash."""
        return self._keyring.hash("effect", caller.key.hex(), str(step), str(call_number)).hex()

    async def filed_next(self, walked: Walked, caller: Caller) -> str | None:
        """The version of the menus in which the next input on a page filed a request, or had an agent say yes, if it
        was heard before; what it asked before that, such as whether a code was right, may have come first.
        """
        for call_number in range(limits.calls_per_turn_max):
            effect = self._effect(caller, walked.state.step + 1, call_number)
            request = await self._ledger.request(effect)
            version = request.version if request else await self._services.intended(effect)
            if version is not None:
                return version
        return None

    async def _apply(self, step: Step, caller: Caller) -> None:
        for effect in step.effects:
            if isinstance(effect, Agreed):
                await self._ledger.agree(self._agreement(step, caller, effect.mark))
                continue
            try:
                await self._ledger.remember_language(caller.msisdn, effect.language, self._clock())
            except StoreUnavailable:
                log.warning("language_not_remembered")  # the dialogue goes on in it all the same

    def _agreement(self, step: Step, caller: Caller, mark: str) -> Agreement:
        """It is in the ledger before anything is asked for or filed; while that is away, nobody can agree."""
        purpose, version = read_mark(mark)
        return Agreement(
            id=f"{self._effect(caller, step.state.step, 0)}:agreed",
            msisdn=caller.msisdn,
            purpose=purpose,
            version=version,
            at=self._clock(),
            channel=caller.channel,
            language=step.state.language,
            menus=step.state.version,
            dialogue=caller.key,
        )


def _outcome(outcome: Outcome) -> Gave | Failed:
    if isinstance(outcome, Answered):
        return Gave(outcome.results)
    if isinstance(outcome, Refused):
        return Failed(outcome.reason, {})
    return Failed("late" if isinstance(outcome, Late) else "down", outcome.results)
