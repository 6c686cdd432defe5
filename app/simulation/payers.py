"""Who pays in a district: citizens bring money for their bills to agents, who confirm it by SMS as real ones do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import httpx

from app.agency import AgentState
from app.bill_code import read_bill_code, show_bill_code
from app.early_agents import EarlyAgent, enrol
from app.engine.program import Program
from app.messages import SmsEvent
from app.pack import Pack
from app.ports import RandomBytes
from app.simulation.timeline import Timeline
from app.sms import Texts
from integrations.database import Database

AGENTS = 3
FLOAT_MINOR = 200_000_00
HOURS = (8, 11, 14)  # UTC, when people are at the agents'
PAYS = 0.85  # of those who were told of a bill
PAID_DAYS, PAID_SPREAD = 0.8, 0.7
TRIES = 6  # at an agent's whose texts bring no answer; then the citizen goes home
THINKS = timedelta(minutes=2)
WHY = "agent of a simulated district"
SINCE = timedelta(days=3)
_CODE = re.compile(r"(?<!\d)(\d{4})$")
_BILL = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")


@dataclass(slots=True)
class Errand:
    """A bill that somebody means to pay at `due`; `said` is the amount as the text names it."""

    bill: str
    said: str
    agent: str
    due: datetime
    tries: int = 0


@dataclass(slots=True)
class Payers:
    """All of a district. `aggregator` and `short_code` are what their texts come by."""

    timeline: Timeline
    texts: Texts
    sandbox: httpx.AsyncClient
    random: Random
    program: Program
    agents: Sequence[str]
    aggregator: str
    short_code: str
    _known: set[str] = field(default_factory=set)
    _errands: list[Errand] = field(default_factory=list)
    _texted: int = 0

    async def live(self, end: datetime) -> None:
        """Every day but Sundays, as long as the agents are open."""
        while self.agents and self.timeline.now < end:
            for hour in HOURS:
                moment = self.timeline.now.replace(hour=hour, minute=0, second=0, microsecond=0)
                if moment >= self.timeline.now and moment.weekday() < 6:
                    await self.timeline.until(moment)
                    await self._round()
            midnight = self.timeline.now.replace(hour=0, minute=0, second=0, microsecond=0)
            await self.timeline.until(midnight + timedelta(days=1))

    async def _round(self) -> None:
        with self.timeline.at_work():
            self._hear(await self._inbox())
        due = [one for one in self._errands if one.due <= self.timeline.now]
        for errand in due:
            if await self._is_over(errand):
                self._errands.remove(errand)

    def _hear(self, texts: Sequence[dict[str, str]]) -> None:
        """The first text about a bill tells what it costs; some never pay, some come too late."""
        for text in texts:
            found = _BILL.search(text["text"])
            bill = read_bill_code(found[0]) if found else None
            amount = re.search(re.escape(self.program.currency.symbol) + r"[\d.,]*\d", text["text"])
            if bill is None or amount is None or text["to"] in self.agents or bill in self._known:
                continue
            self._known.add(bill)
            if self.random.random() < PAYS:
                days = self.random.lognormvariate(0, PAID_SPREAD) * PAID_DAYS
                at = datetime.fromisoformat(text["sent_at"]) + timedelta(days=days)
                self._errands.append(Errand(bill, amount[0], self.random.choice(self.agents), at))

    async def _is_over(self, errand: Errand) -> bool:
        """One visit: the agent asks, and types back the code that comes. Without an answer they try again later."""
        errand.tries += 1
        before = await self._inbox_of(errand.agent)
        await self._text(errand.agent, f"{self._word('pay')} {show_bill_code(errand.bill)} {errand.said}")
        now = await self._inbox_of(errand.agent)
        answers = [text for id, text in now.items() if id not in before]
        code = next((found[1] for text in answers if (found := _CODE.search(text))), "")
        if code:
            await self._text(errand.agent, f"{self._word('confirm')} {code}")
        return bool(answers) or errand.tries >= TRIES

    async def _text(self, agent: str, words: str) -> None:
        self._texted += 1
        with self.timeline.at_work():
            event = SmsEvent(self.aggregator, f"agents-{self._texted}", agent, self.short_code, words)
            await self.texts.take_in(event)
        await self.timeline.until(self.timeline.now + THINKS)

    async def _inbox_of(self, agent: str) -> dict[str, str]:
        """Texts by the id of each, oldest first."""
        with self.timeline.at_work():
            return {row["message_id"]: row["text"] for row in await self._inbox(to=agent)}

    async def _inbox(self, **where: str) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = (await self.sandbox.get("/sms", params=where)).raise_for_status().json()
        return rows

    def _word(self, wish: str) -> str:
        return min(self.program.agent_words[wish])


async def enrol_agents(database: Database, pack: Pack, now: datetime, random_bytes: RandomBytes) -> tuple[str, ...]:
    """Their numbers; none where the pack has no agents or no points."""
    known = sorted(pack.points.values(), key=lambda point: (-len(point.services), point.id))  # whatever is billed
    points = [point.id for point in known[:AGENTS]] if pack.program.agent_words else []
    numbers = []
    for place, point in enumerate(points):
        early = EarlyAgent(
            f"SIM{place + 1}", point, f"{pack.handsets.crowd}99{place:05}", pack.program.currency.code, FLOAT_MINOR,
            AgentState.ACTIVE, now - SINCE, "00000000",
        )  # fmt: skip
        if await enrol(database.agents, early, WHY, random_bytes):
            numbers.append(early.msisdn)
    return tuple(numbers)
