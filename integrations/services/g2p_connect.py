"""Payers of grants that speak G2P Connect 1.0.0: what became of a payment, asked at once and never acted upon.

Source: G2P Connect 1.0.0, `/disburse/sync/search` by the payee's financial address, `/disburse/sync/txn/status` by the
reference of a payment. The published description has `search` for the action of both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, JsonValue

from app import g2p_connect
from app.errors import ServiceFailed
from app.g2p_connect import FINANCIAL_ADDRESS, PAYEE
from app.messages import Answered, Pending, Refused
from app.ports import Clock
from integrations.services.dci_envelope import Ids, ids_of, open_answer, stamp
from integrations.services.dci_found import Results, filled, read_results
from integrations.services.dci_office import DciOffice
from integrations.services.g2p_connect_words import SearchAnswer, StatusAnswer, read_payments
from integrations.services.http_json_operation import refuse_faulty
from integrations.services.settings import OfficeSettings

SEARCH, STATUS = "/disburse/sync/search", "/disburse/sync/txn/status"
_MSISDN = re.compile(r"\+[1-9][0-9]{7,14}")


class G2pConnectOffice(DciOffice["_Operation"]):
    """Asks a payer as the declared `operations` say; raises `SettingsWrong` for a wrong declaration.

    A message id that comes twice is refused by the contract, so every attempt is a message of its own; the transaction
    and the reference in it are the same for the same key.
    """

    def __init__(self, told: OfficeSettings, clock: Clock) -> None:
        super().__init__(told, clock, _read_operation)

    async def ask(
        self, operation: str, arguments: Mapping[str, str], key: str, within_seconds: float
    ) -> Answered | Refused | Pending:
        """Ask once. Refuses with `unknown` and `several`; a payment that was rejected is an answer, its status `rjct`.

        Besides the reasons of `OutboundHttp`, `BearerHttp` and the envelope raises `argument_unfit`,
        `argument_missing`, `operation_unknown`, none of them retryable.
        """
        asked = self._operation(operation, arguments)
        now = self._clock()
        ids = ids_of(self.name, operation, key, stamp(now))
        wanted = asked.wanted(arguments)
        by_payee = asked.by == PAYEE
        inquiry = _search(ids, stamp(now), wanted) if by_payee else _status(ids, wanted)
        body = self._parties.request(ids, now, inquiry)
        answer = await self._http.call("POST", SEARCH if by_payee else STATUS, within_seconds, json_body=body)
        kind: type[SearchAnswer | StatusAnswer] = SearchAnswer if by_payee else StatusAnswer
        opened = open_answer(answer, ids, kind, same_message=False)
        if isinstance(opened, Pending):
            return opened
        header, message = opened
        return read_payments(message, ids.reference if by_payee else wanted, asked.results, header.total_count)


class _Operation:
    """As declared; `app.g2p_connect` has the rules."""

    def __init__(self, declared: Mapping[str, object]) -> None:
        known = _Declared.model_validate(dict(declared))
        self.takes = known.takes
        self.results: Results = read_results(declared.get("results"))
        self.by, self._text = next(iter(known.by.items()))

    def wanted(self, arguments: Mapping[str, str]) -> str:
        """Whose payments, or which one; raises `ServiceFailed` for what is no financial address.

        A telephone number leaves its plus behind, which no financial address has.
        """
        if self.by != PAYEE:
            return filled(self._text, arguments)
        plain = {name: value[1:] if _MSISDN.fullmatch(value) else value for name, value in arguments.items()}
        address = filled(self._text, plain)
        if not FINANCIAL_ADDRESS.fullmatch(address):
            raise ServiceFailed("argument_unfit", retryable=False)
        return address


class _Declared(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    takes: frozenset[str] = frozenset()
    by: dict[str, str]


def _read_operation(office: str, name: str, declared: Mapping[str, object]) -> _Operation:
    refuse_faulty(office, name, g2p_connect.faults(declared))
    return _Operation(declared)


def _search(ids: Ids, timestamp: str, payee: str) -> dict[str, JsonValue]:
    criterion: dict[str, JsonValue] = {
        "reference_id": ids.reference,
        "timestamp": timestamp,
        "request_type": "disburse",
        "attribute_type": PAYEE,
        "attribute_value": payee,
    }
    return {"search_criteria": [criterion]}


def _status(ids: Ids, reference: str) -> dict[str, JsonValue]:
    """By a list of references, of which ours is one; as a bare text the published schema takes no attribute at all."""
    return {
        "txnstatus_request": {
            "reference_id": ids.reference,
            "txn_type": "disburse",
            "attribute_type": "reference_id_list",
            "attribute_value": [reference],
        }
    }
