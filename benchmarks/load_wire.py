"""What a callback costs the load generator: its own wire against httpx, in interleaved rounds on one server.

Run `python -m benchmarks.load_wire [rounds]`. Microseconds of the driver's CPU; trust the ratio only.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

import httpx
import uvloop

from app.load.wire import Answer, Wire

CALLBACKS, AT_ONCE = 3000, 20
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 8\r\n\r\nCON more"
FORM = {
    "sessionId": "20261127-071329-steady-9768f3-17-0", "phoneNumber": "+26650000001", "networkCode": "65101",
    "serviceCode": "*384*26600#", "text": "1*2*05/03/2026*6",
}  # fmt: skip


def serve(told: multiprocessing.Queue[int]) -> None:
    """A process of its own, so that only the driver's CPU is counted."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        told.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


async def cost(post: Callable[[], Awaitable[int]]) -> float:
    """Microseconds of this process's CPU a callback; every one of them must be answered with 200."""
    before = time.process_time()
    for _ in range(CALLBACKS // AT_ONCE):
        statuses = await asyncio.gather(*(post() for _ in range(AT_ONCE)))
        assert set(statuses) == {200}, statuses
    return (time.process_time() - before) / CALLBACKS * 1e6


async def compare(url: str, rounds: int) -> None:
    wire = Wire(url, 5.0)
    ratios = []
    async with httpx.AsyncClient(trust_env=False) as client:

        async def ours() -> int:
            answer: Answer = await wire.post(FORM)
            return answer.status

        async def theirs() -> int:
            return (await client.post(url, data=FORM)).status_code

        for number in range(rounds):
            our_cost, their_cost = await cost(ours), await cost(theirs)
            ratios.append(their_cost / our_cost)
            print(f"round {number + 1}: wire {our_cost:5.0f} us, httpx {their_cost:5.0f} us, ratio {ratios[-1]:.1f}")
    wire.close()
    print(f"httpx costs {statistics.median(ratios):.1f} times the CPU of the wire (median of {rounds} rounds)")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    told: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(told,), daemon=True)
    server.start()
    try:
        uvloop.run(compare(f"http://127.0.0.1:{told.get(timeout=10)}/callbacks/dev/africastalking/ussd", rounds))
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
