"""Warnings that go out: each text by itself, in its hours, to whom it still concerns."""

from __future__ import annotations

import structlog

from app.broadcast import Broadcast, BroadcastState, text_for
from app.editions import Editions
from app.endings import Finished, JobEnding, Later
from app.messages import ClaimedJob, OutgoingSms, SmsKind
from app.ports import Broadcasts, Clock, Ledger, Subscriptions
from app.questions import next_hour
from app.sending import Sender

log = structlog.get_logger()


class Warnings:
    """Raises `StoreUnavailable`, and `ServiceFailed` for what an aggregator says."""

    def __init__(
        self,
        editions: Editions,
        broadcasts: Broadcasts,
        subscriptions: Subscriptions,
        ledger: Ledger,
        sender: Sender,
        clock: Clock,
    ) -> None:
        self._editions = editions
        self._broadcasts = broadcasts
        self._subscriptions = subscriptions
        self._ledger = ledger
        self._sender = sender
        self._clock = clock

    async def warn(self, claimed: ClaimedJob) -> JobEnding:
        """Text somebody now, at another hour, or not at all: it is too late, was cancelled, or they want it no more."""
        payload, now = claimed.job.payload, self._clock()
        broadcast = await self._broadcasts.find(payload["broadcast"])
        if broadcast is None or broadcast.state is BroadcastState.CANCELLED:
            return _unsent("cancelled")
        if self._sender.is_late(claimed.job):
            return _unsent("of no use any more")
        program = self._editions.current.program
        at = next_hour(now.astimezone(program.timezone), broadcast.from_hour, broadcast.to_hour)
        if at is not None:
            return Later("not at this hour", at.astimezone(now.tzinfo))
        if not await self._is_wanted(broadcast, payload["to"]):
            return _unsent("not wanted any more")
        text = text_for(broadcast.texts, payload["language"], program.base)
        return await self._sender.send(claimed, OutgoingSms(payload["to"], text), SmsKind.WARNING)

    async def _is_wanted(self, broadcast: Broadcast, msisdn: str) -> bool:
        """Whether the number is subscribed still, and agreed to what the topic's purpose is today."""
        catalogue = self._editions.current.catalogue
        topic = catalogue.topics.get(broadcast.topic)
        purpose = catalogue.purposes.get(topic.purpose) if topic else None
        if purpose is None or not await self._subscriptions.is_reached(msisdn, broadcast.topic, broadcast.district):
            return False
        return purpose.mark in await self._ledger.agreed(msisdn, b"", self._clock())


def _unsent(reason: str) -> JobEnding:
    log.info("warning_not_sent", reason=reason)
    return Finished()
