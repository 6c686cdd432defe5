"""The wallet's client for these tests, and what the GSMA Mobile Money API 1.2.0 says its objects are."""

# ruff: noqa: N815 - the fields bear the names of the description.

import uuid
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Uuid = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")]
Text = Annotated[str, Field(max_length=256)]
Named = Annotated[str, Field(min_length=1, max_length=256)]


class Described(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Pair(Described):
    key: Named
    value: Named


class ErrorObject(Described):
    errorCategory: Literal[
        "businessRule", "validation", "authorisation", "identification", "internal", "serviceUnavailable"
    ]
    errorCode: Literal[
        "genericError",
        "lessThanTransactionMinValue",
        "greaterThanTransactionMaxValue",
        "duplicateRequest",
        "insufficientFunds",
        "transactionTypeError",
        "identifierError",
        "lengthError",
        "formatError",
        "currencyNotSupported",
        "mandatoryValueNotSupplied",
        "clientAuthorisationError",
        "requestDeclined",
    ]
    errordescription: Text
    errorDateTime: AwareDatetime
    errorParameters: Annotated[list[Pair], Field(max_length=20)] = []


class RequestState(Described):
    serverCorrelationId: Uuid
    objectReference: Text
    status: Literal["pending", "completed", "failed"]
    notificationMethod: Literal["callback", "polling"]
    error: ErrorObject | None = None
    expiryTime: AwareDatetime


class Transaction(Described):
    transactionReference: Named
    requestingOrganisationTransactionReference: Text
    type: Literal["merchantpay"]
    transactionStatus: Named
    amount: Annotated[str, Field(pattern=r"^([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?$")]
    currency: Literal["LSL"]
    debitParty: Annotated[list[Pair], Field(min_length=1, max_length=10)]
    creditParty: Annotated[list[Pair], Field(min_length=1, max_length=10)]
    descriptionText: Annotated[str, Field(max_length=160)]
    creationDate: AwareDatetime
    modificationDate: AwareDatetime


def order(payer="+26650123456", amount="50.00", **changes):
    return {
        "amount": amount,
        "currency": "LSL",
        "debitParty": [{"key": "msisdn", "value": payer}],
        "creditParty": [{"key": "organisationid", "value": "mohala"}],
        "requestingOrganisationTransactionReference": "7K4M2PXQ9",
        "descriptionText": "Motlakase",
        **changes,
    }


def correlation(number):
    return str(uuid.UUID(int=number, version=4))


def pay(client, body=None, number=1, headers=None, type="merchantpay"):
    envelope = {"X-CorrelationID": correlation(number), "X-Date": "2026-11-23T09:30:00Z", "X-Channel": "USSD"}
    body = order() if body is None else body
    return client.post(f"/wallet/transactions/type/{type}", json=body, headers={**envelope, **(headers or {})})


def state_after_approval(client, clock, asked):
    clock.pass_seconds(1)
    return RequestState.model_validate(
        client.get(f"/wallet/requeststates/{asked.json()['serverCorrelationId']}").json()
    )


def assert_refused(answer, status, category, code):
    error = ErrorObject.model_validate(answer.json())
    assert (answer.status_code, error.errorCategory, error.errorCode) == (status, category, code)
