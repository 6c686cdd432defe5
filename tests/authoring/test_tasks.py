"""`mohala menus tasks`: what a task takes, counted from a conversation in every language."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.authoring.conversations.files import read_files
from app.authoring.conversations.model import MostUsed, Task
from app.authoring.measuring import (
    LETTERS_A_SECOND,
    PRESS_SECONDS,
    THINK_SECONDS,
    Measured,
    Row,
    measured,
    presses_of,
)
from app.authoring.tasks import NEAR, NEAR_SCREENS, check_ranks, page
from app.cli import cli
from app.errors import MenuRefused, SettingsWrong
from app.pack import Pack

ROOT = Path(__file__).resolve().parents[2]
FLAT = ROOT / "tests/flat"
POWER = """\
conversations:
  a straight purchase:
    task:
      title: Buy electricity
      most_used: {rank: 1, because: it runs out}
      known:
        - {whose: A wallet, dial: "*111#", types: ["4"], to: its menu, ours: 1, source: a blog, grade: M}
    dial: "*384*26600#"
    offices:
      electricity.meter: {answered: {holder: Palesa Mokoena}}
      wallet.request-payment: {answered: {payment: MP1}}
      electricity.vend: {answered: {token: "12345678901234567890", kwh: "27.3"}}
    turns:
      - matches: "3"
      - types: "3"
      - types: "01234567897"
      - types: "50"
      - types: "1"
      - waits: 1 min
  what is no task:
    dial: "*384*26600#"
    turns:
      - matches: "3"
"""
ASKED = """\
        matches: "Ref: {reference}"
        ends: true
      - waits: 1 min
      - receives_matching: "{reference}"
      - texts: STATUS {reference}
