"""What a published option number means, and when it means something else."""

from __future__ import annotations

import pytest

from app.compiler.pack import compile_pack, examine
from app.compiler.published import numbers_file, published_numbers
from tests.compiler.broken import BASE

MENU = """\
start: start
screens:
  start:
    choose: Where
    into: place
    options:
      1: {text: Here, value: here, to: here}
      2: {text: There, value: there, to: there}
      3: {text: Else, value: else, to: there}
      4: {text: Any, to: [{to: here, when: "caller.channel == 'sms'"}, last]}
  here: {end: Here}
  there: {end: There}
  last: {end: Last}
"""
ALIKE = """\
start: start
screens:
  start:
    choose: Where
    into: place
    options:
      1: {text: Here, value: here, to: here}
      2: {text: There, value: there, to: here}
  here: {page: Here, to: end}
  end: {end: Here}
"""


def pack(menu: str) -> dict[str, str]:
    return {
        "pack.yaml": BASE["pack.yaml"].replace("[en, fr]", "[en]").replace(", fr: fr", ""),
        "services.yaml": "offices: {}\nservices: {}\n",
        "entrances.yaml": 'ussd: {"*": main}\n',
        "main.yaml": menu,
    }


def told(before: str, after: str) -> list[str]:
    """What is told of numbers after a menu was published and changed."""
    numbers = numbers_file(published_numbers(compile_pack(pack(before)).program, {}))
    complaints = examine({**pack(after), "published.yaml": numbers})[1]
    return [complaint.text.partition(";")[0] for complaint in complaints if complaint.rule == "published-number"]


def changed(menu: str, *pairs: str) -> str:
    for before, after in zip(pairs[::2], pairs[1::2], strict=True):
        assert before in menu
        menu = menu.replace(before, after)
    return menu


def test_what_stays_the_same_is_told_of_nowhere() -> None:
    assert told(MENU, changed(MENU, "Here", "Over here", "3: {text: Else", "7: {text: Else")) == []


def test_a_value_that_leads_elsewhere_is_another_meaning_where_values_lead_apart() -> None:
    after = changed(MENU, "value: there, to: there", "value: there, to: here")
    assert told(MENU, after) == ["number 2 was published as `there -> main/there` and is now `there -> main/here`"]


def test_where_all_values_lead_to_one_place_the_place_may_change() -> None:
    assert (
        told(ALIKE, changed(ALIKE, "to: here}", "to: next}", "  end:", "  next: {page: Next, to: here}\n  end:")) == []
    )


def test_each_branch_is_part_of_the_meaning() -> None:
    after = changed(MENU, "{to: here, when", "{to: there, when")
    (one,) = told(MENU, after)
    assert one == "number 4 was published as `main/here or main/last` and is now `main/there or main/last`"


@pytest.mark.parametrize(("start", "count"), [("start", 2), ("begin", 2)])
def test_a_swap_is_seen_also_when_the_screen_got_another_name(start: str, count: int) -> None:
    swapped = changed(MENU, "1: {text: Here", "0: {text: Here", "2: {text: There", "1: {text: There")
    swapped = changed(swapped, "0: {text: Here", "2: {text: Here")
    swapped = swapped.replace("start: start", f"start: {start}").replace("  start:\n", f"  {start}:\n")
    found = told(MENU, swapped)
    assert len(found) == count
    assert all(("on `main/start`, which this screen comes after," in one) is (start == "begin") for one in found)


VISITS = """\
start: start
screens:
  start:
    choose: Pay
    options:
      1: {text: Power, to: {visit: pay, with: {what: {always: power}}, then: one}}
      2: {text: Water, to: {visit: pay, with: {what: {always: water}}, then: two}}
  one: {end: Power}
  two: {end: Water}
"""
PAY = """\
start: sure
takes: {what: {type: text, longest: 9}}
screens:
  sure: {confirm: "Pay {what}?", yes: return, no: return}
"""


def visits_told(numbers: str, menu: str) -> list[str]:
    complaints = examine({**pack(menu), "pay.yaml": PAY, "published.yaml": numbers})[1]
    return [complaint.text.partition(";")[0] for complaint in complaints if complaint.rule == "published-number"]


def test_what_a_sub_menu_is_visited_with_and_for_is_part_of_the_meaning() -> None:
    numbers = numbers_file(published_numbers(compile_pack({**pack(VISITS), "pay.yaml": PAY}).program, {}))
    assert visits_told(numbers, VISITS) == []
    swapped = changed(VISITS, "always: power", "always: gas", "always: water", "always: power", "gas", "water")
    assert visits_told(numbers, swapped)[0] == (
        "number 1 was published as `pay/sure(what=power) then main/one` and is now `pay/sure(what=water) then main/one`"
    )
    assert len(visits_told(numbers, changed(VISITS, "then: one", "then: two"))) == 1


def test_numbers_that_were_published_before_visits_were_told_of_stay_as_they_are() -> None:
    numbers = 'main/start:\n  1: "pay/sure"\n  2: "pay/sure"\n'
    assert visits_told(numbers, VISITS) == []
    assert (
        len(
            visits_told(
                numbers,
                changed(
                    VISITS,
                    "2: {text: Water, to: {visit: pay, with: {what: {always: water}}, then: two}}",
                    "2: {text: Water, to: two}",
                ),
            )
        )
        == 1
    )


def test_a_screen_that_is_gone_for_good_leaves_no_complaint() -> None:
    other = "start: menu\nscreens:\n  menu: {choose: Other, options: {1: {text: A, to: end}}}\n  end: {end: A}\n"
    assert told(MENU, other) == []
