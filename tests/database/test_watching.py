"""Agents who are watched, and citizens who are called back, on both databases and through the whole house."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app import limits
from app.agency import Caps, ProposalState, decided
from app.audit import AuditEntry
from app.compiler.pack import compile_pack
from app.desk import Desk, Sight
from app.lookout import weeks_at
from app.messages import Answered, Job
from app.pack import Pack
from app.point_caps import PointProposal
from app.privacy import Rules
from app.reference import new_reference, show_reference
from app.sms import text_id
from app.tasks import Clerk
from app.watching.facts import Ending, Heard
from tests.work.agent import LERATO, MPHO, PALESA, THABO, TOTAL, billed, code_in, enrol, event, sources, suspend, text
from tests.work.conftest import open_bench
from tests.work.watched import Watching

pytestmark = pytest.mark.anyio
ASKED = "Mohala: na u lefile M32.50 setsing sa 900? Araba 1 E, 2 Che. STOP: u se botsoe hape."
THANKS = "Mohala: rea leboha ka karabo ea hao."
MONDAY = date(2026, 11, 23)
HOUR, DAY = 3_600, 86_400


@pytest.fixture(scope="module")
def pack() -> Pack:
    return compile_pack(sources())


@pytest.fixture
async def house(pack: Pack, tmp_path: Path, url: str) -> AsyncIterator[Watching]:
    async with open_bench(pack, tmp_path, url) as bench:
        bench.desk.answers["search"] = Answered({"note": "ho lokile"})
        await enrol(bench, THABO)  # Tuesday, ten in the morning of Maseru
        yield Watching(bench)


def said(house: Watching, number: str = MPHO) -> list[str]:
    return [sms.text for sms in house.bench.mast.sent if sms.msisdn == number]


async def ask(house: Watching, number: str = MPHO, seconds: float = limits.call_back_after_seconds) -> str:
    """Let the call-backs be drawn when they are due; the last text to the number."""
    house.bench.time.pass_(seconds)
    while await house.calls.draw(house.bench.time()):
        pass
    await house.bench.work()
    return said(house, number)[-1]


async def audited(house: Watching, act: str) -> Sequence[tuple[str, str, str]]:
    lines = await house.bench.database.audit.page(0)
    return [(line.actor, line.subject, line.purpose) for line in lines if line.act == act]


# --- what is put together -------------------------------------------------------------------------------------------


async def test_confirmations_are_put_together_from_orders_payments_cancels_bills_and_requests(house: Watching) -> None:
    bench = house.bench
    paid = await house.pay("s1", MPHO, THABO)
    filed = bench.time()
    dropped = await billed(bench, "s2", LERATO)
    await text(bench, THABO, f"LEFA {dropped.code} M32.50")
    await text(bench, THABO, "CHE")
    open_one = await billed(bench, "s3", "+26650999999")
    await text(bench, THABO, f"LEFA {open_one.code} M32.50")
    agent = await bench.database.agents.agent("014")
    assert agent is not None
    since, until = bench.time() - timedelta(days=1), bench.time() + timedelta(days=1)
    found = await bench.database.watch.confirmations(agent, since, until, bench.time())
    assert [(one.id, one.ending, one.amount_minor, one.service, one.heard) for one in found] == [
        (id, ending, TOTAL, "plot-search", Heard.NOT_ASKED)
        for id, ending in sorted([(paid.receipt, Ending.PAID), (dropped.code, Ending.DROPPED)])
    ], "the third may still be confirmed"
    assert {one.met_at for one in found} == {filed}
    assert len({one.citizen for one in found}) == 2 and MPHO[4:] not in str(found)
    assert await bench.database.watch.begun(since, until, bench.time()) == (2, 1)
    bench.time.pass_(limits.agent_order_seconds)
    assert await bench.database.watch.begun(since, until, bench.time()) == (3, 2)


async def test_a_bill_that_was_dropped_and_then_paid_is_paid(house: Watching) -> None:
    bench = house.bench
    bill = await billed(bench)
    await text(bench, THABO, f"LEFA {bill.code} M32.50")
    await text(bench, THABO, "CHE")
    payment = await house.confirm(bill, THABO)
    agent = await bench.database.agents.agent("014")
    assert agent is not None
    span = bench.time() - timedelta(days=1), bench.time() + timedelta(days=1)
    (one,) = await bench.database.watch.confirmations(agent, *span, bench.time())
    assert (one.id, one.ending) == (payment.receipt, Ending.PAID)


async def answer(house: Watching, words: str, agent: str = THABO) -> None:
    """Answer an agent's text, and do nothing else that is due."""
    bench, sent = house.bench, event(agent, words)
    id = text_id(bench.keyring, sent.aggregator, sent.message_id, sent.sender)
    payload = {"aggregator": sent.aggregator, "sender": agent, "text": words}
    await bench.texts.answer(Job(id, "answer", payload, bench.time()))


