"""Ways out of a screen as the compiler wrote them: branches, their targets, and what a sub-menu is handed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.values.conditions import Condition
from app.values.rules import Text

RETURN = "return"
"""The target that leads out of a sub-menu, back to whoever visited it."""


@dataclass(frozen=True, slots=True)
class Argument:
    """What is handed over: the answer `name`, or, with no name, a constant."""

    name: str | None
    constant: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A sub-menu is walked and returned from. `id` names it in a State; `results` maps its names to answers here."""

    id: str
    arguments: Mapping[str, Argument]
    results: Mapping[str, str]
    then: Way


@dataclass(frozen=True, slots=True)
class Target:
    """Where a path goes, what is said on top of the page there, and the sub-menu that is walked first."""

    screen: str
    say: Text | None = None
    visit: Visit | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """`when` None always holds."""

    when: Condition | None
    to: Target


Way = tuple[Branch, ...]
"""The first branch that holds is taken; the last one always holds."""


@dataclass(frozen=True, slots=True)
class Help:
    """What follows after `wrong_tries_max` wrong inputs on a screen: a text on top of it, or another screen."""

    say: Text | None
    way: Way | None
