"""The counter: what a wallet may ask of bills, how often it may guess, and how it is known."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app import limits
from app.audit import AuditEntry
from app.bill_api import Account
from app.bill_code import read_bill_code
from app.billing import Billing, Coming, Denied
from app.editions import Editions
from app.errors import TooManyGuesses
from app.payments import SETTLED, Bill, Payment, Unfit, paid_at
from app.ports import Bills, Clock, Ledger, Window
from app.under_way import CashBeside


@dataclass(frozen=True, slots=True)
class Wallet:
    """Who may stand at the counter. `keys` are those that are live; the others are as `WalletSettings` says."""

    name: str
    client: str
    keys: tuple[str, ...]
    keeps: bool = True
    later: bool = False
    callbacks: tuple[str, ...] = ()

    def can_be_called_at(self, url: str) -> bool:
        """Whether a callback's address is below one that was agreed; each part of it stands there literally."""
        plain = url.isascii() and url.isprintable() and not set(" \\#?%@") & set(url) and "/." not in url
        fits = len(url) <= limits.wallet_callback_characters_max
        return plain and fits and any(url.startswith(f"{base.rstrip('/')}/") for base in self.callbacks)


@dataclass(frozen=True, slots=True)
class Listed:
    """Bills of an account, of `count`; of those with an id in `under_way` another payment may be coming, so that
    nobody is led to pay them now.
    """

    bills: Sequence[Bill]
    count: int
    under_way: frozenset[str]


_NOBODY = Wallet("", "", ("a key that nobody has",))


class Counter:
    """Raises `StoreUnavailable` and `ServiceFailed` while it cannot answer, `TooManyGuesses` when it will not."""

    def __init__(
        self,
        wallets: Mapping[str, Wallet],
        billing: Billing,
        bills: Bills,
        ledger: Ledger,
        beside: CashBeside,
        editions: Editions,
        clock: Clock,
    ) -> None:
        self._wallets = wallets
        self._billing = billing
        self._bills = bills
        self._ledger = ledger
        self._beside = beside
        self._editions = editions
        self._clock = clock

    def admit(self, name: str, client: str, key: str) -> Wallet | None:
        """The wallet of that name, if client and key are its own; what it takes does not tell how near they were."""
        wallet = self._wallets.get(name, _NOBODY)
        given = key.encode("utf-8", "surrogatepass")
        keys = sum(hmac.compare_digest(given, known.encode()) for known in wallet.keys)
        clients = hmac.compare_digest(client.encode("utf-8", "surrogatepass"), wallet.client.encode())
        return wallet if keys and clients and wallet is not _NOBODY else None

    async def listed(self, wallet: Wallet, account: Account, wanted: Window) -> Listed | None:
        """Bills of an account that can be paid or were; None: no such account is known.

        That they were shown stands in the audit log before they are.
        """
        if account.code:
            bill = await self._found(wallet, account, account.code)
            if bill is None:
                return None
            bills: Sequence[Bill] = [bill][wanted.offset : wanted.offset + wanted.limit]
            count = 1
        else:
            bills, count = await self._bills.of_number(account.msisdn, wanted, self._clock())
        await self._ledger.note(*self._seen(wallet, bills))
        under_way = [bill.id for bill in bills if await self._beside.would_wait(bill)]
        return Listed(bills, count, frozenset(under_way))

    def _seen(self, wallet: Wallet, bills: Sequence[Bill]) -> Sequence[AuditEntry]:
        """A line for each bill that is shown, one for none: a bill leads to its citizen, a line names nobody."""
        at, actor = self._clock(), f"wallet:{wallet.name}"
        shown = [AuditEntry(at, actor, "list-bills", one.request_id, one.service, {"bill": one.id}) for one in bills]
        return shown or [AuditEntry(at, actor, "list-bills", "", "", {"bill": ""})]

    async def pay(self, wallet: Wallet, account: Account, code: str, coming: Coming) -> Payment | Unfit | Denied | None:
        """Take money; None: no such bill is known to this account. Of money that the wallet has, `begun_at` is when it
        says that it was paid.
        """
        if await self._bills.came(wallet.name, correlation=coming.id):
            return Denied.KNOWN
        bill = await self._found(wallet, account, code, expired=wallet.keeps)
        if bill is None:
            return None
        if not wallet.keeps:  # it takes the money after our yes, so nobody need give any back
            if await self._beside.must_wait(bill):
                return Denied.UNDER_WAY
            return await self._billing.take(bill, replace(coming, begun_at=None))
        begun_at = paid_at(bill, coming.begun_at, self._clock())
        return await self._billing.take(bill, replace(coming, begun_at=begun_at, is_told=True))

    async def came(
        self, wallet: Wallet, *, correlation: str = "", server_id: str = "", receipt: str = ""
    ) -> tuple[Payment, Bill] | None:
        """What this wallet sent, and the bill; what another sent is not known to it."""
        payment = await self._bills.came(wallet.name, correlation=correlation, server_id=server_id, receipt=receipt)
        return await self._billing.told(payment.receipt) if payment else None

    async def payment_of(self, wallet: Wallet, account: Account, code: str) -> tuple[Payment, Bill] | None:
        """The payment that paid a bill, if this wallet sent it."""
        bill = await self._found(wallet, account, code)
        return await self.came(wallet, receipt=bill.receipt) if bill and bill.receipt else None

    async def ping(self) -> None:
        await self._ledger.ping()

    async def _found(self, wallet: Wallet, account: Account, typed: str, *, expired: bool = False) -> Bill | None:
        """The bill with a code, to whoever may know of it: its own citizen by number, anybody by code.

        `expired`: also one that can be paid no more, for its time is over or its request has ended.
        """
        code = read_bill_code(typed)
        if code is None or (account.code and read_bill_code(account.code) != code):
            return None
        bill = await self._bills.find(code, account.msisdn) if account.msisdn else None
        if bill is None and (account.code or not account.msisdn):
            bill = await self._guessed(wallet, account, code)
        return bill if bill is None or expired else await self._payable(bill)

    async def _payable(self, bill: Bill) -> Bill | None:
        """A bill that can be paid now, or was: no payer is led to give money that could only be kept."""
        if bill.state in SETTLED:
            return bill
        unfit = await self._billing.judged(bill, bill.price.total_minor)
        if unfit is Unfit.SECOND:  # paid since it was looked at
            return await self._bills.bill(bill.id)
        return bill if unfit is None else None

    async def _guessed(self, wallet: Wallet, account: Account, code: str) -> Bill | None:
        """Counted before it is looked at, and given back if it was right: no crash and no crowd makes one free."""
        today = self._editions.current.program.day(self._clock())
        bounds = [(f"{wallet.name}:", limits.bill_misses_of_a_wallet_max)]
        if account.msisdn:
            bounds.append((f"{wallet.name}:{account.msisdn}", limits.bill_misses_a_day_max))
        for who, most in bounds:
            if await self._ledger.tally("bill_guess", who, today, 1) > most:
                raise TooManyGuesses("Too many codes that are none came today.")
        bill = await self._bills.find(code)
        if bill is not None:
            for who, _ in bounds:
                await self._ledger.tally("bill_guess", who, today, -1)
        return bill
