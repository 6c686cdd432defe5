"""`mohala menus tasks`: what a task takes, counted from a conversation in every language."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.authoring.conversations.files import read_files
from app.authoring.tasks import LETTERS_A_SECOND, PRESS_SECONDS, THINK_SECONDS, measured, page, presses_of
from app.cli import cli
from app.errors import MenuRefused, SettingsWrong
from app.pack import Pack

ROOT = Path(__file__).resolve().parents[2]
FLAT = ROOT / "tests/flat"
POWER = """\
conversations:
  a straight purchase:
    task: {title: Buy electricity, known: {whose: A wallet, dial: "*111#", types: ["4"], source: its menu}}
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
    assert (sesotho.screens, sesotho.texts, sesotho.parts) == (5, 1, 1)
    assert sesotho.longest != english.longest and sesotho.longest <= 156
    assert sesotho.seconds > 31 * PRESS_SECONDS + 5 * THINK_SECONDS + sesotho.longest / LETTERS_A_SECOND


def test_the_page_has_a_row_for_each_task_and_what_is_known_elsewhere(told: Path) -> None:
    text = page(FLAT, [told])
    (row,) = (line for line in text.splitlines() if line.startswith("| Buy electricity |"))
    assert row.startswith("| Buy electricity | 5 | 31 | ") and "| 1 (1) | not known |" in row
    assert row.endswith("| A wallet `*111#`, 4: 2 screens, 8 presses to begin with |")
    assert "From:\nits menu." in text and "what is no task" not in text


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
        ('      - matches: "3"\n      - types: "3"', '      - types: "3"', "begins with `dial`, and a first turn"),
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
        ("{known: {whose: A, dial: '*1#', source: s}}", "needs a `title`"),
        ("{title: T, known: {whose: A, dial: '*1#'}}", "needs `whose` it is"),
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
