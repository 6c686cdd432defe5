"""What services.yaml may declare of an office behind X-Road 7: each rule once, for `mohala check` and for the adapter.

Source: X-Road, Message Protocol for REST (PR-REST), sections 4.1 to 4.3 and 4.8, and the extension for third parties.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from app import http_json
from app.faults import Fault

ADAPTER = "x_road"
OFFICE_KEYS = ("client", "provider", "security_server", "represented_party")
OFFICE_NEEDED = ("client", "provider")
KEYS = ("service_code", "user", "issue")
_PARTS: Mapping[str, tuple[int, int, str]] = {
    "client": (3, 4, "INSTANCE/CLASS/MEMBER/SUBSYSTEM"),
    "provider": (3, 4, "INSTANCE/CLASS/MEMBER/SUBSYSTEM"),
    "security_server": (4, 4, "INSTANCE/CLASS/MEMBER/SERVER"),
    "represented_party": (1, 2, "CLASS/MEMBER"),
}
_FORBIDDEN = re.compile(r"[:;\\%\s\x00-\x1f\x7f\u200b\ufeff]")
"""PR-REST 4.8: neither these nor parts that a path would be tidied up by; a blank is allowed there and never wise."""
part_characters_max = 100
REPRESENTED = "represented_party"
"""The argument by which the house itself says for whom a call is made; no operation takes one of this name."""
CITIZEN_CLASS = "CITIZEN"


def represented(adapter: str, name: str) -> Mapping[str, str]:
    """What an office behind X-Road is told of a citizen for whom an agent acts, by a `name` that is no number of
    theirs: security servers keep it for years. Nothing if nobody is represented, or at any other office.
    """
    return {REPRESENTED: f"{CITIZEN_CLASS}/{name}"} if name and adapter == ADAPTER else {}


def is_party(text: str) -> bool:
    """Whether it is CLASS/MEMBER, as the extension for third parties has it."""
    return _is_identifier(text, *_PARTS[REPRESENTED][:2])


def office_faults(options: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which the adapter would not open an office with these identifiers."""
    for name in OFFICE_NEEDED:
        if name not in options:
            yield Fault((), "missing-key", f"`{name}` is missing; add it ({_PARTS[name][2]})")
    for name, value in options.items():
        least, most, form = _PARTS[name]
        if not isinstance(value, str) or not _is_identifier(value, least, most):
            told = f"`{name}` must be {form}: {least} to {most} parts without blanks, `:`, `;`, `%` and `\\`"
            yield Fault((name,), "wrong-shape", told)


def faults(declared: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which the adapter would not open an office that declares this operation."""
    yield from http_json.faults({name: value for name, value in declared.items() if name not in KEYS})
    if "service_code" not in declared:
        yield Fault((), "missing-key", "`service_code` is missing; add it")
    elif not isinstance(code := declared["service_code"], str) or not _is_identifier(code, 1, 1):
        yield Fault(("service_code",), "wrong-shape", "`service_code` must be one name as the provider registered it")
    takes = declared.get("takes")
    if isinstance(takes, list) and REPRESENTED in takes:
        told = f"`{REPRESENTED}` is said by the house, when an agent acts for a citizen; take it out of `takes`"
        yield Fault(("takes",), "unknown-argument", told)
    for name in ("user", "issue"):
        if name in declared and not (isinstance(takes, list) and declared[name] in takes):
            told = f"`{name}` must name a parameter that the operation takes; add it to `takes`"
            yield Fault((name,), "unknown-argument", told)


def encoded(identifier: str) -> str:
    """An identifier as a path or a header has it: each part percent-encoded by itself, the slashes as they are."""
    return "/".join(quote(part, safe="") for part in identifier.split("/"))


def _is_identifier(text: str, least: int, most: int) -> bool:
    parts = text.split("/")
    return least <= len(parts) <= most and all(
        0 < len(part) <= part_characters_max and part not in (".", "..") and not _FORBIDDEN.search(part)
        for part in parts
    )
