"""What an agent does with money, however it is asked for: order, confirm, pay, drop; and what it comes to.

No money moves on a number alone. An order is bound to bill, amount, agent and number, is good for five minutes and
once, and is confirmed the way it was made: by text with a code, on a page by a yes that a worker carries out.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

from app import limits
from app.agency import BY_SMS, AgentState, Order, OrderState, Standing
from app.agent_codes import OrderCodes
from app.agent_reasons import BillWord
from app.agent_turns import AgentTurn, Points, Told
from app.bill_code import show_bill_code
from app.billing import Billing, Coming, Denied
from app.keys import Keyring
from app.messages import Job
from app.payments import SETTLED, Bill, BillState, Payment, Unfit, from_minor, refund_task_id
from app.ports import AgentBook, Bills, Checks, Clock, Ledger, Outbox
from app.tasks import LOOK
from app.under_way import CashBeside
from app.values.days import midnight_of

BLOCKED = Told("agent_blocked")
_UNFIT = {
    Unfit.SECOND: "agent_settled",
    Unfit.LATE: "agent_over",
    Unfit.CLOSED: "agent_over",
    Unfit.UNDER: "agent_amount",
    Unfit.OVER: "agent_amount",
}


class AgentMoney:
    """Doing the same again comes to the same, and moves nothing again.

    Raises `ServiceFailed` while the menus of a request cannot be used, and `StoreUnavailable`.
    """

    def __init__(
        self,
        book: AgentBook,
        billing: Billing,
        bills: Bills,
        ledger: Ledger,
        checks: Checks,
        outbox: Outbox,
        beside: CashBeside,
        points: Points,
        keyring: Keyring,
        clock: Clock,
    ) -> None:
        self._book = book
        self._billing = billing
        self._bills = bills
        self._ledger = ledger
        self.codes = OrderCodes(checks, outbox, keyring)
        self._outbox = outbox
        self._beside = beside
        self._points = points
        self._keyring = keyring
        self._clock = clock

    async def order(self, turn: AgentTurn, code: str, amount_minor: int) -> tuple[Bill, Order] | Told:
        """What is to be confirmed, if money of this amount would pay the bill now; nothing moves yet."""
        bill = await self.found(turn, code)
        if not isinstance(bill, Bill):
            return Told("agent_blocked" if bill else "agent_unknown")
        known = await self._known(turn, bill, amount_minor)
        if known is not None:
            return bill, known
        paid = await self._book.paid_order(turn.agent.code, bill.id)
        if paid is not None:
            return await self._told(turn, bill, paid)
        if await self._is_own(turn, bill):
            return Told("agent_own")
        if not turn.is_offered(bill.service):
            return Told("agent_elsewhere", {"service": turn.title(bill.service), "point": self._point(turn)})
        unfit = await self._billing.judged(bill, amount_minor)
        if unfit is not None:
            await self._book.drop(turn.enrolled.number.id)  # whoever asks for another amount does not mean the first
            return _unfit(unfit, bill, amount_minor)
        if await self._beside.must_wait(bill):
            await self._book.drop(turn.enrolled.number.id)
            return _under_way(bill)
        holdings = await self._book.holdings(turn.agent.code, turn.agent.currency)
        if holdings.float_minor < amount_minor:
            return Told("agent_short", {"total": str(amount_minor), "float": str(holdings.float_minor)})
        return bill, await self._ordered(turn, bill, amount_minor)

    async def _known(self, turn: AgentTurn, bill: Bill, amount_minor: int) -> Order | None:
        """What this very step of a menu ordered before, whatever has become of it."""
        known = await self._book.order(turn.id) if turn.channel != BY_SMS else None
        return known if known is not None and (known.bill_id, known.amount_minor) == (bill.id, amount_minor) else None

    async def _ordered(self, turn: AgentTurn, bill: Bill, amount_minor: int) -> Order:
        """The order of this text or step; or the one that waits for the same bill and amount by text, whose code is
        said again.
        """
        now, number = self._clock(), turn.enrolled.number
        until = now + timedelta(seconds=limits.agent_order_seconds)
        new = Order(turn.id, turn.agent.code, number.id, bill.id, amount_minor, now, until, channel=turn.channel)
        if turn.channel != BY_SMS:
            return await self._placed(new)
        last = await self._book.newest_order(number.id, now, BY_SMS)
        is_open = last is not None and last.state is OrderState.OPEN and now < last.until
        if last is not None and is_open and _same(last, new):
            return last
        if last is not None and last.id != new.id and self.codes.of(last) == self.codes.of(new):
            return await self._book.place(_again(new))  # an old code must not be the new one's by chance
        return await self._book.place(new)

    async def _placed(self, new: Order) -> Order:
        """A step that was heard with another bill or amount before, by a session that was lost, orders anew."""
        placed = await self._book.place(new)
        for _ in range(limits.filings_of_a_step_max):
            if _same(placed, new):
                break
            new = _again(new)
            placed = await self._book.place(new)
        return placed

    async def confirm(self, turn: AgentTurn, code: str) -> Told:
        """Pay, if this is the code of what the number ordered last by text. It is counted before it is looked at."""
        now = self._clock()
        order = await self._book.newest_order(turn.enrolled.number.id, now, BY_SMS)
        if order is None:
            return Told("agent_wrong")
        if not await self.codes.counted(turn, order, now):
            return await self._blocked(turn, order)
        if not await self.codes.is_right(turn, order, code, now):
            used = await self._used(order)
            return Told("agent_wrong") if used is None else _paid_before(used[0])
        return await self.pay(turn, order)

    async def _blocked(self, turn: AgentTurn, order: Order) -> Told:
        used = await self._used(order)
        return BLOCKED if used is None else await self._told(turn, *used)

    async def _used(self, order: Order) -> tuple[Bill, Order] | None:
        """Whoever hears that nothing was paid must be able to rely on it: another text, or a copy, may have paid."""
        now = await self._book.order(order.id)
        bill = await self._bills.bill(order.bill_id) if now is not None and now.state is OrderState.USED else None
        return None if now is None or bill is None else (bill, now)

    async def pay(self, turn: AgentTurn, order: Order) -> Told:
        """Pay by an order that was confirmed, if it still waits; or tell again what came of it."""
        bill = await self._bills.bill(order.bill_id)
        assert bill is not None, "an order is of a bill"
        if order.state is OrderState.USED:
            return await self._told(turn, bill, order)
        if order.state is OrderState.DROPPED or self._clock() >= order.until:
            return _late(order)
        if await self._is_own(turn, bill):
            return Told("agent_own")
        if await self._beside.must_wait(bill):  # since the code was told
            return _under_way(bill)
        return await self._take(turn, bill, order)

    async def _take(self, turn: AgentTurn, bill: Bill, order: Order) -> Told:
        agent, program = turn.agent, turn.edition.program
        since = midnight_of(program.day(self._clock()), program.timezone)
        standing = Standing(order.id, order.number_id, agent.code, agent.caps, since)
        amount = from_minor(order.amount_minor, bill.price.minor_digits)
        coming = Coming(
            agent.way, _correlation(self._keyring, order), amount, bill.price.currency, "", "", False,
            standing=standing, point=self._point(turn),
        )  # fmt: skip
        outcome = await self._billing.take(bill, coming)
        used = await self._book.paid_order(agent.code, order.bill_id)
        if isinstance(outcome, Payment) or used is not None:
            return await self._told(turn, bill, used or order)  # perhaps another worker was faster with the same
        if isinstance(outcome, Unfit):
            return _unfit(outcome, bill, order.amount_minor)
        if outcome is Denied.UNDER_WAY:
            return _under_way(bill)
        if outcome is Denied.SHORT:
            holdings = await self._book.holdings(agent.code, agent.currency)
            return Told("agent_short", {"total": str(order.amount_minor), "float": str(holdings.float_minor)})
        if outcome is Denied.CAPPED:
            return Told("agent_full")
        now_agent = await self._book.agent(agent.code)
        if now_agent is not None and now_agent.state is not AgentState.ACTIVE:
            return Told("agent_suspended", {"agent": agent.code})
        return _late(order)

    async def _told(self, turn: AgentTurn, bill: Bill, order: Order) -> Told:
        """What an agent hears of a payment, each time the same; that it is over, once it was given back."""
        if bill.state is BillState.REFUNDED:
            return _paid_before(bill)
        return Told(
            "agent_paid",
            {
                "bill": show_bill_code(bill.code), "total": str(order.amount_minor), "receipt": order.receipt,
                "commission": str(bill.price.commission_minor), "float": str(order.float_minor),
            },
        )  # fmt: skip

    async def drop(self, turn: AgentTurn) -> Told:
        await self._book.drop(turn.enrolled.number.id)
        return Told("agent_dropped")

    async def drop_order(self, turn: AgentTurn, order_id: str) -> None:
        """Drop what a page showed, if it is this number's and still waits."""
        await self._book.drop_order(order_id, turn.enrolled.number.id)

    async def float(self, turn: AgentTurn) -> Told:
        holdings = await self._book.holdings(turn.agent.code, turn.agent.currency)
        values = {"float": str(holdings.float_minor), "commission": str(holdings.commission_minor)}
        return Told("agent_float", values)

    async def today(self, turn: AgentTurn) -> Told:
        now, program = self._clock(), turn.edition.program
        since = midnight_of(program.day(now), program.timezone)
        takings = await self._book.takings(turn.agent.code, since, now + timedelta(seconds=1))
        told = {"count": str(takings.count), "total": str(takings.amount_minor)}
        return Told("agent_today", {**told, "commission": str(takings.commission_minor)})

    async def found(self, turn: AgentTurn, code: str) -> Bill | bool:
        """The bill with a code; False: there is none, True: too many were none. Counted before it is looked at."""
        today, who = turn.edition.program.day(self._clock()), turn.agent.way
        if await self._ledger.tally("bill_guess", who, today, 1) > limits.agent_bill_misses_a_day_max:
            return True
        bill = await self._bills.find(code)
        if bill is None:
            return False
        await self._ledger.tally("bill_guess", who, today, -1)
        return bill

    async def stands(self, turn: AgentTurn, bill: Bill) -> BillWord:
        """How a bill stands to this agent."""
        unfit = None if bill.state in SETTLED else await self._billing.judged(bill, bill.price.total_minor)
        if unfit is Unfit.SECOND:  # paid since it was looked up
            bill = await self._bills.bill(bill.id) or bill
        if bill.state is BillState.REFUNDED:
            return BillWord.BACK
        if bill.state in SETTLED:
            return BillWord.HERE if await self._book.paid_order(turn.agent.code, bill.id) else BillWord.PAID
        if unfit is not None:
            return BillWord.OVER
        return BillWord.UNDER_WAY if await self._beside.would_wait(bill) else BillWord.OPEN

    async def _is_own(self, turn: AgentTurn, bill: Bill) -> bool:
        """Whether the citizen's number is one of the agent's, whichever of them the agent uses."""
        theirs = {number.msisdn for number in await self._book.numbers(turn.agent.code)}
        return bill.msisdn in theirs

    async def call_clerks(self, bill: Bill, receipt: str) -> None:
        """An agent wants to give back what was paid long ago; the task is over when clerks have decided it."""
        payload = {"request": bill.request_id, "stage": str(bill.stage), "office": ""}
        task = Job(refund_task_id(receipt, bill.changed_at), LOOK, payload, self._clock())
        await self._outbox.leave([task], "its agent wants to give this payment back; see docs/agents.md", task.due_at)

    def _point(self, turn: AgentTurn) -> str:
        points = self._points(turn.edition) or {}
        return points.get(turn.agent.point, turn.agent.point)


