"""The books: money as double entries that sum to zero, and the accounts that they stand on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TREASURY = "treasury"
SUSPENSE = "suspense"
"""Money that came and fits no bill, until two people give it back."""
BANK = "bank"
"""The treasury's account at its bank: what wallets and agents have paid into it, and agents were paid from it."""
DIFFERENCES = "differences"
"""What statements and books differed by when two people let the books follow: above zero found, below zero lost."""
_NAME = "[A-Za-z0-9._-]{1,40}"
_ACCOUNT = re.compile(f"treasury|suspense|bank|differences|(office|wallet):{_NAME}|agent:{_NAME}:(float|commission)")
_AGENT = "agent:"


class PostingKind(StrEnum):
    PAYMENT = "payment"  # money came in
    REFUND = "refund"  # it was given back
    REMAINDER = "remainder"  # what was left of it in suspense was given back; what paid another bill stays
    TOP_UP = "top_up"  # an agent paid in beforehand
    PAY_OUT = "pay_out"  # an agent was paid
    APPLY = "apply"  # money in suspense paid another bill
    HANDOVER = "handover"  # a wallet handed over to the treasury's bank
    DIFFERENCE = "difference"  # the books follow a statement


@dataclass(frozen=True, slots=True)
class Entry:
    """What an account was given (above zero) or gave (below), in minor units of a currency (ISO 4217)."""

    account: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Posting:
    """One transaction of the books. `id` is its kind and the receipt, so that none is written twice.

    `receipt` is that of the payment; of what two people decided it names the proposal, of a difference the difference.

    A balance above zero is what its account is owed, below zero what it owes.
    """

    kind: PostingKind
    receipt: str
    at: datetime
    by: str
    entries: tuple[Entry, ...]

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.receipt}"

    def __post_init__(self) -> None:
        assert fault_of(self.entries) is None, fault_of(self.entries)


def fault_of(entries: Iterable[Entry]) -> str | None:
    """Why these entries are no transaction; None: they are one."""
    listed = tuple(entries)
    if len(listed) < 2:
        return "has fewer than two entries"
    if any(not _ACCOUNT.fullmatch(entry.account) for entry in listed):
        return "is on an account that is none"
    if any(entry.amount_minor == 0 for entry in listed):
        return "has an entry of nothing"
    unequal = sorted(currency for currency, total in totals(listed).items() if total)
    return f"does not sum to zero in {', '.join(unequal)}" if unequal else None


def totals(entries: Iterable[Entry]) -> Mapping[str, int]:
    """The sum of all entries by currency, in minor units."""
    sums: Counter[str] = Counter()
    for entry in entries:
        sums[entry.currency] += entry.amount_minor
    return sums


def opposite(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that undo these."""
    return tuple(Entry(entry.account, entry.currency, -entry.amount_minor) for entry in entries)


def office_account(office: str) -> str:
    return f"office:{office}"


def wallet_account(wallet: str) -> str:
    """What a wallet has taken from payers for us and not yet handed over."""
    return f"wallet:{wallet}"


def agent_float(agent: str) -> str:
    """What an agent has paid in beforehand, and pays citizens' fees from."""
    return f"agent:{agent}:float"


def agent_commission(agent: str) -> str:
    return f"agent:{agent}:commission"


def agent_way(agent: str) -> str:
    """How a payment names the agent that it came by, where others name a wallet."""
    return f"{_AGENT}{agent}"


def agent_of(way: str) -> str:
    """The code of the agent that a payment came by; empty: it came by a wallet."""
    return way.removeprefix(_AGENT) if way.startswith(_AGENT) else ""


def way_account(way: str) -> str:
    """The account that money came from: an agent's float, or what a wallet holds for us."""
    agent = agent_of(way)
    return agent_float(agent) if agent else wallet_account(way)


def is_agents(account: str) -> bool:
    """Whether an account is an agent's, so that its balance is kept beside its entries."""
    return account.startswith(_AGENT)


def is_float(account: str) -> bool:
    """Whether an account may never be below zero."""
    return is_agents(account) and account.endswith(":float")
