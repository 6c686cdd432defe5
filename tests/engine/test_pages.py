"""Pages look only at what they show, and show exactly what they would if they looked at everything."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from app.engine.pages import Leaf, leaf
from app.engine.showing import Lines
from app.values.text import septets

LETTERS = st.text(alphabet="ab \u0161\u6f22{\u20ac", max_size=30)
FEET = st.lists(LETTERS, max_size=3)


def eager_leaf(
    top: Sequence[str],
    units: Sequence[str],
    glue: str,
    start: int,
    last: Sequence[str],
    more: Sequence[str],
    room: int,
    before: str,
) -> Leaf:
    """The rule as it is said: all of the rest if it fits, else the most units that fit, one at the least."""

    def page(end: int, foot: Sequence[str]) -> str:
        return "\n".join(filter(None, (*top, glue.join(units[start:end]).rstrip(), *foot)))

    def over(end: int) -> bool:
        return septets(before + page(end, more)) > room

    whole = page(len(units), last)
    if septets(before + whole) <= room:
        return Leaf(whole, 0)
    end = max(start + 1, bisect_left(range(len(units)), True, lo=min(start + 2, len(units)), key=over) - 1)
    return Leaf(whole, 0) if end >= len(units) else Leaf(page(end, more), end)


@given(
    FEET,
    st.lists(LETTERS, max_size=30),
    st.sampled_from(["", "\n"]),
    FEET,
    FEET,
    st.integers(0, 300),
    st.sampled_from(["", "CON "]),
)
def test_a_page_that_looks_at_little_is_the_page_that_looks_at_all(
    top: list[str], units: list[str], glue: str, last: list[str], more: list[str], room: int, before: str
) -> None:
    start = 0
    for _ in range(len(units) + 1):
        lazy = leaf(top, Lines(len(units), units.__getitem__), glue, start, last, more, room, before)
        assert lazy == eager_leaf(top, units, glue, start, last, more, room, before)
        start = lazy.following
        if not start:
            break
    assert start == 0, "paging comes to its end"


def test_lines_far_behind_the_page_are_never_made() -> None:
    made: list[int] = []

    def make(place: int) -> str:
        made.append(place)
        return f"{place}. " + "x" * 30

    page = leaf(("Offices",), Lines(99, make), "\n", 0, (), ("99. More",), 150)
    assert page.following == 3
    assert sorted(made) == list(range(6)), "each once, and hardly more than is shown"
