"""Compiles one program's screens into linked, typed screens; says everything that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from app.compiler.arguments import Arguments
from app.compiler.calls import Calls
from app.compiler.declarations import Declarations, ShapeOf
from app.compiler.fields import HELP, MUST, OPTION, PROGRAM, SCREEN_KINDS
from app.compiler.known import meant
from app.compiler.lists import Lists
from app.compiler.offers import read_offer, read_when
from app.compiler.rules import read_rule
from app.compiler.scope import OPTION_NUMBER, Scope
from app.compiler.shapes import Country, ProgramShape, ServiceShape
from app.compiler.source import Node
from app.compiler.ways import Ways
from app.engine.branches import Help, Visit
from app.engine.program import Ask, Choose, Confirm, Declared, End, Option, Screen
from app.values.rules import InputRule, Must, Text, ValueType


class ProgramCompiler:
    """Compiles one program. `shape_of` compiles another program that this one visits; `shape` is this one's own."""

    shape: ProgramShape

    def __init__(self, scope: Scope, services: Mapping[str, ServiceShape], country: Country, shape_of: ShapeOf) -> None:
        self.scope = scope
        self.country = country
        self.declarations = Declarations(scope, services, country, shape_of)
        self.arguments = Arguments(scope, country)
        self.ways = Ways(scope, self.arguments, shape_of)
        self.calls = Calls(scope, self.arguments, self.ways, services)
        self.lists = Lists(scope, self.ways, self._help)

    @property
    def names(self) -> Mapping[str, Declared]:
        return self.scope.names

    @property
    def visits(self) -> Mapping[str, Visit]:
        return self.ways.visits

    @property
    def places(self) -> Mapping[str, Node]:
        """Where each screen is written."""
        return self.scope.places

    def compile(self) -> dict[str, Screen]:
        """The screens by their full names; from then on the program has a `shape`."""
        scope = self.scope
        scope.reader.fields(scope.root, PROGRAM)
        written = scope.written()
        takes = self.declarations.takes()
        for key, (_, node) in written.items():
            self.declarations.declare_screen(key, node)
        for key, (_, node) in written.items():
            self.declarations.declare_picked(key, node)
        for key, (_, node) in written.items():
            self.declarations.declare_offered(key, node)
        scope.close_declarations()
        screens: dict[str, Screen] = {}
        for key, (_, node) in written.items():
            screen = self._screen(key, node)
            if screen is not None:
                screens[screen.name] = screen
        self.arguments.check_given()
        self.shape = ProgramShape(scope.starts[scope.program], takes, self.declarations.gives(), scope.returns)
        return screens

    def _screen(self, key: str, node: Node) -> Screen | None:
        kinds = [kind for kind in SCREEN_KINDS if node.get(kind) is not None]
        if len(kinds) != 1:
            place = self.scope.places[f"{self.scope.program}/{key}"]
            self.scope.wrong(place, "screen-kind", f"a screen has exactly one of {', '.join(SCREEN_KINDS)}", key)
            return None
        self.scope.reader.fields(node, SCREEN_KINDS[kinds[0]], key)
        compilers: dict[str, Callable[[str, str, Node], Screen | None]] = {
            "choose": self._choose,
            "ask": self._ask,
            "confirm": self._confirm,
            "call": self.calls.read,
            "page": self.lists.page,
            "pick": self.lists.pick,
            "end": self._end,
        }
        return compilers[kinds[0]](f"{self.scope.program}/{key}", key, node)

    def _choose(self, name: str, key: str, node: Node) -> Choose:
        options = tuple(
            self._option(key, number, option)
            for number, option in self.scope.reader.pairs(node.get("options"), "`options`")
        )
        if not options:
            self.scope.wrong(node, "missing-key", "has no options; add at least one", key)
        elif all(option.when or option.quiet for option in options):
            told = "every option has a `when`, offers something or is quiet; one must always be there"
            self.scope.wrong(node, "dead-end", told, key)
        into = node.get("into")
        if into is None and any(option.offers for option in options):
            self.scope.wrong(node, "missing-key", "`into` is missing; add what keeps what an option offers", key)
        text = self.scope.text(node.get("choose"), key, "text")
        return Choose(name, text, into.text if into else None, options, self._help(node, key))

    def _option(self, screen: str, number: Node, node: Node) -> Option:
        self.scope.reader.fields(node, OPTION, screen)
        if not re.fullmatch(OPTION_NUMBER, number.text):
            self.scope.wrong(number, "option-number", f"`{number.text}`: an option's number is 1 to 99", screen)
        value, language, word = node.get("value"), node.get("language"), node.get("word")
        if word is not None and value is None:
            self.scope.wrong(word, "idle-bound", "`word` calls a value by its name; add `value` or remove it", screen)
        if language is not None and language.text not in (self.scope.reader.base, *self.scope.reader.translations):
            languages = (self.scope.reader.base, *self.scope.reader.translations)
            told = f"`{language.text}` is no language of this pack; {meant(language.text, languages)}"
            self.scope.wrong(language, "unknown-language", told, screen)
        offer = read_offer(self.scope, self.country.currency, node, screen)
        text_node = node.get("text")
        text = self.scope.option_text(text_node, screen, number.text) if text_node else {}
        return Option(
            number.text,
            text or dict.fromkeys((self.scope.reader.base, *self.scope.reader.translations), ()),
            value.text if value else None,
            self.ways.read(node.get("to"), screen, f"option_{number.text}"),
            language.text if language else None,
            read_when(self.scope, offer, self.country.currency, node, screen),
            self.scope.reader.yes(node.get("quiet")),
            offer,
        )

    def _ask(self, name: str, key: str, node: Node) -> Ask:
        rule = read_rule(self.scope.reader, self.country, node, key)
        rule = replace(rule, must=self._musts(node.get("must"), key), again=self._again(node, rule, key))
        into = self.scope.reader.scalar(node.get("into"))
        return Ask(
            name, self.scope.text(node.get("ask"), key, "text"), into, rule, self.ways.read(node.get("to"), key, "to"),
            self._help(node, key),
        )  # fmt: skip

    def _again(self, node: Node, rule: InputRule, key: str) -> Text | None:
        again = node.get("again")
        if again is None:
            return None
        if rule.type is ValueType.SECRET:
            told = "a secret is never kept between two pages, so it cannot be typed twice; let its service compare"
            self.scope.wrong(again, "secret-kept", told, key)
        return self.scope.text(again, key, "again")

    def _musts(self, node: Node | None, key: str) -> tuple[Must, ...]:
        musts = []
        if node is not None and node.kind != "list":
            self.scope.wrong(node, "wrong-shape", "must be a list of `{that: ..., say: ...}`", key)
        for place, entry in enumerate(node.entries if node else (), start=1):
            self.scope.reader.fields(entry, MUST, key)
            that = self.scope.condition(entry.get("that"), key)
            say = self.scope.text(entry.get("say"), key, "must", str(place))
            if that is not None:
                musts.append(Must(that, say))
        return tuple(musts)

    def _confirm(self, name: str, key: str, node: Node) -> Confirm:
        yes, no = (self.ways.read(node.get(side), key, side) for side in ("yes", "no"))
        return Confirm(name, self.scope.text(node.get("confirm"), key, "text"), yes, no, self._help(node, key))

    def _end(self, name: str, key: str, node: Node) -> End:
        return End(name, self.scope.text(node.get("end"), key, "text"))

    def _help(self, node: Node, key: str) -> Help | None:
        """A text, or a screen to go to."""
        help = node.get("help")
        if help is None:
            return None
        if help.get("to") is None:
            return Help(self.scope.text(help, key, "help"), None)
        self.scope.reader.fields(help, HELP, key)
        return Help(None, self.ways.read(help, key, "help"))
