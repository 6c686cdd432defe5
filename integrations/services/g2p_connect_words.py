"""What a payer of grants answers by G2P Connect 1.0.0, and what it means in our words.

Source: G2P Connect 1.0.0, disburse: SearchResponse, SearchStatusReasonCode, TxnStatusResponse, DisburseResponse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import ConfigDict, JsonValue

from app.dci import SEVERAL, UNKNOWN
from app.messages import Answered, Refused
from integrations.services.dci_envelope import Id, Message, Status, Words, evidence_of, malformed, not_ours, rejected
from integrations.services.dci_found import Results, outcome_of

NO_SUCH_REFERENCE = "rjct.reference_id.invalid"
REFUSALS: Mapping[str, str] = {
    "rjct.srch.too_many_records_found": SEVERAL,
    "rjct.srch_payee_fa.invalid": UNKNOWN,
    "rjct.srch_transaction_id.not_found": UNKNOWN,
    "rjct_srch_reference_id.not_found": UNKNOWN,
    NO_SUCH_REFERENCE: UNKNOWN,
}
"""Codes by which a search says no; of a payment that was asked for by its reference, only the last means that."""


class Payment(Words):
    """What is told of one; the fields besides are the declaration's business."""

    model_config = ConfigDict(extra="allow", frozen=True)

    reference_id: Id
    status: Status
    status_reason_code: str | None = None

    def record(self) -> dict[str, JsonValue]:
        known: dict[str, JsonValue] = {
            "reference_id": self.reference_id,
            "status": self.status,
            "status_reason_code": self.status_reason_code or "",
        }
        return {**(self.model_extra or {}), **known}


class Payments(Words):
    transaction_id: Id
    disbursements_status: list[Payment]


class SearchAnswer(Message):
    disbursements_status: list[Payment]

    @property
    def payments(self) -> list[Payment]:
        return self.disbursements_status


class StatusOf(Words):
    txn_type: Literal["on-disburse"]
    txn_status: Payments


class StatusAnswer(Message):
    txnstatus_response: StatusOf

    @property
    def payments(self) -> list[Payment]:
        return self.txnstatus_response.txn_status.disbursements_status


def read_payments(
    message: SearchAnswer | StatusAnswer, reference: str, results: Results, total_count: int | None
) -> Answered | Refused:
    """What is told of the payments that `reference` asked for; raises `ServiceFailed`."""
    payments = message.payments
    if total_count not in (None, 1, len(payments)):
        raise malformed()  # it counts what was asked for or what was found, and neither is so
    if any(payment.reference_id != reference for payment in payments):
        raise not_ours()
    refused = _refusal(payments, searched=isinstance(message, SearchAnswer))
    if refused is not None:
        return Refused(refused, evidence_of(message))
    return outcome_of(results, [payment.record() for payment in payments], len(payments), evidence_of(message))


def _refusal(payments: list[Payment], *, searched: bool) -> str | None:
    """The reason for which a search said no; raises `ServiceFailed` for one that is our mistake.

    A payment that was rejected is none: a search has no code for it, and asked for by its reference it has its own.
    """
    for code in (payment.status_reason_code or "" for payment in payments if payment.status == "rjct"):
        if not searched and code != NO_SUCH_REFERENCE:
            continue
        if code in REFUSALS:
            return REFUSALS[code]
        if code:
            raise rejected(code)
    return None
