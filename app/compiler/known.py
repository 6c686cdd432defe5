"""How a complaint lists the names that could have been meant."""

from __future__ import annotations

from collections.abc import Iterable

from app import limits


def enumerated(names: Iterable[str], otherwise: str = "none") -> str:
    """`a, b and 3 more`: no more names than one reads; `otherwise` if there are none."""
    every = list(names)
    told = ", ".join(every[: limits.complaint_names_max])
    more = len(every) - limits.complaint_names_max
    return f"{told} and {more} more" if more > 0 else told or otherwise
