"""Ways: where a path goes, on which condition, what is said on top there, which sub-menu is walked before."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.compiler.arguments import Arguments
from app.compiler.declarations import ShapeOf
from app.compiler.fields import TARGET
from app.compiler.scope import Scope
from app.compiler.source import Node
from app.engine.branches import RETURN, Branch, Target, Visit, Way
from app.values.rules import Text


@dataclass(slots=True)
class Ways:
    """`visits` gathers the sub-menus that the program's ways visit."""

    scope: Scope
    arguments: Arguments
    shape_of: ShapeOf
    visits: dict[str, Visit] = field(default_factory=dict)

    def read(self, node: Node | None, screen: str, name: str) -> Way:
        """`screen`, `program`, `program/screen`, `return`, `{to: ..., say: ...}`, `{visit: ...}`, or a list of them."""
        if node is None:
            return (Branch(None, Target(f"{self.scope.program}/{screen}")),)
        if node.kind != "list":
            return (Branch(None, self._target(node, screen, name)),)
        branches = []
        for place, entry in enumerate(node.entries, start=1):
            last = place == len(node.entries)
            when = entry.get("when")
            if (when is None) is not last:
                told = "every way but the last needs a `when`, and the last must have none"
                self.scope.wrong(entry, "uncovered-outcome", told, screen)
            condition = self.scope.condition(when, screen)
            target = self._target(entry, screen, f"{name}_{place}", in_list=True)
            branches.append(Branch(None if last else condition, target))
        return tuple(branches) or (Branch(None, Target(f"{self.scope.program}/{screen}")),)

    def _target(self, node: Node, screen: str, name: str, in_list: bool = False) -> Target:
        if node.kind != "mapping":
            return Target(self.scope.resolve(node, screen))
        allowed = [one for one in TARGET if in_list or one.name != "when"]
        self.scope.reader.fields(node, tuple(allowed), screen)
        visit, said = node.get("visit"), node.get("say")
        say = self.scope.text(said, screen, "say", name) if said else None
        if visit is not None:
            return self._visit(node, visit, screen, name, say)
        return Target(self.scope.resolve(self.scope.reader.need(node, "to", screen), screen), say)

    def _visit(self, node: Node, visit: Node, screen: str, name: str, say: Text | None) -> Target:
        program = self.scope.reader.scalar(visit)
        shape = self.shape_of(program, node)
        if node.get("to") is not None:
            self.scope.wrong(node, "unknown-key", "`to` and `visit` exclude each other; use `then`", screen)
        then = self.read(self.scope.reader.need(node, "then", screen), screen, f"{name}_then")
        if shape is None:
            self.scope.wrong(visit, "unknown-program", f"`{program}` is no program that can be visited here", screen)
            return Target(f"{self.scope.program}/{screen}", say)
        if not shape.returns:
            self.scope.wrong(visit, "dead-end", f"`{program}` never goes to `{RETURN}`; lead there instead", screen)
        self.arguments.check(node, shape.takes, screen)
        results = self.scope.results(node.get("results"), shape.gives, f"`{program}`", screen)
        id = f"{self.scope.program}/{screen}#{name}"
        self.visits[id] = Visit(id, self.arguments.read(node.get("with"), screen), results, then)
        return Target(shape.start, say, self.visits[id])
