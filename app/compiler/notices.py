"""What may be said on top of each screen as it is entered: on the way there, or to a list before it that is empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from app.compiler.graph import Finding, waiting
from app.compiler.worst import Worst, together, worst_of, worst_text
from app.engine.branches import RETURN, Target
from app.engine.program import CallScreen, PageScreen, Pick, Program, program_of
from app.engine.ways import targets
from app.values.rules import Text


class Notices:
    """`_past` are, for each list, the targets to which an empty one leads, returns of its sub-menu included."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._waiting = waiting(program)
        self._returns: dict[str, Sequence[Target]] = {}
        self._past = {
            screen.name: tuple(self._arrivals(screen))
            for screen in program.screens.values()
            if isinstance(screen, PageScreen | Pick) and screen.empty
        }
        self._said: dict[str, list[Text]] = {}
        for screen in program.screens.values():
            for target in targets(screen):
                if target.say:
                    self._said.setdefault(target.screen, []).append(target.say)
        self._order = self._lists_in_order()

    def worst(self, language: str) -> dict[str, list[Worst]]:
        """For each screen that something is said on, the worst of each in a language."""
        worst = {name: [self._worst(text, name, language) for text in said] for name, said in self._said.items()}
        for name in self._order:
            if name in worst:
                carried = worst_of(text for one in worst[name] for text in one.texts)
                for target in self._past[name]:
                    own = [self._worst(target.say, target.screen, language)] if target.say else []
                    worst.setdefault(target.screen, []).append(together([carried, *own], _lines))
        return worst

    def check(self) -> Iterator[Finding]:
        """What is said on the way to a list and is lost when it is empty, for the way past it leads to a call."""
        said = self.worst(self._program.base)
        for name, past in self._past.items():
            lost = [one.screen for one in past if isinstance(self._program.screens.get(one.screen), CallScreen)]
            if name in said and lost:
                told = f"nobody sees what is said on the way here if the list is empty, for `{lost[0]}` shows nothing"
                yield name, "unseen-say", f"{told}; lead `empty` to a page"

    def _worst(self, text: Text, screen: str, language: str) -> Worst:
        names = self._program.names.get(program_of(screen), {})
        return worst_text(text[language], names, self._program, language)

    def _arrivals(self, screen: PageScreen | Pick) -> Iterator[Target]:
        for branch in screen.empty or ():
            if branch.to.screen == RETURN:
                yield from self._returned(program_of(screen.name))
            else:
                yield branch.to

    def _returned(self, program: str) -> Sequence[Target]:
        """Where those go on that wait for a program, and those that wait for theirs if they return at once."""
        if program not in self._returns:
            found, open_programs, seen = list[Target](), [program], {program}
            while open_programs:
                for caller, then in self._waiting.get(open_programs.pop(), ()):
                    found += [branch.to for branch in then if branch.to.screen != RETURN]
                    outer = program_of(caller)
                    if outer not in seen and any(branch.to.screen == RETURN for branch in then):
                        seen.add(outer)
                        open_programs.append(outer)
            self._returns[program] = found
        return self._returns[program]

    def _lists_in_order(self) -> Sequence[str]:
        """Each list behind those that lead to it when they are empty; where they lead in a circle, which is refused
        elsewhere, nothing is carried along."""
        sorter = TopologicalSorter[str](dict.fromkeys(self._past, ()))
        for name, past in self._past.items():
            for target in past:
                if target.screen in self._past:
                    sorter.add(target.screen, name)
        try:
            return tuple(sorter.static_order())
        except CycleError:
            return ()


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(filter(None, texts))
