"""What a turn came to."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from app import limits
from app.messages import Reply, Session
from app.ports import Keeping
from app.walked import Walked

KEPT = Keeping(limits.session_seconds_max)
Answered: TypeAlias = tuple[Reply, str]
"""A page, and what became of its turn, a word for the log."""


class Taken(msgspec.Struct, frozen=True, gc=False):
    """What a turn came to: the new Session (None: nothing moves), the reply, and a word for the log.

    `unheard` inputs were left over, for they came to a page that asks to be looked at. `finished`: something would have
    been offered again before, and is not any more.
    """

    session: Session | None
    reply: Reply
    outcome: str
    keeping: Keeping = KEPT
    unheard: int = 0
    finished: bool = False


class Heard(msgspec.Struct, frozen=True, gc=False):
    """`offered`: the citizen still has to say whether to go on. `settled`: they have said so now."""

    walked: Walked
    root: bytes = b""
    offered: bool = False
    settled: bool = False
