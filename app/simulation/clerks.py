"""The clerks of a district: every working morning they decide what has lain there long enough; some of it never."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import httpx

from app.deeds import Deed, Form
from app.desk import Desk
from app.messages import Status
from app.reference import show_reference
from app.simulation.timeline import Timeline
from app.tasks import Clerk, Entry, Wanted

DECIDED_DAYS, DECIDED_SPREAD = 3.0, 0.6
FORGOTTEN = 0.02  # of what is filed no clerk ever decides
UNANSWERED = 0.3  # of what a clerk asks the citizen never brings
PLACE = "Town hall"  # where something can be fetched, and whatever else they fill in
NEVER = float("inf")
STEPS = (Status.READY, Status.QUERY, Status.REJECTED)
SHARES = (16, 2, 1)
CLERK = Clerk("simulated")
REGISTRY = "/civil-registry/applications"


@dataclass(slots=True)
class Clerks:
    """Those of the sandbox's registry, and one who works on the lists of offices without a system.

    `_patience` is how many days after it was filed something is decided next.
    """

    timeline: Timeline
    desk: Desk
    sandbox: httpx.AsyncClient
    random: Random
    _patience: dict[str, float] = field(default_factory=dict)

    async def work(self) -> None:
        """One morning."""
        rows = (await self.sandbox.get(REGISTRY)).raise_for_status().json()
        for row in rows:
            await self._decide(row)
        wanted = Wanted()
        while lines := await self.desk.entries(CLERK, wanted):
            for line in lines:
                await self._answer(line)
            wanted = Wanted(after=lines[-1].task)

    async def _decide(self, row: Mapping[str, str]) -> None:
        application, status = row["application"], Status(row["status"])
        if status in (Status.DONE, Status.REJECTED) or not self._is_due(application, row["filed_at"]):
            return
        status = self._next(application, status)
        decision = {"status": status.value, "where": PLACE if status is Status.READY else "", "reason": ""}
        (await self.sandbox.post(f"{REGISTRY}/{application}", json=decision)).raise_for_status()

    async def _answer(self, line: Entry) -> None:
        task = line.task
        if not self._is_due(task.id, task.opened_at.isoformat()):
            return
        reference = show_reference(line.request.reference)
        form = (await self.desk.look(CLERK, reference)).form
        status = self._next(task.id, line.request.status)
        if status not in form.moves:
            status = Status.DONE
        await self.desk.do(CLERK, reference, _deed(status, form))

    def _is_due(self, id: str, since: str) -> bool:
        if id not in self._patience:
            self._patience[id] = NEVER if self.random.random() < FORGOTTEN else self._days()
        return (self.timeline.now - datetime.fromisoformat(since)).total_seconds() / 86_400 >= self._patience[id]

    def _next(self, id: str, status: Status) -> Status:
        """What becomes of something that is due, and when it is due again."""
        following = Status.DONE if status is Status.READY else self.random.choices(STEPS, SHARES)[0]
        lost = following is Status.QUERY and self.random.random() < UNANSWERED
        self._patience[id] = NEVER if lost else self._patience[id] + self._days() / 2
        return following

    def _days(self) -> float:
        return self.random.lognormvariate(0, DECIDED_SPREAD) * DECIDED_DAYS


def _deed(status: Status, form: Form) -> Deed:
    results = {name: PLACE[:longest] for name, longest in form.results.items()}
    return Deed(status, results, reason=form.reasons[0] if status is Status.REJECTED else "")
