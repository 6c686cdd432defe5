"""A district for a month: its citizens dial, its offices come and go, its clerks decide; time passes when told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import httpx

from app import limits
from app.authoring.conversations.twins import TimedOutbox
from app.handsets import CROWD_DIGITS, Handsets
from app.load.citizen import COMPLETED, Callback, Citizen, Habits, Note
from app.load.history import Exchange, HistoryWriter, Notice, Word
from app.load.journeys import Journey
from app.messages import Ending, SmsEvent, UssdEnded, UssdEvent
from app.outbox import Worker
from app.ports import Deadlines
from app.simulation.clerks import Clerks
from app.simulation.payers import Payers
from app.simulation.timeline import Timeline
from app.simulation.weather import Outage
from app.wiring import House

AGGREGATOR = "africastalking"
SMS_CENTRE = "sms"
HOURS = (0, 0, 0, 0, 0, 1, 3, 6, 9, 10, 10, 9, 8, 8, 8, 8, 8, 9, 9, 7, 4, 2, 1, 0)
"""How much of a day's dials come in each of its hours, by the clock there."""
SUNDAY, SUNDAY_SHARE = 6, 0.4
PENSION_DAYS, PENSION_SHARE = 3, 2.5  # the first days of a month, when grants are paid
CLERKS_COME_HOUR = 9
TICK = timedelta(hours=3)  # so often are the house's schedules put up, and a worker that has nothing to do looked at


@dataclass(frozen=True, slots=True)
class Plan:
    """`dials` a day in the mean; a month of `days`, and `drain_days` afterwards in which everything is well: so
    many that a person is called about whatever does not end.
    """

    days: int
    dials: float
    people: int
    seed: int
    drain_days: int = limits.citizens_turn_days + 30

    def random(self, part: str) -> Random:
        """A part draws from its own source, so that no answer changes what another does."""
        return Random(f"{self.seed}:{part}")  # noqa: S311 (repeatable on purpose)


@dataclass(slots=True)
class Day:
    """What stood when a day was over."""

    date: datetime
    waiting: int
    set_aside: int


Progress = Callable[[int, Day], None]
Sent = Callable[[datetime], Awaitable[Sequence[datetime]]]
"""When each SMS was handed over since a moment; asked daily, for what is older is forgotten."""


