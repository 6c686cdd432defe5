"""No citizen's number or words stand in clear in a file of the database or in an error (I13)."""

from __future__ import annotations

import traceback
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from app.audit import AuditEntry
from app.engine.state import State
from app.errors import SealBroken
from app.messages import (
    Agreement,
    Change,
    DeliveryEvent,
    DeliveryStatus,
    Draft,
    Purse,
    SentSms,
    Session,
    SmsKind,
    Spending,
    Status,
)
from app.ports import Allowance
from app.privacy import Rules
from integrations.database import open_database
from tests.database.patience import open_patiently

pytestmark = pytest.mark.anyio

NUMBER = "+26659174027"
CANARIES = [NUMBER[-8:].encode(), b"MAHLOMOLA", b"QOQOLOSING", b"TLHAKU"]
IN_CLEAR = b"birth-certificate"


async def use_everything(database, filing, job, at):
    """Every call of both ports, each with canaries wherever a citizen's data can go."""
    ledger, outbox = database.ledger, database.outbox
    make = {"msisdn": NUMBER, "answers": {"child": "MAHLOMOLA", "district": "QOQOLOSING"}}
    first = job("first", to=NUMBER, text="MAHLOMOLA TLHAKU")
    filed = await ledger.file(filing(1, **make), [first])
    await ledger.file(filing(1, **make), [first])
    await ledger.file(filing(2, **make | {"reference": filed.reference}), [])
    await ledger.find(filed.reference, NUMBER)
    await ledger.advance(filed, Change(Status.READY, 1, {"name": "MAHLOMOLA"}, at), [job("moved", to=NUMBER)])
    await ledger.history(filed.id)
    await ledger.remember_language(NUMBER, "en", at)
    await ledger.language(NUMBER)
    await ledger.tally("misses", NUMBER, at.date(), 1)
    paid = Spending(SmsKind.REQUEST, NUMBER, 1, at.date(), at)
    assert await database.sms.pay(paid, Allowance(9, 9, 9, spared=True)) is Purse.PAID
    await database.sms.sent(SentSms("job-first", "africastalking", "ATX_1", NUMBER, SmsKind.REQUEST, 1, at))
    await database.sms.silence(NUMBER, "number_blocked", at)
    await database.sms.report(DeliveryEvent("africastalking", "ATX_1", DeliveryStatus.FAILED, "Failed", "Absent"), at)
    await ledger.agree(Agreement("a1", NUMBER, "pension", 1, at, "ussd", "st", "v1", b"dialogue"))
    await ledger.agreed(NUMBER, b"", at)
    entry = AuditEntry(at + timedelta(hours=1), "citizen", "withdraw", "sms-1")
    state = State("small", "v1", "main/start", "main/start", "st", answers={"child": "MAHLOMOLA"})
    draft = Draft(NUMBER, b"dialogue", at, at + timedelta(hours=1), Session(state, 0, b"", False))
    await database.openings.keep_drafts([draft])
    assert (await database.openings.draft(NUMBER)) == draft
    await ledger.withdraw(NUMBER, {"pension": ["none of these"]}, entry)
    await database.openings.keep_drafts([draft])
    rules = Rules({"birth-certificate": {"child": 1}}, {"birth-certificate": 2}, 9, 9, "m" * 16)
    await database.retention.sweep(rules, at + timedelta(minutes=1))
    await database.retention.overdue(rules, at + timedelta(days=5))
    await database.resealing.reseal()
    await outbox.add([job(name, to=NUMBER, text="TLHAKU") for name in ("x", "y", "z")])
    for ending in ("finish", "postpone", "set_aside"):
        (claimed,) = await outbox.claim("worker-1", at, 60, 1)
        if ending == "finish":
            await outbox.finish(claimed, at, [job("next", to=NUMBER, text="MAHLOMOLA")])
        elif ending == "postpone":
            await outbox.postpone(claimed, at + timedelta(days=1), "office_down")
        else:
            await outbox.set_aside(claimed, "tried_too_often", at)


async def content(directory: Path) -> bytes:
    """Read by another process: to close a descriptor of a database here would drop SQLite's locks on it."""
    found = await anyio.run_process(["find", str(directory), "-type", "f", "-exec", "cat", "{}", "+"], check=False)
    return found.stdout


def assert_no_canary(text: bytes) -> None:
    for canary in CANARIES:
        assert canary not in text


async def test_no_file_of_sqlite_holds_personal_data(sqlite_url, keyring, random_bytes, filing, job, at):
    directory = Path(sqlite_url.removeprefix("sqlite:///")).parent
    database = await open_database(sqlite_url, keyring, random_bytes)
    await use_everything(database, filing, job, at)
    while_open = await content(directory)
    await database.close()
    afterwards = await content(directory)
    assert IN_CLEAR in while_open
    assert IN_CLEAR in afterwards
    assert_no_canary(while_open + afterwards)


async def test_no_file_of_postgres_holds_personal_data(own_server, sql, keyring, random_bytes, filing, job, at):
    database = await open_database(own_server.url(), keyring, random_bytes)
    await use_everything(database, filing, job, at)
    await database.close()
    await sql(own_server.url(), "CHECKPOINT")
    held = await content(own_server.directory)
    assert IN_CLEAR in held
    assert_no_canary(held)


async def test_an_error_never_carries_the_row(database, filing, job):
    bad = filing(1, language=None, msisdn=NUMBER, answers={"child": "MAHLOMOLA"}, service="TLHAKU")
    with pytest.raises(AssertionError) as told:
        await database.ledger.file(bad, [job("a", to=NUMBER)])
    assert told.value.__context__ is None
    assert_no_canary("".join(traceback.format_exception(told.value)).encode())


async def test_sealed_bytes_are_bound_to_their_row(postgres_url, sql, keyring, random_bytes, filing):
    database = await open_patiently(postgres_url, keyring, random_bytes)
    await database.ledger.file(filing(1), [])
    second = await database.ledger.file(filing(2), [])
    await sql(
        postgres_url, "UPDATE requests SET answers = (SELECT answers FROM requests WHERE id = 'session-1/step-7')"
    )
    with pytest.raises(SealBroken):
        await database.ledger.request(second.id)
    await database.close()


async def test_a_finished_job_no_longer_holds_what_it_carried(postgres_url, sql, keyring, random_bytes, job, at):
    database = await open_patiently(postgres_url, keyring, random_bytes)
    await database.outbox.add([job("a", to=NUMBER)])
    (claimed,) = await database.outbox.claim("worker-1", at, 60, 1)
    await database.outbox.finish(claimed, at)
    (row,) = await sql(postgres_url, "SELECT payload, state FROM jobs")
    assert tuple(row) == (None, "done")
    await database.close()
