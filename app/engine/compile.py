"""Compiles the screens of a pack's programs into linked, typed screens; says everything that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from app.engine.inputs import METER_DIGITS, longest_shown
from app.engine.program import (
    Ask,
    CallScreen,
    Choose,
    Confirm,
    Currency,
    Declared,
    End,
    InputRule,
    Option,
    Screen,
    Target,
    Text,
    ValueType,
)
from app.engine.reader import Reader
from app.engine.source import Node
from app.engine.text import Slot, septets
from app.reference import LENGTH

KINDS = ("choose", "ask", "confirm", "call", "end")
_ALLOWED = {
    "choose": ("choose", "into", "options"),
    "ask": ("ask", "into", "type", "shortest", "longest", "least", "most", "earliest", "latest", "to"),
    "confirm": ("confirm", "yes", "no"),
    "call": ("call", "with", "results", "answered", "refused", "late", "down"),
    "end": ("end",),
}
_ASKED = tuple(type for type in ValueType if type not in (ValueType.CHOICE, ValueType.WORD))


@dataclass(frozen=True, slots=True)
class ServiceShape:
    """What a call screen may rely on: parameters, results, reasons to refuse, and whether a request is filed."""

    takes: tuple[str, ...]
    gives: Mapping[str, Declared]
    refused: tuple[str, ...]
    files: bool


@dataclass(slots=True)
class ProgramCompiler:
    """Compiles one program file; `starts` maps every program of the pack to its first screen."""

    reader: Reader
    program: str
    root: Node
    starts: Mapping[str, str]
    services: Mapping[str, ServiceShape]
    currency: Currency
    identity_digits: int
    names: dict[str, Declared] = field(default_factory=dict)
    targets: list[tuple[Node, str]] = field(default_factory=list)
    declared_at: dict[str, Node] = field(default_factory=dict)

    def compile(self) -> dict[str, Screen]:
        self.reader.only(self.root, ("start", "screens"))
        screens = {}
        for key, node in self.reader.pairs(self.root.get("screens"), "`screens`"):
            screen = self._screen(key, node)
            if screen is not None:
                screens[screen.name] = screen
        for node, target in self.targets:
            if target.startswith(f"{self.program}/") and target not in screens:
                self.reader.wrong(node, "unknown-screen", f"`{node.text}` is no screen here and no program", target)
        return screens

    def _screen(self, key: Node, node: Node) -> Screen | None:
        kinds = [kind for kind in KINDS if node.get(kind) is not None]
        if not re.fullmatch("[a-z][a-z0-9_-]{0,39}", key.text):
            self.reader.wrong(key, "bad-name", f"`{key.text}`: a screen's name is small letters, digits, - and _")
        if len(kinds) != 1:
            kinds_text = ", ".join(KINDS)
            self.reader.wrong(key, "screen-kind", f"a screen has exactly one of {kinds_text}", key.text)
            return None
        self.reader.only(node, _ALLOWED[kinds[0]], key.text)
        name = f"{self.program}/{key.text}"
        compilers: dict[str, Callable[[str, str, Node], Screen | None]] = {
            "choose": self._choose,
            "ask": self._ask,
            "confirm": self._confirm,
            "call": self._call,
            "end": self._end,
        }
        return compilers[kinds[0]](name, key.text, node)

    def _text(self, node: Node, *path: str) -> Text:
        return self.reader.text(node, "programs", self.program, *path, screen=path[0])

    def _target(self, node: Node, screen: str, outcome: str) -> Target:
        """`screen`, `program`, `program/screen`, or `{to: ..., say: ...}`."""
        say = None
        if node.kind == "mapping":
            self.reader.only(node, ("to", "say"), screen)
            said = node.get("say")
            say = self._text(said, screen, "say", outcome) if said else None
            node = self.reader.need(node, "to", screen)
        target = self._resolve(node)
        self.targets.append((node, target))
        return Target(target, say)

    def _resolve(self, node: Node) -> str:
        name = self.reader.scalar(node)
        screens = self.root.get("screens")
        if "/" in name or (screens and screens.get(name) is not None):
            return name if "/" in name else f"{self.program}/{name}"
        return self.starts.get(name, f"{self.program}/{name}")

    def _declare(self, node: Node, declared: Declared, screen: str) -> str:
        name = self.reader.scalar(node)
        known = self.names.get(name)
        if not re.fullmatch("[a-z][a-z0-9_]{0,39}", name):
            self.reader.wrong(node, "bad-name", f"`{name}`: a name is small letters, digits and _", screen)
        elif known and known.type is not declared.type:
            first = self.declared_at[name].line
            self.reader.wrong(node, "name-twice", f"`{name}` is a {known.type} since line {first}; rename one", screen)
        else:
            words, longest = (known.words, known.longest) if known else ({}, 0)
            self.names[name] = Declared(declared.type, max(longest, declared.longest), {**words, **declared.words})
            self.declared_at.setdefault(name, node)
        return name

    def _choose(self, name: str, key: str, node: Node) -> Choose:
        into = node.get("into")
        options = [
            self._option(key, number, option)
            for number, option in self.reader.pairs(self.reader.need(node, "options", key), "`options`")
        ]
        if not options:
            self.reader.wrong(node, "missing-key", "has no options; add at least one", key)
        declared = None
        if into is not None:
            words = {option.value: option.text for option in options if option.value is not None}
            longest = max((_longest_static(text) for text in words.values()), default=0)
            declared = self._declare(into, Declared(ValueType.CHOICE, longest, words), key)
        return Choose(name, self._text(self.reader.need(node, "choose"), key, "text"), declared, tuple(options))

    def _option(self, screen: str, number: Node, node: Node) -> Option:
        self.reader.only(node, ("text", "value", "language", "to"), screen)
        if not re.fullmatch("[1-9][0-9]?", number.text):
            self.reader.wrong(number, "option-number", f"`{number.text}`: an option's number is 1 to 99", screen)
        value = node.get("value")
        language = node.get("language")
        if language is not None and language.text not in (self.reader.base, *self.reader.translations):
            self.reader.wrong(language, "unknown-language", f"`{language.text}` is no language of this pack", screen)
        path = ("programs", self.program, screen, "options", number.text)
        text = self.reader.plain(self.reader.need(node, "text", screen), *path, screen=screen)
        target = self._target(self.reader.need(node, "to", screen), screen, f"option_{number.text}")
        return Option(number.text, text, value.text if value else None, target, language.text if language else None)

    def _ask(self, name: str, key: str, node: Node) -> Ask:
        rule = self._rule(node, key)
        longest = longest_shown(rule, self.currency)
        into = self._declare(self.reader.need(node, "into", key), Declared(rule.type, longest, {}), key)
        to = self._target(self.reader.need(node, "to", key), key, "to")
        return Ask(name, self._text(self.reader.need(node, "ask"), key, "text"), into, rule, to)

    def _rule(self, node: Node, key: str) -> InputRule:
        type_node = self.reader.need(node, "type", key)
        if type_node.text not in _ASKED:
            known = ", ".join(_ASKED)
            self.reader.wrong(type_node, "unknown-type", f"`{type_node.text}` is no type; known are {known}", key)
            return InputRule(ValueType.TEXT)
        type = ValueType(type_node.text)
        fixed = {ValueType.IDENTITY: self.identity_digits, ValueType.METER: METER_DIGITS, ValueType.REFERENCE: LENGTH}
        length = fixed.get(type)
        unit = 10**self.currency.minor_digits
        if type is ValueType.AMOUNT:
            self.reader.need(node, "most", key)
        rule = InputRule(
            type,
            shortest=length or self.reader.whole(node.get("shortest"), 1),
            longest=length or self.reader.whole(node.get("longest"), 20),
            least=self.reader.whole(node.get("least"), 0) * unit,
            most=self.reader.whole(node.get("most"), 0) * unit,
            earliest=self._date(node.get("earliest"), key) or date(1900, 1, 1),
            latest=self._date(node.get("latest"), key),
        )
        if rule.shortest > rule.longest or rule.least > rule.most or (rule.latest and rule.earliest > rule.latest):
            self.reader.wrong(type_node, "empty-range", "nothing can be typed here: the bounds exclude each other", key)
        return rule

    def _date(self, node: Node | None, key: str) -> date | None:
        if node is None or node.text == "today":
            return None
        try:
            return date.fromisoformat(node.text)
        except ValueError:
            self.reader.wrong(node, "wrong-shape", f"`{node.text}` is no date; write 2026-03-05 or `today`", key)
            return None

    def _confirm(self, name: str, key: str, node: Node) -> Confirm:
        yes = self._target(self.reader.need(node, "yes", key), key, "yes")
        no = self._target(self.reader.need(node, "no", key), key, "no")
        return Confirm(name, self._text(self.reader.need(node, "confirm"), key, "text"), yes, no)

    def _call(self, name: str, key: str, node: Node) -> CallScreen | None:
        service_node = self.reader.need(node, "call", key)
        service = self.services.get(self.reader.scalar(service_node))
        if service is None:
            self.reader.wrong(service_node, "unknown-service", f"`{service_node.text}` is not in services.yaml", key)
            return None
        arguments = self.reader.words(node.get("with"), "`with`")
        self._check_arguments(node.get("with") or node, arguments, service, key)
        answered = self._target(self.reader.need(node, "answered", key), key, "answered")
        late, down = (
            answered if service.files else self._target(self.reader.need(node, outcome, key), key, outcome)
            for outcome in ("late", "down")
        )
        return CallScreen(
            name,
            service_node.text,
            arguments,
            self._results(node, service, key),
            answered,
            self._refusals(node, service, key),
            late,
            down,
            service.files,
        )

    def _check_arguments(self, node: Node, given: Mapping[str, str], service: ServiceShape, key: str) -> None:
        for missing in set(service.takes) - set(given):
            self.reader.wrong(node, "missing-argument", f"the service needs `{missing}`; add it to `with`", key)
        for unknown in set(given) - set(service.takes):
            self.reader.wrong(node, "unknown-argument", f"the service takes no `{unknown}`; remove it", key)

    def _results(self, node: Node, service: ServiceShape, key: str) -> dict[str, str]:
        results = {}
        for given, into in self.reader.pairs(node.get("results"), "`results`"):
            declared = service.gives.get(given.text)
            if declared is None:
                known = ", ".join(service.gives)
                self.reader.wrong(
                    given, "unknown-result", f"the service gives no `{given.text}`; it gives {known}", key
                )
            else:
                results[given.text] = self._declare(into, declared, key)
        return results

    def _refusals(self, node: Node, service: ServiceShape, key: str) -> dict[str, Target]:
        refusals = {
            reason.text: self._target(target, key, reason.text)
            for reason, target in self.reader.pairs(node.get("refused"), "`refused`")
        }
        for reason in set(service.refused) - set(refusals):
            self.reader.wrong(node, "uncovered-outcome", f"the service may refuse: `{reason}`; say where it goes", key)
        for reason in set(refusals) - set(service.refused):
            self.reader.wrong(node, "unknown-outcome", f"the service never refuses with `{reason}`; remove it", key)
        return refusals

    def _end(self, name: str, key: str, node: Node) -> End:
        return End(name, self._text(self.reader.need(node, "end"), key, "text"))


def _longest_static(text: Text) -> int:
    return max(sum(septets(part) for part in template if not isinstance(part, Slot)) for template in text.values())
