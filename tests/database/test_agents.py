"""Agents who pay by text on both databases: what they are told, and attacks that must fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from app import agent_money, limits
from app.agency import AgentNumber, Caps, OrderState, ProposalKind
from app.agent_words import CODE_DIGITS
from app.audit import AuditEntry
from app.bill_code import new_bill_code, show_bill_code
from app.billing import Coming
from app.bookkeeping import examine
from app.desk import Deed, Desk, ManualOffice
from app.endings import Finished
from app.messages import Answered, Job, Status
from app.pack import Pack
from app.payments import Bill, BillState, Payment, Refund, Unfit
from app.ports import Taken
from app.reference import show_reference
from app.sms import text_id
from app.tasks import Clerk
from integrations.database import DatabaseBooks
from integrations.database.tables import check_counts
from tests.made_once import compiled
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
    enrol,
    event,
    float_of,
    invite,
    move,
    sources,
    suspend,
    text,
)
from tests.work.conftest import Bench, open_bench
from tests.work.paid import BILL_SECONDS

pytestmark = pytest.mark.anyio
HELP = "Mohala: romela STATUS"
PAID = "e lefiloe. Rasiti"
WRONG = "Khoutu e fosahetse"
BLOCKED = "Liteko tse fosahetseng"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return compiled(sources())


@pytest.fixture
async def bench(pack: Pack, tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with open_bench(pack, tmp_path, url) as bench:
        bench.desk.answers["search"] = Answered({"note": "ho lokile"})
        yield bench
        found = await examine(DatabaseBooks(bench.database._store))
        assert found.faults == []


@pytest.fixture
async def thabo(bench: Bench) -> str:
    return await enrol(bench, THABO)


def pay(bill: Bill, amount: str = "M32.50") -> str:
    return f"LEFA {show_bill_code(bill.code)} {amount}"


async def fresh(bench: Bench, bill: Bill) -> Bill:
    found = await bench.database.bills.bill(bill.id)
    assert found is not None
    return found


async def is_unpaid(bench: Bench, bill: Bill) -> bool:
    now = await fresh(bench, bill)
    return now.receipt == "" and await float_of(bench) == 1_000_00


async def at_once(bench: Bench, *texts: tuple[str, str]) -> list[str]:
    """Texts that workers answer at the same moment; what each was answered."""
    jobs = []
    for number, words in texts:
        sent = event(number, words)
        id = text_id(bench.keyring, sent.aggregator, sent.message_id, sent.sender)
        payload = {"aggregator": sent.aggregator, "sender": number, "text": words}
        jobs.append(Job(id, "answer", payload, bench.time()))
    return await answered(bench, jobs)


async def answered(bench: Bench, jobs: list[Job]) -> list[str]:
    endings = await asyncio.gather(*(bench.texts.answer(job) for job in jobs))
    return [ending.jobs[0].payload["text"] for ending in endings if isinstance(ending, Finished)]


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
    assert "maseru-poso" in receipts[0] and "moemeli 014" in receipts[0] and "*384*26600#" in receipts[0]
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


async def test_an_activation_code_is_guessed_a_few_times_only(bench: Bench) -> None:
    await invite(bench, THABO)
    for guess in range(limits.agent_guesses_window_max):
        await text(bench, THABO, f"ACTIVATE 0000000{guess}")
    assert await text(bench, THABO, f"ACTIVATE {ACTIVATION}") == ""
    bench.time.pass_(limits.code_window_seconds)
    assert (await text(bench, THABO, f"ACTIVATE {ACTIVATION}")).startswith("Nomoro ena")


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


async def test_attack_right_number_and_wrong_code(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    wrong = f"{(int(right) + 1) % 10_000:04}"
    for _ in range(limits.agent_guesses_order_max):
        assert (await text(bench, THABO, f"E {wrong}")).startswith(WRONG)
    assert (await text(bench, THABO, f"E {right}")).startswith(BLOCKED)
    assert await is_unpaid(bench, bill)


async def test_attack_guesses_at_once_get_no_more_tries_than_one_after_the_other(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = int(code_in(await text(bench, THABO, pay(bill))))
    guesses = [(THABO, f"E {(right + add) % 10_000:04}") for add in range(1, 13)]
    said = await at_once(bench, *guesses)
    assert sum(one.startswith(WRONG) for one in said) == limits.agent_guesses_order_max
    assert sum(one.startswith(BLOCKED) for one in said) == 12 - limits.agent_guesses_order_max
    assert await is_unpaid(bench, bill)


async def test_attack_midnight_gives_no_new_guesses_of_an_order(bench: Bench, thabo: str) -> None:
    bench.time.now = datetime(2026, 12, 25, 23, 58, tzinfo=UTC)
    bill = await billed(bench)
    right = int(code_in(await text(bench, THABO, pay(bill))))
    said = [await text(bench, THABO, f"E {(right + add) % 10_000:04}") for add in (1, 2, 3)]
    bench.time.now = datetime(2026, 12, 26, 0, 0, 1, tzinfo=UTC)
    said += [await text(bench, THABO, f"E {(right + add) % 10_000:04}") for add in (4, 0)]
    assert [one.startswith(WRONG) for one in said] == [True, True, True, False, False]
    assert said[-1].startswith(BLOCKED) and await is_unpaid(bench, bill)


async def test_attack_guesses_at_once_around_midnight_get_no_more_tries(bench: Bench, thabo: str) -> None:
    bench.time.now = datetime(2026, 12, 25, 23, 59, 58, tzinfo=UTC)
    bill = await billed(bench)
    right = int(code_in(await text(bench, THABO, pay(bill))))
    ticking = count()
    bench.texts._agents._money._clock = lambda: bench.time.now + timedelta(seconds=next(ticking) / 4)
    said = await at_once(bench, *((THABO, f"E {(right + add) % 10_000:04}") for add in range(1, 13)))
    assert sum(one.startswith(WRONG) for one in said) == limits.agent_guesses_order_max
    assert await is_unpaid(bench, bill)


async def test_a_right_code_at_midnight_is_given_back_to_the_day_it_was_counted_in(bench: Bench, thabo: str) -> None:
    bench.time.now = datetime(2026, 12, 25, 23, 59, 59, tzinfo=UTC)
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    bench.time.now = datetime(2026, 12, 25, 23, 59, 59, 999_999, tzinfo=UTC)
    clock = bench.texts._agents._money._clock
    ticking = count()
    bench.texts._agents._money._clock = lambda: clock() + timedelta(seconds=next(ticking))
    assert PAID in await text(bench, THABO, f"E {right}")
    rows = await bench.database.checks._store.read(lambda connection: connection.execute(select(check_counts)).all())
    assert [row.count for row in rows if row.what.startswith("agent-code/")] == [0] * 5


async def test_attack_new_orders_give_no_new_guesses(bench: Bench, thabo: str) -> None:
    """Each order has tries of its own, but the number has so many in a window, whatever it asks for."""
    bill = await billed(bench)
    tried = 0
    for _ in range(4):
        right = int(code_in(await text(bench, THABO, pay(bill))))
        for add in (1, 2):
            tried += (await text(bench, THABO, f"E {(right + add) % 10_000:04}")).startswith(WRONG)
        await text(bench, THABO, "CHE")
    assert tried == limits.agent_guesses_window_max


async def test_attack_a_worker_that_dies_at_each_guess_gives_none_back(bench: Bench, thabo: str, monkeypatch) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    with monkeypatch.context() as dying:
        dying.setattr(bench.agents._money, "code", lambda order: 1 / 0)
        for _ in range(limits.agent_guesses_order_max):
            with pytest.raises(ZeroDivisionError):
                await at_once(bench, (THABO, "E 0000"))
    assert (await at_once(bench, (THABO, f"E {right}")))[0].startswith(BLOCKED)
    assert await is_unpaid(bench, bill)


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


async def test_attack_wrong_number_and_right_code(bench: Bench, thabo: str) -> None:
    await enrol(bench, PALESA)
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    assert (await text(bench, PALESA, f"E {right}")).startswith(WRONG)
    assert (await text(bench, LERATO, f"E {right}")).startswith(HELP)
    assert await is_unpaid(bench, bill)


async def test_attack_an_old_code(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    bench.time.pass_(limits.agent_order_seconds)
    assert (await text(bench, THABO, f"E {right}")).startswith(WRONG)
    assert await is_unpaid(bench, bill)
    again = code_in(await text(bench, THABO, pay(bill)))
    assert again != right and PAID in await text(bench, THABO, f"E {again}")


async def test_attack_a_code_of_another_bill_or_of_one_that_was_dropped(bench: Bench, thabo: str) -> None:
    first, second = await billed(bench), await billed(bench, "s2", LERATO)
    old = code_in(await text(bench, THABO, pay(first)))
    new = code_in(await text(bench, THABO, pay(second)))
    assert (await text(bench, THABO, f"E {old}")).startswith(WRONG)
    assert (await text(bench, THABO, "CHE")).startswith("Tefo e emisitsoe")
    assert (await text(bench, THABO, f"E {new}")).startswith(WRONG)
    assert await is_unpaid(bench, first) and await is_unpaid(bench, second)


async def test_attack_a_code_for_another_amount(bench: Bench, thabo: str) -> None:
    """What does not fit is refused and makes no order; a code is of the amount that its order says."""
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    said = await text(bench, THABO, pay(bill, "32"))
    assert said == f"{show_bill_code(bill.code)} ke M32.50, eseng M32.00. Ha ho letho le lefiloeng."
    (number,) = await bench.database.agents.numbers("014")
    order = await bench.database.agents.newest_order(number.id, bench.time())
    assert order is not None and order.state is OrderState.DROPPED
    assert (await text(bench, THABO, f"E {right}")).startswith(WRONG)
    assert await is_unpaid(bench, bill)


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
    """All of them get the first answer; some may find that too many tries are being counted at the moment."""
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    sent = event(THABO, f"E {right}")
    id = text_id(bench.keyring, sent.aggregator, sent.message_id, THABO)
    payload = {"aggregator": sent.aggregator, "sender": THABO, "text": sent.text}
    same = [Job(id, "answer", payload, bench.time())] * 10
    said = {*await answered(bench, same), *await answered(bench, same)}
    paid = await fresh(bench, bill)
    whole = {one for one in said if not one.startswith(BLOCKED)}
    assert len(whole) == 1 and show_reference(paid.receipt) in whole.pop()
    assert await float_of(bench) == 1_000_00 - TOTAL


async def test_pay_again_after_it_was_paid_gets_the_first_answer(bench: Bench, thabo: str) -> None:
    first, second = await billed(bench), await billed(bench, "s2", LERATO)
    said = [await text(bench, THABO, f"E {code_in(await text(bench, THABO, pay(bill)))}") for bill in (first, second)]
    assert await text(bench, THABO, pay(first)) == said[0]
    assert await text(bench, THABO, pay(second, "1")) == said[1]
    assert await float_of(bench) == 1_000_00 - 2 * TOTAL


async def test_the_same_pay_twice_is_answered_with_the_same_code(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    assert await text(bench, THABO, pay(bill)) == await text(bench, THABO, pay(bill, "32,5"))


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


async def test_attack_guessing_codes_from_a_thousand_numbers(bench: Bench, thabo: str, monkeypatch) -> None:
    """Strangers try nothing, however many; agents' numbers together try so many in a window, and a person looks."""
    bill = await billed(bench)
    await text(bench, THABO, pay(bill))
    strangers = [(f"+2665700{number:04}", f"E {number * 10:04}") for number in range(1_000)]
    for first in range(0, len(strangers), 10):
        assert {one[: len(HELP)] for one in await at_once(bench, *strangers[first : first + 10])} == {HELP}
    assert await is_unpaid(bench, bill)
    monkeypatch.setattr(agent_money, "_ALL", replace(agent_money._ALL, most=3))
    await enrol(bench, PALESA)
    other = await billed(bench, "s2", LERATO)
    codes = {number: int(code_in(await text(bench, number, pay(one)))) for number, one in
             ((THABO, bill), (PALESA, other))}  # fmt: skip
    guesses = [(number, f"E {(right + add) % 10_000:04}") for number, right in codes.items() for add in (1, 2)]
    said = [(await at_once(bench, guess))[0] for guess in guesses]
    assert [one.startswith(WRONG) for one in said] == [True, True, True, False]
    assert (await text(bench, PALESA, f"E {codes[PALESA]:04}")).startswith(BLOCKED)
    waiting = await bench.database.outbox.counts()
    assert waiting["set_aside"] == 1


