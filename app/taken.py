"""What a turn came to."""

from __future__ import annotations

from typing import Final, TypeAlias

from app import limits
from app.messages import Reply, Session
from app.ports import Keeping
from app.walked import Walked

KEPT: Final = Keeping(limits.session_seconds_max)
Answered: TypeAlias = tuple[Reply, str]
"""A page, and what became of its turn, a word for the log."""


class Taken:
    """What a turn came to: the new Session (None: nothing moves), the reply, and a word for the log.

    `unheard` inputs were left over, for they came to a page that asks to be looked at. `finished`: something would have
    been offered again before, and is not any more.
    """

    __slots__ = ("finished", "keeping", "outcome", "reply", "session", "unheard")

    def __init__(
        self,
        session: Session | None,
        reply: Reply,
        outcome: str,
        keeping: Keeping = KEPT,
        unheard: int = 0,
        finished: bool = False,
    ) -> None:
        self.session = session
        self.reply = reply
        self.outcome = outcome
        self.keeping = keeping
        self.unheard = unheard
        self.finished = finished


class Heard:
    """`offered`: the citizen still has to say whether to go on. `settled`: they have said so now."""

    __slots__ = ("offered", "root", "settled", "walked")

    def __init__(self, walked: Walked, root: bytes = b"", offered: bool = False, settled: bool = False) -> None:
        self.walked = walked
        self.root = root
        self.offered = offered
        self.settled = settled
