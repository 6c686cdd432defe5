"""Services that the house itself answers: what each takes, gives and refuses, which no office and no author says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.catalogue import TOO_MANY, Result, ServiceKind
from app.compiler import agent_steps, answers, mandates, mine
from app.compiler.house_keys import read_house_key
from app.compiler.lookups import lookup_in
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.house_services import FIND_TAKES, UNKNOWN, AgentStep, Attests, Find, Lookup, MandateStep, Show, Topic
from app.values.rules import ValueType


@dataclass(frozen=True, slots=True)
class Housed:
    """What the house does itself for a service; all of it is empty where an office or the worker does.

    What it finds or looks up it `texts` to whoever asks.
    """

    find: Find | None
    lookup: Lookup | None
    step: MandateStep | AgentStep | None
    attests: Attests | None
    shows: Show | None
    topic: str
    texts: bool

    def takes(self, declared: Mapping[str, ValueType]) -> dict[str, ValueType]:
        if self.find is not None:
            return dict.fromkeys(FIND_TAKES[self.find], ValueType.TEXT)
        if self.lookup is not None:
            return dict.fromkeys(self.lookup.by, ValueType.TEXT)
        if self.step is not None:
            return dict(mandates.TAKES[self.step])
        if self.attests is not None:
            return agent_steps.attests_takes(self.attests)
        return dict(mine.TAKES[self.shows] if self.shows is not None else declared)

    def refused(self, by_others: tuple[str, ...]) -> tuple[str, ...]:
        too_many = (TOO_MANY,) if self.texts else ()
        if self.lookup is not None:
            return too_many if self.lookup.listed else (UNKNOWN, *too_many)
        if self.find is not None:
            return too_many
        if self.step is not None:
            return mandates.REFUSED[self.step]
        if self.attests is not None:
            return (*by_others, *agent_steps.ATTESTS_REFUSED[self.attests])
        return by_others if self.shows is None else mine.REFUSED[self.shows]

    def gives(self, by_others: Mapping[str, Result]) -> Mapping[str, Result]:
        if self.step is not None:
            return mandates.GIVES[self.step]
        return by_others if self.shows is None else mine.GIVES[self.shows]


def housed_in(node: Node, kind: ServiceKind, topics: Mapping[str, Topic], reader: Reader, name: str) -> Housed:
    shows = mine.show_in(node, kind, reader, name)
    find, lookup = _find(node, kind, reader, name), lookup_in(node, kind, reader, name)
    return Housed(
        find,
        lookup,
        mandates.step_in(node, kind, reader, name),
        agent_steps.attests_in(node, kind, reader, name),
        shows,
        mine.topic_in(node, shows, topics, reader, name),
        answers.texts_in(node, find, lookup, reader, name),
    )


def _find(node: Node, kind: ServiceKind, reader: Reader, name: str) -> Find | None:
    """What a service of kind `points` tells."""
    known = Find if kind is ServiceKind.POINTS else None
    return read_house_key(node, "find", (ServiceKind.POINTS,), known, reader, name, "finds nothing")
