"""Callbacks of the pretend wallets: looked for in the background, tried once, to this machine only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx

look_seconds = 0.1
post_seconds_max = 5.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Callout:
    """What a wallet calls back with; `done` is told once it was tried, whatever came of it."""

    method: str
    url: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    done: Callable[[], None]


def is_of_this_machine(url: str) -> bool:
    """A sandbox that called any address that it is given would be somebody's tool."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in LOOPBACK


async def call_back(wallets: Iterable[Callable[[], Iterable[Callout]]]) -> None:
    """Look until cancelled for what was decided, and call."""
    look = tuple(wallets)
    async with httpx.AsyncClient(trust_env=False, timeout=post_seconds_max) as client:
        while True:
            for callout in [one for wallet in look for one in wallet()]:
                callout.done()
                try:
                    await client.request(callout.method, callout.url, json=callout.body, headers=callout.headers)
                except httpx.HTTPError:
                    continue
            await anyio.sleep(look_seconds)
