"""Civil registries that run OpenCRVS, by its dialect of the search of G2P Connect and DCI.

Source: opencrvs/dci-crvs-api: `validations.ts` for what is asked, `opencrvs-to-dci.ts` for what is answered. The
dialect says `idtype-value` for `idtype`, counts in `total_count` what it found, and answers with our own message id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app import opencrvs
from app.errors import ServiceFailed
from app.messages import Answered, Pending, Refused
from app.opencrvs import BIRTHDATE, BIRTHPLACE, NATIONAL_ID
from app.ports import Clock
from integrations.services.dci_envelope import ids_of, open_answer, stamp
from integrations.services.dci_found import Results, filled, most_asked_for, read_results
from integrations.services.dci_office import DciOffice
from integrations.services.http_json_operation import refuse_faulty
from integrations.services.opencrvs_words import Answer, read_found
from integrations.services.settings import OfficeSettings

SEARCH = "/registry/sync/search"
REGISTER = "ocrvs:registry_type:"
others_max = 10  # records of other people, such as children, that come with somebody's by a national id
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class OpenCrvsOffice(DciOffice["_Operation"]):
    """Searches registers as the declared `operations` say; raises `SettingsWrong` for a wrong declaration.

    A search changes nothing, so a message is the same for the same key but for its time.
    """

    def __init__(self, told: OfficeSettings, clock: Clock) -> None:
        super().__init__(told, clock, _read_operation)

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending:
        """Search once. Refuses with `unknown` and `several`.

        Besides the reasons of `OutboundHttp`, `BearerHttp` and the envelope raises `answer_not_asked_for` for a record
        that is not one of those asked for, `argument_unfit`, `argument_missing`, `operation_unknown`, none of them
        retryable.
        """
        asked = self._operation(operation, arguments)
        ids, now = ids_of(self.name, operation, key), self._clock()
        criteria = asked.criteria(arguments)
        search: dict[str, JsonValue] = {
            "reference_id": ids.reference,
            "timestamp": stamp(now),
            "search_criteria": criteria,
            "locale": "eng",
        }
        body = self._parties.request(ids, now, {"search_request": [search]})
        answer = await self._http.call("POST", SEARCH, within_seconds, json_body=body)
        opened = open_answer(answer, ids, Answer, same_message=True)
        if isinstance(opened, Pending):
            return opened
        header, message = opened
        return read_found(message, ids, criteria, asked.results, header.total_count)


class _Declared(BaseModel):
    """One operation; `app.opencrvs` has the rules."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    searched: Annotated[str, Field(alias="register")]
    takes: frozenset[str] = frozenset()
    by: dict[str, str | dict[str, str]]


class _Operation:
    def __init__(self, declared: _Declared, results: Results) -> None:
        self.takes = declared.takes
        self.results = results
        self.register = f"{REGISTER}{declared.searched}"
        self._by = declared.by

    def criteria(self, arguments: Mapping[str, str]) -> dict[str, JsonValue]:
        """What is searched for; raises `ServiceFailed` for an argument that is no day or would ask for everything."""
        type, text = next(iter(self._by.items()))
        query: JsonValue
        if type in (BIRTHDATE, BIRTHPLACE):
            query_type, query = "predicate", list(self._predicates(arguments))
        else:
            assert isinstance(text, str), "only a birthdate is said in two parts"
            query_type, query = "idtype-value", {"type": type, "value": filled(text, arguments)}
        size = most_asked_for(self.results) + (others_max if type == NATIONAL_ID else 0)
        return {
            "reg_type": self.register,
            "query_type": query_type,
            "query": query,
            "pagination": {"page_size": size, "page_number": 1},
        }

    def _predicates(self, arguments: Mapping[str, str]) -> Iterator[JsonValue]:
        """A day is two bounds as well: an `eq` alone is not looked at in births, which would all be found."""
        if BIRTHDATE in self._by:
            said = self._by[BIRTHDATE]
            first, last = (said, said) if isinstance(said, str) else (said["from"], said["to"])
            yield {
                "expression1": _predicate(BIRTHDATE, "ge", _day(filled(first, arguments))),
                "condition": "and",
                "expression2": _predicate(BIRTHDATE, "le", _day(filled(last, arguments))),
            }
        if BIRTHPLACE in self._by:
            yield {"expression1": _predicate(BIRTHPLACE, "eq", filled(str(self._by[BIRTHPLACE]), arguments))}


def _read_operation(office: str, name: str, declared: Mapping[str, object]) -> _Operation:
    refuse_faulty(office, name, opencrvs.faults(declared))
    return _Operation(_Declared.model_validate(dict(declared)), read_results(declared.get("results")))


def _predicate(name: str, operator: str, value: str) -> JsonValue:
    return {"attribute_name": name, "operator": operator, "attribute_value": value}


def _day(text: str) -> str:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise ServiceFailed("argument_unfit", retryable=False)
