"""The history: what is written is read again, from a run that died too."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.errors import SettingsWrong
from app.load.history import (
    FILE,
    Cut,
    Deed,
    Exchange,
    HistoryWriter,
    Run,
    Trouble,
    read_history,
    references_in,
)

RUN = Run("run-1", "steady", 1, 20.0, 60.0, datetime(2026, 11, 27, 8, tzinfo=UTC), 156, {"over": ("Over.", "Fela.")})
DIALLED = Exchange(
    "+26650000001", "s0", "*384*26600#", Deed.DIAL, "", 1.0, 1.2, 1.5, 2.0, answer="CON Khetha:\n1. Litsi"
)
LOST = Exchange(
    "+26650000001", "s0", "*384*26600#", Deed.TYPE, "1", 3.0, 3.0, 3.0, 3.1, status=0, kind="", trouble=Trouble.LOST
)


def written(*lines: Run | Exchange | Cut) -> bytes:
    file = io.BytesIO()
    writer = HistoryWriter(file, RUN)
    for line in lines:
        writer.write(line)
    return file.getvalue()


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(written(DIALLED, LOST, Cut(1, 2)))
    history = read_history(tmp_path)
    assert (history.run, history.exchanges, history.cut) == (RUN, (DIALLED, LOST), Cut(1, 2))


def test_a_run_that_died_in_the_middle_of_a_line_is_read_up_to_there(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(written(DIALLED, LOST)[:-9])
    history = read_history(tmp_path)
    assert history.exchanges == (DIALLED,) and history.cut is None


@pytest.mark.parametrize("content", [b"", b"{}\n", b'{"line":"end","not_begun":0,"cut_off":0}\n', b"no JSON\n"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(SettingsWrong, match="mohala load"):
        read_history(tmp_path)


def test_latency_counts_from_when_it_should_have_left() -> None:
    assert DIALLED.latency == 1.0


def test_only_an_answer_with_200_that_begins_as_it_must_is_a_page() -> None:
    def seen(status: int, answer: str) -> tuple[bool, bool, str]:
        exchange = Exchange(
            "+26650000001", "s0", "*384*26600#", Deed.DIAL, "", 0, 0, 0, 0, status=status, answer=answer
        )
        return exchange.goes_on, exchange.is_last, exchange.page

    assert seen(200, "CON a") == (True, False, "a") and seen(200, "END a") == (False, True, "a")
    assert seen(500, "CON a") == seen(200, "a") == seen(200, "con a") == (False, False, "")


def test_references_are_found_in_canonical_form_each_once_and_only_with_their_check_character() -> None:
    assert references_in("Ref: 0W3G-E1R7R, 0W3G-E1R7R.") == ("0W3GE1R7R",)
    assert references_in("2026-11111 7K4M-2PXQ9 05/03/2026") == ()
