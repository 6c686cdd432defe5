"""What agents said yes to on a page of their menu: written down at once, carried out by a worker, told by SMS."""

from __future__ import annotations

from datetime import timedelta

from app import limits
from app.agency import Intent, IntentKind, OrderState
from app.agent_money import AgentMoney
from app.agent_turns import AgentTurn, Told
from app.audit import AuditEntry
from app.bill_code import show_bill_code
from app.billing import Billing
from app.messages import Job, Priority
from app.payments import Bill, Payment, Refund, refund_asked
from app.ports import AgentBook, Bills, Clock

CARRY_OUT = "agent"
"""The kind of the jobs that carry out what agents intend."""


class AgentIntents:
    """Raises `ServiceFailed` while the menus of a request cannot be used, and `StoreUnavailable`."""

    def __init__(self, book: AgentBook, billing: Billing, bills: Bills, money: AgentMoney, clock: Clock) -> None:
        self._book = book
        self._billing = billing
        self._bills = bills
        self._money = money
        self._clock = clock

    async def intend_pay(self, turn: AgentTurn, order_id: str) -> Told | None:
        """Write that an order was confirmed on the page that showed it, for a worker to pay; None: that is done.

        It is refused in all other cases: of another number, made by text, dropped, too old, or confirmed elsewhere.
        """
        intent = await self._book.intended(turn.id)
        if intent is not None and intent.order_id == order_id:
            return None
        order = await self._book.order(order_id)
        now, number = self._clock(), turn.enrolled.number
        if order is None or order.number_id != number.id or order.channel != turn.channel:
            return Told("agent_late")
        if order.state is not OrderState.OPEN or now >= order.until:
            return Told("agent_late")
        return await self._intend(turn, IntentKind.PAY, order.bill_id, order.id)

    async def intend_cancel(self, turn: AgentTurn, code: str) -> Told | None:
        """Write that a bill is to be cancelled, for a worker; None: that is done. What is not theirs is unknown."""
        found = await self._money.found(turn, code)
        if not isinstance(found, Bill):
            return Told("agent_blocked" if found else "agent_unknown")
        known = await self._book.intended(turn.id)
        if known is None and not await self._is_theirs(turn, found):
            return Told("agent_unknown")
        return await self._intend(turn, IntentKind.CANCEL, found.id)

    async def _is_theirs(self, turn: AgentTurn, bill: Bill) -> bool:
        """Whether the agent has paid a bill, or the number is about to."""
        last = await self._book.newest_order(turn.enrolled.number.id, self._clock())
        is_open = last is not None and last.state is OrderState.OPEN and last.bill_id == bill.id
        return is_open or await self._book.paid_order(turn.agent.code, bill.id) is not None

    async def _intend(self, turn: AgentTurn, kind: IntentKind, bill_id: str, order_id: str = "") -> Told | None:
        now, version = self._clock(), turn.edition.version
        number = turn.enrolled.number
        intent = Intent(turn.id, kind, turn.agent.code, number.id, bill_id, order_id, now, version)
        payload = {"intent": intent.id, "sender": number.msisdn}
        job = Job(f"{intent.id}:{kind.value}", CARRY_OUT, payload, now, Priority.URGENT)
        if await self._book.intend(intent, job):
            return None
        known = await self._book.intended(turn.id)
        return None if known is not None and (known.kind, known.bill_id) == (kind, bill_id) else Told("agent_late")

    async def carry_out(self, turn: AgentTurn, intent: Intent) -> Told:
        """Do what was intended, by whoever may still do it. An order whose yes paid nothing waits no more."""
        bill = await self._bills.bill(intent.bill_id)
        assert bill is not None, "it was intended of a bill"
        if intent.kind is IntentKind.PAY:
            told = await self._pay(turn, intent)
            await self._book.end_order(intent.order_id)
            return told
        if turn.enrolled.number.id != intent.number_id:
            return Told("agent_late")
        return turn.kept_from(self._clock()) or await self.cancel(turn, bill.code)

    async def _pay(self, turn: AgentTurn, intent: Intent) -> Told:
        if turn.enrolled.number.id != intent.number_id:
            return Told("agent_late")
        order = await self._book.order(intent.order_id)
        assert order is not None, "an order was intended"
        if order.state is OrderState.USED:
            return await self._money.pay(turn, order)  # as it was told before
        return turn.kept_from(self._clock()) or await self._money.pay(turn, order)

    async def cancel(self, turn: AgentTurn, code: str) -> Told:
        """Drop what waits to be confirmed, or give back at once what was paid; later two clerks decide."""
        found = await self._money.found(turn, code)
        if not isinstance(found, Bill):
            return Told("agent_blocked" if found else "agent_unknown")
        order = await self._book.paid_order(turn.agent.code, found.id)
        if order is None and await self._book.drop(turn.enrolled.number.id, found.id):
            return Told("agent_dropped")
        order = order or await self._book.paid_order(turn.agent.code, found.id)  # paid just now, by the same number
        payment = await self._bills.payment(order.receipt) if order else None
        bill = await self._bills.bill(found.id)  # as it is by now, or what was paid meanwhile could not be taken back
        if payment is None or bill is None:
            return Told("agent_unknown")
        at_once = self._clock() - payment.at <= timedelta(seconds=limits.agent_cancel_seconds)
        if payment.refund is Refund.NONE and at_once and await self._billing.take_back(bill, payment, turn.agent.way):
            return await self._back(turn, bill, payment)
        payment = await self._bills.payment(payment.receipt) or payment
        if payment.refund is Refund.DONE:
            return await self._back(turn, bill, payment)
        if payment.refund is Refund.NONE:
            await self._ask_refund(turn, bill.id, payment)
        return Told("agent_asked", {"bill": show_bill_code(bill.code)})

    async def _ask_refund(self, turn: AgentTurn, bill_id: str, payment: Payment) -> None:
        bill = await self._bills.bill(bill_id)
        assert bill is not None, "it was found before"
        way, told = turn.agent.way, {"bill": bill.id, "receipt": payment.receipt}
        entry = AuditEntry(self._clock(), way, "ask-refund", bill.request_id, "cancelled by its agent", told)
        await self._money.call_clerks(bill, payment.receipt)
        await self._bills.change_refund(payment, refund_asked(payment, way), bill, None, (), entry)

    async def _back(self, turn: AgentTurn, bill: Bill, payment: Payment) -> Told:
        holdings = await self._book.holdings(turn.agent.code, turn.agent.currency)
        shown, left = show_bill_code(bill.code), str(holdings.float_minor)
        return Told("agent_back", {"bill": shown, "total": str(payment.amount_minor), "float": left})
