"""Whoever guesses the codes of agents, on both databases: counted before anything is looked at, and few."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from app import agent_codes, limits
from app.agency import OrderState
from app.agent_words import CODE_DIGITS
from app.audit import AuditEntry
from app.bill_code import new_bill_code, show_bill_code
from integrations.database.tables import check_counts
from tests.database.balanced import SEARCHED, balanced_bench
from tests.database.paying_agents import BLOCKED, HELP, PAID, WRONG, at_once, is_unpaid, pay
from tests.work.agent import ACTIVATION, LERATO, PALESA, THABO, billed, code_in, enrol, invite, sources, suspend, text
from tests.work.conftest import Bench

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bench(tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with balanced_bench(sources(), tmp_path, url, is_published=False) as bench:
        bench.desk.answers["search"] = SEARCHED
        yield bench


async def test_an_activation_code_is_guessed_a_few_times_only(bench: Bench) -> None:
    await invite(bench, THABO)
    for guess in range(limits.agent_guesses_window_max):
        await text(bench, THABO, f"ACTIVATE 0000000{guess}")
    assert await text(bench, THABO, f"ACTIVATE {ACTIVATION}") == ""
    bench.time.pass_(limits.code_window_seconds)
    assert (await text(bench, THABO, f"ACTIVATE {ACTIVATION}")).startswith("Nomoro ena")


async def test_attack_right_number_and_wrong_code(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    wrong = f"{(int(right) + 1) % 10_000:04}"
    for _ in range(limits.agent_guesses_order_max):
        assert (await text(bench, THABO, f"E {wrong}")).startswith(WRONG)
    assert (await text(bench, THABO, f"E {right}")).startswith(BLOCKED)
    assert await is_unpaid(bench, bill)


async def test_attack_guesses_at_once_get_no_more_tries_than_one_after_the_other(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = int(code_in(await text(bench, THABO, pay(bill))))
    guesses = [(THABO, f"E {(right + add) % 10_000:04}") for add in range(1, 13)]
    said = await at_once(bench, *guesses)
    assert sum(one.startswith(WRONG) for one in said) == limits.agent_guesses_order_max
    assert sum(one.startswith(BLOCKED) for one in said) == 12 - limits.agent_guesses_order_max
    assert await is_unpaid(bench, bill)


async def test_attack_midnight_gives_no_new_guesses_of_an_order(bench: Bench, thabo: str) -> None:
    bench.time.now = datetime(2026, 12, 25, 23, 58, tzinfo=UTC)
    bill = await billed(bench)
    right = int(code_in(await text(bench, THABO, pay(bill))))
    said = [await text(bench, THABO, f"E {(right + add) % 10_000:04}") for add in (1, 2, 3)]
    bench.time.now = datetime(2026, 12, 26, 0, 0, 1, tzinfo=UTC)
    said += [await text(bench, THABO, f"E {(right + add) % 10_000:04}") for add in (4, 0)]
    assert [one.startswith(WRONG) for one in said] == [True, True, True, False, False]
    assert said[-1].startswith(BLOCKED) and await is_unpaid(bench, bill)


async def test_attack_guesses_at_once_around_midnight_get_no_more_tries(bench: Bench, thabo: str) -> None:
    bench.time.now = datetime(2026, 12, 25, 23, 59, 58, tzinfo=UTC)
    bill = await billed(bench)
    right = int(code_in(await text(bench, THABO, pay(bill))))
    ticking = count()
    bench.texts._agents._money._clock = lambda: bench.time.now + timedelta(seconds=next(ticking) / 4)
    said = await at_once(bench, *((THABO, f"E {(right + add) % 10_000:04}") for add in range(1, 13)))
    assert sum(one.startswith(WRONG) for one in said) == limits.agent_guesses_order_max
    assert await is_unpaid(bench, bill)


async def test_a_right_code_at_midnight_is_given_back_to_the_day_it_was_counted_in(bench: Bench, thabo: str) -> None:
    bench.time.now = datetime(2026, 12, 25, 23, 59, 59, tzinfo=UTC)
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    bench.time.now = datetime(2026, 12, 25, 23, 59, 59, 999_999, tzinfo=UTC)
    clock = bench.texts._agents._money._clock
    ticking = count()
    bench.texts._agents._money._clock = lambda: clock() + timedelta(seconds=next(ticking))
    assert PAID in await text(bench, THABO, f"E {right}")
    rows = await bench.database.checks._store.read(lambda connection: connection.execute(select(check_counts)).all())
    assert [row.count for row in rows if row.what.startswith("agent-code/")] == [0] * 5


async def test_attack_new_orders_give_no_new_guesses(bench: Bench, thabo: str) -> None:
    """Each order has tries of its own, but the number has so many in a window, whatever it asks for."""
    bill = await billed(bench)
    tried = 0
    for _ in range(4):
        right = int(code_in(await text(bench, THABO, pay(bill))))
        for add in (1, 2):
            tried += (await text(bench, THABO, f"E {(right + add) % 10_000:04}")).startswith(WRONG)
        await text(bench, THABO, "CHE")
    assert tried == limits.agent_guesses_window_max


async def test_attack_a_worker_that_dies_at_each_guess_gives_none_back(bench: Bench, thabo: str, monkeypatch) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    with monkeypatch.context() as dying:
        dying.setattr(bench.agents._money.codes, "of", lambda order: 1 / 0)
        for _ in range(limits.agent_guesses_order_max):
            with pytest.raises(ZeroDivisionError):
                await at_once(bench, (THABO, "E 0000"))
    assert (await at_once(bench, (THABO, f"E {right}")))[0].startswith(BLOCKED)
    assert await is_unpaid(bench, bill)


async def test_attack_wrong_number_and_right_code(bench: Bench, thabo: str) -> None:
    await enrol(bench, PALESA)
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    assert (await text(bench, PALESA, f"E {right}")).startswith(WRONG)
    assert (await text(bench, LERATO, f"E {right}")).startswith(HELP)
    assert await is_unpaid(bench, bill)


async def test_attack_an_old_code(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    bench.time.pass_(limits.agent_order_seconds)
    assert (await text(bench, THABO, f"E {right}")).startswith(WRONG)
    assert await is_unpaid(bench, bill)
    again = code_in(await text(bench, THABO, pay(bill)))
    assert again != right and PAID in await text(bench, THABO, f"E {again}")


async def test_whoever_sends_a_wrong_code_after_the_right_one_hears_that_the_bill_is_paid(
    bench: Bench, thabo: str
) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    assert PAID in await text(bench, THABO, f"E {right}")
    wrong = f"{(int(right) + 1) % 10_000:04}"
    told = f"{show_bill_code(bill.code)} e se e lefiloe pele. Ha ho letho le lefiloeng hona joale."
    for _ in range(limits.agent_guesses_order_max):
        assert await text(bench, THABO, f"E {wrong}") == told
    assert PAID in await text(bench, THABO, f"E {wrong}")  # counted like any, and the house does not say "nothing"
    await text(bench, THABO, f"EMISA {show_bill_code(bill.code)}")
    bench.time.pass_(limits.code_window_seconds)
    assert "lefiloe pele" not in await text(bench, THABO, f"E {wrong}")


async def test_attack_a_code_of_another_bill_or_of_one_that_was_dropped(bench: Bench, thabo: str) -> None:
    first, second = await billed(bench), await billed(bench, "s2", LERATO)
    old = code_in(await text(bench, THABO, pay(first)))
    new = code_in(await text(bench, THABO, pay(second)))
    assert (await text(bench, THABO, f"E {old}")).startswith(WRONG)
    assert (await text(bench, THABO, "CHE")).startswith("Tefo e emisitsoe")
    assert (await text(bench, THABO, f"E {new}")).startswith(WRONG)
    assert await is_unpaid(bench, first) and await is_unpaid(bench, second)


async def test_attack_a_code_for_another_amount(bench: Bench, thabo: str) -> None:
    """What does not fit is refused and makes no order; a code is of the amount that its order says."""
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    said = await text(bench, THABO, pay(bill, "32"))
    assert said == f"{show_bill_code(bill.code)} ke M32.50, eseng M32.00. Ha ho letho le lefiloeng."
    (number,) = await bench.database.agents.numbers("014")
    order = await bench.database.agents.newest_order(number.id, bench.time())
    assert order is not None and order.state is OrderState.DROPPED
    assert (await text(bench, THABO, f"E {right}")).startswith(WRONG)
    assert await is_unpaid(bench, bill)


async def test_the_same_pay_twice_is_answered_with_the_same_code(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    assert await text(bench, THABO, pay(bill)) == await text(bench, THABO, pay(bill, "32,5"))


async def test_attack_guessing_codes_from_a_thousand_numbers(bench: Bench, thabo: str, monkeypatch) -> None:
    """Strangers try nothing, however many; agents' numbers together try so many in a window, and a person looks."""
    bill = await billed(bench)
    await text(bench, THABO, pay(bill))
    strangers = [(f"+2665700{number:04}", f"E {number * 10:04}") for number in range(1_000)]
    for first in range(0, len(strangers), 10):
        assert {one[: len(HELP)] for one in await at_once(bench, *strangers[first : first + 10])} == {HELP}
    assert await is_unpaid(bench, bill)
    monkeypatch.setattr(agent_codes, "ALL", replace(agent_codes.ALL, most=3))
    await enrol(bench, PALESA)
    other = await billed(bench, "s2", LERATO)
    codes = {number: int(code_in(await text(bench, number, pay(one)))) for number, one in
             ((THABO, bill), (PALESA, other))}  # fmt: skip
    guesses = [(number, f"E {(right + add) % 10_000:04}") for number, right in codes.items() for add in (1, 2)]
    said = [(await at_once(bench, guess))[0] for guess in guesses]
    assert [one.startswith(WRONG) for one in said] == [True, True, True, False]
    assert (await text(bench, PALESA, f"E {codes[PALESA]:04}")).startswith(BLOCKED)
    waiting = await bench.database.outbox.counts()
    assert waiting["set_aside"] == 1


