"""A pack without complaints never has a dialogue that is too large for its session, whatever is typed and answered."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import msgspec
import pytest

from app import limits
from app.compiler.growth import state_bytes
from app.compiler.pack import compile_published, examine
from app.engine.exchange import Facts, Gave, Step
from app.engine.moves import lightened
from app.engine.program import CallScreen, Program
from app.engine.state import Left, State
from app.engine.step import dial, hear, resume
from app.keys import Key, Keyring
from app.messages import Reply, Session
from app.pack import PHRASES
from sessions.codec import Codec, mark_of

FACTS = Facts(date(2026, 11, 24), "africastalking", "65101")
RANDOM = random.Random(11)
CODEC = Codec(Keyring((Key("first", b"\x01" * 32),), RANDOM.randbytes))
MOST, LONGEST = 40, {"id": 20, "name": 70}
ALPHABETS = {
    "plain": [chr(code) for code in range(0x41, 0x7B)],
    "cuneiform": [chr(code) for code in range(0x12000, 0x12399)],
}


def sources() -> dict[str, str]:
    """Questions and three times a call and a pick, all of them with the same name for the list."""
    lines = ["start: q0", "screens:"]
    for place in range(4):
        lines += [f"  q{place}:", "    ask: Say", f"    into: a{place}", "    type: text"]
        lines += ["    shortest: 2", "    longest: 90"]
        lines.append(f"    to: {f'q{place + 1}' if place < 3 else 'c0'}")
    for place in range(3):
        onward = f"c{place + 1}" if place < 2 else "end"
        lines += [f"  c{place}:", "    call: look", "    results: {points: points}", f"    answered: p{place}"]
        lines += ["    late: end", "    down: end", f"  p{place}:", "    pick: Which", "    from: points"]
        lines += ['    line: "{id}"', f"    into: {{point{place}: id}}", "    empty: end", f"    to: {onward}"]
    lines.append("  end: {end: End}")
    fields = ", ".join(f"{name}: {{from: {name}, longest: {longest}}}" for name, longest in LONGEST.items())
    results = f"{{points: {{from: ., list: {{{fields}}}, most: {MOST}}}}}"
    return {
        "pack.yaml": "\n".join(
            [
                "pack: large", "languages: [en]", 'keys: {back: "9", home: "0", more: "99"}', "country: LS",
                "currency: {code: LSL, symbol: M}", "timezone: Africa/Maseru", "locales: {en: en_LS}",
                f"phrases: {json.dumps(dict.fromkeys(PHRASES, 'No'))}",
            ]
        ),
        "services.yaml": f"""\
offices:
  desk:
    adapter: http_json
    address: http://127.0.0.1:1
    operations:
      look: {{method: GET, path: /look, takes: [], answered: [200], results: {results}}}
