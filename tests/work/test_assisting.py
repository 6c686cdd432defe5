"""An agent acts for a citizen, page by page: who is let in, whose code is good, and what comes again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import limits
from app.pack import Pack
from tests.work.agent import LERATO, MPHO, PALESA, THABO, enrol, invite, suspend, text
from tests.work.assisting import (
    ASKS_CODE,
    BLOCKED,
    BORN,
    BY_SHEET,
    CODE,
    EXPIRED,
    ORDINARY,
    PASSPORT,
    POWER,
    SHEET,
    STARTS,
    WRONG,
    Line,
    asks,
    begins,
    filings,
    lose_sessions,
    other,
    print_sheet,
    reference,
    texted,
    texts_to,
)
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bench(lesotho: Pack, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(lesotho, tmp_path) as bench:
        await enrol(bench, THABO)
        bench.mast.sent.clear()
        yield bench


async def test_the_citizen_is_asked_and_told_in_their_own_language_while_the_agent_reads_theirs(bench: Bench) -> None:
    await bench.database.ledger.remember_language(MPHO, "en", bench.time())
    line, page = await asks(bench)
    await bench.work(2)
    (asked,) = texts_to(bench, MPHO)
    assert page.text.startswith(ASKS_CODE) and "asks to file for you: Birth certificate. Code" in asked
    code = asked.partition("Code ")[2][:4]
    request = await bench.database.ledger.find(reference(await line.type(code, *BORN)), MPHO)
    assert request is not None and request.language == "en"


async def test_an_agent_sees_what_an_office_gave_masked_and_what_they_typed_as_it_is(bench: Bench) -> None:
    bench.desk.answers["meter"] = replace(bench.desk.answers["meter"], results={"holder": "Palesa Mokoena"})  # type: ignore[arg-type]
    line = await begins(bench, program=POWER)
    page = await line.type("01234567897", "50")
    assert "Mitara 01234567897" in page.text and "Mong'a: Pxxxxx xxxxxxx" in page.text
    own = await bench.dial("3", "01234567897", "50", session="m1")
    assert "Mong'a: Palesa Mokoena" in own.text, "whoever asks for themselves sees it"


async def test_whoever_was_served_does_not_count_against_how_often_their_number_is_asked(bench: Bench) -> None:
    for place in range(limits.mandates_sent_number_max + 1):
        reply = await (await begins(bench, f"a{place}")).type("0")
        assert not reply.final, "the number may be asked for the next agent, too"


async def test_a_stranger_who_dials_the_code_of_agents_gets_the_ordinary_start_page(bench: Bench) -> None:
    page = await bench.hop("", "x1", msisdn=LERATO, service_code=CODE)
    assert page.text.startswith(ORDINARY)
    typed = await bench.dial("1", "1", "50123456", session="x2", msisdn=LERATO, service_code=CODE)
    await bench.work()
    assert ASKS_CODE not in typed.text and texts_to(bench, MPHO) == []


async def test_an_agent_who_cools_down_is_let_in_when_that_is_over(bench: Bench) -> None:
    await invite(bench, PALESA)
    await text(bench, PALESA, "ACTIVATE 12345678")
    assert (await bench.hop("", "p1", msisdn=PALESA, service_code=CODE)).text.startswith(ORDINARY)
    bench.time.pass_(24 * 3600)
    assert (await bench.hop("", "p2", msisdn=PALESA, service_code=CODE)).text.startswith("Thusa moahi.")


async def test_a_dialogue_of_a_suspended_agent_whose_session_was_lost_means_nothing_elsewhere(bench: Bench) -> None:
    line, _ = await asks(bench)
    await suspend(bench, "014")
    lose_sessions(bench)
    page = await line.type("1")
    assert page.final and ORDINARY not in page.text


async def test_an_agent_does_not_act_for_a_number_of_their_own(bench: Bench) -> None:
    _, page = await asks(bench, number=THABO)
    assert page.text.startswith("Nomoro eo ke ea hao.")
    await bench.work()
    assert texts_to(bench, THABO) == []


async def test_attack_several_agents_have_the_guesses_of_one_for_a_citizen(bench: Bench) -> None:
    await enrol(bench, PALESA)
    tried = 0
    for agent, session in ((THABO, "a1"), (PALESA, "a2")):
        line, _ = await asks(bench, session, agent=agent)
        code = await texted(bench)
        for add in (1, 2, 3):
            tried += (await line.type(other(code, add))).text.startswith(WRONG)
    assert tried == limits.agent_guesses_window_max


async def test_attack_an_old_code(bench: Bench) -> None:
    line, _ = await asks(bench)
    code = await texted(bench)
    bench.time.pass_(limits.mandate_code_seconds - 1)
    await line.type("x")  # the line is kept alive
    bench.time.pass_(1)
    assert (await line.type(code)).text.startswith(EXPIRED)


async def test_attack_a_code_for_another_program_another_citizen_or_another_agent(bench: Bench) -> None:
    await enrol(bench, PALESA)
    codes = []
    for session, wanted in (
        ("a1", {}), ("a2", {"program": PASSPORT}), ("a3", {"number": LERATO}), ("a4", {"agent": PALESA}),
    ):  # fmt: skip
        await asks(bench, session, **wanted)  # type: ignore[arg-type]
        codes.append(await texted(bench, str(wanted.get("number", MPHO))))
    assert len(set(codes)) == 4
    line, _ = await asks(bench, "b1", number="+26658000001")
    for code in codes[:3]:
        assert (await line.type(code)).text.startswith(WRONG)


async def test_attack_a_code_that_was_used_begins_no_other_dialogue(bench: Bench) -> None:
    line, _ = await asks(bench)
    code = await texted(bench)
    await line.type(code, *BORN)
    again, _ = await asks(bench, "a2")
    assert (await again.type(code)).text.startswith(WRONG) and await filings(bench, MPHO) == 1


async def test_callbacks_that_come_again_ask_and_file_once(bench: Bench) -> None:
    line, page = await asks(bench)
    assert await line.again() == page and await line.again() == page
    code = await texted(bench)
    assert len(texts_to(bench, MPHO)) == 1
    begun = await line.type(code)
    assert await line.again() == begun
    filed = await line.type(*BORN)
    assert await line.again() == filed and await filings(bench, MPHO) == 1


async def test_a_session_that_is_lost_asks_for_the_code_again_and_texts_no_other(bench: Bench) -> None:
    line = await begins(bench)
    code = line.typed[-1]
    await line.type("2")
    lose_sessions(bench)
    assert (await line.type("5/3/2026")).text.startswith(ASKS_CODE), "nobody passes the page unseen"
    assert (await line.type(code)).text.startswith(STARTS)
    assert (await line.type(*BORN)).text.startswith("Kopo e amohetsoe.")
    await bench.work()
    assert sum("o kopa ho u etsetsa" in one for one in texts_to(bench, MPHO)) == 1
    assert await filings(bench, MPHO) == 1


async def test_a_dialogue_for_somebody_that_fell_is_not_offered_again(bench: Bench) -> None:
    line = await begins(bench)
    await line.type(*BORN[:2])
    await bench.drop(line.session, msisdn=THABO, service_code=CODE)
    for code in (CODE, "*384*26600#"):
        page = await bench.hop("", f"b{code}", msisdn=THABO, service_code=code)
        assert page.text.startswith("Thusa moahi." if code == CODE else ORDINARY)
    await bench.work()
    assert texts_to(bench, THABO) == [], "and no text tells how to go on"


async def test_the_key_for_home_ends_what_is_done_for_somebody(bench: Bench) -> None:
    line = await begins(bench)
    assert (await line.type("2", "0")).text.startswith("Thusa moahi.")
    assert (await line.type("1", "1", "50123456")).text.startswith(ASKS_CODE), "and another code is asked for"
    await bench.work()
    assert len(texts_to(bench, MPHO)) == 2


async def test_attack_guessing_codes_of_a_sheet_and_of_a_number_that_has_none_looks_the_same(bench: Bench) -> None:
    await print_sheet(bench)
    said = []
    for session, number in (("a1", MPHO), ("a2", LERATO)):
        line, page = await asks(bench, session, by=BY_SHEET, number=number)
        said.append([page.text, *[(await line.type("0000000" + str(place))).text for place in range(2)]])
    assert said[0] == said[1]
    line, _ = await asks(bench, "a3", by=BY_SHEET)
    assert [(await line.type(f"1234567{place}")).text.startswith(BLOCKED) for place in range(2)] == [False, True]


async def test_a_code_of_one_sort_is_none_of_the_other(bench: Bench) -> None:
    await print_sheet(bench)
    line, _ = await asks(bench)
    code = await texted(bench)
    assert (await line.type(SHEET[0])).text.startswith(WRONG)
    paper, _ = await asks(bench, "a2", by=BY_SHEET)
    assert (await paper.type(code)).text.startswith(WRONG)
    assert (await paper.type(SHEET[0])).text.startswith(STARTS), "it was not spent"


async def test_a_line_of_somebody_else_cannot_go_on_with_a_mandate(bench: Bench) -> None:
    """Another number, the same session id: it is another dialogue."""
    await enrol(bench, PALESA)
    line, _ = await asks(bench)
    code = await texted(bench)
    theirs = Line(bench, line.session, PALESA, list(line.typed))
    page = await theirs.type(code)
    assert STARTS not in page.text
