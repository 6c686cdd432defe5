"""What services.yaml may declare of a MOSIP ID Authentication office: each rule once, for `mohala check` and for the
adapter.

Source: MOSIP's documentation of its ID Authentication APIs, and its client `mosip-auth-sdk` 0.5.4; docs/mosip.md grades
what is known from where.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from app.catalogue import CodeStep
from app.faults import Fault, of_keys
from app.office_auth import FILE_NAME

ADAPTER = "mosip"
FILES = ("partner_certificate", "ida_certificate", "partner_id", "licence_key", "api_key")
"""Keys that name a file among the secrets: our certificate with its key, theirs, and the three words of the address."""
SENDS, CHECKS = "send-code", "check-code"
STEPS: Mapping[str, CodeStep] = {SENDS: CodeStep.SENDS, CHECKS: CodeStep.CHECKS}
"""The two operations, and what they are to the house."""
TAKES: Mapping[str, tuple[str, ...]] = {SENDS: ("id",), CHECKS: ("check", "code")}
REFUSED: Mapping[str, tuple[str, ...]] = {
    SENDS: ("unknown", "no_phone", "blocked"),
    CHECKS: ("wrong", "expired", "blocked"),
}
ID_TYPES = ("UIN", "VID")
ENVIRONMENTS = ("Staging", "Developer", "Pre-Production", "Production")

_DOMAIN_URI = re.compile(r"[!-~]{1,200}")
_OPTIONS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "id_type": (ID_TYPES.__contains__, f"one of {', '.join(ID_TYPES)}"),
    "environment": (ENVIRONMENTS.__contains__, f"one of {', '.join(ENVIRONMENTS)}"),
    "domain_uri": (
        lambda text: _DOMAIN_URI.fullmatch(text) is not None,
        "1 to 200 ASCII letters without blanks: the URI of their server, as they gave it",
    ),
}
OFFICE_KEYS = (*_OPTIONS, *FILES)


def office_faults(options: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which the adapter would not open an office that says this of itself."""
    for name in OFFICE_KEYS:
        value = options.get(name)
        is_right, form = _OPTIONS.get(name, (_is_file, _FILE))
        if value is None:
            yield Fault((), "missing-key", f"`{name}` is missing; add it ({form})")
        elif not isinstance(value, str) or not is_right(value):
            yield Fault((name,), "wrong-shape", f"`{name}` must be {form}")


def faults(operation: str, declared: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which the adapter would not open an office that declares this operation."""
    if operation not in STEPS:
        told = f"`{operation}` is no operation of it; known are {', '.join(STEPS)}"
        yield Fault((), "unknown-operation", told)
        return
    yield from of_keys(declared, (), ("takes", "refused"), ("takes", "refused"))
    takes, refused = declared.get("takes", list(TAKES[operation])), declared.get("refused")
    if not isinstance(takes, list) or sorted(map(str, takes)) != sorted(TAKES[operation]):
        told = f"`takes` of `{operation}` must be [{', '.join(TAKES[operation])}]"
        yield Fault(("takes",), "wrong-shape", told)
    reasons = dict.fromkeys(REFUSED[operation])
    if "refused" in declared and not (isinstance(refused, Mapping) and refused.keys() == reasons.keys()):
        told = ", ".join(f"{reason}: {{}}" for reason in reasons)
        yield Fault(("refused",), "wrong-shape", f"`refused` of `{operation}` must be {{{told}}}")


def _is_file(text: str) -> bool:
    return FILE_NAME.fullmatch(text) is not None


_FILE = "the name of a file among the secrets: letters, digits, `.`, `-` and `_`"
