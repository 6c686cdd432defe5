"""One citizen's place in a Program between two callbacks."""

from __future__ import annotations

import msgspec


class Frame(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Who waits for a sub-menu to return: the visit's id in the Program, and the answers there."""

    visit: str
    answers: dict[str, str]


class Left(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A screen that was left by going forward, as it was when it was shown."""

    screen: str
    answers: dict[str, str]
    frames: tuple[Frame, ...] = ()
    starts: tuple[int, ...] = ()
    lists: dict[str, str] = {}


class State(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Immutable; every step makes a new one.

    `screen` is `program/screen`. `answers` holds canonical strings (dates ISO 8601, amounts in minor units) and never
    a secret once a page is shown. `step` counts the inputs heard, the dial being 0. `trail` is what `back` walks,
    oldest first. `frames` are the sub-menus entered, innermost last. `lists` says by `program/name` which listing of a
    service a screen shows; `listings` holds those as JSON for as long as this screen or one on the trail shows them.
    Of a page in pages, `starts` says where each shown page began and `following` where the next one does (0: there is
    none). `tries` counts wrong inputs on this screen; `first` is what must be typed again. `closed` are the services
    that could not be asked when the dialogue began, `agreed` the purposes, with their versions, that the citizen agreed
    to before or in this dialogue. `mandate` names that by which an agent acts for a citizen here; empty: whoever
    dialled acts for themselves. `retyped`: the dialogue fell, and whoever went on, who need not be
    the same, answered these since; None: it did not.
    """

    pack: str
    version: str
    entrance: str
    screen: str
    language: str
    step: int = 0
    answers: dict[str, str] = {}
    trail: tuple[Left, ...] = ()
    frames: tuple[Frame, ...] = ()
    lists: dict[str, str] = {}
    listings: dict[str, str] = {}
    starts: tuple[int, ...] = ()
    following: int = 0
    tries: int = 0
    first: str = ""
    closed: tuple[str, ...] = ()
    agreed: tuple[str, ...] = ()
    mandate: str = ""
    retyped: tuple[str, ...] | None = None
