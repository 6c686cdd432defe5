"""Which answers are surely known where: a condition or an argument may not read what some path never gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.compiler.graph import Finding
from app.engine.branches import RETURN, Argument, Visit, Way
from app.engine.program import Ask, CallScreen, Choose, Confirm, Pick, Program, Screen, program_of
from app.engine.ways import targets, ways
from app.values.conditions import Condition
from app.values.rules import ValueType
from app.values.text import slots

Known = frozenset[str]


def check_flow(program: Program, takes: Mapping[str, Known], always: Mapping[str, Known]) -> Iterator[Finding]:
    """Names that are read before every path has given them, and secrets that a page would make forget.

    What a citizen agrees to is read as well: a confirm page has no hole in it. Other pages may name what is not there.
    """
    flow = _Flow(program, takes, always)
    flow.settle()
    for name, screen in program.screens.items():
        here = flow.known.get(name)
        if here is None:
            continue  # unreachable, which is complained of elsewhere
        for used in sorted(flow.reads(screen, here)):
            declared = program.names[program_of(name)].get(used)
            if declared is not None and declared.type is ValueType.SECRET:
                yield (
                    name,
                    "secret-kept",
                    f"`{used}` is forgotten at the next page; call its service right after asking",
                )
            elif declared is not None:
                yield name, "not-yet-known", f"`{used}` is not known on every path to here; ask for it on all of them"


@dataclass(slots=True)
class _Flow:
    """For each screen the names that every path has given, and for each program those that every return has: a fixed
    point from the ways into each program.
    """

    program: Program
    takes: Mapping[str, Known]
    always: Mapping[str, Known]
    known: dict[str, Known] = field(default_factory=dict)
    _returned: dict[str, Known] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def settle(self) -> None:
        visitors = self._visitors()
        for start in _starts(self.program):
            self._meet(start, self.takes.get(program_of(start), frozenset()))
        while self._open:
            name = self._open.pop()
            screen = self.program.screens.get(name)
            if screen is None:
                continue
            owner = program_of(name)
            for label, way in ways(screen):
                for target, names in self._arrivals(screen, label, way, self.known[name]):
                    if target == RETURN:
                        before = self._returned.get(owner)
                        self._returned[owner] = names if before is None else before & names
                        if self._returned[owner] != before:
                            self._open += [one for one in visitors.get(owner, ()) if one in self.known]
                    elif target in self.program.screens:
                        other = program_of(target)
                        self._meet(target, names if other == owner else self.takes.get(other, frozenset()))

    def _meet(self, screen: str, names: Known) -> None:
        before = self.known.get(screen)
        after = names if before is None else before & names
        if after != before:
            self.known[screen] = after
            self._open.append(screen)

    def _visitors(self) -> dict[str, set[str]]:
        """For each program the screens that visit it."""
        visitors: dict[str, set[str]] = {}
        for screen in self.program.screens.values():
            for target in targets(screen):
                if target.visit:
                    visitors.setdefault(program_of(target.screen), set()).add(screen.name)
        return visitors

    def _arrivals(self, screen: Screen, label: str, way: Way, known: Known) -> Iterator[tuple[str, Known]]:
        """Where a way leads, with what is known there; past a sub-menu, its results too."""
        after = self._after(screen, label, known)
        fresh = screen.into if isinstance(screen, Ask) else None
        lasting = after if isinstance(screen, CallScreen) else self._lasting(screen, after, fresh)
        kept = self._lasting(screen, after)
        for branch in way:
            yield branch.to.screen, lasting
            if branch.to.visit:
                yield from self._past(branch.to.screen, branch.to.visit, kept)

    def _past(self, start: str, visit: Visit, known: Known) -> Iterator[tuple[str, Known]]:
        """Behind a sub-menu; nowhere as long as no way to its return is known."""
        returned = self._returned.get(program_of(start))
        if returned is None:
            return
        after = known | {into for given, into in visit.results.items() if given in returned}
        for branch in visit.then:
            yield branch.to.screen, after
            if branch.to.visit:
                yield from self._past(branch.to.screen, branch.to.visit, after)

    def _lasting(self, screen: Screen, known: Known, fresh: str | None = None) -> Known:
        """What the next page leaves: no secret, but for the one that was typed just now."""
        return frozenset(name for name in known if name == fresh or not self._is_secret(screen, name))

    def _after(self, screen: Screen, label: str, known: Known) -> Known:
        """What is known once a screen is left by this way."""
        if isinstance(screen, Ask):
            return known | {screen.into} if label == "to" else known
        if isinstance(screen, Choose):
            option = next((one for one in screen.options if label == f"option_{one.key}"), None)
            is_answered = option and (option.offers or option.value is not None)
            return known | {screen.into} if is_answered and screen.into else known
        if isinstance(screen, Pick):
            return known | set(screen.into) if label == "to" else known
        if isinstance(screen, CallScreen):
            given = screen.results if label == "answered" else {}
            if label in ("late", "down"):
                always = self.always.get(screen.service, ())
                given = {name: into for name, into in screen.results.items() if name in always}
            return known | set(given.values())
        return known

    def _is_secret(self, screen: Screen, name: str) -> bool:
        declared = self.program.names[program_of(screen.name)].get(name)
        return declared is not None and declared.type is ValueType.SECRET

    def reads(self, screen: Screen, here: Known) -> set[str]:
        """What a screen and the ways out of it read without its being known."""
        if not isinstance(screen, CallScreen):
            here = self._lasting(screen, here)
        unknown: set[str] = set()
        if isinstance(screen, CallScreen):
            unknown |= _named(screen.arguments) - here
        if isinstance(screen, Choose):
            unknown |= {name for option in screen.options for name in _read(option.when)} - here
        if isinstance(screen, Ask):
            unknown |= {name for must in screen.rule.must for name in _read(must.that)} - here - {screen.into}
        if isinstance(screen, Confirm):
            unknown |= {slot.name for template in screen.text.values() for slot in slots(template)} - here
        for label, way in ways(screen):
            unknown |= self._read_on(way, self._after(screen, label, here))
        return unknown

    def _read_on(self, way: Way, known: Known) -> set[str]:
        unknown: set[str] = set()
        for branch in way:
            unknown |= _read(branch.when) - known
            if visit := branch.to.visit:
                returned = self._returned.get(program_of(branch.to.screen), frozenset(visit.results))
                given = {into for name, into in visit.results.items() if name in returned}
                unknown |= _named(visit.arguments) - known
                unknown |= self._read_on(visit.then, known | given)
        return unknown


def _starts(program: Program) -> set[str]:
    dialled = {*program.codes.values(), *program.agent_codes.values()}
    return dialled | {keyword.screen for keyword in program.keywords} | program.bare


def _read(condition: Condition | None) -> set[str]:
    return set(condition.names) if condition else set()


def _named(arguments: Mapping[str, Argument]) -> set[str]:
    return {argument.name for argument in arguments.values() if argument.name is not None}