async def given_back(house: Watching) -> None:
    """Mpho's bill is paid by Thabo, who cancels it before any office has begun."""
    bill = await billed(house.bench)
    code = code_in(await text(house.bench, THABO, f"LEFA {bill.code} M32.50"))
    await answer(house, f"E {code}")
    await answer(house, f"EMISA {bill.code}")
    await house.bench.work()


async def test_what_an_agent_gave_back_is_cancelled(house: Watching) -> None:
    bench = house.bench
    await given_back(house)
    agent = await bench.database.agents.agent("014")
    assert agent is not None
    span = bench.time() - timedelta(days=1), bench.time() + timedelta(days=1)
    (one,) = await bench.database.watch.confirmations(agent, *span, bench.time())
    assert one.ending is Ending.CANCELLED


async def test_the_week_before_is_looked_at_until_tuesday_is_over(house: Watching) -> None:
    zone = house.bench.pack.program.timezone
    tuesday, wednesday = datetime(2026, 11, 24, 21, 59, tzinfo=UTC), datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    assert weeks_at(tuesday, zone) == (date(2026, 11, 16), MONDAY)
    assert weeks_at(wednesday, zone) == (MONDAY,)
    assert weeks_at(datetime(2026, 11, 22, 22, 0, tzinfo=UTC), zone) == (date(2026, 11, 16), MONDAY)


# --- alerts ---------------------------------------------------------------------------------------------------------


async def burst(house: Watching, count: int = 7) -> list[str]:
    """More payments in a row than one person at a counter takes; their receipts."""
    paid = [await house.pay(f"s{number}", f"+2665012000{number}", THABO) for number in range(count)]
    return [payment.receipt for payment in paid]


async def test_what_is_odd_calls_a_person_once_and_names_receipts(house: Watching) -> None:
    receipts = await burst(house)
    (kept,) = await house.look()
    assert kept.id == f"watch:quick:014:{min(receipts)}"
    assert (kept.week, set(kept.alert.about), kept.settled_at) == (MONDAY, set(receipts), None)
    (task,) = await house.tasks()
    assert task.id == kept.id and task.reason == (
        "agent 014: 7 payments within 10 minutes or in a row of such. Ask who stood there; if nobody did, suspend the "
        "agent. See `mohala agents alerts`"
    )
    assert await audited(house, "alert") == [("house", "014", "quick")]
    assert await house.bench.database.watch.open_alerts() == {"quick": 1}
    house.bench.time.pass_(HOUR)
    assert len(await house.look()) == len(await house.tasks()) == 1
    assert len(await audited(house, "alert")) == 1


async def test_two_lookouts_at_once_call_one_person(house: Watching) -> None:
    await burst(house)
    other = Watching(house.bench)
    await asyncio.gather(house.look(), other.look())
    assert len(await house.tasks()) == 1 and len(await audited(house, "alert")) == 1


async def test_an_alert_that_grows_rests_on_more_until_it_is_settled(house: Watching) -> None:
    receipts = await burst(house)
    (first,) = await house.look()
    more = await house.pay("s8", "+26650120008", THABO)
    (kept,) = await house.look()
    is_same = kept.id == first.id
    assert not is_same or set(kept.alert.about) == {*receipts, more.receipt}
    assert is_same or more.receipt < min(receipts)


async def test_settling_ends_the_task_and_stands_in_the_log_and_nobody_is_called_again(house: Watching) -> None:
    await burst(house)
    (kept,) = await house.look()
    now, watch = house.bench.time(), house.bench.database.watch
    entry = AuditEntry(now, "clerk:lineo", "settle-alert", "014", "a bus had come", {"alert": kept.id})
    assert await watch.settle(kept.id, entry)
    assert not await watch.settle(kept.id, entry)
    assert await house.look() == [] and await house.tasks() == []
    assert await audited(house, "settle-alert") == [("clerk:lineo", "014", "a bus had come")]
    (known,) = await watch.alerts(MONDAY, 10)
    assert known.settled_by == "clerk:lineo"


async def test_a_week_without_agents_is_over_at_once(house: Watching) -> None:
    assert await house.look() == []


