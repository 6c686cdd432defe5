"""What a program declares: every name that is asked, chosen, given or picked, with its type and its longest."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from app.compiler.fields import PARAMETER
from app.compiler.rules import read_rule
from app.compiler.scope import Scope
from app.compiler.shapes import Country, ProgramShape, ServiceShape
from app.compiler.source import Node
from app.engine.program import Declared
from app.engine.rendering import longest_typed, natural_length
from app.values.rules import Text, ValueType
from app.values.text import Slot, septets

NAME = "[a-z][a-z0-9_]{0,39}"
ShapeOf = Callable[[str, Node], ProgramShape | None]
"""The shape of a program that is visited from a node; None, and a complaint, if it cannot be."""


@dataclass(slots=True)
class Declarations:
    """Reads them into `scope.names`."""

    scope: Scope
    services: Mapping[str, ServiceShape]
    country: Country
    shape_of: ShapeOf
    _declared_at: dict[str, Node] = field(default_factory=dict)

    def takes(self) -> dict[str, Declared]:
        takes = {}
        for name, node in self.scope.reader.pairs(self.scope.root.get("takes"), "`takes`"):
            self.scope.reader.fields(node, PARAMETER)
            type_node = self.scope.reader.need(node, "type")
            if type_node.text not in tuple(ValueType) or type_node.text in (ValueType.SECRET, ValueType.LIST, "choice"):
                self.scope.wrong(type_node, "unknown-type", f"`{type_node.text}` cannot be handed to a sub-menu")
                continue
            type = ValueType(type_node.text)
            longest = natural_length(type) or self.scope.reader.whole(self.scope.reader.need(node, "longest"), 20)
            takes[self._declare(name, Declared(type, longest, {}), "takes")] = Declared(type, longest, {})
        return takes

    def gives(self) -> dict[str, Declared]:
        gives = {}
        listed = self.scope.root.get("gives")
        for node, name in zip(listed.entries if listed else [], self.scope.reader.names(listed), strict=False):
            declared = self.scope.names.get(name)
            if declared is not None and declared.type in (ValueType.SECRET, ValueType.LIST):
                told = f"`{name}` is a {declared.type}, which a sub-menu never hands back; use it here"
                self.scope.wrong(node, "wrong-type", told)
            elif declared is not None:
                gives[name] = declared
            else:
                self.scope.wrong(node, "unknown-name", f"`{name}` is never asked or given here; remove it")
        return gives

    def declare_screen(self, key: str, node: Node) -> None:
        into = node.get("into")
        if node.get("ask") is not None and into is not None:
            rule = read_rule(self.scope.reader, self.country, node, key)
            longest = longest_typed(rule, self.country.formats, self.country.currency)
            self._declare(into, Declared(rule.type, longest, {}), key)
        elif node.get("choose") is not None and into is not None:
            if not _offers(node) or any(option.get("value") for option in _options(node)):
                self._declare(into, self._choice(node, key), key)
        elif node.get("call") is not None:
            service = self.services.get(self.scope.reader.scalar(node.get("call")))
            for given, name in self.scope.reader.pairs(node.get("results"), "`results`") if service else ():
                if service and given.text in service.gives:
                    self._declare(name, service.gives[given.text], key)
        for visit in _visits(node):
            shape = self.shape_of(self.scope.reader.scalar(visit.get("visit")), visit)
            for given, name in self.scope.reader.pairs(visit.get("results"), "`results`") if shape else ():
                if shape and given.text in shape.gives:
                    self._declare(name, shape.gives[given.text], key)

    def declare_picked(self, key: str, node: Node) -> None:
        """What is picked from a list, once all lists are declared: a pick may stand above its call."""
        into = node.get("into")
        if node.get("pick") is None or into is None:
            return
        listed = self.scope.names.get(self.scope.reader.scalar(node.get("from")))
        for name, given in self.scope.reader.pairs(into, "`into`"):
            declared = (listed.fields or {}).get(given.text) if listed else None
            if declared is not None:
                self._declare(name, declared, key)

    def declare_offered(self, key: str, node: Node) -> None:
        """What options offer, once all amounts are declared: a page of choices may stand above what it offers."""
        into = node.get("into") if node.get("choose") is not None else None
        for offered in _offers(node) if into is not None else ():
            declared = self.scope.names.get(self.scope.reader.scalar(offered))
            if declared is not None and declared.type is ValueType.AMOUNT:
                self._declare(into or offered, declared, key)

    def _choice(self, node: Node, key: str) -> Declared:
        words = {}
        for number, option in self.scope.reader.pairs(node.get("options"), "`options`"):
            value, text, word = option.get("value"), option.get("text"), option.get("word")
            if value is not None and text is not None:
                words[value.text] = self.scope.option_text(text, key, number.text)
            if value is not None and word is not None:
                words[value.text] = self.scope.option_text(word, key, number.text, "words")
        longest = max((_longest_static(text) for text in words.values()), default=0)
        return Declared(ValueType.CHOICE, longest, words)

    def _declare(self, node: Node, declared: Declared, screen: str) -> str:
        name = self.scope.reader.scalar(node)
        known = self.scope.names.get(name)
        if not re.fullmatch(NAME, name) or name in ("today", "caller"):
            told = f"`{name}`: a name is small letters, digits and _, and neither `today` nor `caller`"
            self.scope.wrong(node, "bad-name", told, screen)
        elif known and known.type is not declared.type:
            first = self._declared_at[name].line
            self.scope.wrong(node, "name-twice", f"`{name}` is a {known.type} since line {first}; rename one", screen)
        elif known:
            self.scope.names[name] = self._merged(node, known, declared, screen)
        else:
            self.scope.names[name] = declared
            self._declared_at[name] = node
        return name

    def _merged(self, node: Node, known: Declared, declared: Declared, screen: str) -> Declared:
        """One name that is given in several places: what holds wherever it came from."""
        longest, words = max(known.longest, declared.longest), {**known.words, **declared.words}
        if known.fields is None or declared.fields is None:
            return replace(known, longest=longest, words=words)
        both = [(name, one, declared.fields[name]) for name, one in known.fields.items() if name in declared.fields]
        for name, one, other in both:
            if one.type is not other.type:
                told = f"`{name}` of `{node.text}` is a {one.type} and a {other.type}; give the lists different names"
                self.scope.wrong(node, "name-twice", told, screen)
        fields = {
            name: replace(one, longest=max(one.longest, other.longest), words={**one.words, **other.words})
            for name, one, other in both
        }
        return replace(known, longest=longest, fields=fields, most=max(known.most, declared.most))


def _options(node: Node) -> list[Node]:
    options = node.get("options")
    return [option for _, option in options.pairs] if options else []


def _offers(node: Node) -> list[Node]:
    """What the options of a page name as what they offer."""
    return [offered for option in _options(node) if (offered := option.get("offers")) is not None]


def _visits(node: Node) -> list[Node]:
    """Every `visit` written anywhere in a screen."""
    found, open_nodes = [], [node]
    while open_nodes:
        one = open_nodes.pop()
        if one.kind == "mapping" and one.get("visit") is not None:
            found.append(one)
        open_nodes += [value for _, value in one.pairs] + one.entries
    return found


def _longest_static(text: Text) -> int:
    return max(sum(septets(part) for part in template if not isinstance(part, Slot)) for template in text.values())
