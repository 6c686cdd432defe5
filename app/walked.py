"""Who walks through a menu, and where the walk has come to."""

from __future__ import annotations

import msgspec

from app.editions import Edition
from app.engine.exchange import Page
from app.engine.state import State


class Caller(msgspec.Struct, frozen=True, gc=False):
    """Who speaks, under which session key, and until when (on the monotonic clock) an answer is any use.

    `aggregator`, `network` and `channel` (`ussd` or `sms`) are how; they decide how long a page may be.
    """

    msisdn: str
    key: bytes
    deadline: float
    aggregator: str = ""
    network: str = ""
    channel: str = "ussd"


class Walked(msgspec.Struct, frozen=True, gc=False):
    """Where a walk in an edition came to. `unheard` counts inputs left over because the walk had to stop and let the
    citizen look.
    """

    edition: Edition
    state: State
    page: Page
    unheard: int = 0
