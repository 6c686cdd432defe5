"""Files of statements as portals and spreadsheets write them, and every row that cannot be read with its remedy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app import limits
from app.errors import SettingsWrong
from app.layouts import layout_of, read_layouts
from app.matching import Flow, Line
from app.statements import Closing, Fault, Layout, Read, read_statement
from tests.conftest import ROOT

DAY = date(2026, 11, 27)
HEAD = "Transaction,Time,Type,Status,Account,Correlation,Amount,Currency,Balance"
GOOD = 'MP1,2026-11-27 09:15:00,Payment,Completed,7K4M2-PXQ9B,C-1,"32.50",LSL,32.50'


@pytest.fixture(scope="module")
def sandbox() -> Layout:
    return layout_of(read_layouts(ROOT / "menus" / "statements"), "sandbox")


def read(layout: Layout, *rows: str, head: str = HEAD) -> list[Read]:
    return list(read_statement(layout, DAY, [f"{row}\r\n" for row in (head, *rows)]))


def lines(found: Sequence[Read]) -> list[Line]:
    return [one for one in found if isinstance(one, Line)]


def told(found: Sequence[Read]) -> list[tuple[int, str]]:
    return [(one.line, one.told) for one in found if isinstance(one, Fault)]


def test_a_row_becomes_a_line_in_our_words(sandbox: Layout) -> None:
    at = datetime(2026, 11, 27, 9, 15, tzinfo=ZoneInfo("Africa/Maseru"))
    line, closing = read(sandbox, GOOD)
    assert line == Line("MP1", Flow.PAID, 32_50, "LSL", at, DAY, ("C-1",), "")
    assert closing == Closing(32_50)


def test_a_code_of_a_bill_is_kept_and_whatever_else_was_typed_is_not(sandbox: Layout) -> None:
    from app.bill_code import new_bill_code

    code = new_bill_code(bytes)
    typed = [GOOD.replace("7K4M2-PXQ9B", text) for text in (f"{code[:5]} {code[5:].lower()}", "Thabo 058123456789")]
    assert [line.bill_code for line in lines(read(sandbox, *typed))] == [code, ""]


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("32.50", 32_50), ("32,50", 32_50), ("1 234,50", 1_234_50), ("1,234.50", 1_234_50), ("1.234,50", 1_234_50),
        ("M130", 130_00), ("LSL 130.5", 130_50), ("130\u00a0000,00", 130_000_00), ("1'000.00", 1_000_00),
        ("7.0000", 7_00),
    ],
)  # fmt: skip
def test_amounts_are_read_as_spreadsheets_of_any_country_write_them(sandbox: Layout, written: str, minor: int) -> None:
    row = GOOD.replace('"32.50"', f'"{written}"')
    assert [line.amount_minor for line in lines(read(sandbox, row))] == [minor]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_that_of_the_head_and_a_mark_before_it_does_not_matter(
    sandbox: Layout, delimiter: str
) -> None:
    head, row = (text.replace(",", delimiter) for text in (HEAD, GOOD))
    assert len(lines(read(sandbox, row, head=f"\ufeff{head}"))) == 1


def test_words_of_the_portal_above_the_columns_are_passed_over(sandbox: Layout) -> None:
    assert len(lines(read(sandbox, HEAD, GOOD, head="Short code;600000"))) == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("32.50", "1,234"), "thousands or a fraction"),
        (("32.50", "32.505"), "thousands or a fraction"),
        (("32.50", "32.5050"), "finer than LSL"),
        (("32.50", "many"), "no amount"),
        (("32.50", "0.00"), "is nothing"),
        (("32.50", ""), "is empty"),
        (("MP1", "1.23E+11"), "rounded number"),
        (("MP1", "MP 1"), "is no id"),
        (("MP1", "=HYPERLINK()"), "is no id"),
        (("2026-11-27", "27/11/2026"), "is not written as"),
        (("2026-11-27 09", "2026-11-28 09"), "name the day of the file"),
        (("2026-11-27", "2026-09-27"), "more than 31 days before"),
        (("Payment", "Airtime"), "`flows` do not know"),
        (("LSL", "Maloti"), "no code of a currency"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_a_remedy_and_the_others_are_read(
    sandbox: Layout, change: tuple[str, str], word: str
) -> None:
    found = read(sandbox, GOOD, GOOD.replace(*change, 1), GOOD.replace("MP1", "MP3"))
    ((line, sentence),) = told(found)
    assert line == 3 and word in sentence and (":" in sentence or "name" in sentence)
    assert [one.id for one in lines(found)] == ["MP1", "MP3"]
    assert change[1] not in sentence or not change[1]


def test_a_row_that_did_not_come_about_is_no_line(sandbox: Layout) -> None:
    assert read(sandbox, GOOD.replace("Completed", "Failed")) == []


def test_an_id_that_a_file_has_twice_is_counted(sandbox: Layout) -> None:
    assert [line.copy for line in lines(read(sandbox, GOOD, GOOD, GOOD.replace("32.50", "1.00")))] == [1, 2, 1]


def test_the_latest_balance_closes_the_day_whichever_row_comes_first(sandbox: Layout) -> None:
    later = GOOD.replace("MP1", "MP2").replace("09:15", "10:15").replace("LSL,32.50", "LSL,65.00")
    assert read(sandbox, GOOD, later)[-1] == read(sandbox, later, GOOD)[-1] == Closing(65_00)


def test_a_file_of_something_else_is_told_what_columns_it_should_have(sandbox: Layout) -> None:
    ((line, sentence),) = told(read(sandbox, GOOD, head="Date,Money"))
    assert line == 0 and "Correlation" in sentence and "mend the layout" in sentence


def test_a_file_that_never_ends_is_stopped(sandbox: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "statement_rows_max", 3)
    found = list(read_statement(sandbox, DAY, iter([HEAD, *(GOOD for _ in range(9))])))
    assert len(lines(found)) == 3 and "split it" in told(found)[0][1]


def test_two_columns_for_in_and_out_and_no_word_for_the_flow(tmp_path: Path) -> None:
    text = (ROOT / "menus" / "statements" / "sandbox.yaml").read_text("utf-8")
    kept = [
        row for row in text.splitlines() if not row.startswith(("flows", "  kind", "  currency", "  state", "done"))
    ]
    told_so = "\n".join(kept).replace("  amount: Amount", "  in: Paid in\n  out: Withdrawn")
    (tmp_path / "mpesa.yaml").write_text(told_so, "utf-8")
    mpesa = read_layouts(tmp_path)["mpesa"]
    head = "Transaction,Time,Account,Correlation,Paid in,Withdrawn,Balance"
    rows = [
        "A1,2026-11-27 09:00:00,,C,10.00,,10",
        "A2,2026-11-27 09:01:00,,C,,-4.00,6",
        "A3,2026-11-27 09:02:00,,C,1,1,6",
    ]
    found = read(mpesa, *rows, head=head)
    assert [(line.flow, line.amount_minor) for line in lines(found)] == [(Flow.PAID, 10_00), (Flow.BACK, 4_00)]
    assert "not both" in told(found)[0][1]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("account: wallet:sandbox", "account: treasury"), "account"),
        (("timezone: Africa/Maseru", "timezone: Maseru"), "no time zone"),
        (("  id: Transaction", "  key: Transaction"), "columns"),
        (("done: [Completed]", ""), "`state` and `done` go together"),
        (("daily: no", "dayly: no"), "dayly"),
        (("flows: {", "flows: {Fee: gone, "), "flows.Fee"),
    ],
)
def test_a_layout_that_is_wrong_is_refused_with_its_place(tmp_path: Path, change: tuple[str, str], word: str) -> None:
    text = (ROOT / "menus" / "statements" / "sandbox.yaml").read_text("utf-8")
    (tmp_path / "mpesa.yaml").write_text(text.replace(*change, 1), "utf-8")
    with pytest.raises(SettingsWrong, match=r"mpesa\.yaml:") as refused:
        read_layouts(tmp_path)
    assert word in str(refused.value)