async def test_a_spray_of_guesses_uses_up_no_honest_agents_own_tries(bench: Bench, thabo: str, monkeypatch) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    everybody = agent_codes.ALL
    monkeypatch.setattr(agent_codes, "ALL", replace(everybody, most=0))
    for _ in range(limits.agent_codes_day_max + 1):
        assert (await text(bench, THABO, f"E {right}")).startswith(BLOCKED)
    monkeypatch.setattr(agent_codes, "ALL", everybody)  # the quarter of an hour is over
    assert PAID in await text(bench, THABO, f"E {right}")


async def test_many_wrong_codes_of_a_day_call_a_person_and_block_nobody(bench: Bench, thabo: str, monkeypatch) -> None:
    monkeypatch.setattr(agent_codes, "ALL_DAY", replace(agent_codes.ALL_DAY, most=1))
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    for add in (1, 2):
        assert (await bench.database.outbox.counts()).get("set_aside", 0) == 0
        assert (await text(bench, THABO, f"E {(int(right) + add) % 10_000:04}")).startswith(WRONG)
    assert (await bench.database.outbox.counts())["set_aside"] == 1
    assert PAID in await text(bench, THABO, f"E {right}")


def test_agents_of_the_announced_size_have_few_guesses_a_day() -> None:
    """Arithmetic of docs/agents.md: 88 points, a number each, four digits."""
    a_day, codes = 88 * limits.agent_codes_day_max, 10**CODE_DIGITS
    assert (a_day, limits.agent_guesses_looked_max) == (440, 40)
    assert a_day / codes == 0.044 and limits.agent_guesses_looked_max / codes == 0.004


