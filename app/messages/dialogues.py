"""Dialogues between two callbacks or texts: what is kept of them, and what outlives the session server."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.engine.state import State


class Session(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What is kept between two callbacks: the State and how much of the transcript it has heard.

    `heard_mark` is a keyed hash of the first `heard_length` characters of the transcript, so that a secret typed
    once is not kept in clear. `hop` counts the callbacks that were answered, the dial being 0. `root` is the dialogue
    that it goes on with (its own, or the one that fell): what it does takes its ids from there. `offered`: the citizen
    was asked whether to go on with `state`, and has not said so yet. `walked`: it was begun anew, so what
    comes next may be more than one input.
    """

    state: State
    heard_length: int
    heard_mark: bytes
    ended: bool
    hop: int = 0
    root: bytes = b""
    offered: bool = False
    walked: bool = False


class Opening(msgspec.Struct, frozen=True, gc=False):
    """How a dialogue began, kept outside the session server, which may lose it: under which version of the menus.

    `session` is its keyed hash. `fallen` is what its first page offered to go on with. `closed` are the services that
    could not be asked then: who walks it again must come to the same pages.
    """

    session: bytes
    version: str
    at: datetime
    fallen: Session | None = None
    closed: tuple[str, ...] = ()


class Draft(msgspec.Struct, frozen=True, gc=False):
    """The last dialogue of a number that can be gone on with, kept outside the session server, which may lose it.

    `session` is its keyed hash, `until` when it is offered no more. `fallen` None: it was finished meanwhile.
    """

    msisdn: str
    session: bytes
    at: datetime
    until: datetime
    fallen: Session | None


class Known(msgspec.Struct, frozen=True, gc=False):
    """What the ledger knows of a number that dials: the language it chose, whether a dialogue of it is kept as not
    finished, whether it ever agreed to anything, and whether this very dialogue began before.
    """

    language: str | None
    is_unfinished: bool
    has_agreed: bool
    has_begun: bool


class Waiting(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A dialogue by SMS that waits for a code: its State, and the key that its effects take their ids from.

    `job` is the last text that was heard and `text` what it was answered; `over`: no code is awaited any more.
    """

    state: State
    key: bytes
    job: str
    text: str
    over: bool = False
