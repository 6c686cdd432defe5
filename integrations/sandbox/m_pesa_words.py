"""The pretend M-Pesa's words: its codes with what they say, the fields that it takes, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from fastapi import HTTPException, Response
from fastapi.responses import JSONResponse

from integrations.sandbox.home import COUNTRY, CURRENCY, MOBILE
from integrations.sandbox.pushes import Push, Stands

SYNC_CODE, ASYNC_CODE = "000000", "000001"
"""Our short codes: one whose pushes are answered when the payer has decided, one that calls back."""
STATUS_OF_CODE = {
    "INS-1": 500, "INS-2": 401, "INS-5": 401, "INS-6": 401, "INS-9": 408, "INS-10": 409, "INS-16": 503,
    "INS-989": 401, "INS-2006": 422,
}  # fmt: skip
"""Every other refusal is 400."""
DESCRIPTIONS = {
    "INS-0": "Request processed successfully",
    "INS-2": "Invalid API Key",
    "INS-5": "Transaction cancelled by customer",
    "INS-9": "Request timeout",
    "INS-10": "Duplicate Transaction",
    "INS-13": "Invalid Shortcode Used",
    "INS-15": "Invalid Amount Used",
    "INS-16": "Unable to handle the request due to a temporary overloading",
    "INS-17": "Invalid Transaction Reference. Length Should Be Between 1 and 20.",
    "INS-20": "Not All Parameters Provided. Please try again.",
    "INS-21": "Parameter validations failed. Please try again.",
    "INS-23": "Unknown Status",
    "INS-989": "Session Creation Failed",
    "INS-2006": "Insufficient balance",
    "INS-2051": "MSISDN invalid.",
}
CODE_OF_END = {Stands.DECLINED: "INS-5", Stands.INSUFFICIENT: "INS-2006", Stands.EXPIRED: "INS-9"}
STATUS_OF_END = {
    Stands.PENDING: "Pending",
    Stands.PAID: "Completed",
    Stands.DECLINED: "Cancelled",
    Stands.INSUFFICIENT: "Failed",
    Stands.EXPIRED: "Expired",
}
PUSH_FIELDS: Mapping[str, tuple[str, str]] = {
    "input_Amount": (r"(0|[1-9][0-9]{0,9})(\.[0-9]{2})?", "INS-15"),
    "input_Country": (COUNTRY, "INS-21"),
    "input_Currency": (CURRENCY, "INS-21"),
    "input_CustomerMSISDN": (f"{MOBILE}|00000000000[12]", "INS-2051"),
    "input_ServiceProviderCode": (f"{SYNC_CODE}|{ASYNC_CODE}", "INS-13"),
    "input_ThirdPartyConversationID": (r"[0-9A-Za-z]{1,40}", "INS-21"),
    "input_TransactionReference": (r"[0-9A-Za-z]{1,20}", "INS-17"),
    "input_PurchasedItemsDesc": (r".{1,256}", "INS-21"),
}
QUERY_FIELDS = (
    *("input_QueryReference", "input_ServiceProviderCode", "input_ThirdPartyConversationID", "input_Country"),
)


def refusal(code: str, fields: Mapping[str, str] | None = None) -> HTTPException:
    return HTTPException(STATUS_OF_CODE.get(code, 400), _told(code, fields or {}))


def unavailable() -> HTTPException:
    """For the knob."""
    return refusal("INS-16")


def done(fields: Mapping[str, str], told: Mapping[str, str], status: int = 200) -> Response:
    return JSONResponse({**_told("INS-0", fields), **told}, status)


def _told(code: str, fields: Mapping[str, str]) -> dict[str, str]:
    id = fields.get("input_ThirdPartyConversationID", "")
    theirs = {"output_ThirdPartyConversationID": id} if id else {}
    return {"output_ResponseCode": code, "output_ResponseDesc": DESCRIPTIONS[code], **theirs}


def fields_of(told: Mapping[str, object], known: Iterable[str]) -> dict[str, str]:
    """All of them, each a text that is not empty, and no other."""
    fields = {name: value for name in known if isinstance(value := told.get(name), str) and value}
    if len(fields) < len(list(known)):
        raise refusal("INS-20", fields)
    if set(told) - set(known):
        raise refusal("INS-21", fields)
    return fields


def minor_of(amount: str) -> int:
    whole, _, fraction = amount.partition(".")
    return int(whole) * 100 + int(fraction or "0")


def conversation_of(push: Push) -> str:
    return sha256(f"{push.wallet} {push.number}".encode()).hexdigest()[:32]


def result_of(push: Push) -> dict[str, str]:
    """What an asynchronous push comes to, as it is posted to us."""
    paid = push.status == Stands.PAID
    code = "0" if paid else CODE_OF_END[Stands(push.status)].removeprefix("INS-")
    return {
        "input_OriginalConversationID": conversation_of(push),
        "input_TransactionID": push.reference if paid else "N/A",
        "input_ResultCode": code,
        "input_ResultDesc": DESCRIPTIONS["INS-0" if paid else f"INS-{code}"],
        "input_ThirdPartyConversationID": push.client_id,
    }