async def test_a_spray_of_guesses_uses_up_no_honest_agents_own_tries(bench: Bench, thabo: str, monkeypatch) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    everybody = agent_money._ALL
    monkeypatch.setattr(agent_money, "_ALL", replace(everybody, most=0))
    for _ in range(limits.agent_codes_day_max + 1):
        assert (await text(bench, THABO, f"E {right}")).startswith(BLOCKED)
    monkeypatch.setattr(agent_money, "_ALL", everybody)  # the quarter of an hour is over
    assert PAID in await text(bench, THABO, f"E {right}")


async def test_many_wrong_codes_of_a_day_call_a_person_and_block_nobody(bench: Bench, thabo: str, monkeypatch) -> None:
    monkeypatch.setattr(agent_money, "_ALL_DAY", replace(agent_money._ALL_DAY, most=1))
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    for add in (1, 2):
        assert (await bench.database.outbox.counts()).get("set_aside", 0) == 0
        assert (await text(bench, THABO, f"E {(int(right) + add) % 10_000:04}")).startswith(WRONG)
    assert (await bench.database.outbox.counts())["set_aside"] == 1
    assert PAID in await text(bench, THABO, f"E {right}")


def test_agents_of_the_announced_size_have_few_guesses_a_day() -> None:
    """Arithmetic of docs/agents.md: 88 points, a number each, four digits."""
    a_day, codes = 88 * limits.agent_codes_day_max, 10**CODE_DIGITS
    assert (a_day, limits.agent_guesses_looked_max) == (440, 40)
    assert a_day / codes == 0.044 and limits.agent_guesses_looked_max / codes == 0.004


