"""Where a process may die: every durable step of it, counted, and the one at which it is to die."""

from __future__ import annotations

import mmap
import os
import signal
import struct
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

ORDER_BYTES = 512
_OFFSET = struct.Struct("d")


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """The `count`-th time (1 is the first) that a part of the house comes to a step."""

    part: str
    step: str
    count: int

    def __str__(self) -> str:
        return f"{self.part}: {self.step}" + (f", time {self.count}" if self.count > 1 else "")


class Orders:
    """What the matrix tells the processes: a run's number, and at which point of it one has to die.

    A page of memory that they share, so that looking costs them nothing.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(ORDER_BYTES))
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), ORDER_BYTES)

    def give(self, run: int, victim: Point | None) -> None:
        words = [str(run), *([victim.part, victim.step, str(victim.count)] if victim else [])]
        order = "\t".join(words).encode()
        assert len(order) < ORDER_BYTES, "a step's name is too long for an order"
        self._page[:] = order.ljust(ORDER_BYTES, b"\0")

    def forget(self) -> None:
        """Whoever is born again must not die of the same order."""
        self.give(int(self.read().split(b"\t")[0].rstrip(b"\0") or b"0"), None)

    def read(self) -> bytes:
        return self._page[:]


class Clock:
    """The time of all processes together: the machine's, and whatever was let pass besides."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_OFFSET.pack(0.0))
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), _OFFSET.size)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @property
    def ahead(self) -> timedelta:
        return timedelta(seconds=_OFFSET.unpack(self._page[:])[0])

    def pass_(self, hours: float) -> None:
        self._page[:] = _OFFSET.pack((self.ahead + timedelta(hours=hours)).total_seconds())


class Points:
    """One process's count of its steps since the run began. What it passed stands in a file, a line each."""

    def __init__(self, part: str, orders: Path, passed: Path) -> None:
        self._part = part
        self._orders = Orders(orders)
        self._passed = os.open(passed, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._order = b""
        self._victim: Point | None = None
        self._counts: Counter[str] = Counter()

    def come_to(self, step: str) -> None:
        """May not return."""
        self._look()
        self._counts[step] += 1
        here = Point(self._part, step, self._counts[step])
        os.write(self._passed, f"{here.part}\t{here.step}\t{here.count}\n".encode())
        if here == self._victim:
            os.kill(os.getpid(), signal.SIGKILL)

    def _look(self) -> None:
        order = self._orders.read()
        if order == self._order:
            return
        self._order = order
        self._counts.clear()
        _, *victim = order.rstrip(b"\0").decode().split("\t")
        self._victim = Point(victim[0], victim[1], int(victim[2])) if victim else None


def passed(path: Path) -> list[Point]:
    """What the processes came to, in order."""
    if not path.exists():
        return []
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    return [Point(part, step, int(count)) for part, step, count in rows]
