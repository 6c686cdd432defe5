"""The outbox of a simulated house, whose worker is not woken for every try at what is away."""

from __future__ import annotations

import heapq
from datetime import UTC, datetime, timedelta

from app.authoring.conversations.twins import TimedOutbox
from app.endings import PENDING
from app.messages import ClaimedJob

EVERY = timedelta(minutes=30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PatientOutbox(TimedOutbox):
    """What failed is tried again at the next half hour: nine tenths of a month went into tries at an SMS centre
    that was away. What is only not finished yet, such as a payment, is looked at in time.
    """

    async def postpone(
        self,
        claimed: ClaimedJob,
        until: datetime,
        reason: str,
        counted: bool = True,
        slot_at: datetime | None = None,
        begun: bool = True,
    ) -> bool:
        if reason != PENDING:
            half_hour = until + (EVERY - (until - _EPOCH) % EVERY)
            heapq.heappush(self._due, half_hour)
            until = half_hour if begun else until
        else:
            heapq.heappush(self._due, until)
        return await self._outbox.postpone(claimed, until, reason, counted, slot_at, begun)
