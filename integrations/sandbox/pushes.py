"""What the pretend M-Pesa and the pretend push-and-poll wallet share: payments asked for, and how each was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from integrations.sandbox.country import Country, rows_listed_max, stamp
from integrations.sandbox.payers import Does, Payers, opening_balance_minor

TABLE = """
CREATE TABLE IF NOT EXISTS pushes (
    number INTEGER PRIMARY KEY, wallet TEXT NOT NULL, client_id TEXT NOT NULL, reference TEXT NOT NULL,
    payer TEXT NOT NULL, amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, their_reference TEXT NOT NULL,
    description TEXT NOT NULL, status TEXT NOT NULL, created_at TEXT NOT NULL, due_at TEXT NOT NULL,
    expires_at TEXT NOT NULL, calls_back INTEGER NOT NULL, UNIQUE (wallet, client_id)
) STRICT
"""
settled_at_once_max = 1_000


class Stands(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    DECLINED = "declined"
    INSUFFICIENT = "insufficient"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Push:
    """`client_id` is the asker's own id; `payer` is in E.164."""

    number: int
    wallet: str
    client_id: str
    reference: str
    payer: str
    amount_minor: int
    currency: str
    their_reference: str
    description: str
    status: str
    created_at: str
    due_at: str
    expires_at: str
    calls_back: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What an asker wants, checked."""

    client_id: str
    payer: str
    amount_minor: int
    currency: str
    their_reference: str
    description: str
    calls_back: bool = False


class PushBook:
    """The pushes of one wallet; a push is decided when somebody next looks, at the time at which its payer did.

    Whoever is `late` pays after `expires_at`, which wallets ought not to let happen.
    """

    def __init__(self, wallet: str, country: Country, payers: Payers, payer_seconds: float) -> None:
        self._wallet = wallet
        self._country = country
        self._store = country.store
        self._payers = payers
        self._payer_seconds = payer_seconds

    def write(self, asked: Asked) -> Push | None:
        """None for an id that was taken before."""
        if self._store.row(
            "SELECT number FROM pushes WHERE wallet = ? AND client_id = ?", self._wallet, asked.client_id
        ):
            return None
        now = self._country.clock()
        number = self._store.next_number("pushes")
        expires = now + timedelta(seconds=self._payer_seconds)
        push = Push(
            number, self._wallet, asked.client_id, f"{self._wallet[:2].upper()}{number:08d}", asked.payer,
            asked.amount_minor, asked.currency, asked.their_reference, asked.description, Stands.PENDING.value,
            stamp(now), stamp(self._decided_at(asked.payer, now, expires)), stamp(expires), int(asked.calls_back),
        )  # fmt: skip
        columns = Push.__slots__
        self._store.write(
            f"INSERT INTO pushes ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 (ours)
            *(getattr(push, column) for column in columns),
        )
        return push

    def find(self, client_id: str) -> Push | None:
        self.settle()
        row = self._store.row("SELECT * FROM pushes WHERE wallet = ? AND client_id = ?", self._wallet, client_id)
        return Push(**row) if row else None

    def listed(self) -> list[dict[str, Any]]:
        self.settle()
        return self._store.rows(
            "SELECT * FROM pushes WHERE wallet = ? ORDER BY number DESC LIMIT ?", self._wallet, rows_listed_max
        )

    def settle(self) -> None:
        """Decide every push whose payer has had the time, in the order in which they decided."""
        rows = self._store.rows(
            "SELECT * FROM pushes WHERE wallet = ? AND status = ? AND due_at <= ? ORDER BY due_at, number LIMIT ?",
            *(self._wallet, Stands.PENDING.value, self._country.now(), settled_at_once_max),
        )
        for push in (Push(**row) for row in rows):
            self._store.write("UPDATE pushes SET status = ? WHERE number = ?", self._outcome(push).value, push.number)

    def uncalled(self) -> list[Push]:
        """Decided pushes about which nobody was called back yet."""
        self.settle()
        rows = self._store.rows(
            "SELECT * FROM pushes WHERE wallet = ? AND calls_back = 1 AND status <> ? ORDER BY number LIMIT ?",
            *(self._wallet, Stands.PENDING.value, settled_at_once_max),
        )
        return [Push(**row) for row in rows]

    def called(self, push: Push) -> None:
        self._store.write("UPDATE pushes SET calls_back = 0 WHERE number = ?", push.number)

    def _decided_at(self, payer: str, now: datetime, expires: datetime) -> datetime:
        decision = self._payers.decision(payer, now)
        return expires if decision.does is Does.TIMEOUT else decision.at

    def _outcome(self, push: Push) -> Stands:
        match self._payers.does(push.payer):
            case Does.DECLINE:
                return Stands.DECLINED
            case Does.TIMEOUT:
                return Stands.EXPIRED
            case Does.INSUFFICIENT:
                return Stands.INSUFFICIENT
            case Does.ACCEPT if push.due_at > push.expires_at:
                return Stands.EXPIRED
            case _:
                return Stands.PAID if self._left(push.payer) >= push.amount_minor else Stands.INSUFFICIENT

    def _left(self, payer: str) -> int:
        spent = self._store.row(
            "SELECT coalesce(sum(amount_minor), 0) AS minor FROM pushes WHERE wallet = ? AND payer = ? AND status = ?",
            *(self._wallet, payer, Stands.PAID.value),
        )
        assert spent is not None
        return opening_balance_minor - int(spent["minor"])
