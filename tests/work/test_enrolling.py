"""Agents as clerks handle them: enrolled by one, moneyed and bounded by two, each act with a name in the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import bookkeeping, enrolling, proposing
from app.agency import AgentState, Caps, ProposalKind
from app.agent_statement import SHEET, statement, write_statement
from app.agents_commands import list_agents, show
from app.citizens import erase, export
from app.desking import new_token
from app.errors import DeskRefused
from app.pack import Pack
from app.reference import show_reference
from app.settings import Settings
from app.tasks import Clerk
from tests.made_once import compiled
from tests.work.agent import PALESA, THABO, sources
from tests.work.conftest import Bench, open_bench
from tests.work.test_editions import publish

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def pack() -> Pack:
    return compiled(sources())


@pytest.fixture
async def bench(pack: Pack, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(pack, tmp_path) as bench:
        await publish(bench, sources())
        yield bench


def tokens(settings: Settings) -> tuple[str, str, str]:
    """Lineo and Thabo of all offices, Palesa of one."""
    clerks = Clerk("lineo", ""), Clerk("thabo", ""), Clerk("palesa", "land")
    lineo, thabo, palesa = (new_token(settings, clerk, "op") for clerk in clerks)
    return lineo, thabo, palesa


async def acts(bench: Bench) -> list[tuple[str, str]]:
    return [(line.actor, line.act) for line in await bench.database.audit.of("014")]


async def test_an_agent_is_enrolled_suspended_resumed_and_closed_by_named_clerks(
    bench: Bench, settings: Settings
) -> None:
    def by_clerks() -> list[AgentState]:
        lineo, thabo, _ = tokens(settings)
        enrolling.add(settings, lineo, "014", "001", THABO, "contract 14")
        moves = (enrolling.suspend, enrolling.resume, enrolling.close)
        return [move(settings, thabo, "014", "why").state for move in moves]

    assert await asyncio.to_thread(by_clerks) == [AgentState.SUSPENDED, AgentState.INVITED, AgentState.CLOSED]
    assert await bench.database.agents.enrolled(THABO) is None
    assert await acts(bench) == [
        ("clerk:lineo", "add-agent"), ("clerk:thabo", "suspend-agent"), ("clerk:thabo", "resume-agent"),
        ("clerk:thabo", "close-agent"),
    ]  # fmt: skip


async def test_a_stranger_or_a_clerk_of_one_office_enrols_nobody(settings: Settings) -> None:
    def by_others() -> None:
        lineo, _, palesa = tokens(settings)
        with pytest.raises(DeskRefused, match="no clerk's token"):
            enrolling.add(settings, "guess", "014", "001", THABO, "")
        with pytest.raises(DeskRefused, match="clerk of all offices"):
            enrolling.add(settings, palesa, "014", "001", THABO, "")
        with pytest.raises(DeskRefused, match="2 to 6 capitals"):
            enrolling.add(settings, lineo, "agent 14", "001", THABO, "")
        with pytest.raises(DeskRefused, match="no phone number"):
            enrolling.add(settings, lineo, "014", "001", "59000014", "")
        enrolling.add(settings, lineo, "014", "001", THABO, "")
        with pytest.raises(DeskRefused, match="already"):
            enrolling.add(settings, lineo, "015", "001", THABO, "")
        with pytest.raises(DeskRefused, match="no agent 999"):
            enrolling.suspend(settings, lineo, "999", "")

    await asyncio.to_thread(by_others)


async def test_an_agent_hears_from_us_that_money_moved(bench: Bench, settings: Settings) -> None:
    def by_two() -> tuple[str, str, str]:
        lineo, thabo, _ = tokens(settings)
        activation = enrolling.add(settings, lineo, "014", "001", THABO, "contract 14")
        unheard = proposing.propose(settings, lineo, "014", ProposalKind.TOP_UP, "1", "slip 6")
        proposing.decide(settings, thabo, unheard.id, "seen", approved=True)
        return lineo, thabo, activation

    lineo, thabo, activation = await asyncio.to_thread(by_two)
    found, now = await bench.database.agents.enrolled(THABO), datetime.now(UTC)
    assert found is not None
    assert await bench.database.agents.activate(found.number, activation, now, now)

    def by_two_more() -> tuple[str, str]:
        topped = proposing.propose(settings, lineo, "014", ProposalKind.TOP_UP, "500.50", "slip 7", reference="FT88")
        paid = proposing.propose(settings, lineo, "014", ProposalKind.PAY_OUT, "100", "wants it")
        refused = proposing.propose(settings, lineo, "014", ProposalKind.PAY_OUT, "7", "twice")
        for asked, approved in ((topped, True), (paid, True), (refused, False)):
            proposing.decide(settings, thabo, asked.id, "seen", approved=approved)
        return show_reference(topped.id), show_reference(paid.id)

    topped, paid = await asyncio.to_thread(by_two_more)
    jobs = await bench.database.outbox.claim("w", datetime.now(UTC) + timedelta(hours=1), 60, 20)
    texts = {one.job.payload["text"] for one in jobs if one.job.id.startswith("agent-money:")}
    assert texts == {
        f"M500.50 e kentsoe balanseng (ref {topped}). Balanse M501.50.",
        f"U lefiloe M100.00 ka banka (ref {paid}). Balanse M401.50. Khomishene M0.00.",
    }


async def test_whoever_lists_agents_sees_of_which_the_point_is_not_in_the_sheet_any_more(
    bench: Bench, settings: Settings, monkeypatch, capsys
) -> None:
    def enrolled() -> None:
        lineo, _, _ = tokens(settings)
        enrolling.add(settings, lineo, "014", "001", THABO, "contract 14")
        enrolling.add(settings, lineo, "015", "002", PALESA, "contract 15")

    def shown() -> list[bool]:
        with monkeypatch.context() as told:
            told.setattr(Settings, "load", lambda: settings)
            list_agents(None)
            show("014")
        return ["not in the sheet" in line for line in capsys.readouterr().out.splitlines() if " at 00" in line]

    await asyncio.to_thread(enrolled)
    assert await asyncio.to_thread(shown) == [False, False, False]
    lines = sources()["points.csv"].splitlines(keepends=True)
    await publish(bench, {**sources(), "points.csv": "".join(one for one in lines if not one.startswith("001,"))})
    assert await asyncio.to_thread(shown) == [True, False, True]


async def test_one_transfer_of_the_banks_is_asked_for_once_unless_it_was_refused(settings: Settings) -> None:
    def by_two() -> None:
        lineo, thabo, _ = tokens(settings)
        enrolling.add(settings, lineo, "014", "001", THABO, "contract 14")
        first = proposing.propose(settings, lineo, "014", ProposalKind.TOP_UP, "500", "slip 7", reference="FT88")
        with pytest.raises(DeskRefused, match="one transfer is booked once"):
            proposing.propose(settings, thabo, "014", ProposalKind.TOP_UP, "500", "slip 7", reference="FT88")
        proposing.decide(settings, thabo, first.id, "of 015", approved=False)
        again = proposing.propose(settings, thabo, "014", ProposalKind.TOP_UP, "50", "slip 7", reference="FT88")
        assert proposing.waiting(settings) == [again]
        with pytest.raises(DeskRefused, match="no id as banks write them"):
            proposing.propose(settings, lineo, "014", ProposalKind.TOP_UP, "5", "", reference="my slip!")

    await asyncio.to_thread(by_two)


async def test_money_and_bounds_take_two_clerks(bench: Bench, settings: Settings) -> None:
    def by_two() -> None:
        lineo, thabo, _ = tokens(settings)
        enrolling.add(settings, lineo, "014", "001", THABO, "contract 14")
        asked = proposing.propose(settings, lineo, "014", ProposalKind.TOP_UP, "500.50", "slip 7")
        assert proposing.waiting(settings) == [asked]
        with pytest.raises(DeskRefused, match="another clerk"):
            proposing.decide(settings, lineo, asked.id, "", approved=True)
        assert enrolling.look(settings, "014", "op").holdings.float_minor == 0
        proposing.decide(settings, thabo, asked.id, "seen", approved=True)
        with pytest.raises(DeskRefused, match="decided before"):
            proposing.decide(settings, thabo, asked.id, "", approved=True)
        with pytest.raises(DeskRefused, match="do not stand at nothing"):
            enrolling.close(settings, lineo, "014", "")
        caps = proposing.propose(settings, thabo, "014", ProposalKind.CAPS, "100", "small", 3)
        proposing.decide(settings, lineo, caps.id, "", approved=True)
        too_much = proposing.propose(settings, thabo, "014", ProposalKind.PAY_OUT, "500.51", "")
        with pytest.raises(DeskRefused, match="do not owe the agent so much"):
            proposing.decide(settings, lineo, too_much.id, "", approved=True)
        proposing.decide(settings, thabo, too_much.id, "own slip", approved=False)
        sight = enrolling.look(settings, "014", "op")
        assert (sight.holdings.float_minor, sight.agent.caps) == (500_50, Caps(3, 100_00))
        assert bookkeeping.check(settings.database).faults == []
        with pytest.raises(DeskRefused, match="no amount"):
            proposing.propose(settings, lineo, "014", ProposalKind.TOP_UP, "-5", "")

    await asyncio.to_thread(by_two)
    told = await acts(bench)
    assert [act for _, act in told if act != "show-agent"] == [
        "add-agent", "propose", "approve", "propose", "approve", "propose", "refuse"
    ]  # fmt: skip
    assert told[1][0] != told[2][0]


async def test_a_number_is_added_with_a_code_of_its_own_and_removed_at_once(bench: Bench, settings: Settings) -> None:
    other = "+26659000114"

    def by_a_clerk() -> tuple[str, str]:
        lineo, _, _ = tokens(settings)
        enrolling.add(settings, lineo, "014", "001", THABO, "contract 14")
        codes = [enrolling.add_number(settings, lineo, "014", other, "lost the first code") for _ in range(2)]
        enrolling.add(settings, lineo, "015", "001", "+26662000015", "contract 15")
        with pytest.raises(DeskRefused, match="agent's already"):
            enrolling.add_number(settings, lineo, "015", other, "")
        return codes[0], codes[1]

    old, new = await asyncio.to_thread(by_a_clerk)
    enrolled = await bench.database.agents.enrolled(other)
    assert enrolled is not None and old != new
    for code, works in ((old, False), (new, True)):
        assert await bench.database.agents.activate(enrolled.number, code, bench.time(), bench.time()) is works
    lineo = await asyncio.to_thread(new_token, settings, Clerk("lineo", ""), "op")
    await asyncio.to_thread(enrolling.remove_number, settings, lineo, "014", other, "left")
    assert await bench.database.agents.enrolled(other) is None


async def test_a_months_statement_is_a_sheet(settings: Settings, tmp_path: Path) -> None:
    def write() -> str:
        lineo, _, _ = tokens(settings)
        enrolling.add(settings, lineo, "014", "001", THABO, "contract 14")
        told = statement(settings, "014", "2026-11")
        write_statement(told, tmp_path / "s.csv")
        with pytest.raises(DeskRefused, match="no month"):
            statement(settings, "014", "november")
        return (tmp_path / "s.csv").read_text("utf-8")

    rows = (await asyncio.to_thread(write)).splitlines()
    nothing = ["014,2026-11,,opening,,,0,0,LSL", "014,2026-11,,closing,,,0,0,LSL"]
    assert rows == [",".join(SHEET), *nothing]


async def test_whoever_asks_what_is_kept_of_them_is_told_that_they_are_an_agent(
    bench: Bench, settings: Settings
) -> None:
    def ask() -> tuple[str, str, str]:
        lineo, _, _ = tokens(settings)
        enrolling.add(settings, lineo, "014", "001", THABO, "contract 14")
        erase(settings, THABO, "op", "asked")
        still = export(settings, THABO, "op", "asked")
        enrolling.remove_number(settings, lineo, "014", THABO, "left")
        removed = export(settings, THABO, "op", "asked")
        erase(settings, THABO, "op", "asked")
        return still, removed, export(settings, THABO, "op", "asked")

    still, removed, gone = await asyncio.to_thread(ask)
    assert '"agent": "014"' in still and '"removed_at": null' in still
    assert '"agent": "014"' in removed and '"agents": []' in gone
