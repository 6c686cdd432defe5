"""Pushes at an office that is asked as its declaration says, on both databases: looked for before they go out anew."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app import limits
from app.bookkeeping import examine
from app.messages import Pending, Refused
from app.pack import Pack
from app.payments import BillState
from integrations.database import DatabaseBooks
from tests.database.test_pushes import ASK, PAID, confirmed, fresh, keys, late
from tests.made_once import compiled
from tests.work.agent import billed
from tests.work.conftest import Bench, open_bench
from tests.work.pushed import sources
from tests.work.test_editions import publish

pytestmark = pytest.mark.anyio
LOOK = "payment"
SETTLES = limits.office_push_settles_seconds
PLAIN = """  wallet:
    adapter: http_json
    address: http://127.0.0.1:8100/plain-wallet
    title: the citizen's mobile-money wallet
    operations:
      request-payment:
        method: POST
        path: /payments
        takes: [msisdn, amount, currency, reference, text]
        body: {of: "{msisdn}", minor: {integer: amount}, in: "{currency}", for: "{reference}", text: "{text}"}
        answered: [201]
        pending: [202]
        refused: {insufficient_funds: {status: 402}, declined: {status: 403}}
        results: {payment: {from: id, longest: 40}}
        found_by: payment
      payment:
        method: GET
        path: /payments/{key}
        takes: [key]
        answered: [200]
        pending: [202]
        refused: {insufficient_funds: {status: 402}, declined: {status: 403}, unknown: {status: 404}}
        results: {payment: {from: id, longest: 40}}
"""


def plain_sources() -> dict[str, str]:
    found = sources()
    wallet = re.compile(r"  wallet:\n    adapter: mobile_money\n(    .*\n)+")
    services, count = wallet.subn(lambda _: PLAIN, found["services.yaml"])
    assert count == 1
    return {**found, "services.yaml": services}


@pytest.fixture(scope="module")
def plain() -> Pack:
    return compiled(plain_sources())


@pytest.fixture
async def bench(plain: Pack, tmp_path: Path, url: str) -> AsyncIterator[Bench]:
    async with open_bench(plain, tmp_path, url) as bench:
        await publish(bench, plain_sources())
        yield bench
        assert (await examine(DatabaseBooks(bench.database._store))).faults == []


def looked(bench: Bench) -> list[tuple[dict[str, str], str]]:
    return [(dict(given), key) for operation, given, key in bench.desk.asked if operation == LOOK]


async def test_what_became_of_a_push_is_asked_by_its_key_and_nothing_is_sent_again(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK], bench.desk.answers[LOOK] = Pending(), Pending()
    await bench.work()
    for _ in range(3):
        bench.time.pass_(SETTLES)
        await bench.work()
    assert len(keys(bench)) == 1 and looked(bench)[0] == ({"key": f"{bill.id}p1"}, f"{bill.id}p1")
    bench.desk.answers[LOOK] = PAID
    bench.time.pass_(SETTLES)
    await bench.work()
    assert len(keys(bench)) == 1 and (await fresh(bench, bill)).state is BillState.PAID


async def test_a_push_that_the_office_never_saw_is_sent_again_when_it_has_settled(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK], bench.desk.answers[LOOK] = late(), Refused("unknown")
    await bench.work()
    bench.time.pass_(SETTLES / 2)
    await bench.work()
    assert len(keys(bench)) == 1 and looked(bench)
    bench.desk.answers[ASK] = PAID
    for _ in range(4):
        bench.time.pass_(SETTLES / 2)
        await bench.work()
    assert keys(bench) == [f"{bill.id}p1"] * 2 and (await fresh(bench, bill)).state is BillState.PAID


async def test_a_no_that_is_found_frees_the_bill(bench: Bench) -> None:
    bill = await billed(bench)
    await confirmed(bench, bill)
    bench.desk.answers[ASK], bench.desk.answers[LOOK] = late(), Refused("declined")
    await bench.work()
    bench.time.pass_(SETTLES)
    await bench.work()
    assert len(keys(bench)) == 1 and (await fresh(bench, bill)).state is BillState.REFUSED
