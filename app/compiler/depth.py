"""How many inputs an end is away on the longest way to it that goes through no screen twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.engine.branches import RETURN, Visit, Way
from app.engine.program import Ask, CallScreen, Program, Screen, program_of
from app.engine.ways import ways

Edge = tuple[str, int]
"""A screen, or `return`, and the inputs to it."""


@dataclass(slots=True)
class Depths:
    """Inputs along ways; a sub-menu counts as its own longest way back, however often it is visited."""

    program: Program
    _edges: dict[str, list[Edge]] = field(default_factory=dict)
    _inside: dict[str, int] = field(default_factory=dict)

    def longest(self, start: str, *, inside: bool = False) -> dict[str, int]:
        """Inputs on the longest way from a screen to each that it reaches, `return` too. Ways that lead back where one
        came from, for another try, are walked once. `inside`: no way that leaves the screen's program is walked.
        """
        order, back = self._walked(start, inside)
        longest = {start: 0}
        for name in reversed(order):  # every screen after all that lead to it
            for other, inputs in self._onward(name, inside):
                if (name, other) not in back:
                    longest[other] = max(longest.get(other, 0), longest[name] + inputs)
        return longest

    def _walked(self, start: str, inside: bool) -> tuple[list[str], set[tuple[str, str]]]:
        """The screens in the order in which a walk in depth leaves them, and the ways that lead back along it."""
        order: list[str] = []
        back: set[tuple[str, str]] = set()
        seen, on_the_way = {start}, {start}
        stack: list[tuple[str, Iterator[Edge]]] = [(start, iter(self._onward(start, inside)))]
        while stack:
            name, onward = stack[-1]
            for other, _ in onward:
                if other in on_the_way:
                    back.add((name, other))
                elif other not in seen:
                    seen.add(other)
                    on_the_way.add(other)
                    stack.append((other, iter(self._onward(other, inside))))
                    break
            else:
                stack.pop()
                on_the_way.discard(name)
                order.append(name)
        return order, back

    def _onward(self, name: str, inside: bool) -> list[Edge]:
        edges = self._all_onward(name)
        if not inside:
            return edges
        return [edge for edge in edges if edge[0] == RETURN or program_of(edge[0]) == program_of(name)]

    def _all_onward(self, name: str) -> list[Edge]:
        screen = self.program.screens.get(name)
        if screen is None:
            return []
        if name not in self._edges:
            self._edges[name] = [
                edge for label, way in ways(screen) for edge in self._along(way, _inputs(screen, label))
            ]
        return self._edges[name]

    def _along(self, way: Way, inputs: int) -> Iterator[Edge]:
        for branch in way:
            yield branch.to.screen, inputs
            if branch.to.visit:
                yield from self._after(branch.to.screen, branch.to.visit, inputs)

    def _after(self, start: str, visit: Visit, inputs: int) -> Iterator[Edge]:
        # Whoever leaves a sub-menu otherwise than by its return does not come back to its visitor.
        if start not in self._inside:
            self._inside[start] = self.longest(start, inside=True).get(RETURN, 0)
        yield from self._along(visit.then, inputs + self._inside[start])


def _inputs(screen: Screen, label: str) -> int:
    """What a citizen types to leave a screen by a way."""
    if isinstance(screen, CallScreen) or label == "empty":
        return 0
    return 2 if isinstance(screen, Ask) and screen.rule.again and label == "to" else 1
