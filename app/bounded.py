"""Memories that may not grow for ever."""

from __future__ import annotations

from itertools import islice
from typing import Any


def shorten(noted: dict[Any, Any], most: int, *, spare: int = 0) -> None:
    """Let the oldest of `noted` go if it holds more than `most`, until there is room for so many to `spare`.

    To find the first one of a dictionary takes as long as many were taken from its front before, so whoever can do
    without them lets several go at a time.
    """
    if len(noted) > most:
        for key in list(islice(noted, len(noted) - most + spare)):
            del noted[key]