def _same(one: Order, other: Order) -> bool:
    mine, theirs = ((each.bill_id, each.amount_minor, each.channel) for each in (one, other))
    return mine == theirs


def _again(order: Order) -> Order:
    return replace(order, id=f"{order.id}:again")


def _late(order: Order) -> Told:
    """Of a text the code may be wrong as well as old; on a page there was none."""
    return Told("agent_wrong" if order.channel == BY_SMS else "agent_late")


def _paid_before(bill: Bill) -> Told:
    """What a text comes to that brings nothing for a bill which was paid already, and perhaps given back."""
    phrase = "agent_over" if bill.state is BillState.REFUNDED else "agent_settled"
    return Told(phrase, {"bill": show_bill_code(bill.code)})


def _under_way(bill: Bill) -> Told:
    return Told("agent_under_way", {"bill": show_bill_code(bill.code)})


def _unfit(unfit: Unfit, bill: Bill, amount_minor: int) -> Told:
    """Why money that an agent typed does not pay a bill."""
    values = {"bill": show_bill_code(bill.code), "total": str(bill.price.total_minor), "paid": str(amount_minor)}
    return Told(_UNFIT[unfit], values)


def _correlation(keyring: Keyring, order: Order) -> str:
    """An order's own id as a payment has it, so that no order becomes two payments."""
    return str(uuid.UUID(bytes=keyring.hash("agent_payment", order.id), version=4))
