"""`open.<service>` in menus: what was within reach at the dial stays so to the end, whoever walks it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sessions.memory_store import MemorySessionStore
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio

METER = "Reka motlakase. Kenya nomoro ea mitara"
AWAY = "Motlakase ha o rekoe hona joale."
INFORMANT = "U mang ho ngoana?"
CHECKED_LATER = f"ID e tla hlahlojoa hamorao.\n{INFORMANT}"
BIRTH = ("1", "2", "5/3/2026", "1")
MOTHER = "012345678901"


class Reach:
    """Which offices are away, in every edition that the bench uses."""

    def __init__(self, bench: Bench) -> None:
        self.away: frozenset[str] = frozenset()
        bench.editions.current = replace(bench.editions.current, away=lambda: self.away)
        bench.editions._held[bench.editions.current.version] = bench.editions.current


@pytest.fixture
def reach(bench: Bench) -> Reach:
    return Reach(bench)


async def lose(bench: Bench, *, with_the_process: bool = True) -> None:
    """The session server forgets all; another process, which knows only the database, goes on."""
    await bench.openings.write()
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)
    if with_the_process:
        bench.forget_openings()


async def test_an_option_leads_elsewhere_while_its_office_is_away_and_keeps_its_number(
    bench: Bench, reach: Reach
) -> None:
    page = await bench.hop("")
    reach.away = frozenset({"electricity"})
    assert (await bench.hop("", "s2")).text == page.text, "no number moves"
    assert (await bench.hop("3", "s2")).text.startswith(AWAY)
    assert not [asked for asked in bench.desk.asked if asked[0] == "meter"]


async def test_a_service_of_two_offices_is_open_while_both_are(bench: Bench, reach: Reach) -> None:
    reach.away = frozenset({"wallet"})
    assert (await bench.dial("3")).text.startswith(AWAY)
    reach.away = frozenset({"civil-registry"})
    assert (await bench.dial("3", session="s2", msisdn="+26662123456")).text.startswith(METER)


async def test_what_was_open_at_the_dial_may_be_chosen_afterwards(bench: Bench, reach: Reach) -> None:
    await bench.hop("")
    reach.away = frozenset({"electricity"})
    assert (await bench.hop("3")).text.startswith(METER)
    await bench.hop("3*0")
    assert (await bench.hop("3*0*3")).text.startswith(METER), "also after going home"


@pytest.mark.parametrize("with_the_process", [True, False])
async def test_a_lost_session_is_walked_again_as_it_was_though_the_office_went_away(
    bench: Bench, reach: Reach, with_the_process: bool
) -> None:
    await bench.dial("3", "01234567897")
    reach.away = frozenset({"electricity"})
    await lose(bench, with_the_process=with_the_process)
    page = await bench.hop("3*01234567897*50")
    assert "Motlakase M50.00" in page.text and "01234567897" in page.text


@pytest.mark.parametrize("with_the_process", [True, False])
async def test_a_lost_session_is_walked_again_as_it_was_though_the_office_came_back(
    bench: Bench, reach: Reach, with_the_process: bool
) -> None:
    reach.away = frozenset({"electricity"})
    assert (await bench.dial("3")).text.startswith(AWAY)
    reach.away = frozenset()
    await lose(bench, with_the_process=with_the_process)
    assert (await bench.hop("3*1")).text.startswith("Rea u amohela!"), "1 goes on from the page, and is no meter"


async def test_a_dialogue_is_walked_as_it_was_while_the_session_server_is_away(bench: Bench, reach: Reach) -> None:
    reach.away = frozenset({"civil-registry"})
    await bench.dial(*BIRTH)
    reach.away = frozenset()
    await lose(bench)
    assert (await bench.hop("*".join((*BIRTH, MOTHER)))).text.startswith(CHECKED_LATER)
    assert not [asked for asked in bench.desk.asked if asked[0] == "person"]


async def test_who_comes_back_to_a_dialogue_that_fell_finds_the_offices_as_they_are_now(
    bench: Bench, reach: Reach
) -> None:
    reach.away = frozenset({"civil-registry"})
    await bench.dial(*BIRTH)
    reach.away = frozenset()
    await bench.hop("", "s2")
    reach.away = frozenset({"civil-registry"})
    await bench.hop("1", "s2")
    await lose(bench)
    page = await bench.hop(f"1*{MOTHER}", "s2")
    assert page.text.startswith(INFORMANT), "as they were when it was offered, whatever happened since"


async def test_nothing_of_it_is_kept_where_no_condition_asks(bench: Bench, reach: Reach) -> None:
    reach.away = frozenset({"electricity"})
    assert bench.editions.current.closed() == ("electricity",), "the meter is its as well, and no menu asks for that"
    reach.away = frozenset({"electricity", "civil-registry"})
    assert bench.editions.current.closed() == ("electricity", "person")
