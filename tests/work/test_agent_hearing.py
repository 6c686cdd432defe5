"""All numbers of an agent hear what is done with them and with their money, by clerks or by one of themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import enrolling, refunding
from app.agency import AgentNumber
from app.agent_statement import statement
from app.audit import AuditEntry
from app.bill_code import show_bill_code
from app.desking import new_token
from app.jobbing import waiting
from app.messages import Answered
from app.pack import Pack
from app.payments import Bill
from app.settings import Settings
from app.tasks import Clerk
from tests.made_once import compiled
from tests.work.agent import MPHO, THABO, billed, code_in, enrol, float_of, sources, text
from tests.work.conftest import Bench, open_bench
from tests.work.test_editions import publish

pytestmark = pytest.mark.anyio
OTHER, ACTIVATION = "+26659000099", "87654321"
LONG = timedelta(days=400)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return compiled(sources())


@pytest.fixture
async def bench(pack: Pack, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(pack, tmp_path) as bench:
        bench.desk.answers["search"] = Answered({"note": "ho lokile"})
        await publish(bench, sources())
        await enrol(bench, THABO)
        yield bench


async def add_other(bench: Bench) -> None:
    number = AgentNumber("other", "014", OTHER, bench.time() + timedelta(hours=72))
    assert await bench.database.agents.invite(number, ACTIVATION, AuditEntry(bench.time(), "clerk:lineo", "add", "014"))
    bench.mast.sent.clear()
    await text(bench, OTHER, f"ACTIVATE {ACTIVATION}")


def heard(bench: Bench, number: str) -> list[str]:
    return [sms.text for sms in bench.mast.sent if sms.msisdn == number]


async def by_clerk(settings: Settings, name: str) -> str:
    return await asyncio.to_thread(new_token, settings, Clerk(name, ""), "op")


async def later(bench: Bench) -> None:
    """What clerks do on the machine's own clock is due now."""
    bench.time.now = datetime.now(UTC) + LONG
    await bench.work()


async def test_whose_number_it_was_before_hears_of_another_one_a_day_before_it_can_pay(bench: Bench) -> None:
    await add_other(bench)
    (told,) = heard(bench, THABO)
    assert told.startswith("Nomoro 5xxxx099 e kenngoe ho moemeli 014. E ka lefa ho tloha 25/11/2026")
    assert len(heard(bench, OTHER)) == 1, "which hears of itself by its own answer"


async def test_of_a_wrong_activation_code_nobody_hears(bench: Bench) -> None:
    number = AgentNumber("other", "014", OTHER, bench.time() + timedelta(hours=72))
    await bench.database.agents.invite(number, ACTIVATION, AuditEntry(bench.time(), "clerk:lineo", "add", "014"))
    bench.mast.sent.clear()
    await text(bench, OTHER, "ACTIVATE 00000000")
    assert heard(bench, THABO) == []


async def test_a_number_that_is_removed_is_told_of_to_the_others(bench: Bench, settings: Settings) -> None:
    await add_other(bench)
    bench.mast.sent.clear()
    lineo = await by_clerk(settings, "lineo")
    await asyncio.to_thread(enrolling.remove_number, settings, lineo, "014", OTHER, "left")
    await later(bench)
    assert heard(bench, THABO) == ["Nomoro 5xxxx099 e tlositsoe ho moemeli 014. Ha se uena? Letsetsa ofisi hang."]
    assert heard(bench, OTHER) == []


async def test_a_month_is_told_to_each_number(bench: Bench) -> None:
    await add_other(bench)
    bill = await billed(bench)
    await text(bench, THABO, f"E {code_in(await text(bench, THABO, f'PAY {bill.code} 32.50'))}")
    bench.mast.sent.clear()
    bench.time.pass_(20 * 86_400)
    await bench.agents.tell_months(bench.time())
    await bench.work()
    assert len(heard(bench, THABO)) == 1 and heard(bench, OTHER) == heard(bench, THABO)


