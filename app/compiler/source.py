"""YAML as authors write it: every value a string with its place; nothing is guessed, nothing recurses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from app import limits
from app.errors import Complaint

Complain = Callable[[Complaint], None]


@dataclass(slots=True)
class Node:
    """A scalar (`text`), a mapping (`pairs`) or a list (`entries`), and where it begins (1-based)."""

    file: str
    line: int
    column: int
    kind: str
    text: str = ""
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    entries: list[Node] = field(default_factory=list)
    index: dict[str, Node] = field(default_factory=dict)

    def get(self, key: str) -> Node | None:
        return self.index.get(key)

    def complaint(self, rule: str, text: str, screen: str = "") -> Complaint:
        return Complaint(self.file, self.line, self.column, rule, text, screen)


@dataclass(frozen=True, slots=True)
class _Place:
    line: int
    column: int


class _Refused(Exception):
    """A way out of the event loop below, never seen outside."""

    def __init__(self, event: yaml.events.Event, rule: str, text: str) -> None:
        self.place, self.rule, self.text = _place(event.start_mark), rule, text


def read_yaml(file: str, text: str, complain: Complain) -> Node | None:
    """Read one document; a mapping or nothing. Whatever is wrong is complained of, with its place.

    Built from libyaml's event stream with an explicit stack: composing recursively crashes on deep nesting, and
    aliases can make a small file enormous (both measured), so depth is bounded and aliases and tags are refused.
    """
    if len(text.encode()) > limits.pack_file_bytes_max:
        complain(Complaint(file, 1, 1, "file-size", f"is larger than {limits.pack_file_bytes_max} bytes; split it"))
        return None
    try:
        root = _build(file, yaml.parse(text, Loader=yaml.CSafeLoader), complain)
    except _Refused as refused:
        complain(Complaint(file, refused.place.line, refused.place.column, refused.rule, refused.text))
        return None
    except yaml.YAMLError as error:
        place = _place(getattr(error, "problem_mark", None))
        problem = str(getattr(error, "problem", None) or getattr(error, "reason", "") or "cannot be read")
        complain(Complaint(file, place.line, place.column, "yaml", f"is not YAML: {problem}"))
        return None
    if root is None or root.kind != "mapping":
        complain(Complaint(file, 1, 1, "yaml", "must be a mapping of names to values at its top level"))
        return None
    return root


def plain(node: Node) -> object:
    """A node as plain values, for an adapter's own model; its depth was bounded when it was read."""
    if node.kind == "mapping":
        return {key: plain(value) for key, value in node.index.items()}
    return [plain(entry) for entry in node.entries] if node.kind == "list" else node.text


def quoted(text: str) -> str:
    """A text in double quotes on one line, as YAML reads it; a letter that cannot be seen is written as its number."""
    told = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else f"\\U{ord(letter):08x}" for letter in told)


def _build(file: str, events: Iterator[yaml.events.Event], complain: Complain) -> Node | None:
    root: Node | None = None
    stack: list[tuple[Node, Node | None]] = []  # the open collections and, in a mapping, the key that waits
    nodes = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            raise _Refused(event, "yaml-alias", "aliases (`*name`) are not allowed; write the value out")
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
            _check_event(event, nodes, len(stack))
            node = _node(file, event)
            root = _attach(node, stack, complain) or root
            if not isinstance(event, yaml.ScalarEvent):
                stack.append((node, None))
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
        elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise _Refused(event, "yaml", "holds a second document; keep one document a file")
    return root


def _place(mark: Any) -> _Place:
    """libyaml counts from 0, people and editors from 1."""
    return _Place(mark.line + 1, mark.column + 1) if mark else _Place(1, 1)


def _check_event(event: yaml.events.NodeEvent, nodes: int, depth: int) -> None:
    if event.anchor is not None:
        raise _Refused(event, "yaml-alias", "anchors (`&name`) are not allowed; write the value out")
    if getattr(event, "tag", None) not in (None, "!"):
        raise _Refused(event, "yaml-tag", "tags (`!name`) are not allowed; every value is plain text")
    if nodes > limits.pack_nodes_max:
        raise _Refused(event, "file-size", f"holds more than {limits.pack_nodes_max} values; split it")
    if depth >= limits.pack_depth_max:
        raise _Refused(event, "yaml-depth", f"is nested deeper than {limits.pack_depth_max} levels")


def _node(file: str, event: yaml.events.Event) -> Node:
    place = _place(event.start_mark)
    if isinstance(event, yaml.ScalarEvent):
        return Node(file, place.line, place.column, "scalar", text=event.value)
    return Node(file, place.line, place.column, "mapping" if isinstance(event, yaml.MappingStartEvent) else "list")


def _attach(node: Node, stack: list[tuple[Node, Node | None]], complain: Complain) -> Node | None:
    """Put a node into the innermost open collection; returns it when it is the root."""
    if not stack:
        return node
    parent, key = stack[-1]
    if parent.kind == "list":
        parent.entries.append(node)
    elif key is None:
        if node.text in parent.index:
            complain(node.complaint("duplicate-key", f"`{node.text}` stands here twice; remove one"))
        stack[-1] = (parent, node)
    else:
        parent.pairs.append((key, node))
        parent.index.setdefault(key.text, node)
        stack[-1] = (parent, None)
    return None