async def test_looks_go_on_behind_the_last_agent_and_begin_anew(
    house: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "watch_agents_max", 1)
    await enrol(house.bench, PALESA)
    await burst(house)
    turns = [await house.lookout.look(house.bench.time()) for _ in range(6)]
    assert turns == [True, True, False, True, True, False]
    assert len(await house.bench.database.watch.alerts(None, 10)) == 1


# --- calls back -----------------------------------------------------------------------------------------------------


async def test_a_citizen_is_asked_after_some_minutes_and_not_before(house: Watching) -> None:
    await house.pay("s1", MPHO, THABO)
    assert await ask(house, seconds=limits.call_back_after_seconds - 1) != ASKED
    assert await ask(house, seconds=1) == ASKED
    assert await ask(house, seconds=300) == ASKED and said(house).count(ASKED) == 1
    assert await text(house.bench, MPHO, "1") == THANKS
    assert await house.tasks() == []


async def test_a_no_calls_a_person_at_once_and_the_citizen_hears_how_it_goes_on(house: Watching) -> None:
    payment = await house.pay("s1", MPHO, THABO)
    await ask(house)
    receipt = show_reference(payment.receipt)
    told = await text(house.bench, MPHO, " 2.")
    assert told.startswith("Mohala: rea leboha. Motho o tla hlahloba tefo ena.") and told.count(receipt) == 2
    (task,) = await house.tasks()
    assert task.id == f"watch:denied:014:{payment.receipt}" and "a citizen says that they have not paid" in task.reason
    assert await text(house.bench, MPHO, "2") == told and await text(house.bench, MPHO, "1") == told
    (kept,) = await house.look()
    assert kept.id == task.id and len(await house.tasks()) == 1
    assert await audited(house, "alert") == [("house", "014", "denied")]


async def test_answers_reach_the_rules(house: Watching) -> None:
    numbers = {MPHO: "1", LERATO: "2", "+26650120001": ""}
    paid = {number: await house.pay(f"s{number}", number, THABO) for number in numbers}
    await ask(house)
    for number, words in numbers.items():
        if words:
            await text(house.bench, number, words)
    agent = await house.bench.database.agents.agent("014")
    assert agent is not None
    now = house.bench.time()
    found = await house.bench.database.watch.confirmations(agent, now - timedelta(days=1), now + timedelta(days=1), now)
    heard = {one.id: one.heard for one in found}
    wanted = dict(zip(numbers, (Heard.YES, Heard.NO, Heard.SILENT), strict=True))
    assert heard == {paid[number].receipt: wanted[number] for number in numbers}


async def test_the_lot_is_a_share_of_receipts_and_the_same_for_every_worker(house: Watching) -> None:
    one, other = Watching(house.bench, one_in=20), Watching(house.bench, one_in=20)
    receipts = [new_reference(house.bench.database.bills._random_bytes) for _ in range(4_000)]
    drawn = [receipt for receipt in receipts if one.calls._is_drawn(receipt)]
    assert drawn == [receipt for receipt in receipts if other.calls._is_drawn(receipt)]
    assert 140 <= len(drawn) <= 260  # four standard deviations around 200


async def test_with_nought_nobody_is_asked(house: Watching) -> None:
    await house.pay("s1", MPHO, THABO)
    assert await ask(Watching(house.bench, one_in=0)) != ASKED


async def test_what_was_given_back_is_not_asked_about(house: Watching) -> None:
    await given_back(house)
    assert await ask(house) != ASKED


async def test_at_night_the_question_waits_for_the_morning(house: Watching) -> None:
    house.bench.time.pass_(10 * HOUR)  # eight in the evening
    await house.pay("s1", MPHO, THABO)
    assert await ask(house) != ASKED
    house.bench.time.pass_(12 * HOUR)
    await house.bench.work()
    assert said(house)[-1] == ASKED


async def test_a_number_is_called_back_once_a_week(house: Watching) -> None:
    await house.pay("s1", MPHO, THABO)
    await ask(house)
    await text(house.bench, MPHO, "1")
    house.bench.time.pass_(DAY)
    await house.pay("s2", MPHO, THABO)
    await ask(house)
    assert said(house).count(ASKED) == 1
    house.bench.time.pass_(7 * DAY)
    await house.pay("s3", MPHO, THABO)
    await ask(house)
    assert said(house).count(ASKED) == 2


async def test_whoever_texts_stop_is_not_called_back(house: Watching) -> None:
    await text(house.bench, MPHO, "STOP")
    await house.pay("s1", MPHO, THABO)
    assert await ask(house) != ASKED


