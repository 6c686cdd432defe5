"""Compiles one program's screens into linked, typed screens; says everything that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from app import limits
from app.compiler.fields import HELP, MUST, OPTION, PARAMETER, PROGRAM, SCREEN_KINDS, TARGET
from app.compiler.reader import Reader
from app.compiler.rules import read_rule
from app.compiler.shapes import Country, ProgramShape, ServiceShape, can_be_given
from app.compiler.source import Node
from app.engine.conditions import BadCondition, Condition, Conditions
from app.engine.program import (
    RETURN,
    Argument,
    Ask,
    Branch,
    CallScreen,
    Choose,
    Confirm,
    Declared,
    End,
    Help,
    InputRule,
    Listing,
    Must,
    Option,
    PageScreen,
    Pick,
    Screen,
    Target,
    Text,
    ValueType,
    Visit,
    Way,
)
from app.engine.text import Slot, septets
from app.engine.values import longest_typed, natural_length

NAME = "[a-z][a-z0-9_]{0,39}"
UNREADABLE = (ValueType.SECRET, ValueType.LIST)
"""Types that no condition can see."""
SCREEN_NAME = "[a-z][a-z0-9_-]{0,39}"


@dataclass(slots=True)
class ProgramCompiler:
    """Compiles one program. `starts` maps every program of the pack to its first screen; `shape_of` compiles another
    program that this one visits. `shared` holds the screens of included files, by screen, with their file's name."""

    reader: Reader
    program: str
    root: Node
    starts: Mapping[str, str]
    services: Mapping[str, ServiceShape]
    country: Country
    shape_of: Callable[[str, Node], ProgramShape | None]
    shared: Mapping[str, tuple[str, Node, Node]]
    names: dict[str, Declared] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    places: dict[str, Node] = field(default_factory=dict)
    _declared_at: dict[str, Node] = field(default_factory=dict)
    _options: dict[int, Text] = field(default_factory=dict)
    _conditions: Conditions | None = None
    _given: list[tuple[Node, str, ValueType, str, bool]] = field(default_factory=list)
    _returns: bool = False

    def compile(self) -> dict[str, Screen]:
        self.reader.fields(self.root, PROGRAM)
        written = self._written()
        takes = self._takes()
        for key, (_, node) in written.items():
            self._declare_screen(key, node)
        self._conditions = Conditions(
            {name: one.type.value for name, one in self.names.items() if one.type not in UNREADABLE}
        )
        screens: dict[str, Screen] = {}
        for key, (_, node) in written.items():
            screen = self._screen(key, node)
            if screen is not None:
                screens[screen.name] = screen
        self._check_given()
        self.shape = ProgramShape(self.starts[self.program], takes, self._gives(), self._returns)
        return screens

    shape: ProgramShape = field(init=False)

    # --- what is written, and what it declares ---

    def _written(self) -> dict[str, tuple[Node, Node]]:
        """Every screen by its key, included ones last; the place of each is kept for complaints."""
        written: dict[str, tuple[Node, Node]] = {}
        for key, node in self.reader.pairs(self.root.get("screens"), "`screens`"):
            if not re.fullmatch(SCREEN_NAME, key.text) or key.text == RETURN:
                told = f"`{key.text}`: a screen's name is small letters, digits, - and _, and not `{RETURN}`"
                self.reader.wrong(key, "bad-name", told)
            written[key.text] = (key, node)
        for name, (_, key, node) in self.shared.items():
            if name in written:
                told = f"`{name}` is also in {key.file}, which is included; rename one"
                self.reader.wrong(written[name][0], "name-twice", told, name)
            written.setdefault(name, (key, node))
        self.places = {f"{self.program}/{name}": key for name, (key, _) in written.items()}
        return written

    def _takes(self) -> dict[str, Declared]:
        takes = {}
        for name, node in self.reader.pairs(self.root.get("takes"), "`takes`"):
            self.reader.fields(node, PARAMETER)
            type_node = self.reader.need(node, "type")
            if type_node.text not in tuple(ValueType) or type_node.text in (ValueType.SECRET, ValueType.LIST, "choice"):
                self.reader.wrong(type_node, "unknown-type", f"`{type_node.text}` cannot be handed to a sub-menu")
                continue
            type = ValueType(type_node.text)
            longest = natural_length(type) or self.reader.whole(self.reader.need(node, "longest"), 20)
            takes[self._declare(name, Declared(type, longest, {}), "takes")] = Declared(type, longest, {})
        return takes

    def _gives(self) -> dict[str, Declared]:
        gives = {}
        listed = self.root.get("gives")
        for node, name in zip(listed.entries if listed else [], self.reader.names(listed), strict=False):
            if name in self.names:
                gives[name] = self.names[name]
            else:
                self.reader.wrong(node, "unknown-name", f"`{name}` is never asked or given here; remove it")
        return gives

    def _declare_screen(self, key: str, node: Node) -> None:
        into = node.get("into")
        if node.get("ask") is not None and into is not None:
            rule = read_rule(self.reader, self.country, node, key)
            longest = longest_typed(rule, self.country.formats, self.country.currency)
            self._declare(into, Declared(rule.type, longest, {}), key)
        elif node.get("choose") is not None and into is not None:
            self._declare(into, self._choice(node, key), key)
        elif node.get("call") is not None:
            service = self.services.get(self.reader.scalar(node.get("call")))
            for given, name in self.reader.pairs(node.get("results"), "`results`") if service else ():
                if service and given.text in service.gives:
                    self._declare(name, service.gives[given.text], key)
        for visit in _visits(node):
            shape = self.shape_of(self.reader.scalar(visit.get("visit")), visit)
            for given, name in self.reader.pairs(visit.get("results"), "`results`") if shape else ():
                if shape and given.text in shape.gives:
                    self._declare(name, shape.gives[given.text], key)
        if node.get("pick") is not None and into is not None:
            self._declare_picked(node, into, key)

    def _declare_picked(self, node: Node, into: Node, key: str) -> None:
        listed = self.names.get(self.reader.scalar(node.get("from")))
        for name, given in self.reader.pairs(into, "`into`"):
            declared = (listed.fields or {}).get(given.text) if listed else None
            if declared is not None:
                self._declare(name, declared, key)

    def _choice(self, node: Node, key: str) -> Declared:
        words = {}
        for number, option in self.reader.pairs(node.get("options"), "`options`"):
            value, text = option.get("value"), option.get("text")
            if value is not None and text is not None:
                words[value.text] = self._option_text(text, key, number.text)
        longest = max((_longest_static(text) for text in words.values()), default=0)
        return Declared(ValueType.CHOICE, longest, words)

    def _option_text(self, node: Node, screen: str, number: str) -> Text:
        if id(node) not in self._options:
            path = (*self._path(screen), "options", number)
            self._options[id(node)] = self.reader.plain(node, *path, screen=screen)
        return self._options[id(node)]

    def _declare(self, node: Node, declared: Declared, screen: str) -> str:
        name = self.reader.scalar(node)
        known = self.names.get(name)
        if not re.fullmatch(NAME, name) or name in ("today", "caller"):
            told = f"`{name}`: a name is small letters, digits and _, and neither `today` nor `caller`"
            self.reader.wrong(node, "bad-name", told, screen)
        elif known and known.type is not declared.type:
            first = self._declared_at[name].line
            self.reader.wrong(node, "name-twice", f"`{name}` is a {known.type} since line {first}; rename one", screen)
        elif known:
            self.names[name] = replace(
                known, longest=max(known.longest, declared.longest), words={**known.words, **declared.words}
            )
        else:
            self.names[name] = declared
            self._declared_at[name] = node
        return name

    # --- screens ---

    def _screen(self, key: str, node: Node) -> Screen | None:
        kinds = [kind for kind in SCREEN_KINDS if node.get(kind) is not None]
        if len(kinds) != 1:
            place = self.places[f"{self.program}/{key}"]
            self.reader.wrong(place, "screen-kind", f"a screen has exactly one of {', '.join(SCREEN_KINDS)}", key)
            return None
        self.reader.fields(node, SCREEN_KINDS[kinds[0]], key)
        compilers: dict[str, Callable[[str, str, Node], Screen | None]] = {
            "choose": self._choose,
            "ask": self._ask,
            "confirm": self._confirm,
            "call": self._call,
            "page": self._page,
            "pick": self._pick,
            "end": self._end,
        }
        return compilers[kinds[0]](f"{self.program}/{key}", key, node)

    def _path(self, screen: str) -> tuple[str, ...]:
        """Where the texts of a screen stand in a languages file."""
        if screen in self.shared and f"{self.program}/{screen}" in self.places:
            file, key, _ = self.shared[screen]
            if self.places[f"{self.program}/{screen}"] is key:
                return ("shared", file, screen)
        return ("programs", self.program, screen)

    def _text(self, node: Node | None, screen: str, *path: str) -> Text:
        node = node or Node(self.root.file, self.root.line, self.root.column, "scalar")
        return self.reader.text(node, *self._path(screen), *path, screen=screen)

    def _choose(self, name: str, key: str, node: Node) -> Choose:
        options = tuple(
            self._option(key, number, option) for number, option in self.reader.pairs(node.get("options"), "`options`")
        )
        if not options:
            self.reader.wrong(node, "missing-key", "has no options; add at least one", key)
        elif all(option.when for option in options):
            self.reader.wrong(node, "dead-end", "every option has a `when`; one must always be there", key)
        into = node.get("into")
        text = self._text(node.get("choose"), key, "text")
        return Choose(name, text, into.text if into else None, options, self._help(node, key))

    def _option(self, screen: str, number: Node, node: Node) -> Option:
        self.reader.fields(node, OPTION, screen)
        if not re.fullmatch("[1-9][0-9]?", number.text):
            self.reader.wrong(number, "option-number", f"`{number.text}`: an option's number is 1 to 99", screen)
        value, language = node.get("value"), node.get("language")
        if language is not None and language.text not in (self.reader.base, *self.reader.translations):
            self.reader.wrong(language, "unknown-language", f"`{language.text}` is no language of this pack", screen)
        text_node = node.get("text")
        text = self._option_text(text_node, screen, number.text) if text_node else {}
        return Option(
            number.text,
            text or dict.fromkeys((self.reader.base, *self.reader.translations), ()),
            value.text if value else None,
            self._way(node.get("to"), screen, f"option_{number.text}"),
            language.text if language else None,
            self._condition(node.get("when"), screen),
        )

    def _ask(self, name: str, key: str, node: Node) -> Ask:
        rule = read_rule(self.reader, self.country, node, key)
        rule = replace(rule, must=self._musts(node.get("must"), key), again=self._again(node, rule, key))
        into = self.reader.scalar(node.get("into"))
        return Ask(
            name, self._text(node.get("ask"), key, "text"), into, rule, self._way(node.get("to"), key, "to"),
            self._help(node, key),
        )  # fmt: skip

    def _again(self, node: Node, rule: InputRule, key: str) -> Text | None:
        again = node.get("again")
        if again is None:
            return None
        if rule.type is ValueType.SECRET:
            told = "a secret is never kept between two pages, so it cannot be typed twice; let its service compare"
            self.reader.wrong(again, "secret-kept", told, key)
        return self._text(again, key, "again")

    def _musts(self, node: Node | None, key: str) -> tuple[Must, ...]:
        musts = []
        if node is not None and node.kind != "list":
            self.reader.wrong(node, "wrong-shape", "must be a list of `{that: ..., say: ...}`", key)
        for place, entry in enumerate(node.entries if node else (), start=1):
            self.reader.fields(entry, MUST, key)
            that = self._condition(entry.get("that"), key)
            say = self._text(entry.get("say"), key, "must", str(place))
            if that is not None:
                musts.append(Must(that, say))
        return tuple(musts)

    def _confirm(self, name: str, key: str, node: Node) -> Confirm:
        yes, no = (self._way(node.get(side), key, side) for side in ("yes", "no"))
        return Confirm(name, self._text(node.get("confirm"), key, "text"), yes, no, self._help(node, key))

    def _page(self, name: str, key: str, node: Node) -> PageScreen:
        listing = self._listing(node, key) if node.get("from") is not None else None
        to, empty = node.get("to"), node.get("empty")
        if listing is None:
            for idle in ("line", "empty"):
                if node.get(idle) is not None:
                    told = f"`{idle}` is for lists; add `from` or remove it"
                    self.reader.wrong(node, "idle-bound", told, key)
        elif empty is None:
            self.reader.wrong(node, "uncovered-outcome", "the list may be empty: say where it goes in `empty`", key)
        return PageScreen(
            name,
            self._text(node.get("page"), key, "text"),
            listing,
            self._way(to, key, "to") if to else None,
            self._way(empty, key, "empty") if listing else None,
            self._help(node, key),
        )

    def _pick(self, name: str, key: str, node: Node) -> Pick:
        listing = self._listing(node, key)
        fields = (self.names.get(listing.name) or Declared(ValueType.LIST, 0, {})).fields or {}
        into = {}
        for answer, given in self.reader.pairs(node.get("into"), "`into`"):
            if given.text not in fields:
                known = ", ".join(fields) or "none"
                told = f"an entry has no field `{given.text}`; it has {known}"
                self.reader.wrong(given, "unknown-result", told, key)
            else:
                into[answer.text] = given.text
        return Pick(
            name,
            self._text(node.get("pick"), key, "text"),
            listing,
            into,
            self._way(node.get("to"), key, "to"),
            self._way(node.get("empty"), key, "empty"),
            self._help(node, key),
        )

    def _listing(self, node: Node, key: str) -> Listing:
        source = node.get("from")
        name = self.reader.scalar(source)
        declared = self.names.get(name)
        if source is not None and (declared is None or declared.type is not ValueType.LIST):
            known = ", ".join(one for one, it in self.names.items() if it.type is ValueType.LIST) or "none"
            told = f"`{name}` is no list that a service gives here; known are {known}"
            self.reader.wrong(source, "unknown-name", told, key)
        if node.get("line") is None:
            self.reader.need(node, "line", key)
        line = self._text(node.get("line"), key, "line")
        known_fields = (declared.fields if declared else None) or {}
        for slot in sorted({slot.name for template in line.values() for slot in template if isinstance(slot, Slot)}):
            if slot not in known_fields:
                told = f"an entry has no field `{slot}`; it has {', '.join(known_fields) or 'none'}"
                self.reader.wrong(node.get("line") or node, "unknown-name", told, key)
        return Listing(name, line)

    def _end(self, name: str, key: str, node: Node) -> End:
        return End(name, self._text(node.get("end"), key, "text"))

    def _help(self, node: Node, key: str) -> Help | None:
        """A text, or a screen to go to."""
        help = node.get("help")
        if help is None:
            return None
        if help.get("to") is None:
            return Help(self._text(help, key, "help"), None)
        self.reader.fields(help, HELP, key)
        return Help(None, self._way(help, key, "help"))

    # --- calls ---

    def _call(self, name: str, key: str, node: Node) -> CallScreen | None:
        service_node = self.reader.need(node, "call", key)
        service = self.services.get(self.reader.scalar(service_node))
        if service is None:
            self.reader.wrong(service_node, "unknown-service", f"`{service_node.text}` is not in services.yaml", key)
            return None
        self._check_arguments(node, service.takes, key, service.files)
        answered = self._way(node.get("answered"), key, "answered")
        late, down = (self._outcome(node, service, key, outcome, answered) for outcome in ("late", "down"))
        return CallScreen(
            name,
            service_node.text,
            self._arguments(node.get("with"), key),
            self._results(node, service, key),
            answered,
            self._refusals(node, service, key),
            late,
            down,
            service.files,
            self._patience(node.get("patience_s"), service, key),
        )

    def _outcome(self, node: Node, service: ServiceShape, key: str, outcome: str, answered: Way) -> Way:
        written = node.get(outcome)
        if service.files:
            if written is not None:
                told = f"filing is never {outcome}: the request is written down and carried out later; remove it"
                self.reader.wrong(written, "unknown-outcome", told, key)
            return answered
        if written is None:
            told = f"the office may be {outcome}; say where it goes in `{outcome}`"
            self.reader.wrong(node, "uncovered-outcome", told, key)
        return self._way(written, key, outcome)

    def _patience(self, node: Node | None, service: ServiceShape, key: str) -> float | None:
        if node is None:
            return None
        seconds = self.reader.seconds(node, service.patience_seconds)
        if seconds > limits.turn_soft_seconds:
            told = f"is longer than a turn may take; {limits.turn_soft_seconds} at most"
            self.reader.wrong(node, "wrong-shape", told, key)
        return seconds

    def _arguments(self, node: Node | None, key: str) -> dict[str, Argument]:
        arguments = {}
        for name, given in self.reader.pairs(node, "`with`"):
            if given.kind == "mapping":
                self.reader.only(given, ("always",), key)
                constant = self.reader.scalar(self.reader.need(given, "always", key))
                arguments[name.text] = Argument(None, constant)
            else:
                arguments[name.text] = Argument(self.reader.scalar(given))
        return arguments

    def _check_arguments(self, node: Node, takes: Mapping[str, ValueType], key: str, files: bool) -> None:
        given_node = node.get("with")
        given = {name.text: value for name, value in (given_node.pairs if given_node else ())}
        for missing in sorted(set(takes) - set(given)):
            self.reader.wrong(given_node or node, "missing-argument", f"`{missing}` is needed; add it to `with`", key)
        for name, value in given.items():
            if name not in takes:
                self.reader.wrong(value, "unknown-argument", f"no `{name}` is taken; remove it", key)
            elif value.kind == "scalar":
                self._given.append((value, value.text, takes[name], key, files))

    def _check_given(self) -> None:
        """Arguments are checked last: what they name may be declared further down."""
        for node, name, wanted, key, files in self._given:
            declared = self.names.get(name)
            if declared is None:
                known = ", ".join(sorted(self.names)) or "none"
                told = f"`{name}` is never asked or given here; known are {known}"
                self.reader.wrong(node, "unknown-name", told, key)
            elif declared.type is ValueType.SECRET and (files or wanted is not ValueType.SECRET):
                told = f"`{name}` is a secret: it goes only to a service that is asked at once and takes a secret"
                self.reader.wrong(node, "secret-passed", told, key)
            elif not can_be_given(declared.type, wanted):
                self.reader.wrong(node, "wrong-type", f"`{name}` is {declared.type}, wanted is {wanted}", key)

    def _results(self, node: Node, service: ServiceShape, key: str) -> dict[str, str]:
        results = {}
        for given, into in self.reader.pairs(node.get("results"), "`results`"):
            if given.text not in service.gives:
                known = ", ".join(service.gives) or "nothing"
                told = f"the service gives no `{given.text}`; it gives {known}"
                self.reader.wrong(given, "unknown-result", told, key)
            else:
                results[given.text] = into.text
        return results

    def _refusals(self, node: Node, service: ServiceShape, key: str) -> dict[str, Way]:
        refusals = {
            reason.text: self._way(target, key, reason.text)
            for reason, target in self.reader.pairs(node.get("refused"), "`refused`")
        }
        for reason in sorted(set(service.refused) - set(refusals)):
            self.reader.wrong(node, "uncovered-outcome", f"the service may refuse: `{reason}`; say where it goes", key)
        for reason in sorted(set(refusals) - set(service.refused)):
            self.reader.wrong(node, "unknown-outcome", f"the service never refuses with `{reason}`; remove it", key)
        return refusals

    # --- ways ---

    def _way(self, node: Node | None, screen: str, name: str) -> Way:
        """`screen`, `program`, `program/screen`, `return`, `{to: ..., say: ...}`, `{visit: ...}`, or a list of them."""
        if node is None:
            return (Branch(None, Target(f"{self.program}/{screen}")),)
        if node.kind != "list":
            return (Branch(None, self._target(node, screen, name)),)
        branches = []
        for place, entry in enumerate(node.entries, start=1):
            last = place == len(node.entries)
            when = entry.get("when")
            if (when is None) is not last:
                told = "every way but the last needs a `when`, and the last must have none"
                self.reader.wrong(entry, "uncovered-outcome", told, screen)
            condition = self._condition(when, screen)
            target = self._target(entry, screen, f"{name}_{place}", in_list=True)
            branches.append(Branch(None if last else condition, target))
        return tuple(branches) or (Branch(None, Target(f"{self.program}/{screen}")),)

    def _target(self, node: Node, screen: str, name: str, in_list: bool = False) -> Target:
        if node.kind != "mapping":
            return Target(self._resolve(node, screen))
        allowed = [one for one in TARGET if in_list or one.name != "when"]
        self.reader.fields(node, tuple(allowed), screen)
        visit, said = node.get("visit"), node.get("say")
        say = self._text(said, screen, "say", name) if said else None
        if visit is not None:
            return self._visit(node, visit, screen, name, say)
        return Target(self._resolve(self.reader.need(node, "to", screen), screen), say)

    def _visit(self, node: Node, visit: Node, screen: str, name: str, say: Text | None) -> Target:
        program = self.reader.scalar(visit)
        shape = self.shape_of(program, node)
        if node.get("to") is not None:
            self.reader.wrong(node, "unknown-key", "`to` and `visit` exclude each other; use `then`", screen)
        then = self._way(self.reader.need(node, "then", screen), screen, f"{name}_then")
        if shape is None:
            self.reader.wrong(visit, "unknown-program", f"`{program}` is no program that can be visited here", screen)
            return Target(f"{self.program}/{screen}", say)
        if not shape.returns:
            self.reader.wrong(visit, "dead-end", f"`{program}` never goes to `{RETURN}`; lead there instead", screen)
        self._check_arguments(node, {key: one.type for key, one in shape.takes.items()}, screen, False)
        results = {}
        for given, into in self.reader.pairs(node.get("results"), "`results`"):
            if given.text not in shape.gives:
                known = ", ".join(shape.gives) or "nothing"
                told = f"`{program}` gives no `{given.text}`; it gives {known}"
                self.reader.wrong(given, "unknown-result", told, screen)
            else:
                results[given.text] = into.text
        id = f"{self.program}/{screen}#{name}"
        self.visits[id] = Visit(id, self._arguments(node.get("with"), screen), results, then)
        return Target(shape.start, say, self.visits[id])

    def _resolve(self, node: Node, screen: str) -> str:
        name = self.reader.scalar(node)
        if name == RETURN:
            self._returns = True
            return RETURN
        if "/" in name:
            return name
        if f"{self.program}/{name}" in self.places:
            return f"{self.program}/{name}"
        if name not in self.starts:
            self.reader.wrong(node, "unknown-screen", f"`{name}` is no screen here and no program", screen)
        return self.starts.get(name, f"{self.program}/{name}")

    def _condition(self, node: Node | None, screen: str) -> Condition | None:
        if node is None:
            return None
        assert self._conditions is not None, "declarations are read first"
        try:
            return self._conditions.compile(self.reader.scalar(node))
        except BadCondition as error:
            place = replace(node, column=node.column + error.column - 1)
            self.reader.wrong(place, "bad-condition", f"{error}", screen)
            return None


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
