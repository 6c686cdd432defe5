"""What a worker tells of itself over HTTP."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

from app.errors import SettingsWrong
from app.measures import Measures
from app.worker import listen

pytestmark = pytest.mark.anyio


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_it_tells_its_counts_and_lets_go_of_whoever_asks_strangely() -> None:
    measures, port = Measures(), free_port()
    measures.count("mohala_sms_total", kind="answer", ending="sent")
    async with await listen("127.0.0.1", port, measures):
        for odd in (b"", b"x" * 20_000, b"\x00\xff\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(odd)
            writer.write_eof()
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/metrics")
    assert 'mohala_sms_total{ending="sent",kind="answer",process="worker"} 1.0' in answer.text


async def test_a_port_that_is_taken_is_told_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsWrong, match="MOHALA_WORKER_METRICS_PORT"):
            await listen("127.0.0.1", taken.getsockname()[1], Measures())