async def test_what_an_erased_citizen_answered_is_nobodys(house: Watching) -> None:
    payment = await house.pay("s1", MPHO, THABO)
    await ask(house)
    await text(house.bench, MPHO, "2")
    entry = AuditEntry(house.bench.time(), "operator:test", "erase-citizen", "", "asked")
    (asked,) = (await house.bench.database.citizens.record(MPHO, entry)).questions
    assert (asked[0], asked[2]) == ("callback", "2")
    await house.bench.database.citizens.erase(MPHO, entry)
    assert (await house.bench.database.citizens.record(MPHO, entry)).questions == []
    (kept,) = await house.look()
    assert kept.alert.about == (payment.receipt,), "that somebody denied it is a fact of the payment"
    assert (await text(house.bench, MPHO, "1")).startswith("Mohala: romela STATUS"), "nobody knows who was asked"


async def test_who_was_called_back_is_forgotten_in_time(house: Watching) -> None:
    await house.pay("s1", MPHO, THABO)
    await ask(house)
    empty = Rules(fields={}, numbers={}, language_days=100, messages_days=50, mark="a" * 16)
    later = house.bench.time() + timedelta(days=limits.call_back_apart_days, seconds=1)
    assert [one.table for one in await house.bench.database.retention.overdue(empty, later)].count("questions") == 1
    await house.bench.database.retention.sweep(empty, later)
    assert "questions" not in [one.table for one in await house.bench.database.retention.overdue(empty, later)]


# --- complaints -----------------------------------------------------------------------------------------------------


class Complaining:
    """Citizens who complain, and the clerk who reads it."""

    def __init__(self, house: Watching) -> None:
        self.house, data = house, house.bench.database
        self.desk = Desk(house.bench.worker._requests, data.board, data.bills, data.audit, house.bench.time)

    async def text(self, words: str, number: str) -> Sight:
        told = await text(self.house.bench, number, words)
        return await self.read(told.split("Ref ")[1].split()[0].rstrip("."))

    async def dial(self, about: str, whom: str, number: str, receipt: str = "") -> Sight:
        answers = ("1", receipt) if receipt else ("2",)
        session = f"c-{number}-{about}-{whom}"
        typed = ("8", "3", about, whom, "Ba nkile M50", *answers, "1")
        page = await self.house.bench.dial(*typed, session=session, msisdn=number)
        return await self.read(page.text.split()[4])

    async def read(self, reference: str) -> Sight:
        await self.house.bench.work()
        return await self.desk.look(Clerk("lineo", "complaints"), reference)


OFFICE, POINT, AGENT = "1", "2", "3"


async def test_a_complaint_that_names_an_agent_shows_agent_and_point(house: Watching) -> None:
    desk = Complaining(house)
    assert (await desk.dial(AGENT, "014", MPHO)).attached == {"agent": "014", "point": "900"}
    assert (await desk.text("TLETLEBO moemeli 014 o nkile ho feta", LERATO)).attached["agent"] == "014"


async def test_a_complaint_with_a_receipt_shows_agent_point_and_payment(house: Watching) -> None:
    payment = await house.pay("s1", MPHO, THABO)
    receipt = show_reference(payment.receipt)
    attached = (await Complaining(house).text(f"COMPLAIN {receipt} took M50", MPHO)).attached
    assert (attached["receipt"], attached["agent"], attached["point"]) == (receipt, "014", "900")
    assert (attached["paid"], attached["by"]) == ("LSL 32.5", "agent:014")


async def test_a_complaint_that_names_a_point_names_its_only_agent(house: Watching) -> None:
    desk = Complaining(house)
    assert (await desk.dial(POINT, "900", MPHO)).attached == {"agent": "014", "point": "900"}
    await enrol(house.bench, PALESA)
    assert (await desk.dial(POINT, "900", LERATO)).attached == {"point": "900"}


@pytest.mark.parametrize(("about", "whom"), [(OFFICE, "014"), (POINT, "014"), (AGENT, "999"), (AGENT, "900")])
async def test_a_complaint_of_somebody_else_names_no_agent(house: Watching, about: str, whom: str) -> None:
    assert (await Complaining(house).dial(about, whom, MPHO)).attached == {}


async def test_a_strangers_receipt_blackens_nobody(house: Watching) -> None:
    payment = await house.pay("s1", MPHO, THABO)
    attached = (await Complaining(house).dial(OFFICE, "Maseru", LERATO, show_reference(payment.receipt))).attached
    assert attached == {}


async def test_an_amount_is_no_agent(house: Watching) -> None:
    attached = (await Complaining(house).text("COMPLAIN ba nkile chelete e ngata 014", MPHO)).attached
    assert attached == {}


