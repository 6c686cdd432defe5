"""What tests of watching share: a bench whose agents are watched and whose citizens are called back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from app.call_back import KIND
from app.calling import CallBacks
from app.complaints import Complaints
from app.lookout import Lookout
from app.manual_office import ManualOffice
from app.payments import Bill, Payment
from app.tasks import SetAside
from integrations.database.watching import KeptAlert
from tests.work.agent import billed, code_in, text
from tests.work.conftest import Bench


class Watching:
    """The lookout and the call-backs of a house; `one_in` payments is asked about."""

    def __init__(self, bench: Bench, one_in: int = 1) -> None:
        data = bench.database
        self.bench = bench
        self.lookout = Lookout(data.watch, bench.editions)
        self.calls = CallBacks(
            data.watch, data.agents, data.bills, data.ledger, data.outbox, bench.editions, bench.keyring, one_in,
            bench.time,
        )  # fmt: skip
        bench.texts._asking._heard = {KIND: self.calls.heard}
        complaints = Complaints(data.agents, data.bills, data.ledger)
        offices = bench.editions.current.offices
        assert isinstance(offices, dict)
        named = partial(complaints.named, bench.pack.catalogue.offices["complaints"])
        offices["complaints"] = ManualOffice("complaints", 10, data.board, bench.time, named)

    async def pay(self, session: str, msisdn: str, agent: str) -> Payment:
        """A citizen's bill, paid by an agent's text."""
        bill = await billed(self.bench, session, msisdn)
        return await self.confirm(bill, agent)

    async def confirm(self, bill: Bill, agent: str) -> Payment:
        said = await text(self.bench, agent, f"LEFA {bill.code} M32.50")
        await text(self.bench, agent, f"E {code_in(said)}")
        fresh = await self.bench.database.bills.bill(bill.id)
        assert fresh is not None
        payment = await self.bench.database.bills.payment(fresh.receipt)
        assert payment is not None
        return payment

    async def look(self) -> Sequence[KeptAlert]:
        """All that is open after a look."""
        while await self.lookout.look(self.bench.time()):
            pass
        return await self.bench.database.watch.alerts(None, 100)

    async def tasks(self) -> Sequence[SetAside]:
        return await self.bench.database.shelf.page()
