"""What payers are texted of a push, in the words of the service by which they asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.bill_code import show_bill_code
from app.catalogue import Service
from app.editions import Edition
from app.engine.rendering import show
from app.messages import Job, Priority, SmsKind
from app.payments import Bill
from app.pushes import OVER, REFUSED, Push
from app.values.text import fill, slots

_INSTEAD = {OVER: REFUSED}
"""Menus that were published before there was the first have the second, which names the last day as well."""


def last_day(edition: Edition, bill: Bill) -> str:
    """The last day on which a bill can be paid, as ISO 8601."""
    return edition.program.day(bill.last_at).isoformat()


def title_of(edition: Edition, service: str, language: str) -> str:
    """What the service of a bill is called; empty where that tells too much on a phone that several use."""
    known = edition.catalogue.services.get(service)
    return "" if known is None or known.is_untitled else fill(known.title[language], {})


def told(
    edition: Edition, service: Service, occasion: str, push: Push, bill: Bill, payer: str, language: str,
    now: datetime, more: Mapping[str, str],
) -> tuple[Job, ...]:  # fmt: skip
    """The job that texts it, once for a push and an occasion."""
    spoken = edition.program.language_or_base(language)
    text = service.sms.get(occasion) or service.sms.get(_INSTEAD.get(occasion, ""))
    if text is None:
        return ()
    values = {
        "bill": show_bill_code(bill.code),
        "total": str(bill.price.total_minor),
        "until": last_day(edition, bill),
        **more,
    }
    names = service.sms_names
    shown = {
        slot: show(edition.program, names.get(slot.name), values.get(slot.name, ""), spoken, slot.format)
        for slot in slots(text[spoken])
    }
    payload = {
        "request": bill.request_id, "to": payer, "text": fill(text[spoken], shown), "aggregator": "",
        "sms": SmsKind.REQUEST.value,
    }  # fmt: skip
    return (Job(f"{push.job_id}:{occasion}", "text", payload, now, Priority.TOLD),)
