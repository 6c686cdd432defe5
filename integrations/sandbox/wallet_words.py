"""The words of the GSMA Mobile Money API 1.2.0 that the pretend wallet uses: its order, its errors, its states."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=256)]
error_parameters_max = 20
value_characters_max = 256


class Category(StrEnum):
    BUSINESS_RULE = "businessRule"
    VALIDATION = "validation"
    AUTHORISATION = "authorisation"
    IDENTIFICATION = "identification"
    SERVICE_UNAVAILABLE = "serviceUnavailable"


HTTP_STATUS = {
    Category.BUSINESS_RULE: 400,
    Category.VALIDATION: 400,
    Category.AUTHORISATION: 401,
    Category.IDENTIFICATION: 404,
    Category.SERVICE_UNAVAILABLE: 503,
}
CODE_OF_PROBLEM = {
    "missing": "mandatoryValueNotSupplied",
    "string_too_short": "lengthError",
    "string_too_long": "lengthError",
    "too_short": "lengthError",
    "too_long": "lengthError",
}


class State(StrEnum):
    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"


class Pair(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    key: ShortText
    value: ShortText


Parties = Annotated[list[Pair], Field(min_length=1, max_length=10)]


class Order(BaseModel):
    """A merchant payment asked of a payer; both parties are needed here, unlike in the general description.

    The description's amounts do not end in a zero after the point ("50", "50.5"); its own prose and most clients
    write "50.00", so both are understood.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,2})?$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    debit_party: Annotated[Parties, Field(alias="debitParty")]
    credit_party: Annotated[Parties, Field(alias="creditParty")]
    reference: Annotated[str, Field(alias="requestingOrganisationTransactionReference", max_length=256)] = ""
    description: Annotated[str, Field(alias="descriptionText", max_length=160)] = ""
    servicing_identity: Annotated[str, Field(alias="servicingIdentity", max_length=256)] = ""
    request_date: Annotated[str, Field(alias="requestDate", max_length=64)] = ""
    metadata: Annotated[list[Pair], Field(max_length=20)] = []

    @classmethod
    def read(cls, body: bytes, at: str) -> Self:
        """Read an order as sent; raises a refusal that names each field that is wrong."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            problems = [(".".join(map(str, one["loc"])) or "body", one["msg"], one["type"]) for one in error.errors()]
            code = CODE_OF_PROBLEM.get(problems[0][2], "formatError")
            parameters = [(field, problem) for field, problem, _ in problems]
            raise refusal(Category.VALIDATION, code, "The body is not a payment.", at, parameters) from None

    def payer(self) -> str:
        return next((party.value for party in self.debit_party if party.key == "msisdn"), "")

    def payee(self) -> str:
        return next((party.value for party in self.credit_party if party.key == "organisationid"), "")


def error_object(
    category: Category, code: str, description: str, at: str, parameters: list[tuple[str, str]] | None = None
) -> dict[str, Any]:
    named = [
        {"key": field[:value_characters_max], "value": problem[:value_characters_max]}
        for field, problem in (parameters or [])[:error_parameters_max]
    ]
    extra = {"errorParameters": named} if named else {}
    return {
        "errorCategory": category.value,
        "errorCode": code,
        "errordescription": description,
        "errorDateTime": at,
        **extra,
    }


def refusal(
    category: Category, code: str, description: str, at: str, parameters: list[tuple[str, str]] | None = None
) -> HTTPException:
    """The error object as an answer, with the HTTP status that belongs to its category."""
    content = error_object(category, code, description, at, parameters)
    return HTTPException(HTTP_STATUS[category], content, {"X-Date": at})


def to_minor(amount: str) -> int:
    whole, _, fraction = amount.partition(".")
    return int(whole) * 100 + int(fraction.ljust(2, "0"))


def from_minor(minor: int) -> str:
    """An amount as the description's pattern wants it: no zero at the end of a fraction."""
    fraction = f"{minor % 100:02d}".rstrip("0")
    return f"{minor // 100}.{fraction}" if fraction else str(minor // 100)
