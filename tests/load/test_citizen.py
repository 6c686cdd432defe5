"""A synthetic citizen types the journey, thinks in between, and does to the line what networks do."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from app.authoring.conversations.wording import parse
from app.load.citizen import Callback, Citizen, Habits, Line
from app.load.history import Deed, Word
from app.load.journeys import Dial, Journey
from tests.load.lines import ScriptedLine

CODE = "*384*26600#"
OFFER = "You had not finished. Go on?"
REFERENCE = "0W3G-E1R7R"
CALM = Habits(think_seconds=2.0).scaled(0)
BIRTH = Journey("registers a birth", (Dial(CODE, parse(""), tuple(map(parse, ("1", "2", "5/3/2026")))),))
ASKS = Journey(
    "applies and asks", (Dial(CODE, parse("1*2"), (parse("1"),)), Dial(CODE, parse("2"), (parse("{reference}"),)))
)


def live(line: Line, journey: Journey, habits: Habits, seed: int = 1) -> None:
    numbers = itertools.count()
    citizen = Citizen(
        "+26650000001", journey, habits, frozenset({OFFER}), line, Random(seed), lambda: f"s{next(numbers)}"
    )
    asyncio.run(citizen.live(10.0))


def always(page: str) -> Callable[[Callback], str]:
    return lambda callback: page


def test_without_troubles_the_journey_is_typed_page_by_page() -> None:
    line = ScriptedLine(always("CON more"))
    live(line, BIRTH, CALM)
    assert line.told() == ["", "1", "1*2", "1*2*5/3/2026"]
    assert [one.deed for one in line.sent] == [Deed.DIAL, Deed.TYPE, Deed.TYPE, Deed.TYPE]
    assert {one.session for one in line.sent} == {"s0"}


def test_the_first_callback_is_due_on_arrival_and_each_other_one_after_an_answer_and_a_thought() -> None:
    line = ScriptedLine(always("CON more"))
    live(line, BIRTH, CALM)
    due = [one.due for one in line.sent]
    assert due[0] == 10.0
    assert all(after > before + 0.1 for before, after in itertools.pairwise(due))


def test_thoughts_last_as_long_on_average_as_was_asked_for() -> None:
    journey = Journey("thinks", (Dial(CODE, parse(""), (parse("1"),) * 4000),))
    line = ScriptedLine(always("CON more"))
    live(line, journey, CALM)
    assert (line.sent[-1].due - 10.0) / 4000 == pytest.approx(2.1, rel=0.03), "a thought and the answer's 0.1 s"


def test_the_same_seed_does_the_same_and_another_does_not() -> None:
    lines = [ScriptedLine(always("CON more")) for _ in range(3)]
    for line, seed in zip(lines, (3, 3, 4), strict=True):
        live(line, BIRTH, Habits().scaled(5), seed)
    assert lines[0].sent == lines[1].sent != lines[2].sent


def test_a_last_page_ends_it() -> None:
    line = ScriptedLine(lambda callback: "END over" if callback.text == "1" else "CON more")
    live(line, BIRTH, CALM)
    assert line.told() == ["", "1"]


def test_what_was_shown_is_typed_later() -> None:
    line = ScriptedLine(lambda callback: f"END Ref: {REFERENCE}" if callback.text == "1*2*1" else "CON more")
    live(line, ASKS, CALM)
    assert line.told() == ["1*2", "1*2*1", "2", f"2*{REFERENCE}"]


def test_a_citizen_who_was_shown_no_reference_gives_up_where_it_is_asked_for() -> None:
    line = ScriptedLine(always("CON more"))
    live(line, ASKS, CALM)
    assert line.told() == ["1*2", "1*2*1", "2"]


def test_copies_go_beside_the_callback_and_are_the_same_transcript() -> None:
    line = ScriptedLine(always("CON more"))
    live(line, BIRTH, replace(CALM, copies=1.0))
    assert line.told(Deed.REPEAT) == line.told(Deed.DIAL, Deed.TYPE)


def test_earlier_callbacks_come_again_and_contradictions_are_followed_by_the_latest() -> None:
    line = ScriptedLine(always("CON more"))
    live(line, BIRTH, replace(CALM, contradictions=1.0))
    typed = line.told(Deed.TYPE)
    assert line.told(Deed.REPEAT) == typed
    for wrong, right in zip(line.told(Deed.CONTRADICTION), typed, strict=True):
        assert wrong[0] != right[0] and not wrong.startswith(right)


def test_a_rival_is_another_input_on_the_same_page() -> None:
    line = ScriptedLine(always("CON more"))
    live(line, BIRTH, replace(CALM, rivals=1.0))
    assert line.told(Deed.RIVAL) == ["2", "1*1", "1*2*1"]


def test_after_the_end_something_more_may_be_typed() -> None:
    line = ScriptedLine(always("END over"))
    live(line, BIRTH, replace(CALM, after_end=1.0))
    assert [(one.deed, one.text) for one in line.sent] == [(Deed.DIAL, ""), (Deed.AFTER_END, "1")]


@pytest.mark.parametrize(
    ("page", "after"), [(OFFER, ["", "1", "1*5/3/2026"]), ("Welcome", ["", "1", "1*2", "1*2*5/3/2026"])]
)
def test_who_fell_goes_on_if_that_is_offered_and_types_everything_again_if_not(page: str, after: list[str]) -> None:
    def answer(callback: Callback) -> str:
        if callback.session == "s0":
            return "" if callback.text == "1*2" else "CON more"
        return "CON more" if callback.text else f"CON {page}"

    line = ScriptedLine(answer)
    live(line, BIRTH, replace(CALM, redials=1.0))
    assert [one.text for one in line.sent if one.session == "s1"] == after
    assert {one.fell for one in line.sent if one.session == "s1"} == {"s0"}


def test_a_callback_without_an_answer_is_a_fall_and_some_give_up() -> None:
    line = ScriptedLine(lambda callback: "" if callback.session == "s0" else "CON more")
    live(line, BIRTH, replace(CALM, redials=1.0))
    assert [one.session for one in line.sent[:2]] == ["s0", "s1"]
    line = ScriptedLine(always(""))
    live(line, BIRTH, replace(CALM, redials=0.0))
    assert len(line.sent) == 1


def test_the_aggregator_says_how_a_dialogue_ended() -> None:
    line = ScriptedLine(lambda callback: "END over" if callback.text == "1*2" else "CON more")
    live(line, BIRTH, replace(CALM, endings=1.0))
    assert [(note.word, note.id, note.text) for note in line.notes] == [(Word.ENDED, "s0", "Success")]
    fallen = ScriptedLine(always("CON more"))
    live(fallen, BIRTH, replace(CALM, endings=1.0, drops=1.0, redials=0.0))
    assert [(note.word, note.id, note.text) for note in fallen.notes] == [(Word.ENDED, "s0", "Incomplete")]


def test_who_was_shown_a_reference_may_text_it_later_and_the_text_may_come_twice() -> None:
    line = ScriptedLine(lambda callback: f"END Ref: {REFERENCE}" if callback.text == "1*2*5/3/2026" else "CON more")
    live(line, BIRTH, replace(CALM, endings=0.0, texts=1.0, copies=1.0))
    assert [note.text for note in line.notes] == [f"STATUS {REFERENCE}"] * 2
    assert len({note.id for note in line.notes}) == 1, "a copy has the aggregator's id of the first"
    assert all(note.due > line.sent[-1].due for note in line.notes)
