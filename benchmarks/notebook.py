"""What the citizens, wallets, clerks and agents of `benchmarks.books` remember, so that a run can stop and go on."""

from __future__ import annotations

import random
from collections.abc import MutableSequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from app.messages import Job
from app.payments import Bill

AT = datetime(2026, 11, 28, tzinfo=UTC)
remembered_max = 20_000
"""Of each kind; a newer one takes the place of any, so that very old ones come up as well."""
T = TypeVar("T")
Dice = tuple[int, tuple[int, ...], float | None]


@dataclass(slots=True)
class Notebook:
    """`seen` are bills as somebody saw them, perhaps long ago; `told` what wallets were acknowledged.

    What must hold for ever is kept for ever: sums by account, and what was paid and given back. `checked` is after how
    many operations the whole books were last examined.
    """

    seed: int
    now: datetime = AT
    operations: int = 0
    checked: int = 0
    sittings: int = 0
    dice: Dice | None = None
    bills: int = 0
    seen: list[Bill] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)  # wallet, its id
    receipts: list[str] = field(default_factory=list)  # of wallets and agents, for clerks
    payments: int = 0
    suspended: int = 0
    held: dict[str, int] = field(default_factory=dict)  # what each wallet holds for us, in minor units
    paid_bills: set[str] = field(default_factory=set)
    paid_codes: set[str] = field(default_factory=set)
    back: set[str] = field(default_factory=set)
    done: dict[str, int] = field(default_factory=dict)
    texts: list[tuple[Job, str]] = field(default_factory=list)  # every text that was sent, by its number
    codes: list[tuple[str, str]] = field(default_factory=list)  # every code that was seen, by its number
    pages: list[tuple[str, str]] = field(default_factory=list)  # every order that a page showed, by its number
    saids: list[Job] = field(default_factory=list)  # every yes on a page, as a worker gets it
    paid: dict[str, str] = field(default_factory=dict)  # receipts that agents were told of, by the bill's code
    moved: dict[str, int] = field(default_factory=dict)  # what clerks moved to each agent, in minor units
    moves: int = 0
    steps: list[tuple[str, str, str, str]] = field(default_factory=list)  # effect, code, service and number of payers
    free: list[str] = field(default_factory=list)  # codes of bills of which a wallet said no
    begun: set[str] = field(default_factory=set)  # jobs of all pushes
    pushes: list[Job] = field(default_factory=list)  # the same, as a worker gets them
    open: dict[str, Job] = field(default_factory=dict)  # those that have not come to their end
    aside: dict[str, Job] = field(default_factory=dict)  # those that wait for a person
    asked: dict[str, dict[str, str]] = field(default_factory=dict)  # by bill and number how its wallet stands to a push
    took: dict[str, int] = field(default_factory=dict)  # what each wallet took when it was asked, in minor units
    pushed: dict[str, int] = field(default_factory=dict)  # what of that was found in the books
    booked: int = 0  # how many pushes brought it

    def count(self, way: str) -> None:
        self.operations += 1
        self.done[way] = self.done.get(way, 0) + 1


def remember(kept: MutableSequence[T], one: T, chance: random.Random) -> None:
    """Note one thing more; when there are too many, some old one is forgotten. The newest are always the last."""
    kept.append(one)
    if len(kept) > remembered_max:
        place = chance.randrange(remembered_max // 2)
        kept[place] = kept[remembered_max // 2]
        del kept[remembered_max // 2]


def save(notebook: Notebook, chance: random.Random, path: Path) -> None:
    version, numbers, spare = chance.getstate()
    notebook.dice = (version, numbers, spare)
    draft = path.with_name(f"{path.name}.new")
    draft.write_bytes(msgspec.msgpack.encode(notebook))
    draft.replace(path)


def load(path: Path) -> tuple[Notebook, random.Random]:
    """Raises `OSError` and `ValueError` for what is none."""
    notebook = msgspec.msgpack.decode(path.read_bytes(), type=Notebook)
    chance = random.Random()
    if notebook.dice is None:
        raise ValueError("it was never written to its end")
    chance.setstate(notebook.dice)
    return notebook, chance
