"""What agents say with their own name, on both databases and at the sandbox's offices: vouchers, proofs of life."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app import limits
from app.agency import AgentNumber
from app.audit import AuditEntry
from app.lookout import span_of, weeks_at
from app.messages import Status
from integrations.sandbox.farm_inputs import phone_of as farmer_of
from integrations.sandbox.pensions import phone_of as pensioner_of
from tests.integrations.country import Country, served_country
from tests.work.agent import LERATO, PALESA, THABO, enrol, event, invite, suspend, text
from tests.work.agent_menu import BARRED, END, ENOUGH, PENSIONER, VOUCHER, Till, attested, shipped, texts_to
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio
FARMER, PENSIONERS_PHONE = farmer_of(VOUCHER), pensioner_of(PENSIONER)
WRONG_END = "linomoro tsa ID li fosahetse"
TRIED = "Ho lekiloe hangata haholo kajeno."


@pytest.fixture
async def country() -> AsyncIterator[Country]:
    async with served_country(shipped()) as country:
        yield country


@pytest.fixture
async def bench(country: Country, tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with open_bench(shipped(), tmp_path, url) as bench:
        offices = bench.editions.current.offices
        assert isinstance(offices, dict)
        offices |= {name: country.office(name) for name in ("farm-inputs", "pensions")}
        await enrol(bench, THABO, float_minor=0)
        bench.mast.sent.clear()
        yield bench


async def redeem(bench: Bench, words: str, number: str = THABO, id: str = "") -> list[str]:
    """What an agent was texted upon REDEEM, in order; the office's answer is the last."""
    before = len(texts_to(bench, number))
    await text(bench, number, f"REDEEM {words}", id)
    await bench.work()
    return texts_to(bench, number)[before:]


async def redeemed(country: Country) -> list[dict[str, str]]:
    return await country.rows("/farm-inputs/redemptions")


async def proven(country: Country) -> list[dict[str, str]]:
    return await country.rows("/pensions/proofs")


async def test_a_voucher_by_text_is_told_to_agent_and_farmer_apart(bench: Bench, country: Country) -> None:
    asked, done = await redeem(bench, f"{VOUCHER} {END}")
    assert asked.startswith("Voucher ea temo: ofisi e botsitsoe.")
    assert done.startswith(f"Voucher {VOUCHER} e lokolotsoe: 50 kg fertiliser 2:3:2.")
    (farmer,) = texts_to(bench, FARMER)
    assert f"voucher ea hao {VOUCHER} e lokolotsoe" in farmer and "moemeli 014" in farmer
    (row,) = await redeemed(country)
    assert (row["voucher"], row["agent"], row["point"]) == (VOUCHER, "014", "001")
    (request,) = await attested(bench)
    assert request.status is Status.DONE
    (line,) = [one for one in await bench.database.audit.page(0) if one.act == "file"]
    assert line.actor == "agent:014"
    assert {"attests": "redeem", "point": "001", "channel": "sms"}.items() <= line.details.items()


async def test_a_voucher_from_the_menu_and_its_page_that_comes_again(bench: Bench, country: Country) -> None:
    till = Till(bench)
    await till.dial()
    first = await till.type("5", "2", "maiz-1234", END, "1")
    pages = await asyncio.gather(*(till.again() for _ in range(10)))
    await bench.work()
    assert first.final and first.text.startswith("Ref: ") and {page.text for page in pages} == {first.text}
    assert len(await redeemed(country)) == 1 and len(await attested(bench)) == 1
    assert len(texts_to(bench)) == len(texts_to(bench, FARMER)) == 1


async def test_the_farmer_is_texted_in_the_language_of_their_own_number(bench: Bench) -> None:
    await bench.database.ledger.remember_language(FARMER, "en", bench.time())
    await redeem(bench, f"{VOUCHER} {END}")
    assert texts_to(bench, FARMER)[0].startswith(f"Mohala: your voucher {VOUCHER} was redeemed")


