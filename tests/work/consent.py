"""The shipped pack, if the law let nobody register a birth whom the parents did not ask to."""

from __future__ import annotations

from app.pack_files import read_sources
from tests.lands import FLAT

NOT_FOR_AGENTS = (
    ("assisted: {birth-certificate: Birth certificate, ", "assisted: {"),
    ("options: {1: Birth certificate, 2: Passport fee, 3: Electricity}", "options: {2: Passport fee, 3: Electricity}"),
)
"""What English does not say of a program that wants consent."""


def sources(version: int = 1) -> dict[str, str]:
    """Path inside the pack -> text."""
    found, complaints = read_sources(FLAT)
    assert not complaints
    replaced = {
        "services.yaml": (
            ("text: Re sebelisa lintlha tsa hao le tsa ngoana ho ngolisa tsoalo le ho etsa lengolo la tsoalo.\n",
             "text: Na u lumela hore re sebelise lintlha tsa hao bakeng sa lengolo la tsoalo?\n"),
            ("basis: law", "basis: consent"),
            ("version: 1", f"version: {version}"),
        ),
        # What a citizen must agree to themselves, no agent starts for them.
        "birth-certificate.yaml": (
            ("start: sex\nassisted: Lengolo la tsoalo\n", "start: sex\nconsent: civil-registration\n"),
        ),
        "assist.yaml": (("      1: {text: Lengolo la tsoalo, value: birth-certificate, to: how}\n", ""),),
        "languages/en.yaml": NOT_FOR_AGENTS,
        "entrances.yaml": (("withdraw: [STOP, KHAOTSA]", "withdraw: [STOP, TLOHELA]"),),
    }  # fmt: skip
    for file, changes in replaced.items():
        for old, new in changes:
            assert old in found[file], old
            found[file] = found[file].replace(old, new, 1)
    return found
