"""The words of the GSMA Mobile Money API 1.2.0 for bills, in the direction in which a wallet asks us."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app import limits
from app.audit import stamp
from app.payments import SETTLED, Bill, Payment, from_minor
from app.reference import show_reference

UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
IDENTIFIER_TYPES = frozenset(
    {
        "accountcategory", "accountid", "accountrank", "bankaccountno", "bankaccounttitle", "bankname", "consumerno",
        "emailaddress", "iban", "identityalias", "linkref", "mandatereference", "msisdn", "organisationid",
        "serviceprovider", "sortcode", "storeid", "swiftbic", "username", "walletid",
    }
)  # fmt: skip
identifiers_max = 3
_MSISDN = re.compile(r"(\+|00)?([1-9][0-9]{5,14})")


class Category(StrEnum):
    BUSINESS_RULE = "businessRule"
    VALIDATION = "validation"
    AUTHORISATION = "authorisation"
    IDENTIFICATION = "identification"
    INTERNAL = "internal"
    SERVICE_UNAVAILABLE = "serviceUnavailable"


HTTP_STATUS = {
    Category.BUSINESS_RULE: 400,
    Category.VALIDATION: 400,
    Category.AUTHORISATION: 401,
    Category.IDENTIFICATION: 404,
    Category.INTERNAL: 500,
    Category.SERVICE_UNAVAILABLE: 503,
}


class ApiRefusal(Exception):
    """An answer that is an error object. Its texts are ours: nothing that a wallet sent stands in them."""

    def __init__(self, category: Category, code: str, description: str, field: str = "") -> None:
        super().__init__(code)
        self.category = category
        self.code = code
        self.description = description
        self.field = field

    @property
    def status(self) -> int:
        return HTTP_STATUS[self.category]

    def told(self, now: datetime) -> dict[str, Any]:
        parameters = {"errorParameters": [{"key": "field", "value": self.field}]} if self.field else {}
        return {
            "errorCategory": self.category.value,
            "errorCode": self.code,
            "errordescription": self.description,
            "errorDateTime": stamp(now),
            **parameters,
        }


def invalid(code: str, description: str, field: str) -> ApiRefusal:
    return ApiRefusal(Category.VALIDATION, code, description, field)


def unknown(description: str = "Nothing that can be paid is known by this.") -> ApiRefusal:
    """One answer for what is not there, is another's, or has expired."""
    return ApiRefusal(Category.IDENTIFICATION, "identifierError", description)


@dataclass(frozen=True, slots=True)
class Account:
    """Whose bills are asked for: those of a number (E.164), the one with a code, or, with both, the one with the code,
    asked for by whoever has the number."""

    msisdn: str = ""
    code: str = ""


def read_account(text: str) -> Account:
    """One to three identifiers as `type@value$type@value`; raises `ApiRefusal`."""
    pairs = [part.partition("@") for part in text.split("$")]
    if len(pairs) > identifiers_max or any(not at or not value for _, at, value in pairs):
        raise invalid("formatError", "An account is type@value, up to three of them with $ between.", "accountId")
    return account_of([(name, value) for name, _, value in pairs])


def account_of(identifiers: list[tuple[str, str]]) -> Account:
    """Raises `ApiRefusal` for types that are none, that no account is known by, or that come twice."""
    named = dict(identifiers)
    if set(named) - IDENTIFIER_TYPES or len(named) < len(identifiers):
        raise invalid("formatError", "A type of identifier is none, or comes twice.", "identifierType")
    if set(named) - {"msisdn", "accountid"}:
        raise unknown("Accounts are known by msisdn, or by accountid, which is a bill's code.")
    msisdn = _MSISDN.fullmatch(named.get("msisdn", ""))
    if "msisdn" in named and msisdn is None:
        raise unknown()
    return Account(f"+{msisdn[2]}" if msisdn else "", named.get("accountid", ""))


def checked_date(text: str | None, now: datetime) -> None:
    """Raises `ApiRefusal` for an X-Date that is none or is stale."""
    if text is None:
        return
    at = read_time(text, "X-Date")
    if abs(at - now) > timedelta(seconds=limits.wallet_clock_seconds):
        raise invalid("formatError", "X-Date is too far from our clock: the request is stale.", "X-Date")


def read_time(text: str, field: str) -> datetime:
    """A moment in ISO 8601 with its time zone; raises `ApiRefusal`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.utcoffset() is None:
        raise invalid("formatError", "A date and time in ISO 8601 with its time zone is wanted.", field)
    return at


def told_time(told: object) -> datetime | None:
    """A moment that is of use if it can be read; what cannot be refuses no money."""
    try:
        return read_time(told, "requestDate") if isinstance(told, str) else None
    except ApiRefusal:
        return None


def checked_hash(text: str | None, body: bytes) -> None:
    """Raises `ApiRefusal` for a X-Content-Hash that is not of this body."""
    if text is not None and not hmac.compare_digest(text.lower().encode(), hashlib.sha256(body).hexdigest().encode()):
        raise invalid("formatError", "X-Content-Hash is not the SHA-256 of the body.", "X-Content-Hash")


def checked_correlation(text: str | None, field: str = "X-CorrelationID") -> str:
    """A UUID in small letters; raises `ApiRefusal`."""
    if text is None:
        raise invalid("mandatoryValueNotSupplied", f"{field} is missing.", field)
    if not UUID.fullmatch(text):
        raise invalid("formatError", f"{field} is no UUID.", field)
    return text.lower()


def told_bill(bill: Bill, title: str, due: str, *, is_under_way: bool = False) -> dict[str, Any]:
    """`responseBills`; `due` is the last day in the country on which it can be paid. `is_under_way`: nothing is to be
    paid of it now, for a wallet is being asked for it.
    """
    price = bill.price
    owed = 0 if bill.state in SETTLED or is_under_way else price.total_minor
    amount = from_minor(owed, price.minor_digits)
    return {
        "billReference": bill.code,
        "billStatus": "paid" if bill.state in SETTLED else "unpaid",
        "amountDue": amount,
        "minimumAmountDue": amount,
        "currency": price.currency,
        "billdescription": title,
        "dueDate": due,
        "creationDate": stamp(bill.created_at),
        "modificationDate": stamp(bill.changed_at),
    }


def told_payment(payment: Payment, bill: Bill) -> dict[str, Any]:
    """`responseBillPayment`, also the body of a callback."""
    reference = {"requestingOrganisationTransactionReference": payment.their_reference}
    kept = {"serviceProviderComment": f"It does not pay the bill ({payment.unfit}) and is kept until it is given back."}
    return {
        "serviceProviderPaymentReference": payment.receipt,
        "billPaymentStatus": "suspense" if payment.unfit else "paid",
        "amountPaid": from_minor(payment.amount_minor, bill.price.minor_digits),
        "currency": payment.currency,
        "serviceProviderNotification": f"Receipt {show_reference(payment.receipt)}",
        "creationDate": stamp(payment.at),
        "modificationDate": stamp(payment.at),
        **(kept if payment.unfit else {"paymentType": "fullpayment"}),
        **(reference if payment.their_reference else {}),
    }


def told_state(payment: Payment, *, calls_back: bool) -> dict[str, Any]:
    """`requestStateObject`. What came is booked before we answer, so its request is always completed."""
    return {
        "serverCorrelationId": payment.server_id,
        "status": "completed",
        "notificationMethod": "callback" if calls_back else "polling",
        "objectReference": payment.receipt,
    }


def link_to(payment: Payment, bill: Bill) -> str:
    """Where a payment's final representation is, below the API's base."""
    return f"/bills/{bill.code}/payments/{payment.receipt}"
