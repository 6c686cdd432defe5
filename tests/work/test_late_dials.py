"""A process that knows nothing of a dialogue, and a session server that lost all of it or its last hops."""

from __future__ import annotations

import copy

import pytest

from app.turn import session_key
from sessions.memory_store import MemorySessionStore
from sessions.recent import Recent
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio

BIRTH = ("1", "2", "5/3/2026", "6", "5")
POINTS = ("5", "1", "1")
"""A program that is not offered again after a fall."""


async def lose_everything(bench: Bench) -> None:
    await bench.openings.write()
    bench.forget_openings()
    bench.line.to = MemorySessionStore(bench.keyring, bench.time)


@pytest.mark.parametrize("typed", [BIRTH, POINTS], ids=["is resumed", "is not"])
async def test_the_late_copy_of_a_dial_does_not_take_its_dialogue_for_another_one(
    bench: Bench, typed: tuple[str, ...]
) -> None:
    first = await bench.hop("")
    before = await bench.dial(*typed[:-1])
    await lose_everything(bench)
    assert await bench.hop("") == first
    assert await bench.hop("*".join(typed[:-1])) == before
    as_ever = await bench.dial(*typed, session="another", msisdn="+26662123456")
    assert await bench.hop("*".join(typed)) == as_ever


async def test_nor_for_one_that_fell_elsewhere(bench: Bench) -> None:
    """Two dialogues of one number, of which the draft is the other one's."""
    await bench.dial(*BIRTH)
    await bench.hop("", "s2")
    assert (await bench.hop("2", "s2")).text.startswith("Rea u amohela")
    page = await bench.dial("1", "2", session="s3")
    await bench.dial("1", "2", "5/3/2026", session="s4")
    await lose_everything(bench)
    await bench.hop("", "s3")
    assert await bench.hop("1*2", "s3") == page


def another_process(bench: Bench) -> None:
    """It recalls nothing, and has seen no outage."""
    bench.line.to._recent = Recent()
    bench.forget_openings()


@pytest.mark.parametrize("lost", [1, 2])
async def test_hops_that_an_unseen_failover_took_are_not_read_as_one_input_with_the_next(
    bench: Bench, lost: int
) -> None:
    bench.line.to = store = MemorySessionStore(bench.keyring, bench.time)
    as_ever = await bench.dial(*BIRTH, session="another", msisdn="+26662123456")
    await bench.dial(*BIRTH[: 4 - lost])
    key = session_key(bench.keyring, bench.event(""))
    stale = copy.deepcopy(store._kept[key])
    for count in range(5 - lost, 5):
        await bench.hop("*".join(BIRTH[:count]))
    await bench.openings.write()
    store._kept[key] = stale
    another_process(bench)
    assert await bench.hop("*".join(BIRTH)) == as_ever
    assert (await bench.hop("*".join((*BIRTH, "012345678901")))).text.startswith("U mang ho ngoana?")


async def test_a_star_that_is_typed_is_data_all_the_same(bench: Bench) -> None:
    page = await bench.dial(*BIRTH[:2])
    await bench.openings.write()
    another_process(bench)
    typed = await bench.hop("*".join((*BIRTH[:2], "5*3*2026")))
    assert typed.text == f"Letsatsi le fosahetse. Leka hape.\n{page.text}"
