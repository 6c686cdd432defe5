"""Bill codes: what a citizen types into a wallet's menu or tells an agent to pay a bill."""

from __future__ import annotations

from collections.abc import Callable

from app.reference import drawn, read_as

LENGTH = 10  # nine characters of five random bits, and the check character
SHOWN_LENGTH = LENGTH + 1
_HALF = 5


def new_bill_code(random_bytes: Callable[[int], bytes]) -> str:
    """A canonical code of 45 random bits: a character longer than a reference, so that neither passes for the other."""
    return drawn(random_bytes, LENGTH)


def read_bill_code(typed: str) -> str | None:
    """The canonical form of what somebody typed, or None; forgives what `read_reference` forgives."""
    return read_as(typed, LENGTH)


def show_bill_code(canonical: str) -> str:
    """Grouped for reading aloud: `7K4M2-PXQ9B`."""
    return f"{canonical[:_HALF]}-{canonical[_HALF:]}"
