"""What an agent does at the counter from a menu: the same as by text, with the words for it that menus have.

No money moves while a page is waited for: what is confirmed is written down, and a worker carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.agent_intents import AgentIntents
from app.agent_money import AgentMoney
from app.agent_reasons import Unserved
from app.agent_turns import AgentTurn, Told, masked
from app.attesting import UNREAD, Attesting
from app.bill_code import read_bill_code, show_bill_code
from app.catalogue import Service
from app.editions import Edition
from app.filing import Asker
from app.house_services import AgentStep
from app.messages import Answered, Outcome, Refused
from app.payments import Bill
from app.ports import AgentBook, Clock

_REASONS: Mapping[str, Unserved] = {
    "agent_waits": Unserved.BARRED,
    "agent_suspended": Unserved.BARRED,
    "agent_unknown": Unserved.UNKNOWN,
    "agent_blocked": Unserved.BLOCKED,
    "agent_own": Unserved.OWN,
    "agent_elsewhere": Unserved.ELSEWHERE,
    "agent_settled": Unserved.SETTLED,
    "agent_paid": Unserved.SETTLED,
    "agent_over": Unserved.OVER,
    "agent_under_way": Unserved.UNDER_WAY,
    "agent_amount": Unserved.AMOUNT,
    "agent_short": Unserved.SHORT,
    "agent_late": Unserved.LAPSED,
    "agent_tried": Unserved.BLOCKED,
    UNREAD.phrase: Unserved.UNREAD,
}


class AgentMenu:
    """Answers the steps of menus. Raises `StoreUnavailable`, and `ServiceFailed` for menus that cannot be used."""

    def __init__(
        self, book: AgentBook, money: AgentMoney, intents: AgentIntents, attesting: Attesting, clock: Clock
    ) -> None:
        self._book = book
        self._money = money
        self._intents = intents
        self._attesting = attesting
        self._clock = clock

    async def call(self, edition: Edition, service: Service, arguments: Mapping[str, str], asker: Asker) -> Outcome:
        """One step; whoever is no agent, or acts for a citizen, is answered as one who may not."""
        turn = await self._turn(edition, asker)
        if turn is None or asker.mandate is not None:
            return Answered() if service.step is AgentStep.DROP else Refused(Unserved.BARRED)
        if service.attests is not None:
            filed = await self._attesting.file(turn, service, arguments, asker)
            return _refused(filed) if isinstance(filed, Told) else Answered({"reference": filed.reference})
        if service.step is not AgentStep.DROP and (told := turn.kept_from(self._clock())) is not None:
            return _refused(told)
        if service.step in (AgentStep.FLOAT, AgentStep.TODAY):
            is_float = service.step is AgentStep.FLOAT
            told = await (self._money.float(turn) if is_float else self._money.today(turn))
            return Answered(told.values)
        if service.step in (AgentStep.CONFIRM, AgentStep.DROP):
            return await self._settle(turn, arguments["order"], is_yes=service.step is AgentStep.CONFIRM)
        return await self._with_bill(turn, service.step, arguments)

    async def intended(self, effect: str) -> str | None:
        """The version of the menus in which a step intended something before; None: it has not."""
        intent = await self._book.intended(effect)
        return intent.version if intent else None

    async def _turn(self, edition: Edition, asker: Asker) -> AgentTurn | None:
        enrolled = await self._book.enrolled(asker.msisdn)
        if enrolled is None or enrolled.number.active_at is None:
            return None
        return AgentTurn(edition, enrolled, asker.effect, asker.language, asker.channel)

    async def _settle(self, turn: AgentTurn, order_id: str, *, is_yes: bool) -> Outcome:
        if not is_yes:
            await self._money.drop_order(turn, order_id)
            return Answered()
        told = await self._intents.intend_pay(turn, order_id)
        return _refused(told) if told else Answered()

    async def _with_bill(self, turn: AgentTurn, step: object, arguments: Mapping[str, str]) -> Outcome:
        code = read_bill_code(arguments["bill"])
        if code is None:
            return Refused(Unserved.UNKNOWN)  # nobody guesses with what can be none: it is not counted
        if step is AgentStep.CANCEL:
            told = await self._intents.intend_cancel(turn, code)
            return Refused(Unserved.UNKNOWN) if told else Answered()  # the page before it said all else
        if step is AgentStep.BILL:
            found = await self._money.found(turn, code)
            if not isinstance(found, Bill):
                return Refused(Unserved.BLOCKED if found else Unserved.UNKNOWN)
            word = await self._money.stands(turn, found)
            total = str(found.price.total_minor)
            return Answered({"bill": show_bill_code(found.code), "total": total, "state": word.value})
        ordered = await self._money.order(turn, code, int(arguments["amount"]))
        if isinstance(ordered, Told):
            return _refused(ordered)
        bill, order = ordered
        shown = {"bill": show_bill_code(bill.code), "total": str(order.amount_minor), "citizen": masked(bill.msisdn)}
        return Answered({"order": order.id, **shown})


def _refused(told: Told) -> Refused:
    return Refused(_REASONS[told.phrase])
