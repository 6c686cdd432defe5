"""Every wallet and every fault, over sockets: how it ends, and that no key ever takes money twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from app.messages import Answered, Pending, Refused
from app.pack import Pack
from app.wallets import FRESH, LOOK, UNSEEN
from integrations.sandbox.m_pesa import MPesaSettings
from tests.integrations.purses import KINDS, Purse, ask, ask_to_the_end, open_purse
from tests.integrations.spoiler import Fault

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65_537, 2_048)


AT_LENGTH = ("m_pesa_async", "push_poll")
"""Kinds of purses that meet every fault in a hunt only; those that differ most meet them at every commit."""


@pytest.fixture(
    scope="module",
    params=[pytest.param(kind, marks=[pytest.mark.hunt] if kind in AT_LENGTH else []) for kind in KINDS],
)
async def shared(
    request: pytest.FixtureRequest, lesotho: Pack, key: RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Purse]:
    """One country for many tests: to serve it takes a second."""
    async with open_purse(request.param, lesotho, key, tmp_path_factory.mktemp("keys")) as purse:
        yield purse


@pytest.fixture
async def purse(shared: Purse) -> AsyncIterator[Purse]:
    """A payer and a key that no other test has."""
    purse = shared.of_another()
    yield purse
    await purse.close()


UNREADABLE_LOOKS = {
    ("mobile_money", Fault.WRONG_TYPE): "person: status_404",
    ("m_pesa", Fault.WRONG_TYPE): "person: status_400",
}
"""A 4xx that is not in the wallet's own words is no "never seen": a human looks before anything is asked for."""


async def test_who_only_looks_sends_nothing_and_finds_what_was_sent(purse: Purse) -> None:
    look = {**purse.arguments, LOOK: "only"}
    assert await ask(purse.office(), look, purse.key) == Refused(UNSEEN) and await purse.payments() == []
    assert isinstance(await ask_to_the_end(purse, purse.office()), Answered)
    assert isinstance(await ask(purse.office(), look, purse.key), Answered) and await purse.debits() == 1


async def test_a_fresh_push_is_sent_without_a_look_and_once_however_often_it_is_said_to_be_fresh(purse: Purse) -> None:
    """A database that was restored calls fresh what was sent before: the wallet's refusal of repeats is left then."""
    fresh = {**purse.arguments, FRESH: "only"}
    purse.spoiler.will(purse.is_look, Fault.CUT)
    first = await ask(purse.office(), fresh, purse.key)
    assert isinstance(first, Pending | Answered) and not purse.spoiler.spoilt_all, "nothing was looked up"
    assert len(await purse.payments()) == 1
    await ask(purse.office(), fresh, purse.key)
    assert isinstance(await ask_to_the_end(purse, purse.office()), Answered)
    assert await purse.debits() == len(await purse.payments()) == 1


@pytest.mark.parametrize("fault", Fault)
async def test_a_push_that_meets_a_fault_takes_money_once(purse: Purse, fault: Fault) -> None:
    purse.spoiler.will(purse.is_push, fault)
    assert isinstance(await ask_to_the_end(purse, purse.office()), Answered)
    assert purse.spoiler.spoilt_all
    assert await purse.debits() == len(await purse.payments()) == 1


@pytest.mark.parametrize("fault", Fault)
async def test_a_push_that_meets_a_fault_takes_money_once_whoever_asks_again(purse: Purse, fault: Fault) -> None:
    """A worker that is started anew remembers nothing of what it sent."""
    purse.spoiler.will(purse.is_push, fault)
    assert isinstance(await ask_to_the_end(purse, purse.office), Answered)
    assert await purse.debits() == len(await purse.payments()) == 1


@pytest.mark.parametrize("fault", Fault)
async def test_a_look_that_meets_a_fault_takes_nothing_by_itself(purse: Purse, fault: Fault) -> None:
    purse.spoiler.will(purse.is_look, fault)
    told = await ask_to_the_end(purse, purse.office())
    wanted = UNREADABLE_LOOKS.get((purse.kind.adapter, fault))
    assert told == wanted if wanted else isinstance(told, Answered)
    assert await purse.debits() == len(await purse.payments()) == (0 if wanted else 1)


