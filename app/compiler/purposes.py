"""Reads what a pack says of personal data (purposes, classes of fields, how long they stay), and checks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app import limits
from app.catalogue import Catalogue, Result, Service, ServiceKind
from app.compiler.catalogue_fields import PURPOSE
from app.compiler.graph import Finding
from app.compiler.known import enumerated, meant
from app.compiler.pack_fields import PRIVACY, PROCESSOR
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.engine.branches import Argument, Way
from app.engine.pages import PREFIX, back_lines, own_lines
from app.engine.program import Ask, CallScreen, Choose, Confirm, Program, Screen, program_of
from app.engine.ways import targets, ways
from app.privacy import Basis, DataClass, Privacy, Processor, Purpose, class_by_type, read_mark
from app.values.conditions import Condition
from app.values.rules import ValueType
from app.values.text import fill, septets, slots

CONTROLLER = ("name", "address", "contact")
_OTHER_DAYS = ("language", "messages")
DAYS = (*(one.value for one in DataClass if one is not DataClass.PUBLIC), *_OTHER_DAYS)
"""What pack.yaml may give days to."""


def read_purposes(root: Node, reader: Reader) -> dict[str, Purpose]:
    return {key.text: _purpose(key, node, reader) for key, node in reader.pairs(root.get("purposes"), "`purposes`")}


def _purpose(key: Node, node: Node, reader: Reader) -> Purpose:
    reader.fields(node, PURPOSE, key.text)
    basis, days = node.get("basis"), node.get("days")
    if basis is not None and basis.text not in tuple(Basis):
        reader.wrong(basis, "unknown-basis", f"`{basis.text}` is no ground; {meant(basis.text, Basis)}", key.text)
    told = node.get("text")
    return Purpose(
        key.text,
        reader.plain(told, "purposes", key.text, screen=key.text) if told is not None else {},
        Basis(basis.text) if basis is not None and basis.text in tuple(Basis) else Basis.PUBLIC_TASK,
        reader.scalar(node.get("source")),
        reader.whole(node.get("version"), 1),
        _days(days, reader) if days is not None else limits.retention_days_max,
        reader.names(node.get("recipients")),
    )


def _days(node: Node, reader: Reader) -> int:
    days = reader.whole(node, 1)
    if not 1 <= days <= limits.retention_days_max:
        told = f"`{node.text}` days are not possible; write 1 to {limits.retention_days_max}"
        reader.wrong(node, "retention-bound", told)
    return max(1, min(days, limits.retention_days_max))


def read_privacy(root: Node, reader: Reader) -> Privacy:
    """What pack.yaml says under `privacy`; `root` is that of the file."""
    node = root.get("privacy")
    if node is None:
        return Privacy()
    reader.fields(node, PRIVACY)
    controller = node.get("controller")
    if controller is not None:
        reader.only(controller, CONTROLLER)
    days = {}
    for key, value in reader.pairs(node.get("days"), "`days`"):
        if key.text in DAYS:
            days[key.text] = _days(value, reader)
        else:
            reader.wrong(key, "unknown-class", f"`{key.text}` is nothing that is kept; {meant(key.text, DAYS)}")
    usual = Privacy()
    return Privacy(
        reader.words(controller, "`controller`"),
        {DataClass(name): count for name, count in days.items() if name not in _OTHER_DAYS},
        tuple(_processor(key, one, reader) for key, one in reader.pairs(node.get("processors"), "`processors`")),
        reader.scalar(node.get("agents")),
        days.get("language", usual.language_days),
        days.get("messages", usual.messages_days),
    )


def _processor(key: Node, node: Node, reader: Reader) -> Processor:
    reader.fields(node, PROCESSOR)
    title, country, does = (reader.scalar(node.get(name)) for name in ("title", "country", "does"))
    return Processor(key.text, title, country, does)


def read_classes(
    node: Node,
    name: str,
    kind: ServiceKind,
    takes: Mapping[str, ValueType],
    results: Mapping[str, Result],
    reader: Reader,
) -> dict[str, DataClass]:
    """What each field is that a service takes or its offices give; `node` is the service's."""
    fields = {**{one: result.type for one, result in results.items()}, **takes}
    is_kept = kind is ServiceKind.FILE
    classes = {field: class_by_type(type, is_kept=is_kept) for field, type in fields.items()}
    for key, value in reader.pairs(node.get("classes"), "`classes`"):
        if key.text not in fields:
            told = f"`{key.text}` is neither taken nor given here; {meant(key.text, fields)}"
            reader.wrong(key, "unknown-class", told, name)
        elif value.text not in tuple(DataClass):
            told = f"`{value.text}` is no class; known are {enumerated(DataClass)}"
            reader.wrong(value, "unknown-class", told, name)
        else:
            classes[key.text] = DataClass(value.text)
    return classes


