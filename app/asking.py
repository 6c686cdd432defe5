"""Asks questions by SMS, one at a time of each number, and hears the answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import structlog

from app.editions import Editions
from app.endings import Finished, JobEnding, Later
from app.messages import ClaimedJob, OutgoingSms, SmsKind
from app.ports import Clock, Ledger, Questions
from app.questions import Answer, Turn, next_hour, question_of, read_answer
from app.sending import Sender
from app.values.text import fill

Heard = Callable[[Answer, str], Awaitable[str]]
"""What comes of an answer; gives what is replied in a language. The same one may come again."""
log = structlog.get_logger()


class Asking:
    """Raises `StoreUnavailable`."""

    def __init__(
        self,
        editions: Editions,
        questions: Questions,
        ledger: Ledger,
        sender: Sender,
        clock: Clock,
        heard: Mapping[str, Heard] = MappingProxyType({}),
    ) -> None:
        self._heard = heard
        self._editions = editions
        self._questions = questions
        self._ledger = ledger
        self._sender = sender
        self._clock = clock

    async def ask(self, claimed: ClaimedJob) -> JobEnding:
        """Ask now, at another hour, when what is asked already is over, or not at all."""
        now, question = self._clock(), question_of(claimed.job.id, claimed.job.payload)
        zone = self._editions.current.program.timezone
        if self._sender.is_late(claimed.job):
            return _unasked("of no use any more")
        if (at := next_hour(now.astimezone(zone), question.from_hour, question.to_hour)) is not None:
            return Later("not at this hour", at.astimezone(now.tzinfo))
        if question.purpose and question.purpose not in await self._ledger.agreed(question.msisdn, b"", now):
            return _unasked("not agreed to")
        asked = await self._questions.open(question, now)
        if asked.turn is Turn.WAITS and asked.until is not None:
            return Later("another question is open", asked.until)
        if asked.turn is not Turn.OPENED:
            return _unasked(asked.turn.value)
        return await self._sender.send(claimed, OutgoingSms(question.msisdn, question.text), SmsKind.QUESTION)

    async def hears(self, msisdn: str, text: str, by: str, language: str) -> str | None:
        """What is replied to the answer to what its sender was asked, which is kept then; the first answer stays. None:
        it is no answer.
        """
        said = read_answer(text)
        answer = await self._questions.answer(msisdn, said, by, self._clock()) if said else None
        if answer is None:
            return None
        if (heard := self._heard.get(answer.kind)) is not None:
            return await heard(answer, language)
        return fill(self._editions.current.program.phrases["question_thanks"][language], {})

    async def object(self, msisdn: str) -> None:
        await self._questions.object(msisdn, self._clock())


def _unasked(reason: str) -> JobEnding:
    log.info("question_not_asked", reason=reason)
    return Finished()
