"""What services.yaml may declare of any wallet that is asked for a payment: for `mohala check` and adapters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.faults import Fault, Place, no_mapping, of_keys
from app.values.rules import ValueType

PAY = "request-payment"
TAKES = ("msisdn", "amount", "currency", "reference", "text")
LOOK = "look"
"""An argument besides these: a wallet that hears it is asked what became of a payment, and nothing is sent to it."""
FRESH = "fresh"
"""Another: it cannot have heard of this payment, or was asked just now and had not; so it is sent without a look."""
UNSEEN = "unseen"
"""Why a look is refused: the wallet does not know the payment, or not yet."""
RESULT = "payment"
REASONS = ("insufficient_funds", "declined", "limit", "expired", "refused")
"""Why no money was taken: too little of it, the payer's no, a limit, no decision in time, anything else."""
KEYS = ("takes", "results", "refused")
longest_max = 256

_OPERATIONS: Place = ("operations",)
_RESULTS: Place = ("results",)
_REFUSED: Place = ("refused",)


def only(declared: Mapping[str, object], known: tuple[str, ...]) -> Iterator[Fault]:
    """A wallet can be asked for what its protocol has, and must be asked for payments."""
    operations = declared.get("operations")
    if not isinstance(operations, Mapping):
        return
    for name in operations:
        if name not in known:
            told = f"`{name}` cannot be asked of a wallet; known are {', '.join(known)}"
            yield Fault((*_OPERATIONS, name), "unknown-operation", told, True)
    if PAY not in operations:
        yield Fault(_OPERATIONS, "missing-key", f"`{PAY}` is missing; add it")


def pay_faults(declared: Mapping[str, object], more: tuple[str, ...] = ()) -> Iterator[Fault]:
    """Everything for which no wallet's adapter would open an office; `more` are keys of its own, all needed."""
    yield from of_keys(declared, (), (*KEYS, *more), ("takes", *more))
    if "takes" in declared and not _is_all(declared["takes"]):
        yield Fault(("takes",), "wrong-arguments", f"`takes` must be [{', '.join(TAKES)}]")
    if "results" in declared:
        yield from _results(declared["results"], _RESULTS)


def reason_faults(declared: Mapping[str, object], known: tuple[str, ...] = REASONS) -> Iterator[Fault]:
    """`refused: {declined: {}}`: the adapter knows how its wallet says so."""
    reasons = declared.get("refused", {})
    if not isinstance(reasons, Mapping):
        yield no_mapping(_REFUSED)
        return
    for reason, how in reasons.items():
        if reason not in known:
            yield unknown_reason(reason, known)
        elif how not in ({}, "", None):
            told = f"the adapter knows how `{reason}` is said; write `{reason}: {{}}`"
            yield Fault((*_REFUSED, reason), "wrong-shape", told)


def unknown_reason(reason: str, known: tuple[str, ...] = REASONS) -> Fault:
    told = f"`{reason}` is no reason of a wallet; known are {', '.join(known)}"
    return Fault((*_REFUSED, reason), "unknown-key", told, True)


def _is_all(takes: object) -> bool:
    return isinstance(takes, list) and len(takes) == len(TAKES) and all(name in takes for name in TAKES)


def _results(value: object, place: Place) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield no_mapping(place)
        return
    for name, result in value.items():
        if name != RESULT:
            told = f"a wallet gives `{RESULT}` alone, its reference of a payment; remove `{name}`"
            yield Fault((*place, name), "unknown-key", told, True)
        elif not isinstance(result, Mapping):
            yield no_mapping((*place, name))
        else:
            yield from _result(result, (*place, name))


def _result(result: Mapping[str, object], place: Place) -> Iterator[Fault]:
    yield from of_keys(result, place, ("longest", "type"), ("longest",))
    longest = str(result.get("longest", 1))
    if not (longest.isascii() and longest.isdigit() and 1 <= int(longest[:9]) <= longest_max):
        told = f"`longest` of `{RESULT}` must be a whole number of septets, 1 to {longest_max}"
        yield Fault((*place, "longest"), "wrong-shape", told)
    if result.get("type", ValueType.TEXT) != ValueType.TEXT:
        yield Fault((*place, "type"), "unknown-type", f"`{RESULT}` is a text; remove `type`")
