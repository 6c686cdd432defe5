"""Delivery reports from the pretend SMS centre: best effort, in the background."""

from __future__ import annotations

import asyncio

import anyio
import httpx

from integrations.sandbox.home import NETWORKS, PREPAID

queue_length_max = 1_000  # more: the report is dropped, as a network may drop it
post_seconds_max = 5.0
posts_parallel_max = 4


class DeliveryReports:
    """Posts reports to `url`, or to nobody if it is None; a receiver that fails is not asked again."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._waiting: asyncio.Queue[dict[str, str]] = asyncio.Queue(queue_length_max)

    def report(self, message_id: str, msisdn: str) -> None:
        if self._url is None or self._waiting.full():
            return
        network = NETWORKS["5" if msisdn.startswith(PREPAID) else "6"]
        self._waiting.put_nowait({"id": message_id, "status": "Success", "phoneNumber": msisdn, "networkCode": network})

    async def run(self) -> None:
        """Deliver until cancelled."""
        if self._url is None:
            return
        async with (
            httpx.AsyncClient(trust_env=False, timeout=post_seconds_max) as client,
            anyio.create_task_group() as group,
        ):
            for _ in range(posts_parallel_max):
                group.start_soon(self._deliver, client, self._url)

    async def _deliver(self, client: httpx.AsyncClient, url: str) -> None:
        while True:
            report = await self._waiting.get()
            with anyio.move_on_after(post_seconds_max):
                try:
                    await client.post(url, data=report)
                except httpx.HTTPError:
                    continue
