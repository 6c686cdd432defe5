"""How deep a menu is: the longest way to each end, without other tries, sub-menus as often as they are visited."""

from __future__ import annotations

from app.compiler.depth import Depths
from app.compiler.pack import examine
from tests.compiler.broken import BASE

START = "main/start"


def depths(menu: str, sub: str = "") -> dict[str, int]:
    sources = {**BASE, "pack.yaml": BASE["pack.yaml"].replace("[en, fr]", "[en]").replace(", fr: fr", "")}
    sources = {name: text for name, text in sources.items() if name not in ("published.yaml", "languages/fr.yaml")}
    sources |= {"main.yaml": "start: start\nscreens:\n" + menu}
    sources |= {"where.yaml": "start: one\nscreens:\n" + sub} if sub else {}
    pack, complaints = examine(sources)
    assert pack is not None
    assert {complaint.rule for complaint in complaints} <= {"dead-end", "unreachable", "too-deep"}
    return Depths(pack.program).longest(START)


def test_an_end_that_many_ways_lead_to_is_as_far_as_the_longest_of_them() -> None:
    menu = """\
  start: {choose: A, options: {1: {text: B, to: end}, 2: {text: C, to: one}}}
  one: {page: One, to: two}
  two: {page: Two, to: end}
  end: {end: E}
"""
    assert depths(menu)["main/end"] == 3


def test_a_sub_menu_that_leads_back_to_its_visitor_ends() -> None:
    menu = """\
  start: {choose: A, options: {1: {text: B, to: {visit: where, then: one}}, 2: {text: C, to: end}}}
  one: {page: One, to: end}
  end: {end: E}
"""
    sub = """\
  one: {choose: A, options: {1: {text: Main, to: main}, 2: {text: Done, to: two}}}
  two: {page: Two, to: return}
"""
    assert depths(menu, sub) == {
        START: 0, "where/one": 1, "where/two": 2, "return": 3, "main/one": 3, "main/end": 4
    }  # fmt: skip


def test_another_try_is_not_counted_and_the_way_past_it_is() -> None:
    menu = """\
  start: {page: S, to: ask}
  ask: {ask: Name, into: name, type: text, shortest: 3, longest: 9, to: sure}
  sure: {confirm: Sure, yes: end, no: start}
  end: {end: E}
"""
    assert depths(menu)["main/end"] == 3


def test_what_is_typed_twice_is_two_inputs() -> None:
    menu = """\
  start: {ask: Name, into: name, type: text, shortest: 3, longest: 9, again: Once more, to: end}
  end: {end: E}
"""
    assert depths(menu)["main/end"] == 2


def test_a_sub_menu_counts_each_time_that_it_is_visited() -> None:
    menu = """\
  start: {page: S, to: {visit: where, then: again}}
  again: {page: A, to: {visit: where, then: {visit: where, then: end}}}
  end: {end: E}
"""
    sub = """\
  one: {choose: O, options: {1: {text: T, to: two}, 2: {text: R, to: return}, 3: {text: E, to: end}}}
  two: {page: T, to: return}
  end: {end: Inside}
"""
    found = depths(menu, sub)
    assert found["main/end"] == 1 + 2 + 1 + 2 + 2
    # Its own end, on the third visit, which begins where the second returned.
    assert found["where/end"] == 1 + 2 + 1 + 2 + 1
