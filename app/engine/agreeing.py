"""What a citizen must agree to before a program is entered, and whether that is still to be asked."""

from __future__ import annotations

from app.engine.program import Confirm, Program, program_of
from app.engine.state import State


def wanted(program: Program, state: State) -> Confirm | None:
    """The question that stands between the citizen and the state's screen, named by its mark; None if none does.

    It follows from the State alone, so a dialogue that is walked again asks at the same place.
    """
    question = program.consents.get(program_of(state.screen)) if program.consents else None
    return None if question is None or question.name in state.agreed else question
