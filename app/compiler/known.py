"""How a complaint lists the names that could have been meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from app import limits


def enumerated(names: Iterable[str], otherwise: str = "none") -> str:
    """`a, b and 3 more`: no more names than one reads; `otherwise` if there are none."""
    every = list(names)
    told = ", ".join(every[: limits.complaint_names_max])
    more = len(every) - limits.complaint_names_max
    return f"{told} and {more} more" if more > 0 else told or otherwise


def meant(name: str, names: Iterable[str]) -> str:
    """What to do about a name that is unknown: `write X`, if one is so near that it must be meant, or what is known."""
    every = sorted(set(names))
    near = get_close_matches(name, every, 1, 0.7)
    return f"write `{near[0]}`" if near else f"known are {enumerated(every)}"
