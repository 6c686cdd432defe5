"""What a simulated month came to: every request with its end, or the person who has it, and what was measured."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.bookkeeping import Findings as Books
from app.ledger import FINAL
from app.load.percentiles import percentile
from app.load.proof import Verdict
from app.simulation.district import Day, Plan
from app.simulation.weather import Outage
from app.tasks import LOOK, STALLED, STRANDED, SetAside
from integrations.database.evidence import RequestEvidence

SHARES = (0.5, 0.9, 0.99, 1.0)
BOUND_EVENTS = 3.0  # none bad in n: with 95 % certainty fewer than 3/n are
A_PERSON = "on a clerk's list"
STAGE_WORK = ("work", "bill")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a request. `ended_at` None: it has no end yet; `person` says why somebody looks at it."""

    request: RequestEvidence
    ended_at: datetime | None
    person: str = ""

    @property
    def is_left(self) -> bool:
        """Neither ended nor anybody's."""
        return self.ended_at is None and not self.person

    @property
    def hours(self) -> float | None:
        return (self.ended_at - self.request.filed_at).total_seconds() / 3600 if self.ended_at else None


@dataclass(frozen=True, slots=True)
class Findings:
    """`people` are the reasons for which somebody has to look, and the requests that wait for each; `texts` when each
    SMS was handed over.
    """

    plan: Plan
    began_at: datetime
    callbacks: int
    citizens: int
    fates: Sequence[Fate]
    outages: Sequence[Outage]
    days: Sequence[Day]
    texts: Sequence[datetime]
    verdicts: Sequence[Verdict]
    seconds: float
    money: Books = field(default_factory=Books)

    @property
    def left(self) -> Sequence[Fate]:
        return [fate for fate in self.fates if fate.is_left]

    @property
    def people(self) -> Mapping[str, Sequence[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for fate in self.fates:
            if fate.person:
                found[fate.person].append(fate.request.reference)
        return dict(sorted(found.items()))

    @property
    def is_well(self) -> bool:
        return not self.left and self.money.is_well and not any(verdict.broken for verdict in self.verdicts)

    def services(self) -> Sequence[str]:
        return sorted({fate.request.service for fate in self.fates})

    def ends(self, service: str) -> Mapping[str, int]:
        """How many requests of a service stand where; those that a person has are counted as such."""
        of_it = [fate for fate in self.fates if fate.request.service == service]
        return Counter("with a person" if fate.person else fate.request.status.value for fate in of_it)

    def hours(self, service: str) -> Mapping[float, float]:
        """From filing to the end, by share of those that ended."""
        took = sorted(fate.hours for fate in self.fates if fate.request.service == service and fate.hours is not None)
        return {share: percentile(took, share) for share in SHARES} if took else {}


def fates(
    requests: Sequence[RequestEvidence], set_aside: Sequence[SetAside], on_a_list: Mapping[str, str]
) -> Sequence[Fate]:
    """`on_a_list` names the office whose clerks have a request, by its id."""
    aside: defaultdict[str, list[SetAside]] = defaultdict(list)
    for job in set_aside:
        aside[job.request_id].append(job)
    return [_fate(one, _person(one, aside[one.id], on_a_list.get(one.id, ""))) for one in requests]


def _person(request: RequestEvidence, set_aside: Sequence[SetAside], office: str) -> str:
    reasons = (f"{job.kind}: {job.reason}" for job in set_aside if _is_its_task(job, request))
    return next(reasons, f"{A_PERSON}, {office}" if office else "")


def _is_its_task(job: SetAside, request: RequestEvidence) -> bool:
    """Whether whoever takes up a job has this request in hand as it stands: the work of its stage, or the look that was
    called for after it had moved last. A text that does not reach its citizen is not, nor an alarm of another time.
    """
    if job.stage != request.stage:
        return False
    is_alarm = job.kind == LOOK and (STALLED in job.id or STRANDED in job.id)
    return job.kind in STAGE_WORK or (is_alarm and job.since >= request.changed_at)


def _fate(request: RequestEvidence, person: str) -> Fate:
    is_over = request.status in FINAL
    return Fate(request, request.changed_at if is_over else None, "" if is_over else person)


def told(findings: Findings) -> Sequence[str]:
    """The lines that the command ends with."""
    requests, plan = len(findings.fates), findings.plan
    first = (
        f"{plan.days} days and {plan.drain_days} after them in {findings.seconds:.0f} s: {findings.citizens} dials, "
        f"{findings.callbacks} callbacks, {requests} requests, {len(findings.texts)} texts, "
        f"{len(findings.outages)} {'outage' if len(findings.outages) == 1 else 'outages'}; seed {plan.seed}"
    )
    lines = [first]
    for service in findings.services():
        ends = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(findings.ends(service).items()))
        hours = findings.hours(service)
        took = ", ".join(f"p{share * 100:g} {taken:.1f} h" for share, taken in hours.items())
        lines.append(f"  {service}: {ends}; from filing to end {took or 'nothing ended'}")
    lines += [f"  {len(waiting)} wait for a person: {reason}" for reason, waiting in findings.people.items()]
    lines += [f"LEFT ALONE: {fate.request.reference} ({fate.request.service}) is {fate.request.status}"
              for fate in findings.left]  # fmt: skip
    money = findings.money
    lines.append(f"  books: {money.postings} postings, {money.bills} bills, {len(money.faults)} faults")
    lines += [f"WRONG BOOKS: {fault}" for fault in findings.money.faults]
    if requests and not findings.left:
        lines.append(
            f"Every one of {requests} accepted requests ended or is a person's task (95 %: fewer than "
            f"{BOUND_EVENTS / requests:.2g} are not)."
        )
    return lines
