"""References survive being typed and read aloud."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.reference import ALPHABET, LENGTH, new_reference, read_reference, show_reference

bodies = st.binary(min_size=64, max_size=64)


def reference_from(data: bytes) -> str:
    chunks = iter(data[i : i + 5] for i in range(0, 60, 5))
    return new_reference(lambda _: next(chunks))


@given(bodies)
def test_a_new_reference_reads_back_however_it_is_typed(data: bytes) -> None:
    reference = reference_from(data)
    shown = show_reference(reference)
    assert len(reference) == LENGTH and set(reference) <= set(ALPHABET)
    sloppy = shown.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert (
        read_reference(shown) == read_reference(sloppy) == read_reference(f" {shown.replace('1', 'i')} ") == reference
    )


@given(bodies)
def test_every_single_mistyped_character_is_caught(data: bytes) -> None:
    reference = reference_from(data)
    for place, right in enumerate(reference):
        for wrong in set(ALPHABET) - {right}:
            assert read_reference(reference[:place] + wrong + reference[place + 1 :]) is None


@given(bodies)
def test_every_swap_of_neighbours_is_caught(data: bytes) -> None:
    reference = reference_from(data)
    for place, (left, right) in enumerate(pairwise(reference)):
        if left != right:
            assert read_reference(reference[:place] + right + left + reference[place + 2 :]) is None


def test_a_draw_whose_check_character_cannot_be_typed_is_thrown_away() -> None:
    asked: list[int] = []

    def counting(size: int) -> bytes:
        asked.append(size)
        return len(asked).to_bytes(5, "big")

    references = {new_reference(counting) for _ in range(200)}
    assert len(references) == 200
    assert len(asked) > 200, "5 of 37 draws end in a letter that the alphabet leaves out"


def test_what_is_no_reference_is_none() -> None:
    for typed in ("", "STATUS", "7K4M-2PXQ", "7K4M-2PXQ99", "٧K4M-2PXQ9", "7K4M-2PX*9", "7U4M-2PXQ9"):
        assert read_reference(typed) is None
