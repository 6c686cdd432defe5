"""Programs that agents start for citizens: which may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from app.agent_phrases import NAMES
from app.catalogue import Catalogue, Service, ServiceKind
from app.compiler.graph import Finding
from app.compiler.reader import Reader
from app.compiler.source import Node
from app.engine.branches import RETURN
from app.engine.program import Ask, CallScreen, Program, Screen, program_of
from app.engine.ways import targets
from app.values.rules import Text, ValueType
from app.values.text import fill, septets

TITLE_SEPTETS = NAMES["service"].longest


def read_titles(roots: Mapping[str, Node], reader: Reader) -> dict[str, Text]:
    """What citizens are told that each of these programs is; `roots` are those of all programs."""
    titles = {}
    for program, root in roots.items():
        if (node := root.get("assisted")) is not None:
            titles[program] = reader.plain(node, "assisted", program)
            if any(septets(fill(template, {})) > TITLE_SEPTETS for template in titles[program].values()):
                told = f"`assisted` is longer than the {TITLE_SEPTETS} septets that a text has for it; shorten it"
                reader.wrong(node, "too-long", told)
    return titles


def check_assisted(
    program: Program, catalogue: Catalogue, starts: Mapping[str, str], sub_menus: Set[str]
) -> Iterator[Finding]:
    """What in a program that agents start for citizens only the citizen may do, know or read."""
    for name in program.assisted:
        if name in sub_menus:
            told = "agents start what citizens enter, not a sub-menu; write `assisted` in the program that visits it"
            yield starts[name], "not-for-agents", told
        if not program.agent_words:
            told = "this pack has no agents; write `agents` in entrances.yaml, or remove `assisted`"
            yield starts[name], "not-for-agents", told
        for screen in _walked(program, starts[name]):
            for told in _only_citizens(program, screen, catalogue.services):
                yield screen.name, "not-for-agents", f"an agent may start `{name}` for a citizen, but {told}"


def _walked(program: Program, start: str) -> list[Screen]:
    """All screens that are reached from a program's start without leaving it, its sub-menus included."""
    inside, seen, open_names = {program_of(start)}, dict[str, Screen](), [start]
    while open_names:
        screen = program.screens.get(name := open_names.pop())
        if screen is None or name in seen:
            continue
        seen[name] = screen
        for target in targets(screen):
            if target.visit:
                inside.add(program_of(target.screen))
            if program_of(target.screen) in inside:
                open_names.append(target.screen)
    return list(seen.values())


def _only_citizens(program: Program, screen: Screen, services: Mapping[str, Service]) -> Iterator[str]:
    owner = program_of(screen.name)
    if owner in program.consents:
        yield f"`{owner}` asks whether they agree, which only they can; remove `assisted`"
    if isinstance(screen, Ask) and screen.rule.type is ValueType.SECRET:
        yield f"`{screen.into}` is a secret, and would be typed on the agent's phone; ask for none here"
    if isinstance(screen, CallScreen) and (service := services.get(screen.service)) is not None:
        if service.kind in (ServiceKind.STATUS, ServiceKind.MANDATE, ServiceKind.MINE):
            yield f"`{service.name}` is for whoever asks themselves; do not call it here"
        elif service.kind is ServiceKind.AGENT or service.attests is not None:
            yield f"`{service.name}` is what agents do in their own name; do not call it here"
        elif service.code is not None or service.parameter(ValueType.PROOF) is not None:
            yield f"`{service.name}` needs a code that an office sends to them alone; do not call it here"
        elif service.texts_answer:
            yield f"`{service.name}` texts whoever calls; call one here that only tells"
        elif service.is_sensitive:
            yield f"`{service.name}` is about what is sensitive; do not call it here"
    for target in targets(screen):
        leaves = target.screen != RETURN and not target.visit and program_of(target.screen) != owner
        if leaves and not (isinstance(screen, CallScreen) and screen.begins):
            yield f"this leads to `{target.screen}`, which they did not allow; end here"
