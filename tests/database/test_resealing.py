"""What an old key sealed is sealed anew, a bounded number of rows at a time, beside a house that goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.audit import AuditEntry
from app.engine.state import State
from app.keys import Key, KeyFile, Keyring, lookup_secret
from app.messages import Check, Draft, Opening, Session, Waiting
from integrations.database import Database
from integrations.database.limits import reseal_rows_max
from integrations.database.nature import TABLES, Nature
from integrations.database.resealing import SEALED, _writing
from integrations.database.tables import jobs
from tests.database.till import Till

pytestmark = pytest.mark.anyio
OLD, NEW = Key("test", b"k" * 32), Key("new", b"n" * 32)
MPHO = "+26658123456"
Make = Callable[..., Any]


def test_every_sealed_column_is_sealed_anew() -> None:
    sealed = {(name, column) for name, table in TABLES.items() for column, nature in table.columns.items()
              if nature is Nature.SEALED}  # fmt: skip
    assert {(one.column.table.name, one.column.name) for one in SEALED} == sealed


async def fill(database: Database, filing: Make, job: Make, at: datetime) -> None:
    session = Session(State("small", "v1", "main/a", "main/a", "st", answers={"child": "Palesa"}), 0, b"", False)
    await database.ledger.file(filing(), [job("a"), job("b")])
    await database.openings.keep([Opening(b"s1", "v1", at, session)], at - timedelta(days=1))
    await database.openings.keep_drafts([Draft(MPHO, b"s1", at, at + timedelta(hours=1), session)])
    await database.checks.open(Check("c1", "ids", MPHO, "012345678901", at), [], at - timedelta(days=1))
    await database.checks.wait("c1", Waiting(session.state, b"key", "job", "text"))


def both(keyring: Keyring) -> None:
    keyring.take(KeyFile((NEW, OLD)))


def new_alone(keyring: Keyring) -> None:
    keyring.take(KeyFile((NEW,), lookup_secret(KeyFile((NEW, OLD)))))


async def test_afterwards_the_old_key_is_needed_no_more(
    database: Database, keyring: Keyring, filing: Make, job: Make, at: datetime
) -> None:
    await fill(database, filing, job, at)
    assert await database.resealing.seals() == {"test": 9}
    both(keyring)
    assert await database.resealing.reseal() == (9, 0)
    assert await database.resealing.seals() == {"new": 9}
    new_alone(keyring)
    request = await database.ledger.request("session-1/step-7")
    assert request and request.msisdn == MPHO and request.answers["child"] == "Palesa Mokoena"
    assert await database.ledger.find(request.reference, MPHO) == request
    assert len(await database.outbox.claim("w", at, 60, 5)) == 2
    opening, draft = await database.openings.find(b"s1"), await database.openings.draft(MPHO)
    assert opening and opening.fallen and draft and draft.fallen
    check, awaited = await database.checks.find("c1", MPHO), await database.checks.awaited(MPHO, at - timedelta(days=1))
    assert check and check.identity == "012345678901" and awaited and awaited[1].state.answers["child"] == "Palesa"
    assert await database.resealing.reseal() == (0, 0)


async def test_bills_and_payments_are_sealed_anew_and_still_found(
    database: Database, keyring: Keyring, at: datetime
) -> None:
    till = Till(database, at)
    bill = await till.bill()
    payment = till.payment(bill)
    await till.pay(bill, payment)
    both(keyring)
    assert await database.resealing.reseal() == (5, 0)
    new_alone(keyring)
    assert await database.bills.find(bill.code, bill.msisdn) == await till.fresh(bill)
    assert (await till.came(payment)).payer == payment.payer
    mine = await database.citizens.record(
        payment.payer, AuditEntry(at, "operator:palesa", "export-citizen", "", "asked")
    )
    assert [(one.receipt, one.reference) for one in mine.payments] == [(payment.receipt, payment.their_reference)]


async def test_what_no_key_opens_is_counted_and_stops_nothing(
    database: Database, keyring: Keyring, filing: Make, job: Make, at: datetime
) -> None:
    await fill(database, filing, job, at)
    broken = update(jobs).where(jobs.c.id == "job-a").values(payload=b"gone." + bytes(40))
    await database.retention._store.write(lambda connection: connection.execute(broken))
    both(keyring)
    assert await database.resealing.seals() == {"test": 8, "unknown": 1}
    assert await database.resealing.reseal() == (8, 1)


async def test_more_than_one_page_is_sealed_anew_and_it_goes_on_where_it_was_cut_off(
    database: Database, keyring: Keyring, job: Make
) -> None:
    many = reseal_rows_max + 3
    await database.outbox.add([job(f"{number:04}") for number in range(many)])
    both(keyring)
    payload = next(one for one in SEALED if one.column is jobs.c.payload)
    rows = await database.resealing._others(payload, None)
    assert len(rows) == reseal_rows_max
    assert await database.resealing.reseal() == (many, 0)


async def test_a_row_that_was_changed_meanwhile_is_left_for_the_next_time(
    database: Database, keyring: Keyring, job: Make
) -> None:
    await database.outbox.add([job("a")])
    both(keyring)
    payload = next(one for one in SEALED if one.column is jobs.c.payload)
    ((key, old),) = await database.resealing._others(payload, None)
    changed = update(jobs).values(payload=keyring.seal(b"{}", b"jobs.payload:job-a"))
    await database.retention._store.write(lambda connection: connection.execute(changed))
    assert await database.retention._store.write(_writing(payload, [(key, old, os.urandom(9))])) == 0
