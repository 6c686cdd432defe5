"""What the compiler lets through fits: the largest pages that it accepts, with the worst and with random values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app import limits
from app.compiler.pack import examine
from app.engine.exchange import Facts, Gave, Step
from app.engine.program import Program
from app.engine.step import dial, hear, resume
from app.pack import PHRASES
from app.values.text import septets

FACTS = Facts(date(2026, 11, 24), "africastalking", "65101")
ALPHABETS = ["a", "š", "€", "я", "ሀ", "😀"]
"""One septet, two when it is sent, two of the extension table, and three that only UCS-2 can write."""
MONTHS = "[January, February, March, April, May, June, July, August, Sept, October, November, {}]"
SERVICES = """\
offices:
  desk:
    adapter: http_json
    address: http://127.0.0.1:1
    operations:
      look:
        method: GET
        path: /look
        takes: []
        results:
          owner: {from: owner, longest: 9}
          due: {from: due, type: amount, longest: 9}
          count: {from: count, type: number, longest: 4}
          code: {from: code, type: word, longest: 1}
          points: {from: points, list: {name: {from: name, longest: 7}, sort: {from: sort, longest: 2}}, most: 4}
        answered: [200]
services:
  look: {title: Look, kind: ask, ask: {office: desk, operation: look}}
"""
SCREENS = """\
start: name
screens:
  name: {ask: Name, into: name, type: text, longest: 12, to: born}
  born: {ask: Born, into: born, type: date, latest: today, to: which}
  which:
    choose: Which
    into: which
    options:
      1: {text: "W", value: one, to: look}
      2: {text: "WIDE", value: two, to: look}
  look:
    call: look
    results: {owner: owner, code: code, points: points, due: due, count: count}
    answered: {to: shown, say: "WIDE {owner}"}
    late: bye
    down: bye
  bye: {end: Bye}
  shown:
