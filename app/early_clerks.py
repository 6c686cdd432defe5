"""What clerks do with agents where there is nobody at a desk, as in a recorded conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app import limits
from app.agency import AgentNumber
from app.agent_hearing import of_a_number
from app.audit import AuditEntry
from app.billing import Billing
from app.early_agents import CLERKS
from app.engine.program import Program
from app.errors import DeskRefused
from app.payments import Bill, Payment, refund_asked, refund_decided
from app.refunding import settle
from integrations.database import Database

ACTIVATION = "12345678"


@dataclass(frozen=True, slots=True)
class EarlyClerks:
    """The two that money of agents takes, at a moment. `mohala audit` shows them for what they are."""

    database: Database
    program: Program
    now: datetime

    async def add_number(self, agent: str, msisdn: str) -> bool:
        """With `ACTIVATION`; False: there is no such agent, or it is an agent's number already."""
        if await self.database.agents.agent(agent) is None:
            return False
        until = self.now + timedelta(hours=limits.agent_activation_hours)
        number = AgentNumber(f"early-{agent}-{msisdn}", agent, msisdn, until)
        return await self.database.agents.invite(number, ACTIVATION, self._entry("add-number", agent))

    async def remove_number(self, agent: str, msisdn: str) -> bool:
        """False: it is none of that agent's."""
        agents = self.database.agents
        number = next((one for one in await agents.numbers(agent) if one.msisdn == msisdn), None)
        if number is None:
            return False
        told = await of_a_number(agents, self.database.ledger, self.program, number, "agent_left", self.now)
        return await agents.remove_number(number.id, self.now, self._entry("remove-number", agent), told)

    async def refund(self, billing: Billing, bill: Bill, payment: Payment, *, is_back: bool) -> bool:
        """One asks and the other approves, or one refuses what was asked for; False: it cannot be decided."""
        try:
            if is_back:
                asked = refund_asked(payment, CLERKS[0])
                await self._settle(billing, bill, payment, asked, "ask-refund")
                bill, payment = await self._again(bill), asked
            decided = refund_decided(payment, CLERKS[1], approved=is_back)
            await self._settle(billing, bill, payment, decided, "approve-refund" if is_back else "refuse-refund")
        except DeskRefused:
            return False
        return True

    async def _again(self, bill: Bill) -> Bill:
        now = await self.database.bills.bill(bill.id)
        assert now is not None, "it was there"
        return now

    async def _settle(self, billing: Billing, bill: Bill, payment: Payment, decided: Payment, act: str) -> None:
        entry = self._entry(act, bill.request_id)
        await settle(self.database, billing, self.program, (payment, bill), decided, entry)

    def _entry(self, act: str, subject: str) -> AuditEntry:
        return AuditEntry(self.now, CLERKS[0] if act == "ask-refund" else CLERKS[1], act, subject)