async def test_complaints_of_two_citizens_are_odd(house: Watching) -> None:
    desk = Complaining(house)
    first = await desk.dial(AGENT, "014", MPHO)
    await desk.text("COMPLAIN 014 hape", MPHO)
    assert await house.look() == []
    house.bench.time.pass_(60)
    second = await desk.dial(AGENT, "014", LERATO)
    (kept,) = await house.look()
    references = (first.entry.request.reference, second.entry.request.reference)
    assert (kept.alert.rule, kept.alert.agent, len(kept.alert.about)) == ("complained", "014", 2)
    assert references[1] in kept.alert.about


# --- caps of a point ------------------------------------------------------------------------------------------------


async def cap(house: Watching, payments: int, minor: int, point: str = "900") -> None:
    now, caps = house.bench.time(), house.bench.database.point_caps
    id = new_reference(house.bench.database.bills._random_bytes)
    asked = PointProposal(id, point, Caps(payments, minor), "LSL", "clerk:lineo", now)
    await caps.propose(asked, AuditEntry(now, "clerk:lineo", "propose", f"point:{point}"))
    told = decided(asked, "clerk:neo", now, approved=True)
    assert await caps.decide(told, AuditEntry(now, "clerk:neo", "approve", f"point:{point}"))
    assert not await caps.decide(told, AuditEntry(now, "clerk:neo", "approve", f"point:{point}"))


async def test_a_points_day_is_full_whichever_of_its_agents_asks(house: Watching) -> None:
    bench = house.bench
    await enrol(bench, PALESA)
    await cap(house, 2, 1_000_00)
    await house.pay("s1", MPHO, THABO)
    await house.pay("s2", LERATO, PALESA)
    third = await billed(bench, "s3", "+26650120003")
    for agent in (THABO, PALESA):
        asked = await text(bench, agent, f"LEFA {third.code} M32.50")
        assert (await text(bench, agent, f"E {code_in(asked)}")).startswith("Moeli oa letsatsi o fihletsoe")
    bench.time.pass_(DAY)
    assert (await house.confirm(third, THABO)).amount_minor == TOTAL


async def test_the_amount_of_a_points_day_is_bounded_to_the_sente(house: Watching) -> None:
    await cap(house, 100, 2 * TOTAL - 1)
    await house.pay("s1", MPHO, THABO)
    bill = await billed(house.bench, "s2", LERATO)
    code = code_in(await text(house.bench, THABO, f"LEFA {bill.code} M32.50"))
    assert (await text(house.bench, THABO, f"E {code}")).startswith("Moeli oa letsatsi")
    await cap(house, 100, 2 * TOTAL)
    await house.confirm(bill, THABO)


async def test_agents_of_one_point_at_once_do_not_pass_its_cap(house: Watching) -> None:
    bench = house.bench
    await enrol(bench, PALESA)
    await cap(house, 1, 1_000_00)
    codes = {}
    for session, number, agent in (("s1", MPHO, THABO), ("s2", LERATO, PALESA)):
        bill = await billed(bench, session, number)
        codes[agent] = code_in(await text(bench, agent, f"LEFA {bill.code} M32.50"))
    await asyncio.gather(*(answer(house, f"E {code}", agent) for agent, code in codes.items()))
    taken = [
        await bench.database.agents.takings(code, bench.time() - timedelta(hours=1), bench.time() + timedelta(hours=1))
        for code in ("014", "015")
    ]
    assert sum(one.count for one in taken) == 1


async def test_a_point_whose_caps_nobody_decided_has_those_of_the_house(house: Watching) -> None:
    caps = await house.bench.database.point_caps.of("900")
    assert caps == Caps(limits.point_payments_a_day, limits.point_minor_a_day)
    asked = PointProposal("7K4M2PXQ9", "900", Caps(1, 1), "LSL", "clerk:lineo", house.bench.time())
    await house.bench.database.point_caps.propose(asked, AuditEntry(house.bench.time(), "clerk:lineo", "propose", "x"))
    assert await house.bench.database.point_caps.of("900") == caps, "one clerk alone changes nothing"
    (waiting,) = await house.bench.database.point_caps.proposals(10)
    assert waiting.state is ProposalState.ASKED


async def test_a_suspended_agent_of_a_point_pays_nothing_and_stops_no_other(house: Watching) -> None:
    bench = house.bench
    await enrol(bench, PALESA)
    await suspend(bench, "014")
    bill = await billed(bench, "s1", MPHO)
    assert (await text(bench, THABO, f"LEFA {bill.code} M32.50")).startswith("Moemeli 014 o emisitsoe")
    await house.confirm(bill, PALESA)
