"""Billing: how a bill is made, paid in whatever way, and ends; what its citizen and its payer are told."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from app import limits
from app.agency import Standing
from app.audit import AuditEntry, stamp
from app.bill_code import new_bill_code, show_bill_code
from app.bill_texts import PAYERS, is_payers, tell, tell_end, tell_paid, to_citizen
from app.books import Posting, agent_of
from app.cases import Case
from app.catalogue import Service, price_of
from app.editions import Edition
from app.endings import Again, Finished, GivenUp, JobEnding
from app.errors import DeskRefused
from app.filing import Asker
from app.house_services import Show
from app.ledger import FINAL, Requests
from app.messages import Answered, Change, Job, Request, Status
from app.payments import (
    BILL_ARROWS,
    SETTLED,
    UNDER_WAY,
    Bill,
    BillState,
    Payment,
    Refund,
    Unfit,
    application_of,
    back_minor,
    check_appliable,
    judge,
    posting_of,
    refund_of,
    to_minor,
)
from app.ports import Bills, Clock, Ledger, RandomBytes, Shift, Taken, Undoing
from app.proposals import Proposal
from app.pushes import PUSHED, Push, push_job
from app.reference import new_reference
from app.tasks import LOOK
from app.values.text import fill

MONEY_BACK = "its money was given back, and its office may have begun: ask there before anybody goes on with it"
NOT_PAID = "not_paid"
"""The reason of a request whose bill expired, or whose money was given back; a pack may have a word for it."""


@dataclass(frozen=True, slots=True)
class Coming:
    """Money that a wallet says it has for a bill, or would take for it: a decimal amount; `id` is its own (a UUID).

    `keeps`: it has the money already, so what does not fit is kept in suspense; else it is refused and nothing happens.
    `wallet` is `agent:014` of an agent; `standing` is what must hold of one, and `point` where, as the citizen is told.
    `begun_at` is when the payer said yes to a push, or paid in the wallet's own menu: no bill expires before it is told
    of the first, nor for some hours of the second. `is_told`: it is what the wallet says, and if that alone makes the
    money fit, the audit log says who told so. `is_named`: `their_reference` is the wallet's own id of this money, as a
    push hears it and a statement has it; the same for the same bill is the same money.
    """

    wallet: str
    id: str
    amount: str
    currency: str
    payer: str
    their_reference: str
    keeps: bool
    callback: str = ""
    standing: Standing | None = None
    point: str = ""
    begun_at: datetime | None = None
    is_told: bool = False
    is_named: bool = False


class Denied(StrEnum):
    """Why money was not taken, besides what `Unfit` says."""

    KNOWN = "known"  # the wallet told of it before
    CURRENCY = "currency"
    AMOUNT = "amount"  # nothing, or no amount of this currency
    BARRED = "barred"  # the agent may not pay, or this is not waiting to be confirmed
    CAPPED = "capped"  # the agent's day is full
    SHORT = "short"  # the float does not hold so much
    UNDER_WAY = "under_way"  # of money that is still the payer's: a wallet is being asked for the bill


_DENIED = {
    Taken.KNOWN: Denied.KNOWN, Taken.BARRED: Denied.BARRED, Taken.CAPPED: Denied.CAPPED, Taken.SHORT: Denied.SHORT
}  # fmt: skip


class Billing:
    """The rules of bills over the ledger's rows. Raises `ServiceFailed` while a request's menus cannot be used."""

    def __init__(
        self, requests: Requests, ledger: Ledger, bills: Bills, clock: Clock, random_bytes: RandomBytes
    ) -> None:
        self._requests = requests
        self._ledger = ledger
        self._bills = bills
        self._clock = clock
        self._random_bytes = random_bytes

    async def issue(self, request_id: str, stage: int) -> JobEnding:
        """Make the bill of a stage that waits for money, and text its code; one that was made before is left alone."""
        case = await self._case(request_id)
        if case is None:
            return GivenUp("the request or its service is not known here")
        if case.request.stage != stage or case.request.status in FINAL:
            return Finished()
        if await self._made(case) is None:
            return GivenUp("the amount is none that these menus let in, so no bill is made over it")
        return Finished()

    async def _made(self, case: Case) -> Bill | None:
        """The bill of the stage at which a case stands, made now if it was not before; None: it cannot be priced."""
        now, request, stage = self._clock(), case.request, case.request.stage
        price = price_of(case.service, case.edition.program.currency, request.answers)
        if price is None:
            return None
        # Citizens are told a day, so all of it counts.
        expires_at = case.edition.program.end_of_day(now + timedelta(hours=case.service.work[stage].pay_hours))
        bill = Bill(
            f"{request.id}:{stage}", new_bill_code(self._random_bytes), request.id, stage, request.service,
            request.msisdn, price, BillState.CREATED, now, expires_at, now,
        )  # fmt: skip
        expiring = Job(f"{request.id}:expire:{stage}", "expire", {"request": request.id, "bill": bill.id}, bill.ends_at)
        push, job = _pushed(case, bill, now)
        if push is None or job is None or await self._is_unpushed(case, now):
            return await self._bills.issue(bill, (expiring, *tell(case, "bill", bill, now)))
        # Whoever's wallet asks them now needs no code: the text about a push that failed has it.
        made = await self._bills.issue(replace(bill, state=BillState.SENT), (expiring, job), push)
        if made.code == bill.code:  # else it was made before, and counted then
            await self._ledger.tally(PUSHED, request.msisdn, case.edition.program.day(now), 1)
        return made

    async def has_asked_enough(
        self, edition: Edition, service: Service, answers: Mapping[str, str], asker: Asker
    ) -> bool:
        """Whether a number has asked its wallets so often today that a request whose bill would be pushed is not filed;
        what this very step filed before is its own.
        """
        if not service.most_a_day or _wallet_of(edition, service, answers) is None:
            return False
        return await self._has_pushed_enough(edition, service, asker.msisdn, self._clock()) and not (
            await self._ledger.request(asker.effect)
        )

    async def _is_unpushed(self, case: Case, now: datetime) -> bool:
        """Whether a bill is texted, and pushed by nobody: of several that were filed at the same moment the last, and
        where the service refuses no filing.
        """
        edition, service, msisdn = case.edition, case.service, case.request.msisdn
        return "bill" in service.sms and await self._has_pushed_enough(edition, service, msisdn, now)

    async def _has_pushed_enough(self, edition: Edition, service: Service, msisdn: str, now: datetime) -> bool:
        """A service that may be filed more often a day is paid so as often."""
        asked = await self._ledger.tally(PUSHED, msisdn, edition.program.day(now), 0)
        return asked >= max(limits.pushes_a_day_max, service.most_a_day)

    async def at_once(self, request: Request) -> Mapping[str, str]:
        """What pays a request that waits for money from the beginning, for its page: the bill's `code`, the `total` in
        minor units and the last day; nothing, if there is no bill.

        A citizen waits on the line, so nothing is read again that a request which was just filed says itself. The
        worker makes the bill, if nobody did before it.
        """
        case = await self._requests.case_of(request)
        if case is None:
            return {}
        is_waiting = request.stage == 0 and request.status not in FINAL
        bill = await (self._made(case) if is_waiting else self._bills.bill(f"{request.id}:0"))
        if bill is None:
            return {}
        total, until = str(bill.price.total_minor), _last_day(bill, case)
        return {"bill": show_bill_code(bill.code), "total": total, "until": until}

    async def take(self, bill: Bill, coming: Coming) -> Payment | Unfit | Denied:
        """Take money for a bill that was just looked up; the Payment may stand in suspense.

        The bill's move, its request's, the posting and all that follows are one transaction.
        """
        minor = to_minor(coming.amount, bill.price.minor_digits)
        if coming.currency != bill.price.currency:
            return Denied.CURRENCY
        if not minor:
            return Denied.AMOUNT
        for _ in range(limits.payment_looks_max):
            bill, case = await self._with_case(bill)
            now = self._clock()
            unfit = judge(bill, minor, coming.begun_at or now, is_waited_for=_is_waited_for(bill, case))
            if unfit is not None and not coming.keeps:
                known = await self._bills.came(coming.wallet, correlation=coming.id)
                return Denied.KNOWN if known else unfit
            payment = self._payment(bill, coming, minor, unfit, now)
            by = coming.wallet if agent_of(coming.wallet) else f"wallet:{coming.wallet}"
            posting = posting_of(bill, payment, by)
            move, jobs = _follows(case, bill, payment, posting, coming.point)
            jobs += _notice(bill, payment, coming)
            is_late = coming.is_told and unfit is None and now >= bill.expires_at
            entries = (_told_late(bill, payment, coming, by),) if is_late else ()
            taken = await self._bills.take(
                bill, payment, posting, move, jobs, coming.standing, entries, is_named=coming.is_named
            )
            if taken is Taken.TAKEN:
                return payment
            if taken in _DENIED:
                return _DENIED[taken]
            was, bill = bill.state, await self._bills.bill(bill.id) or bill
            if not coming.keeps and bill.state in UNDER_WAY and bill.state is not was:
                return Denied.UNDER_WAY
        raise AssertionError("a bill or its request was moved again and again while money came for it")

    async def judged(self, bill: Bill, amount_minor: int, begun_at: datetime | None = None) -> Unfit | None:
        """Whether money would pay the bill now, or that of a push; nothing is taken."""
        bill, case = await self._with_case(bill)
        return judge(bill, amount_minor, begun_at or self._clock(), is_waited_for=_is_waited_for(bill, case))

    async def _with_case(self, bill: Bill) -> tuple[Bill, Case | None]:
        """A bill that was looked at before its request may have been paid in between, and that is why the request waits
        for no money any more: so it is looked at again.
        """
        case = await self._case(bill.request_id)
        now = None if _is_waited_for(bill, case) else await self._bills.bill(bill.id)
        return (now if now is not None and now.state in SETTLED else bill), case

    async def take_back(self, bill: Bill, payment: Payment, by: str) -> bool:
        """Give back what an agent has just taken, and end its request, if no office has taken that up; its citizen is
        told. False: it is too late, and nothing is done.
        """
        case, now = await self._case(bill.request_id), self._clock()
        if case is None or case.request.stage != bill.stage + 1 or case.request.status in FINAL:
            return False
        request = case.request
        change = Change(Status.REJECTED, request.stage, request.results, now, NOT_PAID, by=by)
        given = replace(payment, refund=Refund.DONE, asked_by=by)
        posting = refund_of(bill, payment, now, by)
        jobs = to_citizen(case, "agent_returned", bill, payment, now)
        return await self._bills.take_back(payment, given, bill, posting, (request, change), jobs)

    def _payment(self, bill: Bill, coming: Coming, minor: int, unfit: Unfit | None, now: datetime) -> Payment:
        server_id = str(uuid.UUID(bytes=self._random_bytes(16), version=4))
        return Payment(
            new_reference(self._random_bytes), coming.wallet, coming.id, server_id, bill.id, minor,
            coming.currency, coming.payer, coming.their_reference, now, unfit,
        )  # fmt: skip

    async def apply(self, payment: Payment, bill: Bill, entry: AuditEntry, proposal: Proposal | None = None) -> None:
        """Pay another bill from money in suspense, if they are what was seen; raises `DeskRefused`."""
        case = await self._case(bill.request_id)
        total = bill.price.total_minor
        check_appliable(payment, bill, judge(bill, total, entry.at, is_waited_for=_is_waited_for(bill, case)))
        posting = application_of(bill, payment, entry.at, entry.actor)
        paid = replace(payment, bill_id=bill.id, amount_minor=total, at=entry.at, unfit=None)
        move, jobs = _follows(case, bill, paid, posting, "")
        if not await self._bills.apply(payment, bill, posting, move, jobs, entry, proposal):
            raise DeskRefused("The bill, its request or the money was changed meanwhile; look at it again.")

    async def expire(self, bill_id: str) -> JobEnding:
        """End a bill whose time is over, and its request, whose citizen is told; money under way is waited for, and so
        is what was paid in time and is told late.
        """
        bill = await self._bills.bill(bill_id)
        if bill is None:
            return GivenUp("the bill is not known here")
        if bill.state in SETTLED or not BILL_ARROWS[bill.state]:
            return Finished()
        if BillState.EXPIRED not in BILL_ARROWS[bill.state]:
            pause = limits.bill_under_way_seconds
            return Again(f"money may be under way: {bill.state}", failed=False, pause_seconds=pause, counted=False)
        now = self._clock()
        if now < bill.ends_at:
            return Again("early", failed=False, pause_seconds=(bill.ends_at - now).total_seconds(), counted=False)
        case = await self._case(bill.request_id)
        move: Shift | None = None
        jobs: tuple[Job, ...] = ()
        if case is not None and _is_waited_for(bill, case):
            request = case.request
            move = request, Change(Status.REJECTED, request.stage, request.results, now, NOT_PAID)
            jobs = tell_end(case, bill, now, await self._kept(bill))
        applied = await self._bills.move(bill, BillState.EXPIRED, now, "house", move, jobs)
        return Finished() if applied else Again("moved meanwhile", failed=False)

    async def _kept(self, bill: Bill) -> Payment | None:
        """What came last for a bill that it did not pay, and stands in suspense."""
        came = await self._bills.payments_of(bill.id)
        is_kept = [one for one in came if one.suspended_minor and one.refund is not Refund.DONE]
        return is_kept[-1] if is_kept else None

    async def said(self, payload: Mapping[str, str]) -> Mapping[str, str]:
        """A text's payload with what it may name of its bill, and of the money that came if there is any."""
        bill = await self._bills.bill(payload["bill"])
        request = await self._ledger.request(payload["request"])
        if bill is None or request is None:
            return payload
        case = await self._requests.case_of(request)
        until = _last_day(bill, case) if case else ""
        price = bill.price
        values = {
            "bill": show_bill_code(bill.code), "fee": str(price.fee_minor), "charge": str(price.charge_minor),
            "total": str(price.total_minor), "until": until,
        }  # fmt: skip
        payment = await self._bills.payment(payload["receipt"]) if "receipt" in payload else None
        if payment is not None:
            paid = payload.get("paid_minor", str(payment.amount_minor))
            came = {"receipt": payment.receipt, "way": _way(case, payment.wallet), "paid": paid}
            values |= came
        results = msgspec.json.encode({**request.results, **values}).decode()
        to = {"to": payment.payer} if payment and is_payers(bill, payment, payload.get("whose", "")) else {}
        return {**payload, "results": results, **to}

    async def given_back(self, bill: Bill, payment: Payment) -> tuple[Job, ...]:
        """What is texted when money goes back, if the service has words for it."""
        case, now = await self._case(bill.request_id), self._clock()
        if case is None:
            return ()
        # Of cash the agent's float got it, and the citizen has to know who owes it to them.
        by_hand = to_citizen(case, "agent_returned", bill, payment, now) if agent_of(payment.wallet) else ()
        jobs = by_hand or _tell_back(case, bill, payment, now)
        if payment.payer in ("", bill.msisdn) or is_payers(bill, payment):
            return jobs
        return *jobs, *_tell_back(case, bill, payment, now, PAYERS)

    async def undoing(self, bill: Bill, payment: Payment, by: str) -> Undoing | None:
        """What becomes of a bill's request when what paid it is given back; None: nothing, for it has ended, or the
        money stands in suspense.
        """
        request = await self._ledger.request(bill.request_id)
        if request is None or request.status in FINAL or payment.suspended_minor:
            return None
        case, now = await self._requests.case_of(request), self._clock()
        change = Change(Status.REJECTED, request.stage, request.results, now, NOT_PAID, by=by)
        told_already = case is None or "refunded" in case.service.sms
        jobs = () if case is None or told_already else case.tells("refused", now)
        payload = {"request": request.id, "stage": str(request.stage), "office": case.office if case else ""}
        task = Job(f"{request.id}:refunded:{payment.receipt}", LOOK, payload, now)
        return Undoing(request, change, jobs, task, MONEY_BACK, is_next=request.stage == bill.stage + 1)

    async def told(self, receipt: str) -> tuple[Payment, Bill] | None:
        """Money that came, and its bill."""
        payment = await self._bills.payment(receipt)
        bill = await self._bills.bill(payment.bill_id) if payment else None
        return (payment, bill) if payment and bill else None

    async def _case(self, request_id: str) -> Case | None:
        request = await self._ledger.request(request_id)
        return await self._requests.case_of(request) if request else None