async def test_bills_that_are_none_are_counted_before_they_are_looked_up(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    for _ in range(limits.agent_bill_misses_a_day_max):
        none = new_bill_code(bench.database.bills._random_bytes)
        assert (await text(bench, THABO, f"LEFA {none} 10")).startswith("Ha ho tefo e joalo")
    assert (await text(bench, THABO, pay(bill))).startswith(BLOCKED)


async def test_attack_suspended_while_the_code_is_being_looked_at(bench: Bench, thabo: str, monkeypatch) -> None:
    """The transaction itself looks, whatever was read before it."""
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    take = bench.billing.take

    async def suspended_first(*given):
        await suspend(bench, thabo)
        return await take(*given)

    monkeypatch.setattr(bench.billing, "take", suspended_first)
    assert (await at_once(bench, (THABO, f"E {right}")))[0].startswith("Moemeli 014 o emisitsoe.")
    assert await is_unpaid(bench, bill)


async def test_attack_a_number_that_was_removed_while_its_code_is_being_looked_at(
    bench: Bench, thabo: str, monkeypatch
) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    take = bench.billing.take

    async def removed_first(*given):
        entry = AuditEntry(bench.time(), "clerk:lineo", "remove-number", thabo)
        assert await bench.database.agents.remove_number("number-014", bench.time(), entry)
        return await take(*given)

    monkeypatch.setattr(bench.billing, "take", removed_first)
    assert (await at_once(bench, (THABO, f"E {right}")))[0].startswith(WRONG)
    assert await is_unpaid(bench, bill)


async def test_no_code_stands_in_the_database(bench: Bench, thabo: str) -> None:
    bill = await billed(bench)
    right = code_in(await text(bench, THABO, pay(bill)))
    (number,) = await bench.database.agents.numbers(thabo)
    order = await bench.database.agents.newest_order(number.id, bench.time())
    assert order is not None and right not in repr(order)
