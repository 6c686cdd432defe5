"""Payers among the random operations on books: pushes with crashes, repeats, workers that stand still, and clerks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import update

from app import limits
from app.audit import AuditEntry
from app.billing import Billing
from app.editions import Edition
from app.endings import Finished, GivenUp
from app.filing import Asker
from app.matching import Flow, Line
from app.messages import Answered, Job, Refused
from app.payments import UNDER_WAY, Bill, BillState, Payment
from app.pushes import Push, push_job
from app.pushing import Pushing
from app.reconciliation import take_line
from app.statements import Layout
from benchmarks.notebook import Notebook, remember
from benchmarks.outlets import dying
from benchmarks.purses import (
    CURRENCY,
    ENDED,
    HEARD,
    LET_GO,
    LETTING,
    PAID,
    PENDING,
    PUSHED,
    REFUSED,
    TOTAL,
    Gate,
    Place,
    Wallet,
    gate_of,
    reference_of,
)
from integrations.database import Database
from integrations.database.tables import JobState, jobs

OWN = "+26650123456"
OTHERS = 400
"""Numbers of whoever pays for somebody else; each has a day's bound."""
SETTLED_ROUNDS = 12
STALLED_SHARE, stalled_max = 0.12, 6


@dataclass(slots=True)
class Payers:
    """Who confirms pushes at any time, the workers that carry them out, and clerks who find out what became of one.

    `note` is told of money that was booked for a bill; `in_hand` counts the workers that have a push's job.
    """

    database: Database
    pushing: Pushing
    billing: Billing
    edition: Edition
    wallets: Mapping[str, Wallet]
    chance: Random
    notes: Notebook
    note: Callable[[Bill, Payment], None]
    violations: list[str] = field(default_factory=list)
    in_hand: Counter[str] = field(default_factory=Counter)
    stalled: list[tuple[Gate, asyncio.Task[None]]] = field(default_factory=list)

    async def push(self, bill: Bill) -> None:
        """One who looks at a bill and confirms, or two at the same moment, or one whose step comes again."""
        if self.notes.steps and self.chance.random() < 0.2:
            await self._confirm(*self.chance.choice(self.notes.steps[-40:]), is_new=False)
        else:
            await self._look_and_confirm(bill)
        await self.carry_out()

    async def _look_and_confirm(self, bill: Bill) -> None:
        """Often a bill of which a wallet has just said no."""
        code = bill.code
        if self.notes.free and self.chance.random() < 0.6:
            code = self.chance.choice(self.notes.free[-3:])
        steps = [
            (self.chance.randbytes(16).hex(), code, f"by-{self.chance.choice(PUSHED)}", self._number())
            for _ in range(2 if self.chance.random() < 0.2 else 1)
        ]
        await asyncio.gather(*(self._confirm(*step, is_new=True) for step in steps))

    async def carry_out(self) -> None:
        """A push of now or of before, perhaps in two workers' hands; one may stand still, or go on that did."""
        if self.stalled and (len(self.stalled) > stalled_max or self.chance.random() < 0.4):
            await self._go_on(self.chance.randrange(len(self.stalled)))
        if self.notes.pushes:
            job = self.chance.choice(self.notes.pushes[-3:] if self.chance.random() < 0.6 else self.notes.pushes[-60:])
            if self.chance.random() < STALLED_SHARE:
                self._stand_still(job)
            await asyncio.gather(*(self._attempt(job) for _ in range(2 if self.chance.random() < 0.3 else 1)))

    def _stand_still(self, job: Job) -> None:
        gate = self.chance.choice(list(Place)), asyncio.get_running_loop().create_future()
        token = gate_of.set(gate)
        self.stalled.append((gate, asyncio.create_task(self._attempt(job, dies=False))))
        gate_of.reset(token)

    async def _go_on(self, place: int) -> None:
        (_, gate), task = self.stalled.pop(place)
        gate.set_result(None)
        await task

    async def find_out(self) -> None:
        """Of a push that waits for a person a clerk asks the wallet: it is tried again, or let go, if no money came."""
        if not self.notes.aside:
            return
        id = self.chance.choice(list(self.notes.aside))
        if self.chance.random() < 0.4:
            await self._try_again(id)
        elif not self.in_hand[id]:
            await self._let_go(id)

    async def state(self) -> None:
        """The wallet's statement has what it took for a push, before or after its job hears of it: vouched for, a line
        is taken in.
        """
        if not self.notes.pushes:
            return
        job = self.chance.choice(self.notes.pushes[-60:])
        push = await self.database.pushes.by(job.payload["effect"], job.payload["bill"])
        bill = await self.database.bills.bill(job.payload["bill"])
        assert push is not None and bill is not None
        if self.notes.asked.get(bill.id, {}).get(str(push.number)) != PAID:
            return
        layout = Layout(push.wallet, f"wallet:{push.wallet}", CURRENCY, 2, ZoneInfo("UTC"), "", {})
        now = self.notes.now
        line = Line(reference_of(push.key), Flow.PAID, int(TOTAL), CURRENCY, now, now.date())
        outcome = await take_line(self.billing, self.database.bills, layout, line, bill.code, now)
        if isinstance(outcome, Payment) and (bill.state in UNDER_WAY or job.id not in self.notes.open):
            self.violations.append(f"{push.key}: a line was taken in as {outcome}, and its push was under way or over")

    async def settle(self) -> None:
        """Let every push come to its end: wallets answer, payers decide, and whoever was called has it tried again."""
        while self.stalled:
            await self._go_on(0)
        for wallet in self.wallets.values():
            wallet.is_plain = True
        for _ in range(SETTLED_ROUNDS):
            if not self.notes.open:
                break
            self.notes.now += timedelta(seconds=limits.office_push_settles_seconds)  # what was lost is asked anew
            for id in list(self.notes.aside):
                await self._try_again(id)
            for job in list(self.notes.open.values()):
                await self._attempt(job, dies=False)
        for wallet in self.wallets.values():
            wallet.is_plain = False
        await self._look()

    async def _look(self) -> None:
        self.violations += [f"{id} comes to no end" for id in self.notes.open]
        for wallet in PUSHED:
            took, booked = self.notes.took.get(wallet, 0), self.notes.pushed.get(wallet, 0)
            if took != booked:
                self.violations.append(f"{wallet} took {took} when it was asked, and {booked} are booked")

    async def _confirm(self, effect: str, code: str, service: str, msisdn: str, *, is_new: bool) -> None:
        asker, told = Asker(msisdn, "st", effect, 3.0), self.edition.catalogue.services[service]
        if is_new:
            remember(self.notes.steps, (effect, code, service, msisdn), self.chance)
        before = None if is_new else await self.database.pushes.by(effect)
        said = await dying(self.pushing.push(self.edition, told, code, asker), self.chance)
        if said is None:
            await self.database.ledger.ping()  # behind what was begun
        push = await self.database.pushes.by(effect)
        if (push is None and isinstance(said, Answered)) or (before and isinstance(said, Refused)):
            self.violations.append(f"the step {effect} heard {said}, and its push is {push}")
        if push is not None and push.job_id not in self.notes.begun:
            self.notes.begun.add(push.job_id)
            job = await self._job(push, service, msisdn)
            remember(self.notes.pushes, job, self.chance)
            self.notes.open[job.id] = job

    async def _job(self, push: Push, service: str, msisdn: str) -> Job:
        """As a worker gets it."""
        bill = await self.database.bills.bill(push.bill_id)
        assert bill is not None
        return push_job(push, bill.request_id, service, msisdn, "st")

    async def _attempt(self, job: Job, *, dies: bool = True) -> None:
        if job.id in self.notes.aside:
            return
        self.in_hand[job.id] += 1
        try:
            doing = self.pushing.carry_out(job.payload, 2)
            ending = await (dying(doing, self.chance) if dies else doing)
        finally:
            self.in_hand[job.id] -= 1
        if isinstance(ending, Finished):
            if self.notes.open.pop(job.id, None) is not None:
                await self._booked(job)
        elif isinstance(ending, GivenUp) and job.id in self.notes.open and not self.in_hand[job.id]:
            await self._set_aside(job)

    async def _booked(self, job: Job) -> None:
        """Once a job is over, what its wallet took is in the books, and the bill is free only if no money can come."""
        last = await self.database.pushes.last(job.payload["bill"])
        bill = await self.database.bills.bill(job.payload["bill"])
        push = await self.database.pushes.by(job.payload["effect"], job.payload["bill"])
        assert bill is not None and push is not None
        is_taken = self.notes.asked.get(bill.id, {}).get(str(push.number)) == PAID
        if bill.state is BillState.REFUSED:
            stands = self.notes.asked.get(bill.id, {}).get(str(last.number) if last else "", REFUSED)
            if stands not in ENDED:
                self.violations.append(f"{bill.id} can be paid again, and its last push is {stands}")
            remember(self.notes.free, bill.code, self.chance)
        payment = await self.database.bills.came(push.wallet, correlation=push.correlation)
        payment = payment or await self.database.bills.named(bill.id, push.wallet, reference_of(push.key))
        if (payment is not None) != is_taken:
            self.violations.append(f"{push.key}: the wallet {'took' if is_taken else 'did not take'} money, {payment}")
        if payment is not None:
            self.notes.booked += 1
            self.notes.pushed[push.wallet] = self.notes.pushed.get(push.wallet, 0) + payment.amount_minor
            self.note(bill, payment)

    async def _set_aside(self, job: Job) -> None:
        """As a worker does it that gives up: the bill stays under way until a person has looked."""
        self.notes.aside[job.id] = job
        await self.pushing.given_up(job.payload)
        held = update(jobs).where(jobs.c.id == job.id).values(state=JobState.SET_ASIDE)
        await self.database._store.write(lambda connection: connection.execute(held))

    async def _try_again(self, id: str) -> None:
        entry = AuditEntry(self.notes.now, "operator:lineo", "retry-job", id)
        if await self.database.shelf.retry(id, self.notes.now, entry):
            self.notes.aside.pop(id, None)

    async def _let_go(self, id: str) -> None:
        """Only if the wallet says that no money came nor will come; the clerk's machine may die before the job ends."""
        payload = await self.database.shelf.payload(id)
        if not payload:
            return
        of_bill, number = self.notes.asked.get(payload["bill"], {}), payload["number"]
        stands = of_bill.get(number, HEARD)
        if stands in (PENDING, PAID):
            return
        of_bill[number] = LETTING if stands == HEARD else stands
        is_done = await self.pushing.let_go(payload, self.chance.choice(("", "given_up")), "operator:thabo")
        if of_bill[number] == LETTING:
            of_bill[number] = LET_GO if is_done else HEARD
        if is_done and self.chance.random() < 0.8:
            entry = AuditEntry(self.notes.now, "operator:thabo", "give-up-job", id)
            if await self.database.shelf.give_up(id, self.notes.now, entry, None):
                self.notes.aside.pop(id, None)
                self.notes.open.pop(id, None)

    def _number(self) -> str:
        return OWN if self.chance.random() < 0.3 else f"+2665{self.chance.randrange(OTHERS):07}"
