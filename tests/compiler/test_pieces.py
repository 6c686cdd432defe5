"""The worst piece of a run is what cutting every one of its texts anywhere finds."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from app.compiler.pieces import pieces_of
from app.compiler.worst import worst_of
from app.engine.pages import WORD_LETTERS_MAX
from app.values.text import septets

texts = st.one_of(
    st.text("x€я😀", max_size=6),
    st.builds(lambda letter, count: letter * count, st.sampled_from("x€я😀"), st.integers(0, 60)),
)
alternatives = st.lists(texts, min_size=1, max_size=3)


@settings(deadline=None)
@given(st.lists(alternatives, min_size=1, max_size=3), st.text("x€я", max_size=9))
def test_no_piece_of_any_of_the_texts_costs_more(parts: list[list[str]], beside: str) -> None:
    worst = worst_of(pieces_of(parts))
    most = max(septets(text + beside) for text in worst.texts)
    for every in product(*parts):
        run = "".join(every)
        pieces = {run[start : start + WORD_LETTERS_MAX] for start in range(max(1, len(run)))}
        assert max(septets(piece + beside) for piece in pieces) <= most


@given(st.lists(alternatives, min_size=1, max_size=3))
def test_the_worst_piece_can_be_put_together_of_the_letters_of_one_of_them(parts: list[list[str]]) -> None:
    for piece in worst_of(pieces_of(parts)).texts:
        assert len(piece) <= WORD_LETTERS_MAX
        assert any(all("".join(every).count(one) >= piece.count(one) for one in piece) for every in product(*parts))
