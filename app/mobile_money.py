"""What services.yaml may declare of a wallet that speaks the GSMA Mobile Money API: for checks and the adapter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app import wallets
from app.faults import Fault, of_keys

ADAPTER = "mobile_money"
HEARTBEAT = "heartbeat"
UNAVAILABLE = "unavailable"
OFFICE_KEYS = ("merchant", "client_id")
MERCHANT = "mohala"
"""Our organisation id at the wallet, if nothing is said."""
_NAME = re.compile("[!-~]{1,256}")


def office_faults(options: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which the adapter would not open an office that says this of us."""
    for name in OFFICE_KEYS:
        if name in options and not _NAME.fullmatch(str(options[name])):
            yield Fault((name,), "wrong-shape", f"`{name}` must be 1 to 256 ASCII letters without blanks")


def only(declared: Mapping[str, object]) -> Iterator[Fault]:
    return wallets.only(declared, (wallets.PAY, HEARTBEAT))


def faults(declared: Mapping[str, object], operation: str = wallets.PAY) -> Iterator[Fault]:
    """Everything for which the adapter would not open an office that declares this operation."""
    if operation == HEARTBEAT:
        yield from of_keys(declared, (), wallets.KEYS, ())
        for key in ("takes", "results"):
            if declared.get(key, []) not in ([], {}, ""):
                yield Fault((key,), "wrong-shape", f"`{HEARTBEAT}` takes and gives nothing; remove `{key}`")
        yield from wallets.reason_faults(declared, (UNAVAILABLE,))
        return
    yield from wallets.pay_faults(declared)
    yield from wallets.reason_faults(declared)
