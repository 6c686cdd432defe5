"""Headers that services.yaml may add to every request: fixed, no secrets, and none that belong to the connection."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.faults import Fault, Place, no_mapping

headers_max = 20
value_characters_max = 200
NAME = re.compile("[A-Za-z][A-Za-z0-9_-]{0,59}")
_VALUE = re.compile("[!-~]([ -~]*[!-~])?")
_SECRET = re.compile(r"(?:.*[-_])?(?:api)?(?:authorization|cookie|credentials?|key|password|secret|token)")
"""Names under which secrets travel; what stands in a pack is read by many and kept for ever."""
OURS = frozenset(
    {
        *("accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "host"),
        *("idempotency-key", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""What the client itself says of a request, its connection (RFC 9110, 7.6.1) or its key."""
_OUR_PREFIXES = ("proxy-", "x-road-")


def answered_header_faults(name: object, place: Place) -> Iterator[Fault]:
    """Everything for which a header of an answer is not read."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        yield Fault(place, "bad-name", f"`{name}` can be no header: a letter, then letters, digits, `-` and `_`")
    elif _SECRET.fullmatch(name.lower()):
        yield Fault(place, "bad-name", f"`{name}` is a name under which secrets travel; take another header")


def header_faults(value: object, place: Place) -> Iterator[Fault]:
    """Everything for which these headers are not sent, of an office or an operation."""
    if not isinstance(value, Mapping):
        yield no_mapping(place)
        return
    if len(value) > headers_max:
        yield Fault(place, "wrong-shape", f"`headers` has {len(value)} headers; {headers_max} are allowed")
    seen: set[str] = set()
    for name, text in value.items():
        if name.lower() in seen:
            yield Fault((*place, name), "duplicate-key", f"`{name}` stands here twice; remove one", True)
        elif told := told_of_name(name):
            yield Fault((*place, name), "bad-name", told, True)
        seen.add(name.lower())
        yield from _value_faults(name, text, (*place, name))


def is_ours(name: str) -> bool:
    """Whether the client itself writes a header of this name."""
    return name.lower() in OURS or name.lower().startswith(_OUR_PREFIXES)


def told_of_name(name: str) -> str:
    """Why no pack may name this header, or nothing."""
    if not NAME.fullmatch(name):
        return f"`{name}` is no name of a header: a letter, then at most 59 letters, digits, `-` and `_`"
    if is_ours(name):
        return f"`{name}` is written by the house itself; remove it"
    if _SECRET.fullmatch(name.lower()):
        return f"`{name}` carries a secret; `auth: {{kind: header, header: {name}}}` sends the one kept under `secret`"
    return ""


def _value_faults(name: str, text: object, place: Place) -> Iterator[Fault]:
    if not isinstance(text, str) or not _VALUE.fullmatch(text) or len(text) > value_characters_max:
        told = f"`{name}` must be one line of ASCII, 1 to {value_characters_max} letters, no blank around them"
        yield Fault(place, "wrong-shape", told)
    elif set("{}") & set(text):
        told = "a header is sent as it stands; what is asked for goes into `query` or `body`"
        yield Fault(place, "bad-placeholder", told)
