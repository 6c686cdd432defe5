"""Agents who act for citizens on both databases: what is kept of it, and attacks that must fail."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app import limits
from app.agency import AgentNumber, ProposalKind
from app.bill_code import new_bill_code
from app.filing import Asker
from app.mandate import MandateState, Means
from app.messages import Filing, Refused
from app.pack import Pack
from app.payments import Bill, BillState, Price
from app.ports import Taken
from app.pushes import Push
from tests.work.agent import LERATO, MPHO, PALESA, THABO, code_in, enrol, move, suspend, text
from tests.work.assisting import (
    ASKS_CODE,
    BARRED,
    BLOCKED,
    BORN,
    BY_SHEET,
    BY_SMS,
    CODE,
    EXPIRED,
    ORDINARY,
    OVER,
    PASSPORT,
    SHEET,
    STARTS,
    UNASKED,
    WRONG,
    asks,
    begins,
    entry,
    filings,
    lines,
    other,
    print_sheet,
    reference,
    texted,
    texts_to,
)
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bench(lesotho: Pack, tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with open_bench(lesotho, tmp_path, url) as bench:
        await enrol(bench, THABO)
        bench.mast.sent.clear()
        yield bench


# --- the story ---------------------------------------------------------------------------------------------------


async def test_an_agent_files_for_a_citizen_who_tells_the_code(bench: Bench) -> None:
    line, page = await asks(bench)
    assert page.text.startswith(ASKS_CODE)
    code = await texted(bench)
    (asked,) = texts_to(bench, MPHO)
    assert asked.startswith("Mohala: moemeli 014, 001, o kopa ho u etsetsa: Lengolo la tsoalo. Khoutu")
    assert (await line.type(code)).text.startswith(STARTS)
    filed = await line.type(*BORN)
    assert filed.final and filed.text.startswith("Kopo e amohetsoe.")
    request = await bench.database.ledger.find(reference(filed), MPHO)
    assert request is not None and request.msisdn == MPHO and request.answers["mother_id"] == "012345678901"
    assert await bench.database.ledger.find(reference(filed), THABO) is None, "the agent has filed nothing themselves"
    await bench.work()
    told = texts_to(bench, MPHO)[1:]
    assert any("moemeli 014, 001 Naleli Example P, o u rometse kopo: Lengolo la tsoalo. Ref" in one for one in told)
    assert any("e amohetsoe" in one for one in told) and texts_to(bench, THABO) == []


async def test_the_filing_is_counted_for_the_point_and_the_channel_of_agents(bench: Bench) -> None:
    await (await begins(bench)).type(*BORN)
    at = bench.time()
    counts = await bench.database.errands.counts(at - timedelta(days=1), at + timedelta(days=1))
    assert [(one.kind, one.channel, one.point, one.district) for one in counts] == [("filed", "agent", "001", "Maseru")]


async def test_the_audit_log_says_who_acted_by_which_mandate_and_names_nobody(bench: Bench) -> None:
    await (await begins(bench)).type(*BORN)
    asked, begun, filed = [(await lines(bench, act))[0] for act in ("ask-mandate", "begin-mandate", "file")]
    assert {one.actor for one in (asked, begun, filed)} == {"agent:014"}
    assert asked.subject == begun.subject == filed.details["mandate"] and filed.details["means"] == "sms"
    page = str(await bench.database.audit.page(0))
    (inquiry,) = await lines(bench, "ask")
    assert (inquiry.actor, inquiry.details["channel"]) == ("agent:014", "agent")
    assert not any(number in page for number in (MPHO, THABO))


async def test_a_push_that_is_made_with_its_bill_stands_in_the_audit_log_under_who_filed(bench: Bench) -> None:
    filed = await (await begins(bench)).type(*BORN)
    theirs = await bench.database.ledger.find(reference(filed), MPHO)
    await bench.dial("1", *BORN, session="own")
    ids = await bench.database.audit.filed("")
    mine = [one for id in ids if (one := await bench.database.ledger.request(id)) and not one.mandate]
    assert theirs is not None and theirs.mandate and len(mine) == 1
    for count, request in enumerate((theirs, *mine)):
        now, code = bench.time(), new_bill_code(lambda size, fill=count: bytes([fill]) * size)
        price = Price("LSL", 2, 30_00, 0, "treasury", "treasury", "a test")
        bill = Bill(
            f"{request.id}:0", code, request.id, 0, request.service, MPHO, price, BillState.SENT, now,
            now + timedelta(days=1), now,
        )  # fmt: skip
        await bench.database.bills.issue(bill, (), Push(bill.id, 1, request.id, "mpesa", "", now))
    assert {(one.subject, one.actor) for one in await lines(bench, "push")} == {
        (theirs.id, "agent:014"), (mine[0].id, "citizen")
    }  # fmt: skip


async def test_an_agent_who_is_suspended_before_the_code_is_typed_begins_nothing(bench: Bench) -> None:
    line, _ = await asks(bench)
    code = await texted(bench)
    await suspend(bench, "014")
    page = await line.type(code)
    assert page.final and page.text.startswith(BARRED)
    assert (await bench.hop("", "a2", msisdn=THABO, service_code=CODE)).text.startswith(ORDINARY)


async def test_an_agent_who_is_suspended_before_the_yes_files_nothing(bench: Bench) -> None:
    line = await begins(bench)
    await line.type(*BORN[:-1])
    await suspend(bench, "014")
    page = await line.type(BORN[-1])
    assert page.final and page.text.startswith(OVER) and await filings(bench, MPHO) == 0


async def test_a_number_that_becomes_the_agents_own_meanwhile_is_their_own(bench: Bench) -> None:
    line, _ = await asks(bench)
    code = await texted(bench)
    now = bench.time()
    theirs = AgentNumber("number-2", "014", MPHO, now + timedelta(hours=72))
    assert await bench.database.agents.invite(theirs, "87654321", entry(bench, "invite"))
    assert (await line.type(code)).text.startswith(BARRED)


# --- codes -------------------------------------------------------------------------------------------------------


async def test_attack_wrong_codes_are_counted_and_then_the_right_one_is_not_looked_at(bench: Bench) -> None:
    line, _ = await asks(bench)
    code = await texted(bench)
    for _ in range(limits.agent_guesses_order_max):
        assert (await line.type(other(code))).text.startswith(WRONG)
    assert (await line.type(code)).text.startswith(BLOCKED)


async def test_attack_new_mandates_give_no_new_guesses(bench: Bench) -> None:
    tried = 0
    for place in range(3):
        line, _ = await asks(bench, f"a{place}")
        code = await texted(bench)
        for add in (1, 2):
            tried += (await line.type(other(code, add))).text.startswith(WRONG)
    assert tried == limits.agent_guesses_window_max


async def test_attack_guesses_at_once_get_no_more_tries_than_one_after_the_other(bench: Bench) -> None:
    """By gateways that hear of nothing but their own copy: the database alone counts."""
    await asks(bench)
    code = await texted(bench)
    (asked,) = await lines(bench, "ask-mandate")
    edition, mandates = bench.editions.current, bench.doorstep._mandates
    service = edition.catalogue.services["mandate-begin"]

    async def guess(add: int) -> object:
        typed = {"mandate": asked.subject, "program": "birth-certificate", "code": other(code, add)}
        return await mandates.call(edition, service, typed, Asker(THABO, "st", f"guess-{add}", 3.0))

    said = await asyncio.gather(*(guess(add) for add in range(1, 13)))
    assert said.count(Refused("wrong")) == limits.agent_guesses_order_max
    assert said.count(Refused("blocked")) == 12 - limits.agent_guesses_order_max


async def test_attack_a_gateway_that_dies_at_each_guess_gives_none_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, _ = await asks(bench)
    code = await texted(bench)
    with monkeypatch.context() as dying:
        dying.setattr("app.mandates.hmac.compare_digest", lambda *_: 1 / 0)
        for _ in range(limits.agent_guesses_order_max):
            with pytest.raises(ZeroDivisionError):
                await line.type(code)
            line.typed.pop()
    assert (await line.type(code)).text.startswith(BLOCKED)


async def test_attack_a_mandate_files_once_whatever_the_agent_does_with_it(bench: Bench) -> None:
    line = await begins(bench)
    await line.type(*BORN[:-1])
    mandate = await _only_mandate(bench)
    at = bench.time()
    made = [
        Filing(f"step-{place}", f"REF{place:06}", "birth-certificate", MPHO, "st", {}, at, "v1", mandate=mandate.id)
        for place in range(3)
    ]
    filed = await asyncio.gather(*(bench.database.ledger.file_for(one, mandate, []) for one in made))
    assert sum(one is not None for one in filed) == 1
    assert (await line.type(BORN[-1])).text.startswith(OVER) and await filings(bench, MPHO) == 1


async def _only_mandate(bench: Bench):
    (begun,) = await lines(bench, "begin-mandate")
    mandate = await bench.database.mandates.find(begun.subject, "number-014")
    assert mandate is not None and mandate.state is MandateState.GIVEN and mandate.means is Means.SMS
    return mandate


async def test_a_mandate_is_good_for_half_an_hour(bench: Bench) -> None:
    await begins(bench)
    mandate = await _only_mandate(bench)
    at = bench.time() + timedelta(seconds=limits.mandate_seconds)
    late = Filing("late", "REF000001", "birth-certificate", MPHO, "st", {}, at, "v1", mandate=mandate.id)
    assert await bench.database.ledger.file_for(late, mandate, []) is None
    in_time = replace(late, at=at - timedelta(seconds=1))
    assert await bench.database.ledger.file_for(in_time, mandate, []) is not None


# --- whoever has not asked for it --------------------------------------------------------------------------------


async def test_attack_an_sms_bomb_on_one_number_ends_after_a_few(bench: Bench) -> None:
    await enrol(bench, PALESA)
    pages = [(await asks(bench, f"a{place}", agent=(THABO, PALESA)[place % 2]))[1] for place in range(6)]
    await bench.work()
    assert len(texts_to(bench, MPHO)) == limits.mandates_sent_number_max
    assert [page.text.startswith(BLOCKED) for page in pages] == [False] * 3 + [True] * 3


async def test_attack_an_agent_asks_only_so_many_numbers_a_day(bench: Bench) -> None:
    for place in range(limits.mandates_sent_agent_max + 2):
        _, page = await asks(bench, f"a{place}", number=f"+266580000{place:02}")
        await bench.work(1)
        bench.time.pass_(60)  # nobody dials more often than that
    assert page.text.startswith(BLOCKED)
    assert len({sms.msisdn for sms in bench.mast.sent}) == limits.mandates_sent_agent_max


async def test_stop_keeps_a_number_from_being_asked(bench: Bench) -> None:
    await text(bench, MPHO, "STOP")
    bench.mast.sent.clear()
    _, page = await asks(bench)
    await bench.work()
    assert page.text.startswith(UNASKED) and texts_to(bench, MPHO) == []


async def test_stop_after_the_code_was_sent_makes_it_void(bench: Bench) -> None:
    line, _ = await asks(bench)
    code = await texted(bench)
    await text(bench, MPHO, "STOP")
    assert (await line.type(code)).text.startswith(EXPIRED)


async def test_stop_while_the_agent_is_at_it_ends_it(bench: Bench) -> None:
    line = await begins(bench)
    await line.type(*BORN[:-1])
    await text(bench, MPHO, "KHAOTSA")
    assert (await line.type(BORN[-1])).text.startswith(OVER) and await filings(bench, MPHO) == 0


# --- dialogues that come again -----------------------------------------------------------------------------------


async def test_a_code_of_a_sheet_is_good_once_and_the_number_is_told_at_once(bench: Bench) -> None:
    await print_sheet(bench)
    line, page = await asks(bench, by=BY_SHEET)
    await bench.work()
    assert page.text.startswith(ASKS_CODE) and texts_to(bench, MPHO) == [], "nobody is asked by SMS"
    filed = await line.type(SHEET[0], *BORN)
    assert (await bench.database.ledger.find(reference(filed), MPHO)) is not None
    await bench.work()
    assert texts_to(bench, MPHO)[0].startswith("Mohala: khoutu ea pampiri ea hao e sebelisitsoe ke moemeli 014")
    assert (await lines(bench, "file"))[0].details["means"] == "sheet"
    again, _ = await asks(bench, "a2", PASSPORT, BY_SHEET)
    assert (await again.type(SHEET[0])).text.startswith(WRONG)
    assert (await again.type(SHEET[1])).text.startswith("Tefo ea pasa.")


async def test_a_sheet_files_for_the_same_program_once_a_day_and_loses_no_code_by_trying(bench: Bench) -> None:
    await print_sheet(bench)
    line, _ = await asks(bench, by=BY_SHEET)
    await line.type(SHEET[0], *BORN)
    again, _ = await asks(bench, "a2", by=BY_SHEET)
    assert (await again.type(SHEET[1])).text.startswith(BLOCKED)
    bench.time.pass_(limits.sheet_again_seconds)
    later, _ = await asks(bench, "a3", by=BY_SHEET)
    assert (await later.type(SHEET[1])).text.startswith(STARTS)


async def test_two_agents_at_once_with_one_code_of_a_sheet_begin_once(bench: Bench) -> None:
    await enrol(bench, PALESA)
    await print_sheet(bench)
    here, _ = await asks(bench, "a1", by=BY_SHEET)
    there, _ = await asks(bench, "a2", PASSPORT, by=BY_SHEET, agent=PALESA)
    pages = await asyncio.gather(here.type(SHEET[0]), there.type(SHEET[0]))
    assert sum(page.text.startswith(WRONG) for page in pages) == 1


@pytest.mark.parametrize("how", ["revoked", "another sheet", "a year later", "another number"])
async def test_a_sheet_that_is_void(bench: Bench, how: str) -> None:
    await print_sheet(bench)
    if how == "revoked":
        assert await bench.database.mandates.revoke_sheet(MPHO, entry(bench, "revoke-code-sheet")) == len(SHEET)
    elif how == "another sheet":
        await print_sheet(bench, "99990000")
    elif how == "a year later":
        bench.time.pass_(limits.sheet_days * 86_400)
    line, _ = await asks(bench, by=BY_SHEET, number=LERATO if how == "another number" else MPHO)
    assert (await line.type(SHEET[0])).text.startswith(WRONG)


async def test_what_a_sheet_says_stands_nowhere_in_the_database(bench: Bench) -> None:
    await print_sheet(bench)
    record = await bench.database.citizens.record(MPHO, entry(bench, "export-citizen"))
    assert [count for _, count in record.sheets] == [len(SHEET)]
    assert not any(code in str(record) for code in SHEET)


async def test_whoever_is_forgotten_has_neither_mandates_nor_a_sheet(bench: Bench) -> None:
    await print_sheet(bench)
    await begins(bench)
    await bench.database.citizens.erase(MPHO, entry(bench, "erase-citizen"))
    record = await bench.database.citizens.record(MPHO, entry(bench, "export-citizen"))
    assert record.mandates == [] and record.sheets == []


# --- what watching makes of it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [BY_SMS, BY_SHEET])
async def test_a_filing_by_an_agent_is_no_sign_of_the_citizens_phone_unless_it_got_the_code(
    bench: Bench, by: str
) -> None:
    await print_sheet(bench)
    assert await move(bench, "014", ProposalKind.TOP_UP, 1_000_00) is Taken.TAKEN
    line, _ = await asks(bench, program=PASSPORT, by=by)
    await line.type(await texted(bench) if by == BY_SMS else SHEET[0], "1", "1234567", "1")
    await bench.work()
    bill = re.search(r"Nomoro ea tefo: ([0-9A-Z-]+)", "\n".join(texts_to(bench, MPHO)))
    assert bill is not None
    asked = await text(bench, THABO, f"LEFA {bill[1]} 135")
    assert "e lefiloe" in await text(bench, THABO, f"E {code_in(asked)}"), "who filed it may take the money for it"
    agent = await bench.database.agents.agent("014")
    assert agent is not None
    day, now = timedelta(days=1), bench.time()
    (one,) = await bench.database.watch.confirmations(agent, now - day, now + day, now + day)
    assert (one.met_at is not None) == (by == BY_SMS)
