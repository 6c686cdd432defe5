"""What a civil registry with OpenCRVS answers to a search, and what it means in our words.

Source: opencrvs/dci-crvs-api, `opencrvs-to-dci.ts`. What it found is counted in `total_count`, which in G2P Connect
counts what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue, StrictInt

from app.dci import SEVERAL
from app.errors import ServiceFailed
from app.messages import Answered, Pending, Refused
from app.opencrvs import BIRTHDATE, NATIONAL_ID, NUMBERS
from integrations.services.dci_envelope import (
    Id,
    Ids,
    Message,
    Status,
    Words,
    evidence_of,
    malformed,
    not_ours,
    rejected,
)
from integrations.services.dci_found import Results, outcome_of

MARRIAGES = "ocrvs:registry_type:marriage"
TOO_MANY = "rjct.search.too_many_records_found"

Record = dict[str, JsonValue]
Criteria = Mapping[str, JsonValue]


class Page(Words):
    total_count: StrictInt


class Data(Words):
    reg_type: str = ""
    reg_records: list[Record]


class Found(Words):
    reference_id: Id
    status: Status
    status_reason_code: str | None = None
    data: Data | None = None
    pagination: Page | None = None


class Answer(Message):
    search_response: list[Found]


def read_found(
    message: Answer, ids: Ids, criteria: Criteria, results: Results, total_count: int | None
) -> Answered | Refused | Pending:
    """What was found of what `criteria` ask for; raises `ServiceFailed`."""
    if any(found.reference_id != ids.reference for found in message.search_response):
        raise not_ours()
    for found in message.search_response:
        if found.status == "rjct" and found.status_reason_code == TOO_MANY:
            return Refused(SEVERAL, evidence_of(message))
        if found.status == "rjct":
            raise rejected(found.status_reason_code)
        if found.status != "succ":
            return Pending()
    given = [found.data for found in message.search_response if found.data is not None]
    if any(data.reg_type not in ("", criteria["reg_type"]) for data in given):
        raise _not_asked_for()
    records = [record for data in given for record in data.reg_records]
    unseen = _unseen(message, len(records), total_count)
    wanted = _wanted(records, criteria)
    if unseen and not wanted:
        return Refused(SEVERAL, evidence_of(message))
    return outcome_of(results, wanted, len(wanted) + unseen, evidence_of(message))


def _unseen(message: Answer, shown: int, total_count: int | None) -> int:
    """How many records are counted besides those that came; raises `ServiceFailed` for a count that cannot be true."""
    counts = [found.pagination.total_count for found in message.search_response if found.pagination is not None]
    counts += [] if total_count is None else [total_count]
    if any(count < shown for count in counts) or (not shown and any(counts)):
        raise malformed()
    return max(counts, default=shown) - shown


def _wanted(records: list[Record], criteria: Criteria) -> list[Record]:
    """Those that say themselves that they were asked for: a registry that overlooks a criterion gives everybody's.

    By a national id the records of somebody's children may come as well, and are left out; another number, or a day
    outside, raises `ServiceFailed`. A record does not name its id in OpenCRVS, and may name a place inside the one that
    was asked for.
    """
    query = criteria["query"]
    wanted = [record for record in records if _fits(record, query, of_marriage=criteria["reg_type"] == MARRIAGES)]
    if len(wanted) < len(records) and not (isinstance(query, dict) and query.get("type") == NATIONAL_ID):
        raise _not_asked_for()
    return wanted


def _fits(record: Record, query: JsonValue, *, of_marriage: bool) -> bool:
    match query:
        case {"type": str() as type, "value": str() as value} if type in (*NUMBERS.values(), NATIONAL_ID):
            people = [record, *(_others(record) if of_marriage else [])]
            return any(_names(person, type, value) for person in people)
        case [{"expression1": {"attribute_value": first}, "expression2": {"attribute_value": last}}, *_]:
            born = record.get("birthDate", record.get(BIRTHDATE))
            return isinstance(born, str) and str(first) <= born[:10] <= str(last)
        case _:
            return True


def _others(record: Record) -> list[Record]:
    """Of a marriage the groom, for its record is the bride's; of a birth they would be the parents."""
    listed = record.get("relations")
    return [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)]


def _names(person: Record, type: str, value: str) -> bool:
    listed = person.get("identifier")
    named = [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)]
    return any(one.get("type") == type and str(one.get("value")).casefold() == value.casefold() for one in named)


def _not_asked_for() -> ServiceFailed:
    return ServiceFailed("answer_not_asked_for", retryable=False)
