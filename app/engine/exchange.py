"""What goes into a step besides the Program and the State, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import msgspec

from app.engine.state import State


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What a step depends on besides what was typed: the day there, and how the citizen reaches us.

    `closed` are the services, as conditions write them, that could not be asked when the dialogue began. A `dial` keeps
    them in the State, and no later step looks at them: what a citizen was shown stays true to its end.
    """

    today: date
    aggregator: str = ""
    network: str = ""
    channel: str = "ussd"
    closed: tuple[str, ...] = ()


class Page(msgspec.Struct, frozen=True, gc=False):
    """What the handset shows. `notice` is what was wrong with the last input, already on top of `text`."""

    text: str
    final: bool
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A service to ask before a page can be shown; `patience_seconds` None: as long as the catalogue says."""

    service: str
    arguments: Mapping[str, str]
    patience_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RememberLanguage:
    """The citizen chose a language, for this number and from now on."""

    language: str


class Agreed(msgspec.Struct, frozen=True, gc=False):
    """The citizen agreed to a purpose, in this version."""

    mark: str


Effect = RememberLanguage | Agreed


class Step(msgspec.Struct, frozen=True, gc=False):
    """The new State, and a page to show or a service to call."""

    state: State
    page: Page | None
    call: Call | None
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Gave:
    """A service answered."""

    results: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Failed:
    """A service did not answer as hoped: `late`, `down`, or a reason for refusing."""

    outcome: str
    results: Mapping[str, str]
