"""A payment of the pretend mobile-money wallet, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from integrations.sandbox.home import CURRENCY
from integrations.sandbox.wallet_words import Category, State, error_object, from_minor

FAILURES = {
    "requestDeclined": (Category.AUTHORISATION, "The payer declined."),
    "insufficientFunds": (Category.BUSINESS_RULE, "The payer has too little money."),
    "genericError": (Category.BUSINESS_RULE, "The payer did not decide before the expiry."),
}


@dataclass(frozen=True, slots=True)
class Payment:
    number: int
    client_id: str
    server_id: str
    reference: str
    payer: str
    payee: str
    amount_minor: int
    their_reference: str
    description: str
    status: str
    error_code: str
    created_at: str
    due_at: str


def error_of(payment: Payment) -> dict[str, Any]:
    category, description = FAILURES[payment.error_code]
    return error_object(category, payment.error_code, description, payment.due_at)


def represented(payment: Payment) -> dict[str, Any]:
    """What a decided payment is told as: a transaction, or why there is none."""
    return error_of(payment) if payment.error_code else transaction_of(payment)


def transaction_of(payment: Payment) -> dict[str, Any]:
    decided = payment.status != State.PENDING
    return {
        "transactionReference": payment.reference,
        "requestingOrganisationTransactionReference": payment.their_reference,
        "type": "merchantpay",
        "transactionStatus": payment.status,
        "amount": from_minor(payment.amount_minor),
        "currency": CURRENCY,
        "debitParty": [{"key": "msisdn", "value": payment.payer}],
        "creditParty": [{"key": "organisationid", "value": payment.payee}],
        "descriptionText": payment.description,
        "creationDate": payment.created_at,
        "modificationDate": payment.due_at if decided else payment.created_at,
    }
