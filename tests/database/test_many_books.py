"""Sets of books one after the other: each is proven, noted once, and found again by its seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.books import COLUMNS, Done, Kind, done_before, main, note, summed


def test_sets_are_noted_once_and_a_seed_means_the_same_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tallies = [tmp_path / "one.csv", tmp_path / "other.csv"]
    for tally in tallies:
        with pytest.raises(SystemExit, match="0"):
            ended(2, tally)
    first, other = (sorted(done_before(tally), key=lambda done: done.seed) for tally in tallies)
    # Whoever commits while this runs changes what is checked out, and not what is measured.
    assert [replace(done, commit="") for done in first] == [replace(done, commit="") for done in other]
    assert [done.seed for done in first] == [1_000, 1_001]
    assert all(done.operations == 60 and done.bills and not done.violations for done in first)
    with pytest.raises(SystemExit, match="0"):
        ended(2, tallies[0])
    assert len(done_before(tallies[0])) == 2, "what is in the tally is not done again"
    assert "all: 2 sets, 120 operations" in capsys.readouterr().out.splitlines()[-1]


def ended(sets: int, tally: Path) -> None:
    try:
        main(sets=sets, operations=60, tally=tally)
    except Exception as exit:
        raise SystemExit(getattr(exit, "exit_code", exit)) from None


def test_what_was_violated_is_in_the_sum(tmp_path: Path) -> None:
    tally = tmp_path / "books.csv"
    for seed, violations in ((1, 0), (2, 3)):
        note(tally, Done(Kind.POSTGRESQL, seed, 100, 9, 8, 7, 6, 5, violations, "abc"))
    told = "2 sets, 200 operations, 16 payments by wallets, 14 by agents: 3 violations, the promises do not hold"
    assert summed(done_before(tally)).splitlines() == [f"postgresql: {told}", f"all: {told}"]


@pytest.mark.parametrize(
    ("text", "told"),
    [("a,b\n", "other columns"), (f"{','.join(COLUMNS)}\nsqlite,1,x,1,1,1,1,1,0,abc\n", "line 2 is no set of books")],
)
def test_a_tally_that_is_none_is_refused(tmp_path: Path, text: str, told: str) -> None:
    tally = tmp_path / "books.csv"
    tally.write_text(text)
    with pytest.raises(ValueError, match=told):
        done_before(tally)
