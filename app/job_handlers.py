"""What a worker does for each kind of job, written against the rooms that do it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.agent_intents import CARRY_OUT
from app.agents import Agents
from app.asking import Asking
from app.bill_texts import ENDED
from app.billing import Billing
from app.broadcast import WARN
from app.broadcasts import Warnings
from app.endings import Finished, GivenUp, JobEnding
from app.errands import Errand, ErrandKind
from app.house_services import HOLDER
from app.ledger import FINAL, Requests
from app.messages import ClaimedJob, Job, OutgoingSms, SmsKind, Status
from app.ports import Clock, WalletNotices
from app.pushes import PUSH
from app.pushing import Pushing
from app.questions import ASK
from app.schedules import KIND, Schedules
from app.sending import Sender
from app.sms import Texts
from app.survey import Surveys
from app.tasks import LOOK


@dataclass(frozen=True, slots=True)
class JobHandlers:
    """Raises what the rooms do: `ServiceFailed` and `StoreUnavailable`."""

    requests: Requests
    billing: Billing
    pushing: Pushing
    notices: WalletNotices
    texts: Texts
    sender: Sender
    clock: Clock
    schedules: Schedules
    asking: Asking
    surveys: Surveys
    warnings: Warnings
    agents: Agents

    async def attempt(self, claimed: ClaimedJob) -> JobEnding:
        """One attempt at a job of any kind."""
        handlers: Mapping[str, Callable[[ClaimedJob], Awaitable[JobEnding]]] = {
            "work": self._work,
            "refresh": self._refresh,
            "tell": self._tell,
            "text": self._text,
            "remind": self._remind,
            "follow": self._follow,
            "answer": self._answer,
            KIND: self.schedules.do,
            LOOK: self._looked,
            "bill": self._bill,
            "expire": self._expire,
            "callback": self._callback,
            ASK: self.asking.ask,
            WARN: self.warnings.warn,
            CARRY_OUT: self._carry_out,
            PUSH: self._push,
        }
        return await handlers[claimed.job.kind](claimed)

    async def _work(self, claimed: ClaimedJob) -> JobEnding:
        payload = claimed.job.payload
        return await self.requests.carry_out(
            payload["request"], int(payload["stage"]), claimed.attempt, is_retried=claimed.is_retried
        )

    async def _refresh(self, claimed: ClaimedJob) -> JobEnding:
        payload = claimed.job.payload
        return await self.requests.refresh_and_tell(payload["request"], claimed.job.id, payload["until"])

    async def _tell(self, claimed: ClaimedJob) -> JobEnding:
        payload = claimed.job.payload
        if payload.get("unless") == ENDED and await self._is_ended(payload["request"]):
            return Finished()
        if "bill" in payload:
            payload = await self.billing.said(payload)
        sms = await self.requests.letter(payload["request"], payload["occasion"], payload)
        # A request may be filed by one aggregator and told by another: the first of the table sends.
        kind = SmsKind(payload.get("sms", SmsKind.REQUEST))
        if sms is None:
            return GivenUp("there is no text for this occasion")
        if payload["occasion"] == HOLDER:
            await self.agents.look_at_witness(payload["request"], sms.msisdn)
        ending = await self.sender.send(claimed, sms, kind)
        if payload["occasion"] == "done" and isinstance(ending, Finished):
            return Finished((*ending.jobs, *await self._survey(payload["request"])))
        return ending

    async def _is_ended(self, request_id: str) -> bool:
        request = await self.requests.request(request_id)
        return request is not None and request.status in FINAL

    async def _survey(self, request_id: str) -> tuple[Job, ...]:
        """Whoever was told that a request is done may be asked what that spared them."""
        request = await self.requests.request(request_id)
        if request is None or request.status is not Status.DONE:
            return ()
        kind, now = ErrandKind.ENDED, self.clock()
        errand = Errand(f"{request.id}:{kind.value}", kind, request.service, "", now)
        return self.surveys.draw(errand, request.msisdn, request.language, now)

    async def _remind(self, claimed: ClaimedJob) -> JobEnding:
        payload = claimed.job.payload
        sms = await self.requests.reminder(payload["request"], payload)
        return await self.sender.send(claimed, sms, SmsKind.REMINDER) if sms else Finished()

    async def _follow(self, claimed: ClaimedJob) -> JobEnding:
        payload = claimed.job.payload
        asked_at = datetime.fromisoformat(payload["at"]) if "at" in payload else claimed.job.due_at
        return await self.requests.follow_up(payload["request"], claimed.attempt, asked_at)

    async def _bill(self, claimed: ClaimedJob) -> JobEnding:
        payload = claimed.job.payload
        return await self.billing.issue(payload["request"], int(payload["stage"]))

    async def _expire(self, claimed: ClaimedJob) -> JobEnding:
        return await self.billing.expire(claimed.job.payload["bill"])

    async def _push(self, claimed: ClaimedJob) -> JobEnding:
        return await self.pushing.carry_out(claimed.job.payload, claimed.attempt)

    async def _callback(self, claimed: ClaimedJob) -> JobEnding:
        """Tell a wallet what became of the money; one that does not want to know is a person's matter."""
        payload = claimed.job.payload
        told = await self.billing.told(payload["receipt"])
        if told is None:
            return GivenUp("the payment is not known here")
        payment, bill = told
        await self.notices.put(payload["url"], payment, bill)
        return Finished()

    async def _carry_out(self, claimed: ClaimedJob) -> JobEnding:
        return await self.agents.carry_out(claimed.job)

    async def _text(self, claimed: ClaimedJob) -> JobEnding:
        payload = claimed.job.payload
        kind = SmsKind(payload.get("sms", SmsKind.ANSWER))
        return await self.sender.send(claimed, OutgoingSms(payload["to"], payload["text"]), kind, payload["aggregator"])

    async def _looked(self, claimed: ClaimedJob) -> JobEnding:
        """Somebody has looked at what was left for them, and let go of it."""
        return Finished()

    async def _answer(self, claimed: ClaimedJob) -> JobEnding:
        return await self.texts.answer(claimed.job, is_first=claimed.attempt == 1)
