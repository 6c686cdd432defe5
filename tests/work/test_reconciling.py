"""`mohala books` with a clerk's files: as Excel writes them, twice, by the wrong clerk, and an account on paper."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app import bookkeeping, limits, reconciling, refunding
from app.billing import Coming
from app.compiler.pack import compile_pack
from app.desking import new_token
from app.errors import DeskRefused, SettingsWrong
from app.pack import Pack
from app.payments import Payment
from app.proposals import How
from app.settings import Settings
from app.tasks import Clerk
from tests.work.conftest import Bench, open_bench
from tests.work.paid import sources
from tests.work.test_billing import billed, settings  # noqa: F401
from tests.work.test_editions import publish

pytestmark = pytest.mark.anyio
HEAD = "Transaction;Time;Type;Status;Account;Correlation;Amount;Currency;Balance"
CORRELATION = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def paid() -> Pack:
    return compile_pack(sources())


@pytest.fixture
async def bench(paid: Pack, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(paid, tmp_path) as bench:
        await publish(bench, sources())
        yield bench


async def test_a_clerks_file_is_compared_settled_by_two_and_printed(
    bench: Bench, settings: Settings, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    bill = await billed(bench)
    told = Coming("sandbox", CORRELATION, "32.5", "LSL", "", "MP1", keeps=True)
    assert isinstance(await bench.billing.take(bill, told), Payment)
    at: datetime = bench.time()
    day, later = at.date(), at + timedelta(days=2)
    rows = [
        f"MP1;{day} 11:30:00;Payment;Completed;Rasiti é;{CORRELATION};32,50;LSL;32,50",
        f"MP2;{day} 11:31:00;Payment;Completed;;C2;1 000,00;LSL;1 032,50",
        f"MP3;{day} 11:31:00;Payment;Completed;;C2;1,000;LSL;",
    ]
    file = tmp_path / "statement.csv"
    file.write_bytes("\r\n".join([HEAD, *rows]).encode("cp1252"))

    def by_clerks() -> None:
        lineo, thabo = (new_token(settings, Clerk(name, ""), "op") for name in ("lineo", "thabo"))
        land = new_token(settings, Clerk("palesa", "land"), "op")
        with pytest.raises(DeskRefused, match="all offices"):
            reconciling.import_file(settings, "sandbox", day, file, land, lambda: later)
        with pytest.raises(SettingsWrong, match="No layout is named mpesa"):
            reconciling.import_file(settings, "mpesa", day, file, lineo, lambda: later)
        imported, report = reconciling.import_file(settings, "sandbox", day, file, lineo, lambda: later)
        assert [fault.line for fault in imported.faults] == [4] and not report.is_whole
        assert [one.line_id for one in report.differences] == ["MP2"]
        again, _ = reconciling.import_file(settings, "sandbox", day, file, lineo, lambda: later)
        assert again.is_known
        (found,) = reconciling.differences(settings, "sandbox", is_open=True)
        (proposal,) = reconciling.settle(settings, [found.difference.id[:5]], How.BOOK, "", "found", lineo)
        with pytest.raises(DeskRefused, match="another clerk"):
            reconciling.decide(settings, [proposal.id], "", lineo, approved=True)
        reconciling.decide(settings, [proposal.id], "", thabo, approved=True)
        assert reconciling.proposals(settings) == reconciling.differences(settings, "", is_open=True) == []
        books = bookkeeping.check(settings.database)
        assert books.faults == [] and books.balances[("differences", "LSL")] == 1_000_00
        printed(settings, tmp_path, day)

    await asyncio.to_thread(by_clerks)


def printed(settings: Settings, tmp_path: Path, day: date) -> None:  # noqa: F811
    target = tmp_path / "wallet.csv"
    last = datetime.now(UTC).date() + timedelta(days=1)  # the clerks' own day may have begun already
    found = reconciling.account_statement(settings, "wallet:sandbox", day, last, "op", target)
    assert [one.entry.amount_minor for one in found.moved] == [-32_50, -1_000_00]
    rows = list(csv.reader(target.read_text("utf-8").splitlines()))
    assert rows[0] == list(reconciling.COLUMNS) and [row[-1] for row in rows[1:]] == ["-3250", "-103250", "-103250"]


async def test_money_in_suspense_is_applied_by_a_clerk(bench: Bench, settings: Settings) -> None:  # noqa: F811
    bill = await billed(bench)
    payment = await bench.billing.take(bill, Coming("sandbox", CORRELATION, "40", "LSL", "", "MP1", keeps=True))
    assert isinstance(payment, Payment)

    def by_a_clerk() -> None:
        lineo = new_token(settings, Clerk("lineo", ""), "op")
        with pytest.raises(DeskRefused, match="cannot be paid now"):  # the operator's clock is the machine's
            reconciling.apply(settings, payment.receipt, bill.code, "too much", lineo)
        assert [one.receipt for one in refunding.waiting(settings)] == [payment.receipt]

    await asyncio.to_thread(by_a_clerk)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"a;b\r\n", "utf-8"),
        (b"\xef\xbb\xbfa;b", "utf-8-sig"),
        ("M\u00e9".encode("cp1252"), "cp1252"),
        ("M\u00e9".encode(), "utf-8"),
        ("a\tb".encode("utf-16"), "utf-16"),
    ],
)
def test_files_are_read_in_the_encodings_of_excel(tmp_path: Path, content: bytes, encoding: str) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(content)
    assert reconciling.digest_of(file)[1] == encoding


def test_a_file_that_is_too_large_or_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsWrong, match="cannot be read"):
        reconciling.digest_of(tmp_path / "none.csv")
    monkeypatch.setattr(limits, "statement_bytes_max", 3)
    (tmp_path / "file.csv").write_bytes(b"abcd")
    with pytest.raises(SettingsWrong, match="larger than"):
        reconciling.digest_of(tmp_path / "file.csv")
