"""What services.yaml may declare of a payer of grants by G2P Connect: each rule once, for `mohala check` and adapter.

Source: G2P Connect 1.0.0, disburse: `/disburse/sync/search` and `/disburse/sync/txn/status`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app import dci
from app.faults import Fault, Place, no_mapping, of_keys
from app.http_json import PLACEHOLDER

ADAPTER = "g2p_connect"
PAYEE, REFERENCE = "payee_fa", "reference_id"
BY = (PAYEE, REFERENCE)
FINANCIAL_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,29}:)?[A-Za-z0-9.-]{1,60}@[A-Za-z0-9.-]{1,60}")
"""`id-type:id@provider`. The contract's own expression leaves out the colon that all its examples have."""

_BY: Place = ("by",)


def faults(declared: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which the adapter would not open an office that declares this operation."""
    yield from dci.faults(declared)
    if "by" in declared:
        yield from _by(declared["by"])


def _by(value: object) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield no_mapping(_BY)
        return
    yield from of_keys(value, _BY, BY, ())
    if len(value) != 1:
        yield Fault(_BY, "wrong-shape", f"payments are searched by one of {' or '.join(BY)}")
    for name, text in value.items():
        if name not in BY:
            continue
        if fault := dci.text_fault(text, (*_BY, name)):
            yield fault
        elif name == PAYEE and not FINANCIAL_ADDRESS.fullmatch(PLACEHOLDER.sub("0", str(text))):
            told = f"`{PAYEE}` must be a financial address such as `mobile:{{msisdn}}@mpesa-ls`"
            yield Fault((*_BY, name), "wrong-shape", told)
