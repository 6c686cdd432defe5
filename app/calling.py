"""Calls back: asks some whose payment an agent has confirmed whether they paid, and hears what they say."""

from __future__ import annotations

from datetime import datetime, timedelta

from app import limits
from app.agent_phrases import say
from app.books import agent_of
from app.call_back import KIND, NO, YES, denial, question_id
from app.editions import Editions
from app.engine.program import Program
from app.keys import Keyring
from app.lookout import monday_of, raised_of
from app.messages import Job
from app.ports import AgentBook, Bills, Clock, Ledger, Outbox, Watch
from app.questions import Answer, Question, question_job

PHRASE = "callback_question"


class CallBacks:
    """One in `one_in` payments is asked about (0: none), drawn by a keyed hash of its receipt: whoever draws again
    draws the same, and no agent can know it. Raises `StoreUnavailable`.
    """

    def __init__(
        self,
        watch: Watch,
        book: AgentBook,
        bills: Bills,
        ledger: Ledger,
        outbox: Outbox,
        editions: Editions,
        keyring: Keyring,
        one_in: int,
        clock: Clock,
    ) -> None:
        self._watch = watch
        self._book = book
        self._bills = bills
        self._ledger = ledger
        self._outbox = outbox
        self._editions = editions
        self._keyring = keyring
        self._one_in = one_in
        self._clock = clock
        self._seen: tuple[datetime, str] | None = None

    async def draw(self, now: datetime) -> bool:
        """Put up questions about payments that were made a while ago; True: there may be more."""
        program = self._editions.current.program
        if not self._one_in or not program.agent_words or PHRASE not in program.phrases:
            return False
        until = now - timedelta(seconds=limits.call_back_after_seconds)
        since = now - timedelta(seconds=limits.call_back_within_seconds)
        after = self._seen if self._seen is not None and self._seen[0] > since else (since, "")
        paid = await self._watch.paid(after, until, limits.call_backs_max)
        for receipt, agent, _ in paid:
            if self._is_drawn(receipt) and (job := await self._job(program, receipt, agent, now)) is not None:
                await self._outbox.add([job])
        if paid:
            receipt, _, at = paid[-1]
            self._seen = at, receipt
        return len(paid) == limits.call_backs_max

    async def heard(self, answer: Answer, language: str) -> str:
        """What is replied to an answer. A no calls a person at once; to hear it again calls nobody again."""
        program = self._editions.current.program
        if answer.said != NO:
            return say(program, "callback_yes", language)
        receipt, now = answer.about, self._clock()
        payment = await self._bills.payment(receipt)
        agent = await self._book.agent(agent_of(payment.wallet)) if payment else None
        if payment is not None and agent is not None:
            raised = raised_of(denial(receipt, agent.code, agent.point), now)
            await self._watch.raise_alerts([raised], monday_of(program.day(payment.at)))
        return say(program, "callback_no", language, receipt=receipt)

    def _is_drawn(self, receipt: str) -> bool:
        return int.from_bytes(self._keyring.hash(KIND, receipt), "big") % self._one_in == 0

    async def _job(self, program: Program, receipt: str, agent: str, now: datetime) -> Job | None:
        """None: nobody knows any more who paid."""
        payment, enrolled = await self._bills.payment(receipt), await self._book.agent(agent)
        bill = await self._bills.bill(payment.bill_id) if payment else None
        if payment is None or bill is None or enrolled is None or not bill.msisdn:
            return None
        language = program.language_or_base(await self._ledger.language(bill.msisdn))
        question = Question(
            question_id(receipt),
            KIND,
            bill.msisdn,
            say(program, PHRASE, language, total=str(payment.amount_minor), point=enrolled.point),
            about=receipt,
            allowed=(YES, NO),
            apart_days=limits.call_back_apart_days,
            from_hour=limits.call_back_from_hour,
            to_hour=limits.call_back_to_hour,
        )
        return question_job(question, now)
