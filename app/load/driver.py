"""Lets citizens arrive by the clock, sends their callbacks when they are due, and writes down what was answered."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import httpx

from app.handsets import CROWD_DIGITS, Handsets
from app.load.citizen import Callback, Citizen, Habits, Note
from app.load.history import Cut, Exchange, HistoryWriter, Notice, Trouble, Word
from app.load.journeys import Journey, mean_hops
from app.load.percentiles import percentile
from app.load.shapes import KnobTurn, Shape, arrivals, knob_turns
from app.load.wire import Answer, Wire

NUMBERS = 10**CROWD_DIGITS
CITIZENS_MAX = 20_000  # alive at once; more: counted, not begun
DRAIN_SECONDS_MAX = 60.0  # after the last arrival; citizens who are not through then are cut off
KNOB_SECONDS_MAX = 5.0
TELLS_MAX = 4  # an aggregator tells again what was not taken, a second later each time
TELL_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run. `rate` is about how many callbacks a second come at the shape's full share.

    `name` makes sessions and numbers those of this run; `offers` are the pages that ask whether to go on. A callback
    that finds `in_flight_max` others under way for `room_seconds` is counted, not sent.
    """

    name: str
    shape: Shape
    rate: float
    seconds: float
    seed: int
    habits: Habits
    journeys: Sequence[Journey]
    offers: frozenset[str]
    handsets: Handsets
    in_flight_max: int = 500
    room_seconds: float = 1.0

    @property
    def sessions_a_second(self) -> float:
        return self.rate / self.habits.callbacks(mean_hops(self.journeys))

    def number(self, place: int) -> str:
        """Of the citizen who arrives at this place; made up, and no other run's."""
        first = int.from_bytes(hashlib.sha256(self.name.encode()).digest()[:8], "big")
        return f"{self.handsets.crowd}{(first + place) % NUMBERS:0{CROWD_DIGITS}}"

    def random(self, part: str) -> Random:
        """A part of the run draws from its own source, so that no answer changes what another part does."""
        return Random(f"{self.seed}:{part}")  # noqa: S311 (repeatable on purpose)


@dataclass(slots=True)
class Tally:
    """What happened since the last line of progress, and in all."""

    in_flight: int = 0
    latencies: list[float] = field(default_factory=list)
    troubles: Counter[Trouble] = field(default_factory=Counter)
    total: int = 0

    def add(self, exchange: Exchange) -> None:
        self.total += 1
        if exchange.trouble is None:
            self.latencies.append(exchange.latency)
        else:
            self.troubles[exchange.trouble] += 1

    def line(self, at: float, citizens: int) -> str:
        """One line of progress; begins the next interval."""
        latencies, self.latencies = sorted(self.latencies), []
        p50, p99 = (percentile(latencies, share) * 1000 for share in (0.5, 0.99))
        troubles = "".join(f", {count} {trouble.replace('_', ' ')}" for trouble, count in sorted(self.troubles.items()))
        return (
            f"{at:6.0f} s  {len(latencies):5} answered  {self.in_flight:4} in flight  {citizens:5} citizens  "
            f"p50 {p50:6.1f} ms  p99 {p99:7.1f} ms{troubles}"
        )


NOTHING_BESIDE: Mapping[Word, Wire] = {}


