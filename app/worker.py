"""The worker's process: carries out what the callbacks promised."""

from __future__ import annotations

import asyncio
import os
import random
import signal

import structlog

from app.logs import set_up_logs
from app.settings import Settings
from app.wiring import open_house

log = structlog.get_logger()


def work(settings: Settings) -> None:
    """Work until SIGINT or SIGTERM; jobs in hand get `worker_stop_seconds` to end."""
    set_up_logs()
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with open_house(settings) as house:
        name = f"{os.uname().nodename}:{os.getpid()}"
        log.info("worker_started", version=house.editions.current.version)
        await house.worker(name, random.SystemRandom().random).run(stop)
        log.info("worker_stopped")
