"""What is handed to services and sub-menus: every argument there, known and of the right type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.compiler.known import enumerated
from app.compiler.scope import Scope
from app.compiler.shapes import Country, can_be_given
from app.compiler.source import Node
from app.engine.branches import Argument
from app.engine.program import Declared
from app.engine.rendering import natural_length, show_value
from app.values.rules import OPAQUE, ValueType
from app.values.text import Spelling, spell, to_gsm

UNBOUNDED = (ValueType.DATE, ValueType.WORD)
"""Types of a parameter that show themselves at their own length, whatever it is given."""


@dataclass(frozen=True, slots=True)
class _Given:
    """What stands at `node` for a parameter. `longest`: septets that a sub-menu shows of it, None if nobody says."""

    node: Node
    parameter: str
    wanted: ValueType
    longest: int | None
    screen: str
    files: bool


@dataclass(slots=True)
class Arguments:
    scope: Scope
    country: Country
    _given: list[_Given] = field(default_factory=list)

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

    def check(self, node: Node, takes: Mapping[str, ValueType | Declared], key: str, files: bool = False) -> None:
        """Of a service `takes` says the types, of a sub-menu how long its parameters are as well."""
        given_node = node.get("with")
        given = {name.text: value for name, value in (given_node.pairs if given_node else ())}
        for missing in sorted(set(takes) - set(given)):
            self.scope.wrong(given_node or node, "missing-argument", f"`{missing}` is needed; add it to `with`", key)
        for name, value in given.items():
            if name not in takes:
                self.scope.wrong(value, "unknown-argument", f"no `{name}` is taken; remove it", key)
                continue
            taken = takes[name]
            wanted = taken.type if isinstance(taken, Declared) else taken
            longest = taken.longest if isinstance(taken, Declared) and wanted not in UNBOUNDED else None
            given_one = _Given(value, name, wanted, longest, key, files)
            if value.kind == "scalar":
                self._given.append(given_one)
            elif value.kind == "mapping":
                self._check_constant(given_one)

    def check_given(self) -> None:
        """Arguments are checked last: what they name may be declared further down."""
        for given in self._given:
            node, name, wanted, key = given.node, given.node.text, given.wanted, given.screen
            declared = self.scope.names.get(name)
            if declared is None:
                known = enumerated(sorted(self.scope.names))
                told = f"`{name}` is never asked or given here; known are {known}"
                self.scope.wrong(node, "unknown-name", told, key)
            elif declared.type is ValueType.SECRET and (given.files or wanted is not ValueType.SECRET):
                told = f"`{name}` is a secret: it goes only to a service that is asked at once and takes a secret"
                self.scope.wrong(node, "secret-passed", told, key)
            elif not can_be_given(declared.type, wanted):
                self.scope.wrong(node, "wrong-type", f"`{name}` is {declared.type}, wanted is {wanted}", key)
            else:
                self._check_length(given, f"`{name}`", _longest(declared, self.scope.reader.spelling))

    def _check_constant(self, given: _Given) -> None:
        constant = given.node.get("always")
        if constant is not None and given.wanted in OPAQUE:
            told = f"`{given.parameter}` is a {given.wanted}, which only the house can give; name what a call gave"
            self.scope.wrong(given.node, "wrong-type", told, given.screen)
        elif constant is not None:
            every, currency = self.country.formats.values(), self.country.currency
            shown = [show_value(constant.text, given.wanted, formats, currency) for formats in every]
            self._check_length(
                given, f"`{constant.text}`", max(len(to_gsm(spell(text, self.scope.reader.spelling))) for text in shown)
            )

    def _check_length(self, given: _Given, what: str, longest: int) -> None:
        if given.longest is None or longest <= given.longest:
            return
        told = f"{what} can show {longest} septets, `{given.parameter}` takes {given.longest}"
        raised = "raise its `longest` under `takes`"
        remedy = f"shorten {what} where it comes from" if natural_length(given.wanted) else raised
        self.scope.wrong(given.node, "too-long", f"{told} and would be cut; {remedy}", given.screen)


def _longest(declared: Declared, spelling: Spelling) -> int:
    """Septets of the longest that an answer shows once it is handed over: of a choice, of the values that are kept."""
    if declared.type is ValueType.CHOICE:
        return max((len(to_gsm(spell(value, spelling))) for value in declared.words), default=0)
    return declared.longest
