"""Every task of the shipped pack as a walk.

Each is a task of docs/tasks.md, typed as its recorded conversation has it unless the walk says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.authoring.conversations.files import read_files
from app.authoring.conversations.model import Verb
from app.authoring.measuring import start_of
from tests.lands import ROOT
from tests.on_the_phone import agent_walks, office_walks, own_walks, paid_walks
from tests.on_the_phone.walk import RECORDED, Walk

CONVERSATIONS = ROOT / "tests" / "conversations"
WALKS = (*paid_walks.WALKS, *office_walks.WALKS, *own_walks.WALKS, *agent_walks.WALKS)


def walks() -> tuple[Walk, ...]:
    """All of them; those that do not say what is typed do as their conversations."""
    recorded = recorded_tasks()
    return tuple(walk if walk.typed else replace(walk, typed=_typed(walk, recorded[walk.task])) for walk in WALKS)


def _typed(walk: Walk, recorded: Sequence[str]) -> tuple[str, ...]:
    return tuple(walk.instead.get(text, RECORDED.get(text, text)) for text in recorded)


def recorded_tasks() -> Mapping[str, Sequence[str]]:
    """What is typed after the last dial, by the title of a task; what was captured by its name in capitals."""
    told: dict[str, Sequence[str]] = {}
    for one in read_files(sorted(CONVERSATIONS.glob("tasks*.yaml"))):
        if one.task is not None:
            actions = [turn.action for turn in one.turns[start_of(one) :] if turn.action is not None]
            typed = [action.text for action in actions if action.verb is Verb.TYPES]
            told[one.task.title] = [text.fill({name: name.upper() for name in text.names}) for text in typed]
    return told
