"""Complaints: which agent, point or payment the words of one name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app import limits
from app.agency import CODE
from app.bill_code import read_bill_code
from app.books import agent_of
from app.catalogue import OfficeEntry
from app.manual import ATTACHES
from app.ports import AgentBook, Bills, Ledger
from app.reference import read_reference
from app.tasks import Named

AGENT, POINT, OFFICE = "agent", "point", "office"
_MARKS = ".,;:()"


class Complaints:
    """Reads what a citizen says of an agent. Raises `StoreUnavailable`."""

    def __init__(self, book: AgentBook, bills: Bills, ledger: Ledger) -> None:
        self._book = book
        self._bills = bills
        self._ledger = ledger

    async def named(
        self, entry: OfficeEntry, operation: str, arguments: Mapping[str, str], request_id: str
    ) -> Named | None:
        """Whom what an office was asked to do complains of: by a receipt of the citizen's own, else by the name that
        they give; None: of nobody that is known here, or the operation attaches nothing.
        """
        looked_in = entry.operations[operation].get(ATTACHES)
        names = looked_in if isinstance(looked_in, list) else ()
        texts = [arguments[name] for name in names if arguments.get(name)]
        request = await self._ledger.request(request_id) if texts else None
        if request is None:
            return None
        return await self._by_payment(texts, request.msisdn) or await self._by_name(texts, arguments.values())

    async def _by_payment(self, texts: Sequence[str], msisdn: str) -> Named | None:
        """A stranger's receipt names nobody: whoever finds one must not blacken an agent by it."""
        for code in codes_in(texts) if msisdn else ():
            _, payment = await self._bills.own(msisdn, code) or (None, None)
            agent = await self._book.agent(agent_of(payment.wallet)) if payment else None
            if payment is not None and agent is not None:
                return Named(agent.code, agent.point, payment.receipt)
        return None

    async def _by_name(self, texts: Sequence[str], values: Iterable[str]) -> Named | None:
        """What else is said may be `agent`, `point` or `office`, and then tells which of them is meant."""
        about = {AGENT, POINT, OFFICE} & set(values) or {AGENT, POINT}
        for word in _first_words(texts):
            agent = await self._book.agent(word) if AGENT in about and CODE.fullmatch(word) else None
            if agent is not None:
                return Named(agent.code, agent.point)
            theirs = await self._book.at_point(word) if POINT in about else ()
            if theirs:
                return Named(theirs[0].code if len(theirs) == 1 else "", word)
        return None


def codes_in(texts: Sequence[str]) -> Sequence[str]:
    """What may be a receipt, a bill or a reference among some words."""
    words = [word for text in texts for word in (text, *text.split())][: limits.attached_words_max]
    found = (read_reference(word) or read_bill_code(word) for word in (word.strip(_MARKS) for word in words))
    return list(dict.fromkeys(code for code in found if code))


def _first_words(texts: Sequence[str]) -> Sequence[str]:
    """Those at the beginning: further on `50` is an amount and no agent."""
    words = [word.strip(_MARKS) for text in texts for word in text.split()[: limits.complaint_words_max]]
    return list(dict.fromkeys(spelled for word in words for spelled in (word.upper(), word) if spelled))
