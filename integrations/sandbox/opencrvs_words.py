"""What the pretend OpenCRVS takes for a search, and what it makes of one, by the dialect of DCI.

Source: opencrvs/dci-crvs-api: `validations.ts` and `dci-to-opencrvs.ts`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from integrations.sandbox.opencrvs_records import Registration

REGISTER = "ocrvs:registry_type:"
PAGE_SIZE = 5

DateTime = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$")]


class Shape(BaseModel):
    """As their validation reads it: what it does not know it drops."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Header(Shape):
    message_id: str
    message_ts: DateTime
    action: Literal["search"]
    sender_id: str
    receiver_id: str | None = None
    total_count: float
    is_msg_encrypted: bool = False


class Identifier(Shape):
    type: Literal["BRN", "DRN", "MRN", "OPENCRVS_RECORD_ID", "NID"]
    value: str


class Expression(Shape):
    attribute_name: Literal["birthdate", "birthplace"]
    operator: Literal["gt", "lt", "eq", "ge", "le"]
    attribute_value: str


class Predicate(Shape):
    expression1: Expression
    condition: Literal["and"] | None = None
    expression2: Expression | None = None


class PageWanted(Shape):
    page_size: Annotated[int, Field(gt=0)] = PAGE_SIZE
    page_number: Annotated[int, Field(gt=0)] = 1


class _Criteria(Shape):
    reg_type: Literal["ocrvs:registry_type:birth", "ocrvs:registry_type:death", "ocrvs:registry_type:marriage"]
    pagination: PageWanted = PageWanted()


class ByIdentifier(_Criteria):
    query_type: Literal["idtype-value"]
    query: Identifier


class ByPredicate(_Criteria):
    query_type: Literal["predicate"]
    query: list[Predicate]


class Search(Shape):
    reference_id: str
    timestamp: DateTime
    search_criteria: Annotated[ByIdentifier | ByPredicate, Field(discriminator="query_type")]
    locale: Annotated[str, Field(pattern="^[a-z]{3}$")] = "eng"


class Message(Shape):
    transaction_id: Annotated[str, Field(max_length=99)]
    search_request: list[Search]


class Envelope(Shape):
    header: Header
    message: Message
    signature: None = None


def is_found(registration: Registration, criteria: ByIdentifier | ByPredicate) -> bool:
    if f"{REGISTER}{registration.register}" != criteria.reg_type:
        return False
    if isinstance(criteria, ByPredicate):
        return all(_holds(registration, predicate) for predicate in criteria.query)
    asked = criteria.query
    if asked.type == "OPENCRVS_RECORD_ID":
        return registration.id == asked.value
    return registration.has(asked.type, asked.value)


def _holds(registration: Registration, predicate: Predicate) -> bool:
    """What they make of it: marriages are not narrowed at all, nor births by a single day."""
    first, second = predicate.expression1, predicate.expression2
    if registration.register == "marriage":
        return True
    if first.attribute_name == "birthplace":
        return registration.place == first.attribute_value
    if registration.register == "birth" and second is None:
        return True
    born = registration.person.born
    return all(_is_within(born, one) for one in (first, second) if one is not None)


def _is_within(born: str, bound: Expression) -> bool:
    try:
        day = date.fromisoformat(bound.attribute_value[:10])
    except ValueError:
        return False
    return {
        "ge": born >= day.isoformat(),
        "gt": born >= (day + timedelta(days=1)).isoformat(),
        "le": born <= day.isoformat(),
        "lt": born <= (day - timedelta(days=1)).isoformat(),
        "eq": born == day.isoformat(),
    }[bound.operator]