def _way(case: Case | None, wallet: str) -> str:
    """What people call the way by which money came: the title of the service that asks that wallet; an agent's, or that
    of a wallet which these menus never ask, is its name.
    """
    for service in case.edition.catalogue.services.values() if case else ():
        if service.shows is Show.PUSH and service.wallet == wallet and case:
            return fill(service.title[case.edition.program.language_or_base(case.request.language)], {})
    return wallet


def _last_day(bill: Bill, case: Case) -> str:
    return case.edition.program.day(bill.last_at).isoformat()


def _is_waited_for(bill: Bill, case: Case | None) -> bool:
    return case is not None and case.request.stage == bill.stage and case.request.status not in FINAL


def _follows(
    case: Case | None, bill: Bill, payment: Payment, posting: Posting, point: str
) -> tuple[Shift | None, tuple[Job, ...]]:
    """What money that came brings about: the request goes on, or whoever paid is told that it did not fit."""
    if case is None:
        return None, ()
    if payment.unfit is not None:
        return None, tell(case, "suspense", bill, payment.at, payment)
    change, jobs = case.done(Answered({"payment": payment.receipt}), payment.at, by=posting.by)
    told = to_citizen(case, "agent_receipt", bill, payment, payment.at, point) if agent_of(payment.wallet) else ()
    return (case.request, change), (*(told or tell_paid(case, bill, payment)), *jobs)


