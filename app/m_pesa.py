"""What services.yaml may declare of Vodacom's M-Pesa OpenAPI: for `mohala check` and the adapter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app import wallets
from app.faults import Fault
from app.office_auth import FILE_NAME

ADAPTER = "m_pesa"
SYNC, ASYNC = "sync", "async"
"""Whether the answer to a push is the end of it, or only says that the payer is asked."""
OFFICE_KEYS = ("market", "country", "provider_code", "public_key", "mode", "origin", "test_msisdn")
OFFICE_NEEDED = ("market", "country", "provider_code", "public_key")
FILES = ("public_key",)
"""Keys that name a file beside the passwords."""
ANY_ORIGIN = "*"
SANDBOX = "/sandbox/"
"""Stands in the address of the portal's sandbox, where no real number can be asked."""
_FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "market": (re.compile("[A-Za-z]{3,20}"), "letters, such as vodafoneGHA"),
    "country": (re.compile("[A-Z]{3}"), "three capital letters, such as LES"),
    "provider_code": (re.compile("[0-9A-Za-z]{1,20}"), "our short code there, 1 to 20 digits or letters"),
    "public_key": (FILE_NAME, "the name of a file among the secrets: letters, digits, `.`, `-` and `_`"),
    "mode": (re.compile(f"{SYNC}|{ASYNC}"), f"{SYNC} or {ASYNC}"),
    "origin": (re.compile("[!-~]{1,200}"), "one word of ASCII, as the portal's list of origins has it"),
    "test_msisdn": (re.compile("[0-9]{12}"), "the 12 digits of a number that the portal's sandbox knows"),
}


def office_faults(options: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which the adapter would not open an office that says this."""
    for name in OFFICE_NEEDED:
        if name not in options:
            yield Fault((), "missing-key", f"`{name}` is missing; add it ({_FORMS[name][1]})")
    for name, value in options.items():
        form, told = _FORMS[name]
        if not form.fullmatch(str(value)):
            yield Fault((name,), "wrong-shape", f"`{name}` must be {told}")


def only(declared: Mapping[str, object]) -> Iterator[Fault]:
    yield from wallets.only(declared, (wallets.PAY,))
    if "secret" not in declared:
        yield Fault((), "missing-key", "`secret` is missing; it names the file with the API key of the portal")


def faults(declared: Mapping[str, object]) -> Iterator[Fault]:
    """Everything for which the adapter would not open an office that declares this operation."""
    yield from wallets.pay_faults(declared)
    yield from wallets.reason_faults(declared)
