"""What services.yaml may declare of a registry with OpenCRVS: each rule once, for `mohala check` and the adapter.

Source: opencrvs/dci-crvs-api, the schema of its search (`validations.ts`) and what it makes of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app import dci
from app.faults import Fault, Place, no_mapping, of_keys

ADAPTER = "opencrvs"
KEYS = ("register",)
NUMBERS: Mapping[str, str] = {"birth": "BRN", "death": "DRN", "marriage": "MRN"}
"""Register: the type of its registration numbers."""
NATIONAL_ID, RECORD_ID = "NID", "OPENCRVS_RECORD_ID"
ANYWHERE = (NATIONAL_ID, RECORD_ID)
BIRTHDATE, BIRTHPLACE = "birthdate", "birthplace"
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {"birth": (BIRTHDATE, BIRTHPLACE), "death": (BIRTHDATE, BIRTHPLACE)}
"""Register: what else it is searched by. Of marriages OpenCRVS looks at none, and would give them all."""
SPAN = ("from", "to")

_BY: Place = ("by",)


def faults(declared: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which the adapter would not open an office that declares this operation."""
    yield from dci.faults(declared, KEYS)
    register = declared.get("register")
    if register is not None and register not in NUMBERS:
        yield Fault(KEYS, "wrong-shape", f"`register` must be one of {', '.join(NUMBERS)}")
    if "by" in declared:
        yield from _by(declared["by"], register if isinstance(register, str) and register in NUMBERS else None)


def _by(value: object, register: str | None) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield no_mapping(_BY)
        return
    identifiers = (*((NUMBERS[register],) if register else NUMBERS.values()), *ANYWHERE)
    attributes = ATTRIBUTES.get(register, ()) if register else ATTRIBUTES["birth"]
    yield from of_keys(value, _BY, (*identifiers, *attributes), ())
    known = [name for name in value if name in identifiers or name in attributes]
    if not value or (len(known) > 1 and set(known) & set(identifiers)):
        among = f"{', '.join(identifiers)}{', or by ' + ' and '.join(attributes) if attributes else ''}"
        yield Fault(_BY, "wrong-shape", f"a register is searched by one of {among}")
    for name in known:
        if name == BIRTHDATE and isinstance(value[name], Mapping):
            yield from _span(value[name], (*_BY, name))
        elif fault := dci.text_fault(value[name], (*_BY, name)):
            yield fault


def _span(value: object, place: Place) -> Iterator[Fault]:
    assert isinstance(value, Mapping), "the caller looked"
    yield from of_keys(value, place, SPAN, SPAN)
    for name in SPAN:
        if name in value and (fault := dci.text_fault(value[name], (*place, name))):
            yield fault