class Driver:
    """One run. Latency counts from when a callback was due, so a driver that is late itself is seen in it."""

    def __init__(
        self, plan: Plan, wire: Wire, writer: HistoryWriter, sandbox: str, beside: Mapping[Word, Wire] = NOTHING_BESIDE
    ) -> None:
        """`sandbox` is the base URL under which the offices' knobs are turned, if the shape turns any. What has no wire
        `beside` that of the callbacks is not told.
        """
        self._plan = plan
        self._wire = wire
        self._beside = beside
        self._writer = writer
        self._sandbox = sandbox
        self._slots = asyncio.Semaphore(plan.in_flight_max)
        self._citizens: set[asyncio.Task[None]] = set()
        self._under_way: set[asyncio.Task[Exchange]] = set()
        self._tally = Tally()
        self._not_begun = 0
        self._began = 0.0

    async def run(self, told: Callable[[str], None]) -> None:
        """Everything from the first arrival to the last answer; a line of progress once a second goes to `told`."""
        self._began = time.monotonic()  # uvloop's own clock counts whole milliseconds
        beside = [asyncio.create_task(self._tell(told)), asyncio.create_task(self._turn_knobs(told))]
        cut_off = 0
        try:
            await self._let_arrive()
            cut_off = await self._drain()
        finally:
            for task in (*beside, *self._citizens):
                task.cancel()
            await asyncio.gather(*beside, *self._citizens, return_exceptions=True)
            await asyncio.gather(*self._under_way)  # the gateway has them: without their answers the history would lie
            self._writer.write(Cut(self._not_begun, cut_off))
            for wire in (self._wire, *self._beside.values()):
                wire.close()

    async def send(self, callback: Callback) -> Exchange:
        """`app.load.citizen.Line`."""
        await self._until(callback.due)
        ready = self._now()
        try:
            async with asyncio.timeout(self._plan.room_seconds):
                await self._slots.acquire()
        except TimeoutError:
            return self._note(callback, ready, self._now(), Answer(0, "", b"", Trouble.NOT_SENT))
        posting = asyncio.create_task(self._post(callback, ready))
        self._under_way.add(posting)
        posting.add_done_callback(self._under_way.discard)
        return await asyncio.shield(posting)

    async def _post(self, callback: Callback, ready: float) -> Exchange:
        """A citizen who is cut off meanwhile has sent it all the same."""
        self._tally.in_flight += 1
        sent = self._now()
        try:
            answer = await self._wire.post(_form(callback, self._plan.handsets))
        finally:
            self._tally.in_flight -= 1
            self._slots.release()
        return self._note(callback, ready, sent, answer)

    async def tell(self, note: Note) -> float:
        """`app.load.citizen.Line`. Nobody waits for this answer, so no room is made for it."""
        wire = self._beside.get(note.word)
        if wire is None:
            return note.due
        await self._until(note.due)
        sent = self._now()
        for count in range(1, TELLS_MAX + 1):
            answer = await wire.post(_notice_form(note, self._plan.handsets))
            told = Notice(
                note.number, note.word, note.id, note.code, note.text, due=round(note.due, 6), sent=round(sent, 6),
                answered=round(self._now(), 6), status=answer.status, trouble=answer.trouble, tries=count,
            )  # fmt: skip
            if told.is_taken:
                break
            await asyncio.sleep(TELL_AGAIN_SECONDS)
        self._writer.write(told)
        return self._now()

    def _note(self, callback: Callback, ready: float, sent: float, answer: Answer) -> Exchange:
        exchange = Exchange(
            callback.number,
            callback.session,
            callback.code,
            callback.deed,
            callback.text,
            due=round(callback.due, 6),
            ready=round(ready, 6),
            sent=round(sent, 6),
            answered=round(self._now(), 6),
            status=answer.status,
            kind=answer.kind.partition(";")[0].strip().lower(),
            answer=answer.body.decode("utf-8", "replace"),
            trouble=answer.trouble,
            fell=callback.fell,
        )
        self._tally.add(exchange)
        self._writer.write(exchange)
        return exchange

    async def _let_arrive(self) -> None:
        plan = self._plan
        for place, at in enumerate(arrivals(plan.shape, plan.sessions_a_second, plan.seconds, plan.random("arrivals"))):
            await self._until(at)
            if len(self._citizens) >= CITIZENS_MAX:
                self._not_begun += 1
                continue
            task = asyncio.create_task(self._citizen(place).live(at))
            self._citizens.add(task)
            task.add_done_callback(self._citizens.discard)

    def _citizen(self, place: int) -> Citizen:
        plan, random = self._plan, self._plan.random(f"citizen {place}")
        sessions = iter(range(1_000_000))
        return Citizen(
            plan.number(place),
            random.choice(plan.journeys),
            plan.habits,
            plan.offers,
            self,
            random,
            lambda: f"{plan.name}-{place}-{next(sessions)}",
        )

    async def _drain(self) -> int:
        """Let those who are here finish; returns how many have to be cut off."""
        if not self._citizens:
            return 0
        _, left = await asyncio.wait(self._citizens, timeout=DRAIN_SECONDS_MAX)
        return len(left)

    async def _tell(self, told: Callable[[str], None]) -> None:
        second = 0
        while True:
            second += 1
            await self._until(second)
            told(self._tally.line(self._now(), len(self._citizens)))

    async def _turn_knobs(self, told: Callable[[str], None]) -> None:
        turns = knob_turns(self._plan.shape, self._plan.seconds)
        done = 0
        async with httpx.AsyncClient(base_url=self._sandbox, timeout=KNOB_SECONDS_MAX, trust_env=False) as client:
            try:
                for turn in turns:
                    await self._until(turn.at)
                    await _turn(client, turn, told)
                    done += 1
            except asyncio.CancelledError:
                # A run that is broken off leaves no office ill behind.
                for turn in {turn.office: turn for turn in turns[done:]}.values():
                    await _turn(client, turn, told)
                raise

    def _now(self) -> float:
        return time.monotonic() - self._began

    async def _until(self, at: float) -> None:
        """Never returns early; uvloop's timers, which count whole milliseconds, may."""
        left = at - self._now()
        await asyncio.sleep(max(0.0, left))
        if left > 0:
            await self._until(at)


async def _turn(client: httpx.AsyncClient, turn: KnobTurn, told: Callable[[str], None]) -> None:
    with suppress(httpx.HTTPError):
        answer = await client.post(f"/knobs/{turn.office}", json=dict(turn.knobs))
        if answer.status_code == httpx.codes.OK:
            told(f"{turn.office}: {turn.knobs}")
            return
    told(f"{turn.office} could not be told {turn.knobs}: is the sandbox where --sandbox says?")


def _form(callback: Callback, handsets: Handsets) -> dict[str, str]:
    return {
        "sessionId": callback.session,
        "phoneNumber": callback.number,
        "networkCode": handsets.network_of(callback.number),
        "serviceCode": callback.code,
        "text": callback.text,
    }


def _notice_form(note: Note, handsets: Handsets) -> dict[str, str]:
    if note.word is Word.TEXT:
        to, at = handsets.short_code, "2026-11-28 08:00:00"
        return {"from": note.number, "to": to, "text": note.text, "id": note.id, "date": at}
    return {
        "sessionId": note.id,
        "phoneNumber": note.number,
        "networkCode": handsets.network_of(note.number),
        "serviceCode": note.code,
        "status": note.text,
    }
