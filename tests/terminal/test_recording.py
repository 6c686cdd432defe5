"""Recorded conversations: what stands in the file, and that the house's own player reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.authoring.conversations.files import read_files
from app.errors import SettingsWrong
from app.limits import conversation_turns_max
from app.terminal.recording import append, read_conversations, render
from app.terminal.tape import Conversation, Did, Tape, Turn

MPHO, THABO = "+26650123456", "+26662123456"
BEGAN = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class Clock:
    """Moves only when told."""

    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tape(clock: Clock) -> Tape:
    tape = Tape(clock)
    tape.start("a call", {MPHO: "en"})
    return tape


def recorded(tape: Tape) -> Conversation:
    conversation = tape.stop()
    assert conversation is not None
    return conversation


def test_a_conversation_is_written_as_people_write_it(tape: Tape, clock: Clock, file: Path) -> None:
    tape.note(Turn(MPHO, Did.DIALS, "*384*26600#", "Khetha:\n1. Motlakase"))
    tape.note(Turn(MPHO, Did.TYPES, "1", "Kea leboha", ends=True))
    clock.pass_(2.2)
    tape.note(Turn(MPHO, Did.RECEIVES, "Mohala: Token 1"))
    tape.note(Turn(MPHO, Did.DIALS, "*384*26600#", "Khetha:\n1. Motlakase"))
    tape.note(Turn(MPHO, Did.DROPS))
    assert append(file, recorded(tape)) == "a call"
    text = "".join(line for line in file.read_text().splitlines(keepends=True) if "#" not in line or '"' in line)
    assert text == (
        'conversations:\n  a call:\n    dial: "*384*26600#"\n    number: "+26650123456"\n    language: en\n'
        '    at: "2026-11-24T08:00:00+00:00"\n    offices: {}\n    turns:\n'
        "      - shows: |-\n          Khetha:\n          1. Motlakase\n"
        '      - types: "1"\n        shows: "Kea leboha"\n        ends: true\n'
        "      - waits: 3 s\n"
        '      - receives: "Mohala: Token 1"\n'
        '      - dials: "*384*26600#"\n        shows: |-\n          Khetha:\n          1. Motlakase\n'
        "      - drops: true\n"
    )


def test_with_two_phones_each_turn_says_whose_it_is(tape: Tape, file: Path) -> None:
    tape.note(Turn(MPHO, Did.DIALS, "*384*26600#", "Khetha"))
    tape.note(Turn(THABO, Did.DIALS, "*384*26600*2#", "Nomoro"))
    tape.note(Turn(MPHO, Did.TYPES, "1", "Motlakase"))
    append(file, recorded(tape))
    [conversation] = read_files([file])
    assert [turn.number for turn in conversation.turns] == [MPHO, THABO, MPHO]


def test_nothing_is_recorded_before_the_first_dial(tape: Tape) -> None:
    tape.note(Turn(MPHO, Did.TYPES, "1", "Motlakase"))
    tape.note(Turn(MPHO, Did.RECEIVES, "Mohala"))
    assert tape.stop() is None
    assert not tape.is_running


def test_a_tape_that_stands_still_notes_nothing(clock: Clock) -> None:
    tape = Tape(clock)
    tape.note(Turn(MPHO, Did.DIALS, "*384*26600#", "Khetha"))
    assert tape.stop() is None


def test_a_long_pause_is_noted_and_thinking_is_not(tape: Tape, clock: Clock) -> None:
    tape.note(Turn(MPHO, Did.DIALS, "*384*26600#", "Khetha"))
    clock.pass_(59)
    tape.note(Turn(MPHO, Did.TYPES, "1", "Mitara"))
    clock.pass_(301)
    tape.note(Turn(MPHO, Did.TYPES, "1", "Over", ends=True))
    assert [(turn.did, turn.what) for turn in recorded(tape).turns[1:]] == [
        (Did.TYPES, "1"), (Did.WAITS, "301"), (Did.TYPES, "1"),
    ]  # fmt: skip


def test_a_wait_that_was_noted_is_not_noted_again(tape: Tape, clock: Clock) -> None:
    tape.note(Turn(MPHO, Did.TEXTS, "STATUS X"))
    clock.pass_(10)
    tape.note(Turn(MPHO, Did.WAITS, "10"))
    tape.note(Turn(MPHO, Did.RECEIVES, "Mohala"))
    assert [turn.did for turn in recorded(tape).turns] == [Did.TEXTS, Did.WAITS, Did.RECEIVES]


def test_a_recording_ends_where_its_file_could_no_longer_be_read(tape: Tape, file: Path) -> None:
    tape.note(Turn(MPHO, Did.DIALS, "*384*26600#", "Khetha"))
    for _ in range(conversation_turns_max + 5):
        tape.note(Turn(MPHO, Did.TYPES, "x", "Leka hape"))
    append(file, recorded(tape))
    [conversation] = read_files([file])
    assert len(conversation.turns) == conversation_turns_max


def one(name: str, page: str = "Khetha") -> Conversation:
    return Conversation(name, began_at=BEGAN, turns=[Turn(MPHO, Did.DIALS, "*384*26600#", page)])


def test_a_second_recording_stands_behind_what_was_there(file: Path) -> None:
    before = "# by hand\nconversations:\n    by hand:   # four spaces\n        turns: [{waits: 1 s}]"
    file.write_text(before)
    assert append(file, one("by hand")) == "by hand 2"
    assert append(file, one("by hand")) == "by hand 3"
    assert file.read_text().startswith(f"{before}\n\n    by hand 2:\n      dial: ")
    assert [conversation.name for conversation in read_files([file])] == ["by hand", "by hand 2", "by hand 3"]


@pytest.mark.parametrize("empty", ["", "# nothing yet\n", "conversations:\n"])
def test_a_file_without_a_conversation_gets_its_first(file: Path, empty: str) -> None:
    file.write_text(empty)
    append(file, one("first"))
    assert [conversation.name for conversation in read_files([file])] == ["first"]
    assert file.read_text().startswith(empty)


@pytest.mark.parametrize(
    "other",
    [
        "conversations: {a: {turns: [{waits: 1 s}]}}\n",
        "conversations:\n  a: {}\nother: 1\n",
        "sessions:\n  - id: x\n",
        "- a\n",
        "conversations: text\n",
        "conversations: [a\n",
        "conversations:\n  a: {}\n...\n",
        "[" * 5_000,
    ],
)
def test_a_file_that_cannot_grow_is_refused_and_stays_as_it_was(file: Path, other: str) -> None:
    file.write_text(other)
    with pytest.raises(SettingsWrong, match=str(file.parent)):
        append(file, one("a call"))
    assert file.read_text() == other
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(SettingsWrong, match="cannot be written"):
        append(tmp_path / "taken" / "conversations.yaml", one("a call"))


def test_a_file_that_is_no_text_is_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsWrong, match="cannot be read"):
        read_conversations(file)


def turns(*turns: Turn, file: Path) -> str:
    """What stands in the file below `turns`."""
    append(file, Conversation("a call", began_at=BEGAN, turns=[Turn(MPHO, Did.DIALS, "*384*26600#", "Khetha"), *turns]))
    assert len(read_files([file])) == 1
    return file.read_text().partition("turns:\n")[2]


def test_each_reference_that_comes_back_is_captured_however_it_is_typed(file: Path) -> None:
    written = turns(
        Turn(MPHO, Did.TYPES, "1", "Ref: 6795-C9E1Q", ends=True),
        Turn(MPHO, Did.RECEIVES, "Ref 4WEK-0CB29."),
        Turn(MPHO, Did.TEXTS, "STATUS 6795 c9elq"),
        Turn(MPHO, Did.DIALS, "*384*26600*2*4wekocb29#", "Kopo 4WEK-0CB29"),
        file=file,
    )
    assert 'shows: "Ref: {reference}"' in written and 'texts: "STATUS {reference}"' in written
    assert 'receives: "Ref {reference_2}."' in written
    assert 'dials: "*384*26600*2*{reference_2}#"' in written and 'shows: "Kopo {reference_2}"' in written


@pytest.mark.parametrize("typed", ["6795-C9E1R", "16795-C9E1Q", "6795-C9E"])
def test_what_is_not_the_reference_that_was_shown_stays_as_it_was_typed(file: Path, typed: str) -> None:
    written = turns(Turn(MPHO, Did.TYPES, "1", "Ref: 6795-C9E1Q"), Turn(MPHO, Did.TYPES, typed, "Leka hape"), file=file)
    assert 'shows: "Ref: 6795-C9E1Q"' in written and f'types: "{typed}"' in written


def test_a_reference_of_an_earlier_day_stays_as_it_was_typed(file: Path) -> None:
    page = "Kopo 6795-C9E1Q\nKopo 6795-C9E1Q"
    written = turns(Turn(MPHO, Did.TYPES, "6795-C9E1Q", page), file=file)
    assert "{" not in written


def test_an_example_whose_check_character_is_wrong_is_no_reference(file: Path) -> None:
    written = turns(*[Turn(MPHO, Did.TYPES, "x", "mohlala 7K4M-2PXQ9")] * 2, file=file)
    assert "{" not in written


letters = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(name=letters, typed=letters, page=letters)
def test_whatever_is_typed_and_shown_is_read_back_as_it_was(
    name: str, typed: str, page: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("any") / "conversations.yaml"
    call = one(name, page)
    call.turns.append(Turn(MPHO, Did.TYPES, typed, page + "\n" + page))
    file.write_text("conversations:\n" + render(call, name, 2), encoding="utf-8")
    text, names, indent = read_conversations(file)
    assert names == {name} and indent == 2 and text.endswith("\n")
    [conversation] = read_files([file])
    answered = conversation.turns[1]
    assert conversation.name == name
    assert answered.action is not None and answered.action.text.fill({}) == typed
    assert answered.page is not None and answered.page.text.fill({}) == page + "\n" + page
