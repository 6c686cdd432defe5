"""How screens lead to one another: what is reached, what loops without an input, how far the ends are."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app import limits
from app.compiler.depth import Depths
from app.engine.branches import RETURN, Way
from app.engine.program import CallScreen, End, PageScreen, Program, Screen, program_of
from app.engine.ways import targets, ways

Finding = tuple[str, str, str]
"""Screen, rule, what to do."""


@dataclass(slots=True)
class Graph:
    """`onward` are the screens that a screen leads to, sub-menus and their returns included.

    `unasked` are those of them that are reached without an input: after a call, or past an empty list.
    """

    program: Program
    onward: dict[str, set[str]] = field(default_factory=dict)
    unasked: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        resumed = _resumed(waiting(self.program))
        for screen in self.program.screens.values():
            self.onward[screen.name] = set()
            self.unasked[screen.name] = set()
            for name, way in ways(screen):
                reached = set(self._reached(screen.name, way, resumed))
                self.onward[screen.name] |= reached
                if isinstance(screen, CallScreen) or name == "empty":
                    self.unasked[screen.name] |= reached

    def _reached(self, screen: str, way: Way, resumed: Mapping[str, set[str]]) -> Iterator[str]:
        """Where a way leads. `return` leads to whatever follows the visits of this program."""
        for branch in way:
            if branch.to.screen != RETURN:
                yield branch.to.screen
            else:
                yield from resumed.get(program_of(screen), ())

    def entrances(self) -> set[str]:
        program = self.program
        dialled = {*program.codes.values(), *program.agent_codes.values()}
        return dialled | {keyword.screen for keyword in program.keywords} | program.bare

    def reached(self) -> set[str]:
        return set(self._distances(self.entrances()))

    def inputs(self, starts: set[str] | None = None) -> dict[str, int]:
        """How many inputs each screen that is reached is away from a start, at the fewest; of all entrances if none is
        named.
        """
        return self._distances(self.entrances() if starts is None else starts)

    def shown_first(self, start: str) -> list[str]:
        """The screens that can be the first page of a dialogue that begins at `start`, past whatever it calls."""
        return [name for name, inputs in self._distances({start}).items() if inputs == 0]

    def _distances(self, starts: set[str]) -> dict[str, int]:
        """Inputs on the shortest way to each screen; a call costs none."""
        distances = {name: 0 for name in sorted(starts) if name in self.program.screens}
        open_names = deque(distances)
        while open_names:
            name = open_names.popleft()
            for other in self.onward[name]:
                cost = distances[name] + (other not in self.unasked[name])
                if other in self.program.screens and cost < distances.get(other, 10**9):
                    distances[other] = cost
                    (open_names.appendleft if other in self.unasked[name] else open_names.append)(other)
        return distances

    def check(self, inputs_max: int) -> Iterator[Finding]:
        """Unreachable screens, dead ends, loops without an input, ends too far away."""
        reached, ending, depths = self.reached(), self._ending(), self._depths()
        for name, screen in self.program.screens.items():
            if name not in reached:
                yield name, "unreachable", "no path leads here; link it or remove it"
            elif name not in ending:
                yield name, "dead-end", "from here no path leads to an end; give one of its options another target"
            elif is_ending(screen) and depths.get(name, 0) > inputs_max:
                told = f"can be {depths[name]} inputs away, {inputs_max} are allowed; shorten the longest way to it"
                yield name, "too-deep", told
        yield from self.check_calls()

    def check_calls(self) -> Iterator[Finding]:
        """Calls that follow each other for ever, or more of them than one turn makes."""
        looping = {name for name in self.unasked if self.unasked[name] and self._comes_back(name)}
        for name in sorted(looping):
            yield name, "call-loop", "calls can follow each other for ever; put a page between them"
        chains: dict[str, int] = {}
        followed = {other for name in self.unasked.keys() - looping for other in self.unasked[name]}
        for name, screen in self.program.screens.items():
            first = isinstance(screen, CallScreen) and name not in followed
            if first and not looping and (calls := self._calls_from(name, chains)) > limits.calls_per_turn_max:
                told = f"{calls} calls can follow each other, {limits.calls_per_turn_max} are allowed"
                yield name, "call-chain", f"{told}; put a page between them"

    def _calls_from(self, name: str, chains: dict[str, int]) -> int:
        """The most calls that are made from a screen on before there is a page; `chains` are those known by now."""
        if name not in chains:
            own = int(isinstance(self.program.screens.get(name), CallScreen))
            chains[name] = own + max((self._calls_from(one, chains) for one in self.unasked.get(name, ())), default=0)
        return chains[name]

    def _depths(self) -> dict[str, int]:
        """Inputs on the longest way to each screen, from whichever entrance is farthest."""
        depths, farthest = Depths(self.program), dict[str, int]()
        for start in sorted(self.entrances()):
            for name, inputs in depths.longest(start).items():
                farthest[name] = max(farthest.get(name, 0), inputs)
        return farthest

    def _ending(self) -> set[str]:
        """The screens from which an end can be reached."""
        backward: dict[str, set[str]] = {}
        for name, others in self.onward.items():
            for other in others:
                backward.setdefault(other, set()).add(name)
        open_names = [name for name, screen in self.program.screens.items() if is_ending(screen)]
        ending: set[str] = set()
        while open_names:
            name = open_names.pop()
            if name not in ending:
                ending.add(name)
                open_names += backward.get(name, ())
        return ending

    def _comes_back(self, start: str) -> bool:
        open_names, seen = list(self.unasked[start]), set[str]()
        while open_names:
            name = open_names.pop()
            if name == start:
                return True
            if name not in seen:
                seen.add(name)
                open_names += self.unasked.get(name, ())
        return False


def waiting(program: Program) -> dict[str, list[tuple[str, Way]]]:
    """For each program, who waits for it to return, and how it goes on there."""
    returns: dict[str, list[tuple[str, Way]]] = {}
    for visit in program.visits.values():
        caller = visit.id.partition("#")[0]
        for start in _starts_of(program, visit.id):
            returns.setdefault(program_of(start), []).append((caller, visit.then))
    return returns


def _starts_of(program: Program, id: str) -> Iterator[str]:
    screen = program.screens.get(id.partition("#")[0])
    for target in targets(screen) if screen else ():
        if target.visit and target.visit.id == id:
            yield target.screen


def _resumed(returns: Mapping[str, list[tuple[str, Way]]]) -> dict[str, set[str]]:
    """For each program the screens that may follow its return: a fixed point, one set a program.

    Whoever waits for it may itself return, and so on outward; along each path anew there would be far too many.
    """
    resumed: dict[str, set[str]] = {program: set() for program in returns}
    inner: dict[str, set[str]] = {}  # program -> those that return where it returns
    for program, waiting in returns.items():
        for caller, then in waiting:
            targets = {branch.to.screen for branch in then}
            resumed[program] |= targets - {RETURN}
            if RETURN in targets:
                inner.setdefault(program_of(caller), set()).add(program)
    open_programs = list(resumed)
    while open_programs:
        outer = open_programs.pop()
        for program in inner.get(outer, ()):
            if not resumed.get(outer, set()) <= resumed[program]:
                resumed[program] |= resumed[outer]
                open_programs.append(program)
    return resumed


def is_ending(screen: Screen) -> bool:
    return isinstance(screen, End) or (isinstance(screen, PageScreen) and screen.to is None)
