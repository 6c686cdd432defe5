"""Moves from State to State: answered, entered, visited, returned from, gone back; nothing is shown or called."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from app import limits
from app.engine.branches import Argument, Target
from app.engine.program import CallScreen, Program, once, program_of
from app.engine.state import Frame, Left, State
from app.values.rules import ValueType

_encode = msgspec.msgpack.Encoder().encode


def answered(state: State, answers: Mapping[str, str]) -> State:
    return replace(state, answers={**state.answers, **answers}) if answers else state


def answered_now(program: Program, state: State, answers: Mapping[str, str]) -> State:
    """By whoever holds the phone: where a dialogue fell before, they may read again what they typed since."""
    after = answered(state, answers)
    if state.retyped is None:
        return after
    hidden = program.hidden.get(program_of(state.screen), ())
    read = (*state.retyped, *[text for name, text in answers.items() if name in hidden])
    return replace(after, retyped=tuple(dict.fromkeys(read)))


def given(state: State, argument: Argument) -> str:
    return argument.constant if argument.name is None else state.answers.get(argument.name, "")


def left_behind(state: State, left: State) -> State:
    """Forward: the screen that is left can be gone back to, as it was when it was shown."""
    return replace(state, trail=(*state.trail, Left(left.screen, left.answers, left.frames, left.starts, left.lists)))


def entered(state: State, target: Target) -> State:
    """A screen that stands on the trail is returned to; another program starts with nothing answered, and with nobody
    for whom an agent acts.
    """
    trail = state.trail
    for place, left in enumerate(trail):
        if left.screen == target.screen and left.frames == state.frames:
            trail = trail[:place]
            break
    same = program_of(target.screen) == program_of(state.screen)
    if state.mandate and not same:
        trail = ()  # no way leads back to what was done for somebody else
    return replace(
        state,
        screen=target.screen,
        answers=state.answers if same else {},
        lists=state.lists if same else {},
        frames=state.frames if same else (),
        trail=trail,
        starts=(0,),
        following=0,
        tries=0,
        first="",
        mandate=state.mandate if same else "",
    )


def begun(state: State, target: Target, mandate: str) -> State:
    """Into a program that an agent walks for a citizen: nothing from before is known there, and no way leads back."""
    return replace(entered(state, target), trail=(), lists={}, listings={}, mandate=mandate)


def visited(program: Program, state: State, target: Target) -> State:
    """Into a sub-menu: it sees its arguments and nothing else."""
    assert target.visit is not None, "only a visit is visited"
    frame = Frame(target.visit.id, without_secrets(program, state).answers)
    answers = {name: given(state, argument) for name, argument in target.visit.arguments.items()}
    return replace(state, screen=target.screen, answers=answers, frames=(*state.frames, frame))


def returned(program: Program, state: State) -> State:
    """Out of a sub-menu: the answers from before, and its results."""
    frame = state.frames[-1]
    visit = program.visits[frame.visit]
    results = {into: state.answers.get(name, "") for name, into in visit.results.items()}
    caller = frame.visit.partition("#")[0]
    return replace(state, screen=caller, answers={**frame.answers, **results}, frames=state.frames[:-1])


def can_go_back(state: State) -> bool:
    return bool(state.first or state.trail or len(state.starts) > 1)


def gone_back(state: State) -> State:
    """To the page before, or to the screen before as it was when it was left."""
    if state.first:
        return replace(state, first="", tries=0)  # from typing once more to typing at all
    if len(state.starts) > 1:
        return replace(state, starts=state.starts[:-1], tries=0)
    left = state.trail[-1]
    return replace(
        state, screen=left.screen, answers=left.answers, frames=left.frames, starts=left.starts, lists=left.lists,
        trail=state.trail[:-1], tries=0, first="",
    )  # fmt: skip


def gone_home(state: State) -> State:
    """The entrance, with nothing answered."""
    kept = (state.pack, state.version, state.entrance, state.entrance, state.language, state.step)
    return State(*kept, starts=(0,), closed=state.closed, agreed=state.agreed)


def with_results(program: Program, state: State, screen: CallScreen, results: Mapping[str, str]) -> State:
    """What a service gave, under the names that the screen gives it."""
    owner = program_of(state.screen)
    names, lists, listings, answers = program.names[owner], dict(state.lists), dict(state.listings), {}
    for name, text in results.items():
        into = screen.results.get(name)
        if into is None:
            continue
        if names[into].type is ValueType.LIST:
            lists[f"{owner}/{into}"] = listing = f"{owner}/{into}@{state.step}"
            listings[listing] = text
        else:
            answers[into] = text
    kept = replace(answered(state, answers), lists=lists, listings=listings)
    return replace(kept, listings=_shown(kept, state.trail))


def _shown(state: State, trail: tuple[Left, ...]) -> dict[str, str]:
    """The listings that this screen or one on a trail shows."""
    shown = {*state.lists.values(), *[listing for left in trail for listing in left.lists.values()]}
    return {listing: text for listing, text in state.listings.items() if listing in shown}


def lightened(program: Program, state: State) -> State:
    """Small enough for a session: what is left oldest is forgotten first, and back goes less far.

    The compiler proves that what is left without a trail is never too large. A screen on the trail is no more than a
    State without one, so that of most it is known that they are small without looking. Not of one with `retyped`, in
    which whatever stands anywhere may stand once more; and `agreed` may name purposes that these menus do not know.
    """
    if state.retyped:
        known = (state.answers, *[frame.answers for frame in state.frames])
        standing = {text for answers in known for text in answers.values()}
        state = replace(state, retyped=tuple([text for text in state.retyped if text in standing]))
    elif not state.listings:
        agreed = len(_encode(state.agreed)) if state.agreed else 0
        if (1 + len(state.trail)) * program.bytes_most + agreed <= limits.state_bytes_max:
            return state
    while len(_encode(state)) > limits.state_bytes_max and (state.trail or state.listings):
        trail = state.trail[1:]
        lighter = replace(state, trail=trail, listings=_shown(state, trail))
        if lighter == state:
            break
        state = lighter
    return state


def ended(state: State) -> State:
    """Only the place: what is left of a dialogue that hears nothing any more."""
    return State(state.pack, state.version, state.entrance, state.screen, state.language, state.step)


def without_secrets(program: Program, state: State) -> State:
    """Nothing that was typed in secret outlives the turn in which it was typed."""
    owner = program_of(state.screen)
    secrets: frozenset[str] | None = program.found.get(owner)
    if secrets is None:
        secrets = once(program, owner, _secrets, program, owner)
    if secrets.isdisjoint(state.answers):
        return state
    return replace(state, answers={name: text for name, text in state.answers.items() if name not in secrets})


def _secrets(program: Program, owner: str) -> frozenset[str]:
    names = program.names.get(owner, {})
    return frozenset(name for name, declared in names.items() if declared.type is ValueType.SECRET)
