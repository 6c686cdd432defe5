"""What is handed to services and sub-menus: every argument there, known and of the right type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.compiler.known import enumerated
from app.compiler.scope import Scope
from app.compiler.shapes import can_be_given
from app.compiler.source import Node
from app.engine.program import Argument
from app.values.rules import ValueType


@dataclass(slots=True)
class Arguments:
    scope: Scope
    _given: list[tuple[Node, str, ValueType, str, bool]] = field(default_factory=list)

    def read(self, node: Node | None, key: str) -> dict[str, Argument]:
        arguments = {}
        for name, given in self.scope.reader.pairs(node, "`with`"):
            if given.kind == "mapping":
                self.scope.reader.only(given, ("always",), key)
                constant = self.scope.reader.scalar(self.scope.reader.need(given, "always", key))
                arguments[name.text] = Argument(None, constant)
            else:
                arguments[name.text] = Argument(self.scope.reader.scalar(given))
        return arguments

    def check(self, node: Node, takes: Mapping[str, ValueType], key: str, files: bool) -> None:
        given_node = node.get("with")
        given = {name.text: value for name, value in (given_node.pairs if given_node else ())}
        for missing in sorted(set(takes) - set(given)):
            self.scope.wrong(given_node or node, "missing-argument", f"`{missing}` is needed; add it to `with`", key)
        for name, value in given.items():
            if name not in takes:
                self.scope.wrong(value, "unknown-argument", f"no `{name}` is taken; remove it", key)
            elif value.kind == "scalar":
                self._given.append((value, value.text, takes[name], key, files))

    def check_given(self) -> None:
        """Arguments are checked last: what they name may be declared further down."""
        for node, name, wanted, key, files in self._given:
            declared = self.scope.names.get(name)
            if declared is None:
                known = enumerated(sorted(self.scope.names))
                told = f"`{name}` is never asked or given here; known are {known}"
                self.scope.wrong(node, "unknown-name", told, key)
            elif declared.type is ValueType.SECRET and (files or wanted is not ValueType.SECRET):
                told = f"`{name}` is a secret: it goes only to a service that is asked at once and takes a secret"
                self.scope.wrong(node, "secret-passed", told, key)
            elif not can_be_given(declared.type, wanted):
                self.scope.wrong(node, "wrong-type", f"`{name}` is {declared.type}, wanted is {wanted}", key)
