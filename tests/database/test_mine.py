"""What is kept under a number, on SQLite and PostgreSQL: newest first, bounded, and of nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.messages import Agreement, Change, Filing, SentSms, SmsKind, Status
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


async def test_what_ended_stands_behind_all_others_if_so_asked_and_what_is_listed_no_more_is_still_counted(
    database: Database, filing: Callable[..., Filing]
) -> None:
    """A certificate that is waited for is not pushed out by what was bought each week since."""
    for number in range(1, 6):
        one = filing(number)
        filed = await database.ledger.file(replace(one, at=one.at + timedelta(minutes=number)), [])
        end = {3: Status.READY, 4: Status.REJECTED, 5: Status.DONE}.get(number)
        if end is not None:
            assert await database.ledger.advance(filed, Change(end, 1, {}, one.at + timedelta(hours=1)), [])
    found, count = await database.mine.requests(MPHO, 4, open_first=True)
    assert [one.reference for one in found] == ["REF000003", "REF000002", "REF000001", "REF000005"]
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
