"""One program while it is compiled: where its screens stand, what its names are, its texts and conditions."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from app.compiler.known import enumerated, meant
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.engine.branches import RETURN
from app.engine.program import Declared
from app.values.conditions import FACTS, OPEN, BadCondition, Condition, Conditions
from app.values.rules import OPAQUE, Text, ValueType

UNREADABLE = (ValueType.SECRET, ValueType.LIST, *OPAQUE)
"""Types that no condition can see."""
SCREEN_NAME = "[a-z][a-z0-9_-]{0,39}"
OPTION_NUMBER = "[1-9][0-9]?"


@dataclass(slots=True)
class Scope:
    """`starts` maps every program of the pack to its first screen; `shared` holds the screens of included files, by
    screen, with their file's name. `opens` are the services that a condition may ask for, as it writes them, `assisted`
    the programs that agents may start for citizens. `places`,
    `names` and `opens_read`, those that one asks for, are filled while the program is read."""

    reader: Reader
    program: str
    root: Node
    starts: Mapping[str, str]
    shared: Mapping[str, tuple[str, Node, Node]]
    places: dict[str, Node] = field(default_factory=dict)
    names: dict[str, Declared] = field(default_factory=dict)
    returns: bool = False
    opens: Collection[str] = ()
    assisted: Collection[str] = ()
    opens_read: set[str] = field(default_factory=set)
    _options: dict[int, Text] = field(default_factory=dict)
    _conditions: Conditions | None = None

    def wrong(self, node: Node, rule: str, text: str, screen: str = "") -> None:
        self.reader.wrong(node, rule, text, screen)

    def written(self) -> dict[str, tuple[Node, Node]]:
        """Every screen by its key, included ones last; the place of each is kept for complaints."""
        written: dict[str, tuple[Node, Node]] = {}
        for key, node in self.reader.pairs(self.root.get("screens"), "`screens`"):
            if not re.fullmatch(SCREEN_NAME, key.text) or key.text == RETURN:
                told = f"`{key.text}`: a screen's name is small letters, digits, - and _, and not `{RETURN}`"
                self.wrong(key, "bad-name", told)
            written[key.text] = (key, node)
        for name, (_, key, node) in self.shared.items():
            if name in written:
                told = f"`{name}` is also in {key.file}, which is included; rename one"
                self.wrong(written[name][0], "name-twice", told, name)
            written.setdefault(name, (key, node))
        self.places = {f"{self.program}/{name}": key for name, (key, _) in written.items()}
        return written

    def path(self, screen: str) -> tuple[str, ...]:
        """Where the texts of a screen stand in a languages file."""
        if screen in self.shared and f"{self.program}/{screen}" in self.places:
            file, key, _ = self.shared[screen]
            if self.places[f"{self.program}/{screen}"] is key:
                return ("shared", file, screen)
        return ("programs", self.program, screen)

    def text(self, node: Node | None, screen: str, *path: str) -> Text:
        node = node or Node(self.root.file, self.root.line, self.root.column, "scalar")
        return self.reader.text(node, *self.path(screen), *path, screen=screen)

    def option_text(self, node: Node, screen: str, number: str, kept_as: str = "options") -> Text:
        """What an option says, or its word, which is `kept_as` `words` in a languages file."""
        if id(node) not in self._options:
            path = (*self.path(screen), kept_as, number)
            self._options[id(node)] = self.reader.plain(node, *path, screen=screen)
        return self._options[id(node)]

    def results(self, node: Node | None, gives: Collection[str], giver: str, screen: str) -> dict[str, str]:
        """What is kept of what somebody gives: its name there -> the name here."""
        results = {}
        for given, into in self.reader.pairs(node, "`results`"):
            if given.text in gives:
                results[given.text] = into.text
            else:
                known = enumerated(gives, "nothing")
                self.wrong(given, "unknown-result", f"{giver} gives no `{given.text}`; it gives {known}", screen)
        return results

    def close_declarations(self) -> None:
        """All names are known: from now on conditions can be compiled."""
        self._conditions = Conditions(
            {name: one.type.value for name, one in self.names.items() if one.type not in UNREADABLE}, self.opens
        )

    def condition(self, node: Node | None, screen: str) -> Condition | None:
        if node is None:
            return None
        assert self._conditions is not None, "declarations are read first"
        try:
            condition = self._conditions.compile(self.reader.scalar(node))
            self.opens_read.update(condition.opens)
            return condition
        except BadCondition as error:
            place = replace(node, column=node.column + error.column - 1)
            readable = [name for name, one in self.names.items() if one.type not in UNREADABLE]
            opens = [f"{OPEN}{name}" for name in self.opens]
            known = opens if OPEN in node.text else [*readable, *FACTS]
            told = f"{error}; known are {enumerated(sorted(known))}"
            self.wrong(place, "bad-condition", told, screen)
            return None

    def resolve(self, node: Node, screen: str) -> str:
        """The screen that a target names."""
        name = self.reader.scalar(node)
        if name == RETURN:
            self.returns = True
            return RETURN
        if "/" in name:
            return name
        if f"{self.program}/{name}" in self.places:
            return f"{self.program}/{name}"
        if name not in self.starts:
            ours = [place.partition("/")[2] for place in self.places if place.startswith(f"{self.program}/")]
            told = f"`{name}` is no screen here and no program; {meant(name, [*ours, *self.starts])}"
            self.wrong(node, "unknown-screen", told, screen)
        return self.starts.get(name, f"{self.program}/{name}")