async def paid_and_too_late(bench: Bench) -> Bill:
    """A bill that an agent took the money of, and wants to give back when two clerks have to decide."""
    bill = await billed(bench)
    await text(bench, THABO, f"E {code_in(await text(bench, THABO, f'PAY {bill.code} 32.50'))}")
    bench.time.pass_(1_000)
    assert "Basebeletsi ba babeli" in await text(bench, THABO, f"CANCEL {bill.code}")
    bench.mast.sent.clear()
    now = await bench.database.bills.bill(bill.id)
    assert now is not None
    return now


async def tasks(settings: Settings) -> list[str]:
    waits = await asyncio.to_thread(waiting, settings)
    return [one.id for one in waits if one.id.startswith("agent-refund:")]


async def test_clerks_find_a_task_and_when_they_say_yes_both_hear_who_owes_whom(
    bench: Bench, settings: Settings
) -> None:
    bill, before = await paid_and_too_late(bench), await float_of(bench)
    await text(bench, THABO, f"CANCEL {bill.code}")
    assert len(await tasks(settings)) == 1, "however often it is asked for"
    lineo, palesa = await by_clerk(settings, "lineo"), await by_clerk(settings, "palesa")
    await asyncio.to_thread(refunding.ask, settings, bill.receipt, lineo, "paid twice")
    assert len(await tasks(settings)) == 1, "one of the two is not enough"
    await asyncio.to_thread(refunding.approve, settings, bill.receipt, palesa, "seen")
    assert await tasks(settings) == []
    bench.mast.sent.clear()
    await later(bench)
    shown = show_bill_code(bill.code)
    assert await float_of(bench) == before + 32_50
    assert heard(bench, THABO) == [
        f"{shown} e emisitsoe, M32.50 e khutlile. Balanse M1,000.00. Khutlisetsa moahi chelete."
    ]
    assert any(f"Moemeli 014 o khutlisitse tefo ea {shown}. Nka M32.50 ho eena" in told for told in heard(bench, MPHO))


async def test_a_month_reads_the_same_when_a_payment_of_it_was_given_back_in_a_later_one(
    bench: Bench, settings: Settings
) -> None:
    bill = await paid_and_too_late(bench)
    before = await asyncio.to_thread(statement, settings, "014", "2026-11")
    lineo, palesa = await by_clerk(settings, "lineo"), await by_clerk(settings, "palesa")
    await asyncio.to_thread(refunding.ask, settings, bill.receipt, lineo, "paid twice")
    bench.time.now = datetime.now(UTC)
    month, later_month = "2026-11", f"{bench.pack.program.day(datetime.now(UTC)):%Y-%m}"
    await asyncio.to_thread(refunding.approve, settings, bill.receipt, palesa, "seen")
    after = await asyncio.to_thread(statement, settings, "014", later_month)
    given = [one for one in after.lines if one.kind == "refund"]
    assert [(one.receipt, one.service, one.float_minor, one.commission_minor) for one in given] == [
        (bill.receipt, "plot-search", 32_50, -1_00)
    ]
    if later_month != month:
        assert await asyncio.to_thread(statement, settings, "014", month) == before
        assert (after.takings.count, after.takings.commission_minor) == (0, -1_00)
    for told in (before, after):
        opened, closed = told.opening, told.closing
        assert closed.float_minor - opened.float_minor == sum(one.float_minor for one in told.lines)
        assert closed.commission_minor - opened.commission_minor == sum(one.commission_minor for one in told.lines)
    assert after.closing.float_minor == await float_of(bench)


async def test_when_they_say_no_the_agent_hears_that_it_stays(bench: Bench, settings: Settings) -> None:
    bill = await paid_and_too_late(bench)
    lineo = await by_clerk(settings, "lineo")
    await asyncio.to_thread(refunding.refuse, settings, bill.receipt, lineo, "the office has begun")
    assert await tasks(settings) == []
    await later(bench)
    (told,) = heard(bench, THABO)
    assert told.startswith(f"{show_bill_code(bill.code)}: basebeletsi ba entse qeto")
    assert heard(bench, MPHO) == [] or all("khutlisitse" not in one for one in heard(bench, MPHO))
