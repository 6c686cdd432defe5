"""Answers by SMS of what a pack tells everybody: an entry of a data file, and a service point."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app import limits
from app.compiler.pack import examine
from app.pack import Pack
from app.pack_files import read_sources
from tests.made_once import compiled
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[2]
CODE = "*384*26779#"
MPHO, LERATO = "+26650123456", "+26658765432"
DAY = 86_400
SERVICES = """
  bring: {title: Seo u tlang le sona, kind: lookup, from: bring.csv, by: [what], gives: [papers]}
  bring-sms:
    title: Seo u tlang le sona ka SMS
    kind: lookup
    from: bring.csv
    by: [what]
    gives: [papers, fee]
    types: {fee: amount}
    sms: {asked: "Mohala: tla le {papers}, {fee} ({as_of})"}
  point-sms:
    title: Setsi ka SMS
    kind: points
    find: point
    sms: {asked: "Mohala: {id} {name}. {prices}"}
"""
ENGLISH = """
  bring: {title: What to bring}
  bring-sms: {title: What to bring by SMS, sms: {asked: "Mohala: bring {papers}, {fee} ({as_of})"}}
  point-sms: {title: A point by SMS, sms: {asked: "Mohala: {id} {name}. {prices}"}}
"""
BRING = """\
# source: the office
# as_of: 2026-11-20
what,papers.st,papers.en,fee
pasa,ID,your ID,130
"""
PROGRAM = """start: which
screens:
  which: {ask: "Ntho efe?", into: what, type: text, shortest: 3, longest: 20, to: kind}
  kind:
    choose: "Joang?"
    options:
      1: {text: Leqephe, to: look}
      2: {text: SMS, to: text}
      3: {text: Setsi, to: point}
  look: {call: bring, with: {what: what}, results: {papers: papers}, answered: shown, refused: {unknown: none}}
  shown: {end: "{papers}"}
  text: {call: bring-sms, with: {what: what}, answered: sent, refused: {unknown: none, too_many: enough}}
  point: {call: point-sms, with: {id: what, service: {always: ""}}, answered: sent, refused: {too_many: enough}}
  sent: {end: E romeloa.}
  none: {end: Ha e eo.}
  enough: {end: Hosane.}
