"""What is kept under a number, on SQLite and PostgreSQL: newest first, bounded, and of nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.messages import Agreement, Filing, SentSms, SmsKind
from app.ports.people import Counted
from integrations.database import Database

pytestmark = pytest.mark.anyio
MPHO, LERATO = "+26658123456", "+26658765432"


async def test_requests_come_newest_first_and_are_counted_beyond_the_limit(
    database: Database, filing: Callable[..., Filing]
) -> None:
    for number in range(1, 6):
        one = filing(number)
        await database.ledger.file(replace(one, at=one.at + timedelta(minutes=number)), [])
    await database.ledger.file(filing(9, msisdn=LERATO), [])
    found, count = await database.mine.requests(MPHO, 3)
    assert [one.reference for one in found] == ["REF000005", "REF000004", "REF000003"]
    assert count == 5


async def test_a_number_that_is_not_known_has_nothing(database: Database) -> None:
    assert await database.mine.requests(MPHO, 3) == ([], 0)
    assert await database.mine.payments(MPHO, "LSL", 3) == ([], 0)
    assert await database.mine.counts(MPHO) == Counted(0, 0, 0, 0)


async def test_what_is_kept_is_counted_by_number(database: Database, filing: Callable[..., Filing]) -> None:
    one = filing()
    await database.ledger.file(one, [])
    for number, msisdn in enumerate((MPHO, MPHO, LERATO)):
        await database.sms.sent(SentSms(f"j{number}", "at", f"m{number}", msisdn, SmsKind.REQUEST, 1, one.at))
    agreed = Agreement("a1", MPHO, "warnings", 1, one.at, "ussd", "st", "v1", b"dialogue")
    await database.ledger.agree(agreed)
    await database.ledger.agree(replace(agreed, id="a2", version=2))
    assert await database.mine.counts(MPHO) == Counted(1, 0, 2, 1)
    assert await database.mine.counts(LERATO) == Counted(0, 0, 1, 0)
