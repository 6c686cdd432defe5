"""The words of G2P Connect 1.0.0 that the pretend payer of grants reads, and what it knows of payments.

Source: G2P Connect 1.0.0, disburse: MsgHeader, SearchRequest, TxnStatusRequest, SearchStatusReasonCode.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from integrations.sandbox.home import CALLING_CODE

PAYEE = re.compile(rf"mobile:({CALLING_CODE}[0-9]{{8}})@(mpesa-ls|ecocash-ls)", re.IGNORECASE)
ADDRESS = re.compile(r"([A-Za-z0-9.-]+:)?[A-Za-z0-9.-]+@[A-Za-z0-9.-]+")
REFERENCE = re.compile(rf"(?:OAP|CGP|PAG)-({CALLING_CODE}[0-9]{{8}})-([1-9])")
AMOUNTS: Mapping[str, str] = {"OAP": "950.00", "CGP": "600.00", "PAG": "750.00"}
"""By the programme that a reference begins with."""
BATCH, PAID_AT = "OAP-2026-11", "2026-11-20T09:00:00+02:00"
NO_CODE = ""
ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "99": (),
    "98": (("succ", NO_CODE), ("succ", NO_CODE)),
    "97": (("pdng", NO_CODE),),
    "96": (("rjct", "rjct.payee_fa.invalid"),),
    "95": (("rcvd", NO_CODE),),
}
"""The last digits of a payee's number: the payments to them, by status and reason; one that succeeded to all others."""


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Header(Shape):
    version: str = "1.0.0"
    message_id: Annotated[str, Field(min_length=1, strict=True)]
    message_ts: AwareDatetime
    action: Annotated[str, Field(strict=True)]
    sender_id: Annotated[str, Field(strict=True)]
    receiver_id: str | None = None
    total_count: Annotated[int, Field(strict=True)]
    is_msg_encrypted: Annotated[bool, Field(strict=True)] = False


class Criterion(Shape):
    """Words that the contract lists are read as any, for a wrong one has a code of its own."""

    reference_id: Annotated[str, Field(strict=True)]
    timestamp: AwareDatetime | None = None
    request_type: Annotated[str, Field(strict=True)]
    attribute_type: Annotated[str, Field(strict=True)]
    attribute_value: Annotated[str, Field(strict=True)]


class SearchMessage(Shape):
    transaction_id: Annotated[str, Field(min_length=1, max_length=99, strict=True)]
    search_criteria: list[Criterion]


class StatusRequest(Shape):
    reference_id: Annotated[str, Field(strict=True)]
    txn_type: Literal["disburse"]
    attribute_type: Literal["reference_id_list"]
    attribute_value: list[Annotated[str, Field(strict=True)]]


class StatusMessage(Shape):
    transaction_id: Annotated[str, Field(min_length=1, max_length=99, strict=True)]
    txnstatus_request: StatusRequest


class Envelope(Shape):
    header: Header


class Search(Envelope):
    message: SearchMessage


class StatusInquiry(Envelope):
    message: StatusMessage


def code_of(criterion: Criterion, *, is_duplicate: bool) -> str:
    """The code of SearchStatusReasonCode that a criterion earns, or nothing."""
    if not criterion.reference_id:
        return "rjct.reference_id.invalid"
    if is_duplicate:
        return "rjct.reference_id.duplicate"
    if criterion.request_type != "disburse":
        return "rjct.request_type.invalid"
    if criterion.attribute_type not in ("payee_fa", "payer_fa"):
        return "rjct.attribute_type.invalid"
    if not ADDRESS.fullmatch(criterion.attribute_value):
        return f"rjct.srch_{criterion.attribute_type}.invalid"
    return "" if criterion.attribute_type == "payee_fa" else "rjct.srch.too_many_records_found"


def payments_to(msisdn: str) -> tuple[tuple[str, str], ...]:
    return ENDINGS.get(msisdn[-2:], (("succ", NO_CODE),))


def paid(reference: str) -> tuple[str, str, str, str] | None:
    """Reference, payee's number, status and reason of a payment, if there is one."""
    found = REFERENCE.fullmatch(reference)
    told = payments_to(found[1]) if found else ()
    position = int(found[2]) - 1 if found else 0
    return (reference, found[1], *told[position]) if found and position < len(told) else None
