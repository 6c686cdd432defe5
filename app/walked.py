"""Who walks through a menu, and where the walk has come to."""

from __future__ import annotations

from app.editions import Edition
from app.engine.exchange import Page
from app.engine.state import State


class Caller:
    """Who speaks, under which session key, and until when (on the monotonic clock) an answer is any use.

    `aggregator`, `network` and `channel` (`ussd` or `sms`) are how; they decide how long a page may be.
    """

    __slots__ = ("aggregator", "channel", "deadline", "key", "msisdn", "network")

    def __init__(
        self, msisdn: str, key: bytes, deadline: float, aggregator: str = "", network: str = "", channel: str = "ussd"
    ) -> None:
        self.msisdn = msisdn
        self.key = key
        self.deadline = deadline
        self.aggregator = aggregator
        self.network = network
        self.channel = channel


class Walked:
    """Where a walk in an edition came to. `unheard` counts inputs left over because the walk had to stop and let the
    citizen look.
    """

    __slots__ = ("edition", "page", "state", "unheard")

    def __init__(self, edition: Edition, state: State, page: Page, unheard: int = 0) -> None:
        self.edition = edition
        self.state = state
        self.page = page
        self.unheard = unheard
