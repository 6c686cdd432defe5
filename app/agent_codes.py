"""The one-time codes by which agents confirm an order that they made by text, and how many of them may be tried.

A code is counted before it is looked at, and kept nowhere: the order's id and the keyring make it.
"""

from __future__ import annotations

import hmac
from datetime import datetime

from app import limits
from app.agency import Order
from app.agent_turns import EVERYBODY, AgentTurn, guesses, guesses_of_all
from app.agent_words import CODE_DIGITS
from app.keys import Keyring
from app.messages import Job, Most
from app.ports import Checks, Outbox
from app.tasks import LOOK

ALL = guesses_of_all("code")
ALL_DAY = Most("agent-code", EVERYBODY, limits.code_day_seconds, limits.agent_guesses_looked_max)
"""Past this nobody is blocked, or whoever fakes numbers could stop all payments for a day."""


class OrderCodes:
    """Raises `StoreUnavailable`."""

    def __init__(self, checks: Checks, outbox: Outbox, keyring: Keyring) -> None:
        self._checks = checks
        self._outbox = outbox
        self._keyring = keyring

    def of(self, order: Order) -> str:
        """The code of an order, which nobody knows without the keyring."""
        drawn = int.from_bytes(self._keyring.hash("agent_code", order.id), "big")
        return f"{drawn % 10**CODE_DIGITS:0{CODE_DIGITS}}"

    async def counted(self, turn: AgentTurn, order: Order, now: datetime) -> bool:
        """Whether one more code may be tried. If all agents together try too many, a person looks; nobody's own tries
        are used up by then, for nothing was compared.
        """
        own = _own_bounds(turn, order)
        if not await self._checks.count(own, now):
            return False
        is_blocked = not await self._checks.count((ALL,), now)
        if is_blocked:
            await self._checks.give_back(own, now)
        if is_blocked or not await self._checks.count((ALL_DAY,), now):
            await self._call_about_guesses(turn, now)
        return not is_blocked

    async def is_right(self, turn: AgentTurn, order: Order, code: str, now: datetime) -> bool:
        """Whether it is this order's; a right one counts for nobody."""
        if not hmac.compare_digest(code.encode(), self.of(order).encode()):
            return False
        await self._checks.give_back((*_own_bounds(turn, order), ALL, ALL_DAY), now)
        return True

    async def _call_about_guesses(self, turn: AgentTurn, now: datetime) -> None:
        task = Job(f"agent-codes:{turn.edition.program.day(now).isoformat()}", LOOK, {}, now)
        await self._outbox.leave(
            [task], "too many wrong codes of agents: somebody is guessing; see docs/agents.md", now
        )


def _own_bounds(turn: AgentTurn, order: Order) -> tuple[Most, ...]:
    seconds, most = limits.code_day_seconds, limits.agent_guesses_order_max
    one = Most("agent-code", f"order {order.id}", seconds, most, order.made_at)
    return (one, *guesses("code", turn.enrolled.number.msisdn, limits.agent_codes_day_max))
