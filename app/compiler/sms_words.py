"""What programs give to services, as SMS texts say it: the words that citizens chose, and no value cut short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from app import limits
from app.catalogue import Catalogue, Service
from app.compiler import answers
from app.compiler.catalogue_texts import WAY
from app.compiler.graph import Finding
from app.compiler.known import enumerated
from app.compiler.source import Complain, Node
from app.compiler.worst import worst_text
from app.engine.branches import Argument
from app.engine.program import CallScreen, Declared, Program, program_of
from app.engine.rendering import show_value
from app.house_services import Show
from app.values.rules import OPAQUE, Text, ValueType
from app.values.text import Spelling, fill, septets, slots, spell, to_gsm


@dataclass(frozen=True, slots=True)
class _Given:
    """What a call screen gives for a parameter; `declared` is None for a constant or an unknown name."""

    screen: str
    argument: Argument
    declared: Declared | None
    spelling: Spelling

    @property
    def longest(self) -> int:
        """Septets of the longest that it shows."""
        if self.argument.name is None:
            return septets(to_gsm(spell(self.argument.constant, self.spelling)))
        return self.declared.longest if self.declared else 0

    @property
    def words(self) -> Mapping[str, Text]:
        return self.declared.words if self.declared else {}


def link_given(catalogue: Catalogue, program: Program, root: Node, complain: Complain) -> Catalogue:
    """The catalogue with the words and the longest of what its services take; `root` is that of services.yaml."""
    services = root.get("services")
    keys = {key.text: key for key, _ in services.pairs} if services else {}
    pushes = [one for one in catalogue.services.values() if one.shows is Show.PUSH]
    called = max((septets(fill(told, {})) for one in pushes for told in one.title.values()), default=0)
    linked = {}
    for name, service in catalogue.services.items():
        if service.texts_answer:
            linked[name] = replace(service, sms_names=answers.sms_names(service))
            continue
        names = {name: written_out(one, program) for name, one in service.sms_names.items()}
        if WAY in names:
            names[WAY] = replace(names[WAY], longest=max(names[WAY].longest, called))
        for parameter, type in service.takes.items():
            if type in OPAQUE:
                continue
            given = tuple(_given(program, name, parameter))
            if type is ValueType.CHOICE:
                names[parameter] = _declared(given)
            elif given:
                names[parameter] = Declared(type, max(one.longest for one in given), {})
            for _, rule, told in _findings(service, parameter, given):
                complain(keys[name].complaint(rule, told, name))
        linked[name] = replace(service, sms_names=names)
    return replace(catalogue, services=linked)


def check_sms(program: Program, catalogue: Catalogue, root: Node, complain: Complain) -> None:
    """Every text names what is there and is one SMS, in every language; `root` is that of services.yaml."""
    services = root.get("services")
    keys = {key.text: key for key, _ in services.pairs} if services else {}
    for service in catalogue.services.values():
        for rule, told in _faults(program, service):
            complain(keys[service.name].complaint(rule, told, service.name))


def _faults(program: Program, service: Service) -> Iterator[tuple[str, str]]:
    declared = service.sms_names
    for occasion, text in service.sms.items():
        unknown = {slot.name for template in text.values() for slot in slots(template)} - set(declared)
        for name in sorted(unknown):
            known = enumerated(sorted(declared))
            yield "unknown-name", f"sms `{occasion}` names `{name}`; known are {known}"
        for language in program.languages:
            size, most = worst_text(text[language], declared, program, language).septets, limits.sms_septets_max
            if size > most:
                yield "too-long", f"sms `{occasion}` can be {size} septets in `{language}`; one part is {most}"


def written_out(declared: Declared, program: Program) -> Declared:
    """A number or an amount of the worker's offices, as long as it is shown: there the work was done already, so that
    an answer is not turned down for the signs that a language adds."""
    if declared.type not in (ValueType.AMOUNT, ValueType.NUMBER) or not declared.longest:
        return declared
    every = (
        show_value("9" * declared.longest, declared.type, one, program.currency) for one in program.formats.values()
    )
    return replace(declared, longest=max(len(to_gsm(shown)) for shown in every))


def _given(program: Program, service: str, parameter: str) -> Iterator[_Given]:
    for name, screen in program.screens.items():
        if isinstance(screen, CallScreen) and screen.service == service and parameter in screen.arguments:
            argument = screen.arguments[parameter]
            names = program.names.get(program_of(name), {})
            declared = names.get(argument.name) if argument.name is not None else None
            yield _Given(name, argument, declared, program.spelling)


def _declared(given: tuple[_Given, ...]) -> Declared:
    words: dict[str, Text] = {}
    for one in given:
        words = {**one.words, **words}
    longest = max((septets(fill(template, {})) for word in words.values() for template in word.values()), default=0)
    return Declared(ValueType.CHOICE, longest, words)


def _findings(service: Service, parameter: str, given: tuple[_Given, ...]) -> Iterator[Finding]:
    """What keeps an SMS that names this parameter from showing the citizen's word; a finding is the service's."""
    occasion = next(_naming(service, parameter), None)
    if occasion is None:
        return
    if service.takes[parameter] is ValueType.CHOICE:
        yield from _wordless(service.name, parameter, given)
    elif any(one.declared is not None and one.declared.type is ValueType.CHOICE for one in given):
        told = (
            f"sms `{occasion}` names `{parameter}`, which is given from a choice: it would show the value, not the "
            f"word; write `{parameter}: choice` under `takes`"
        )
        yield service.name, "choice-as-text", told


def _wordless(service: str, parameter: str, given: tuple[_Given, ...]) -> Iterator[Finding]:
    """One word a value, whichever screen gives it: an SMS does not know where it was chosen."""
    words = _declared(given).words
    for one in given:
        for value, word in one.words.items():
            if words[value] != word:
                told = f"`{one.screen}` has another word for `{value}` of `{parameter}`; give it the same everywhere"
                yield service, "choice-words", told
        if one.argument.name is None and one.argument.constant not in words:
            told = f"`{one.screen}` gives `{one.argument.constant}` for `{parameter}`, which no option means; add one"
            yield service, "choice-words", told


def _naming(service: Service, parameter: str) -> Iterator[str]:
    for occasion, text in service.sms.items():
        if any(slot.name == parameter for template in text.values() for slot in slots(template)):
            yield occasion