def check_services(catalogue: Catalogue, root: Node, reader: Reader) -> None:
    """Whatever takes something personal says why, and no SMS holds what is sensitive; `root` is services.yaml's.

    A pack with a single purpose says of every field what it is. In one with none, only what names a person by its very
    type, or is said to, is complained of.
    """
    services = root.get("services")
    for key, node in services.pairs if services else ():
        service = catalogue.services[key.text]
        purpose = node.get("purpose")
        if purpose is not None and purpose.text not in catalogue.purposes:
            told = f"`{purpose.text}` is not among the purposes here; {meant(purpose.text, catalogue.purposes)}"
            reader.wrong(purpose, "unknown-purpose", told, key.text)
        harmless = {DataClass.PUBLIC} if catalogue.purposes else {DataClass.PUBLIC, DataClass.PERSONAL}
        personal = [one for one in service.takes if service.classes.get(one, DataClass.PUBLIC) not in harmless]
        if purpose is None and personal:
            told = (
                f"takes {enumerated(personal)}, which tells of a person; name one of `purposes`, or write under "
                "`classes` that it is public"
            )
            reader.wrong(key, "missing-purpose", told, key.text)
        for occasion, name in _told_by_sms(service):
            told = f"sms `{occasion}` names `{name}`, which is sensitive: anybody may hold the phone; leave it out"
            reader.wrong(key, "sensitive-shown", told, key.text)


def _told_by_sms(service: Service) -> Iterator[tuple[str, str]]:
    for occasion, text in service.sms.items():
        named = {slot.name for template in text.values() for slot in slots(template)}
        for name in sorted(named):
            if service.classes.get(name) is DataClass.SENSITIVE:
                yield occasion, name


def read_consents(roots: Mapping[str, Node], purposes: Mapping[str, Purpose], reader: Reader) -> dict[str, Confirm]:
    """For each program with `consent` what is asked before it is entered; `roots` are those of the programs."""
    consents = {}
    for program, root in roots.items():
        if (node := root.get("consent")) is None:
            continue
        purpose = purposes.get(reader.scalar(node))
        if purpose is None:
            reader.wrong(node, "unknown-purpose", f"`{node.text}` is no purpose; {meant(node.text, purposes)}")
        elif purpose.basis is not Basis.CONSENT:
            told = f"`{node.text}` stands on {purpose.basis}, so nobody is asked; remove `consent`, or change its basis"
            reader.wrong(node, "needless-consent", told)
        else:
            consents[program] = Confirm(purpose.mark, purpose.text, (), ())
    return consents


