"""What a supervisor keeps alive: started in order, started again when it dies, stopped in reverse order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from app.errors import MohalaError

WATCH_SECONDS = 0.1
RESTARTS_MAX = 5
RESTARTS_SECONDS = 60.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Part(Protocol):
    """One thing that must be running. `start` returns when it was started, or raises `MohalaError`."""

    name: str

    def start(self) -> None: ...
    def alive(self) -> bool: ...

    def ask_to_stop(self) -> None: ...

    def stop(self) -> None:
        """Wait until it has ended; by force when its time is over."""
        ...


class PartsFailed(MohalaError):
    """Something would not stay alive."""


class Child:
    """`mohala COMMAND` as a process of its own, in its own session: the terminal's Ctrl-C reaches only us.

    `descriptors` are open files that it inherits beside the leash, under the same numbers.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        stop_seconds: float,
        environment: Mapping[str, str],
        leash: int,
        descriptors: Sequence[int] = (),
    ) -> None:
        self.name = name
        self._command = command
        self._stop_seconds = stop_seconds
        self._environment = environment
        self._leash = leash
        self._descriptors = descriptors
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-m", "app.leash", str(self._leash), *self._command],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            pass_fds=(self._leash, *self._descriptors),
            start_new_session=True,
        )

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(self._stop_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Keeper:
    """Holds the parts in the order of their start, those that may stop side by side as one group."""

    def __init__(self, say: Callable[[str], None], stopping: threading.Event) -> None:
        self._say = say
        self._stopping = stopping
        self._groups: list[tuple[Part, ...]] = []
        self._restarts: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=RESTARTS_MAX))

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def start(self, *group: Part) -> None:
        self._groups.append(group)
        for part in group:
            self._say(f"starting the {part.name}")
            part.start()

    def _dead(self) -> list[Part]:
        return [part for group in self._groups for part in group if not part.alive()]

    def until(self, reached: Callable[[], bool], what: str, seconds: float) -> None:
        """Wait for `reached` while everything started so far lives; a signal to stop ends the wait too."""
        deadline = time.monotonic() + seconds
        while not self._stopping.is_set() and not reached():
            for part in self._dead():
                raise PartsFailed(f"The {part.name} ended while it was starting; its last lines above say why.")
            if time.monotonic() > deadline:
                raise PartsFailed(f"The {what} was not ready after {seconds:.0f} s; the lines above may say why.")
            self._stopping.wait(WATCH_SECONDS)

    def watch(self) -> None:
        """Start again what dies, until we are to stop; raises `PartsFailed` when one dies too often."""
        while not self._stopping.wait(WATCH_SECONDS):
            for part in self._dead():
                self._restart(part, self._restarts[part.name])

    def _restart(self, part: Part, restarts: deque[float]) -> None:
        now = time.monotonic()
        if len(restarts) == RESTARTS_MAX and now - restarts[0] < RESTARTS_SECONDS:
            raise PartsFailed(
                f"The {part.name} died {RESTARTS_MAX + 1} times within {RESTARTS_SECONDS:.0f} s, so all stops here; "
                "its last lines above say why."
            )
        restarts.append(now)
        self._say(f"the {part.name} died; starting it again")
        part.start()

    def stop(self) -> None:
        """Stop everything, the group started last first."""
        if self._groups:
            self._say("stopping")
        while self._groups:
            group = self._groups[-1]
            for part in group:
                part.ask_to_stop()
            for part in group:
                part.stop()
            self._groups.pop()


@contextmanager
def leash() -> Iterator[int]:
    """The read end of a pipe to hand to children; the write end closes when this process ends."""
    read_end, write_end = os.pipe()
    try:
        yield read_end
    finally:
        os.close(read_end)
        os.close(write_end)


def supervise(say: Callable[[str], None], begin: Callable[[Keeper, int], None]) -> None:
    """Let `begin` start its parts (on the leash it is given), keep them alive until a signal comes, stop them.

    Raises `MohalaError`, with nothing left running, when something cannot start or will not stay alive.
    """
    stopping = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in SIGNALS}
    keeper = Keeper(say, stopping)
    try:
        with leash() as held:
            try:
                begin(keeper, held)
                keeper.watch()
            finally:
                keeper.stop()  # before the leash is let go, which would give the parts one second only
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
