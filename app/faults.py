"""What is wrong with a declaration of services.yaml, and where: told by `mohala check`, and by adapters at a start."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Place = tuple[str | int, ...]
"""Keys and, in a list, positions: from what is declared to a value in it."""
NAME = re.compile("[a-z][a-z0-9_]{0,39}")
SINGLE = "must be a single value, not a mapping or a list"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the value at a place, or with its key, and what to do; `rule` is the complaint's."""

    place: Place
    rule: str
    text: str
    of_key: bool = False


def of_keys(
    value: Mapping[str, object], place: Place, known: tuple[str, ...], needed: tuple[str, ...]
) -> Iterator[Fault]:
    """Keys that mean nothing there, and those that are missing."""
    for key in value:
        if key not in known:
            told = f"`{key}` means nothing here; known are {', '.join(known)}"
            yield Fault((*place, key), "unknown-key", told, True)
    for key in needed:
        if key not in value:
            yield Fault(place, "missing-key", f"`{key}` is missing; add it")


def no_mapping(place: Place) -> Fault:
    return Fault(place, "wrong-shape", f"`{place[-1]}` must be a mapping of names to values")


Check = Callable[[object, Place], Iterator[Fault]]
"""What is wrong with a value at a place."""


def names_faults(value: object, place: Place, check: Check) -> Iterator[Fault]:
    """What is wrong with a mapping of names to values, each of which `check` looks at."""
    if not isinstance(value, Mapping):
        yield no_mapping(place)
        return
    for name, one in value.items():
        if not NAME.fullmatch(name):
            yield bad_name((*place, name), name, of_key=True)
        yield from check(one, (*place, name))


def bad_name(place: Place, name: str, *, of_key: bool) -> Fault:
    """`of_key`: the name is that of a key."""
    told = f"`{name}` is no name: a small letter, then at most 39 small letters, digits and `_`"
    return Fault(place, "bad-name", told, of_key)
