"""Which answers pages show masked: to agents what offices gave, after a fall what tells of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from app.catalogue import Service, ServiceKind
from app.engine.program import CallScreen, Choose, Declared, Pick, Resume, Screen, program_of
from app.engine.rendering import TELLING
from app.engine.ways import targets
from app.privacy import DataClass

_TELLING = (DataClass.IDENTITY, DataClass.CONTACT, DataClass.SENSITIVE)


def masked_names(
    screens: Mapping[str, Screen], services: Mapping[str, Service], said_public: Mapping[str, Set[str]]
) -> dict[str, frozenset[str]]:
    """For each program the answers that hold what an office gave and services.yaml does not say to be public."""
    found: dict[str, set[str]] = {}
    for screen in screens.values():
        service = services.get(screen.service) if isinstance(screen, CallScreen) else None
        if isinstance(screen, CallScreen) and service is not None and service.kind is ServiceKind.ASK:
            hidden = {into for name, into in screen.results.items() if name not in said_public.get(service.name, ())}
            found.setdefault(program_of(screen.name), set()).update(hidden)
    return _handed_on(found, screens)


def hidden_names(
    screens: Mapping[str, Screen],
    services: Mapping[str, Service],
    names: Mapping[str, Mapping[str, Declared]],
    resumes: Mapping[str, Resume],
) -> dict[str, frozenset[str]]:
    """For each program the answers that whoever goes on with a dialogue that fell does not see in clear.

    Those whose type tells of a person, those that a service has in a class that does, and what `resume` hides.
    """
    found = {
        owner: {name for name, one in declared.items() if one.type in TELLING} for owner, declared in names.items()
    }
    for owner, resume in resumes.items():
        found.setdefault(owner, set()).update(resume.hides)
    for screen in screens.values():
        service = services.get(screen.service) if isinstance(screen, CallScreen) else None
        if isinstance(screen, CallScreen) and service is not None:
            given = [(name, argument.name) for name, argument in screen.arguments.items() if argument.name is not None]
            fields = (*given, *screen.results.items())
            hidden = {into for name, into in fields if service.classes.get(name) in _TELLING}
            found.setdefault(program_of(screen.name), set()).update(hidden)
    return _handed_on(found, screens)


def _handed_on(found: dict[str, set[str]], screens: Mapping[str, Screen]) -> dict[str, frozenset[str]]:
    """With them the names that take the same: offered, picked from a list, handed into a sub-menu or back out of it."""
    before = -1
    while before != (before := sum(map(len, found.values()))):
        for screen in screens.values():
            for owner, name, to, into in _ways_of(screen):
                if name in found.get(owner, ()):
                    found.setdefault(to, set()).add(into)
    return {program: frozenset(names) for program, names in found.items()}


def _ways_of(screen: Screen) -> Iterator[tuple[str, str, str, str]]:
    """What goes where: a program and a name there, the other program and its name."""
    owner = program_of(screen.name)
    if isinstance(screen, Pick):
        yield from ((owner, screen.listing.name, owner, into) for into in screen.into)
    if isinstance(screen, Choose) and screen.into is not None:
        yield from ((owner, one.offers.answer, owner, screen.into) for one in screen.options if one.offers)
    for target in targets(screen):
        if target.visit:
            inner = program_of(target.screen)
            given = target.visit.arguments.items()
            yield from ((owner, one.name, inner, name) for name, one in given if one.name is not None)
            yield from ((inner, name, owner, into) for name, into in target.visit.results.items())
