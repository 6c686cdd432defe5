"""`mohala menus diff`: what changed for a citizen between two packs, screen by screen, and which journeys with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

import msgspec

from app.authoring.conversations.journeys import Detour, compare_journeys
from app.authoring.conversations.model import Conversation
from app.engine.program import Keyword, Option, Program
from app.pack import Pack
from app.values.conditions import Condition
from app.values.formats import Currency
from app.values.rules import InputRule, ValueType
from app.values.text import Slot

_NOT_SEEN = frozenset({"version", "screens", "names", "visits", "phrases", "found"})
"""Fields of a Program that are compared in their own way, or follow from the others."""
_NAMES = frozenset({"name", "key", "sms_names"})
"""Fields that stand in the place of a change already, or follow from its texts."""
_WORDS = {"to": "leads to", "screen": "", "say": "says", "options": "option", "rule": "input", "into": "is kept as"}


class Kind(StrEnum):
    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. `where` is a screen, `service NAME`, `phrase NAME` or `pack`; empty texts: absent."""

    kind: Kind
    where: str
    what: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions of a pack, what changed, and the recorded journeys that differ."""

    old: str
    new: str
    changes: tuple[Change, ...]
    detours: tuple[Detour, ...]


def compare(old: Pack, new: Pack, conversations: Sequence[Conversation] = ()) -> Difference:
    """Blocks while conversations are played: call it outside an event loop."""
    detours = compare_journeys(old, new, conversations) if conversations else ()
    return Difference(old.program.version, new.program.version, tuple(_changes(old, new)), detours)


def _changes(old: Pack, new: Pack) -> Iterator[Change]:
    was, now = dict(_parts(old)), dict(_parts(new))
    for where in [*was, *(where for where in now if where not in was)]:
        if where not in now:
            yield Change(Kind.GONE, where)
            continue
        if where not in was:
            yield Change(Kind.NEW, where)
        before, after = was.get(where, {}), now[where]
        for what in [*before, *(what for what in after if what not in before)]:
            if before.get(what) != after.get(what):
                yield Change(Kind.CHANGED, where, what, before.get(what, ""), after.get(what, ""))


def _parts(pack: Pack) -> Iterator[tuple[str, dict[str, str]]]:
    """Everything of a pack that a citizen meets, under its name, as flat text."""
    program = pack.program
    yield "pack", dict(_fields(program, program, ()))
    for name, screen in program.screens.items():
        yield name, {"kind": type(screen).__name__, **dict(_flat(screen, program, ()))}
    for name, text in program.phrases.items():
        yield f"phrase {name}", dict(_flat(text, program, ()))
    for name, service in pack.catalogue.services.items():
        yield f"service {name}", dict(_flat(service, program, ()))


def _fields(value: Any, program: Program, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for field in dataclasses.fields(value):
        if field.name in _NAMES or (value is program and field.name in _NOT_SEEN):
            continue
        part = getattr(value, field.name)
        if isinstance(value, InputRule) and value.type is ValueType.AMOUNT and field.name in ("least", "most"):
            part = _money(part, program.currency)
        yield from _flat(part, program, (*path, field.name))


def _money(minor: int, currency: Currency) -> str:
    return f"{minor / 10**currency.minor_digits:.{currency.minor_digits}f} {currency.code}"


def _flat(value: Any, program: Program, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """A value of a pack as lines `path: text`; what is absent has no line."""
    if value is None:
        return
    if isinstance(value, Condition):
        yield _told(path), value.source
    elif dataclasses.is_dataclass(value):
        yield from _fields(value, program, path)
    elif isinstance(value, Mapping):
        is_text = all(key in program.languages and isinstance(item, tuple) for key, item in value.items())
        for key, item in value.items():
            if is_text:
                yield _told((*path, f"({key})")), _written(item)
            else:
                yield from _flat(item, program, (*path, str(key)))
    elif isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
        for place, item in enumerate(value, start=1):
            yield from _flat(item, program, (*path, _own_name(item, place)))
    elif isinstance(value, tuple | frozenset):
        yield _told(path), ", ".join(map(str, sorted(value) if isinstance(value, frozenset) else value))
    else:
        yield _told(path), str(value)


def _own_name(item: Any, place: int) -> str:
    """What tells an item of a list from the others: an option's key, a keyword's screen, else its place."""
    if isinstance(item, Option):
        return item.key
    if isinstance(item, Keyword):
        return item.screen
    return str(place) if place > 1 else ""


def _told(path: tuple[str, ...]) -> str:
    words = filter(None, (_WORDS.get(part, part.replace("_", " ")) for part in path))
    return " ".join(word for word, _ in groupby(words))


def _written(template: tuple[str | Slot, ...]) -> str:
    """A text as its author wrote it."""
    return "".join(part if isinstance(part, str) else f"{{{_slot(part)}}}" for part in template)


def _slot(slot: Slot) -> str:
    return "|".join(filter(None, (getattr(slot, field.name) for field in dataclasses.fields(slot))))


def as_text(difference: Difference) -> Iterator[str]:
    """Lines for people: screens and what changed on each, then the journeys."""
    yield f"{difference.old} -> {difference.new}: {len(difference.changes) or 'no'} changes"
    where = ""
    for change in difference.changes:
        if change.where != where:
            where = change.where
            mark = "" if change.kind is Kind.CHANGED else f" ({change.kind})"
            yield f"{where}{mark}"
        if change.what:
            yield from _pair(f"  {change.what}", change.old, change.new)
    for told, elsewhere in (("go elsewhere now", True), ("read differently now", False)):
        detours = [detour for detour in difference.detours if detour.elsewhere is elsewhere]
        if detours:
            yield f"Conversations that {told}: {len(detours)}"
        for detour in detours:
            place = detour.turn.place if detour.turn else detour.conversation.place
            done = f", {detour.turn.action}" if detour.turn and detour.turn.action else ""
            yield from _pair(f"  {place}: {detour.conversation.name}{done}", detour.old, detour.new)


def _pair(head: str, old: str, new: str) -> Iterator[str]:
    yield f"{head}:"
    for mark, text in (("-", old), ("+", new)):
        yield from (f"    {mark} {line}" for line in (text.split("\n") if text else ()))


def as_json(difference: Difference) -> str:
    """One object: `old`, `new`, `changes`, `journeys`."""
    told = {
        "old": difference.old,
        "new": difference.new,
        "changes": difference.changes,
        "journeys": [_journey(detour) for detour in difference.detours],
    }
    return msgspec.json.format(msgspec.json.encode(told)).decode()


def _journey(detour: Detour) -> dict[str, object]:
    return {
        "name": detour.conversation.name,
        "place": detour.turn.place if detour.turn else detour.conversation.place,
        "elsewhere": detour.elsewhere,
        "old": detour.old,
        "new": detour.new,
    }
