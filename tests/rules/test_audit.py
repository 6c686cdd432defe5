"""The chain of the audit log: what was written is proven, and no change of any kind goes unseen."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit import AuditEntry, AuditLine, ChainBroken, Head, as_json, checked, from_json, line_after

AT = datetime(2026, 11, 28, 9, 30, 0, 250, tzinfo=UTC)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ENTRIES = st.builds(
    AuditEntry,
    at=st.datetimes(timezones=st.just(UTC)),
    actor=WORDS,
    act=WORDS,
    subject=WORDS,
    purpose=WORDS,
    details=st.dictionaries(WORDS, WORDS, max_size=3),
)


def chain(entries: list[AuditEntry]) -> list[AuditLine]:
    head, lines = Head(), []
    for entry in entries:
        lines.append(line_after(head, entry))
        head = Head(lines[-1].number, lines[-1].hash)
    return lines


def head_of(lines: list[AuditLine]) -> Head:
    head = Head()
    for head in checked(lines, Head()):  # noqa: B007  # the last one counts
        pass
    return head


@given(st.lists(ENTRIES, max_size=6))
def test_what_was_written_is_proven_and_so_is_its_file(entries: list[AuditEntry]) -> None:
    lines = chain(entries)
    assert head_of(lines).number == len(entries)
    assert [from_json(as_json(line), place) for place, line in enumerate(lines, 1)] == lines


@given(st.lists(ENTRIES, min_size=2, max_size=6), st.data())
def test_any_line_that_is_altered_taken_out_or_moved_is_seen(entries: list[AuditEntry], data: st.DataObject) -> None:
    lines = chain(entries)
    place = data.draw(st.integers(0, len(lines) - 2))
    name = data.draw(st.sampled_from(["at", "actor", "act", "subject", "purpose", "details", "previous", "hash"]))
    new: object = {"x": "y", "more": "z"} if name == "details" else getattr(lines[place], name) + "x"
    altered = msgspec.structs.replace(lines[place], **{name: new})
    for changed in (
        [*lines[:place], altered, *lines[place + 1 :]],
        [*lines[:place], *lines[place + 1 :]],
        [*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]],
    ):
        with pytest.raises(ChainBroken, match=r"^Line \d+ of the audit log"):
            head_of(changed)


def test_a_line_that_was_hashed_anew_breaks_the_one_behind_it() -> None:
    lines = chain([AuditEntry(AT, "house", "move", str(number)) for number in range(3)])
    forged = line_after(Head(1, lines[0].hash), AuditEntry(AT, "house", "move", "other"))
    with pytest.raises(ChainBroken, match="Line 3 of the audit log does not follow line 2"):
        head_of([lines[0], forged, lines[2]])


def test_a_hash_can_be_made_by_anybody_with_sha256() -> None:
    """The canonical form, written out: another program must be able to check it."""
    import hashlib

    (line,) = chain([AuditEntry(AT, "citizen", "file", "s/7", "birth", {"status": "received"})])
    text = (
        '{"act":"file","actor":"citizen","at":"2026-11-28T09:30:00.000250Z","details":{"status":"received"},'
        f'"number":1,"previous":"{"0" * 64}","purpose":"birth","subject":"s/7"}}'
    )
    assert line.hash == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", "\x00", '{"number": "1"}', as_json(chain([AuditEntry(AT, *"abc")])[0])[:-9]]
)
def test_what_is_no_line_is_named_by_its_place(text: str) -> None:
    with pytest.raises(ChainBroken, match="Line 7 of the file is no line"):
        from_json(text, 7)
