"""Agents who take money from their menu on both databases: what they see and are told, and attacks that must fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app import limits
from app.agency import AgentNumber, Caps, Order, OrderState, ProposalKind
from app.audit import AuditEntry
from app.bill_code import show_bill_code
from app.bookkeeping import examine
from app.errors import StoreUnavailable
from app.filing import Asker
from app.lookout import span_of, weeks_at
from app.messages import Answered, Refused
from app.payments import BillState
from app.ports import Taken
from app.reference import show_reference
from integrations.database import DatabaseBooks
from sessions.memory_store import MemorySessionStore
from tests.work.agent import LERATO, MPHO, PALESA, THABO, code_in, enrol, float_of, move, suspend, text
from tests.work.agent_menu import (
    BARRED,
    CHECK,
    CODE,
    COMMISSION,
    DROPPED,
    LAPSED,
    MAIN,
    ORDINARY,
    OWN,
    PAYING,
    SETTLED,
    SHORT,
    TOTAL,
    Till,
    at_check,
    billed,
    fresh,
    shipped,
    texts_to,
)
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio
FLOAT = 1_000_00
LATE = "Tefo eo ha e sa emetse: nako e felile kapa e emisitsoe."


@pytest.fixture
async def bench(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with open_bench(shipped(), tmp_path, url) as bench:
        bench.desk.answers["note-fee"] = Answered({"noted": "PF-000001"})
        await enrol(bench, THABO)
        bench.mast.sent.clear()
        yield bench
        found = await examine(DatabaseBooks(bench.database._store))
        assert found.faults == []


async def is_unpaid(bench: Bench, bill_id: str, code: str = "014") -> bool:
    bill = await bench.database.bills.bill(bill_id)
    assert bill is not None
    return bill.receipt == "" and await float_of(bench, code) == FLOAT


async def came(bench: Bench, bill_id: str) -> int:
    return len(await bench.database.bills.payments_of(bill_id))


async def test_a_payment_is_written_down_by_the_page_and_paid_by_a_worker(bench: Bench) -> None:
    bill = await billed(bench)
    till = await at_check(bench, bill)
    page = await till.type("1")
    assert page.final and PAYING in page.text and await is_unpaid(bench, bill.id)
    await bench.work()
    paid = await fresh(bench, bill)
    shown, receipt = show_bill_code(bill.code), show_reference(paid.receipt)
    told = f"{shown} M135.00 e lefiloe. Rasiti {receipt}. Khomishene M3.00. Balanse M865.00."
    assert texts_to(bench) == [told]
    assert any(receipt in sms and "moemeli 014" in sms for sms in texts_to(bench, MPHO))
    books = await examine(DatabaseBooks(bench.database._store))
    assert books.balances["agent:014:float", "LSL"] == FLOAT - TOTAL
    assert books.balances["agent:014:commission", "LSL"] == COMMISSION


async def test_what_a_page_ordered_is_told_apart_and_seen_by_those_who_watch(bench: Bench) -> None:
    bill = await billed(bench)
    await (await at_check(bench, bill)).type("1")
    await bench.work()
    order = await bench.database.agents.paid_order("014", bill.id)
    agent = await bench.database.agents.agent("014")
    assert order is not None and order.channel == "ussd" and agent is not None
    zone = shipped().program.timezone
    since, until = span_of(weeks_at(bench.time(), zone)[-1], zone)
    (seen,) = await bench.database.watch.confirmations(agent, since, until, bench.time())
    assert (seen.agent, seen.amount_minor, seen.ending) == ("014", TOTAL, "paid")


async def test_attack_the_yes_comes_fifty_times_and_at_once(bench: Bench) -> None:
    bill = await billed(bench)
    till = await at_check(bench, bill)
    first = await till.type("1")
    again = await asyncio.gather(*(till.again() for _ in range(25)))
    await bench.work()
    again += await asyncio.gather(*(till.again() for _ in range(25)))
    await bench.work()
    assert {reply.text for reply in again} == {first.text}
    assert await came(bench, bill.id) == 1 and await float_of(bench) == FLOAT - TOTAL
    assert len(texts_to(bench)) == 1


async def test_attack_two_sessions_of_one_agent_for_one_bill(bench: Bench) -> None:
    bill = await billed(bench)
    first = await at_check(bench, bill, "t1")
    second = await at_check(bench, bill, "t2")
    pages = await asyncio.gather(first.type("1"), second.type("1"))
    assert LAPSED in pages[0].text and PAYING in pages[1].text
    await bench.work()
    assert await came(bench, bill.id) == 1 and await float_of(bench) == FLOAT - TOTAL


async def test_attack_two_agents_at_once_on_one_bill(bench: Bench) -> None:
    await enrol(bench, PALESA)
    bill = await billed(bench)
    tills = [await at_check(bench, bill, "t1"), await at_check(bench, bill, "t2", PALESA)]
    bench.mast.sent.clear()
    assert all(PAYING in page.text for page in await asyncio.gather(*(till.type("1") for till in tills)))
    await bench.work()
    assert await came(bench, bill.id) == 1
    left = sorted([await float_of(bench, "014"), await float_of(bench, "015")])
    assert left == [FLOAT - TOTAL, FLOAT]
    told = sorted(texts_to(bench, THABO) + texts_to(bench, PALESA), key=len)
    assert len(told) == 2 and sum("e se e lefiloe pele" in one for one in told) == 1


async def test_attack_workers_carry_out_one_yes_at_once(bench: Bench) -> None:
    bill = await billed(bench)
    await (await at_check(bench, bill)).type("1")
    (claimed,) = await bench.database.outbox.claim("w", bench.time(), 60.0, 20)
    endings = await asyncio.gather(*(bench.agents.carry_out(claimed.job) for _ in range(5)))
    assert len({ending.jobs[0].payload["text"] for ending in endings}) == 1  # type: ignore[union-attr]
    assert await came(bench, bill.id) == 1 and await float_of(bench) == FLOAT - TOTAL


async def test_attack_a_stranger_dials_the_counters_code(bench: Bench) -> None:
    bill = await billed(bench)
    till = Till(bench, "x1", LERATO)
    assert (await till.dial()).text.startswith(ORDINARY)
    page = await bench.hop(f"1*{show_bill_code(bill.code)}*135*1", "x2", msisdn=LERATO, service_code=CODE)
    assert CHECK not in page.text and PAYING not in page.text
    await bench.work()
    assert await is_unpaid(bench, bill.id)


async def test_attack_a_dialled_string_never_says_yes(bench: Bench) -> None:
    bill = await billed(bench)
    typed = f"1*{show_bill_code(bill.code)}*135*1"
    page = await bench.hop(typed, "t9", msisdn=THABO, service_code=CODE)
    assert page.text.startswith(CHECK) and not page.final
    await bench.work()
    assert await is_unpaid(bench, bill.id)


async def test_attack_suspended_between_the_page_and_the_yes(bench: Bench) -> None:
    bill = await billed(bench)
    till = await at_check(bench, bill)
    await suspend(bench, "014")
    assert BARRED in (await till.type("1")).text
    await bench.work()
    assert await is_unpaid(bench, bill.id)
    assert (await Till(bench, "t2").dial()).text.startswith(ORDINARY)


async def test_attack_suspended_between_the_yes_and_the_worker(bench: Bench) -> None:
    bill = await billed(bench)
    await (await at_check(bench, bill)).type("1")
    await suspend(bench, "014")
    await bench.work()
    assert texts_to(bench) == ["Moemeli 014 o emisitsoe. Ha ho letho le lefiloeng. Letsetsa ofisi."]
    assert await is_unpaid(bench, bill.id)


async def test_attack_the_number_is_removed_between_the_yes_and_the_worker(bench: Bench) -> None:
    bill = await billed(bench)
    await (await at_check(bench, bill)).type("1")
    entry = AuditEntry(bench.time(), "clerk:lineo", "remove-number", "014")
    assert await bench.database.agents.remove_number("number-014", bench.time(), entry)
    await bench.work()
    assert texts_to(bench)[0].startswith(LATE) and await is_unpaid(bench, bill.id)


async def test_attack_float_short_by_one_sente(bench: Bench) -> None:
    bill = await billed(bench)
    assert await move(bench, "014", ProposalKind.PAY_OUT, FLOAT - TOTAL + 1) is Taken.TAKEN
    till = Till(bench)
    await till.dial()
    assert SHORT in (await till.type("1", show_bill_code(bill.code), "135")).text


async def test_attack_the_float_falls_short_between_the_page_and_the_worker(bench: Bench) -> None:
    bill = await billed(bench)
    await (await at_check(bench, bill)).type("1")
    assert await move(bench, "014", ProposalKind.PAY_OUT, FLOAT - TOTAL + 1) is Taken.TAKEN
    await bench.work()
    assert texts_to(bench) == ["Chelete ha e lekane: balanse M134.99, tefo M135.00. Ha ho letho le lefiloeng."]
    assert await float_of(bench) == TOTAL - 1 and (await fresh(bench, bill)).receipt == ""


async def test_attack_an_agents_own_bill(bench: Bench) -> None:
    bill = await billed(bench, THABO)
    till = Till(bench)
    await till.dial()
    assert OWN in (await till.type("1", show_bill_code(bill.code), "135")).text


async def test_attack_the_citizens_number_becomes_the_agents_own_meanwhile(bench: Bench) -> None:
    bill = await billed(bench)
    await (await at_check(bench, bill)).type("1")
    number = AgentNumber("number-mpho", "014", MPHO, bench.time() + timedelta(hours=72))
    entry = AuditEntry(bench.time(), "clerk:lineo", "add-number", "014")
    assert await bench.database.agents.invite(number, "87654321", entry)
    await bench.work()
    assert texts_to(bench)[0].startswith(OWN) and await is_unpaid(bench, bill.id)


async def test_attack_a_code_by_text_confirms_nothing_that_a_page_ordered(bench: Bench) -> None:
    bill = await billed(bench)
    await at_check(bench, bill)
    order = await bench.database.agents.newest_order("number-014", bench.time())
    assert order is not None and order.state is OrderState.OPEN
    right = bench.agents._money.codes.of(order)
    assert (await text(bench, THABO, f"E {right}")).startswith("Khoutu e fosahetse")
    assert await is_unpaid(bench, bill.id)


async def test_attack_nobody_confirms_with_what_was_given_to_another(bench: Bench) -> None:
    await enrol(bench, PALESA)
    bill = await billed(bench)
    await at_check(bench, bill)
    theirs = await bench.database.agents.newest_order("number-014", bench.time())
    assert theirs is not None
    edition = bench.editions.current
    confirm = edition.catalogue.services["agent-confirm"]
    menu = bench.hearing._dialogues._services._agent_menu
    for who, effect in ((PALESA, "stolen"), (LERATO, "guessed")):
        asker = Asker(who, "st", effect, 3.0)
        assert isinstance(await menu.call(edition, confirm, {"order": theirs.id}, asker), Refused)
    await bench.work()
    assert await is_unpaid(bench, bill.id)


async def test_attack_a_yes_after_five_minutes(bench: Bench) -> None:
    bill = await billed(bench)
    await at_check(bench, bill)
    order = await bench.database.agents.newest_order("number-014", bench.time())
    assert order is not None
    bench.time.pass_(limits.agent_order_seconds)
    edition = bench.editions.current
    menu = bench.hearing._dialogues._services._agent_menu
    asker = Asker(THABO, "st", "late", 3.0)
    late = await menu.call(edition, edition.catalogue.services["agent-confirm"], {"order": order.id}, asker)
    assert late == Refused("lapsed")
    await bench.work()
    assert await is_unpaid(bench, bill.id)


async def test_attack_a_worker_that_comes_too_late_pays_nothing(bench: Bench) -> None:
    bill = await billed(bench)
    await (await at_check(bench, bill)).type("1")
    bench.time.pass_(limits.agent_order_seconds)
    await bench.work()
    assert texts_to(bench)[0].startswith(LATE) and await is_unpaid(bench, bill.id)


async def test_attack_a_worker_dies_after_the_payment(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bill = await billed(bench)
    await (await at_check(bench, bill)).type("1")
    (claimed,) = await bench.database.outbox.claim("w", bench.time(), 60.0, 20)
    with monkeypatch.context() as dying:
        dying.setattr(bench.agents._money, "_told", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await bench.agents.carry_out(claimed.job)
    assert await float_of(bench) == FLOAT - TOTAL
    again = await bench.agents.carry_out(claimed.job)
    assert again.jobs[0].payload["text"].endswith("Balanse M865.00.")  # type: ignore[union-attr]
    assert await came(bench, bill.id) == 1


async def test_attack_a_session_that_is_lost_after_the_yes_shows_the_same_page(bench: Bench) -> None:
    bill = await billed(bench)
    till = await at_check(bench, bill)
    first = await till.type("1")
    for _ in range(2):  # before a worker paid it, and after
        bench.line.to = MemorySessionStore(bench.keyring, bench.time)
        assert (await till.again()) == first
        await bench.work()
    assert await came(bench, bill.id) == 1 and await float_of(bench) == FLOAT - TOTAL


async def test_attack_the_session_server_is_away_when_the_yes_comes_again(bench: Bench) -> None:
    class Away:
        def recall(self, *_: object) -> None:
            return None

        def __getattr__(self, name: str) -> object:
            async def fails(*_: object, **__: object) -> None:
                raise StoreUnavailable("away")

            return fails

    bill = await billed(bench)
    till = await at_check(bench, bill)
    first = await till.type("1")
    bench.line.to = Away()
    assert (await till.again()) == first
    bench.line.to = bench.store
    await bench.work()
    assert await came(bench, bill.id) == 1


async def test_the_next_citizens_order_leaves_a_yes_alone(bench: Bench) -> None:
    bill, other = await billed(bench), await billed(bench, LERATO)
    await (await at_check(bench, bill, "t1")).type("1")
    second = await at_check(bench, other, "t2")
    await text(bench, THABO, "CHE")
    assert LAPSED in (await second.type("1")).text, "what was not confirmed was dropped"
    await bench.work()
    assert (await fresh(bench, bill)).state is BillState.PAID and await came(bench, other.id) == 0


async def test_a_no_on_the_page_drops_what_it_shows(bench: Bench) -> None:
    bill = await billed(bench)
    page = await (await at_check(bench, bill)).type("2")
    assert page.final and page.text.startswith(DROPPED)
    order = await bench.database.agents.newest_order("number-014", bench.time())
    assert order is not None and order.state is OrderState.DROPPED


async def test_a_day_that_is_full_is_told_by_text(tmp_path: Path, url: str) -> None:
    async with open_bench(shipped(), tmp_path, url) as bench:
        await enrol(bench, THABO, caps=Caps(payments=1, amount_minor=10_000_00))
        bench.mast.sent.clear()
        for session, citizen in (("t1", MPHO), ("t2", LERATO)):
            await (await at_check(bench, await billed(bench, citizen), session)).type("1")
            await bench.work()
        assert "e lefiloe. Rasiti" in texts_to(bench)[0]
        assert texts_to(bench)[1].startswith("Moeli oa letsatsi o fihletsoe.")
        assert await float_of(bench) == FLOAT - TOTAL


async def test_a_payment_is_cancelled_from_the_menu_while_no_office_has_begun(bench: Bench) -> None:
    bill = await billed(bench)
    await (await at_check(bench, bill)).type("1")
    await bench.work(1)
    assert await float_of(bench) == FLOAT - TOTAL
    till = Till(bench, "t2")
    await till.dial()
    page = await till.type("4", show_bill_code(bill.code), "1")
    assert page.final and "e ntse e emisoa" in page.text and await float_of(bench) == FLOAT - TOTAL
    claimed = await bench.database.outbox.claim("w", bench.time(), 60.0, 1)
    assert [one.job.kind for one in claimed] == ["agent"], "what agents say comes before an office's work"
    await bench.worker.do(claimed[0])
    await bench.work()
    assert any(one.endswith("Balanse M1,000.00. Khutlisetsa moahi chelete.") for one in texts_to(bench))
    assert await float_of(bench) == FLOAT and (await fresh(bench, bill)).state is BillState.REFUNDED


async def test_attack_only_who_paid_a_bill_cancels_it(bench: Bench) -> None:
    await enrol(bench, PALESA)
    bill = await billed(bench)
    await (await at_check(bench, bill)).type("1")
    await bench.work()
    till = Till(bench, "p1", PALESA)
    await till.dial()
    page = await till.type("4", show_bill_code(bill.code), "1")
    assert "eo u ka e emisang" in page.text and not page.final
    await bench.work()
    assert (await fresh(bench, bill)).state is BillState.PAID


async def test_what_was_paid_before_is_told_and_not_paid_again(bench: Bench) -> None:
    bill = await billed(bench)
    await (await at_check(bench, bill)).type("1")
    await bench.work()
    till = Till(bench, "t2")
    assert (await till.dial()).text.startswith(MAIN)
    assert SETTLED in (await till.type("1", show_bill_code(bill.code), "135")).text
    assert await came(bench, bill.id) == 1


async def pays_by_text(bench: Bench, citizen: str) -> tuple[str, str]:
    """The code of a payment by text, and what the agent heard of it."""
    bill = await billed(bench, citizen)
    code = code_in(await text(bench, THABO, f"LEFA {bill.code} 135"))
    told = await text(bench, THABO, f"E {code}")
    assert "e lefiloe. Rasiti" in told
    return code, told


async def yes_without_float(bench: Bench, citizen: str, session: str) -> None:
    """A yes on a page that pays nothing: when the worker looks, two clerks have paid the float out."""
    float_minor = await float_of(bench)
    await (await at_check(bench, await billed(bench, citizen), session)).type("1")
    assert await move(bench, "014", ProposalKind.PAY_OUT, float_minor) is Taken.TAKEN
    await bench.work()
    assert texts_to(bench)[-1].startswith("Chelete ha e lekane")
    assert await move(bench, "014", ProposalKind.TOP_UP, float_minor) is Taken.TAKEN


@pytest.mark.parametrize("is_page_first", [True, False])
async def test_a_code_that_comes_again_gets_the_first_answer_whatever_a_page_ordered(
    bench: Bench, is_page_first: bool
) -> None:
    if is_page_first:
        await yes_without_float(bench, MPHO, "t1")
    code, told = await pays_by_text(bench, LERATO)
    if not is_page_first:
        await yes_without_float(bench, MPHO, "t1")
    left = await float_of(bench)
    said = [await text(bench, THABO, f"E {code}") for _ in range(limits.agent_guesses_day_max + 1)]
    assert set(said) == {told} and await float_of(bench) == left
    await pays_by_text(bench, "+26650999999")  # and nothing is blocked


async def test_an_order_whose_yes_paid_nothing_waits_no_more(bench: Bench) -> None:
    await yes_without_float(bench, MPHO, "t1")
    order = await bench.database.agents.newest_order("number-014", bench.time())
    assert order is not None and order.state is OrderState.DROPPED


async def test_an_order_whose_yes_nobody_could_carry_out_does_not_hide_what_came_after_it(bench: Bench) -> None:
    await (await at_check(bench, await billed(bench))).type("1")
    bench.time.pass_(limits.agent_order_seconds)
    bill = await billed(bench, LERATO)
    agents, now = bench.database.agents, bench.time()
    newer = Order("newer", "014", "number-014", bill.id, TOTAL, now, now + timedelta(seconds=60), channel="ussd")
    await agents.place(newer)
    assert await agents.newest_order("number-014", now) == newer
    assert await agents.newest_order("number-014", now + timedelta(seconds=60)) == newer, "both are over: the newest"
    assert await agents.newest_order("number-014", now, "sms") is None


async def test_a_point_takes_no_money_for_what_it_does_not_help_with(bench: Bench) -> None:
    await enrol(bench, PALESA, point="002")  # a shop that has electricity only
    bench.mast.sent.clear()
    bill = await billed(bench)
    said = await text(bench, PALESA, f"LEFA {bill.code} 135")
    assert said.startswith("Pasa, maqephe a 32 ha e lefuoe ho 002. Ha ho letho le lefiloeng.")
    assert "romela SEBAKA, setereke" in said
    assert (await text(bench, PALESA, "E 0000")).startswith("Khoutu e fosahetse"), "there is no order"
    till = Till(bench, "t1", PALESA)
    await till.dial()
    page = await till.type("1", show_bill_code(bill.code), "135")
    assert page.final and page.text.startswith("Tefo ena ha e lefuoe mona.")
    assert await is_unpaid(bench, bill.id, "015")
    await (await at_check(bench, bill, "t2")).type("1")
    await bench.work()
    assert (await fresh(bench, bill)).state is BillState.PAID


@pytest.mark.parametrize("has_sheet", [True, False])
async def test_a_point_that_was_taken_off_the_sheet_takes_no_money(tmp_path: Path, url: str, has_sheet: bool) -> None:
    """Closing one must not let its agents take more than before. Menus without a sheet know of no point."""
    pack = shipped()
    left = {id: point for id, point in pack.points.items() if id != "018"} if has_sheet else {}
    async with open_bench(replace(pack, points=replace(pack.points, by_id=left)), tmp_path, url) as bench:
        await enrol(bench, PALESA, point="018")
        bill = await billed(bench)
        said = await text(bench, PALESA, f"LEFA {bill.code} 135")
        assert said.startswith("Pasa, maqephe a 32 ha e lefuoe ho 018." if has_sheet else "Netefatsa LEFA")


@pytest.mark.parametrize("point", ["018", "002"])
async def test_a_point_that_helps_with_it_or_says_nothing_of_it_takes_the_money(
    tmp_path: Path, url: str, point: str
) -> None:
    pack = shipped()
    silent = replace(pack.points["002"], services=())
    points = replace(pack.points, by_id={**pack.points, "002": silent})
    async with open_bench(replace(pack, points=points), tmp_path, url) as bench:
        bench.desk.answers["note-fee"] = Answered({"noted": "PF-000001"})
        await enrol(bench, PALESA, point=point)
        bill = await billed(bench)
        assert (await text(bench, PALESA, f"LEFA {bill.code} 135")).startswith("Netefatsa LEFA")
