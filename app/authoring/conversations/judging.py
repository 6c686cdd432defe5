"""Whether what was seen is what the conversation says; the first thing that is not, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.authoring.conversations.model import Conversation, Expected, Place, Turn
from app.authoring.conversations.player import Played, Seen, fits


@dataclass(frozen=True, slots=True)
class Failure:
    """`expected` and `seen` are the two texts where they differ; else empty.

    `captures` is what the captures of the expected text stand for.
    """

    place: Place
    text: str
    expected: str = ""
    seen: str = ""
    captures: Mapping[str, str] = field(default_factory=dict)


def judge(conversation: Conversation, played: Played) -> Failure | None:
    """The first failure in the order of the turns, None if the conversation went as recorded."""
    for turn, seen in zip(conversation.turns, played.seen, strict=True):
        failure = _judge_turn(turn, seen)
        if failure is not None and turn.sms is not None and seen.sms is None and played.set_aside:
            return replace(failure, text=f"{failure.text}; work waits for a person: {'; '.join(played.set_aside)}")
        if failure is not None:
            return failure
    if played.left and not conversation.black_box:
        sms = played.left[0]
        told = f"{len(played.left)} SMS that no turn received; the first went to {sms.msisdn}: add a turn `receives`"
        return Failure(conversation.place, told, seen=sms.text)
    return None


def _judge_turn(turn: Turn, seen: Seen) -> Failure | None:
    what = turn.action.told(seen.captures) if turn.action else "the turn"
    if seen.trouble:
        return Failure(turn.place, f"{what}: {seen.trouble}")
    if turn.page is not None:
        page = None if seen.page is None else seen.page.text
        failure = _compare(turn.page, page, seen.captures, f"{what}: the page")
        if failure is not None:
            return failure
    final = seen.page is not None and seen.page.final
    if turn.ends is not None and turn.ends != final:
        told = "the dialogue is over; add `ends: true`" if final else "the dialogue goes on; take `ends` away"
        return Failure(turn.ends_place or turn.place, f"{what}: {told}")
    return _compare(turn.sms, seen.sms, seen.captures, "the SMS") if turn.sms is not None else None


def _compare(expected: Expected, seen: str | None, captures: Mapping[str, str], what: str) -> Failure | None:
    if seen is not None and fits(expected, seen, captures):
        return None
    text = expected.text.fill(captures)
    stand_for = {name: captures[name] for name in expected.text.names if name in captures}
    if seen is None:
        return Failure(expected.place, f"{what} that should come never came", text, captures=stand_for)
    told = "does not match the pattern" if expected.text.pattern else "differs"
    return Failure(expected.place, f"{what} {told}", text, seen, stand_for)