"""
KINDS = {
    "end": ["end: TEXT"],
    "confirm": ["confirm: TEXT", "yes: bye", "no: bye", "help: HELP"],
    "ask": ["ask: TEXT", "into: more", "type: digits", "shortest: 2", "to: bye", "help: HELP"],
    "again": [
        "ask: More",
        "into: more",
        "type: text",
        "longest: 9",
        "again: TEXT",
        "must: [{that: \"more != 'q'\", say: HELP}]",
        "to: bye",
    ],
    "choose": ["choose: TEXT", "options: {1: {text: WIDE, to: bye}, 2: {text: Two, to: bye}, 3: {text: No, to: bye}}"],
    "page": ["page: TEXT", "to: bye", "help: HELP"],
    "listed": ["page: TEXT", "from: points", 'line: "LINE {name} {sort}"', "empty: bye"],
    "pick": ["pick: TEXT", "from: points", 'line: "LINE {name}"', "into: {point: sort}", "empty: bye", "to: bye"],
}
TYPED = [[""] * limits.wrong_tries_max, ["q", "77", "", "78", "1"]]
"""Wrong again and again, and whatever an `again` asks for."""
SLOTS = [
    "{name}",
    "{born|long}",
    "{which}",
    "{owner}",
    "{code}",
    "{points}",
    "{points|count}",
    "{due}",
    "{due|plain}",
    "{count}",
]


@dataclass(frozen=True, slots=True)
class Draft:
    """A pack but for how long the text of its last screen is; `house` is a phrase that no page shows."""

    kind: str
    slots: str
    filler: str
    stride: int
    phrase: str
    wide: str
    house: str
    month: str
    last: str

    def sources(self, letters: int) -> dict[str, str]:
        words = "".join(
            self.filler[place % len(self.filler)] + (" " if place % self.stride == self.stride - 1 else "")
            for place in range(letters)
        )
        told = dict.fromkeys(("wrong_choice", "bad_text", "bad_digits", "not_same", "next"), self.phrase)
        phrases = dict.fromkeys(PHRASES, "No") | told
        pack = [
            "pack: small", "languages: [en, fr]", 'keys: {back: "9", home: "0", more: "99"}', "country: LS",
            "currency: {code: LSL, symbol: M}", "timezone: Africa/Maseru", "inputs_max: 20",
            f"locales: {{fr: fr, en: {{locale: en, months: {MONTHS.format(self.month)}, last: {self.last}}}}}",
            f"words: {{ready: {self.wide}, gone: Gone for a while}}",
            f"phrases: {json.dumps(phrases | {'sms_help': self.house}, ensure_ascii=False)}",
        ]  # fmt: skip
        shown = "\n".join(f"    {line}" for line in KINDS[self.kind])
        main = (SCREENS + shown).replace("TEXT", json.dumps(f"{self.slots}{words}", ensure_ascii=False))
        main = main.replace("WIDE", self.wide).replace("LINE", self.wide).replace("HELP", f"Help {self.wide}")
        return {
            "pack.yaml": "\n".join(pack), "services.yaml": SERVICES, "entrances.yaml": 'ussd: {"*": main}',
            "main.yaml": main, "languages/fr.yaml": 'phrases: {"no": Non}',
        }  # fmt: skip

    def accepted(self, letters: int) -> Program | None:
        """The pack with a text so long, if every page of it is said to fit."""
        pack, complaints = examine(self.sources(letters))
        if pack is None or any(one.rule in ("too-long", "too-many-pages") for one in complaints):
            return None
        return pack.program

    def largest(self) -> Program | None:
        program, least, most = self.accepted(0), 0, 1_600 if self.kind == "page" else 160
        while program is not None and most - least > 1:
            middle = (least + most) // 2
            if (larger := self.accepted(middle)) is not None:
                program, least = larger, middle
            else:
                most = middle
        return program


letters = st.sampled_from(ALPHABETS)
drafts = st.builds(
    Draft,
    st.sampled_from(sorted(KINDS)),
    st.lists(st.sampled_from(SLOTS), max_size=3).map("".join),
    st.lists(letters, min_size=1, max_size=4).map("".join),
    st.integers(1, 60),
    st.lists(st.sampled_from(["No", "Try again", "яя", "😀"]), min_size=1, max_size=2).map(" ".join),
    st.sampled_from(["x", "я", "ŵŵ", "€€€€", "Ready to go", "😀"]),
    st.sampled_from(["No", "я"]),
    st.sampled_from(["December", "Šš", "декабря"]),
    st.sampled_from(["and", "и", "š"]),
)
values = st.one_of(
    letters.map(lambda letter: letter * 40),
    st.sampled_from(["a b c d e f g h i j k l m n o", "я" + "x" * 30, "{}[]~" * 5, "\u2026" * 20]),
    st.text(max_size=20),
)


def arrived(program: Program, language: str, typed: list[str], gave: Gave) -> Step:
    """At the screen that is tried, past every sort of value."""
    step = dial(program, "main/name", language, FACTS)
    for text in typed:
        step = hear(program, step.state, text, FACTS)
        if text == typed[0] and step.state.screen == "main/name":
            step = hear(program, step.state, "x", FACTS)
    return resume(program, step.state, gave, FACTS)


@st.composite
def typings(draw: st.DrawFn) -> tuple[list[str], Gave]:
    """What is typed on the way to the screen, and what the office says."""
    born = draw(st.sampled_from(["28/12/2025", "28/9/2025", "1/5/2025"]))
    points = draw(st.lists(st.fixed_dictionaries({"name": values, "sort": values}), min_size=1, max_size=6))
    code = draw(st.sampled_from(["ready", "gone", "unheard of"]))
    due, count = str(draw(st.integers(-(10**8), 10**9))), str(draw(st.integers(-999, 9999)))
    sums = {"due": draw(st.sampled_from([due, "12345.678"])), "count": draw(st.sampled_from([count, "1,2,3"]))}
    gave = Gave({"owner": draw(values), "code": code, "points": json.dumps(points), **sums})
    return [draw(values)[:12], born, draw(st.sampled_from("12"))], gave


def pages(program: Program, step: Step) -> Iterator[str]:
    """Every page of a screen, each also after wrong inputs."""
    for _ in range(limits.pages_max):
        assert step.page is not None
        yield step.page.text
        if step.page.final:
            return
        for typed in TYPED:
            other = step
            for text in typed:
                other = hear(program, other.state, text, FACTS)
                assert other.page is not None
                yield other.page.text
                if other.page.final:
                    break
        if not step.state.following:
            return
        step = hear(program, step.state, program.more_key, FACTS)
    raise AssertionError("more pages than are allowed")


@settings(max_examples=60, deadline=None)
@given(drafts, st.sampled_from(["en", "fr"]), typings())
def test_the_largest_screen_that_compiles_fits(draft: Draft, language: str, way: tuple[list[str], Gave]) -> None:
    program = draft.largest()
    assume(program is not None)
    assert program is not None
    room = program.budget(FACTS.aggregator, FACTS.network)
    for page in pages(program, arrived(program, language, *way)):
        assert septets("CON " + page) <= room, page


PAGE = Draft("page", "", "a", 5, "No", "x", "No", "December", "and")


def test_the_line_that_leads_on_is_counted_as_the_one_for_more_is() -> None:
    assert replace(PAGE, phrase="n" * 60).accepted(1) is not None
    assert replace(PAGE, phrase="n" * 70).accepted(1) is None


def test_a_page_of_ucs2_is_as_large_as_the_network_carries_with_its_prefix_and_no_larger() -> None:
    program = replace(PAGE, kind="end", filler="я", stride=60).largest()
    assert program is not None
    gave = Gave({"owner": "x" * 9, "code": "", "points": json.dumps([{"name": "x", "sort": "x"}])})
    (page,) = pages(program, arrived(program, "en", ["x", "28/12/2025", "1"], gave))
    carried = program.budget(FACTS.aggregator, FACTS.network)
    assert septets("CON " + page) <= carried < septets("CON " + page + "я")


def test_a_value_may_be_one_long_word_though_a_longer_one_has_blanks() -> None:
    draft = replace(PAGE, slots="{code}", phrase="n" * 60)
    assert replace(draft, slots="").accepted(0) is not None
    assert replace(draft, wide="a" * 15).accepted(0) is None


def test_what_long_words_leave_empty_is_counted() -> None:
    program = replace(PAGE, slots="{name} ", stride=40).largest()
    assert program is not None
    gave = Gave({"owner": "", "code": "", "points": "[]"})
    for name in ("x", "x" * 12):
        assert list(pages(program, arrived(program, "en", [name, "28/12/2025", "1"], gave)))
