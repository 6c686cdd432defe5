"""Vodacom M-Pesa OpenAPI's codes and statuses, and what they mean in our words.

No description of it is public. The codes and their HTTP statuses are those of a community's write-up of the portal's
page and of SDKs (docs/wallets.md has the evidence); what is not agreed on is left to a human.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import ServiceFailed
from app.messages import Pending, Refused
from integrations.http import HttpAnswer, check_status
from integrations.services.wallet_orders import Outcome, paid

DONE, SESSION_REFUSED, SEEN_BEFORE = "INS-0", "INS-989", "INS-10"
CODE = re.compile("INS-[0-9]{1,5}")
NO_ID = "N/A"

UNKNOWN = frozenset({"INS-1", "INS-9", "INS-16"})
"""Internal error, time-out, overload: it may have been done. INS-1 also comes for too little money."""
NEVER_SEEN = frozenset({"INS-23", "INS-997", "INS-6140"})
"""What a look-up answers of an id that it does not find, or not yet."""
REFUSALS: Mapping[str, str] = {
    "INS-5": "declined",
    "INS-6": "refused",
    "INS-990": "limit",
    "INS-995": "refused",
    "INS-996": "refused",
    "INS-2006": "insufficient_funds",
    "INS-2051": "refused",
}
"""The payer's no to a push, or what is the matter with the payer; a code that stands nowhere here is left to a human.

As the answer to a look-up they may be about the look-up, so they tell nothing of the payment.
"""
PAID_STATUSES = frozenset({"completed", "success", "successful"})
PENDING_STATUSES = frozenset({"pending", "processing", "initiated"})
FAILED_STATUSES: Mapping[str, str] = {
    "cancelled": "declined",
    "declined": "declined",
    "expired": "expired",
    "failed": "refused",
    "rejected": "refused",
}


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of M-Pesa's; every field is a text, empty if it did not come."""

    code: str
    fields: Mapping[str, str]

    def field(self, name: str) -> str:
        value = self.fields.get(f"output_{name}", "")
        return "" if value == NO_ID else value


def said(answer: HttpAnswer) -> Said:
    """Raises `ServiceFailed`: what cannot be read tells nothing of what was done, so it is retryable and late, unless
    it is a plain 4xx.
    """
    try:
        told = answer.json()
    except ServiceFailed as failed:
        check_status(answer.status)
        if answer.status < 300:
            raise ServiceFailed(failed.reason, retryable=True, late=True) from None
        raise ServiceFailed(f"status_{answer.status}", retryable=False) from None
    fields = (
        {str(key): value for key, value in told.items() if isinstance(value, str)} if isinstance(told, dict) else {}
    )
    code = fields.get("output_ResponseCode", "")
    if CODE.fullmatch(code):
        return Said(code, fields)
    check_status(answer.status)
    if answer.status < 300:
        raise ServiceFailed("answer_malformed", retryable=True, late=True)
    raise ServiceFailed(f"status_{answer.status}", retryable=False)


def outcome_of_push(told: Said, *, final: bool) -> Outcome:
    """What a push came to, but for a repeat; `final`: INS-0 with a transaction is the end, else the payer is asked."""
    if told.code == DONE:
        transaction = told.field("TransactionID")
        return paid(transaction) if final and transaction else Pending()
    return _refusal(told.code)


def outcome_of_query(told: Said, id: str) -> Outcome | None:
    """None if M-Pesa does not know the payment. Without a transaction's id, our own finds it in the portal.

    Only the transaction's own status says that no money came: `_unsaid` raises for every other code.
    """
    if told.code in NEVER_SEEN:
        return None
    if told.code != DONE:
        raise _unsaid(told.code, may_come=told.code in UNKNOWN or told.code in REFUSALS)
    status = told.field("ResponseTransactionStatus").lower()
    if status in PAID_STATUSES:
        return paid(told.field("OriginalTransactionID") or told.field("TransactionID") or id)
    if status in PENDING_STATUSES:
        return Pending()
    if status in FAILED_STATUSES:
        return Refused(FAILED_STATUSES[status])
    if told.fields.get("output_ResponseTransactionStatus", "") == NO_ID:
        return None
    raise ServiceFailed("answer_malformed", retryable=False)


def _refusal(code: str) -> Refused:
    if code in REFUSALS:
        return Refused(REFUSALS[code])
    raise _unsaid(code, may_come=code in UNKNOWN)


def _unsaid(code: str, *, may_come: bool) -> ServiceFailed:
    """What says neither that money came nor that none did: looked up again, or a person's at once."""
    return ServiceFailed(f"code_{code}", retryable=may_come, late=may_come)