async def test_attack_one_text_delivered_fifty_times(bench: Bench, country: Country) -> None:
    sent = event(THABO, f"REDEEM {VOUCHER} {END}", "ATX-same")
    await asyncio.gather(*(bench.texts.take_in(sent) for _ in range(50)))
    await bench.work()
    assert len(await redeemed(country)) == 1 and len(texts_to(bench)) == 2


async def test_attack_the_same_voucher_in_fifty_texts(bench: Bench, country: Country) -> None:
    told = [(await redeem(bench, f"{VOUCHER} {END}"))[-1] for _ in range(50)]
    assert "e lokolotsoe:" in told[0]
    assert all("e se e lokolotsoe pele" in one for one in told[1 : limits.voucher_tries_a_day_max])
    assert all(one.startswith(TRIED) for one in told[limits.voucher_tries_a_day_max :])
    assert len(await redeemed(country)) == 1 and len(texts_to(bench, FARMER)) == 1


async def test_attack_the_same_voucher_by_two_agents_at_once(bench: Bench, country: Country) -> None:
    await enrol(bench, PALESA, float_minor=0)
    bench.mast.sent.clear()
    for number in (THABO, PALESA):
        await bench.texts.take_in(event(number, f"REDEEM {VOUCHER} {END}"))
    await bench.work()
    told = [texts_to(bench, number)[-1] for number in (THABO, PALESA)]
    assert sum("e lokolotsoe:" in one for one in told) == 1
    assert sum("e se e lokolotsoe pele" in one for one in told) == 1
    assert len(await redeemed(country)) == 1


async def test_attack_a_voucher_is_guessed_by_one_and_then_by_another(bench: Bench, country: Country) -> None:
    await enrol(bench, PALESA, float_minor=0)
    for end in ("0000", "0001"):
        assert WRONG_END in (await redeem(bench, f"{VOUCHER} {end}"))[-1]
    assert WRONG_END in (await redeem(bench, f"{VOUCHER} 0002", PALESA))[-1]
    for number in (THABO, PALESA):
        assert (await redeem(bench, f"{VOUCHER} {END}", number))[-1].startswith(TRIED), "also the right end"
    till = Till(bench)
    await till.dial()
    assert (await till.type("5", "2", VOUCHER, END, "1")).text.startswith(ENOUGH)
    assert await redeemed(country) == []
    bench.time.pass_(limits.code_day_seconds)
    country.now += timedelta(days=1)
    assert "e lokolotsoe:" in (await redeem(bench, f"{VOUCHER} {END}"))[-1]


