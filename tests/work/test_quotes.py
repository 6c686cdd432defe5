"""What a citizen is shown before they confirm is what the bill is then over, for typed amounts and for a fee."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from app.ports import Window
from tests.made_once import compiled
from tests.work import agent, typed
from tests.work.agent import MPHO
from tests.work.conftest import Bench, open_bench

pytestmark = pytest.mark.anyio
QUOTE = "  search-quote: {title: Tefo, kind: quote, of: plot-search}\n"
SUM = """  sum:
    call: search-quote
    results: {fee: fee, charge: charge, total: total}
    answered: sure
"""
Open = Callable[[dict[str, str]], AbstractAsyncContextManager[Bench]]


def quoting(found: dict[str, str], ask: str, takes: str) -> dict[str, str]:
    """The pack, in which `sure` shows what is quoted; `ask` is the last page before it."""
    program, services = found["land.yaml"], found["services.yaml"]
    for old, new in (
        (ask, ask.replace("to: sure", "to: sum")),
        ('confirm: "Patlo ea setsha {plot}"', 'confirm: "{fee} + {charge} = {total}"'),
        ("  file:\n", f"{SUM.replace('search-quote', 'search-quote' + takes)}  file:\n"),
    ):
        assert program.count(old) == 1, old
        program = program.replace(old, new)
    return {
        **found,
        "land.yaml": program,
        "services.yaml": services.replace("  plot-search:\n", f"{QUOTE}  plot-search:\n"),
    }


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opening(sources: dict[str, str]) -> AsyncIterator[Bench]:
        async with open_bench(compiled(sources), tmp_path) as bench:
            yield bench

    return opening


async def billed(bench: Bench) -> tuple[int, int, int]:
    bills, _ = await bench.database.bills.of_number(MPHO, Window(1), bench.time())
    price = bills[0].price
    return price.fee_minor, price.charge_minor, price.total_minor


@pytest.mark.parametrize(
    ("amount", "page"),
    [
        ("10", "M10.00 + M2.50 = M12.50"),
        ("250.75", "M250.75 + M2.50 = M253.25"),
        ("5000", "M5,000.00 + M2.50 = M5,002.50"),
    ],
)
async def test_what_is_typed_is_shown_with_its_charge_and_their_sum_and_billed_so(
    opened: Open, amount: str, page: str
) -> None:
    sources = quoting(typed.sources(), typed.ASK, "\n    with: {paying: paying}")
    async with opened(sources) as bench:
        shown = (await bench.dial("7", "1234-567", amount)).text
        assert shown.splitlines()[0] == page
        assert (await bench.database.bills.of_number(MPHO, Window(1), bench.time()))[1] == 0, "a quote writes nothing"
        await bench.dial("7", "1234-567", amount, "1")
        said = tuple(f"M{minor // 100:,}.{minor % 100:02}" for minor in await billed(bench))
        assert page == f"{said[0]} + {said[1]} = {said[2]}"


async def test_a_fee_is_quoted_without_anything_typed(opened: Open) -> None:
    async with opened(quoting(agent.sources(), "    longest: 20\n    to: sure\n", "")) as bench:
        assert (await bench.dial("7", "1234-567")).text.startswith("M30.00 + M2.50 = M32.50\n")
        await bench.dial("7", "1234-567", "1")
        await bench.work()
        assert await billed(bench) == (30_00, 2_50, 32_50)


async def test_a_quote_is_told_while_every_office_is_away(opened: Open) -> None:
    async with opened(quoting(agent.sources(), "    longest: 20\n    to: sure\n", "")) as bench:
        bench.desk.answers.clear()
        assert (await bench.dial("7", "1234-567")).text.startswith("M30.00 + M2.50 = M32.50\n")


async def test_the_longest_that_a_quote_shows_is_known_to_the_compiler() -> None:
    pack = compiled(quoting(typed.sources(), typed.ASK, "\n    with: {paying: paying}"))
    gives = pack.catalogue.services["search-quote"].gives
    assert {name: one.longest for name, one in gives.items()} == {"fee": 9, "charge": 5, "total": 9}
    assert len("M5,002.50") == 9 and len("M2.50") == 5