services: {{look: {{title: Look, kind: ask, ask: {{office: desk, operation: look}}}}}}
""",
        "entrances.yaml": 'ussd: {"*": main}',
        "main.yaml": "\n".join(lines),
    }  # fmt: skip


def settled(program: Program, step: Step, word: Callable[[int], str]) -> Step:
    while step.call is not None:
        points = [{name: word(longest) for name, longest in LONGEST.items()} for _ in range(MOST)]
        step = resume(program, step.state, Gave({"points": json.dumps(points, ensure_ascii=False)}), FACTS)
    return step


def walked(program: Program, word: Callable[[int], str]) -> Iterator[Step]:
    step = dial(program, "main/q0", "en", FACTS)
    yield step
    while step.page is not None and not step.page.final:
        typed = word(90) if step.state.screen.startswith("main/q") else "1"
        step = settled(program, hear(program, step.state, typed, FACTS), word)
        yield step


def size(state: State) -> int:
    return len(msgspec.msgpack.encode(state))


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_a_dialogue_with_list_after_list_goes_on_to_its_end(alphabet: str) -> None:
    pack, complaints = examine(sources())
    assert pack is not None and complaints == ()
    program = pack.program
    told, _ = state_bytes(program)["main"]
    steps = list(walked(program, lambda count: "".join(RANDOM.choices(ALPHABETS[alphabet], k=count))))
    assert [step.state.screen for step in steps][-4:] == ["main/p0", "main/p1", "main/p2", "main/end"]
    for hop, step in enumerate(steps):
        assert step.page is not None
        assert size(msgspec.structs.replace(step.state, trail=())) <= told
        assert ("9. No" in step.page.text.splitlines()) is (bool(step.state.trail) and not step.page.final)
        replies = {mark_of(b"%08d" % hop): Reply(step.page.text, step.page.final)}
        session = Session(step.state, 2_000, b"m" * 16, False, hop, b"r" * 16)
        assert CODEC.unpack(CODEC.pack(session, replies, b"key"), b"key") == (session, replies)


def test_what_was_left_first_is_forgotten_first_and_back_goes_as_far_as_is_left() -> None:
    pack, _ = examine(sources())
    assert pack is not None
    steps = list(walked(pack.program, lambda count: "".join(RANDOM.choices(ALPHABETS["cuneiform"], k=count))))
    last = steps[-2].state
    assert last.screen == "main/p2"
    assert 0 == len(last.trail) < len(steps[-4].state.trail)
    plain = list(walked(pack.program, "x".__mul__))
    assert [left.screen for left in plain[-2].state.trail][-2:] == ["main/p0", "main/p1"]
    back = hear(pack.program, plain[-2].state, "9", FACTS)
    assert back.state.screen == "main/p1" and back.state.listings.keys() >= set(back.state.lists.values())


def test_a_list_that_nothing_shows_any_more_is_forgotten_before_the_way_back_would_be_too_long() -> None:
    pack, _ = examine(sources())
    assert pack is not None
    for step in walked(pack.program, lambda count: "".join(RANDOM.choices(ALPHABETS["cuneiform"], k=count))):
        state = step.state
        shown = {*state.lists.values(), *(name for left in state.trail for name in left.lists.values())}
        assert set(state.listings) <= shown
        assert size(state) <= limits.state_bytes_max


def test_call_screens_that_keep_one_name_count_once_for_the_others_are_of_the_way_back() -> None:
    pack, _ = examine(sources())
    assert pack is not None
    _, listed = state_bytes(pack.program)["main"]
    assert sum(isinstance(screen, CallScreen) for screen in pack.program.screens.values()) == 3
    assert 4 * MOST * sum(LONGEST.values()) < listed < 5 * MOST * sum(LONGEST.values())


def questions(count: int) -> dict[str, str]:
    """So many of them one after the other, and no list."""
    lines = ["start: q0", "screens:"]
    for place in range(count):
        lines += [f"  q{place}:", "    ask: Say", f"    into: a{place}", "    type: text"]
        lines += ["    longest: 90", f"    to: {f'q{place + 1}' if place < count - 1 else 'end'}"]
    return {**sources(), "main.yaml": "\n".join([*lines, "  end: {end: End}"])}


@pytest.mark.parametrize("word", ["𒀀".__mul__, "x".__mul__], ids=["cuneiform", "plain"])
@pytest.mark.parametrize("screens", [questions(16), sources()], ids=["questions", "lists"])
def test_of_what_is_known_to_be_small_the_same_is_kept(screens: dict[str, str], word: Callable[[int], str]) -> None:
    """A published program is not looked at where a bound says that it is small; one that is not published always is."""
    examined, published = examine(screens)[0], compile_published(screens)
    assert examined is not None and examined.program.bytes_most > limits.state_bytes_max
    looked_at = [step.state for step in walked(examined.program, word)]
    assert [step.state for step in walked(published.program, word)] == looked_at
    most = published.program.bytes_most
    plain = [state for state in looked_at if not state.listings]
    assert all(size(state) <= (1 + len(state.trail)) * most for state in plain)
    assert any(len(state.trail) > 1 and (1 + len(state.trail)) * most <= limits.state_bytes_max for state in plain)


def test_the_bound_is_no_larger_than_what_a_dialogue_may_be() -> None:
    program = compile_published(questions(16)).program
    sizes = [size(step.state) for step in walked(program, "𒀀".__mul__)]
    trails = [len(step.state.trail) for step in walked(program, "𒀀".__mul__)]
    assert max(sizes) <= limits.state_bytes_max and max(trails) < 15, "something was forgotten"
    assert program.bytes_most < limits.state_bytes_max / 3


@pytest.mark.parametrize("is_retyped", [True, False], ids=["retyped", "agreed"])
def test_what_is_beside_the_bound_is_looked_at(is_retyped: bool) -> None:
    """What was typed again may be all that stands, and who dials may have agreed to what other menus ask."""
    program = compile_published(questions(16)).program
    most = limits.state_bytes_max // 2
    program = replace(program, bytes_most=most)
    answers = {f"a{number}": f"{number % 10}" * (most // 16 - 20) for number in range(16)}
    beside = tuple(answers.values()) if is_retyped else tuple(f"{'p' * 36}@{number}" for number in range(40))
    state = State(
        "large", "v", "main/q0", "main/q1", "en", answers=answers, trail=(Left("main/q0", answers),),
        agreed=() if is_retyped else beside, retyped=beside if is_retyped else None,
    )  # fmt: skip
    bare = msgspec.structs.replace(state, agreed=(), retyped=None)
    assert size(bare) <= 2 * most < size(state)
    assert lightened(program, bare) == bare
    assert lightened(program, state) == msgspec.structs.replace(state, trail=())