@dataclass(slots=True)
class District:
    """Puts citizens, clerks, agents and worker on one timeline. `offers` are the pages that ask whether to go on;
    `agents` the numbers of those who take money.
    """

    plan: Plan
    house: House
    timeline: Timeline
    outbox: TimedOutbox
    sandbox: httpx.AsyncClient
    journeys: Sequence[Journey]
    offers: frozenset[str]
    history: HistoryWriter
    outages: Sequence[Outage]
    sent: Sent
    agents: Sequence[str] = ()
    texts: list[datetime] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    _put_at: datetime | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _problems: list[BaseException] = field(default_factory=list)

    @property
    def handsets(self) -> Handsets:
        return self.house.editions.current.pack.handsets

    async def live(self, told: Progress) -> None:
        """The whole month, and what is left of it afterwards."""
        worker = self.house.worker("simulated", self.plan.random("pauses").random)
        end = self.timeline.begins + timedelta(days=self.plan.days + self.plan.drain_days)
        self._begin(self._arrive())
        self._begin(self._keep_days(end, told))
        self._begin(self._clerks(end))
        self._begin(self._payers().live(end))
        for outage in self.outages:
            if outage.office == SMS_CENTRE:
                self._begin(self._silence_sms(outage))
        await self.timeline.settle()
        while self.timeline.now < end and not self._problems:
            await self._step(worker, end)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._problems:
            raise self._problems[0]

    async def _step(self, worker: Worker, end: datetime) -> None:
        """To the next moment at which somebody does anything."""
        here = self.timeline.now
        moments = [end, here + TICK, self.timeline.next_moment(), self.outbox.next_due(here)]
        moment = min(one for one in moments if one is not None)
        if moment == self.timeline.next_moment():
            await self.timeline.wake()
        else:
            self.timeline.now = moment
        await self._work(worker)

    async def _work(self, worker: Worker) -> None:
        """The worker does what is due now, follow-ups included."""
        now = self.timeline.now
        if self._put_at is None or now - self._put_at >= TICK:
            self._put_at = now
            await self.house.schedules.put()
        while claimed := await self.outbox.claim("simulated", now, limits.job_lease_seconds, limits.job_parallel_max):
            for job in claimed:
                await worker.do(job)

    def _begin(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()):
            self._problems.append(problem)

    async def _arrive(self) -> None:
        random, zone = self.plan.random("arrivals"), self.house.editions.current.program.timezone
        for place, at in enumerate(arrivals(self.plan, self.timeline.begins.astimezone(zone), random)):
            await self.timeline.until(self.timeline.at(at))
            self._begin(self._citizen(place).live(at))

    def _citizen(self, place: int) -> Citizen:
        """One of the people of the district, who may have dialled before."""
        random = self.plan.random(f"citizen {place}")
        sessions = iter(range(1_000_000))
        return Citizen(
            f"{self.handsets.crowd}{random.randrange(self.plan.people):0{CROWD_DIGITS}}",
            random.choice(self.journeys),
            Habits(think_seconds=8.0),
            self.offers,
            self,
            random,
            lambda: f"month-{place}-{next(sessions)}",
        )

    async def send(self, callback: Callback) -> Exchange:
        """`app.load.citizen.Line`."""
        await self.timeline.until(self.timeline.at(callback.due))
        network = self.handsets.network_of(callback.number)
        event = UssdEvent(AGGREGATOR, callback.session, callback.number, callback.code, network, callback.text)
        with self.timeline.at_work():
            reply = await self.house.gateway.answer(event, Deadlines())
        at = self.timeline.seconds()
        exchange = Exchange(
            callback.number, callback.session, callback.code, callback.deed, callback.text,
            at, at, at, at, answer=f"{'END' if reply.final else 'CON'} {reply.text}", fell=callback.fell,
        )  # fmt: skip
        self.history.write(exchange)
        return exchange

    async def tell(self, note: Note) -> float:
        """`app.load.citizen.Line`; the house is never so ill here that it would not be taken."""
        await self.timeline.until(self.timeline.at(note.due))
        with self.timeline.at_work():
            await self._told(note)
        at = self.timeline.seconds()
        self.history.write(Notice(note.number, note.word, note.id, note.code, note.text, at, at, at))
        return at

    async def _told(self, note: Note) -> None:
        if note.word is Word.TEXT:
            await self.house.texts.take_in(
                SmsEvent(AGGREGATOR, note.id, note.number, self.handsets.short_code, note.text)
            )
            return
        ending = Ending.COMPLETED if note.text == COMPLETED else Ending.DROPPED
        await self.house.gateway.ended(UssdEnded(AGGREGATOR, note.id, note.number, note.code, ending))

    async def _keep_days(self, end: datetime, told: Progress) -> None:
        while self.timeline.now < end:
            await self.timeline.until(self.timeline.now + timedelta(days=1))
            with self.timeline.at_work():
                counts = await self.house.outbox.counts()
                sent = await self.sent(self.timeline.now - timedelta(days=1))
                self.texts += [at for at in sent if at < self.timeline.now]
            day = Day(self.timeline.now, counts["waiting"], counts["set_aside"])
            self.days.append(day)
            told(len(self.days), day)

    async def _silence_sms(self, outage: Outage) -> None:
        for at, fails in ((outage.begins, True), (outage.ends, False)):
            await self.timeline.until(self.timeline.at(at))
            with self.timeline.at_work():
                (await self.sandbox.post(f"/knobs/{SMS_CENTRE}", json={"fail": fails})).raise_for_status()

    def _payers(self) -> Payers:
        program = self.house.editions.current.pack.program
        return Payers(
            self.timeline, self.house.texts, self.sandbox, self.plan.random("payers"), program, self.agents,
            AGGREGATOR, self.handsets.short_code,
        )  # fmt: skip

    async def _clerks(self, end: datetime) -> None:
        clerks = Clerks(self.timeline, self.house.desk, self.sandbox, self.plan.random("clerks"))
        while self.timeline.now < end:
            morning = self.timeline.now.replace(hour=CLERKS_COME_HOUR, minute=0, second=0, microsecond=0)
            await self.timeline.until(morning + timedelta(days=1))
            if self.timeline.now.weekday() < SUNDAY - 1:
                with self.timeline.at_work():
                    await clerks.work()


def arrivals(plan: Plan, begins: datetime, random: Random) -> Iterator[float]:
    """Moments in seconds since the beginning, in order: a Poisson process by hour, weekday and day of the month.

    `begins` is on the clock there, and no summer begins or ends in a month.
    """
    most = max(HOURS) / sum(HOURS) * 24 * PENSION_SHARE
    at = 0.0
    while (at := at + random.expovariate(plan.dials / 86_400 * most)) < plan.days * 86_400:
        moment = begins + timedelta(seconds=at)
        share = HOURS[moment.hour] / sum(HOURS) * 24
        share *= SUNDAY_SHARE if moment.weekday() == SUNDAY else 1.0
        share *= PENSION_SHARE if moment.day <= PENSION_DAYS else 1.0
        if random.random() * most < share:
            yield at
