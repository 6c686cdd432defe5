"""That menus were published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Act(StrEnum):
    PUBLISH = "publish"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Publication:
    """That a version of the menus was made the current one; the one with the highest `number` is current.

    `numbers` is the text of `published.yaml` at that time, `by` and `note` are what the publisher said.
    """

    number: int
    version: str
    pack: str
    act: Act
    at: datetime
    by: str
    note: str
    numbers: str
