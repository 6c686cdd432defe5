"""How well the rules find invented fraud: honest agents with their odd days, and cheats of each kind among them.

`python -m benchmarks.watching --seed 1 --weeks 26` prints precision and recall of every rule, by agent and week. The
fraud is invented: the figures say what the rules can tell apart, not how much fraud there is.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from app.watching.facts import Complaint, Confirmation, Ending, Heard, Place, Watched, Witness
from app.watching.rules import RULES, dropped_share

DISTRICTS = (
    *("Berea", "Butha-Buthe", "Leribe", "Mafeteng", "Maseru"),
    *("Mohale's Hoek", "Mokhotlong", "Qacha's Nek", "Quthing", "Thaba-Tseka"),
)
LIVES_HOURS = {"birth": 72, "electricity": 48, "licence": 72, "grant": 48}
"""The services, and how long a bill for each can be paid."""
SERVICES = tuple(LIVES_HOURS)
START = datetime(2026, 1, 5, tzinfo=UTC)
OPENS, SHUTS = 6, 15  # UTC
agents = 88
asked_share = 0.05
silent_share = 0.6
grumbling_share = 0.003
overcharged_share = 0.1


@dataclass(frozen=True, slots=True)
class Filing:
    """When a bill's request was filed; `heard`: from the citizen's phone, or by an agent with a code that it got."""

    at: datetime
    heard: bool


@dataclass(frozen=True, slots=True)
class Week:
    """What one agent did in a week, and which kind of fraud was planted, empty: none."""

    agent: str
    home: str
    done: Sequence[Confirmation]
    planted: str
    complaints: Sequence[Complaint] = ()
    attested: Sequence[Witness] = ()


def is_open(at: datetime) -> bool:
    return at.weekday() < 6 and OPENS <= at.hour < SHUTS


class Invention:
    """Draws weeks of agents; everything follows from the seed."""

    def __init__(self, seed: int, cheats: float) -> None:
        self._chance = random.Random(seed)
        self._cheats = cheats
        self._drawn = 0
        self._filings: dict[str, Filing] = {}

    def weeks(self, count: int) -> Iterator[list[Week]]:
        trades = [self._chance.lognormvariate(3.0, 0.7) for _ in range(agents)]
        for week in range(count):
            start = START + timedelta(weeks=week)
            yield [self._week(number, start, trade) for number, trade in enumerate(trades)]

    def _week(self, number: int, start: datetime, trade: float) -> Week:
        agent, home = f"a{number:02}", DISTRICTS[number % len(DISTRICTS)]
        done = [self._honest(agent, home, start) for _ in range(max(1, round(self._chance.gauss(trade, trade / 4))))]
        done += self._odd_days(agent, home, start)
        planted = self._chance.choice(list(KINDS)) if self._chance.random() < self._cheats else ""
        if planted:
            done = KINDS[planted](self, agent, home, start, done)
        done = sorted(self._met(done), key=lambda one: one.at)
        complaints = sorted(self._complaints(done, planted), key=lambda one: one.at)
        attested = sorted(self._attested(agent, start, planted), key=lambda one: one.at)
        return Week(agent, home, done, planted, complaints, attested)

    def _attested(self, agent: str, start: datetime, planted: str) -> Iterator[Witness]:
        """A few pensioners a day, on some days many: a bus, or the last week of the year. A cheat types a list."""
        days = [self._chance.randrange(5) for _ in range(6)]
        if self._chance.random() < 0.05:
            days[self._chance.randrange(6)] += self._chance.randrange(8, 24)
        for day, count in enumerate(days):
            yield from self._seen(agent, start + timedelta(days=day, hours=OPENS), count, 9.0)
        if planted == "attesting":
            listed = start + timedelta(days=self._chance.randrange(6), hours=OPENS)
            yield from self._seen(agent, listed, self._chance.randrange(18, 60), 2.0)

    def _seen(self, agent: str, since: datetime, count: int, hours: float) -> Iterator[Witness]:
        for _ in range(count):
            self._drawn += 1
            at = since + timedelta(hours=self._chance.uniform(0, hours))
            yield Witness(f"w{self._drawn}", agent, agent, at)

    def _complaints(self, done: Sequence[Confirmation], planted: str) -> Iterator[Complaint]:
        """Some complain of anybody; of whoever takes too much, one in ten or so does."""
        share = overcharged_share if planted == "complained" else grumbling_share
        for one in done:
            if one.ending is not Ending.DROPPED and self._chance.random() < share:
                at = one.at + timedelta(hours=self._chance.expovariate(1 / 12))
                yield Complaint(f"k{one.id}", one.agent, one.point, one.citizen, at)

    def _at(self, start: datetime) -> datetime:
        """A moment when the point is open, seldom one a little later."""
        day = start + timedelta(days=self._chance.randrange(6))
        at = day + timedelta(hours=OPENS, seconds=self._chance.uniform(0, (SHUTS - OPENS) * 3600))
        return at + timedelta(hours=8) if self._chance.random() < 0.003 else at

    def _honest(self, agent: str, home: str, start: datetime, at: datetime | None = None) -> Confirmation:
        chance, self._drawn = self._chance, self._drawn + 1
        at = at or self._at(start)
        id, service = f"c{self._drawn}", chance.choice(SERVICES)
        waited = min(chance.expovariate(1 / 6), LIVES_HOURS[service])
        self._filings[id] = Filing(at - timedelta(hours=waited), chance.random() > 0.004)
        ending = chance.choices(list(Ending), (0.93, 0.06, 0.01))[0]
        from_here = chance.random() < 0.9
        return Confirmation(
            id, agent, agent, service, f"x{chance.randrange(4000)}", 13_000, at,
            ending, None, home if from_here else chance.choice(DISTRICTS), self._answer(Heard.YES),
        )  # fmt: skip

    def _met(self, done: Sequence[Confirmation]) -> list[Confirmation]:
        """When each citizen's phone was last heard of, as the ledger has it: by their newest filing before that."""
        heard: defaultdict[str, list[datetime]] = defaultdict(list)
        for one in done:
            if self._filings[one.id].heard:
                heard[one.citizen].append(self._filings[one.id].at)
        before = ((one, [at for at in heard[one.citizen] if at <= one.at]) for one in done)
        return [replace(one, met_at=max(filed, default=None)) for one, filed in before]

    def _answer(self, told: Heard) -> Heard:
        if self._chance.random() > asked_share:
            return Heard.NOT_ASKED
        return Heard.SILENT if self._chance.random() < silent_share else told

    def _odd_days(self, agent: str, home: str, start: datetime) -> list[Confirmation]:
        """What honest people do, too: a queue when a bus has come, a mother who pays for three children."""
        found = []
        if self._chance.random() < 0.02:
            bus = self._at(start)
            found += [self._honest(agent, home, start, bus + timedelta(minutes=1.8 * turn)) for turn in range(8)]
        if self._chance.random() < 0.02:
            mother, at = f"m{self._drawn}", self._at(start)
            family = [self._honest(agent, home, start, at + timedelta(minutes=3 * turn)) for turn in range(3)]
            found += [replace(one, citizen=mother, service="birth", ending=Ending.PAID) for one in family]
        return found

    # Each kind of cheat takes the week's honest work and adds its own.

    def quick(self, agent: str, home: str, start: datetime, done: list[Confirmation]) -> list[Confirmation]:
        at, count = self._at(start), self._chance.randrange(6, 15)
        return done + [self._honest(agent, home, start, at + timedelta(seconds=50 * turn)) for turn in range(count)]

    def split(self, agent: str, home: str, start: datetime, done: list[Confirmation]) -> list[Confirmation]:
        at, victim, turns = self._at(start), f"v{self._drawn}", range(self._chance.randrange(3, 7))
        parts = [self._honest(agent, home, start, at + timedelta(minutes=25 * turn)) for turn in turns]
        return done + [replace(one, citizen=victim, service="electricity", ending=Ending.PAID) for one in parts]

    def after_hours(self, agent: str, home: str, start: datetime, done: list[Confirmation]) -> list[Confirmation]:
        night = start + timedelta(days=self._chance.randrange(6), hours=20)
        turns = range(self._chance.randrange(1, 6))
        return done + [self._honest(agent, home, start, night + timedelta(minutes=20 * turn)) for turn in turns]

    def unmet(self, agent: str, home: str, start: datetime, done: list[Confirmation]) -> list[Confirmation]:
        """Files in others' names with a sheet's codes, or pays late what people filed by phone and never came for."""
        made = [self._honest(agent, home, start) for _ in range(self._chance.randrange(1, 8))]
        for one in made:
            waited = LIVES_HOURS[one.service] * self._chance.uniform(0.6, 1)
            self._filings[one.id] = Filing(one.at - timedelta(hours=waited), self._chance.random() < 0.5)
        return done + [replace(one, ending=Ending.PAID) for one in made]

    def far_away(self, agent: str, home: str, start: datetime, done: list[Confirmation]) -> list[Confirmation]:
        other = DISTRICTS[(DISTRICTS.index(home) + 5) % len(DISTRICTS)]
        made = [self._honest(agent, home, start) for _ in range(len(done) + self._chance.randrange(4, 20))]
        return done + [replace(one, home=other) for one in made]

    def refusing(self, agent: str, home: str, start: datetime, done: list[Confirmation]) -> list[Confirmation]:
        made = [self._honest(agent, home, start) for _ in range(self._chance.randrange(10, 30))]
        return done + [replace(one, service="grant", ending=Ending.DROPPED) for one in made]

    def taking_back(self, agent: str, home: str, start: datetime, done: list[Confirmation]) -> list[Confirmation]:
        made = [self._honest(agent, home, start) for _ in range(self._chance.randrange(2, 6))]
        return done + [replace(one, ending=Ending.CANCELLED) for one in made]

    def denied(self, agent: str, home: str, start: datetime, done: list[Confirmation]) -> list[Confirmation]:
        """Receipts without money: only the call-back finds them, so it finds few."""
        made = [self._honest(agent, home, start) for _ in range(self._chance.randrange(5, 40))]
        return done + [replace(one, heard=self._answer(Heard.NO), ending=Ending.PAID) for one in made]

    def complained(self, agent: str, home: str, start: datetime, done: list[Confirmation]) -> list[Confirmation]:
        """Takes more than the bill says: the work is honest on paper, so that only complaints tell of it."""
        return done

    def attesting(self, agent: str, home: str, start: datetime, done: list[Confirmation]) -> list[Confirmation]:
        """Attests people who are not there; the payments are honest."""
        return done


