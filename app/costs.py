"""What a service costs, and who said so: its fee or what citizens type, its charge, an agent's commission."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.books import TREASURY, office_account

TYPED = "typed by the citizen"
"""Who says what a bill costs, if it is over an amount that was typed."""
_MINOR = re.compile("[0-9]{1,12}")
EXAMPLE = "example"
"""How the source of an amount begins that nobody has published."""


@dataclass(frozen=True, slots=True)
class Fee:
    """An amount in minor units, who published it and when that was read. `to` is the office whose it is; empty: the
    treasury's."""

    amount_minor: int
    source: str
    as_of: str
    to: str = ""

    @property
    def account(self) -> str:
        return office_account(self.to) if self.to else TREASURY

    @property
    def is_example(self) -> bool:
        """Nobody has published it: its source says that it is an example, and so is said where it is shown."""
        return self.amount_minor > 0 and self.source.casefold().startswith(EXAMPLE)


@dataclass(frozen=True, slots=True)
class Commission:
    """What an agent gets of the charge for taking money: a share in hundredths of a percent, and no less than the
    floor, in minor units; never more than the charge. Who published it, and when that was read.
    """

    share: int
    floor_minor: int
    source: str
    as_of: str

    def of(self, charge_minor: int) -> int:
        """In minor units; what is less than one is the office's."""
        return min(charge_minor, max(self.floor_minor, charge_minor * self.share // 10_000))


@dataclass(frozen=True, slots=True)
class Typed:
    """An amount that a citizen typed, or that a data file says, `name` of what the service takes, and that is billed:
    in minor units how much it may be, the office whose it is (empty: the treasury's), and who says how much it is.
    """

    name: str
    least_minor: int
    most_minor: int
    to: str = ""
    source: str = TYPED

    def fee(self, answers: Mapping[str, str]) -> Fee | None:
        """What of a bill is not the charge; None: it is none, or out of bounds, which no page of the menus let in."""
        told = answers.get(self.name, "")
        if not _MINOR.fullmatch(told) or not self.least_minor <= int(told) <= self.most_minor:
            return None
        return Fee(int(told), self.source, "", self.to)
