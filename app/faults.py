"""What is wrong with a declaration of services.yaml, and where: told by `mohala check`, and by adapters at a start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Place = tuple[str | int, ...]
"""Keys and, in a list, positions: from what is declared to a value in it."""


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
