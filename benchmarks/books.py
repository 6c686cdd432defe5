"""Random operations on bills and books, of wallets, agents and clerks, many at once, with crashes, repeats, stale looks
and changed amounts; then every promise is looked at:
`python -m benchmarks.books --operations 20000 [--database URL] [--seed 7]`.

n operations without a violation give a 95 % upper bound of 3/n for the rate of violations.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from app.agent_intents import AgentIntents
from app.agent_money import AgentMoney
from app.agents import Agents
from app.attesting import Attesting
from app.audit import AuditEntry
from app.bill_code import show_bill_code
from app.billing import Billing, Coming, Denied
from app.bookkeeping import examine
from app.books import agent_of
from app.catalogue import Commission, Fee, Work
from app.editions import Edition, Editions
from app.errors import DeskRefused
from app.keys import Key, Keyring
from app.ledger import Asker, Requests
from app.messages import Status
from app.pack import Pack
from app.pack_files import read_pack
from app.payments import BILL_ARROWS, Bill, BillState, Payment, Refund, refund_asked, refund_decided, refund_of
from benchmarks.outlets import Outlets
from integrations.database import Database, DatabaseBooks, migrate, open_database
from integrations.database.limits import calm_seconds_max

AT = datetime(2026, 11, 28, tzinfo=UTC)
WALLETS = ("mpesa", "ecocash", "unayo")
AMOUNTS = ("32.5", "32.5", "32.5", "32.50", "32.49", "33", "0.01", "1000")
CLERKS = ("clerk:lineo", "clerk:thabo", "clerk:palesa")
SERVICE = "birth-certificate"
CROWD = 12
CHECKED_EVERY = 2_000


def priced() -> Pack:
    """The shipped pack, with a service of it that waits for money before its office is asked."""
    pack = read_pack(Path("tests/flat"))
    told = pack.catalogue.services[SERVICE]
    fee, charge = Fee(30_00, "benchmark", "2026-11-28"), Fee(2_50, "benchmark", "2026-11-28", "civil-registry")
    commission = Commission(20_00, 1_00, "benchmark", "2026-11-28")
    work = (Work(None, Status.IN_PROGRESS, 48), *told.work)
    waits = replace(told, fee=fee, charge=charge, commission=commission, work=work)
    catalogue = replace(pack.catalogue, services={**pack.catalogue.services, SERVICE: waits})
    phrases = {**pack.program.phrases, "agent_late": pack.program.phrases["agent_wrong"]}  # its agents have no menu
    return replace(pack, catalogue=catalogue, program=replace(pack.program, phrases=phrases))


@dataclass(slots=True)
class Market:
    """Citizens, wallets and clerks who do anything at any time, and a record of what they were told."""

    database: Database
    pack: Pack
    chance: random.Random
    keyring: Keyring
    now: datetime = AT
    seen: list[Bill] = field(default_factory=list)  # as somebody saw them, perhaps long ago
    told: dict[tuple[str, str], Payment] = field(default_factory=dict)  # what each wallet was acknowledged
    back: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    requests: Requests = field(init=False)
    billing: Billing = field(init=False)
    outlets: Outlets = field(init=False)

    def __post_init__(self) -> None:
        editions = Editions(Edition(self.pack, {}))
        random_bytes = self.chance.randbytes
        self.requests = Requests(editions, self.database.ledger, lambda: self.now, random_bytes)
        self.billing = Billing(self.requests, self.database.ledger, self.database.bills, lambda: self.now, random_bytes)
        book, bills, checks = self.database.agents, self.database.bills, self.database.checks
        money = AgentMoney(
            book, self.billing, bills, self.database.ledger, checks, self.database.outbox, lambda edition: None,
            self.keyring, lambda: self.now,
        )  # fmt: skip
        intents = AgentIntents(book, self.billing, bills, money, lambda: self.now)
        attesting = Attesting(book, self.requests, checks, self.database.outbox, lambda: self.now)
        agents = Agents(book, money, intents, attesting, self.database.ledger, checks, editions, lambda: self.now)
        edition = Edition(self.pack, {})
        self.outlets = Outlets(self.database, agents, money, intents, edition, self.chance, lambda: self.now)

    async def operate(self, count: int, tick: Callable[[int], None] = lambda _: None) -> None:
        """So many operations, in crowds of up to `CROWD` at the same moment."""
        left = count
        while left > 0:
            size = min(left, self.chance.randint(1, CROWD))
            await asyncio.gather(*(self._one() for _ in range(size)))
            self.now += timedelta(seconds=self.chance.randint(0, 60))
            left -= size
            tick(size)

    def _one(self) -> Awaitable[None]:
        outlets = self.outlets
        ways = (self._file, self._pay, self._pay, self._pay, self._again, self._again, self._look, self._push,
                self._expire, self._ask_refund, self._decide_refund, self._wait, outlets.top_up, outlets.pay_out,
                self._ask, self._ask, self._ask, outlets.confirm, outlets.confirm, outlets.confirm, self._cancel,
                outlets.repeat, outlets.repeat, self._page, self._page, outlets.say_yes, outlets.carry_out,
                outlets.carry_out)  # fmt: skip
        way = self._file if not self.seen else self.chance.choice(ways)
        self.done[way.__name__.strip("_")] += 1
        return way()

    async def _file(self) -> None:
        asker = Asker("+26650123456", "st", self.chance.randbytes(8).hex(), 3.0)
        edition = Edition(self.pack, {})
        request = await self.requests.file(edition, self.pack.catalogue.services[SERVICE], {"sex": "female"}, asker)
        await self.billing.issue(request.id, 0)
        await self.billing.issue(request.id, 0)
        bill = await self.database.bills.bill(f"{request.id}:0")
        assert bill is not None
        self.seen.append(bill)

    async def _look(self) -> None:
        place = self.chance.randrange(len(self.seen))
        self.seen[place] = await self.database.bills.bill(self.seen[place].id) or self.seen[place]

    async def _pay(self) -> None:
        """By what was seen of a bill, right or stale."""
        correlation = str(uuid.UUID(bytes=self.chance.randbytes(16), version=4))
        await self._deliver(self.chance.choice(self.seen), self.chance.choice(WALLETS), correlation)

    async def _again(self) -> None:
        """A payment that was acknowledged comes again, perhaps with another amount or for another bill."""
        if not self.told:
            return await self._pay()
        wallet, correlation = self.chance.choice(list(self.told))
        return await self._deliver(self.chance.choice(self.seen[-40:]), wallet, correlation)

    async def _deliver(self, bill: Bill, wallet: str, correlation: str) -> None:
        amount, keeps = self.chance.choice(AMOUNTS), self.chance.random() < 0.7
        coming = Coming(wallet, correlation, amount, "LSL", "+26658765432", "", keeps)
        known = (wallet, correlation) in self.told
        outcome = await self.billing.take(bill, coming)
        if isinstance(outcome, Payment):
            if known:
                self.violations.append(f"{wallet} was acknowledged {correlation} twice")
            self.told[(wallet, correlation)] = outcome
        elif known and outcome is not Denied.KNOWN:
            self.violations.append(f"{wallet} told of {correlation} again and heard {outcome}")

    async def _ask(self) -> None:
        """By somebody who comes straight from filing, or with a bill that may have been paid meanwhile."""
        if self.chance.random() < 0.5:
            await self._file()
        await self.outlets.ask(self.seen[-1] if self.chance.random() < 0.5 else self.chance.choice(self.seen[-6:]))

    async def _page(self) -> None:
        """The same from the agents' menu."""
        if self.chance.random() < 0.5:
            await self._file()
        await self.outlets.page(self.seen[-1] if self.chance.random() < 0.5 else self.chance.choice(self.seen[-6:]))

    async def _cancel(self) -> None:
        await self.outlets.cancel(self.chance.choice(self.seen[-6:]))

    async def _push(self) -> None:
        bill = self.chance.choice(self.seen)
        ways = BILL_ARROWS[bill.state] & {BillState.SENT, BillState.PENDING, BillState.UNKNOWN, BillState.REFUSED}
        if ways:
            state = self.chance.choice(sorted(ways))
            await self.database.bills.move(bill, state, self.now, "house", None, [])

    async def _expire(self) -> None:
        await self.billing.expire(self.chance.choice(self.seen).id)

    async def _wait(self) -> None:
        self.now += timedelta(minutes=self.chance.randint(1, 90))

    async def _ask_refund(self) -> None:
        by = self.chance.choice(CLERKS)
        await self._refund(lambda payment: refund_asked(payment, by), by)

    async def _decide_refund(self) -> None:
        by, approved = self.chance.choice(CLERKS), self.chance.random() < 0.8
        await self._refund(lambda payment: refund_decided(payment, by, approved=approved), by)

    async def _refund(self, decide: Callable[[Payment], Payment], by: str) -> None:
        """As `mohala payments` does it, by what a clerk saw."""
        known = [payment.receipt for payment in self.told.values()] + list(self.outlets.paid.values())
        if not known:
            return
        receipt = self.chance.choice(known)
        payment = await self.database.bills.payment(receipt)
        bill = await self.database.bills.bill(payment.bill_id) if payment else None
        assert payment is not None and bill is not None, "what was acknowledged is there"
        try:
            decided = decide(payment)
        except DeskRefused:
            return
        is_back = decided.refund is Refund.DONE
        posting = refund_of(bill, payment, self.now, by) if is_back else None
        entry = AuditEntry(self.now, by, "refund", bill.request_id)
        done = await self.database.bills.change_refund(payment, decided, bill, posting, [], entry)
        if done and is_back and not agent_of(payment.wallet):
            if receipt in self.back:
                self.violations.append(f"{receipt} was given back twice")
            self.back.add(receipt)

    async def prove(self) -> None:
        """Hold the books and the ledger against what was acknowledged; adds to `violations`."""
        books = DatabaseBooks(self.database._store)
        found = await examine(books)
        self.violations += found.faults
        paid = Counter(payment.bill_id for payment in self.told.values() if payment.unfit is None)
        self.violations += [f"{bill} was paid {times} times" for bill, times in paid.items() if times > 1]
        came, back = await self.outlets.prove(books, found.balances)
        self.violations += self.outlets.violations
        moves = self.outlets.moves
        if found.postings != len(self.told) + len(self.back) + came + back + moves:
            by_wallets, by_agents = f"{len(self.told)} payments, {len(self.back)} back", f"{came} and {back} by agents"
            self.violations.append(f"{found.postings} postings for {by_wallets}, {by_agents}, {moves} moves of clerks")
        acknowledged = {payment.bill_id for payment in self.told.values() if payment.unfit is None}
        by_code = {show_bill_code(bill.code): bill.id for bill in self.seen}
        both = acknowledged & {by_code[code] for code in self.outlets.paid}
        self.violations += [f"{bill} was paid by a wallet and by an agent" for bill in sorted(both)]
        for wallet in WALLETS:
            holds = -sum(
                payment.amount_minor
                for (name, _), payment in self.told.items()
                if name == wallet and payment.receipt not in self.back
            )
            if found.balances[(f"wallet:{wallet}", "LSL")] != holds:
                self.violations.append(f"wallet:{wallet} does not stand at what it was acknowledged")