"""


def sources() -> dict[str, str]:
    """Path inside the pack -> text; what only English lacks of the program is shown in Sesotho."""
    found, _ = read_sources(ROOT / "tests/flat")
    return {
        **found,
        "bring.csv": BRING,
        "bring.yaml": PROGRAM,
        "entrances.yaml": found["entrances.yaml"].replace("ussd:\n", f'ussd:\n  "{CODE}": bring\n', 1),
        "services.yaml": found["services.yaml"].replace("\nservices:\n", f"\nservices:{SERVICES}", 1),
        "languages/en.yaml": found["languages/en.yaml"].replace("\nservices:\n", f"\nservices:{ENGLISH}", 1),
    }


@pytest.fixture(scope="module")
def telling() -> Pack:
    return compiled(sources())


@pytest.fixture
async def bench(telling: Pack, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(telling, tmp_path) as bench:
        yield bench


async def see(bench: Bench, *typed: str, session: str = "s1", msisdn: str = MPHO) -> str:
    return (await bench.dial(*typed, session=session, msisdn=msisdn, service_code=CODE)).text


def said(bench: Bench, number: str = MPHO) -> list[str]:
    return [sms.text for sms in bench.mast.sent if sms.msisdn == number]


def test_the_pack_of_these_tests_lacks_nothing_but_translations() -> None:
    assert {one.rule for one in examine(sources())[1]} == {"missing-translation"}


async def test_a_row_is_texted_to_whoever_asks_for_that(bench: Bench) -> None:
    assert await see(bench, "Pasa", "1") == "ID"
    await bench.work()
    assert said(bench) == []
    assert await see(bench, "Pasa", "2", session="s2") == "E romeloa."
    await bench.work()
    assert said(bench) == ["Mohala: tla le ID, M130.00 (20/11/2026)"]


async def test_it_is_texted_in_the_language_of_who_asks(bench: Bench) -> None:
    await bench.database.ledger.remember_language(MPHO, "en", bench.time())
    await see(bench, "pasa", "2")
    await bench.work()
    assert said(bench) == ["Mohala: bring your ID, M130.00 (20/11/2026)"]


async def test_a_point_is_texted_with_its_prices(bench: Bench) -> None:
    assert await see(bench, "001", "3") == "E romeloa."
    await bench.work()
    (text,) = said(bench)
    assert text.startswith("Mohala: 001 Naleli Example Post. ") and "M135.00" in text


@pytest.mark.parametrize(("what", "way", "told"), [("nothing", "2", "Ha e eo."), ("9999", "3", "E romeloa.")])
async def test_of_what_is_not_there_nothing_is_texted(bench: Bench, what: str, way: str, told: str) -> None:
    assert await see(bench, what, way) == told
    await bench.work()
    assert said(bench) == []


async def test_a_repeated_hop_texts_it_once_and_counts_it_once(bench: Bench) -> None:
    typed = "pasa*2"
    await see(bench, "pasa")
    replies = {(await bench.hop(typed, service_code=CODE)).text for _ in range(limits.answers_texted_a_day_max + 1)}
    await bench.work()
    assert replies == {"E romeloa."} and len(said(bench)) == 1
    assert await see(bench, "pasa", "2", session="s2") == "E romeloa."


async def test_a_number_is_texted_so_many_a_day_whatever_it_asks_and_no_other_number_pays(bench: Bench) -> None:
    most = limits.answers_texted_a_day_max
    for count in range(most):
        assert await see(bench, *(("pasa", "2") if count % 2 else ("001", "3")), session=f"s{count}") == "E romeloa."
    assert await see(bench, "pasa", "2", session="more") == "Hosane."
    assert await see(bench, "pasa", "2", session="theirs", msisdn=LERATO) == "E romeloa."
    await bench.work()
    assert (len(said(bench)), len(said(bench, LERATO))) == (most, 1)
    bench.time.pass_(DAY)
    assert await see(bench, "pasa", "2", session="tomorrow") == "E romeloa."


async def test_an_answer_by_sms_is_no_second_errand(bench: Bench) -> None:
    await see(bench, "pasa", "1")
    await see(bench, "pasa", "2", session="s2")
    counted = await bench.database.errands.counts(bench.time() - timedelta(days=1), bench.time() + timedelta(days=1))
    assert [(one.service, one.count) for one in counted] == [("bring", 1)]


def test_a_text_names_nothing_that_was_typed() -> None:
    asked = sources()
    asked["services.yaml"] = asked["services.yaml"].replace("tla le {papers}", "{what}: {papers}")
    told = [str(one) for one in examine(asked)[1] if one.rule == "unknown-name"]
    assert len(told) == 1 and "names `what`; known are as_of, fee, papers, source" in told[0]


def test_no_agent_has_it_texted_to_their_own_phone() -> None:
    asked = sources()
    asked["bring.yaml"] = asked["bring.yaml"].replace("start: which\n", "start: which\nassisted: Seo u tlang le sona\n")
    told = [str(one) for one in examine(asked)[1] if one.rule == "not-for-agents"]
    assert len(told) == 2 and "`bring-sms` texts whoever calls" in told[0]


def test_a_list_of_points_is_no_sms() -> None:
    asked = sources()
    asked["services.yaml"] = asked["services.yaml"].replace(
        "  points: {title: Litsi, kind: points, find: points}\n",
        "  points: {title: Litsi, kind: points, find: points, sms: {asked: Litsi}}\n",
    )
    told = [str(one) for one in examine(asked)[1] if one.rule == "unknown-key"]
    assert len(told) == 1 and "`find: points` gives a list; write `find: point`, or remove `sms`" in told[0]
