"""Whatever is compiled and whatever is typed: a page that fits, a state with a screen, nothing lost, no secret kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app import limits
from app.compiler.pack import compile_pack, examine
from app.engine.exchange import Facts, Failed, Gave, Step
from app.engine.program import PageScreen, Pick, Program
from app.engine.rendering import longest_typed
from app.engine.state import State
from app.engine.step import dial, hear, resume
from app.values.text import septets

BASE = Path(__file__).resolve().parents[1] / "broken_menus" / "base"
SECRET = "48151"
FACTS = Facts(date(2026, 11, 24), "africastalking", "65101")
WIDE_LETTERS = {"choose": 10, "ask": 32, "confirm": 19}
"""Letters that just fit on a page of UCS-2 below the longest notice, by kind of screen."""
WORDS = ["Lebitso", "Motse", "Offisi ea poso", "Tefo", "Letsatsi", "Kopo", "Ts'ebeletso"]


@cache
def small() -> Program:
    """All seven kinds of screen, a sub-menu, a list, conditions, a secret, two languages."""
    return compile_pack(
        {path.relative_to(BASE).as_posix(): path.read_text("utf-8") for path in BASE.rglob("*.yaml")}
    ).program


def listed(count: int) -> str:
    return json.dumps([{"id": f"o{number}", "name": f"Offisi ea poso {number:02}"} for number in range(count)])


def settle(program: Program, step: Step, outcome: str | None, count: int = 9) -> Step:
    """Every call gets an answer, or fails as told."""
    for _ in range(10):
        if step.call is None:
            return step
        results = {"offices": listed(count), "reference": "7K4M2PXQ8", "points": listed(count)}
        step = resume(program, step.state, Failed(outcome, {}) if outcome else Gave(results), FACTS)
        outcome = None
    raise AssertionError("a loop of calls")


def check(program: Program, step: Step) -> None:
    page = step.page
    assert page is not None
    assert septets("CON " + page.text) <= program.budget(FACTS.aggregator, FACTS.network), page.text
    assert step.state.screen in program.screens
    kept = msgspec.msgpack.encode(step.state)
    assert msgspec.msgpack.decode(kept, type=State) == step.state
    assert len(kept) <= limits.state_bytes_max
    ends = program.screens[step.state.screen]
    assert page.final or not isinstance(ends, PageScreen) or ends.to or step.state.following


typed = st.one_of(
    st.sampled_from(["1", "2", "3", "4", "5", "9", "0", "99", "20", "700", SECRET, "10", "", "*", "#", "{amount}"]),
    st.text(max_size=40),
)
outcomes = st.sampled_from([None, None, None, "late", "down", "unknown", "wrong", "never heard of"])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["en", "fr"]), st.lists(st.tuples(typed, outcomes, st.integers(0, 9)), max_size=25))
def test_any_typing_in_a_menu_of_all_kinds_ends_on_a_page_that_fits(
    language: str, inputs: list[tuple[str, str | None, int]]
) -> None:
    program = small()
    step = dial(program, "main/start", language, FACTS)
    check(program, step)
    for text, outcome, count in inputs:
        step = settle(program, hear(program, step.state, text, FACTS), outcome, count)
        check(program, step)
        assert SECRET.encode() not in msgspec.msgpack.encode(step.state)


@st.composite
def packs(draw: st.DrawFn) -> dict[str, str]:
    """A chain of screens of random kinds to an end, with ways back into it; in two languages of random texts.

    The second of them may be of letters that GSM 03.38 lacks, with screens about as long as pages of UCS-2 carry.
    """
    base = {path.relative_to(BASE).as_posix(): path.read_text("utf-8") for path in BASE.rglob("*.yaml")}
    wide, over = draw(st.booleans()), draw(st.integers(-4, 2))
    known = ["page", *WIDE_LETTERS] if wide else ["choose", "ask", "confirm", "page", "pick"]
    kinds = draw(st.lists(st.sampled_from(known), min_size=1, max_size=7))
    lines = ["start: s0", "screens:"]
    french = ["programs:", "  main:"]
    for place, kind in enumerate(kinds):
        words = " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=60 if kind == "page" else 4)))
        after, back = f"s{place + 1}", f"s{draw(st.integers(0, place))}"
        lines.append(f"  s{place}:")
        french.append(f"    s{place}:")
        told = f"{words} ici"
        if wide and kind != "page":
            told = "Ж" * (WIDE_LETTERS[kind] + over)
        french.append(f'      text: "{told}"')
        if kind == "choose":
            count = draw(st.integers(1, 8))
            lines += [f'    choose: "{words}"', "    options:"]
            lines += [f'      {key}: {{text: "{words[:20]} {key}", to: {after}}}' for key in range(1, count + 1)]
            lines.append(f"      {count + 10}: {{text: Back there, to: {back}, when: \"caller.channel == 'ussd'\"}}")
            french.append(
                "      options: {"
                + ", ".join(f"{key}: Choix {key}" for key in [*range(1, count + 1), count + 10])
                + "}"
            )
        elif kind == "ask":
            type = draw(st.sampled_from(["text", "digits", "number", "amount", "date", "phone", "reference", "secret"]))
            most = {"number": "least: 100\n    most: 99999", "amount": "least: 10\n    most: 1000"}.get(type, "")
            bounds = "shortest: 2\n    longest: 30" if type in ("text", "digits", "secret") else most
            lines += [f'    ask: "{words}"', f"    into: a{place}", f"    type: {type}"]
            lines += [f"    {bounds}"] if bounds else []
            lines.append(f"    to: {after}")
            if type != "secret" and draw(st.booleans()):
                lines.append("    again: Once more")
                french.append("      again: Encore")
        elif kind == "confirm":
            lines += [
                f'    confirm: "{words}"',
                f"    yes: {after}",
                f"    no: {back if back != f's{place}' else after}",
            ]
        elif kind == "page":
            lines += [f'    page: "{words}"', f"    to: {after}"]
        else:
            lines += [
                "    call: offices",
                "    with: {district: {always: maseru}}",
                "    results: {offices: offices}",
                f"    answered: p{place}",
                f"    refused: {{unknown: {after}}}",
                f"    late: {after}",
                f"    down: {after}",
                f"  p{place}:",
                f'    pick: "{words}"',
                "    from: offices",
                '    line: "{name}"',
                f"    into: {{office{place}: id}}",
                f"    empty: {after}",
                f"    to: {after}",
            ]
            french[-2:] = [f"    p{place}:", f'      text: "{told}"', '      line: "{name}"']
    lines += [f"  s{len(kinds)}:", '    end: "Fin"']
    french += [f"    s{len(kinds)}:", "      text: Fini"]
    fr = base["languages/fr.yaml"].partition("shared:")[0]
    sources = {
        "pack.yaml": base["pack.yaml"].replace("inputs_max: 6", "inputs_max: 40").replace(", africastalking: 160", ""),
        "services.yaml": base["services.yaml"],
    }
    sources |= {"entrances.yaml": 'ussd: {"*": main}\n', "main.yaml": "\n".join(lines) + "\n"}
    return sources | {"languages/fr.yaml": fr + "\n".join(french) + "\n"}


def compiled(sources: dict[str, str]) -> Program:
    """The pack, if every page of it fits and no five lists stand one behind the other."""
    pack, complaints = examine(sources)
    assert pack is not None and {complaint.rule for complaint in complaints} <= {"too-long", "call-chain"}
    assume(not complaints)
    return pack.program


@settings(max_examples=60, deadline=None)
@given(packs(), st.sampled_from(["en", "fr"]), st.lists(st.tuples(typed, outcomes, st.integers(0, 9)), max_size=20))
def test_any_compiled_program_with_any_typing_keeps_its_promises(
    sources: dict[str, str], language: str, inputs: list[tuple[str, str | None, int]]
) -> None:
    program = compiled(sources)
    step = settle(program, dial(program, "main/s0", language, FACTS), None)
    for text, outcome, count in [("", None, 9), *inputs]:
        step = settle(program, hear(program, step.state, text, FACTS), outcome, count)
        check(program, step)


@cache
def long_list(most: int) -> Program:
    """The small pack with a list of up to `most` short entries."""
    sources = {path.relative_to(BASE).as_posix(): path.read_text("utf-8") for path in BASE.rglob("*.yaml")}
    sources["services.yaml"] = sources["services.yaml"].replace(
        "list: {id: {from: id, longest: 8}, name: {from: name, longest: 20}}, most: 9",
        f"list: {{id: {{from: id, longest: 3}}, name: {{from: name, longest: 3}}}}, most: {most}",
    )
    return compile_pack(sources).program


def turned(program: Program, step: Step) -> Iterator[list[str]]:
    """The lines of each page in turn."""
    for _ in range(limits.pages_max + 1):
        check(program, step)
        assert step.page is not None
        yield step.page.text.splitlines()
        if not step.state.following:
            return
        step = hear(program, step.state, "99", FACTS)
    raise AssertionError("more pages than are allowed")


@settings(deadline=None)
@given(st.integers(0, 99))
def test_paging_a_list_shows_every_entry_once_and_in_order_under_its_own_number(count: int) -> None:
    program = long_list(99)
    step = settle(program, hear(program, dial(program, "main/start", "en", FACTS).state, "1", FACTS), None)
    step = hear(program, step.state, "1", FACTS)
    listing = json.dumps([{"id": f"{number:03}", "name": f"N{number:02}"} for number in range(count)])
    step = resume(program, step.state, Gave({"offices": listing}), FACTS)
    if not count:
        assert step.state.screen == "main/start"
        return
    assert isinstance(program.screens[step.state.screen], Pick)
    seen = [line.split(". ") for page in turned(program, step) for line in page if ". N" in line]
    assert [name for _, name in seen] == [f"N{number:02}" for number in range(count)]
    keys = [key for key, _ in seen]
    assert len(set(keys)) == count and not set(program.reserved) & set(keys)
    for key, name in seen[:: max(1, count // 7)]:
        picked = hear(program, step.state, key, FACTS)
        assert picked.page is not None and f"Go to {name}?" in picked.page.text


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(1, 99).filter(lambda key: key not in (9, 99)), min_size=1), st.integers(1, 3))
def test_paging_a_menu_shows_every_option_once_and_in_order(keys: set[int], letters: int) -> None:
    sources = {
        "pack.yaml": (BASE / "pack.yaml").read_text("utf-8").replace("[en, fr]", "[en]").replace(", fr: fr", ""),
        "services.yaml": "offices: {}\nservices: {}\n",
        "entrances.yaml": 'ussd: {"*": main}\n',
        "main.yaml": "start: start\nscreens:\n  start:\n    choose: Which\n    options:\n"
        + "".join(f"      {key}: {{text: {'x' * letters}{key}, to: end}}\n" for key in sorted(keys))
        + "  end: {end: End}\n",
    }
    program = compile_pack(sources).program
    step = dial(program, "main/start", "en", FACTS)
    seen = [line.partition(". ") for page in turned(program, step) for line in page if ". x" in line]
    assert [(int(key), text) for key, _, text in seen] == [(key, "x" * letters + str(key)) for key in sorted(keys)]
    assert hear(program, step.state, str(max(keys)), FACTS).state.screen == "main/end"


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=120))
def test_paging_a_text_loses_no_word(words: list[str]) -> None:
    text = " ".join(words)
    sources = {path.relative_to(BASE).as_posix(): path.read_text("utf-8") for path in BASE.rglob("*.yaml")}
    sources["main.yaml"] = sources["main.yaml"].replace("page: A long text", f'page: "{text}"')
    program = compile_pack(sources).program
    step = hear(program, dial(program, "main/start", "en", FACTS).state, "2", FACTS)
    seen: list[str] = []
    for _ in range(20):
        assert step.page is not None
        seen += [line for line in step.page.text.splitlines() if not line[:1].isdigit()]
        if not step.state.following:
            break
        step = hear(program, step.state, "99", FACTS)
    assert " ".join(seen).split() == text.split()


def check_back(program: Program, before: Step, typed: str) -> None:
    """From any page, whatever is typed there: back is the page before, and the same input leads on as it did."""
    if before.state.tries or typed.strip() in (program.back_key, program.home_key):
        return
    there = settle(program, hear(program, before.state, typed, FACTS), None)
    onward = len(there.state.trail) == len(before.state.trail) + 1
    turned_over = len(there.state.starts) > len(before.state.starts) and there.state.trail == before.state.trail
    once_more = bool(there.state.first) and not before.state.first
    assert there.page is not None
    if not (onward or turned_over or once_more) or there.state.tries or there.page.final:
        return  # the end, a wrong input, or a screen that stands on the trail already
    back = hear(program, there.state, program.back_key, FACTS)
    check(program, back)
    assert back.page is not None and before.page is not None
    if not before.state.first:  # what had to be typed twice is typed twice again
        assert (back.state.screen, back.state.starts) == (before.state.screen, before.state.starts)
        assert back.state.answers == before.state.answers
        assert back.page.text == before.page.text.removeprefix(before.page.notice).lstrip("\n")
        again = settle(program, hear(program, back.state, typed, FACTS), None)
        assert again.page == there.page
        assert again.state.answers == there.state.answers
        assert [left.screen for left in again.state.trail] == [left.screen for left in there.state.trail]


@settings(max_examples=200, deadline=None)
@given(st.lists(typed, max_size=8), typed)
def test_back_then_forward_is_where_one_was(inputs: list[str], last: str) -> None:
    program = small()
    step = dial(program, "main/start", "en", FACTS)
    for text in inputs:
        check_back(program, step, last)
        step = settle(program, hear(program, step.state, text, FACTS), None)
    check_back(program, step, last)


VALID = st.sampled_from(["1", "2", "Lineo", "5000", "50", "12/3/2026", "22310000", "7K4M-2PXQ8", "99", "123456"])


@settings(max_examples=80, deadline=None)
@given(packs(), st.lists(VALID, max_size=12))
def test_back_then_forward_is_where_one_was_in_any_program(sources: dict[str, str], inputs: list[str]) -> None:
    program = compiled(sources)
    step = settle(program, dial(program, "main/s0", "en", FACTS), None)
    for text in inputs:
        check_back(program, step, text)
        step = settle(program, hear(program, step.state, text, FACTS), None)


def test_the_longest_typed_value_is_no_shorter_than_any_that_is_taken() -> None:
    program = small()
    rule = next(screen.rule for screen in program.screens.values() if screen.name == "main/amount")  # type: ignore[union-attr]
    assert longest_typed(rule, program.formats, program.currency) >= len("M1,000.00")
