"""Tells wallets what became of their payments: a PUT to the callback that they named, below an agreed address."""

from __future__ import annotations

from collections.abc import Iterable

from app import limits
from app.audit import stamp
from app.bill_api import told_payment
from app.errors import ServiceFailed
from app.payments import Bill, Payment
from app.ports import Clock
from integrations.http import OutboundHttp


class WalletCallbacks:
    """`app.ports.WalletNotices`: one client for each agreed base URL, which is all that it can reach."""

    def __init__(self, bases: Iterable[str], clock: Clock) -> None:
        self._clients = {base.rstrip("/"): OutboundHttp(base, {}) for base in bases}
        self._clock = clock

    async def put(self, url: str, payment: Payment, bill: Bill) -> None:
        """Raises `ServiceFailed`: not retryable if the wallet refuses it, or the address is agreed no more."""
        base = next((base for base in self._clients if url.startswith(f"{base}/")), None)
        if base is None:
            raise ServiceFailed("callback_not_agreed", retryable=False)
        headers = {"X-CorrelationID": payment.correlation, "X-Date": stamp(self._clock())}
        answer = await self._clients[base].call(
            "PUT",
            url.removeprefix(base),
            limits.wallet_callback_seconds,
            headers,
            told_payment(payment, bill),
        )
        if answer.status >= 400:
            raise ServiceFailed(f"status_{answer.status}", retryable=False)

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()
