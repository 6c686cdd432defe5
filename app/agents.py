"""What agents text: a bill that they take money for, the code that confirms it, and what they want to know.

No money moves on a number alone. A code is bound to one order (bill, amount, agent, number), is good for five minutes
and once, and every code is counted before it is looked at. It is kept nowhere: the order's id and the keyring make it.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import phonenumbers

from app import limits
from app.agency import (
    Agent,
    AgentState,
    Barred,
    Enrolled,
    Order,
    OrderState,
    Standing,
    barred,
    midnight_of,
    month_before,
    month_of,
    usable_from,
)
from app.agent_phrases import say
from app.agent_words import CODE_DIGITS, Said, Wish, read_said
from app.audit import AuditEntry
from app.bill_code import show_bill_code
from app.billing import Billing, Coming, Denied
from app.editions import Edition, Editions
from app.engine.program import Program
from app.keys import Keyring
from app.messages import Job, Most, Priority, SmsKind
from app.payments import Bill, BillState, Payment, Refund, Unfit, from_minor, refund_asked
from app.ports import AgentBook, Bills, Checks, Clock, Ledger, Outbox
from app.tasks import LOOK

Points = Callable[[Edition], Mapping[str, str] | None]
"""The service points of a version of the menus, by id with their names; None: it says nothing of them."""
EVERYBODY = "everybody"
_UNFIT = {
    Unfit.SECOND: "agent_settled",
    Unfit.LATE: "agent_over",
    Unfit.CLOSED: "agent_over",
    Unfit.UNDER: "agent_amount",
    Unfit.OVER: "agent_amount",
}


class Agents:
    """Answers what enrolled agents text. Doing the same job again gives the first answer, and moves nothing again.

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
        editions: Editions,
        points: Points,
        keyring: Keyring,
        clock: Clock,
    ) -> None:
        self._book = book
        self._billing = billing
        self._bills = bills
        self._ledger = ledger
        self._checks = checks
        self._outbox = outbox
        self._editions = editions
        self._points = points
        self._keyring = keyring
        self._clock = clock

    async def enrolled(self, program: Program, sender: str) -> Enrolled | None:
        """Whose number sent a text, if these menus have agents."""
        return await self._book.enrolled(sender) if program.agent_words else None

    async def answer(self, edition: Edition, enrolled: Enrolled, job: Job, language: str) -> str | None:
        """What is answered to a text; None: it is none of an agent, or of one who may not say such things yet."""
        program = edition.program
        said = read_said(job.payload["text"], program.agent_words, program.currency)
        if said is None:
            return None
        turn = _Turn(edition, enrolled, job, language)
        is_new = enrolled.number.active_at is None
        if said.wish is Wish.ACTIVATE and said.clear and is_new:
            return await self._activate(turn, said.code)
        if is_new:
            return None
        if not said.clear or said.wish in (Wish.HELP, Wish.ACTIVATE):
            return turn.say("agent_help")
        if said.wish is Wish.LANGUAGE:
            return await self._speak(turn, said.code)
        if said.wish is Wish.FLOAT:
            return await self._float(turn)
        if said.wish is Wish.TODAY:
            return await self._today(turn)
        return self._kept_from(turn) or await self._money(turn, said)

    async def tell_months(self, now: datetime) -> bool:
        """Text active agents what they took in the month that is over; True: there are more. Each is told once."""
        edition = self._editions.current
        program = edition.program
        if not program.agent_words:
            return False
        month = month_before(program.day(now))
        agents = await self._book.unstated(month, limits.agents_stated_max)
        for agent in agents:
            await self._book.state_month(agent, month, await self._statement(program, agent, month, now))
        return len(agents) == limits.agents_stated_max

    async def _statement(self, program: Program, agent: Agent, month: str, now: datetime) -> tuple[Job, ...]:
        since, until = month_of(month, program.timezone)
        numbers = [one.msisdn for one in await self._book.numbers(agent.code) if one.active_at]
        takings = await self._book.takings(agent.code, since, until)
        if not numbers or not takings.count:
            return ()
        holdings = await self._book.holdings(agent.code, agent.currency)
        language = program.language_or_base(await self._ledger.language(numbers[-1]))
        text = say(
            program, "agent_month", language, month=month, count=str(takings.count), total=str(takings.amount_minor),
            commission=str(takings.commission_minor), float=str(holdings.float_minor),
        )  # fmt: skip
        payload = {"aggregator": "", "to": numbers[-1], "text": text, "sms": SmsKind.AGENT.value}
        return (Job(f"agent-month:{agent.code}:{month}", "text", payload, now, Priority.LOW),)

    def _kept_from(self, turn: _Turn) -> str | None:
        """What an agent hears who may not move money now."""
        reason = barred(turn.enrolled, self._clock())
        if reason is Barred.COOLING:
            return turn.say("agent_waits", until=turn.moment(turn.enrolled.number.usable_at))
        return turn.say("agent_suspended", agent=turn.agent.code) if reason else None

    async def _money(self, turn: _Turn, said: Said) -> str:
        if said.wish is Wish.PAY:
            return await self._pay(turn, said)
        if said.wish is Wish.CONFIRM:
            return await self._confirm(turn, said.code)
        if said.wish is Wish.CANCEL:
            return await self._cancel(turn, said.code)
        await self._book.drop(turn.enrolled.number.id)
        return turn.say("agent_dropped")

    async def _pay(self, turn: _Turn, said: Said) -> str:
        """Ask for the code, if money of this amount would pay the bill now; nothing moves yet."""
        bill = await self._found(turn, said.code)
        if not isinstance(bill, Bill):
            return turn.say("agent_blocked" if bill else "agent_unknown")
        paid = await self._book.paid_order(turn.agent.code, bill.id)
        if paid is not None:
            return await self._told(turn, bill, paid)
        if await self._is_own(turn, bill):
            return turn.say("agent_own")
        unfit = await self._billing.judged(bill, said.amount_minor)
        if unfit is not None:
            await self._book.drop(turn.enrolled.number.id)  # whoever asks for another amount does not mean the first
            return turn.unfit(unfit, bill, said.amount_minor)
        holdings = await self._book.holdings(turn.agent.code, turn.agent.currency)
        if holdings.float_minor < said.amount_minor:
            return turn.say("agent_short", total=str(said.amount_minor), float=str(holdings.float_minor))
        order = await self._ordered(turn, bill, said.amount_minor)
        code, shown = self._code(order.id), show_bill_code(bill.code)
        return turn.say(
            "agent_confirm", bill=shown, total=str(order.amount_minor), citizen=masked(bill.msisdn), code=code
        )

    async def _ordered(self, turn: _Turn, bill: Bill, amount_minor: int) -> Order:
        """The order of this text; or the one that waits for the same bill and amount, whose code is said again."""
        now, number = self._clock(), turn.enrolled.number
        last = await self._book.newest_order(number.id)
        is_open = last is not None and last.state is OrderState.OPEN and now < last.until
        if last is not None and is_open and (last.bill_id, last.amount_minor) == (bill.id, amount_minor):
            return last
        id = turn.job.id
        if last is not None and last.id != id and self._code(last.id) == self._code(id):
            id = f"{id}:again"  # an old code must not be the new one's by chance
        until = now + timedelta(seconds=limits.agent_order_seconds)
        return await self._book.place(Order(id, turn.agent.code, number.id, bill.id, amount_minor, now, until))

    async def _confirm(self, turn: _Turn, code: str) -> str:
        """Pay, if this is the code of the number's newest order. It is counted before it is looked at."""
        order = await self._book.newest_order(turn.enrolled.number.id)
        if order is None:
            return turn.say("agent_wrong")
        if not await self._counted(turn, order):
            return turn.say("agent_blocked")
        if not hmac.compare_digest(code.encode(), self._code(order.id).encode()):
            return turn.say("agent_wrong")
        await self._checks.give_back((*_own_bounds(turn, order), _ALL), self._clock())
        bill = await self._bills.bill(order.bill_id)
        assert bill is not None, "an order is of a bill"
        if order.state is OrderState.USED:
            return await self._told(turn, bill, order)
        if order.state is OrderState.DROPPED or self._clock() >= order.until:
            return turn.say("agent_wrong")
        if await self._is_own(turn, bill):
            return turn.say("agent_own")
        return await self._take(turn, bill, order)

    async def _take(self, turn: _Turn, bill: Bill, order: Order) -> str:
        agent, program = turn.agent, turn.edition.program
        since = midnight_of(program.day(self._clock()), program.timezone)
        standing = Standing(order.id, order.number_id, agent.code, agent.caps, since)
        amount = from_minor(order.amount_minor, bill.price.minor_digits)
        coming = Coming(
            agent.way, _correlation(self._keyring, order), amount, bill.price.currency, "", "", False,
            standing=standing, point=self._point(turn),
        )  # fmt: skip
        outcome = await self._billing.take(bill, coming)
        if isinstance(outcome, Payment):
            return await self._told(turn, bill, await self._used(turn, order) or order)
        if (used := await self._used(turn, order)) is not None:
            return await self._told(turn, bill, used)  # another worker was faster with the same text
        if isinstance(outcome, Unfit):
            return turn.unfit(outcome, bill, order.amount_minor)
        if outcome is Denied.SHORT:
            holdings = await self._book.holdings(agent.code, agent.currency)
            return turn.say("agent_short", total=str(order.amount_minor), float=str(holdings.float_minor))
        if outcome is Denied.CAPPED:
            return turn.say("agent_full")
        now_agent = await self._book.agent(agent.code)
        if now_agent is not None and now_agent.state is not AgentState.ACTIVE:
            return turn.say("agent_suspended", agent=agent.code)
        return turn.say("agent_wrong")

    async def _used(self, turn: _Turn, order: Order) -> Order | None:
        return await self._book.paid_order(turn.agent.code, order.bill_id)

    async def _told(self, turn: _Turn, bill: Bill, order: Order) -> str:
        """What an agent hears of a payment, each time the same; that it is over, once it was given back."""
        if bill.state is BillState.REFUNDED:
            return turn.say("agent_over", bill=show_bill_code(bill.code))
        return turn.say(
            "agent_paid", bill=show_bill_code(bill.code), total=str(order.amount_minor), receipt=order.receipt,
            commission=str(bill.price.commission_minor), float=str(order.float_minor),
        )  # fmt: skip

    async def _cancel(self, turn: _Turn, code: str) -> str:
        """Drop what waits to be confirmed, or give back at once what was paid; later two clerks decide."""
        found = await self._found(turn, code)
        if not isinstance(found, Bill):
            return turn.say("agent_blocked" if found else "agent_unknown")
        order = await self._book.paid_order(turn.agent.code, found.id)
        if order is None and await self._book.drop(turn.enrolled.number.id, found.id):
            return turn.say("agent_dropped")
        order = order or await self._book.paid_order(turn.agent.code, found.id)  # paid just now, by the same number
        payment = await self._bills.payment(order.receipt) if order else None
        bill = await self._bills.bill(found.id)  # as it is by now, or what was paid meanwhile could not be taken back
        if payment is None or bill is None:
            return turn.say("agent_unknown")
        at_once = self._clock() - payment.at <= timedelta(seconds=limits.agent_cancel_seconds)
        if payment.refund is Refund.NONE and at_once and await self._billing.take_back(bill, payment, turn.agent.way):
            return await self._back(turn, bill, payment)
        payment = await self._bills.payment(payment.receipt) or payment
        if payment.refund is Refund.DONE:
            return await self._back(turn, bill, payment)
        if payment.refund is Refund.NONE:
            await self._ask_refund(turn, bill.id, payment)
        return turn.say("agent_asked", bill=show_bill_code(bill.code))

    async def _ask_refund(self, turn: _Turn, bill_id: str, payment: Payment) -> None:
        bill = await self._bills.bill(bill_id)
        assert bill is not None, "it was found before"
        way, told = turn.agent.way, {"bill": bill.id, "receipt": payment.receipt}
        entry = AuditEntry(self._clock(), way, "ask-refund", bill.request_id, "cancelled by its agent", told)
        await self._bills.change_refund(payment, refund_asked(payment, way), bill, None, (), entry)

    async def _back(self, turn: _Turn, bill: Bill, payment: Payment) -> str:
        holdings = await self._book.holdings(turn.agent.code, turn.agent.currency)
        return turn.say(
            "agent_back", bill=show_bill_code(bill.code), total=str(payment.amount_minor),
            float=str(holdings.float_minor),
        )  # fmt: skip

    async def _activate(self, turn: _Turn, code: str) -> str | None:
        """A wrong code is answered as by a number that nobody knows: whoever texts it may be anybody."""
        now, number = self._clock(), turn.enrolled.number
        bounds = (*_each("activation", number.msisdn), _EVERYBODY["activation"])
        if not await self._checks.count(bounds, now):
            return None
        usable_at = usable_from(now)
        if not await self._book.activate(number, code, now, usable_at):
            return None
        await self._checks.give_back(bounds, now)
        return turn.say("agent_enrolled", agent=turn.agent.code, until=turn.moment(usable_at))

    async def _speak(self, turn: _Turn, language: str) -> str:
        if language in turn.edition.program.languages:
            await self._ledger.remember_language(turn.enrolled.number.msisdn, language, self._clock())
            return say(turn.edition.program, "agent_help", language)
        return turn.say("agent_help")

    async def _float(self, turn: _Turn) -> str:
        holdings = await self._book.holdings(turn.agent.code, turn.agent.currency)
        return turn.say("agent_float", float=str(holdings.float_minor), commission=str(holdings.commission_minor))

    async def _today(self, turn: _Turn) -> str:
        now, program = self._clock(), turn.edition.program
        since = midnight_of(program.day(now), program.timezone)
        takings = await self._book.takings(turn.agent.code, since, now + timedelta(seconds=1))
        return turn.say(
            "agent_today", count=str(takings.count), total=str(takings.amount_minor),
            commission=str(takings.commission_minor),
        )  # fmt: skip

    async def _found(self, turn: _Turn, code: str) -> Bill | bool:
        """The bill with a code; False: there is none, True: too many were none. Counted before it is looked at."""
        today, who = turn.edition.program.day(self._clock()), turn.agent.way
        if await self._ledger.tally("bill_guess", who, today, 1) > limits.agent_bill_misses_a_day_max:
            return True
        bill = await self._bills.find(code)
        if bill is None:
            return False
        await self._ledger.tally("bill_guess", who, today, -1)
        return bill

    async def _is_own(self, turn: _Turn, bill: Bill) -> bool:
        """Whether the citizen's number is one of the agent's, whichever of them the text came from."""
        theirs = {number.msisdn for number in await self._book.numbers(turn.agent.code)}
        return bill.msisdn in theirs

    async def _counted(self, turn: _Turn, order: Order) -> bool:
        """Whether one more code may be tried. If all agents together try too many, a person looks."""
        now = self._clock()
        if not await self._checks.count(_own_bounds(turn, order), now):
            return False
        if await self._checks.count((_ALL,), now):
            return True
        task = Job(f"agent-codes:{turn.edition.program.day(now).isoformat()}", LOOK, {}, now)
        await self._outbox.leave(
            [task], "too many wrong codes of agents: somebody is guessing; see docs/agents.md", now
        )
        return False

    def _code(self, order_id: str) -> str:
        """The code of an order, which nobody knows without the keyring."""
        drawn = int.from_bytes(self._keyring.hash("agent_code", order_id), "big")
        return f"{drawn % 10**CODE_DIGITS:0{CODE_DIGITS}}"

    def _point(self, turn: _Turn) -> str:
        points = self._points(turn.edition) or {}
        return points.get(turn.agent.point, turn.agent.point)


