"""The worker's process: carries out what the callbacks promised."""

from __future__ import annotations

import asyncio
import os
import random
import signal

import structlog

from app import limits
from app.desk import Desk
from app.errors import StoreUnavailable, place_of
from app.logs import set_up_logs
from app.retention import Retention
from app.settings import Settings
from app.wiring import now_utc, open_house

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
        looking = asyncio.create_task(_look_for_overdue(house.desk))
        sweeping = asyncio.create_task(_sweep(house.retention))
        await house.worker(name, random.SystemRandom().random).run(stop)
        looking.cancel()
        sweeping.cancel()
        log.info("worker_stopped")


async def _look_for_overdue(desk: Desk) -> None:
    """Whatever a clerk's desk has promised for a day that is past; several workers may look side by side."""
    while True:
        try:
            while await desk.escalate() == limits.desk_page_max:
                pass
        except StoreUnavailable:
            log.warning("overdue_not_looked_at", reason="the database is away")
        except Exception as error:  # the next look may go well, and nobody would miss one that is over
            log.error("overdue_not_looked_at", reason=f"our mistake: {place_of(error)}")
        await asyncio.sleep(limits.desk_escalate_seconds)


async def _sweep(retention: Retention) -> None:
    """Whatever is past its date; several workers may sweep side by side."""
    while True:
        try:
            if forgotten := await retention.sweep(now_utc()):
                log.info("swept", **forgotten)
        except StoreUnavailable:
            log.warning("not_swept", reason="the database is away")
        except Exception as error:  # the next sweep may go well, and nobody would miss one that is over
            log.error("not_swept", reason=f"our mistake: {place_of(error)}")
        await asyncio.sleep(limits.retention_sweep_seconds)
