"""What a wallet hears of its payment over HTTP, and that nobody else ever hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from app.counter import Wallet
from app.errors import ServiceFailed
from app.payments import Bill, BillState, Payment, Price
from integrations.wallet_callbacks import WalletCallbacks
from tests.integrations.desk import Answer, Cut, Desk

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
PRICE = Price("LSL", 2, 130_00, 5_00, "treasury", "treasury", "Gazette 69 (2019-11-29)")
BILL = Bill("r:0", "CODE", "r", 0, "passport", "+26658123456", PRICE, BillState.PAID, NOW, NOW + timedelta(1), NOW, "R")
CORRELATION = "0b5ae1f2-0000-4000-8000-000000000001"
PAYMENT = Payment("7K4M2PXQ9", "mpesa", CORRELATION, "s", "r:0", 135_00, "LSL", "+26650999999", "MP1", NOW)


@pytest.fixture
async def callbacks(desk: Desk, clock) -> AsyncIterator[WalletCallbacks]:
    made = WalletCallbacks([f"{desk.url}/told/"], clock)
    yield made
    await made.close()


async def test_a_wallet_hears_of_its_payment_and_of_nobodys_number(callbacks, desk) -> None:
    desk.will(Answer(204))
    await callbacks.put(f"{desk.url}/told/7", PAYMENT, BILL)
    (heard,) = desk.heard
    assert (heard.method, heard.path, heard.headers["x-correlationid"]) == ("PUT", "/told/7", CORRELATION)
    assert heard.json()["billPaymentStatus"] == "paid" and heard.json()["amountPaid"] == "135"
    assert b"266" not in heard.body


@pytest.mark.parametrize(
    ("act", "reason", "retryable"),
    [
        (Answer(503), "status_503", True), (Cut(), "connection_lost", True), (Answer(404), "status_404", False),
        (Answer(302, headers={"Location": "http://127.0.0.1:1/"}), "redirected", False),
    ],
)  # fmt: skip
async def test_what_goes_wrong_is_tried_again_or_given_to_a_person(callbacks, desk, act, reason, retryable) -> None:
    desk.will(act)
    with pytest.raises(ServiceFailed) as failed:
        await callbacks.put(f"{desk.url}/told/7", PAYMENT, BILL)
    assert (failed.value.reason, failed.value.retryable) == (reason, retryable)


async def test_an_address_that_is_agreed_no_more_is_not_called(callbacks, desk) -> None:
    for url in (f"{desk.url}/other/7", "http://169.254.169.254/told/7", f"{desk.url}/toldmore/7"):
        with pytest.raises(ServiceFailed) as failed:
            await callbacks.put(url, PAYMENT, BILL)
        assert (failed.value.reason, failed.value.retryable) == ("callback_not_agreed", False)
    assert desk.heard == []


@pytest.mark.parametrize("url", ["https://w.example/told/a", "https://w.example/told/a/b-1_2.json"])
def test_an_address_below_what_was_agreed_may_be_called(url: str) -> None:
    assert Wallet("w", "c", ("k",), callbacks=("https://w.example/told/",)).can_be_called_at(url)
