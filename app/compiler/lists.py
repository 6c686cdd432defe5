"""Screens that show a list of a service, or a long text, page by page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.compiler.known import enumerated
from app.compiler.scope import Scope
from app.compiler.source import Node
from app.compiler.ways import Ways
from app.engine.branches import Help
from app.engine.program import Declared, Listing, PageScreen, Pick
from app.values.rules import ValueType
from app.values.text import Slot


@dataclass(frozen=True, slots=True)
class Lists:
    """`help` reads what a screen says after wrong inputs."""

    scope: Scope
    ways: Ways
    help: Callable[[Node, str], Help | None]

    def page(self, name: str, key: str, node: Node) -> PageScreen:
        listing = self._listing(node, key) if node.get("from") is not None else None
        to, empty = node.get("to"), node.get("empty")
        if listing is None:
            for idle in ("line", "empty"):
                if node.get(idle) is not None:
                    told = f"`{idle}` is for lists; add `from` or remove it"
                    self.scope.wrong(node, "idle-bound", told, key)
        elif empty is None:
            self.scope.wrong(node, "uncovered-outcome", "the list may be empty: say where it goes in `empty`", key)
        return PageScreen(
            name,
            self.scope.text(node.get("page"), key, "text"),
            listing,
            self.ways.read(to, key, "to") if to else None,
            self.ways.read(empty, key, "empty") if listing else None,
            self.help(node, key),
        )

    def pick(self, name: str, key: str, node: Node) -> Pick:
        listing = self._listing(node, key)
        fields = (self.scope.names.get(listing.name) or Declared(ValueType.LIST, 0, {})).fields or {}
        into = {}
        for answer, given in self.scope.reader.pairs(node.get("into"), "`into`"):
            if given.text not in fields:
                known = enumerated(fields)
                told = f"an entry has no field `{given.text}`; it has {known}"
                self.scope.wrong(given, "unknown-result", told, key)
            else:
                into[answer.text] = given.text
        return Pick(
            name,
            self.scope.text(node.get("pick"), key, "text"),
            listing,
            into,
            self.ways.read(node.get("to"), key, "to"),
            self.ways.read(node.get("empty"), key, "empty"),
            self.help(node, key),
        )

    def _listing(self, node: Node, key: str) -> Listing:
        source = node.get("from")
        name = self.scope.reader.scalar(source)
        declared = self.scope.names.get(name)
        if source is not None and (declared is None or declared.type is not ValueType.LIST):
            known = enumerated(one for one, it in self.scope.names.items() if it.type is ValueType.LIST)
            told = f"`{name}` is no list that a service gives here; known are {known}"
            self.scope.wrong(source, "unknown-name", told, key)
        if node.get("line") is None:
            self.scope.reader.need(node, "line", key)
        line = self.scope.text(node.get("line"), key, "line")
        known_fields = (declared.fields if declared else None) or {}
        for slot in sorted({slot.name for template in line.values() for slot in template if isinstance(slot, Slot)}):
            if slot not in known_fields:
                told = f"an entry has no field `{slot}`; it has {enumerated(known_fields)}"
                self.scope.wrong(node.get("line") or node, "unknown-name", told, key)
        return Listing(name, line)
