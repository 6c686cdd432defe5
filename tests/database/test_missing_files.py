"""A wallet's file that has not come, between days whose files have: nothing is invented, nothing is overlooked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.matching import Kind
from integrations.sandbox.statement import Fault
from tests.database.treasury import DAY, NEXT_MORNING, NOON, Treasury

pytestmark = pytest.mark.anyio
ONE = timedelta(days=1)
MISSING = f"statement-missing:sandbox:{DAY}"


@pytest.fixture
async def treasury(database) -> Treasury:
    """A payment on each of three days, and the morning after; the file of the middle one, `DAY`, has not come."""
    treasury = Treasury(database)
    for day in (-1, 0, 1):
        await treasury.paid(NOON + day * ONE)
    treasury.now = NEXT_MORNING + ONE
    assert (await treasury.imported(DAY - ONE)).differences == []
    return treasury


async def test_what_the_missing_file_will_have_is_in_the_closing_balance_of_the_next(treasury: Treasury) -> None:
    report = await treasury.imported(DAY + ONE, opening_minor=65_00)
    assert (report.differences, report.carried, report.gap_minor, report.missing) == ([], 1, 0, None)
    await treasury.imported(opening_minor=32_50)
    report = await treasury.compared(DAY + ONE)
    assert (report.differences, report.carried, report.gap_minor) == ([], 0, 0)


async def test_what_the_missing_file_may_explain_is_no_difference_and_calls_for_the_file(treasury: Treasury) -> None:
    _, stranger = treasury.stated(NOON)
    report = await treasury.imported(DAY + ONE, opening_minor=97_50)
    assert (report.differences, report.gap_minor, report.missing) == ([], 32_50, DAY)
    assert await treasury.calls() == [MISSING]
    report = await treasury.imported(opening_minor=32_50)
    assert [(one.kind, one.line_id) for one in report.differences] == [(Kind.NOT_BOOKED, stranger.reference)]
    report = await treasury.compared(DAY + ONE)
    assert ([one.kind for one in report.differences], report.missing) == ([Kind.NOT_BOOKED], None)
    assert await treasury.calls() == [f"reconcile:sandbox:{DAY}"]


async def test_a_balance_that_goes_off_after_a_day_that_closed_well_is_found_without_the_old_file(
    treasury: Treasury,
) -> None:
    assert (await treasury.imported(DAY + ONE, opening_minor=65_00)).gap_minor == 0
    treasury.now += 2 * ONE
    await treasury.paid(NOON + 2 * ONE)
    report = await treasury.imported(DAY + 2 * ONE, opening_minor=96_50)
    assert ([one.kind for one in report.differences], report.gap_minor) == ([Kind.BALANCE], -1_00)
    assert report.missing is None


async def test_a_balance_that_is_off_since_the_missing_file_waits_for_it_on_every_later_day(
    treasury: Treasury,
) -> None:
    for days, opening_minor, missing in ((1, 64_00, DAY), (2, 96_50, DAY), (6, 129_00, DAY + 5 * ONE)):
        treasury.now = NEXT_MORNING + days * ONE
        if days > 1:
            await treasury.paid(NOON + days * ONE)
        report = await treasury.imported(DAY + days * ONE, opening_minor=opening_minor)
        assert (report.differences, report.gap_minor, report.missing) == ([], -1_00, missing)


async def test_a_balance_that_went_off_once_and_came_right_again_hides_no_later_one(treasury: Treasury) -> None:
    for days, opening_minor in ((1, 64_00), (2, 97_50)):  # the wallet mends on the second day what was off on the first
        treasury.now = NEXT_MORNING + days * ONE
        if days > 1:
            await treasury.paid(NOON + days * ONE)
        report = await treasury.imported(DAY + days * ONE, opening_minor=opening_minor)
        assert (report.differences, report.gap_minor) == ([], -1_00 if days == 1 else 0)
    treasury.now += ONE
    await treasury.paid(NOON + 3 * ONE)
    report = await treasury.imported(DAY + 3 * ONE, opening_minor=129_00)
    assert ([one.kind for one in report.differences], report.gap_minor) == ([Kind.BALANCE], -1_00)
    assert report.missing is None


async def test_a_file_without_rows_stands_for_a_day_without_payments(treasury: Treasury) -> None:
    treasury.faults[treasury.moves[-1].reference] = Fault.LOST
    treasury.now += 2 * ONE
    await treasury.imported(opening_minor=32_50)
    await treasury.paid(NOON + 2 * ONE)
    report = await treasury.imported(DAY + 2 * ONE, opening_minor=64_00)
    assert (report.differences, report.gap_minor, report.missing) == ([], -33_50, DAY + ONE)
    await treasury.imported(DAY + ONE)
    report = await treasury.compared(DAY + 2 * ONE)
    assert [one.kind for one in report.differences] == [Kind.NOT_STATED]
