"""Whether the captures of a conversation make sense: each captured before it is used, and used after it is captured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.authoring.conversations.model import Conversation, Expected, Place
from app.authoring.conversations.source import Complain
from app.authoring.conversations.wording import Wording
from app.compiler.known import enumerated
from app.errors import Complaint


@dataclass(frozen=True, slots=True)
class _Mention:
    """A name in a text; `captures` if the text is seen, so that what stands there can be known."""

    name: str
    place: Place
    captures: bool


def check_captures(conversation: Conversation, dial_place: Place, complain: Complain) -> None:
    """Complain of captures that are unknown, early or never used; what a second one must equal is seen in play."""
    for turn in conversation.turns:
        for expected in filter(None, (turn.page, turn.sms)):
            _check_touching(expected, complain)
    mentions = tuple(_mentions(conversation, dial_place))
    captured: dict[str, _Mention] = {}
    for mention in mentions:
        if mention.captures:
            captured.setdefault(mention.name, mention)
    known = enumerated(f"`{{{name}}}`" for name in captured)
    met: set[str] = set()
    for mention in mentions:
        if mention.captures:
            met.add(mention.name)
        elif mention.name not in captured:
            told = (
                f"`{{{mention.name}}}` is captured in no turn; captured are {known}. Write it where it is shown first"
            )
            complain(_complaint(mention.place, "capture-unknown", told))
        elif mention.name not in met:
            line = captured[mention.name].place.line
            told = f"`{{{mention.name}}}` is used before line {line} captures it; write it where it is shown first"
            complain(_complaint(mention.place, "capture-early", told))
    for name, first in captured.items():
        if sum(mention.name == name for mention in mentions) == 1:
            told = (
                f"`{{{name}}}` is captured and never used; use it in a later turn, or see with `matches` what changes"
            )
            complain(_complaint(first.place, "capture-unused", told))


def _check_touching(expected: Expected, complain: Complain) -> None:
    if expected.text.touching is not None:
        first, second = expected.text.touching
        told = f"`{first}{second}`: where the first ends cannot be seen; capture both as one"
        complain(_complaint(expected.place, "capture", told))


def _mentions(conversation: Conversation, dial_place: Place) -> Iterator[_Mention]:
    """In the order of play. A name that stands twice in a text is there twice, for the second uses the first."""
    if conversation.dial is not None:
        yield from _in(conversation.dial, dial_place, captures=False)
    for turn in conversation.turns:
        if turn.action is not None:
            yield from _in(turn.action.text, turn.action.place or turn.place, captures=False)
        for expected in filter(None, (turn.page, turn.sms)):
            yield from _in(expected.text, expected.place, captures=True)


def _in(text: Wording, place: Place, *, captures: bool) -> Iterator[_Mention]:
    yield from (_Mention(part.name, place, captures) for part in text.parts if not isinstance(part, str))


def _complaint(place: Place, rule: str, text: str) -> Complaint:
    return Complaint(place.file, place.line, place.column, rule, text)