async def test_attack_a_worker_that_dies_at_each_guess_gives_none_back(
    bench: Bench, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as dying:
        dying.setattr(bench.agents._attesting._requests.filings, "file_for", dies)
        for _ in range(limits.voucher_tries_a_day_max):
            await redeem(bench, f"{VOUCHER} 0000")
    assert (await redeem(bench, f"{VOUCHER} {END}"))[-1].startswith(TRIED)
    assert await redeemed(country) == []


@pytest.mark.parametrize(
    ("voucher", "reason"),
    [("00AB1234", "voucher ha e fumanehe"), ("EXAB1234", "nako ea eona e felile"), ("USAB1234", "e lokolotsoe pele")],
)
async def test_attack_what_is_no_open_voucher(bench: Bench, country: Country, voucher: str, reason: str) -> None:
    told = (await redeem(bench, f"{voucher} {END}"))[-1]
    assert reason in told and "Se ke oa fana ka letho" in told and await redeemed(country) == []


async def test_an_answer_that_is_cut_off_is_looked_for_and_redeems_once(bench: Bench, country: Country) -> None:
    await country.turn("farm-inputs", after="cut")
    await redeem(bench, f"{VOUCHER} {END}")
    assert len(await redeemed(country)) == 1
    await country.turn("farm-inputs", after="answer")
    bench.time.pass_(60)
    await bench.work()
    assert "e lokolotsoe:" in texts_to(bench)[-1] and len(await redeemed(country)) == 1
    assert len(texts_to(bench, FARMER)) == 1


async def test_attack_a_stranger_a_new_number_and_a_suspended_agent(bench: Bench, country: Country) -> None:
    await invite(bench, PALESA)
    await text(bench, PALESA, "ACTIVATE 12345678")
    for number in (LERATO, PALESA):
        await redeem(bench, f"{VOUCHER} {END}", number)
    till = Till(bench)
    await till.dial()
    await till.type("5", "2", VOUCHER, END)
    await suspend(bench, "014")
    assert BARRED in (await till.type("1")).text
    await redeem(bench, f"{VOUCHER} {END}")
    assert await redeemed(country) == [] and await attested(bench) == [] == await attested(bench, PALESA)


async def test_attack_suspended_in_the_moment_of_the_filing(
    bench: Bench, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction that files looks by itself."""
    file_by = bench.database.ledger.file_by

    async def first_suspend(*given: object) -> object:
        await suspend(bench, "014")
        return await file_by(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.database.ledger, "file_by", first_suspend)
    told = await redeem(bench, f"{VOUCHER} {END}")
    assert told[-1].startswith("Moemeli 014 o emisitsoe.")
    assert await attested(bench) == [] and await redeemed(country) == []


async def test_a_proof_of_life_is_told_to_the_pensioner_with_who_said_so(bench: Bench, country: Country) -> None:
    await text(bench, THABO, f"PROOF {PENSIONER}")
    await bench.work()
    assert texts_to(bench)[-1].startswith("Bopaki ba bophelo ba 2026 bo amohetsoe.")
    (told,) = texts_to(bench, PENSIONERS_PHONE)
    assert "moemeli 014" in told and "*384*26600*5*4#" in told and PENSIONER not in told
    (row,) = await proven(country)
    assert (row["pensioner"], row["agent"]) == (PENSIONER, "014")


async def test_attack_a_proof_is_given_again(bench: Bench, country: Country) -> None:
    told = []
    for _ in range(5):
        await text(bench, THABO, f"PROOF {PENSIONER}")
        await bench.work()
        told.append(texts_to(bench)[-1])
    assert "bo amohetsoe" in told[0] and all("bo se bo le teng" in one for one in told[1:3])
    assert all(one.startswith(TRIED) for one in told[3:])
    assert len(await proven(country)) == len(texts_to(bench, PENSIONERS_PHONE)) == 1


async def test_attack_a_list_of_pensioners_is_typed(bench: Bench, country: Country) -> None:
    """The day's bound holds, and before it the lookout has enough to call a person."""
    for one in range(limits.proofs_a_day_max + 5):
        await bench.texts.take_in(event(THABO, f"PROOF {12_345_678_000 + 10 * one + 1:012}"))
        await bench.work(3)
    await bench.work()
    assert len(await proven(country)) == limits.proofs_a_day_max
    agent = await bench.database.agents.agent("014")
    assert agent is not None
    zone = shipped().program.timezone
    week = span_of(weeks_at(bench.time(), zone)[-1], zone)
    assert len(await bench.database.watch.attested(agent, *week)) == limits.proofs_a_day_max


async def test_a_pensioner_without_a_phone_is_texted_nothing(bench: Bench, country: Country) -> None:
    await text(bench, THABO, f"PROOF {PENSIONER[:-1]}0")
    await bench.work()
    assert "bo amohetsoe" in texts_to(bench)[-1] and len(await proven(country)) == 1
    assert {sms.msisdn for sms in bench.mast.sent} == {THABO}


async def test_attack_the_office_has_the_agents_own_number(bench: Bench) -> None:
    """The proof is noted, for the office says who has a pension; a person looks."""
    own = AgentNumber("number-own", "014", PENSIONERS_PHONE, bench.time() + timedelta(hours=72))
    entry = AuditEntry(bench.time(), "clerk:lineo", "add-number", "014")
    assert await bench.database.agents.invite(own, "87654321", entry)
    await text(bench, THABO, f"PROOF {PENSIONER}")
    await bench.work()
    (task,) = [one for one in await bench.database.shelf.page() if one.kind == "look"]
    assert task.reason.startswith("agent 014 attested somebody whose number there is the agent's own")
