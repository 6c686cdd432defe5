"""Offices that take the messages of G2P Connect, as a pack would declare them, and answers for desks that play them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from app.errors import ServiceFailed
from app.ports import Office
from integrations.services.dci_envelope import Ids, ids_of
from integrations.services.settings import OfficeSettings
from tests.integrations.country import Country

NAMED = {"given": {"from": "given_name", "longest": "20"}, "family": {"from": "family_name", "longest": "20"}}
BORN = {"born": {"from": "birthDate", "longest": "10", "type": "date"}}
ONE: Mapping[str, object] = {"unknown": {}, "several": {}}
REGISTERS: Mapping[str, Mapping[str, object]] = {
    "birth": {
        "register": "birth",
        "takes": ["number"],
        "by": {"BRN": "{number}"},
        "results": NAMED | BORN,
        "refused": ONE,
    },
    "own-birth": {"register": "birth", "takes": ["id"], "by": {"NID": "{id}"}, "results": NAMED, "refused": ONE},
    "record": {
        "register": "birth",
        "takes": ["id"],
        "by": {"OPENCRVS_RECORD_ID": "{id}"},
        "results": BORN,
        "refused": ONE,
    },
    "death": {
        "register": "death",
        "takes": ["number"],
        "by": {"DRN": "{number}"},
        "results": {"died": {"from": "deathDate", "longest": "10", "type": "date"}},
        "refused": ONE,
    },
    "marriage": {
        "register": "marriage",
        "takes": ["id"],
        "by": {"NID": "{id}"},
        "results": {"day": {"from": "marriagedate", "longest": "10", "type": "date"}},
        "refused": ONE,
    },
    "births-of-a-day": {
        "register": "birth",
        "takes": ["day", "place"],
        "by": {"birthdate": "{day}", "birthplace": "{place}"},
        "results": {"births": {"from": ".", "most": "5", "list": NAMED}},
        "refused": {"unknown": {}},
    },
    "deaths-of-the-born": {
        "register": "death",
        "takes": ["first", "last"],
        "by": {"birthdate": {"from": "{first}", "to": "{last}"}},
        "results": NAMED,
        "refused": ONE,
    },
    "is-registered": {
        "register": "birth",
        "takes": ["number"],
        "by": {"BRN": "{number}"},
        "refused": {"unknown": {}},
    },
}
PAYMENTS: Mapping[str, Mapping[str, object]] = {
    "paid": {
        "takes": ["msisdn"],
        "by": {"payee_fa": "mobile:{msisdn}@mpesa-ls"},
        "results": {
            "status": {"from": "status", "longest": "4"},
            "day": {"from": "timestamp", "longest": "10", "type": "date"},
        },
        "refused": ONE,
    },
    "all-paid": {
        "takes": ["msisdn"],
        "by": {"payee_fa": "mobile:{msisdn}@mpesa-ls"},
        "results": {"payments": {"from": ".", "most": "9", "list": {"status": {"from": "status", "longest": "4"}}}},
        "refused": {"unknown": {}},
    },
    "payment": {
        "takes": ["payment"],
        "by": {"reference_id": "{payment}"},
        "results": {
            "status": {"from": "status", "longest": "4"},
            "amount": {"from": "amount", "longest": "16"},
            "why": {"from": "status_reason_code", "longest": "40"},
        },
        "refused": ONE,
    },
}
PARTIES = {"sender": "mohala.sandbox"}


def opencrvs(country: Country, secret: str = "sandbox", **told: Any) -> Office:
    url = f"{country.url}/opencrvs"
    auth = {
        "kind": "oauth2",
        "token_url": f"{url}/oauth2/client/token",
        "client": "mohala",
        "credentials": "body",
    }
    settings = OfficeSettings("registers", url, secret, REGISTERS, told.get("options", PARTIES), auth)
    return country.opened("opencrvs", settings)


def grants(country: Country, secret: str = "sandbox", scope: str = "grants", **options: str) -> Office:
    auth = {"kind": "oauth2", "token_url": f"{country.url}/oauth/token", "client": "mohala", "scope": scope}
    options = {**PARTIES, "receiver": "grants.sandbox", **options}
    settings = OfficeSettings("grants", f"{country.url}/grants", secret, PAYMENTS, options, auth)
    return country.opened("g2p_connect", settings)


async def failure(
    office: Office, operation: str, arguments: Mapping[str, str], within_seconds: float = 5.0, key: str = "S1-1"
) -> tuple[str, bool, bool]:
    """Reason, retryable, late."""
    with pytest.raises(ServiceFailed) as failed:
        await office.ask(operation, arguments, key, within_seconds)
    return failed.value.reason, failed.value.retryable, failed.value.late


# --- what a desk says ------------------------------------------------------------------------------------------------

AT = "2026-11-23T09:30:00+00:00"
BIRTH_IDS = ids_of("registers", "birth", "S1-1")
PAID_IDS = ids_of("grants", "paid", "S1-1")
PAYMENT_IDS = ids_of("grants", "payment", "S1-1")
LINEO: Mapping[str, Any] = {
    "identifier": [{"type": "BRN", "value": "2023BLINEO1"}],
    "given_name": "Lineo",
    "middle_name": None,
    "family_name": "Mokoena",
    "birthDate": "2023-03-05",
    "sex": "female",
}


def header(message_id: str, **changed: object) -> dict[str, object]:
    told = {"version": "1.0.0", "message_id": message_id, "message_ts": AT, "action": "on-search", "status": "succ"}
    return {**told, "total_count": 1, **changed}


def found(
    *records: Mapping[str, Any], ids: Ids = BIRTH_IDS, total: int | None = None, **changed: Any
) -> dict[str, Any]:
    """What OpenCRVS answers; `changed` are parts of the header."""
    response = {
        "reference_id": ids.reference,
        "timestamp": AT,
        "status": "succ",
        "data": {"reg_record_type": "person", "reg_type": "ocrvs:registry_type:birth", "reg_records": [*records]},
        "pagination": {"page_number": 1, "page_size": 2, "total_count": len(records) if total is None else total},
        "locale": "eng",
    }
    message = {
        "transaction_id": ids.transaction,
        "correlation_id": "c-1",
        "search_response": [response] if records else [],
    }
    return {"header": header(ids.message, **{"total_count": len(records), **changed}), "message": message}


def standing(reference: str, status: str = "succ", **more: object) -> dict[str, object]:
    return {"reference_id": reference, "timestamp": "2026-11-20T09:00:00+02:00", "status": status, **more}


def payments(*standings: Mapping[str, object], ids: Ids = PAID_IDS, **changed: object) -> dict[str, Any]:
    """What a payer answers to a search."""
    message = {"transaction_id": ids.transaction, "disbursements_status": [*standings]}
    return {"header": header("theirs-1", **changed), "message": message}


def status_of(*standings: Mapping[str, object], **changed: object) -> dict[str, Any]:
    """What it answers to the question for one payment."""
    told = {"transaction_id": "OAP-2026-11", "disbursements_status": [*standings]}
    message = {
        "transaction_id": PAYMENT_IDS.transaction,
        "correlation_id": "c-1",
        "txnstatus_response": {"txn_type": "on-disburse", "txn_status": told},
    }
    return {"header": header("theirs-1", **changed), "message": message}


def changed(answer: dict[str, Any], place: str, value: object) -> dict[str, Any]:
    """A copy with another value at a dotted place; `...` takes it away."""
    copy: dict[str, Any] = json.loads(json.dumps(answer))
    *steps, last = place.split(".")
    inner: Any = copy
    for step in steps:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[int(last) if isinstance(inner, list) else last] = value
    return copy
