"""Whoever must agree is asked once, before anything is asked for; it is written down, and can be taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.audit import AuditEntry
from app.editions import Edition, Editions
from app.messages import Agreement, Change, SmsEvent, Status
from app.ports import Deadlines
from app.telling import Hears
from app.values.text import septets
from sessions.memory_store import MemorySessionStore
from tests.made_once import compiled
from tests.work.conftest import Bench, open_bench
from tests.work.consent import sources

pytestmark = pytest.mark.anyio

WITHDRAWN = "Mohala: tumello ea hao e hlakotsoe. Re ke ke ra hlola re u botsa letho ka SMS."
MPHO, LERATO = "+26650123456", "+26658765432"
QUESTION = (
    "Na u lumela hore re sebelise lintlha tsa hao bakeng sa lengolo la tsoalo?\n1. E\n2. Che\n9. Morao\n0. Qalong"
)
FIRST = "Lengolo la tsoalo. Ngoana ke:"
ANSWERS = ("2", "5/3/2026", "1", "012345678901", "1", "1")
APPLY = ("1", "1", *ANSWERS)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(compiled(sources()), tmp_path) as bench:
        yield bench


async def forget_all(bench: Bench) -> None:
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)


async def text(bench: Bench, words: str, id: str, sender: str = MPHO) -> str:
    await bench.texts.take_in(SmsEvent("africastalking", id, sender, "32000", words))
    await bench.work()
    return bench.mast.sent[-1].text


async def test_whoever_enters_is_asked_first_on_a_page_that_fits(bench: Bench) -> None:
    assert (await bench.dial("1")).text == QUESTION
    assert septets(f"CON {QUESTION}") <= 156
    assert (await bench.hop("1*1")).text.startswith(FIRST)


async def test_who_agreed_before_is_not_answered_at_a_glance_and_is_not_asked_again(bench: Bench) -> None:
    words = ("id", MPHO, "civil-registration", 1, bench.time(), "ussd", "st", bench.editions.current.version)
    await bench.database.ledger.agree(Agreement(*words, b"another dialogue"))
    turns = [bench.gateway.turn_of(bench.event("", "s2", msisdn=of), Deadlines(), 0.0) for of in (MPHO, LERATO)]
    assert [bench.gateway.answer_at_once(turn, Hears(lambda _: None)) for turn in turns] == [False, True]
    assert (await bench.dial("1")).text.startswith(FIRST)


async def test_a_yes_is_written_down_with_when_how_and_in_which_words(bench: Bench) -> None:
    await bench.dial("1", "1")
    record = await bench.database.citizens.record(MPHO, _entry(bench))
    (act,) = record.consents
    assert (act.purpose, act.version, act.act, act.channel, act.language) == (
        "civil-registration", 1, "agreed", "ussd", "st",
    )  # fmt: skip
    assert (act.at, act.menus) == (bench.time(), bench.pack.program.version)


async def test_nobody_is_asked_again_while_it_stands(bench: Bench) -> None:
    await bench.dial("1", "1", "0")
    assert (await bench.hop("1*1*0*1")).text.startswith(FIRST)
    bench.time.pass_(86_400)
    assert (await bench.dial("1", session="s2")).text.startswith(FIRST)
    assert (await bench.dial("1", session="s3", msisdn=LERATO)).text == QUESTION


async def test_who_does_not_agree_leaves_and_nothing_is_kept(bench: Bench) -> None:
    page = await bench.dial("1", "2")
    assert (page.text, page.final) == ("Ha ho letho le bolokiloeng.", True)
    assert (await bench.database.citizens.record(MPHO, _entry(bench))).consents == []
    assert (await bench.dial("1", session="s2")).text == QUESTION


async def test_another_answer_is_turned_down_and_back_leads_back(bench: Bench) -> None:
    assert (await bench.dial("1", "7")).text == f"Khetho e fosahetse. Leka hape.\n{QUESTION}"
    assert (await bench.hop("1*7*9")).text.startswith("Rea u amohela!")


async def test_another_version_asks_everybody_again(bench: Bench) -> None:
    await bench.dial("1", "1")
    pack = compiled(sources(version=2))
    bench.use(Editions(Edition(pack, bench.editions.current.offices)))
    assert (await bench.dial("1", session="s2")).text == QUESTION
    assert (await bench.hop("1*1", "s2")).text.startswith(FIRST)


async def test_a_dialled_string_stops_where_it_is_asked(bench: Bench) -> None:
    assert (await bench.hop("*".join(APPLY))).text == QUESTION
    assert (await bench.database.citizens.record(MPHO, _entry(bench))).consents == []


async def test_a_lost_session_is_walked_past_a_yes_that_was_given_in_it(bench: Bench) -> None:
    await bench.dial(*APPLY[:5])
    await bench.openings.write()
    await forget_all(bench)
    page = await bench.hop("*".join(APPLY[:6]))
    assert page.text.startswith("U mang ho ngoana?")
    done = await bench.hop("*".join(APPLY[:7]))
    assert done.text.startswith("Netefatsa:")
    assert (await bench.hop("*".join(APPLY))).text.startswith("Kopo e amohetsoe.")


@pytest.mark.parametrize("is_remembered", [True, False])
async def test_a_lost_session_in_which_nobody_was_asked_is_walked_without_asking(
    bench: Bench, is_remembered: bool
) -> None:
    await bench.dial("1", "1", "2")
    bench.time.pass_(600)
    typed = ("1", *ANSWERS)
    await bench.dial(*typed[:4], session="s2")
    if is_remembered:
        await bench.openings.write()
    else:
        bench.forget_openings()  # the gateway was killed before it wrote how the dialogue began
    await forget_all(bench)
    assert (await bench.hop("*".join(typed[:5]), "s2")).text.startswith("U mang ho ngoana?")


@pytest.mark.parametrize("meanwhile", ["agreed elsewhere", "taken back"])
async def test_what_happened_since_the_dial_shifts_nothing_in_a_walk(bench: Bench, meanwhile: str) -> None:
    """The other phone of the same number, or a text: the session that is walked again began before."""
    if meanwhile == "taken back":
        await bench.dial("1", "1", session="s0")
        bench.time.pass_(60)
    typed = APPLY if meanwhile == "agreed elsewhere" else ("1", *ANSWERS)
    await bench.dial(*typed[:4], session="s1")
    await bench.openings.write()
    bench.time.pass_(5)
    if meanwhile == "taken back":
        await text(bench, "STOP", "m1")
    else:
        await bench.dial("1", "1", session="s2")
    await forget_all(bench)
    expected = {"agreed elsewhere": "Nomoro ea ID", "taken back": "U mang ho ngoana?"}[meanwhile]
    assert (await bench.hop("*".join(typed[:5]), "s1")).text.startswith(expected)


async def test_a_repeat_of_a_yes_is_one_yes(bench: Bench) -> None:
    await bench.hop("")
    await bench.hop("1")
    first, second = await asyncio.gather(bench.hop("1*1"), bench.hop("1*1"))
    await forget_all(bench)
    third = await bench.hop("1*1")
    assert first == second == third
    assert len((await bench.database.citizens.record(MPHO, _entry(bench))).consents) == 1


@pytest.mark.parametrize("word", ["STOP", "stop please", "Tlohela."])
async def test_a_text_takes_it_back_and_the_next_dial_asks_again(bench: Bench, word: str) -> None:
    await bench.dial("1", "1")
    bench.time.pass_(1)
    assert await text(bench, word, "m1") == WITHDRAWN
    assert (await bench.dial("1", session="s2")).text == QUESTION
    acts = [one.act for one in (await bench.database.citizens.record(MPHO, _entry(bench))).consents]
    assert acts == ["agreed", "withdrawn"]


async def test_who_takes_back_is_forgotten_where_it_ended_and_served_where_it_did_not(bench: Bench) -> None:
    ledger = bench.database.ledger
    await bench.dial(*APPLY)
    await bench.work()
    await bench.dial("1", *ANSWERS, session="s2")
    ended, under_way = [await ledger.request(id) for id in await bench.database.audit.filed("")]
    assert ended and under_way
    if ended.status == "received":
        ended, under_way = under_way, ended
    await ledger.advance(ended, Change(Status.DONE, 1, ended.results, bench.time()), [])
    await text(bench, "STOP", "m1")
    gone, kept = await ledger.request(ended.id), await ledger.request(under_way.id)
    assert gone and kept
    assert (gone.msisdn, gone.answers) == ("", {})
    assert kept.answers == under_way.answers and kept.msisdn == MPHO


async def test_a_text_of_somebody_who_never_agreed_gets_the_same_answer(bench: Bench) -> None:
    assert await text(bench, "STOP", "m1", LERATO) == WITHDRAWN
    assert [line.act for line in await bench.database.audit.page(0)] == []


async def test_a_dialogue_that_fell_is_not_offered_when_its_ground_was_taken_away(bench: Bench) -> None:
    await bench.dial(*APPLY[:4])
    bench.time.pass_(1)
    await text(bench, "STOP", "m1")
    assert (await bench.hop("", "s2")).text.startswith("Rea u amohela!")


async def test_while_the_ledger_is_away_nobody_can_agree(bench: Bench) -> None:
    await bench.dial("1")
    await bench.database.close()
    page = await bench.hop("1*1")
    assert (page.text.startswith("Tšebeletso".replace("š", "s'")), page.final) == (True, True)


def _entry(bench: Bench) -> AuditEntry:
    return AuditEntry(bench.time(), "operator:palesa", "export-citizen", "", "test")
