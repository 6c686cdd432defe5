"""What services.yaml may declare of an office that takes the messages of G2P Connect, whatever its dialect.

Source: G2P Connect 1.0.0, the header that all its interfaces share (sender_id, receiver_id).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app import http_json
from app.faults import Fault, Place, no_mapping, of_keys
from app.http_json import PLACEHOLDER, placeholder_faults, templates
from app.json_results import results_faults

OFFICE_KEYS = ("sender", "receiver")
OFFICE_NEEDED = ("sender",)
KEYS = ("takes", "by", "results", "refused")
NEEDED = ("by", "refused")
UNKNOWN, SEVERAL = "unknown", "several"
REFUSALS = (UNKNOWN, SEVERAL)
"""Nothing is found; more is found than the one whose values would be shown."""
text_characters_max = 99  # filled in; so much has an id in the contract
_SENDER = re.compile("[!-~]{1,99}")


def office_faults(options: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which an adapter would not send messages between these two."""
    for name in OFFICE_NEEDED:
        if name not in options:
            yield Fault((), "missing-key", f"`{name}` is missing; add the name under which the office knows us")
    for name, value in options.items():
        if not isinstance(value, str) or not _SENDER.fullmatch(value):
            yield Fault((name,), "wrong-shape", f"`{name}` must be 1 to 99 ASCII letters without blanks")


def faults(declared: Mapping[str, object], more: tuple[str, ...] = ()) -> Iterator[Fault]:
    """What is wrong in an operation whatever the dialect, which has the keys `more` besides and looks into `by`."""
    yield from of_keys(declared, (), (*KEYS[:2], *more, *KEYS[2:]), (*more, *NEEDED))
    if "takes" in declared:
        yield from http_json.takes_faults(declared["takes"], ("takes",))
    if "results" in declared:
        yield from results_faults(declared["results"], ("results",))
    if "refused" in declared:
        yield from _refused(declared["refused"], shows_one=shows_one(declared.get("results")))
    yield from placeholder_faults(templates(declared.get("by"), "", ("by",)), declared.get("takes"))


def shows_one(results: object) -> bool:
    """Whether values of one record are shown, and not only lists of them all."""
    listed = results.values() if isinstance(results, Mapping) else ()
    return any(isinstance(one, Mapping) and "list" not in one for one in listed)


def text_fault(value: object, place: Place) -> Fault | None:
    """Why this is no text that arguments could be filled into."""
    if not isinstance(value, str) or not value or not value.isprintable():
        return Fault(place, "wrong-shape", f"`{place[-1]}` must be a text such as `{{number}}`")
    if len(PLACEHOLDER.sub("", value)) > text_characters_max:
        return Fault(place, "wrong-shape", f"`{place[-1]}` has more than {text_characters_max} letters")
    return None


def _refused(value: object, *, shows_one: bool) -> Iterator[Fault]:
    """The words are the house's own, and a menu must know each that can come."""
    place: Place = ("refused",)
    if not isinstance(value, Mapping):
        yield no_mapping(place)
        return
    for name in (UNKNOWN, *((SEVERAL,) if shows_one else ())):
        if name not in value:
            yield Fault(place, "missing-key", f"`{name}` is missing; write `{name}: {{}}`")
    for name, how in value.items():
        if name not in REFUSALS:
            told = f"`{name}` is no refusal of this adapter; known are {', '.join(REFUSALS)}"
            yield Fault((*place, name), "unknown-key", told, True)
        elif how not in ({}, "", None):
            told = f"the house itself sees when something is {name}; write `{name}: {{}}`"
            yield Fault((*place, name), "wrong-shape", told)
