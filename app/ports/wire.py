"""Whoever stands between us and the telephones, and how long a turn may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app import limits
from app.messages import DeliveryEvent, OutgoingSms, Reply, SmsEvent, UssdEnded, UssdEvent, WireRequest, WireResponse


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Of a turn: offices get no more than `soft_seconds` of it; the answer leaves before `hard_seconds` are over."""

    soft_seconds: float = limits.turn_soft_seconds
    hard_seconds: float = limits.turn_hard_seconds


class Aggregator(Protocol):
    """A telecom aggregator's wire, for one account. The readers raise `NotOurs` and remember nothing."""

    name: str
    deadlines: Deadlines

    def read_ussd(self, request: WireRequest) -> UssdEvent: ...
    def read_ussd_end(self, request: WireRequest) -> UssdEnded: ...
    def read_sms(self, request: WireRequest) -> SmsEvent: ...
    def read_delivery(self, request: WireRequest) -> DeliveryEvent: ...
    def write(self, reply: Reply) -> WireResponse: ...

    async def send(self, sms: OutgoingSms) -> str:
        """Hand an SMS over and return the aggregator's message id; raises `ServiceFailed`."""
        ...

    async def close(self) -> None: ...
