"""Attacks on agents that must fail, on both databases: at the same moment, with what is not theirs, or too late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.agency import Caps, ProposalKind
from app.audit import AuditEntry
from app.billing import Coming
from app.messages import DeliveryEvent, DeliverySeen, DeliveryStatus, Job
from app.payments import BillState, Payment, Refund, Unfit
from app.ports import Taken
from app.reference import show_reference
from app.sms import text_id
from tests.database.balanced import SEARCHED, balanced_bench
from tests.database.paying_agents import PAID, WRONG, answered, at_once, fresh, is_unpaid, pay
from tests.work.agent import (
    ACTIVATION,
    LERATO,
    MPHO,
    PALESA,
    THABO,
    TOTAL,
    billed,
    code_in,
    enrol,
    event,
    float_of,
    move,
    sources,
    suspend,
    text,
)
from tests.work.conftest import Bench
from tests.work.paid import BILL_SECONDS

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bench(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with balanced_bench(sources(), tmp_path, url, is_published=False) as bench:
        bench.desk.answers["search"] = SEARCHED
        yield bench


async def test_a_worker_that_dies_after_the_payment_leaves_the_first_answer_to_the_next(
    bench: Bench, thabo: str, monkeypatch
) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    job = Job(
        "the-same", "answer", {"aggregator": "africastalking", "sender": THABO, "text": f"E{right}"}, bench.time()
    )
    with monkeypatch.context() as dying:
        dying.setattr(bench.agents._money, "_told", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await answered(bench, [job])
    assert await float_of(bench) == 1_000_00 - TOTAL
    (said,) = await answered(bench, [job])
    assert PAID in said and said.endswith("Balanse M967.50.") and await float_of(bench) == 1_000_00 - TOTAL


async def test_attack_two_agents_at_once_on_one_bill(bench: Bench, thabo: str) -> None:
    await enrol(bench, PALESA)
    bill = await billed(bench)
    codes = [(number, f"E {code_in(await text(bench, number, pay(bill)))}") for number in (THABO, PALESA)]
    said = await at_once(bench, *codes)
    assert sorted(PAID in one for one in said) == [False, True]
    assert any("e se e lefiloe pele" in one for one in said)
    assert sorted([await float_of(bench), await float_of(bench, "015")]) == [1_000_00 - TOTAL, 1_000_00]


async def test_attack_one_text_delivered_fifty_times(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    before = len(bench.mast.sent)
    copies = (bench.texts.take_in(event(THABO, f"E {right}", "ATXfifty")) for _ in range(50))
    assert sum(await asyncio.gather(*copies)) == 1
    await bench.work(3)
    assert sum(PAID in sms.text for sms in bench.mast.sent[before:]) == 1
    assert await float_of(bench) == 1_000_00 - TOTAL


async def test_attack_the_same_text_in_the_hands_of_many_workers_at_once(bench: Bench, thabo: str) -> None:
    """All of them get the first answer, or look again if too many tries are being counted at the moment."""
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    sent = event(THABO, f"E {right}")
    id = text_id(bench.keyring, sent.aggregator, sent.message_id, THABO)
    payload = {"aggregator": sent.aggregator, "sender": THABO, "text": sent.text}
    same = [Job(id, "answer", payload, bench.time())] * 10
    said = {*await answered(bench, same, is_first=True), *await answered(bench, same)}
    paid = await fresh(bench, bill)
    assert len(said) == 1 and show_reference(paid.receipt) in said.pop()
    assert await float_of(bench) == 1_000_00 - TOTAL


async def test_nobody_who_sends_a_right_code_many_times_hears_that_nothing_was_paid(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    before = len(bench.mast.sent)
    for _ in range(10):
        await bench.texts.take_in(event(THABO, f"E {right}"))
    claimed = await bench.database.outbox.claim("test", bench.time(), 60.0, 20)
    await asyncio.gather(*(bench.worker.do(one) for one in claimed))
    await bench.work(3)
    said = [sms.text for sms in bench.mast.sent[before:] if sms.msisdn == THABO]
    receipt = show_reference((await fresh(bench, bill)).receipt)
    assert len(said) == 10 and len({*said}) == 1 and PAID in said[0] and receipt in said[0]
    assert await float_of(bench) == 1_000_00 - TOTAL


async def test_attack_float_short_by_one_sente(bench: Bench) -> None:
    await enrol(bench, THABO, TOTAL - 1)
    bill = await billed(bench)
    assert (await text(bench, THABO, pay(bill))).startswith("Chelete ha e lekane: balanse M32.49, tefo M32.50")
    assert await move(bench, "014", ProposalKind.TOP_UP, 1) is Taken.TAKEN
    right = code_in(await text(bench, THABO, pay(bill)))
    assert await move(bench, "014", ProposalKind.PAY_OUT, 1) is Taken.TAKEN
    assert (await text(bench, THABO, f"E {right}")).startswith("Chelete ha e lekane: balanse M32.49")
    assert (await fresh(bench, bill)).receipt == "" and await float_of(bench) == TOTAL - 1


async def test_attack_two_numbers_of_one_agent_spend_the_last_float_at_once(bench: Bench) -> None:
    code = await enrol(bench, THABO, 2 * TOTAL - 1)
    (number,) = await bench.database.agents.numbers(code)
    other = replace(number, id="number-014-b", msisdn=LERATO, invited_until=bench.time() + timedelta(hours=1))
    entry = AuditEntry(bench.time(), "clerk:lineo", "add-number", code)
    assert await bench.database.agents.invite(other, ACTIVATION, entry)
    await text(bench, LERATO, f"ACTIVATE {ACTIVATION}")
    bench.time.pass_(24 * 3600)
    bills = [await billed(bench), await billed(bench, "s2", "+26650999999")]
    codes = [
        (msisdn, f"E {code_in(await text(bench, msisdn, pay(bill)))}")
        for msisdn, bill in zip((THABO, LERATO), bills, strict=True)
    ]
    said = await at_once(bench, *codes)
    assert sorted(PAID in one for one in said) == [False, True]
    assert any(one.startswith("Chelete ha e lekane: balanse M32.49") for one in said)
    assert await float_of(bench) == TOTAL - 1


async def test_two_pay_outs_at_once_never_overdraw(bench: Bench, thabo: str) -> None:
    outcomes = await asyncio.gather(*(move(bench, "014", ProposalKind.PAY_OUT, 600_00) for _ in range(2)))
    assert sorted(outcomes) == [Taken.SHORT, Taken.TAKEN] and await float_of(bench) == 400_00
    assert await move(bench, "014", ProposalKind.PAY_COMMISSION, 1) is Taken.SHORT


async def test_attack_cancel_racing_pay(bench: Bench, thabo: str) -> None:
    """Whichever comes first: money that was taken is given back or stays, and the code is good once."""
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    paid, cancelled = await at_once(bench, (THABO, f"E {right}"), (THABO, f"CANCEL {bill.code}"))
    now = await fresh(bench, bill)
    if now.state is BillState.REFUNDED:
        assert PAID in paid and "e khutlile" in cancelled and await float_of(bench) == 1_000_00
    elif now.state is BillState.PAID:
        assert PAID in paid and cancelled.startswith("Ha ho tefo e joalo")
        assert await float_of(bench) == 1_000_00 - TOTAL
    else:
        assert paid.startswith(WRONG) and cancelled.startswith("Tefo e emisitsoe") and await is_unpaid(bench, bill), (
            now.state
        )


async def test_what_an_office_has_taken_up_or_is_old_is_for_two_clerks(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    await text(bench, THABO, f"E {code_in(await text(bench, THABO, pay(bill)))}")
    assert bench.desk.asked
    said = await text(bench, THABO, f"CANCEL {bill.code}")
    assert said.endswith("Basebeletsi ba babeli ba tla etsa qeto.")
    now = await fresh(bench, bill)
    payment = await bench.database.bills.payment(now.receipt)
    assert payment is not None and (payment.refund, payment.asked_by) == (Refund.ASKED, "agent:014")
    assert now.state is BillState.REFUND_ASKED and await float_of(bench) == 1_000_00 - TOTAL
    assert await text(bench, THABO, f"CANCEL {bill.code}") == said


async def test_nobody_cancels_what_another_agent_took(bench: Bench, thabo: str) -> None:
    await enrol(bench, PALESA)
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    await at_once(bench, (THABO, f"E {right}"))
    assert (await text(bench, PALESA, f"CANCEL {bill.code}")).startswith("Ha ho tefo e joalo")
    assert (await fresh(bench, bill)).state is BillState.PAID


async def test_attack_a_wallets_callback_racing_an_agent(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    id = "00000000-0000-4000-8000-000000000001"
    coming = Coming("mpesa", id, "32.5", "LSL", LERATO, "MP1", True)
    (said,), wallet = await asyncio.gather(at_once(bench, (THABO, f"E {right}")), bench.billing.take(bill, coming))
    assert isinstance(wallet, Payment)
    if wallet.unfit is None:
        assert "e se e lefiloe pele" in said and await float_of(bench) == 1_000_00
    else:
        assert wallet.unfit is Unfit.SECOND and PAID in said
        assert await float_of(bench) == 1_000_00 - TOTAL


async def test_attack_a_bill_paid_after_its_expiry(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    bench.time.pass_(BILL_SECONDS - 60)
    right = code_in(await text(bench, THABO, pay(bill)))
    bench.time.pass_(60)
    assert "e ke ke ea hlola e lefuoa" in await text(bench, THABO, f"E {right}")
    assert "e ke ke ea hlola e lefuoa" in await text(bench, THABO, pay(bill))
    assert await is_unpaid(bench, bill)


async def test_attack_an_agent_paying_their_own_bill(bench: Bench, thabo: str) -> None:
    bill = await billed(bench, "s9", THABO)
    assert (await text(bench, THABO, pay(bill))).startswith("Moemeli ha a lefe tefo ea hae")
    (number,) = await bench.database.agents.numbers(thabo)
    mine = await billed(bench)
    right = code_in(await text(bench, THABO, pay(mine)))
    entry = AuditEntry(bench.time(), "clerk:lineo", "add-number", thabo)
    second = replace(number, id="number-014-b", msisdn=MPHO, invited_until=bench.time() + timedelta(hours=1))
    assert await bench.database.agents.invite(second, ACTIVATION, entry)
    assert (await text(bench, THABO, f"E {right}")).startswith("Moemeli ha a lefe tefo ea hae")
    assert await is_unpaid(bench, mine)


async def test_attack_suspended_between_pay_and_yes(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    await suspend(bench, thabo)
    assert (await text(bench, THABO, f"E {right}")).startswith("Moemeli 014 o emisitsoe.")
    assert await is_unpaid(bench, bill)


async def test_attack_a_forged_delivery_report(bench: Bench, thabo: str) -> None:
    """Of the code, of the receipt, of a text that nobody sent: no bill, order or float hears of it."""
    bill = await billed(bench)
    code = code_in(await text(bench, THABO, pay(bill)))

    async def forge(ids: range) -> list[DeliverySeen]:
        statuses = (DeliveryStatus.FAILED, DeliveryStatus.DELIVERED)
        forged = [
            DeliveryEvent("africastalking", f"message-{id}", status, "x", "") for id in ids for status in statuses
        ]
        seen = await asyncio.gather(*(bench.database.sms.report(one, bench.time()) for one in forged))
        await bench.work()
        return list(seen)

    assert DeliverySeen.NEWS in await forge(range(1, len(bench.mast.sent) + 1))
    assert DeliverySeen.NEWS not in await forge(range(900, 903))
    assert await is_unpaid(bench, bill)
    assert PAID in await text(bench, THABO, f"E {code}")
    paid, sent = await fresh(bench, bill), len(bench.mast.sent)
    await forge(range(1, sent + 1))
    assert await fresh(bench, bill) == paid and paid.state is BillState.PAID
    assert await float_of(bench) == 1_000_00 - TOTAL and len(bench.mast.sent) == sent


async def test_a_days_caps_are_held_by_the_transaction(bench: Bench) -> None:
    await enrol(bench, THABO, caps=Caps(1, 1_000_00))
    bills = [await billed(bench), await billed(bench, "s2", LERATO)]
    await text(bench, THABO, f"E {code_in(await text(bench, THABO, pay(bills[0])))}")
    said = await text(bench, THABO, f"E {code_in(await text(bench, THABO, pay(bills[1])))}")
    assert said.startswith("Moeli oa letsatsi o fihletsoe")
    bench.time.pass_(24 * 3600)
    assert PAID in await text(bench, THABO, f"E {code_in(await text(bench, THABO, pay(bills[1])))}")
