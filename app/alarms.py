"""Deadlines that hardly ever come share one timer: a timer for each would cost a twentieth of a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType


class Alarm:
    """Rings once, at `due` on the loop's clock, unless it is put off before."""

    __slots__ = ("_ring", "due")

    def __init__(self, ring: Callable[[], object]) -> None:
        self._ring = ring
        self.due = 0.0

    def ring(self) -> None:
        self._ring()


class Alarms:
    """Belongs to one event loop. Few are set at a time, so whenever the timer rings it looks through all of them."""

    def __init__(self) -> None:
        self._set: dict[Alarm, None] = {}
        self._earliest = float("inf")
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The one that it was first used in: asking which runs costs a system call each time."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    def set(self, seconds: float, ring: Callable[[], object]) -> Alarm:
        """Ring after so many seconds; never late, for the timer is set to the earliest of all."""
        alarm = Alarm(ring)
        self.add(alarm, seconds)
        return alarm

    def add(self, alarm: Alarm, seconds: float) -> None:
        loop = self.loop
        alarm.due = due = loop.time() + seconds
        self._set[alarm] = None
        if due < self._earliest:
            self._wake_up_at(due, loop)

    def put_off(self, alarm: Alarm) -> None:
        self._set.pop(alarm, None)

    def cut(self, seconds: float) -> Cut:
        """As `asyncio.timeout`, in a plain `with`: what is still under way inside it then raises `TimeoutError`."""
        return Cut(self, seconds)

    def _wake_up_at(self, due: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._earliest = loop.call_at(due, self._look), due

    def _look(self) -> None:
        self._timer, self._earliest = None, float("inf")
        loop = self.loop
        now = loop.time()
        for alarm in [alarm for alarm in self._set if alarm.due <= now]:
            self.put_off(alarm)
            alarm.ring()
        if self._set:
            self._wake_up_at(min([alarm.due for alarm in self._set]), loop)


class Cut(Alarm):
    """The block that it guards is cancelled when its time is over; a cancellation by others passes through."""

    __slots__ = ("_alarms", "_cancelling", "_rang", "_seconds", "_task")

    def __init__(self, alarms: Alarms, seconds: float) -> None:
        self._alarms = alarms
        self._seconds = seconds
        self._rang = False

    def __enter__(self) -> None:
        task = asyncio.current_task(self._alarms.loop)
        assert task is not None, "only a task can be cut"
        self._task = task
        self._cancelling = task.cancelling()
        self._alarms.add(self, self._seconds)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._alarms.put_off(self)
        if self._rang and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def ring(self) -> None:
        self._rang = True
        self._task.cancel()