async def test_bills_that_are_none_are_counted_before_they_are_looked_up(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    for _ in range(limits.agent_bill_misses_a_day_max):
        none = new_bill_code(bench.database.bills._random_bytes)
        assert (await text(bench, THABO, f"LEFA {none} 10")).startswith("Ha ho tefo e joalo")
    assert (await text(bench, THABO, pay(bill))).startswith(BLOCKED)


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


async def test_attack_suspended_while_the_code_is_being_looked_at(bench: Bench, thabo: str, monkeypatch) -> None:
    """The transaction itself looks, whatever was read before it."""
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    take = bench.billing.take

    async def suspended_first(*given):
        await suspend(bench, thabo)
        return await take(*given)

    monkeypatch.setattr(bench.billing, "take", suspended_first)
    assert (await at_once(bench, (THABO, f"E {right}")))[0].startswith("Moemeli 014 o emisitsoe.")
    assert await is_unpaid(bench, bill)


async def test_attack_a_number_that_was_removed_while_its_code_is_being_looked_at(
    bench: Bench, thabo: str, monkeypatch
) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    take = bench.billing.take

    async def removed_first(*given):
        entry = AuditEntry(bench.time(), "clerk:lineo", "remove-number", thabo)
        assert await bench.database.agents.remove_number("number-014", bench.time(), entry)
        return await take(*given)

    monkeypatch.setattr(bench.billing, "take", removed_first)
    assert (await at_once(bench, (THABO, f"E {right}")))[0].startswith(WRONG)
    assert await is_unpaid(bench, bill)


async def test_a_days_caps_are_held_by_the_transaction(bench: Bench) -> None:
    await enrol(bench, THABO, caps=Caps(1, 1_000_00))
    bills = [await billed(bench), await billed(bench, "s2", LERATO)]
    await text(bench, THABO, f"E {code_in(await text(bench, THABO, pay(bills[0])))}")
    said = await text(bench, THABO, f"E {code_in(await text(bench, THABO, pay(bills[1])))}")
    assert said.startswith("Moeli oa letsatsi o fihletsoe")
    bench.time.pass_(24 * 3600)
    assert PAID in await text(bench, THABO, f"E {code_in(await text(bench, THABO, pay(bills[1])))}")


async def test_no_code_stands_in_the_database(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    (number,) = await bench.database.agents.numbers(thabo)
    order = await bench.database.agents.newest_order(number.id, bench.time())
    assert order is not None and right not in repr(order)


async def test_agents_are_told_of_their_month_once(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    await text(bench, THABO, f"E {code_in(await text(bench, THABO, pay(bill)))}")
    bench.time.pass_(10 * 24 * 3600)
    for _ in range(3):
        await bench.agents.tell_months(bench.time())
        await bench.work()
    told = [sms.text for sms in bench.mast.sent if sms.msisdn == THABO and "2026-11" in sms.text]
    assert told == ["Mohala 2026-11: litefo tse 1, M32.50, khomishene M1.00. Balanse M967.50."]


ECHOED_MAX = 3
"""Answers to a phone that sends each of them back: the first, and everybody's help of the day; one to spare."""


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
