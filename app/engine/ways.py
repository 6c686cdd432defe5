"""Where the ways out of a screen lead: what the compiler, the drawing and the reports of tests walk along."""

from __future__ import annotations

from collections.abc import Iterator

from app.engine.branches import Target, Way
from app.engine.program import Ask, CallScreen, Choose, Confirm, End, PageScreen, Pick, Screen


def ways(screen: Screen) -> Iterator[tuple[str, Way]]:
    """Every way out of a screen with its name: `to`, `option_2`, `yes`, `no`, `help`, `empty`, or an outcome."""
    if isinstance(screen, Choose):
        yield from ((f"option_{option.key}", option.to) for option in screen.options)
    elif isinstance(screen, Confirm):
        yield from (("yes", screen.yes), ("no", screen.no))
    elif isinstance(screen, CallScreen):
        yield "answered", screen.answered
        yield from screen.refused.items()
        if screen.fails:
            yield from (("late", screen.late), ("down", screen.down))
    elif isinstance(screen, Ask):
        yield "to", screen.to
    elif isinstance(screen, PageScreen | Pick):
        yield from ((name, way) for name, way in (("to", screen.to), ("empty", screen.empty)) if way)
    help = None if isinstance(screen, CallScreen | End) else screen.help
    if help and help.way:
        yield "help", help.way


def targets(screen: Screen) -> Iterator[Target]:
    """Every target of a screen, and where the sub-menus that it visits lead on."""
    open_ways = [way for _, way in ways(screen)]
    while open_ways:
        for branch in open_ways.pop(0):
            yield branch.to
            if branch.to.visit:
                open_ways.append(branch.to.visit.then)
