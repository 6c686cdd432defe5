"""The market of `benchmarks.books`: wallets, agents and clerks who do anything at any time, and what must hold."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from app.agent_intents import AgentIntents
from app.agent_money import AgentMoney
from app.agents import Agents
from app.attesting import Attesting
from app.audit import AuditEntry
from app.bill_code import show_bill_code
from app.billing import Billing, Coming, Denied
from app.bookkeeping import Findings, examine, look_further
from app.books import agent_of
from app.catalogue import Work
from app.costs import Commission, Fee
from app.editions import Edition, Editions
from app.errors import DeskRefused
from app.filing import Asker
from app.keys import Keyring
from app.ledger import Requests
from app.messages import Status
from app.pack import Pack
from app.pack_files import read_pack
from app.payments import Bill, Payment, is_given_back, refund_asked, refund_decided, refund_of
from app.pushing import Pushing
from app.under_way import CashBeside
from benchmarks.notebook import Notebook, remember
from benchmarks.outlets import Outlets
from benchmarks.payers import Payers
from benchmarks.purses import PUSHED, SlowBook, Wallet, pushable
from integrations.database import Database, DatabaseBooks

WALLETS = ("mpesa", "ecocash", "unayo")
AMOUNTS = ("32.5", "32.5", "32.5", "32.50", "32.49", "33", "0.01", "1000")
CLERKS = ("clerk:lineo", "clerk:thabo", "clerk:palesa")
SERVICE = "birth-certificate"
CROWD = 12
NAMES = {"Payers.carry_out": "take_up", "Payers.find_out": "find_out"}
"""What operations are called in the account of a run, where their own name is taken."""


def priced() -> Pack:
    """The shipped pack, with a service of it that waits for money before its office is asked."""
    pack = read_pack(Path("tests/flat"))
    told = pack.catalogue.services[SERVICE]
    fee, charge = Fee(30_00, "benchmark", "2026-11-28"), Fee(2_50, "benchmark", "2026-11-28", "civil-registry")
    commission = Commission(20_00, 1_00, "benchmark", "2026-11-28")
    work = (Work(None, Status.IN_PROGRESS, 48), *told.work)
    waits = replace(told, fee=fee, charge=charge, commission=commission, work=work)
    services = {**pack.catalogue.services, SERVICE: waits, **pushable(pack.catalogue)}
    offices = {**pack.catalogue.offices, **dict.fromkeys(PUSHED, pack.catalogue.offices["wallet"])}
    catalogue = replace(pack.catalogue, services=services, offices=offices)
    phrases = {**pack.program.phrases, "agent_late": pack.program.phrases["agent_wrong"]}  # its agents have no menu
    return replace(pack, catalogue=catalogue, program=replace(pack.program, phrases=phrases))


@dataclass(slots=True)
class Market:
    """Citizens, wallets and clerks who do anything at any time, and a record of what they were told."""

    database: Database
    pack: Pack
    chance: random.Random
    keyring: Keyring
    notes: Notebook
    crowd: int = CROWD
    found: Findings = field(default_factory=Findings)  # what was looked at since the whole was
    violations: list[str] = field(default_factory=list)
    requests: Requests = field(init=False)
    billing: Billing = field(init=False)
    outlets: Outlets = field(init=False)
    payers: Payers = field(init=False)

    def __post_init__(self) -> None:
        wallets = {name: Wallet(name, self.chance, self.notes, self.violations) for name in PUSHED}
        edition = Edition(self.pack, wallets)
        editions = Editions(edition)
        random_bytes, clock = self.chance.randbytes, lambda: self.notes.now
        self.requests = Requests(editions, self.database.ledger, clock, random_bytes)
        self.billing = Billing(self.requests, self.database.ledger, self.database.bills, clock, random_bytes)
        book, bills, checks = self.database.agents, self.database.bills, self.database.checks
        money = AgentMoney(
            book, self.billing, bills, self.database.ledger, checks, self.database.outbox,
            CashBeside(self.database.pushes, clock), lambda edition: None, self.keyring, clock,
        )  # fmt: skip
        intents = AgentIntents(book, self.billing, bills, money, clock)
        attesting = Attesting(book, self.requests, checks, self.database.outbox, clock)
        agents = Agents(book, money, intents, attesting, self.database.ledger, checks, editions, clock)
        self.outlets = Outlets(self.database, agents, money, intents, edition, self.chance, self.notes)
        slow = SlowBook(self.database.pushes)
        pushing = Pushing(editions, self.billing, bills, slow, self.database.ledger, clock)
        self.payers = Payers(
            self.database, pushing, self.billing, edition, wallets, self.chance, self.notes, self._note, self.violations
        )

    async def operate(
        self, count: int, tick: Callable[[int], None] = lambda _: None, is_over: Callable[[], bool] = lambda: False
    ) -> None:
        """So many operations, in crowds of up to `crowd` at the same moment; fewer if it is over before."""
        left = count
        while left > 0 and not is_over():
            size = min(left, self.chance.randint(1, self.crowd))
            await asyncio.gather(*(self._one() for _ in range(size)))
            self.notes.now += timedelta(seconds=self.chance.randint(0, 60))
            left -= size
            tick(size)

    def _one(self) -> Awaitable[None]:
        outlets, payers = self.outlets, self.payers
        ways = (self._file, self._pay, self._pay, self._pay, self._again, self._again, self._look, self._push,
                self._push, self._push, payers.carry_out, payers.carry_out, payers.carry_out, payers.find_out,
                payers.state, self._expire, self._ask_refund, self._decide_refund, self._wait, outlets.top_up,
                outlets.pay_out, self._ask, self._ask, self._ask, outlets.confirm, outlets.confirm, outlets.confirm,
                self._cancel, outlets.repeat, outlets.repeat, self._page, self._page, outlets.say_yes,
                outlets.carry_out, outlets.carry_out)  # fmt: skip
        way = self._file if not self.notes.seen else self.chance.choice(ways)
        self.notes.count(NAMES.get(way.__qualname__, way.__name__.strip("_")))
        return way()

    async def _file(self) -> None:
        asker = Asker("+26650123456", "st", self.chance.randbytes(8).hex(), 3.0)
        edition = Edition(self.pack, {})
        request = await self.requests.filings.file(
            edition, self.pack.catalogue.services[SERVICE], {"sex": "female"}, asker
        )
        await self.billing.issue(request.id, 0)
        await self.billing.issue(request.id, 0)
        bill = await self.database.bills.bill(f"{request.id}:0")
        assert bill is not None
        self.notes.bills += 1
        remember(self.notes.seen, bill, self.chance)

    async def _look(self) -> None:
        bill = self.chance.choice(self.notes.seen)
        now = await self.database.bills.bill(bill.id)
        if now is not None and bill in self.notes.seen:
            self.notes.seen[self.notes.seen.index(bill)] = now

    async def _pay(self) -> None:
        """By what was seen of a bill, right or stale."""
        correlation = str(uuid.UUID(bytes=self.chance.randbytes(16), version=4))
        await self._deliver(self.chance.choice(self.notes.seen), self.chance.choice(WALLETS), correlation)

    async def _again(self) -> None:
        """A payment that was acknowledged comes again, perhaps with another amount or for another bill."""
        if not self.notes.told:
            return await self._pay()
        wallet, correlation = self.chance.choice(self.notes.told)
        return await self._deliver(self.chance.choice(self.notes.seen[-40:]), wallet, correlation, known=True)

    async def _deliver(self, bill: Bill, wallet: str, correlation: str, *, known: bool = False) -> None:
        amount, keeps = self.chance.choice(AMOUNTS), self.chance.random() < 0.7
        coming = Coming(wallet, correlation, amount, "LSL", "+26658765432", "", keeps)
        outcome = await self.billing.take(bill, coming)
        if isinstance(outcome, Payment):
            if known:
                self.violations.append(f"{wallet} was acknowledged {correlation} twice")
            self._note(bill, outcome)
        elif known and outcome is not Denied.KNOWN:
            self.violations.append(f"{wallet} told of {correlation} again and heard {outcome}")

    def _note(self, bill: Bill, payment: Payment) -> None:
        notes = self.notes
        remember(notes.told, (payment.wallet, payment.correlation), self.chance)
        remember(notes.receipts, payment.receipt, self.chance)
        notes.payments += 1
        notes.held[payment.wallet] = notes.held.get(payment.wallet, 0) + payment.amount_minor
        if payment.unfit is not None:
            notes.suspended += 1
        elif bill.id in notes.paid_bills:
            self.violations.append(f"{bill.id} was paid twice")
        else:
            notes.paid_bills.add(bill.id)
            notes.paid_codes.add(show_bill_code(bill.code))

    async def _ask(self) -> None:
        """By somebody who comes straight from filing, or with a bill that may have been paid meanwhile."""
        if self.chance.random() < 0.5:
            await self._file()
        await self.outlets.ask(self._recent())

    def _recent(self) -> Bill:
        seen = self.notes.seen
        return seen[-1] if self.chance.random() < 0.5 else self.chance.choice(seen[-6:])

    async def _page(self) -> None:
        """The same from the agents' menu."""
        if self.chance.random() < 0.5:
            await self._file()
        await self.outlets.page(self._recent())

    async def _cancel(self) -> None:
        await self.outlets.cancel(self.chance.choice(self.notes.seen[-6:]))

    async def _push(self) -> None:
        if self.chance.random() < 0.3:
            await self._file()
        await self.payers.push(self._recent())

    async def _expire(self) -> None:
        await self.billing.expire(self.chance.choice(self.notes.seen).id)

    async def _wait(self) -> None:
        self.notes.now += timedelta(minutes=self.chance.randint(1, 90))

    async def _ask_refund(self) -> None:
        by = self.chance.choice(CLERKS)
        await self._refund(lambda payment: refund_asked(payment, by), by)

    async def _decide_refund(self) -> None:
        by, approved = self.chance.choice(CLERKS), self.chance.random() < 0.8
        await self._refund(lambda payment: refund_decided(payment, by, approved=approved), by)

    async def _refund(self, decide: Callable[[Payment], Payment], by: str) -> None:
        """As `mohala payments` does it, by what a clerk saw."""
        if not self.notes.receipts:
            return
        receipt = self.chance.choice(self.notes.receipts)
        payment = await self.database.bills.payment(receipt)
        bill = await self.database.bills.bill(payment.bill_id) if payment else None
        assert payment is not None and bill is not None, "what was acknowledged is there"
        try:
            decided = decide(payment)
        except DeskRefused:
            return
        is_back = is_given_back(payment, decided)
        posting = refund_of(bill, payment, self.notes.now, by) if is_back else None
        entry = AuditEntry(self.notes.now, by, "refund", bill.request_id)
        done = await self.database.bills.change_refund(payment, decided, bill, posting, [], entry)
        if done and is_back and not agent_of(payment.wallet):
            if receipt in self.notes.back:
                self.violations.append(f"{receipt} was given back twice")
            self.notes.back.add(receipt)
            self.notes.held[payment.wallet] -= payment.amount_minor

    async def look(self) -> None:
        """Hold what was booked since the last look against what was acknowledged; adds to `violations`."""
        await self.database.ledger.ping()  # behind what a worker that died had begun
        await self.payers.settle()
        await look_further(DatabaseBooks(self.database._store), self.found)
        self.violations += self.found.faults + self.outlets.violations
        self._compare(self.found)

    async def prove(self) -> None:
        """Hold all of the books and the ledger against what was acknowledged; adds to `violations`."""
        await self.database.ledger.ping()
        await self.payers.settle()
        books, notes = DatabaseBooks(self.database._store), self.notes
        self.found = found = await examine(books)
        self.violations += found.faults
        came, back = await self.outlets.prove(books, found.balances)
        self.violations += self.outlets.violations
        if found.postings != notes.payments + len(notes.back) + came + back + notes.moves:
            by_wallets, by_agents = f"{notes.payments} payments, {len(notes.back)} back", f"{came} and {back} by agents"
            told = f"{by_wallets}, {by_agents}, {notes.moves} moves of clerks"
            self.violations.append(f"{found.postings} postings for {told}")
        self._compare(found)
        notes.checked = notes.operations

    def _compare(self, found: Findings) -> None:
        notes, left = self.notes, Counter[str]()
        for (_, currency), minor in found.balances.items():
            left[currency] += minor
        self.violations += [f"the books sum to {minor} {currency}" for currency, minor in left.items() if minor]
        both = notes.paid_codes & notes.paid.keys()
        self.violations += [f"{bill} was paid by a wallet and by an agent" for bill in sorted(both)]
        for wallet in WALLETS:
            if found.balances[(f"wallet:{wallet}", "LSL")] != -notes.held.get(wallet, 0):
                self.violations.append(f"wallet:{wallet} does not stand at what it was acknowledged")
