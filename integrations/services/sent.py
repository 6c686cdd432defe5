"""What this process has pushed to a wallet lately: a fence for wallets that know of a payment only a while later.

Every payment is looked up by its id before it is asked for, and every wallet refuses an id that it has seen. Between
the two lies the time that a wallet takes to find what it was just sent. It lives here: of pushes
(`app.pushing`) the database has a fence for all processes, of other payments the wallet's own refusal is the only one
after a restart.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import limits
from app.errors import ServiceFailed
from app.ports import Clock

NEVER_SENT = frozenset({"connect", "tls", "busy", "request_unfit"})
"""Reasons of `OutboundHttp` with which nothing has reached the wallet."""


@dataclass(frozen=True, slots=True)
class _Push:
    at: datetime
    accepted: bool


class Sent:
    """Notes no more than `office_pushes_noted_max`; the oldest is forgotten first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pushes: OrderedDict[str, _Push] = OrderedDict()

    def note(self, id: str, *, accepted: bool = False) -> None:
        """Before it is sent, and once more when the wallet said that it took it."""
        self._pushes[id] = _Push(self._clock(), accepted)
        self._pushes.move_to_end(id)
        if len(self._pushes) > limits.office_pushes_noted_max:
            self._pushes.popitem(last=False)

    def take_back(self, id: str, failed: ServiceFailed) -> None:
        """What never left may be sent at once."""
        if failed.reason in NEVER_SENT or failed.reason.startswith("session_"):
            self._pushes.pop(id, None)

    def may_be_sent(self, id: str) -> bool:
        """For an id that the wallet does not know. False: it was sent so lately that it may yet turn up.

        Raises `ServiceFailed` for a payment that the wallet took and then forgot: a human must look.
        """
        push = self._pushes.get(id)
        if push is None:
            return True
        if self._clock() < push.at + timedelta(seconds=limits.office_push_settles_seconds):
            return False
        if push.accepted:
            raise ServiceFailed("forgotten_by_the_wallet", retryable=False)
        return True
