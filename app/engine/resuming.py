"""Dialogues that fell: which of them can go on, and the page that offers it. Phones are shared: it names nothing."""

from __future__ import annotations

from msgspec.structs import replace

from app.engine.exchange import Page
from app.engine.program import NO_KEY, YES_KEY, Program, Resume, program_of
from app.engine.state import State
from app.values.text import fill

GO_ON_KEY, START_AGAIN_KEY = YES_KEY, NO_KEY


def resume_of(program: Program, state: State) -> Resume | None:
    """How a dialogue at this State is offered again; None if it is not, or if nothing was answered yet.

    The program that the citizen entered decides, not a sub-menu that it visits. What an agent does for somebody is
    never offered again: they allowed it for that dialogue.
    """
    if state.mandate:
        return None
    if not (state.trail or state.answers or state.frames):
        return None
    entered = state.frames[0].visit if state.frames else state.screen
    return program.resumes.get(program_of(entered))


def resumed(state: State, closed: tuple[str, ...]) -> State:
    """The State that a dialogue goes on from: what told of people before is masked from here on, and sent whole."""
    return replace(state, closed=closed, retyped=())


def offer(program: Program, language: str, notice: str = "") -> Page:
    """The page that asks whether to go on; `notice` is the name of the phrase on top."""

    def said(phrase: str) -> str:
        return fill(program.phrases[phrase][language], {})

    told = said(notice) if notice else ""
    lines = (told, said("fell"), f"{GO_ON_KEY}. {said('go_on')}", f"{START_AGAIN_KEY}. {said('start_again')}")
    return Page("\n".join(filter(None, lines)), False, told)
