"""The real WORK floor on a database of its own, put together as for citizens but for what stands outside the house."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from app import limits
from app.agency import ProposalKind
from app.audit import AuditEntry
from app.authoring.conversations.agents import enrol_agents
from app.authoring.conversations.model import Conversation
from app.authoring.conversations.twins import AGGREGATOR, Mast, NoWallets, Numbers, ScriptedOffice, Time, TimedOutbox
from app.authoring.conversations.watching import Watch, watched_rooms
from app.bill_api import Account
from app.bill_code import read_bill_code
from app.billing import Billing, Coming
from app.counter import Counter, Wallet
from app.crowd import Crowd
from app.early_agents import CLERKS, move_money, suspend
from app.early_clerks import EarlyClerks
from app.editions import Edition, Editions
from app.engine.program import Program
from app.gateway import Gateway
from app.keys import Key, Keyring
from app.measures import Measures
from app.messages import DeliveryEvent, DeliveryStatus
from app.outbox import Worker
from app.pack import Pack
from app.payments import to_minor
from app.ports import Aggregator, RandomBytes
from app.rooms import Given
from app.schedules import Schedule, Schedules
from app.sending import Budget
from app.sms import Texts
from app.under_way import CashBeside
from integrations.database import Database, migrate, open_database
from integrations.database.limits import calm_seconds_max
from sessions.memory_store import MemorySessionStore

WALLET = Wallet("wallet", "wallet", ())
"""The one whose callbacks come to a conversation; it has the money when it tells."""
SMS_PARTS_AN_HOUR = 100_000
"""More than any conversation sends."""


@dataclass(slots=True)
class Floor:
    """One gateway and one worker; `troubles` is what went wrong that no citizen sees."""

    time: Time
    gateway: Gateway
    texts: Texts
    worker: Worker
    outbox: TimedOutbox
    mast: Mast
    troubles: list[str]
    schedules: Schedules
    counter: Counter
    program: Program
    database: Database
    random_bytes: RandomBytes
    billing: Billing
    jobs_done: int = 0

    async def rest(self) -> None:
        """Let the worker do what is due now, follow-ups included."""
        while claimed := await self.outbox.claim("worker", self.time(), limits.job_lease_seconds, 20):
            self.jobs_done += len(claimed)
            if self.jobs_done > limits.conversation_jobs_max:
                self.troubles.append("keeps the worker busy for ever")
                return
            for job in claimed:
                await self.worker.do(job)

    async def wait(self, seconds: float) -> None:
        """Time passes; jobs are done at the moments when they fall due."""
        end = self.time() + timedelta(seconds=seconds)
        while (due := self.outbox.next_due(self.time())) is not None and due <= end and not self.troubles:
            self.time.now = due
            await self.rest()
        self.time.now = end
        await self.schedules.put()
        await self.rest()

    async def pay(self, number: str, code: str, amount: str, id: str) -> None:
        """A wallet says that it has taken money for a bill from a number; what becomes of it is told by SMS."""
        coming = Coming(WALLET.name, id, amount, self.program.currency.code, number, f"theirs-{id[:8]}", keeps=True)
        await self.counter.pay(WALLET, Account(code=code), code, coming)

    async def report(self, message_id: str, status: DeliveryStatus) -> None:
        """Somebody says what became of an SMS of ours, whoever that is: these callbacks bear no signature."""
        event = DeliveryEvent(AGGREGATOR, message_id, status, status.value, "")
        await self.database.sms.report(event, self.time())

    async def move_money(self, agent: str, amount: str, *, is_in: bool) -> bool:
        """Two clerks top up a float, or pay out of it; False: that is no agent's, or no such amount is there."""
        program = self.program
        minor = to_minor(amount, program.currency.minor_digits)
        kind = ProposalKind.TOP_UP if is_in else ProposalKind.PAY_OUT
        return bool(minor) and await move_money(
            self.database, program, agent, kind, minor or 0, self.time(), self.random_bytes
        )

    async def change_number(self, agent: str, number: str, *, is_new: bool) -> bool:
        """A clerk adds a number to an agent, or removes one; False: there is no such agent, or it is no such number."""
        clerks = EarlyClerks(self.database, self.program, self.time())
        return await (clerks.add_number(agent, number) if is_new else clerks.remove_number(agent, number))

    async def refund(self, code: str, *, is_back: bool) -> bool:
        """Two clerks give back what paid a bill, or one says no; False: it was not paid, or nobody asked for it."""
        bill = await self.database.bills.find(read_bill_code(code) or "")
        payment = await self.database.bills.payment(bill.receipt) if bill else None
        if bill is None or payment is None:
            return False
        return await EarlyClerks(self.database, self.program, self.time()).refund(
            self.billing, bill, payment, is_back=is_back
        )

    async def suspend(self, agent: str) -> bool:
        return await suspend(self.database.agents, agent, self.time(), "in a conversation")


