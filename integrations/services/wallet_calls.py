"""What wallets call back with: read for the id of the payment alone, because nothing else in it is believed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from app.errors import NotOurs
from app.messages import Woken

ACCEPTED = 204
"""GSMA Mobile Money API 1.2.0, of the callback of /transactions: no content."""
RECEIVED = 200
characters_max = 64  # of what M-Pesa wants said back


def read_call(id: str, body: bytes) -> Woken:
    """The callback of a wallet that speaks the GSMA Mobile Money API: its URL, which we gave, says it all."""
    return Woken(id, ACCEPTED)


def read_result(id: str, body: bytes) -> Woken:
    """M-Pesa's asynchronous result, to an address that is told to its portal once: the body says of which payment.

    Source: the same community write-up as the codes (docs/wallets.md); raises `NotOurs`.
    """
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise NotOurs("no JSON") from None
    if not isinstance(told, Mapping):
        raise NotOurs("no JSON object")
    payment, theirs = (_short(told, f"input_{name}") for name in ("ThirdPartyConversationID", "OriginalConversationID"))
    answer = {
        "output_OriginalConversationID": theirs,
        "output_ResponseDesc": "Successfully Accepted Result",
        "output_ResponseCode": "0",
        "output_ThirdPartyConversationID": payment,
    }
    return Woken(payment, RECEIVED, msgspec.json.encode(answer))


def _short(told: Mapping[str, object], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or len(value) > characters_max:
        raise NotOurs(f"{name} is missing or too long")
    return value
