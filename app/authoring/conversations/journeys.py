"""The same conversations on two packs: which of them pass other screens now, and which read other words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from app.authoring.conversations.model import Conversation, Turn
from app.authoring.conversations.player import Played, Seen
from app.authoring.conversations.run import play_all
from app.pack import Pack


@dataclass(frozen=True, slots=True)
class Detour:
    """Where a conversation first differs. `elsewhere`: it passes other screens, not only other words.

    `turn` None: the texts at its end differ. `old` and `new` are screens, or what was read on the same screens.
    """

    conversation: Conversation
    turn: Turn | None
    elsewhere: bool
    old: str
    new: str


def compare_journeys(old: Pack, new: Pack, conversations: Sequence[Conversation]) -> tuple[Detour, ...]:
    """Play each on both packs. What they say should be shown plays no part."""
    pairs = zip(conversations, play_all(old, conversations), play_all(new, conversations), strict=True)
    return tuple(detour for conversation, was, now in pairs if (detour := _detour(conversation, was, now)) is not None)


def _detour(conversation: Conversation, was: Played, now: Played) -> Detour | None:
    return next(_other_screens(conversation, was, now), None) or next(_other_words(conversation, was, now), None)


def _other_screens(conversation: Conversation, was: Played, now: Played) -> Iterator[Detour]:
    for turn, before, after in zip(conversation.turns, was.seen, now.seen, strict=True):
        if before.screens != after.screens or before.trouble != after.trouble:
            yield Detour(conversation, turn, True, *_ways(before, after))


def _other_words(conversation: Conversation, was: Played, now: Played) -> Iterator[Detour]:
    for turn, before, after in zip(conversation.turns, was.seen, now.seen, strict=True):
        if before.page != after.page and before.page is not None and after.page is not None:
            yield Detour(conversation, turn, False, before.page.text, after.page.text)
        if before.sms != after.sms:
            yield Detour(conversation, turn, False, before.sms or "", after.sms or "")
    if was.left != now.left:
        texts = ("\n".join(sms.text for sms in played.left) for played in (was, now))
        yield Detour(conversation, None, False, *texts)


def _ways(before: Seen, after: Seen) -> tuple[str, str]:
    """The screens passed from the last one that both have in common."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(before.screens, after.screens, strict=False))
    first = max(0, len(tuple(same)) - 1)
    was, now = (seen.trouble or " > ".join(seen.screens[first:]) or "nowhere" for seen in (before, after))
    return was, now