def make_template(directory: Path) -> Path:
    """A migrated database to copy, which is much faster than to migrate each. Call it outside an event loop."""
    path = directory / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@asynccontextmanager
async def open_floor(pack: Pack, conversation: Conversation, template: Path, watch: Watch) -> AsyncIterator[Floor]:
    """Everything that a conversation is played on, put together as for citizens; gone with its database afterwards."""
    with TemporaryDirectory(prefix="conversation-", dir=template.parent) as directory:
        path = Path(directory) / "conversation.db"
        shutil.copyfile(template, path)
        keyring = Keyring((Key("conversation", bytes(32)),), Numbers("seal"))
        database = await _opened(path, keyring)
        try:
            if conversation.language:
                await database.ledger.remember_language(conversation.number, conversation.language, conversation.at)
            floor = _floor(pack, conversation, database, keyring, watch)
            floor.troubles += await enrol_agents(database, conversation, pack, floor.time(), Numbers("agents"))
            for number, codes in conversation.sheets.items():
                printed = AuditEntry(floor.time(), CLERKS[0], "code-sheet", "", "of a conversation")
                await database.mandates.new_sheet(number, codes, printed)
            yield floor
        finally:
            await database.close()


async def _opened(path: Path, keyring: Keyring) -> Database:
    """It outlives no process, so it waits for no disk, and nobody else is at it, so it needs no threads."""
    url, calm = f"sqlite:///{path}?synchronous=off", calm_seconds_max
    return await open_database(url, keyring, Numbers("database"), allow_unsafe=True, call_seconds=calm, in_place=True)


def nobody() -> float:
    """The lot of a survey: in a conversation nobody is drawn."""
    return 1.0


def _floor(pack: Pack, conversation: Conversation, database: Database, keyring: Keyring, watch: Watch) -> Floor:
    time, mast, troubles = Time(conversation.at.astimezone(UTC)), Mast(), list[str]()
    outbox = TimedOutbox(database.outbox)
    given = Given(
        editions=Editions(_edition(pack, conversation, troubles)),
        shelves=database,
        outbox=outbox,
        store=MemorySessionStore(keyring, time),
        aggregators={mast.name: cast("Aggregator", mast)},
        budget=Budget(SMS_PARTS_AN_HOUR),
        keyring=keyring,
        measures=Measures(),
        crowd=Crowd(),
        clock=time,
        monotonic=time.seconds,
        random_for=Numbers,
        lots=nobody,
        call_back_one_in=1 if conversation.calls_back else 0,
    )
    rooms = watched_rooms(given, watch)
    by_the_clock = (
        Schedule("agents", limits.agent_statements_seconds, rooms.agents.tell_months),
        Schedule("call-backs", limits.call_back_seconds, rooms.call_backs.draw),
    )
    schedules = Schedules(by_the_clock if conversation.agents else (), outbox, time)
    beside = CashBeside(database.pushes, time)
    counter = Counter(
        {WALLET.name: WALLET}, rooms.billing, database.bills, database.ledger, beside, given.editions, time
    )
    worker = rooms.worker("worker", schedules, NoWallets(), lambda: 0.0, 0.25)
    return Floor(
        time, rooms.gateway, rooms.texts, worker, outbox, mast, troubles, schedules, counter, pack.program, database,
        Numbers("money"), rooms.billing,
    )  # fmt: skip


def _edition(pack: Pack, conversation: Conversation, troubles: list[str]) -> Edition:
    """The pack before offices that do as the conversation says."""
    closed = frozenset(conversation.closed)
    for name in sorted(closed - pack.catalogue.offices.keys()):
        known = ", ".join(pack.catalogue.offices)
        troubles.append(f"has `{name}` closed, which is no office of this pack; there are: {known}")
    offices = {
        name: ScriptedOffice(name, conversation.offices, troubles, is_closed=name in closed)
        for name in pack.catalogue.offices
    }
    return Edition(pack, offices, lambda: closed)
