"""Which options and branches are open to a citizen, by the answers and the facts."""

from __future__ import annotations

from app.engine.branches import Target, Way
from app.engine.exchange import Facts
from app.engine.program import Choose, Option, Program
from app.engine.state import State
from app.values.conditions import Condition, holds


def is_met(program: Program, state: State, facts: Facts, condition: Condition | None) -> bool:
    """None is always met."""
    if condition is None:
        return True
    known = {
        "caller.language": state.language,
        "caller.network": facts.network,
        "caller.channel": facts.channel,
    }
    return holds(condition, state.answers, known, facts.today, program.currency.minor_digits, state.closed)


def open_options(program: Program, state: State, facts: Facts, screen: Choose) -> list[Option]:
    return [option for option in screen.options if is_met(program, state, facts, option.when)]


def taken(program: Program, state: State, facts: Facts, way: Way) -> Target:
    """Where a way leads now; its last branch is always met."""
    for branch in way:
        if branch.when is None or is_met(program, state, facts, branch.when):
            return branch.to
    raise AssertionError("the last branch of a way is always met")
