"""What services.yaml may declare of an office without a system: each rule once, for `mohala check` and for the desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.faults import NAME, Fault, Place, of_keys

ADAPTER = "manual"
OFFICE_KEYS = ("promise_days",)
KEYS = ("takes", "results", "refused", "attaches")
ATTACHES = "attaches"
"""The parameters in which a clerk is shown the payment or request that their words name, if it is the citizen's own."""
promise_days_max = 366
PROMISE_DAYS = 10
"""Days until an end is promised, if nothing is said."""
longest_max = 120


def office_faults(options: Mapping[str, object]) -> Iterator[Fault]:
    """Everything that no desk could keep."""
    days = str(options.get("promise_days", PROMISE_DAYS))
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:9]) <= promise_days_max):
        yield Fault(OFFICE_KEYS, "wrong-shape", f"`promise_days` are 1 to {promise_days_max}")


def faults(declared: Mapping[str, object]) -> Iterator[Fault]:
    """Everything that a clerk could not be shown, or could not answer."""
    yield from of_keys(declared, (), KEYS, ())
    listed, results, refused, attaches = (declared.get(key) for key in KEYS)
    known = listed if isinstance(listed, list) else []
    for number, name in enumerate(attaches if isinstance(attaches, list) else ()):
        if name not in known:
            yield Fault((KEYS[3], number), "unknown-argument", f"`{name}` is not among `takes`; add it there")
    if attaches is not None and not isinstance(attaches, list):
        yield Fault((KEYS[3],), "wrong-shape", "`attaches` is a list of parameters, such as [receipt]")
    for number, name in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(name, str) or not NAME.fullmatch(name):
            yield Fault((KEYS[0], number), "bad-name", "a parameter is small letters, digits and _")
    for name, result in results.items() if isinstance(results, dict) else ():
        yield from _result((KEYS[1], name), name, result)
    for reason, how in refused.items() if isinstance(refused, dict) else ():
        place = (KEYS[2], reason)
        if not NAME.fullmatch(reason):
            yield Fault(place, "bad-name", f"`{reason}`: a reason is small letters, digits and _", True)
        elif how not in ({}, "", None):
            yield Fault(place, "wrong-shape", f"a clerk chooses `{reason}`; write `{reason}: {{}}`")


def _result(place: Place, name: str, result: object) -> Iterator[Fault]:
    if not NAME.fullmatch(name):
        yield Fault(place, "bad-name", f"`{name}`: a result is small letters, digits and _", True)
    if not isinstance(result, dict) or set(result) != {"longest"}:
        yield Fault(place, "wrong-shape", f"a clerk writes `{name}`; write `{name}: {{longest: 40}}`")
        return
    longest = str(result["longest"])
    if not (longest.isascii() and longest.isdigit() and 1 <= int(longest[:9]) <= longest_max):
        told = f"`longest` of `{name}` is 1 to {longest_max} letters"
        yield Fault((*place, "longest"), "wrong-shape", told)