"""


def row_of(title: str, rank: int, begins: int = 1) -> Row:
    measured = Measured("st", begins, begins, 12, 100, 30.0, 0, 0)
    return Row(Task(title, most_used=MostUsed(rank, "assumed")), (measured,), ())


@pytest.fixture
def told(tmp_path: Path) -> Path:
    (tmp_path / "tasks.yaml").write_text(POWER, "utf-8")
    return tmp_path / "tasks.yaml"


def test_screens_presses_and_texts_are_counted_in_every_language(lesotho: Pack, told: Path) -> None:
    conversations = [one for one in read_files([told]) if one.task is not None]
    (row,) = measured(lesotho, conversations)
    sesotho, english = row.measured
    assert (row.task.title, sesotho.language, english.language) == ("Buy electricity", "st", "en")
    # *384*26600# and call; then 3, eleven digits of the meter, 50 and 1, each with send.
    assert sesotho.presses == 12 + 2 + 12 + 3 + 2
    assert (sesotho.screens, sesotho.begins, sesotho.texts, sesotho.parts) == (5, 2, 1, 1)
    assert sesotho.longest != english.longest and sesotho.longest <= 156
    assert sesotho.seconds > 31 * PRESS_SECONDS + 5 * THINK_SECONDS + sesotho.longest / LETTERS_A_SECOND


def test_the_page_has_a_row_for_each_task_and_what_makes_it_one_of_the_most_used(told: Path) -> None:
    text = page(FLAT, [told])
    (row,) = (line for line in text.splitlines() if line.startswith("| Buy electricity |"))
    assert row.startswith("| Buy electricity | 5 | 2 | 31 | ") and row.endswith("| 1 (1) | not known |")
    assert "\n| 1 | Buy electricity | 2 | it runs out |\n" in text and "what is no task" not in text


def test_both_sides_of_a_comparison_are_counted_from_the_dial_to_the_same_point(told: Path) -> None:
    # Theirs: *111# and call, 4 and send; ours: *384*26600# and call, 3 and send.
    row = "| A wallet, its menu | `*111#`, `4` | 2 | 8 (6) | `*384*26600#`, `3` | 2 | 14 (12) | Buy electricity |"
    text = page(FLAT, [told])
    assert f"{row} a blog (M) |" in text
    other = POWER.partition("  a straight")[2].partition("  what is no")[0].replace("Buy electricity", "Buy more of it")
    told.write_text(f"{POWER}  another straight{other.replace('rank: 1', 'rank: 2')}", "utf-8")
    assert f"{row[:-2]}; Buy more of it | a blog (M) |" in page(FLAT, [told]), "once, with all the tasks it holds for"


def test_a_point_that_is_never_reached_is_told(told: Path) -> None:
    told.write_text(POWER.replace("ours: 1", "ours: 9", 1), "utf-8")
    with pytest.raises(SettingsWrong, match="types less than 9 times"):
        page(FLAT, [told])


def test_what_was_there_before_is_not_counted_and_a_task_may_be_a_text(lesotho: Pack, told: Path) -> None:
    without = POWER[: POWER.index("      known:")] + POWER[POWER.index('    dial: "') :]
    told.write_text(without.replace("      - waits: 1 min\n", ASKED, 1), "utf-8")
    (row,) = measured(lesotho, [one for one in read_files([told]) if one.task is not None])
    sesotho, _ = row.measured
    assert (sesotho.screens, sesotho.begins, sesotho.texts, sesotho.longest) == (0, 0, 1, 0)
    # s 4, t 1, a 1, t 1, u 2, s 4, a blank 1; then a reference of ten signs, and send.
    assert sesotho.presses >= 13 + 1 + 10 + 1 and sesotho.seconds < 120


def test_the_work_of_the_most_used_begins_within_three_screens() -> None:
    check_ranks([row_of("Pay", NEAR, NEAR_SCREENS), row_of("Apply", NEAR + 1, 9)])
    with pytest.raises(SettingsWrong, match=f"number {NEAR} of the most used, and its work begins on screen 4"):
        check_ranks([row_of("Pay", NEAR, NEAR_SCREENS + 1)])


@pytest.mark.parametrize("other", [row_of("Ask", 2), row_of("Pay", 1)])
def test_a_title_and_a_rank_are_of_one_task(other: Row) -> None:
    with pytest.raises(SettingsWrong, match=r"2 tasks have the same: (Ask|rank 1)\."):
        check_ranks([row_of("Ask", 1), other])


def test_the_price_of_the_pack_says_what_it_costs(told: Path, tmp_path: Path) -> None:
    shutil.copytree(FLAT, tmp_path / "pack")
    path = tmp_path / "pack/pack.yaml"
    price = 'sms_price: {amount: "0.25", source: assumed, as_of: "2026-11-29"}\n'
    path.write_text(f"{path.read_text('utf-8').rstrip()}\n{price}", "utf-8")
    text = page(tmp_path / "pack", [told])
    assert "| 1 (1) | M0.25 |" in text and "**Price.** M25.00 for a hundred parts: assumed, 2026-11-29." in text


@pytest.mark.parametrize(
    ("text", "presses"), [("*384*26600#", 11), ("50", 2), ("ab", 3), ("POINT 14", 1 + 3 + 3 + 2 + 1 + 1 + 8 + 4)]
)
def test_letters_take_as_many_presses_as_on_a_keypad(text: str, presses: int) -> None:
    assert presses_of(text) == presses


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('      - types: "1"\n      - waits', "      - waits", "its last page is not the end"),
        ('    dial: "*384*26600#"\n    offices', "    offices", "begins with `dial`"),
        ('      - matches: "3"\n      - types: "3"', '      - types: "3"', "begins with `dial` and a first turn"),
        ('types: "50"', 'number: "+26658765432"', "has one phone"),
    ],
)
def test_what_is_no_straight_way_is_told(told: Path, before: str, after: str, why: str) -> None:
    assert before in POWER
    told.write_text(POWER.replace(before, after, 1), "utf-8")
    with pytest.raises(SettingsWrong, match=why):
        page(FLAT, [told])


@pytest.mark.parametrize(
    ("task", "why"),
    [
        ("{known: []}", "needs a `title`"),
        ("{title: T, known: [{whose: A, dial: '*1#', ours: 0}]}", "needs `whose` it is"),
        ("{title: T, known: {whose: A}}", "`known` is a list"),
        ("{title: T, known: [{whose: A, dial: '*1#', to: b, source: s, grade: H}]}", "`ours` is a number from 0"),
        ("{title: T, most_used: {rank: 0, because: b}}", "`rank` is a number from 1"),
        ("{title: T, most_used: {rank: 1}}", "needs a `because`"),
        ("{title: T, price: 3}", "`price` is unknown in `task`"),
    ],
)
def test_a_task_that_is_written_wrong_is_a_complaint(told: Path, task: str, why: str) -> None:
    told.write_text(f"conversations:\n  one:\n    task: {task}\n    turns: [{{texts: A}}]\n", "utf-8")
    with pytest.raises(MenuRefused, match=why):
        read_files([told])


def test_the_command_prints_the_page(told: Path) -> None:
    shown = CliRunner().invoke(cli, ["menus", "tasks", str(FLAT), "--conversations", str(told)])
    assert shown.output == page(FLAT, [told])
