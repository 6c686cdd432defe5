"""What many calls share and one of them fetches: a token, a session."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from app.errors import ServiceFailed

T = TypeVar("T")


class Shared(Generic[T]):
    """Has `fetch` called when there is nothing fresh, which may raise `ServiceFailed`.

    One fetch is under way at most, however many wait for it. It belongs to none of them: who gives up leaves what comes
    to the next, so that whoever is slower than citizens are patient is not asked for ever.
    """

    def __init__(self, name: str, fetch: Callable[[], Awaitable[T]], is_fresh: Callable[[T], bool]) -> None:
        self._name = name
        self._fetch = fetch
        self._is_fresh = is_fresh
        self._held: T | None = None
        self._fetching: asyncio.Task[T | ServiceFailed] | None = None

    async def fresh(self, within_seconds: float) -> T:
        """Raises `ServiceFailed`, always retryable and never late, for the office was not asked; its reasons are those
        of `fetch` and `timeout`, each behind the name.
        """
        if self._held is not None and self._is_fresh(self._held):
            return self._held
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetched())
        fetching = self._fetching
        await asyncio.wait({fetching}, timeout=max(within_seconds, 0.0))
        if not fetching.done() or fetching.cancelled():
            raise self.failed("timeout")
        fetched = fetching.result()
        if isinstance(fetched, ServiceFailed):
            raise self.failed(fetched.reason) from None
        return fetched

    def drop(self, refused: T) -> None:
        """Of many who were refused with the same, the first has a new one fetched."""
        if self._held is refused:
            self._held = None

    def is_held(self, one: T) -> bool:
        return self._held is one

    def failed(self, reason: str) -> ServiceFailed:
        return ServiceFailed(f"{self._name}_{reason.removeprefix(f'{self._name}_')}", retryable=True)

    async def close(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait({self._fetching})

    async def _fetched(self) -> T | ServiceFailed:
        """Returned and not raised, for there may be nobody left to hear it."""
        try:
            self._held = await self._fetch()
            return self._held
        except ServiceFailed as failed:
            return failed
        finally:
            self._fetching = None
