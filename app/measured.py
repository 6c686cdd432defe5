"""What a process has measured, as it tells it to the others."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

Labels: TypeAlias = tuple[tuple[str, str], ...]


class Measured(msgspec.Struct, frozen=True):
    """What one process has counted since it began, and where it stands.

    A duration is its count by bucket and the sum in seconds.
    """

    counts: dict[str, list[tuple[Labels, int]]]
    durations: dict[str, list[tuple[Labels, list[int], float]]]
    levels: dict[str, list[tuple[Labels, float]]]