def check_privacy(program: Program, catalogue: Catalogue, gives: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """What menus do with personal data, screen by screen. `gives` are the answers that sub-menus hand back."""
    sensitive = _sensitive(program, catalogue)
    for name, screen in program.screens.items():
        owner = program_of(name)
        if isinstance(screen, CallScreen) and (service := catalogue.services.get(screen.service)):
            purpose = catalogue.purposes.get(service.purpose)
            consent = program.consents.get(owner)
            if purpose and purpose.basis is Basis.CONSENT and (consent is None or consent.name != purpose.mark):
                told = (
                    f"`{service.name}` needs that the citizen agrees; write `consent: {purpose.name}` above the screens"
                )
                yield name, "missing-consent", told
        elif not isinstance(screen, CallScreen):
            named = {slot.name for template in screen.text.values() for slot in slots(template)}
            for one in sorted(named & sensitive.get(owner, set())) if owner in program.resumes else ():
                told = (
                    f"`{one}` is sensitive, and whoever holds the phone may be offered this page again; do not show it"
                )
                yield name, "sensitive-shown", told
    if catalogue.purposes:
        yield from _asked_for_nothing(program, gives)


def _sensitive(program: Program, catalogue: Catalogue) -> dict[str, set[str]]:
    """For each program the answers that a service takes or gives as sensitive."""
    found: dict[str, set[str]] = {}
    for name, screen in program.screens.items():
        service = catalogue.services.get(screen.service) if isinstance(screen, CallScreen) else None
        if service is None or not isinstance(screen, CallScreen):
            continue
        into = dict(screen.results)
        into.update({given: argument.name for given, argument in screen.arguments.items() if argument.name})
        here = {into[given] for given in into if service.classes.get(given) is DataClass.SENSITIVE}
        found.setdefault(program_of(name), set()).update(here)
    for name, screen in program.screens.items():
        here = found.get(program_of(name), set())
        if isinstance(screen, Choose) and screen.into is not None:
            here |= {screen.into for option in screen.options if option.offers and option.offers.answer in here}
    return found


def _asked_for_nothing(program: Program, gives: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """Whatever is typed or chosen goes to a service, to another menu, or decides something."""
    used: dict[str, set[str]] = {}
    for name, screen in program.screens.items():
        used.setdefault(program_of(name), set()).update(_used(screen))
    for name, screen in program.screens.items():
        into = screen.into if isinstance(screen, Ask | Choose) else None
        if into is not None and into not in used[program_of(name)] | gives.get(program_of(name), frozenset()):
            told = f"`{into}` is asked for, but no service, sub-menu or condition takes it; do not ask"
            yield name, "asked-for-nothing", told


def _used(screen: Screen) -> Iterator[str]:
    if isinstance(screen, CallScreen):
        yield from _names(screen.arguments)
    if isinstance(screen, Choose):
        for option in screen.options:
            yield from _read(option.when)
    if isinstance(screen, Ask):
        for must in screen.rule.must:
            yield from (name for name in _read(must.that) if name != screen.into)
    for _, way in ways(screen):
        yield from _decides(way)
    for target in targets(screen):
        if target.visit:
            yield from _names(target.visit.arguments)
            yield from _decides(target.visit.then)


def _decides(way: Way) -> Iterator[str]:
    for branch in way:
        yield from _read(branch.when)


def _read(condition: Condition | None) -> tuple[str, ...]:
    return tuple(condition.names) if condition else ()


def _names(arguments: Mapping[str, Argument]) -> tuple[str, ...]:
    return tuple(argument.name for argument in arguments.values() if argument.name is not None)


def check_questions(program: Program, root: Node, reader: Reader) -> None:
    """Every question whether a citizen agrees is one page, in every language; `root` is that of services.yaml."""
    budget = min(program.budgets.values())
    purposes = root.get("purposes")
    places = {key.text: key for key, _ in purposes.pairs} if purposes else {}
    for question in {one.name: one for one in program.consents.values()}.values():
        name = read_mark(question.name)[0]
        for language in program.languages:
            said = (fill(text[language], {}) for text in (program.phrases["wrong_choice"], question.text))
            keys = (*own_lines(program, question, language), *back_lines(program, language))
            size = septets(PREFIX + "\n".join((*said, *keys)))
            if size > budget:
                told = f"the page that asks is {size - budget} septets over its {budget} in `{language}`; shorten it"
                reader.wrong(places[name], "too-long", told, name)