async def test_three_faults_in_a_row_take_money_once(purse: Purse) -> None:
    for fault in (Fault.CUT, Fault.ERROR, Fault.TWICE):
        purse.spoiler.will(purse.is_push, fault)
        purse.spoiler.will(purse.is_look, fault)
    assert isinstance(await ask_to_the_end(purse, purse.office), Answered)
    assert await purse.debits() == len(await purse.payments()) == 1


async def test_a_wallet_that_is_silent_did_nothing_and_is_asked_again(purse: Purse) -> None:
    name = {"mobile_money": "wallet", "m_pesa": "m-pesa", "push_poll": "push-poll"}[purse.kind.adapter]
    await purse.country.turn(name, silent=True)
    assert str(await ask(purse.office(), purse.arguments, purse.key)).startswith("again: ")
    await purse.country.turn(name, silent=False)
    assert isinstance(await ask_to_the_end(purse, purse.office()), Answered)
    assert await purse.debits() == 1


@pytest.mark.parametrize(
    ("does", "reason"),
    [("decline", "declined"), ("insufficient", "insufficient_funds"), ("timeout", "expired")],
)
async def test_a_payer_who_does_not_pay_is_a_refusal_that_says_why(purse: Purse, does: str, reason: str) -> None:
    await purse.payer(does)
    told = await ask_to_the_end(purse, purse.office(), pause_seconds=10.0)
    if purse.kind.adapter == "m_pesa" and does == "insufficient" and "mode" in purse.kind.options:
        reason = "refused"  # a look-up says `Failed` and not why
    assert told == Refused(reason)
    assert await purse.debits() == 0


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.SLOW, Fault.ERROR])
async def test_money_that_comes_after_we_thought_it_failed_is_found(purse: Purse, fault: Fault) -> None:
    await purse.payer("accept", after_s=40)
    purse.spoiler.will(purse.is_push, fault)
    first = await ask(purse.office(), purse.arguments, purse.key)
    assert isinstance(first, Pending) or str(first).startswith("again: ")
    assert isinstance(await ask_to_the_end(purse, purse.office(), pause_seconds=8.0), Answered)
    assert await purse.debits() == 1


async def test_an_amount_is_taken_to_the_last_sente(purse: Purse) -> None:
    assert isinstance(await ask_to_the_end(purse, purse.office(), amount="29999"), Answered)
    (row,) = await purse.payments()
    assert row.get("amount_minor", row.get("amount")) in (29_999, "299.99")


async def test_each_key_is_a_payment_of_its_own(purse: Purse) -> None:
    office = purse.office()
    for key in (purse.key, purse.key.replace(":0", ":1"), f"S1-{purse.number}"):
        for _ in range(3):
            told = await ask(office, purse.arguments, key)
            purse.country.now += timedelta(seconds=2)
            if isinstance(told, Answered):
                break
        assert isinstance(told, Answered)
    assert await purse.debits() == 3


@pytest.mark.parametrize("mode", ["m_pesa_sync", "m_pesa_async"])
async def test_an_m_pesa_that_finds_a_push_only_later_is_not_sent_it_again(
    lesotho: Pack, key: RSAPrivateKey, tmp_path: Path, mode: str
) -> None:
    settings = MPesaSettings(session_ready_seconds=0.0, blind_seconds=120.0)
    async with open_purse(mode, lesotho, key, tmp_path, m_pesa=settings) as purse:
        purse.spoiler.will(purse.is_push, Fault.CUT)
        assert isinstance(await ask_to_the_end(purse, purse.office()), Answered)
        pushed = [one for one in purse.spoiler.exchanges if purse.is_push(one.heard)]
        assert len(pushed) == await purse.debits() == 1


@pytest.mark.parametrize("mode", ["m_pesa_sync", "m_pesa_async"])
async def test_an_m_pesa_that_finds_a_push_only_later_refuses_it_from_a_worker_that_forgot(
    lesotho: Pack, key: RSAPrivateKey, tmp_path: Path, mode: str
) -> None:
    settings = MPesaSettings(session_ready_seconds=0.0, blind_seconds=120.0)
    async with open_purse(mode, lesotho, key, tmp_path, m_pesa=settings) as purse:
        purse.spoiler.will(purse.is_push, Fault.CUT)
        assert isinstance(await ask_to_the_end(purse, purse.office), Answered)
        pushed = [one for one in purse.spoiler.exchanges if purse.is_push(one.heard)]
        assert b"INS-10" in b"".join(one.body for one in pushed)
        assert await purse.debits() == len(await purse.payments()) == 1
