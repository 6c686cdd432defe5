"""What docs/watching.md says of precision and recall is what the benchmark finds."""

from __future__ import annotations

from pathlib import Path

from app.watching.rules import RULES
from benchmarks.watching import scores, table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "watching.md"


def test_the_page_says_what_is_found() -> None:
    told = PAGE.read_text("utf-8").partition("<!-- scores -->\n")[2].partition("\n<!-- end -->")[0]
    assert told == table(seed=1, weeks=26)


def test_every_rule_finds_something_whatever_the_seed() -> None:
    for seed in (2, 3):
        assert all(score.right for score in scores(seed, 26).values())


def test_the_page_tells_of_every_rule() -> None:
    page = PAGE.read_text("utf-8")
    assert all(f"| `{name}` | " in page for name in RULES)
