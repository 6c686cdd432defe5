"""What a bill's citizen, and whoever pays for another, are texted of it: the jobs that do so. No I/O."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from app import limits
from app.agent_phrases import say_fitting
from app.bill_code import show_bill_code
from app.books import agent_of
from app.cases import Case, tell_job
from app.messages import Job, Priority, SmsKind
from app.payments import Bill, Payment
from app.values.text import fill

EXPIRED, EXPIRED_KEPT, SUSPENSE = "expired", "expired_kept", "suspense"
ENDED = "ended"
"""Unless what a text of money is not sent: its request was ended by then, and that was told."""
CITIZENS, PAYERS = "citizen", "payer"
"""Whose a text about money is, where that does not follow from what became of the money."""


def to_citizen(
    case: Case, phrase: str, bill: Bill, payment: Payment, now: datetime, point: str = ""
) -> tuple[Job, ...]:
    """What a citizen hears of an agent's doings from the house, whatever the agent says; none if the menus of the
    request are from before there were agents.
    """
    program, request = case.edition.program, case.request
    if phrase not in program.phrases:
        return ()
    title = fill(case.service.title[program.language_or_base(request.language)], {})
    text = say_fitting(
        program, phrase, request.language, service=title, reference=request.reference, bill=show_bill_code(bill.code),
        agent=agent_of(payment.wallet), point=point, receipt=payment.receipt, total=str(payment.amount_minor),
        fee=str(bill.price.fee_minor), charge=str(bill.price.charge_minor),
    )  # fmt: skip
    payload = {
        "request": request.id, "aggregator": "", "to": request.msisdn, "text": text, "sms": SmsKind.REQUEST.value
    }  # fmt: skip
    return (Job(f"{request.id}:tell:{phrase}:{payment.receipt}", "text", payload, now, Priority.TOLD),)


def is_payers(bill: Bill, payment: Payment, whose: str = "") -> bool:
    """Whether a text about money goes to who sent it. Whose money stayed in suspense hears of it; whose bill was paid
    from there is the bill's own citizen.
    """
    if whose or not payment.payer:
        return whose == PAYERS and bool(payment.payer)
    return payment.unfit is not None and payment.bill_id == bill.id


def tell_paid(case: Case, bill: Bill, payment: Payment) -> tuple[Job, ...]:
    """That the money came. Whose wallet was asked at once hears it with the end, if that names the receipt; if the end
    has not come by then, from this.
    """
    jobs = tell(case, "paid", bill, payment.at, payment)
    if not case.service.work[bill.stage].push or not case.names_receipt("done"):
        return jobs
    due_at = payment.at + timedelta(seconds=limits.paid_text_seconds)
    return tuple(replace(job, due_at=due_at, payload={**job.payload, "unless": ENDED}) for job in jobs)


def tell_end(case: Case, bill: Bill, now: datetime, kept: Payment | None) -> tuple[Job, ...]:
    """That the time to pay is over; where money is kept nobody hears that none came, but what is done with it."""
    if kept is None:
        return tell(case, EXPIRED, bill, now)
    if EXPIRED_KEPT in case.service.sms:
        return tell(case, EXPIRED_KEPT, bill, now, kept, CITIZENS)
    (again,) = tell(case, SUSPENSE, bill, now, kept) or (None,)
    return (replace(again, id=f"{again.id}:{bill.stage}"),) if again else ()


def tell(
    case: Case, occasion: str, bill: Bill, now: datetime, payment: Payment | None = None, whose: str = ""
) -> tuple[Job, ...]:
    """`whose`: the text is the bill's own citizen's or the payer's, whatever became of the money."""
    if occasion not in case.service.sms:
        return ()
    about = {
        "bill": bill.id,
        **({"receipt": payment.receipt} if payment else {}),
        **({"whose": whose} if whose else {}),
    }
    job = tell_job(bill.request_id, occasion, now)
    id = ":".join([job.id, payment.receipt if payment else str(bill.stage), *([whose] if whose else [])])
    return (replace(job, id=id, payload={**job.payload, **about}),)
