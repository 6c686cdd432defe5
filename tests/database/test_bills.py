"""Bills, money and books on both databases: attacks that must fail, and what the database itself refuses."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.audit import AuditEntry
from app.bookkeeping import examine
from app.load.books import read_books
from app.load.case import Case
from app.load.proof import Verdict, prove
from app.messages import Change, Job, Status
from app.payments import BillState, Refund, Unfit, posting_of, refund_of
from app.ports import Taken, Window
from integrations.database import open_books
from tests.database.till import AMOUNT, Till
from tests.load.runs import GOOD

pytestmark = pytest.mark.anyio


@pytest.fixture
def till(database, at) -> Till:
    return Till(database, at)


async def found(url):
    books = await open_books(url)
    try:
        return await examine(books)
    finally:
        await books.close()


async def money_proven(url, keyring) -> Verdict:
    """What `mohala history` says of it, whatever the run was."""
    books = await read_books(GOOD.history, url, keyring, "africastalking")
    return next(verdict for verdict in prove(Case(GOOD.history, books)) if verdict.promise == "I2")


async def behind_its_back(database, *statements: str) -> None:
    def work(connection):
        for statement in statements:
            connection.execute(text(statement))

    await database._store.write(work)


async def test_a_bill_is_made_once_however_often_it_is_asked_for(till, database, at):
    bill = await till.bill()
    other = replace(bill, code="0000000000", expires_at=at)
    assert await database.bills.issue(other, [Job("j", "expire", {}, at)]) == bill
    assert await database.bills.find(bill.code) == bill
    assert (await database.outbox.counts())["waiting"] == 0


async def test_a_code_that_another_bill_has_is_replaced(till, database, at, filing):
    first = await till.bill()
    await database.ledger.file(filing(), [])
    request = await database.ledger.request("session-1/step-7")
    second = await database.bills.issue(replace(first, id=f"{request.id}:0", request_id=request.id), [])
    assert second.code != first.code and (await database.bills.find(second.code)).id == second.id


async def test_money_that_fits_pays_the_bill_and_moves_its_request_with_the_books(till, database, url):
    bill = await till.bill()
    payment = till.payment(bill)
    assert await till.pay(bill, payment) is Taken.TAKEN
    paid = await till.fresh(bill)
    assert (paid.state, paid.receipt) == (BillState.PAID, payment.receipt)
    request = await till.request(bill)
    assert (request.status, request.stage, request.results) == (Status.IN_PROGRESS, 1, {"payment": payment.receipt})
    books = await found(url)
    assert (books.faults, books.postings, books.bills) == ([], 1, 1)
    assert books.balances == {
        ("wallet:mpesa", "LSL"): -AMOUNT, ("treasury", "LSL"): 130_00, ("office:passports", "LSL"): 5_00,
    }  # fmt: skip
    acts = [line.act for line in await database.audit.page(0)]
    assert acts == ["file", "bill", "move", "payment"]


async def test_of_two_wallets_that_pay_at_once_one_pays_the_bill(till, database, url):
    bill = await till.bill()
    payments = [till.payment(bill, wallet=wallet) for wallet in ("mpesa", "ecocash")]
    request = await till.request(bill)  # before either has paid, or the second would find that nothing is waited for
    outcomes = await asyncio.gather(*(till.pay(bill, payment, request) for payment in payments))
    assert sorted(outcomes) == [Taken.OVERTAKEN, Taken.TAKEN]
    late = payments[outcomes.index(Taken.OVERTAKEN)]
    # Nothing of it stayed, so the wallet's money may come again, and stands in suspense then.
    assert await database.bills.payment(late.receipt) is None
    assert await till.pay(await till.fresh(bill), late) is Taken.TAKEN
    assert (await database.bills.payment(late.receipt)).unfit is Unfit.SECOND
    books = await found(url)
    assert books.faults == [] and books.balances[("suspense", "LSL")] == AMOUNT


async def test_a_payment_that_is_delivered_fifty_times_is_taken_once(till, database, url):
    bill = await till.bill()
    told = [till.payment(bill, "0b5ae1f2-0000-4000-8000-000000000001") for _ in range(50)]
    outcomes = await asyncio.gather(*(till.pay(bill, payment) for payment in told))
    assert sorted(outcomes) == [Taken.KNOWN] * 49 + [Taken.TAKEN]
    books = await found(url)
    assert (books.faults, books.postings) == ([], 1)


async def test_a_changed_amount_under_the_same_correlation_id_changes_nothing(till, database, url):
    bill = await till.bill()
    first = till.payment(bill, "0b5ae1f2-0000-4000-8000-000000000001")
    assert await till.pay(bill, first) is Taken.TAKEN
    again = till.payment(bill, first.correlation, amount_minor=1_000_000_00)
    assert await till.pay(await till.fresh(bill), again) is Taken.KNOWN
    kept = await database.bills.came("mpesa", correlation=first.correlation)
    assert kept == first and (await found(url)).balances[("wallet:mpesa", "LSL")] == -AMOUNT


async def test_money_after_the_expiry_is_kept_in_suspense_and_moves_nothing(till, database, url):
    bill = await till.bill(hours=1)
    till.now += timedelta(hours=1)
    payment = till.payment(bill)
    assert await till.pay(bill, payment) is Taken.TAKEN
    assert (await database.bills.payment(payment.receipt)).unfit is Unfit.LATE
    assert (await till.fresh(bill)).state is BillState.CREATED
    assert (await till.request(bill)).stage == 0
    assert (await database.bills.unsettled(10)) == [replace(payment, unfit=Unfit.LATE)]
    assert (await found(url)).faults == []


async def test_money_whose_request_moved_meanwhile_is_looked_at_again(till, database):
    bill = await till.bill()
    request = await till.request(bill)
    payment = till.payment(bill)
    move = (replace(request, stage=5), Change(Status.DONE, 6, {}, till.now))
    taken = await database.bills.take(bill, payment, posting_of(bill, payment, "wallet:mpesa"), move, [])
    assert taken is Taken.OVERTAKEN
    assert (await till.fresh(bill)) == bill and await database.bills.payment(payment.receipt) is None


async def test_an_expired_bill_is_paid_no_more_and_a_paid_one_does_not_expire(till, database, at):
    first, second = await till.bill("first"), await till.bill("second")
    assert await database.bills.move(first, BillState.EXPIRED, at, "house", None, [])
    assert await till.pay(first, till.payment(first)) is Taken.OVERTAKEN
    assert await till.pay(second, till.payment(second)) is Taken.TAKEN
    assert not await database.bills.move(second, BillState.EXPIRED, at, "house", None, [])


async def test_a_citizen_sees_their_own_bills_and_no_expired_one(till, database, at):
    one, two, three = [await till.bill(name) for name in ("one", "two", "three")]
    await database.bills.move(two, BillState.EXPIRED, at, "house", None, [])
    listed, count = await database.bills.of_number("+26658123456", Window(1), at)
    assert (len(listed), count) == (1, 2)
    listed, _ = await database.bills.of_number("+26658123456", Window(10), at)
    assert {bill.id for bill in listed} == {one.id, three.id}
    assert await database.bills.of_number("+26658123457", Window(10), at) == ([], 0)
    assert await database.bills.find(one.code, "+26658123457") is None
    assert await database.bills.find(one.code, "+26658123456") == one


async def test_money_that_is_given_back_is_booked_back_once(till, database, url, at):
    bill = await till.bill()
    payment = till.payment(bill)
    await till.pay(bill, payment)
    paid = await till.fresh(bill)
    entry = AuditEntry(at, "clerk:lineo", "refund", bill.request_id)
    asked = replace(payment, refund=Refund.ASKED, asked_by="clerk:lineo")
    assert await database.bills.change_refund(payment, asked, paid, None, [], entry)
    assert not await database.bills.change_refund(payment, asked, paid, None, [], entry)
    waiting = await till.fresh(bill)
    assert waiting.state is BillState.REFUND_ASKED
    done = replace(asked, refund=Refund.DONE)
    back = refund_of(bill, payment, at, "clerk:thabo")
    assert await database.bills.change_refund(asked, done, waiting, back, [], entry)
    assert not await database.bills.change_refund(asked, done, waiting, back, [], entry)
    assert (await till.fresh(bill)).state is BillState.REFUNDED
    books = await found(url)
    assert books.faults == [] and set(books.balances.values()) == {0}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET amount_minor = amount_minor + 1",
        "UPDATE postings SET kind = 'refund'",
        "DELETE FROM entries",
        "DELETE FROM postings",
        "DELETE FROM payments",
        "UPDATE payments SET amount_minor = 1",
        "UPDATE payments SET unfit = 'over', paid_bill = NULL",
        "DELETE FROM bills",
        "UPDATE bills SET fee_minor = 1",
        "UPDATE bills SET receipt = NULL",
        "UPDATE bills SET state = 'created'",
        "INSERT INTO entries SELECT posting, 9, account, currency, amount_minor FROM entries",
        "INSERT INTO entries VALUES ('payment:none', 1, 'treasury', 'LSL', 5)",
        "INSERT INTO postings (id, kind, receipt, at, by) VALUES ('payment:none', 'payment', 'none', 1, 'thief')",
    ],
)
async def test_the_database_itself_refuses_to_change_the_books(till, database, url, statement):
    bill = await till.bill()
    await till.pay(bill, till.payment(bill))
    before = await found(url)
    by = statement.replace(" by)", ' "by")')
    with pytest.raises(Exception, match="refused a row of ours"):
        await behind_its_back(database, by)
    assert await found(url) == before


async def test_the_database_refuses_a_posting_that_does_not_sum_to_zero(till, database, url):
    entries = "INSERT INTO entries VALUES ('payment:x', {}, '{}', '{}', {})"
    posting = "INSERT INTO postings (id, kind, receipt, at, \"by\") VALUES ('payment:x', 'payment', 'x', 1, 'thief')"
    for first, second in ((5, -4), (5, 5)):
        lines = [entries.format(1, "treasury", "LSL", first), entries.format(2, "suspense", "LSL", second)]
        with pytest.raises(AssertionError):
            await behind_its_back(database, *lines, posting)
    mixed = [entries.format(1, "treasury", "LSL", 5), entries.format(2, "suspense", "ZAR", -5)]
    with pytest.raises(AssertionError):
        await behind_its_back(database, *mixed, posting)
    assert (await found(url)).postings == 0


async def test_a_check_finds_what_was_forged_behind_the_guards(till, database, url, keyring):
    bill, other = await till.bill("palesa"), await till.bill("thabo")
    await till.pay(bill, till.payment(bill))
    whole = await money_proven(url, keyring)
    assert (whole.looked_at, whole.broken) == (3, 0), "two bills and a posting"
    postgres = url.startswith("postgres")
    for name, table in (("entries_kept_as_written", "entries"), ("payments_kept_as_came", "payments")):
        on = f" ON {table}" if postgres else ""
        await behind_its_back(database, f"DROP TRIGGER {name}{on}")
    await behind_its_back(
        database,
        "UPDATE entries SET amount_minor = amount_minor + 1 WHERE account = 'treasury'",
        "INSERT INTO entries VALUES ('payment:forged', 1, 'treasury', 'LSL', 7)",
        "INSERT INTO entries VALUES ('payment:forged', 2, 'suspense', 'LSL', -7)",
        "INSERT INTO postings (id, kind, receipt, at, \"by\") VALUES ('payment:forged', 'payment', 'forged', 1, 'x')",
        f"UPDATE bills SET state = 'paid', receipt = 'forged' WHERE id = '{other.id}'",
    )
    faults = " ".join((await found(url)).faults)
    for word in ("does not sum to zero in LSL", "payment:forged is of no payment", f"{other.id} is paid and 0 payments",
                 "trigger entries_kept_as_written is missing"):  # fmt: skip
        assert word in faults
    forged = await money_proven(url, keyring)
    assert forged.broken >= 4 and any("does not sum to zero" in fault for fault in forged.violations)
