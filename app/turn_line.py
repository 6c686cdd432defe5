"""What a turn leaves in the log."""

from __future__ import annotations

from datetime import datetime

import msgspec


class TurnLine(msgspec.Struct, frozen=True, gc=False):
    """`session` and `caller` are the beginnings of keyed hashes: nothing in a line names a citizen. `timestamp` may be
    older by `log_flush_seconds`.
    """

    outcome: str
    aggregator: str
    session: str
    caller: str
    final: bool
    milliseconds: float
    timestamp: datetime
    event: str = "turn"
    level: str = "info"
