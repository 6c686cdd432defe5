"""Cash beside a push: while a wallet may be taking the money of a bill, no agent takes it as well, and no other wallet
is told that it is due.
"""

from __future__ import annotations

from datetime import timedelta

from app import limits
from app.payments import UNDER_WAY, Bill
from app.ports import Clock, PushBook
from app.pushes import Push


class CashBeside:
    """Raises `StoreUnavailable`."""

    def __init__(self, pushes: PushBook, clock: Clock) -> None:
        self._pushes = pushes
        self._clock = clock

    async def must_wait(self, bill: Bill) -> bool:
        """Whether cash for a bill that was just looked up would, perhaps, be its second payment.

        A wallet that is away must not keep citizens from paying: a push of which none can have heard, minutes after
        its payer said yes, is withdrawn here, and from then on no wallet is asked for it.
        """
        if bill.state not in UNDER_WAY:
            return False
        push = await self._pushes.last(bill.id)
        if push is None or self._may_take_it(push):
            return True
        return not push.is_withdrawn and not await self._pushes.withdraw(push)

    async def would_wait(self, bill: Bill) -> bool:
        """The same for whoever only looks at a bill, so nothing is withdrawn."""
        push = await self._pushes.last(bill.id) if bill.state in UNDER_WAY else None
        return bill.state in UNDER_WAY and (push is None or self._may_take_it(push))

    def _may_take_it(self, push: Push) -> bool:
        is_fresh = self._clock() < push.at + timedelta(seconds=limits.office_push_settles_seconds)
        return push.is_asked or (is_fresh and not push.is_withdrawn)
