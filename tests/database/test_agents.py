"""Agents who pay by text on both databases: what they are told, and what they may take back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app import limits
from app.agency import AgentNumber, ProposalKind
from app.audit import AuditEntry
from app.bill_code import show_bill_code
from app.bookkeeping import examine
from app.deeds import Deed
from app.desk import Desk
from app.manual_office import ManualOffice
from app.messages import Status
from app.payments import BillState
from app.ports import Taken
from app.reference import show_reference
from app.tasks import Clerk
from integrations.database import DatabaseBooks
from tests.database.balanced import SEARCHED, balanced_bench
from tests.database.paying_agents import HELP, PAID, at_once, fresh, is_unpaid, pay
from tests.work.agent import (
    ACTIVATION,
    COMMISSION,
    LERATO,
    MPHO,
    PALESA,
    THABO,
    TOTAL,
    billed,
    code_in,
    float_of,
    invite,
    move,
    sources,
    text,
)
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio
ECHOED_MAX = 3
"""Answers to a phone that sends each of them back: the first, and everybody's help of the day; one to spare."""


@pytest.fixture
async def bench(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with balanced_bench(sources(), tmp_path, url, is_published=False) as bench:
        bench.desk.answers["search"] = SEARCHED
        yield bench


async def test_an_agent_takes_a_fee_and_citizen_and_agent_are_told(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    shown = show_bill_code(bill.code)
    asked = await text(bench, THABO, pay(bill))
    assert asked.startswith(f"Netefatsa LEFA {shown} M32.50 bakeng sa 5xxxx456? Araba E ")
    assert await is_unpaid(bench, bill)
    said = await text(bench, THABO, f"E {code_in(asked)}")
    paid = await fresh(bench, bill)
    receipt = show_reference(paid.receipt)
    assert said == f"{shown} M32.50 e lefiloe. Rasiti {receipt}. Khomishene M1.00. Balanse M967.50."
    to_citizen = [sms.text for sms in bench.mast.sent if sms.msisdn == MPHO]
    receipts = [one for one in to_citizen if receipt in one]
    assert len(receipts) == 1 and receipts[0].startswith("Tefo M32.50: tefo ea 'muso M30.00, ts'ebeletso M2.50")
    assert "900" in receipts[0] and "moemeli 014" in receipts[0] and "*384*26600#" in receipts[0]
    request = await bench.database.ledger.request(bill.request_id)
    assert request is not None and request.status is Status.DONE
    books = await examine(DatabaseBooks(bench.database._store))
    assert books.balances == {
        ("bank", "LSL"): -1_000_00, ("agent:014:float", "LSL"): 967_50, ("treasury", "LSL"): 30_00,
        ("office:land", "LSL"): 1_50, ("agent:014:commission", "LSL"): COMMISSION,
    }  # fmt: skip


async def test_what_an_agent_wants_to_know(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    await text(bench, THABO, f"E{code_in(await text(bench, THABO, pay(bill)))}")
    assert await text(bench, THABO, "balanse") == "Mohala: balanse M967.50. Khomishene M1.00."
    assert await text(bench, THABO, "KAJENO") == "Mohala: kajeno litefo tse 1, M32.50, khomishene M1.00."
    assert (await text(bench, THABO, "THUSO")).startswith("Mohala: LEFA nomoro chelete")
    assert (await text(bench, THABO, "LANG EN")).startswith("Mohala: PAY code amount")
    assert await text(bench, THABO, "float") == "Mohala: float M967.50. Commission M1.00."
    assert (await text(bench, THABO, "PAY")).startswith("Mohala: PAY code amount")


async def test_a_number_is_activated_by_its_code_and_cools_down(bench: Bench) -> None:
    await invite(bench, THABO)
    bill = await billed(bench)
    assert (await text(bench, THABO, pay(bill))).startswith(HELP)
    assert await text(bench, THABO, "ACTIVATE 87654321") == ""  # help was texted today
    said = await text(bench, THABO, f"qala {ACTIVATION}")
    assert said == "Nomoro ena e ngolisitsoe ho moemeli 014. E ka lefa ho tloha 24/11/2026 10:00."
    assert await move(bench, "014", ProposalKind.TOP_UP, 1_000_00) is Taken.TAKEN
    bench.time.pass_(24 * 3600 - 1)
    assert (await text(bench, THABO, pay(bill))).startswith("Nomoro ena e ncha: e ka lefa ho tloha 24/11/2026 10:00")
    for words in ("E 1234", "BALANSE", "KAJENO"):
        assert (await text(bench, THABO, words)).startswith("Nomoro ena e ncha"), words
    bench.time.pass_(1)
    assert (await text(bench, THABO, pay(bill))).startswith("Netefatsa")


async def test_an_activation_code_expires_and_works_from_its_own_number_only(bench: Bench) -> None:
    await invite(bench, THABO)
    await invite(bench, PALESA)
    bench.time.pass_(72 * 3600)
    assert (await text(bench, THABO, f"ACTIVATE {ACTIVATION}")).startswith(HELP)
    (number,) = await bench.database.agents.numbers("014")
    assert number.active_at is None


async def test_a_stranger_learns_nothing_from_any_word_of_agents(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    words = ("FOO BAR", pay(bill), "PAY", "YES 4821", f"CANCEL {bill.code}", "FLOAT", f"ACTIVATE {ACTIVATION}")
    said = set()
    for place, word in enumerate(words):
        said.add(await text(bench, f"+2665800000{place}", word))
    assert len(said) == 1 and said.pop().startswith(HELP)
    assert await is_unpaid(bench, bill)


async def test_pay_again_after_it_was_paid_gets_the_first_answer(bench: Bench, thabo: str) -> None:
    first, second = await billed(bench), await billed(bench, "s2", LERATO)
    said = [await text(bench, THABO, f"E {code_in(await text(bench, THABO, pay(bill)))}") for bill in (first, second)]
    assert await text(bench, THABO, pay(first)) == said[0]
    assert await text(bench, THABO, pay(second, "1")) == said[1]
    assert await float_of(bench) == 1_000_00 - 2 * TOTAL


async def test_a_payment_is_taken_back_while_no_office_has_begun(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    (said,) = await at_once(bench, (THABO, f"E {right}"))
    assert PAID in said
    (said,) = await at_once(bench, (THABO, f"emisa {bill.code.lower()}"))
    await bench.work()
    assert said == (
        f"{show_bill_code(bill.code)} e emisitsoe, M32.50 e khutlile. Balanse M1,000.00. Khutlisetsa moahi chelete."
    )
    now, request = await fresh(bench, bill), await bench.database.ledger.request(bill.request_id)
    assert now.state is BillState.REFUNDED and request is not None
    assert (request.status, request.reason) == (Status.REJECTED, "not_paid")
    assert bench.desk.asked == []
    assert any("Nka M32.50 ho eena" in sms.text for sms in bench.mast.sent if sms.msisdn == MPHO)
    assert await text(bench, THABO, f"EMISA {bill.code}") == said
    assert "e ke ke ea hlola e lefuoa" in await text(bench, THABO, pay(bill))
    assert (await text(bench, THABO, "KAJENO")).startswith("Mohala: kajeno litefo tse 0, M0.00")


@pytest.mark.parametrize(
    ("deed", "state"),
    [
        (None, BillState.REFUNDED),
        (Deed(Status.QUERY, {"note": "tlisa ID"}), BillState.REFUND_ASKED),
        (Deed(results={"note": "re ntse re batla"}), BillState.REFUND_ASKED),
    ],
)
async def test_what_a_clerk_moved_and_released_is_not_untouched(
    bench: Bench, thabo: str, deed: Deed | None, state: BillState
) -> None:
    database, lineo = bench.database, Clerk("lineo", "land")
    offices = bench.editions.current.offices
    assert isinstance(offices, dict)
    offices["land"] = ManualOffice("land", 5, database.board, bench.time)
    desk = Desk(bench.worker._requests, database.board, database.bills, database.audit, bench.time)
    bill = await billed(bench)
    await text(bench, THABO, f"E {code_in(await text(bench, THABO, pay(bill)))}")
    request = await database.ledger.request(bill.request_id)
    assert request is not None
    bench.time.pass_(60)
    await desk.take(lineo, request.reference)
    if deed is not None:
        await desk.do(lineo, request.reference, deed)
    await desk.release(lineo, request.reference)
    await text(bench, THABO, f"CANCEL {bill.code}")
    assert (await fresh(bench, bill)).state is state
    ended = await desk.find(lineo, request.reference)
    assert (ended.task.closed_at is not None) is (ended.request.status is Status.REJECTED) is (deed is None)


async def test_agents_are_told_of_their_month_once(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    await text(bench, THABO, f"E {code_in(await text(bench, THABO, pay(bill)))}")
    bench.time.pass_(10 * 24 * 3600)
    for _ in range(3):
        await bench.agents.tell_months(bench.time())
        await bench.work()
    told = [sms.text for sms in bench.mast.sent if sms.msisdn == THABO and "2026-11" in sms.text]
    assert told == ["Mohala 2026-11: litefo tse 1, M32.50, khomishene M1.00. Balanse M967.50."]


@pytest.mark.parametrize(
    "words", ["THUSO", "BALANSE", "KAJENO", "CHE", "LEFA", "E", "PUO EN", "PUO XX", "LOKOLLA", "QALA 12345678", "{pay}"]
)
async def test_a_phone_that_sends_back_whatever_it_gets_is_soon_not_answered(
    bench: Bench, thabo: str, words: str
) -> None:
    said = words.replace("{pay}", pay(await billed(bench)))
    answers = 0
    while said and answers <= ECHOED_MAX:
        said = await text(bench, THABO, said)
        answers += bool(said)
    assert 1 <= answers <= ECHOED_MAX


async def test_a_phone_that_answers_each_text_by_itself_is_soon_not_answered(bench: Bench, thabo: str) -> None:
    own = "E, ke tla u letsetsa"  # "yes, I will call you", which begins with the word for yes
    said = [await text(bench, THABO, own) for _ in range(limits.agent_unread_window_max + 3)]
    assert all(one.startswith("Mohala: LEFA") for one in said[: limits.agent_unread_window_max])
    assert said[limits.agent_unread_window_max :] == ["", "", ""]
    assert [await text(bench, THABO, words) for words in ("LEFA", "PUO XX", "QALA 12345678")] == [""] * 3
    assert (await text(bench, THABO, "THUSO")).startswith("Mohala: LEFA"), "whoever asks how to write is told"
    bench.time.pass_(limits.code_window_seconds)
    assert (await text(bench, THABO, own)).startswith("Mohala: LEFA")


async def test_a_number_belongs_to_one_agent(bench: Bench, thabo: str) -> None:
    taken = AgentNumber("another", thabo, THABO, bench.time() + timedelta(hours=1))
    entry = AuditEntry(bench.time(), "clerk:lineo", "add-number", thabo)
    assert not await bench.database.agents.invite(taken, ACTIVATION, entry)
