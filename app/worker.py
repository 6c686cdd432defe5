"""The worker's process: carries out what the callbacks promised."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from contextlib import AsyncExitStack

import structlog

from app.errors import SettingsWrong
from app.logs import set_up_logs
from app.measures import METRICS_TYPE, Measures
from app.settings import Settings
from app.wiring import open_house

log = structlog.get_logger()
ASKED_SECONDS, ASKED_BYTES_MAX = 1.0, 8_192


def work(settings: Settings) -> None:
    """Work until SIGINT or SIGTERM; jobs in hand get `worker_stop_seconds` to end."""
    set_up_logs()
    asyncio.run(_work(settings))


async def listen(host: str, port: int, measures: Measures) -> asyncio.Server:
    """Tell what this process has counted to whoever asks, whatever they ask; raises `SettingsWrong`."""

    async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(ASKED_SECONDS):
                await reader.readuntil(b"\r\n\r\n")
                body = measures.render({"worker": measures.measured()})
                head = f"HTTP/1.1 200 OK\r\ncontent-type: {METRICS_TYPE}\r\ncontent-length: {len(body)}\r\n"
                writer.write(head.encode() + b"connection: close\r\n\r\n" + body)
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    try:
        return await asyncio.start_server(tell, host, port, limit=ASKED_BYTES_MAX)
    except OSError:
        raise SettingsWrong(f"Port {port} on {host} is taken; set MOHALA_WORKER_METRICS_PORT.") from None


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with open_house(settings) as house:
        name = f"{os.uname().nodename}:{os.getpid()}"
        log.info("worker_started", worker=name, version=house.editions.current.version)
        async with AsyncExitStack() as closing:
            if settings.worker_metrics_port is not None:
                told = await listen(settings.host, settings.worker_metrics_port, house.measures)
                closing.callback(told.close)
            await house.worker(name, random.SystemRandom().random).run(stop)
        log.info("worker_stopped", worker=name)
