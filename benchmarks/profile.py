"""Where the CPU of a callback goes: the benchmark's dialogue inside one process, under the deterministic profiler.

Run `python -m benchmarks.profile [--dialogues 1500] [--picture FILE.svg]`. The gateway as `mohala serve` builds it, on
a real session server and a real database, handed what came as uvicorn's protocol hands it on (`app/web/direct.py`);
what HTTP takes is not in it.
Shares of the time inside each room, the time in libraries counted to the room that called them. A profiler slows many
small calls down more than few large ones: read the shares, not the sum.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import cProfile
import io
import os
import pstats
import tempfile
from collections import defaultdict
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pygal
import uvloop

from app import limits
from app.load.picture import STYLE, without_scripts
from app.logs import set_up_logs
from app.main import create_app
from app.messages import WireResponse
from app.settings import Settings
from app.web.callbacks import Callbacks
from app.web.cycle import Cycle
from app.web.heads import Headers
from app.wiring import open_house
from benchmarks.callbacks.__main__ import DIALOGUE, make_house
from benchmarks.callbacks.contestants import ROOT, house
from sessions.embedded import EmbeddedValkey

ABREAST = 32
WARM_UP = 200
PATH = "/callbacks/dev/africastalking/ussd"
HEADERS = Headers([(b"content-type", b"application/x-www-form-urlencoded")])
ROOMS = (
    ("app/web/", "the door: secret, body, answer"),
    ("integrations/aggregators/", "reading the form, phone numbers"),
    ("app/gateway.py", "the order of a turn, its deadline"),
    ("app/short_way.py", "the order of a turn, its deadline"),
    ("app/outage.py", "the order of a turn, its deadline"),
    ("app/alarms.py", "the order of a turn, its deadline"),
    ("app/crowd.py", "the order of a turn, its deadline"),
    ("app/hearing.py", "what a turn means"),
    ("app/doorstep.py", "what a turn means"),
    ("app/kept.py", "what a turn means"),
    ("app/turn.py", "names and marks of a turn"),
    ("app/keys.py", "keyed hashes and seals"),
    ("app/dialogue.py", "dialogues and services"),
    ("app/services.py", "dialogues and services"),
    ("app/falls.py", "dialogues and services"),
    ("app/openings.py", "dialogues and services"),
    ("app/engine/", "the engine"),
    ("app/values/", "the engine"),
    ("sessions/", "the session server's client"),
    ("app/logs.py", "the log line"),
    ("structlog/", "the log line"),
    ("app/measures.py", "metrics"),
    ("integrations/database/", "the database"),
    ("sqlalchemy/", "the database"),
)
OTHER = "the rest"
Key = tuple[str, int, str]
Callers = dict[Key, tuple[int, int, float, float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=int, default=1_500)
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        store = EmbeddedValkey(home / "valkey")
        store.start()
        try:
            os.environ |= {"MOHALA_REDIS_URL": store.url, **house(home)}
            make_house(home)
            profile = cProfile.Profile()
            with contextlib.redirect_stdout(io.StringIO()):  # the log lines
                set_up_logs()
                uvloop.run(_profiled(profile, given.dialogues))
        finally:
            store.stop()
    shares = _shares(profile)
    for room, share in shares.items():
        print(f"{room:36}{share:6.1%}")
    if given.picture:
        given.picture.write_bytes(_picture(shares))


async def _profiled(profile: cProfile.Profile, dialogues: int) -> None:
    async with open_house(Settings.load()) as opened:
        callbacks = create_app(opened, None, None)  # type: ignore[arg-type]  # nobody asks for the health of siblings
        await _walk(callbacks, 0, WARM_UP)
        profile.enable()
        await _walk(callbacks, WARM_UP, WARM_UP + dialogues)
        profile.disable()
        await asyncio.sleep(2 * limits.log_flush_seconds)  # the last lines go where the others went


async def _walk(callbacks: Callbacks, first: int, last: int) -> None:
    numbers = iter(range(first, last))

    async def caller() -> None:
        for number in numbers:
            for text, page in DIALOGUE.items():
                answer = await _post(callbacks, number, text)
                if answer != f"CON {page}":
                    raise SystemExit(f"{text!r} was answered {answer!r}")

    await asyncio.gather(*(caller() for _ in range(ABREAST)))


class _Cycle:
    """What the protocol hands to a callback to be told the answer, without a socket behind it."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[WireResponse] = asyncio.get_running_loop().create_future()

    def wait_for(self, answer: Coroutine[Any, Any, WireResponse]) -> None:
        asyncio.get_running_loop().create_task(answer).add_done_callback(self._told)

    def _told(self, task: asyncio.Task[WireResponse]) -> None:
        self.finish(task.result())

    def finish(self, response: WireResponse) -> None:
        self.answer.set_result(response)

    def give_up(self) -> None:
        raise SystemExit("a callback was given up")


async def _post(callbacks: Callbacks, number: int, text: str) -> str:
    form = {"sessionId": f"ATUid_{number:032x}", "phoneNumber": f"+266{50_000_000 + number}", "networkCode": "65101",
            "serviceCode": "*384*26600#", "text": text}  # fmt: skip
    cycle = _Cycle()
    callbacks.take(PATH, HEADERS, b"", urlencode(form).encode(), cast("Cycle", cycle))
    return (await cycle.answer).body.decode()


def _shares(profile: cProfile.Profile) -> dict[str, float]:
    """Time of each room, largest first. What a library does is shared among those who called it, by time."""
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    spent: dict[str, float] = defaultdict(float)
    for key, (_, _, own, _, callers) in stats.items():
        for room, part in _rooms_of(key, callers, stats, 0).items():
            spent[room] += own * part
    spent.pop("", None)  # the benchmark itself
    whole = sum(spent.values())
    return {room: time / whole for room, time in sorted(spent.items(), key=lambda one: -one[1])}


def _rooms_of(
    key: Key, callers: dict[Key, tuple[int, int, float, float]], stats: object, depth: int
) -> dict[str, float]:
    """How the time of a function divides among the rooms."""
    file = key[0]
    if "/benchmarks/" in file:
        return {"": 1.0}
    for part, room in ROOMS:
        if f"/{part}" in file:
            return {room: 1.0}
    whole = sum(own for _, _, own, _ in callers.values())
    if depth >= 4 or not callers or not whole:
        return {OTHER: 1.0}
    found: dict[str, float] = defaultdict(float)
    for caller, (_, _, own, _) in callers.items():
        theirs = stats[caller][4] if caller in stats else {}  # type: ignore[index,operator]
        for room, part_of in _rooms_of(caller, theirs, stats, depth + 1).items():
            found[room] += part_of * own / whole
    return found


def _picture(shares: dict[str, float]) -> bytes:
    chart = pygal.HorizontalBar(js=(), style=STYLE, title="Where the CPU of a callback goes, per cent", width=960,
                                height=60 + 34 * len(shares), explicit_size=True, show_legend=False,
                                print_values=True, print_values_position="top",
                                value_formatter=lambda value: f"{value:.0f}",
                                x_labels=list(reversed(shares)))  # fmt: skip
    chart.uuid = "profile"
    chart.add("share", [100 * share for share in reversed(shares.values())])
    chart.add_xml_filter(without_scripts)
    drawn: bytes = chart.render()
    return drawn


if __name__ == "__main__":
    main()
