"""Reads nodes of a pack: keys, numbers, texts with their translations; complains and never raises."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from app.engine.program import Text
from app.engine.source import Complain, Node
from app.engine.text import BadTemplate, Template, parse_template, slots

_TEXT_KEYS = ("text", "review", "by", "on")


class Reader:
    """Shared by all that compiles a pack. `translations` maps each further language to the root of its file."""

    def __init__(self, complain: Complain, base: str, translations: Mapping[str, Node]) -> None:
        self.complain = complain
        self.base = base
        self.translations = translations
        self._used: set[int] = set()

    def wrong(self, node: Node, rule: str, text: str, screen: str = "") -> None:
        self.complain(node.complaint(rule, text, screen))

    def pairs(self, node: Node | None, what: str) -> list[tuple[Node, Node]]:
        if node is None:
            return []
        if node.kind != "mapping":
            self.wrong(node, "wrong-shape", f"{what} must be a mapping of names to values")
        return node.pairs

    def only(self, node: Node, allowed: Iterable[str], screen: str = "") -> None:
        known = tuple(allowed)
        for key, _ in self.pairs(node, "this"):
            if key.text not in known:
                self.wrong(key, "unknown-key", f"`{key.text}` means nothing here; known are {', '.join(known)}", screen)

    def need(self, node: Node, key: str, screen: str = "") -> Node:
        found = node.get(key)
        if found is None:
            self.wrong(node, "missing-key", f"`{key}` is missing; add it", screen)
            return Node(node.file, node.line, node.column, "scalar")
        return found

    def scalar(self, node: Node | None, default: str = "") -> str:
        if node is None:
            return default
        if node.kind != "scalar":
            self.wrong(node, "wrong-shape", "must be a single value, not a mapping or a list")
            return default
        return node.text

    def whole(self, node: Node | None, default: int) -> int:
        if node is None:
            return default
        if not re.fullmatch("[0-9]{1,9}", node.text):
            self.wrong(node, "wrong-shape", f"`{node.text}` must be a whole number")
            return default
        return int(node.text)

    def names(self, node: Node | None) -> tuple[str, ...]:
        if node is not None and node.kind != "list":
            self.wrong(node, "wrong-shape", "must be a list: `[one, two]`")
        return tuple(self.scalar(entry) for entry in (node.entries if node else ()))

    def words(self, node: Node | None, what: str) -> dict[str, str]:
        return {key.text: self.scalar(value) for key, value in self.pairs(node, what)}

    def plain(self, node: Node, *path: str, screen: str = "") -> Text:
        """A text in which no placeholder may stand: an option, a phrase of the house, a title."""
        texts = self.text(node, *path, screen=screen)
        if any(slots(template) for template in texts.values()):
            self.wrong(node, "bad-placeholder", "no placeholder can stand here; write the text out", screen)
        return texts

    def text(self, node: Node, *path: str, screen: str = "") -> Text:
        """The base text of `node` and, from every languages file, the one that stands at the same `path`."""
        base = self._template(node, screen)
        texts = {self.base: base}
        for language, root in self.translations.items():
            found = self._find(root, path)
            if found is None:
                where = " > ".join(path)
                self.wrong(node, "missing-translation", f"has no text in languages/{language}.yaml at {where}", screen)
            texts[language] = self._template(found, screen) if found else base
        return texts

    def _template(self, node: Node, screen: str) -> Template:
        if node.kind == "mapping":
            self.only(node, _TEXT_KEYS, screen)
            node = self.need(node, "text", screen)
        try:
            return parse_template(self.scalar(node).strip())
        except BadTemplate as error:
            self.wrong(node, "bad-placeholder", str(error), screen)
            return ()

    def _find(self, node: Node, path: Iterable[str]) -> Node | None:
        self._used.add(id(node))
        for name in path:
            found = node.get(name)
            if found is None:
                return None
            self._used.add(id(found))
            node = found
        return node

    def complain_of_unused(self) -> None:
        """Every text of a languages file that nothing asked for is a mistake: a screen was renamed or mistyped."""
        for root in self.translations.values():
            open_nodes = [root]
            while open_nodes:
                for key, value in open_nodes.pop().pairs:
                    if id(value) not in self._used:
                        self.wrong(key, "unknown-translation", f"`{key.text}` translates nothing; remove or rename it")
                    elif value.get("text") is None:
                        open_nodes.append(value)
