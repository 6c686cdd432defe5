"""A call to the session server that waits for its answer."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from app.errors import StoreUnavailable
from sessions.packing import Then


class Call(msgspec.Struct, frozen=True):
    packed: bytes
    answer: asyncio.Future[Any] | Then
    due: float

    def fail(self, reason: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(StoreUnavailable(reason))
