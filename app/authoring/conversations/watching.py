"""Dialogues and agents that tell somebody each step of the engine, each outcome of a service, each word of an agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from app.agency import Enrolled
from app.agent_words import first_word_of_agents
from app.agents import Agents
from app.dialogue import Dialogues
from app.editions import Edition
from app.endings import Again
from app.engine.exchange import Step
from app.engine.state import State
from app.filing import Asker
from app.messages import Answered, Job, Late, Outcome, Refused
from app.rooms import Given, Kinds, Rooms, build_rooms
from app.services import Services
from app.walked import Caller, Walked


class Watch(Protocol):
    """Whoever wants to know what was reached."""

    def __call__(self, state: State, outcome: str) -> None:
        """After a step with the new State and "", after a call with the State of its screen and the outcome's word."""
        ...

    def hear(self, word: str) -> None:
        """After a text of an agent that was answered as one: the word of agents that it began with."""
        ...


class WatchedAgents(Agents):
    """Tells which of their words were understood."""

    def watch(self, watch: Watch) -> None:
        self._watch = watch

    async def answer(
        self, edition: Edition, enrolled: Enrolled, job: Job, language: str, *, is_first: bool = False
    ) -> str | Again | None:
        said = await super().answer(edition, enrolled, job, language, is_first=is_first)
        if isinstance(said, str):
            self._watch.hear(first_word_of_agents(job.payload["text"], edition.program.agent_words))
        return said


class WatchedServices(Services):
    """Remembers the last outcome, for the dialogues that asked."""

    last: Outcome | None = None

    async def call(self, edition: Edition, name: str, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        self.last = await super().call(edition, name, arguments, asker)
        return self.last


class WatchedDialogues(Dialogues):
    """One conversation at a time: what is remembered between a call and the step after it is this conversation's."""

    def watch(self, watch: Watch, services: WatchedServices) -> None:
        self._watch = watch
        self._watched = services
        self._state: State | None = None
        self.at_once.watch = self._seen

    def _seen(self, walked: Walked) -> None:
        self._watched.last, self._state = None, walked.state
        self._watch(walked.state, "")

    async def _apply(self, step: Step, caller: Caller) -> None:
        if self._state is not None and self._watched.last is not None:
            self._watch(self._state, word_of(self._watched.last))
        self._watched.last = None
        self._state = step.state
        self._watch(step.state, "")
        await super()._apply(step, caller)


def watched_rooms(given: Given, watch: Watch) -> Rooms:
    """The rooms of citizens, with somebody who is told what goes on in them."""
    rooms = build_rooms(given, Kinds(WatchedServices, WatchedDialogues, WatchedAgents))
    services, dialogues, agents = rooms.services, rooms.dialogues, rooms.agents
    assert isinstance(services, WatchedServices), "they are of the kinds that were asked for"
    assert isinstance(dialogues, WatchedDialogues) and isinstance(agents, WatchedAgents), "and so are these"
    dialogues.watch(watch, services)
    agents.watch(watch)
    return rooms


def word_of(outcome: Outcome) -> str:
    if isinstance(outcome, Answered):
        return "answered"
    if isinstance(outcome, Refused):
        return outcome.reason
    return "late" if isinstance(outcome, Late) else "down"