class _Turn:
    """One text of an agent, and how it is answered."""

    def __init__(self, edition: Edition, enrolled: Enrolled, job: Job, language: str) -> None:
        self.edition = edition
        self.enrolled = enrolled
        self.job = job
        self._language = language

    @property
    def agent(self) -> Agent:
        return self.enrolled.agent

    def say(self, phrase: str, **values: str) -> str:
        return say(self.edition.program, phrase, self._language, **values)

    def unfit(self, unfit: Unfit, bill: Bill, amount_minor: int) -> str:
        """Why money that an agent typed does not pay a bill."""
        values = {"bill": show_bill_code(bill.code), "total": str(bill.price.total_minor), "paid": str(amount_minor)}
        return self.say(_UNFIT[unfit], **values)

    def moment(self, at: datetime | None) -> str:
        """Day and time in the country."""
        assert at is not None, "a number that was activated is usable some time"
        program = self.edition.program
        local = at.astimezone(program.timezone)
        return f"{program.formats[self._language].day(local.date())} {local:%H:%M}"


def masked(msisdn: str) -> str:
    """A citizen's number as an agent sees it: `5xxxx456`; empty of a citizen who was forgotten."""
    try:
        national = str(phonenumbers.parse(msisdn).national_number)
    except phonenumbers.NumberParseException:
        return ""
    return f"{national[0]}{'x' * (len(national) - 4)}{national[-3:]}"


def _correlation(keyring: Keyring, order: Order) -> str:
    """An order's own id as a payment has it, so that no order becomes two payments."""
    return str(uuid.UUID(bytes=keyring.hash("agent_payment", order.id), version=4))


def _each(what: str, msisdn: str) -> tuple[Most, ...]:
    return (
        Most(f"agent-{what}", f"number {msisdn}", limits.code_window_seconds, limits.agent_guesses_window_max),
        Most(f"agent-{what}", f"number {msisdn}", limits.code_day_seconds, limits.agent_guesses_day_max),
    )


def _own_bounds(turn: _Turn, order: Order) -> tuple[Most, ...]:
    one = Most("agent-code", f"order {order.id}", limits.code_day_seconds, limits.agent_guesses_order_max)
    return (one, *_each("code", turn.enrolled.number.msisdn))


_EVERYBODY = {
    what: Most(f"agent-{what}", EVERYBODY, limits.code_window_seconds, limits.agent_guesses_all_max)
    for what in ("code", "activation")
}
_ALL = _EVERYBODY["code"]