async def run(database_url: str, operations: int, seed: int, tick: Callable[[int], None] = lambda _: None) -> Market:
    """Operate on a migrated, empty database and prove it now and then; the Market knows what was violated."""
    chance = random.Random(seed)
    keyring = Keyring((Key("market", chance.randbytes(32)),), chance.randbytes)
    database = await open_database(
        database_url, keyring, chance.randbytes, allow_unsafe=True, call_seconds=calm_seconds_max
    )
    try:
        market = Market(database, priced(), chance, keyring)
        await market.outlets.open()
        left = operations
        while left > 0 and not market.violations:
            await market.operate(min(left, CHECKED_EVERY), tick)
            left -= CHECKED_EVERY
            await market.prove()
        return market
    finally:
        await database.close()


def main(
    operations: Annotated[int, typer.Option(min=1)] = 20_000,
    database: Annotated[str, typer.Option(help="an empty one; default: a new SQLite file")] = "",
    seed: int = 7,
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        url = database or f"sqlite:///{directory}/books.db"
        migrate(url)
        with typer.progressbar(length=operations, label="operations") as bar:
            market = asyncio.run(run(url, operations, seed, bar.update))
    for violation in market.violations[:20]:
        print(violation)
    done = ", ".join(f"{count} {name}" for name, count in sorted(market.done.items()))
    kept = sum(payment.unfit is not None for payment in market.told.values())
    outcome = f"{len(market.told)} payments, {kept} of them in suspense, {len(market.back)} given back"
    print(f"{len(market.seen)} bills, {outcome}, {len(market.outlets.paid)} paid by agents: {done}")
    count = sum(market.done.values())
    bound = f"fewer than {3 / count:.2g} of them (95 %)" if not market.violations else "the promises do not hold"
    print(f"{len(market.violations)} violations in {count} operations, seed {seed}: {bound}")
    raise typer.Exit(1 if market.violations else 0)


if __name__ == "__main__":
    typer.run(main)
