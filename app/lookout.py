"""The lookout: looks at what agents did this week, by the clock, and calls a person for what is odd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from app import limits
from app.agency import Agent
from app.audit import HOUSE, AuditEntry
from app.editions import Edition, Editions
from app.messages import Job
from app.ports import Raised, Watch
from app.tasks import LOOK
from app.values.days import midnight_of
from app.watching.advice import ADVICE
from app.watching.facts import Alert, Place, Watched
from app.watching.rules import look, share_of

log = structlog.get_logger()
TUESDAY = 1


class Lookout:
    """What is odd is left for a person, each alert once and with a line in the audit log.

    Raises `StoreUnavailable`.
    """

    def __init__(self, watch: Watch, editions: Editions) -> None:
        self._watch = watch
        self._editions = editions
        self._after = ""
        self._shares: dict[date, float] = {}

    async def look(self, now: datetime) -> bool:
        """Look at some agents; True: there are more, who come next. Whoever begins anew looks at all of them again."""
        edition = self._editions.current
        if not edition.program.agent_words:
            return False
        weeks = weeks_at(now, edition.program.timezone)
        if not self._after or set(weeks) != set(self._shares):
            self._shares = {week: await self._share(week, edition, now) for week in weeks}
        agents = await self._watch.agents(self._after, limits.watch_agents_max)
        for agent in agents:
            for week in weeks:
                await self._look_at(agent, week, edition, now)
        self._after = agents[-1].code if len(agents) == limits.watch_agents_max else ""
        return bool(self._after)

    async def _share(self, week: date, edition: Edition, now: datetime) -> float:
        begun, dropped = await self._watch.begun(*span_of(week, edition.program.timezone), now)
        return share_of(dropped, begun)

    async def _look_at(self, agent: Agent, week: date, edition: Edition, now: datetime) -> None:
        since, until = span_of(week, edition.program.timezone)
        done = await self._watch.confirmations(agent, since, until, now)
        complaints = await self._watch.complaints(agent, since, until)
        attested = await self._watch.attested(agent, since, until)
        if len(done) == limits.watch_confirmations_max:
            log.warning("agent_seen_in_part", agent=agent.code)
        place = place_of(edition, agent.point)
        seen = Watched(agent.code, done, place, self._shares[week], complaints=complaints, attested=attested)
        raised = [raised_of(alert, now) for alert in look(seen)]
        for rule in await self._watch.raise_alerts(raised, week):
            log.warning("agent_odd", agent=agent.code, rule=rule)


def weeks_at(now: datetime, zone: ZoneInfo) -> Sequence[date]:
    """The Mondays of the weeks that are looked at: this one and, until Tuesday is over, the one before, about which
    citizens may still answer.
    """
    today = now.astimezone(zone).date()
    monday = monday_of(today)
    return (monday,) if today.weekday() > TUESDAY else (monday - timedelta(weeks=1), monday)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def span_of(week: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a week of the country begins and ends, by its Monday."""
    return midnight_of(week, zone), midnight_of(week + timedelta(weeks=1), zone)


def place_of(edition: Edition, point: str) -> Place | None:
    """What is known of a service point; None: the menus say nothing of it."""
    points = edition.points
    if point not in points:
        return None
    return Place(points[point].district, lambda at: points.is_open(point, at))


def raised_of(alert: Alert, now: datetime) -> Raised:
    told: Mapping[str, str] = {"alert": alert.id, "point": alert.point, "count": str(len(alert.about))}
    reason = f"agent {alert.agent}: {alert.told}. {ADVICE[alert.rule]} See `mohala agents alerts`"
    entry = AuditEntry(now, HOUSE, "alert", alert.agent, alert.rule, told)
    return Raised(alert, Job(alert.id, LOOK, {}, now), reason, entry)