def _tell_back(case: Case, bill: Bill, payment: Payment, now: datetime, whose: str = "") -> tuple[Job, ...]:
    """That money went back: how much, where it is not all that came, and once for each part."""
    jobs, minor = tell(case, "refunded", bill, now, payment, whose), back_minor(payment)
    if minor == payment.amount_minor:
        return jobs
    part = "left" if payment.is_remainder else "applied"
    return tuple(replace(job, id=f"{job.id}:{part}", payload={**job.payload, "paid_minor": str(minor)}) for job in jobs)


def _told_late(bill: Bill, payment: Payment, coming: Coming, by: str) -> AuditEntry:
    told = {"bill": bill.id, "receipt": payment.receipt, "paid_at": stamp(coming.begun_at or payment.at)}
    return AuditEntry(payment.at, by, "told-late", bill.request_id, bill.service, told)


def _notice(bill: Bill, payment: Payment, coming: Coming) -> tuple[Job, ...]:
    """The wallet's own callback, if it asked for one."""
    if not coming.callback:
        return ()
    payload = {"request": bill.request_id, "receipt": payment.receipt, "url": coming.callback}
    payload |= {"office": f"wallet:{coming.wallet}"}
    return (Job(f"{bill.request_id}:callback:{payment.receipt}", "callback", payload, payment.at),)


def _wallet_of(edition: Edition, service: Service, answers: Mapping[str, str]) -> Service | None:
    """By which service a citizen chose to be asked as soon as they file, if they did."""
    chosen = edition.catalogue.services.get(answers.get(service.pushes_by, ""))
    return chosen if chosen is not None and chosen.shows is Show.PUSH else None


def _pushed(case: Case, bill: Bill, now: datetime) -> tuple[Push, Job] | tuple[None, None]:
    """The push by which the citizen's wallet is asked as soon as there is a bill, if they chose one when they filed."""
    request = case.request
    service = _wallet_of(case.edition, case.service, request.answers) if case.service.work[bill.stage].push else None
    if service is None:
        return None, None
    push = Push(bill.id, 1, request.id, service.wallet, case.edition.version, now)
    return push, push_job(push, request.id, service.name, request.msisdn, request.language)
