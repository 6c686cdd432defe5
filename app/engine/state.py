"""One citizen's place in a Program between two callbacks."""

from __future__ import annotations

import msgspec


class Visit(msgspec.Struct, frozen=True):
    """A screen that was left by going forward, with the answers as they were when it was shown."""

    screen: str
    answers: dict[str, str]


class State(msgspec.Struct, frozen=True):
    """Immutable; every step makes a new one.

    `screen` is `program/screen`. `answers` holds canonical strings (dates ISO 8601, amounts in minor units).
    `step` counts the inputs heard, the dial being 0. `trail` is what `back` walks, oldest first.
    """

    pack: str
    version: str
    entrance: str
    screen: str
    language: str
    step: int = 0
    answers: dict[str, str] = {}
    trail: tuple[Visit, ...] = ()
