"""Doors: every office is asked through one, which bounds how many ask at once and closes while the office is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from interlock import CircuitBreaker, CircuitOpenError, Config, CoreEventListener, State

from app import limits
from app.errors import ServiceFailed
from app.measures import Measures
from app.messages import Answered, Handed, Pending, Refused
from app.ports import AwayDoor, Clock, DoorState, Office

log = structlog.get_logger()
Monotonic = Callable[[], float]
"""Seconds on a clock that never goes back."""
Said = Answered | Refused | Pending | Handed

CLOSED, BUSY = "closed", "busy"
"""The reasons of a door itself: nobody is let in for a while; too many are in there or wait."""
NEVER_ASKED = frozenset({BUSY, "argument_unfit", "argument_missing", "operation_unknown", "key_unfit"})
"""Failures of ours, which tell nothing of the office."""
_CONFIG = Config(
    window_size=limits.office_door_calls,
    minimum_number_of_calls=limits.office_door_calls_min,
    failure_rate_threshold=limits.office_door_failed_share,
    permitted_calls_in_half_open=1,
    max_concurrent_probes=1,
    wait_duration_in_open=limits.office_door_closed_seconds,
    wait_duration_backoff_multiplier=2.0,
    wait_duration_in_open_max=limits.office_door_closed_seconds_max,
)


_STATES: Mapping[State, DoorState] = {State.OPEN: DoorState.CLOSED, State.HALF_OPEN: DoorState.PROBING}
"""A circuit that is open lets nobody through; of a door one says it the other way round."""


@dataclass(frozen=True, slots=True)
class Health:
    """How an office stands, as this process has met it, and since when."""

    state: DoorState
    since: datetime


@dataclass(frozen=True, slots=True)
class _Ticks:
    monotonic: Monotonic


class _Verdict:
    """An answer, or a no for which there are reasons, is a sign of life. What was raised is no verdict."""

    def is_failure(self, *, result: object, exception: Exception | None) -> bool:
        return isinstance(result, ServiceFailed) and (result.retryable or result.late)


class Watch(CoreEventListener):
    """Whether an office is well, by what became of the last calls: of this process, and of all versions of the menus.

    Calls under way when the office was given up have no say in whether it is back, and one that is cancelled has none
    at all; `interlock` sees to both.
    """

    def __init__(self, office: str, clock: Clock, monotonic: Monotonic) -> None:
        self.office = office
        self._clock = clock
        self._monotonic = monotonic
        self._health = Health(DoorState.OPEN, clock())
        self._closed_until = float("-inf")
        self._away_until = clock()
        self._looks_in_vain = 0
        self._inside = 0
        self._circuit = CircuitBreaker(
            name=office, config=_CONFIG, clock=_Ticks(monotonic), classifier=_Verdict(), listener=self,
            unreachable_exceptions=(Exception,),
        )  # fmt: skip

    @property
    def health(self) -> Health:
        return self._health

    @property
    def is_away(self) -> bool:
        """Whether somebody who asked now would not be let in. When it is time to look again they would: if menus went
        on hiding what nobody asks for then, nobody would ever see that it is back.
        """
        state = self._health.state
        if state is DoorState.OPEN:
            return False
        return self._is_shut or (state is DoorState.PROBING and self._inside > 0)

    @property
    def _is_shut(self) -> bool:
        return self._health.state is DoorState.CLOSED and self._monotonic() < self._closed_until

    def away(self) -> AwayDoor:
        """How it stands for those who do not ask themselves: they may count on work that waits here to look again."""
        seconds = limits.office_door_forgotten_seconds
        until = self._away_until + timedelta(seconds=seconds)
        return AwayDoor(self.office, self._health.state, self._health.since, until, self._health.since)

    def is_in(self, state: DoorState) -> Callable[[], float]:
        """Tells 1 whenever it is asked in that state, else 0."""
        return lambda: float(self._health.state is state)

    def check(self, within_seconds: float) -> None:
        """Raises `ServiceFailed` at once for whoever would not be let in, or is too short of time to be the probe."""
        is_hurried = within_seconds < limits.office_probe_seconds_min
        if self._is_shut or (is_hurried and self._health.state is not DoorState.OPEN):
            left = self._closed_until - self._monotonic()
            raise _not_asked(CLOSED, left if left > 0 else limits.office_probe_pause_seconds)

    async def see(self, asking: Callable[[], Awaitable[Said | ServiceFailed]]) -> Said | ServiceFailed:
        """Let one in and keep what it tells of the office; raises `ServiceFailed` if it is not let in."""

        async def inside() -> Said | ServiceFailed:
            self._inside += 1
            try:
                return await asking()
            finally:
                self._inside -= 1

        try:
            return await self._circuit.call_async(inside)
        except CircuitOpenError as refused:
            raise _not_asked(CLOSED, refused.retry_after or limits.office_probe_pause_seconds) from None

    def on_state_change(self, *, name: str, old: State, new: State) -> None:
        state = _STATES.get(new, DoorState.OPEN)
        if state is DoorState.OPEN or self._health.state is DoorState.OPEN:
            log.warning("office_door", office=name, state=state.value)
        if new is State.OPEN:
            self._looks_in_vain = self._looks_in_vain + 1 if old is State.HALF_OPEN else 0
            doubled = limits.office_door_closed_seconds * 2.0 ** min(self._looks_in_vain, 10)
            closed_seconds = min(doubled, limits.office_door_closed_seconds_max)
            self._closed_until = self._monotonic() + closed_seconds
            self._away_until = self._clock() + timedelta(seconds=closed_seconds)
        self._health = Health(state, self._clock())


def _not_asked(reason: str, seconds: float) -> ServiceFailed:
    return ServiceFailed(reason, retryable=True, closed_seconds=seconds)


class Room:
    """How many may be at an office at once, and how many may wait for that: a dead one must not gather a crowd.

    Whoever waits is a turn in hand, and too many of those would turn away citizens who want another office.
    """

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(limits.office_calls_max)
        self._in_hand = 0

    @asynccontextmanager
    async def taken(self, wait_seconds: float) -> AsyncIterator[None]:
        if self._in_hand >= limits.office_calls_max + limits.office_calls_waiting_max:
            raise _not_asked(BUSY, limits.office_probe_pause_seconds)
        self._in_hand += 1
        try:
            try:
                async with asyncio.timeout(wait_seconds):
                    await self._slots.acquire()
            except TimeoutError:
                raise _not_asked(BUSY, limits.office_probe_pause_seconds) from None
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._in_hand -= 1


class Door:
    """`app.ports.Office` before another, for everybody who asks it.

    Raises `ServiceFailed` besides what the office raises: `closed`, at once, for nobody is let in while the office is
    away, and `busy`. Neither was asked, and may be tried again.
    """

    def __init__(self, office: Office, watch: Watch, room: Room, measures: Measures, monotonic: Monotonic) -> None:
        self._office = office
        self._watch = watch
        self._room = room
        self._measures = measures
        self._monotonic = monotonic

    async def ask(self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float) -> Said:
        began, word = self._monotonic(), "cancelled"
        try:
            said = await self._ask(operation, arguments, key, within_seconds)
            word = type(said).__name__.lower()
            return said
        except ServiceFailed as failure:
            word = _word(failure)
            raise
        finally:
            at = {"office": self._watch.office, "operation": operation}
            self._measures.count("mohala_office_asked_total", outcome=word, **at)
            if word not in (CLOSED, BUSY):
                self._measures.observe("mohala_office_seconds", self._monotonic() - began, **at)

    async def close(self) -> None:
        await self._office.close()

    async def _ask(self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float) -> Said:
        self._watch.check(within_seconds)
        ends = self._monotonic() + within_seconds
        async with self._room.taken(within_seconds / 2):
            left = ends - self._monotonic()
            if left < limits.office_probe_seconds_min:
                return await self._office.ask(operation, arguments, key, left)
            said = await self._watch.see(lambda: self._told(operation, arguments, key, left))
        if isinstance(said, ServiceFailed):
            raise said
        return said

    async def _told(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Said | ServiceFailed:
        try:
            return await self._office.ask(operation, arguments, key, within_seconds)
        except ServiceFailed as failure:
            if failure.reason in NEVER_ASKED:
                raise
            return failure


class Doors:
    """The doors of a process. Each office is watched once, whatever versions of the menus ask it."""

    def __init__(self, measures: Measures, clock: Clock, monotonic: Monotonic) -> None:
        self._measures = measures
        self._clock = clock
        self._monotonic = monotonic
        self._watched: dict[str, tuple[Watch, Room]] = {}

    def before(self, name: str, office: Office) -> Office:
        """The door of an office by this name."""
        if name not in self._watched:
            watch = Watch(name, self._clock, self._monotonic)
            self._watched[name] = watch, Room()
            for state in DoorState:
                self._measures.watch("mohala_office_state", watch.is_in(state), office=name, state=state.value)
        return Door(office, *self._watched[name], self._measures, self._monotonic)

    def health(self) -> Mapping[str, Health]:
        return {name: watch.health for name, (watch, _) in self._watched.items()}

    def away(self) -> tuple[AwayDoor, ...]:
        """Those that are not open, by name."""
        shut = (watch for watch, _ in self._watched.values() if watch.health.state is not DoorState.OPEN)
        return tuple(watch.away() for watch in sorted(shut, key=lambda watch: watch.office))

    def closed(self) -> frozenset[str]:
        """The offices that nobody would reach now."""
        for watch, _ in self._watched.values():  # every dial asks, and hardly ever is one not open
            if watch._health.state is not DoorState.OPEN:
                return frozenset([name for name, (one, _) in self._watched.items() if one.is_away])
        return _NONE


_NONE: Final[frozenset[str]] = frozenset()


def _word(failure: ServiceFailed) -> str:
    """Of a closed list: the reasons of adapters may hold an office's own words."""
    if failure.reason in (CLOSED, BUSY):
        return failure.reason
    if failure.late:
        return "unknown"
    return "down" if failure.retryable else "failed"
