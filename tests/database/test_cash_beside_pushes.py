"""Cash beside a push, on both databases: no agent and citizen are led into paying twice, and none waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app import limits
from app.agency import Caps
from app.bill_code import show_bill_code
from app.bookkeeping import examine
from app.errors import ServiceFailed
from app.messages import Answered, Pending, Refused
from app.pack import Pack
from app.payments import Bill, BillState
from app.under_way import CashBeside
from integrations.database import DatabaseBooks
from tests.database.test_pushes import ASK, PAID, TOTAL, confirmed, fresh, held, keys, late, the_push, yes
from tests.database.test_pushes import shown as seen
from tests.made_once import compiled
from tests.work.agent import THABO, billed, code_in, enrol, event, float_of, text
from tests.work.conftest import Bench, OfficeAnswer, open_bench
from tests.work.pushed import sources
from tests.work.test_editions import publish

pytestmark = pytest.mark.anyio
FLOAT = 1_000_00
WAIT = "wallet e ntse e botsoa. Se ke oa nka chelete."
AWAY = ServiceFailed("refused_connection", retryable=True)


@pytest.fixture(scope="module")
def pushed() -> Pack:
    return compiled(sources())


@pytest.fixture
async def bench(pushed: Pack, tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with open_bench(pushed, tmp_path, url) as bench:
        bench.desk.answers["search"] = Answered({"note": "ho lokile"})
        await publish(bench, sources())
        await enrol(bench, THABO, FLOAT, Caps(payments=60, amount_minor=10_000_00))
        yield bench
        assert (await examine(DatabaseBooks(bench.database._store))).faults == []


async def says(bench: Bench, answer: OfficeAnswer, seconds: float = 60) -> None:
    bench.desk.answers[ASK] = bench.desk.looks[ASK] = answer
    bench.time.pass_(seconds)
    await bench.work()


async def pay(bench: Bench, bill: Bill, id: str) -> str:
    return await text(bench, THABO, f"LEFA {bill.code} 32.50", id)


async def test_no_code_is_told_while_a_wallet_is_asked_and_one_after_its_no(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    await says(bench, Pending(), 0)
    told = await pay(bench, bill, "1")
    assert told.startswith(f"{show_bill_code(bill.code)}: {WAIT}")
    await says(bench, Refused("declined"))
    assert (await fresh(bench, bill)).state is BillState.REFUSED
    code = code_in(await pay(bench, bill, "2"))
    assert "e lefiloe" in await text(bench, THABO, f"E {code}", "3")
    assert await float_of(bench) == FLOAT - TOTAL


async def test_no_code_is_told_in_the_seconds_before_a_wallet_is_asked(bench: Bench) -> None:
    bill = await billed(bench)
    await seen(bench, bill, "pay")
    assert await yes(bench, bill, "pay") == "Sheba mohala."
    assert WAIT in await pay(bench, bill, "1")
    bench.time.pass_(limits.push_begins_seconds)
    await says(bench, PAID)
    assert "e se e lefiloe" in await pay(bench, bill, "2")
    assert await float_of(bench) == FLOAT


async def test_a_code_that_was_told_before_pays_nothing_while_a_wallet_is_asked(bench: Bench) -> None:
    bill = await billed(bench)
    code = code_in(await pay(bench, bill, "1"))
    await confirmed(bench, bill)
    await says(bench, Pending(), 0)
    assert WAIT in await text(bench, THABO, f"E {code}", "2")
    assert await float_of(bench) == FLOAT
    await says(bench, Refused("declined"))
    assert "e lefiloe" in await text(bench, THABO, f"E {code}", "3")
    assert len(keys(bench)) > 1 and await float_of(bench) == FLOAT - TOTAL


async def test_a_wallet_that_is_away_keeps_nobody_from_paying_in_cash_and_is_asked_no_more(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    await says(bench, AWAY, 0)
    assert (await fresh(bench, bill)).state is BillState.SENT
    assert WAIT in await pay(bench, bill, "1")
    bench.time.pass_(limits.office_push_settles_seconds)
    code = code_in(await pay(bench, bill, "2"))
    asked = len(keys(bench))
    assert "e lefiloe" in await text(bench, THABO, f"E {code}", "3")
    for _ in range(4):
        await says(bench, PAID, 600)
    assert len(keys(bench)) == asked
    assert (await held(bench)).get("wallet:wallet", 0) == 0 and await float_of(bench) == FLOAT - TOTAL


async def test_whoever_only_looks_at_a_bill_hears_when_cash_may_be_taken_and_withdraws_nothing(bench: Bench) -> None:
    bill = await billed(bench)
    beside = CashBeside(bench.database.pushes, bench.time)
    assert not await beside.would_wait(bill)
    await confirmed(bench, bill)
    await says(bench, AWAY, 0)
    assert await beside.would_wait(await fresh(bench, bill))
    bench.time.pass_(limits.office_push_settles_seconds)
    assert not await beside.would_wait(await fresh(bench, bill))
    await says(bench, PAID, 600)
    assert (await fresh(bench, bill)).state is BillState.PAID, "the wallet was asked all the same"


async def test_a_push_that_gave_way_to_cash_that_never_came_is_told_and_can_be_made_again(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    await says(bench, AWAY, 0)
    bench.time.pass_(limits.office_push_settles_seconds)
    code_in(await pay(bench, bill, "1"))
    await says(bench, PAID, 600)
    assert (await fresh(bench, bill)).state is BillState.REFUSED
    assert any("ha ea etsahala" in sms.text for sms in bench.mast.sent)
    await confirmed(bench, bill, "again")
    await says(bench, PAID, 0)
    assert (await fresh(bench, bill)).state is BillState.PAID and keys(bench)[-1] == f"{bill.id}p2"


async def test_while_nobody_knows_what_became_of_a_push_cash_waits_however_long(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    await says(bench, late(), 0)
    assert (await fresh(bench, bill)).state is BillState.UNKNOWN
    for count in range(3):
        await says(bench, late(), limits.office_push_settles_seconds)
        assert WAIT in await pay(bench, bill, f"{count}")
    await says(bench, PAID, 3600)
    assert (await fresh(bench, bill)).state is BillState.PAID and await float_of(bench) == FLOAT


async def test_of_a_push_and_an_agents_yes_at_the_same_moment_one_takes_the_money(bench: Bench) -> None:
    for count in range(4):
        bill = await billed(bench, f"search-{count}")
        code = code_in(await pay(bench, bill, f"P{count}"))
        await seen(bench, bill, f"pay-{count}")
        await bench.texts.take_in(event(THABO, f"E {code}", f"Y{count}"))
        claimed = await bench.database.outbox.claim("both", bench.time(), 60.0, 20)
        await asyncio.gather(yes(bench, bill, f"pay-{count}"), *(bench.worker.do(one) for one in claimed))
        bench.time.pass_(limits.push_begins_seconds)
        await says(bench, PAID)
        assert (await fresh(bench, bill)).state is BillState.PAID
    assert await bench.database.bills.unsettled(9) == []


async def test_a_yes_in_the_hands_of_a_slow_worker_takes_no_cash_beside_a_push_that_began_meanwhile(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = await billed(bench)
    code = code_in(await pay(bench, bill, "1"))
    look = CashBeside.must_wait

    async def slowly(beside: CashBeside, seen: Bill) -> bool:
        must_wait = await look(beside, seen)
        monkeypatch.undo()
        await confirmed(bench, bill)
        bench.desk.answers[ASK] = bench.desk.looks[ASK] = Pending()
        assert await bench.worker._attempt(await the_push(bench))
        return must_wait

    monkeypatch.setattr(CashBeside, "must_wait", slowly)
    assert WAIT in await text(bench, THABO, f"E {code}", "2")
    await says(bench, PAID)
    assert (await fresh(bench, bill)).state is BillState.PAID and await float_of(bench) == FLOAT
    assert await bench.database.bills.unsettled(9) == []


async def test_of_a_worker_that_sends_a_push_and_an_agent_who_takes_it_back_one_comes_first(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    await says(bench, AWAY, 0)
    bench.time.pass_(limits.office_push_settles_seconds)
    bench.desk.answers[ASK] = bench.desk.looks[ASK] = Pending()
    asked, push = len(keys(bench)), await the_push(bench)
    told, _ = await asyncio.gather(pay(bench, bill, "1"), bench.worker.do(push))
    assert (WAIT in told) == (len(keys(bench)) > asked)