KINDS: dict[str, Callable[[Invention, str, str, datetime, list[Confirmation]], list[Confirmation]]] = {
    name: getattr(Invention, name) for name in RULES
}


@dataclass(frozen=True, slots=True)
class Score:
    """Weeks of agents: found rightly, found wrongly, missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)


def scores(seed: int, weeks: int, cheats: float = 0.05) -> dict[str, Score]:
    """By rule; what is found in a week with another kind of fraud planted counts as wrong, too."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    for week in Invention(seed, cheats).weeks(weeks):
        share = dropped_share(one for agent in week for one in agent.done)
        for agent in week:
            seen = Watched(
                agent.agent, agent.done, Place(agent.home, is_open), share, complaints=agent.complaints,
                attested=agent.attested,
            )  # fmt: skip
            planted[agent.planted] += 1
            for name, rule in RULES.items():
                if any(rule(seen)):
                    (right if name == agent.planted else wrong)[name] += 1
    return {name: Score(right[name], wrong[name], planted[name] - right[name]) for name in RULES}


def table(seed: int, weeks: int) -> str:
    """The scores in Markdown."""
    lines = ["| rule | right | wrong | missed | precision | recall |", "| --- | --- | --- | --- | --- | --- |"]
    for name, score in scores(seed, weeks).items():
        counts = f"{score.right} | {score.wrong} | {score.missed}"
        lines.append(f"| `{name}` | {counts} | {score.precision:.2f} | {score.recall:.2f} |")
    return "\n".join(lines)


def main(seed: Annotated[int, typer.Option()] = 1, weeks: Annotated[int, typer.Option(min=1, max=520)] = 26) -> None:
    """Print what each rule found, by agent and week."""
    print(f"{weeks} weeks of {agents} agents, one in twenty a cheat that week; seed {seed}\n{table(seed, weeks)}")


if __name__ == "__main__":
    typer.run(main)
