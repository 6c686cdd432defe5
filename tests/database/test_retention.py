"""What is past its date is forgotten, in bounded batches, and the proof looks at what stands there, not at promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from app.audit import AuditEntry
from app.messages import Agreement, Change, Check, Job, Most, Opening, SentSms, SmsKind, Status
from app.ports import Taken
from app.privacy import KEPT, Rules
from integrations.database import Database
from integrations.database.limits import retention_rows_max
from integrations.database.nature import TABLES, Nature
from integrations.database.tables import metadata, requests
from tests.database.till import Till

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
MPHO = "+26658123456"
RULES = Rules(
    fields={"birth-certificate": {"child": 30, "born": 90, "application": KEPT}},
    numbers={"birth-certificate": 365},
    language_days=100,
    messages_days=50,
    mark="b" * 16,
)
Make = Callable[..., Any]


async def ended(database: Database, filing: Make, at: datetime, number: int = 1) -> Any:
    request = await database.ledger.file(filing(number), [])
    results = {"application": "CR-1", "note": "x"}
    await database.ledger.advance(request, Change(Status.DONE, 1, results, at), [])
    return await database.ledger.request(request.id)


async def sweep(database: Database, now: datetime, rules: Rules = RULES) -> dict[str, int]:
    total: dict[str, int] = {}
    while batch := await database.retention.sweep(rules, now):
        for name, count in batch.items():
            total[name] = total.get(name, 0) + count
    return total


async def test_each_field_goes_when_its_own_days_are_over(database: Database, filing: Make, at: datetime) -> None:
    request = await ended(database, filing, at)
    for days, answers in ((29, {"child", "born"}), (30, {"born"}), (89, {"born"}), (90, set())):
        await sweep(database, at + days * DAY)
        kept = await database.ledger.request(request.id)
        assert set(kept.answers) == answers and kept.msisdn == MPHO, f"after {days} days"
        assert set(kept.results) == {"application", "note"}


async def test_after_the_days_of_the_purpose_nobody_is_named(database: Database, filing: Make, at: datetime) -> None:
    request = await ended(database, filing, at)
    await sweep(database, at + 365 * DAY)
    kept = await database.ledger.request(request.id)
    assert (kept.msisdn, kept.answers, kept.results) == ("", {}, {})
    assert (kept.reference, kept.status, kept.filed_at) == (request.reference, Status.DONE, request.filed_at)
    assert await database.ledger.find(request.reference, MPHO) is None
    assert await sweep(database, at + 4000 * DAY) == {}


async def test_what_is_under_way_is_carried_out_and_named_when_it_is_late(
    database: Database, filing: Make, at: datetime
) -> None:
    request = await database.ledger.file(filing(), [])
    await sweep(database, at + 400 * DAY)
    assert (await database.ledger.request(request.id)).answers == request.answers
    (found,) = await database.retention.overdue(RULES, at + 400 * DAY)
    assert "end it" in found.what


async def test_rules_that_become_stricter_reach_what_was_looked_at_before(
    database: Database, filing: Make, at: datetime
) -> None:
    request = await ended(database, filing, at)
    await sweep(database, at + 40 * DAY)
    stricter = Rules({"birth-certificate": {"born": 35}}, {"birth-certificate": 365}, 100, 50, "a" * 16)
    await sweep(database, at + 41 * DAY, stricter)
    assert (await database.ledger.request(request.id)).answers == {}


async def test_a_service_that_the_menus_do_not_know_any_more_is_forgotten_too(
    database: Database, filing: Make, at: datetime
) -> None:
    request = await ended(database, filing, at)
    gone = Rules({}, {}, 100, 50, "c" * 16)
    await sweep(database, at + 365 * DAY, gone)
    assert (await database.ledger.request(request.id)).msisdn == ""


async def test_everything_else_that_has_a_date_goes_by_it(
    database: Database, filing: Make, job: Make, at: datetime
) -> None:
    await database.ledger.remember_language(MPHO, "en", at)
    await database.ledger.tally("misses", MPHO, at.date(), 1)
    await database.sms.sent(SentSms("job-1", "one", "ATX_1", MPHO, SmsKind.REQUEST, 1, at))
    await database.sms.silence(MPHO, "number_blocked", at)
    most = [Most("guess", f"caller {MPHO}", 900, 5)]
    await database.checks.open(Check("c1", "ids", MPHO, "012345678901", at), most, at - DAY)
    await database.openings.keep([Opening(b"session", "v1", at)], at - DAY)
    await database.outbox.add([job("late", to=MPHO)])
    (claimed,) = await database.outbox.claim("w", at, 60, 1)
    await database.outbox.set_aside(claimed, "tried too often", at)
    every = {"preferences": 1, "tallies": 1, "sms": 1, "silenced": 1, "openings": 1, "jobs": 1}
    every |= {"checks": 1, "check_counts": 1}
    found = await database.retention.overdue(RULES, at + 200 * DAY)
    assert {one.table: one.count for one in found} == every
    assert await sweep(database, at + timedelta(hours=1)) == {}
    assert await sweep(database, at + 200 * DAY) == every
    assert await database.retention.overdue(RULES, at + 200 * DAY) == []
    assert await database.ledger.language(MPHO) is None
    assert (await database.outbox.counts())["set_aside"] == 0


@pytest.mark.parametrize(("kind", "mark"), [("work", "work"), ("bill", "work"), ("expire", "expire")])
async def test_what_a_request_goes_on_by_is_kept_until_it_has_ended(
    database: Database, filing: Make, at: datetime, kind: str, mark: str
) -> None:
    request = await database.ledger.file(filing(), [])
    ids = [f"{request.id}:{mark}:0", f"{request.id}:{mark}:7"]
    await database.outbox.add([Job(id, kind, {"request": request.id}, at) for id in ids])
    for claimed in await database.outbox.claim("w", at, 60, 2):
        await database.outbox.set_aside(claimed, "status_401", at)
    later = at + 60 * DAY
    assert [one.count for one in await database.retention.overdue(RULES, later)] == [1], "that of another stage"
    assert await sweep(database, later) == {"jobs": 1}
    assert [job.id for job in await database.shelf.page()] == ids[:1]
    assert await database.retention.overdue(RULES, later) == []
    await database.ledger.advance(request, Change(Status.REJECTED, 0, {}, later, "given_up"), [])
    assert (await sweep(database, later))["jobs"] == 1


PASSPORTS = Rules({"passport": {}}, {"passport": 365}, 100, 50, "p" * 16)


async def test_what_was_paid_stays_and_who_paid_goes_with_the_days_of_the_purpose(
    database: Database, at: datetime
) -> None:
    till = Till(database, at)
    bill = await till.bill()
    payment = till.payment(bill)
    assert await till.pay(bill, payment) is Taken.TAKEN
    request = await till.request(bill)
    await database.ledger.advance(request, Change(Status.DONE, 2, {}, at), [])
    assert await sweep(database, at + 364 * DAY, PASSPORTS) == {"requests": 1}
    assert (await till.came(payment)).payer == payment.payer
    later = at + 366 * DAY
    named = {(one.table, one.what) for one in await database.retention.overdue(PASSPORTS, later)}
    assert named == {("requests", "passport: number"), ("requests", "passport: pages")} | {
        ("bills", "passport: number"), ("payments", "passport: payer")
    }  # fmt: skip
    assert await sweep(database, later, PASSPORTS) == {"requests": 1, "payments": 1}
    kept, came = await till.fresh(bill), await till.came(payment)
    assert (kept.msisdn, kept.price, kept.receipt) == ("", bill.price, payment.receipt)
    assert (came.payer, came.their_reference, came.amount_minor) == ("", "", payment.amount_minor)
    assert await database.bills.find(bill.code, bill.msisdn) is None
    assert await database.retention.overdue(PASSPORTS, later) == []
    assert await sweep(database, later, PASSPORTS) == {}


async def test_whoever_must_get_money_back_is_remembered_and_named_until_they_did(
    database: Database, at: datetime
) -> None:
    till = Till(database, at)
    bill = await till.bill()
    payment = till.payment(bill, amount_minor=1)
    assert await till.pay(bill, payment) is Taken.TAKEN
    request = await till.request(bill)
    await database.ledger.advance(request, Change(Status.REJECTED, 0, {}, at, "expired"), [])
    later = at + 366 * DAY
    await sweep(database, later, PASSPORTS)
    assert (await till.came(payment)).payer == payment.payer
    (found,) = await database.retention.overdue(PASSPORTS, later)
    assert found.table == "payments" and "give it back" in found.what


async def test_what_stands_agreed_to_stays_and_what_was_taken_back_is_proof_for_three_years(
    database: Database, at: datetime
) -> None:
    def agreed(number: str, id: str) -> Agreement:
        return Agreement(id, number, "pension", 1, at, "ussd", "st", "v1", b"d")

    await database.ledger.agree(agreed(MPHO, "1"))
    await database.ledger.agree(agreed("+26650000000", "2"))
    await database.ledger.withdraw(MPHO, {"pension": ()}, AuditEntry(at + DAY, "citizen", "withdraw", "x"))
    assert await sweep(database, at + 1000 * DAY) == {}
    assert await sweep(database, at + 1200 * DAY) == {"consents": 2}
    assert await database.ledger.agreed("+26650000000", b"", at + 1200 * DAY) == {"pension@1"}


async def test_a_batch_is_bounded_and_the_next_goes_on_from_there(
    database: Database, filing: Make, at: datetime
) -> None:
    many = retention_rows_max + 5
    await ended(database, filing, at)

    def copies(connection: Any) -> None:
        row = dict(connection.execute(requests.select()).one()._mapping)
        for number in range(2, many + 1):
            name = f"session-{number}/step-7"
            values = database.retention._seals.request_values(filing(number))
            connection.execute(insert(requests), {**row, **values, "status": "done", "id": name, "changed_at": at})

    await database.retention._store.write(copies)
    assert await database.retention.sweep(RULES, at + 400 * DAY) == {"requests": retention_rows_max}
    assert await database.retention.sweep(RULES, at + 400 * DAY) == {"requests": 5}
    assert await database.retention.sweep(RULES, at + 400 * DAY) == {}
    lines = [line for line in await database.audit.page(0) if line.act == "sweep"]
    assert [line.details for line in lines] == [{"requests": str(retention_rows_max)}, {"requests": "5"}]


async def test_what_no_key_opens_stops_no_sweep_and_goes_with_the_number(
    database: Database, filing: Make, at: datetime
) -> None:
    broken, sound = await ended(database, filing, at, 1), await ended(database, filing, at, 2)
    spoil = update(requests).where(requests.c.id == broken.id).values(answers=b"gone." + bytes(40))
    await database.retention._store.write(lambda connection: connection.execute(spoil))
    await sweep(database, at + 100 * DAY)
    assert (await database.ledger.request(sound.id)).answers == {}
    await sweep(database, at + 365 * DAY)
    assert (await database.ledger.request(broken.id)).answers == {}


async def test_the_proof_does_not_believe_what_the_sweep_noted(database: Database, filing: Make, at: datetime) -> None:
    await ended(database, filing, at)
    later = at + 100 * DAY
    await database.retention._store.write(
        lambda connection: connection.execute(update(requests).values(forget_at=None, rules=RULES.mark))
    )
    assert await database.retention.sweep(RULES, later) == {}
    found = {one.what: one.count for one in await database.retention.overdue(RULES, later)}
    assert found == {"birth-certificate: born": 1, "birth-certificate: child": 1}


async def test_a_text_that_is_about_to_go_out_is_not_taken_from_under_it(
    database: Database, filing: Make, job: Make, at: datetime
) -> None:
    request = await ended(database, filing, at)
    await database.outbox.add([Job(f"{request.id}:tell:done", "tell", {"request": request.id}, at)])
    await sweep(database, at + 365 * DAY)
    assert (await database.ledger.request(request.id)).msisdn == MPHO
    (claimed,) = await database.outbox.claim("w", at + 365 * DAY, 60, 1)
    await database.outbox.finish(claimed, at + 365 * DAY)
    await sweep(database, at + 366 * DAY)
    assert (await database.ledger.request(request.id)).msisdn == ""


def test_every_column_of_every_table_is_said_to_be_something() -> None:
    """Whoever adds a table or a column says in `nature.py` what it is and how long it stays."""
    told = {name: set(table.columns) for name, table in TABLES.items()}
    assert told == {name: {column.name for column in table.columns} for name, table in metadata.tables.items()}


def test_whatever_is_sealed_or_tells_of_a_number_has_an_end() -> None:
    for name, table in TABLES.items():
        names_somebody = {Nature.SEALED, Nature.LOOKUP} & set(table.columns.values())
        assert bool(table.stays) or not names_somebody, name
