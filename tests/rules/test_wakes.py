"""Ids in callbacks of wallets: the same for the same key, fit for every wallet, and leading back to one job."""

from __future__ import annotations

import pytest

from app.wakes import characters_max, id_of, job_of

REQUEST = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("key", "job"),
    [
        (f"{REQUEST}:0", f"{REQUEST}:work:0"),
        (f"{REQUEST}:12", f"{REQUEST}:work:12"),
        (f"{REQUEST}:2:1", f"{REQUEST}:2:work:1"),
    ],
)
def test_the_id_of_a_stage_leads_back_to_its_job(key: str, job: str) -> None:
    assert job_of(id_of(key)) == job


@pytest.mark.parametrize("key", [f"{REQUEST}:0", f"{REQUEST}:4:99", "S1-4", "", "x" * 300, "š"])
def test_an_id_is_fit_for_every_wallet_and_always_the_same(key: str) -> None:
    assert id_of(key).isascii() and id_of(key).isalnum() and 0 < len(id_of(key)) <= characters_max
    assert id_of(key) == id_of(key)


def test_keys_of_their_own_have_ids_of_their_own() -> None:
    keys = [f"{REQUEST}:{stage}" for stage in range(20)] + [f"{REQUEST}:{n}:{s}" for n in (2, 3, 4) for s in range(20)]
    assert len({id_of(key) for key in (*keys, "S1-4", "S1-5")}) == len(keys) + 2


@pytest.mark.parametrize(
    "id", ["", "x", REQUEST, f"{REQUEST}x", f"{REQUEST}:0", f"{REQUEST.upper()}x0", f"{REQUEST}x0 ", f"{REQUEST}x123",
           f"{REQUEST}x0x0x0", "../../jobs", id_of("S1-4"), f"{REQUEST[:-1]}٣x0"],
)  # fmt: skip
def test_any_other_id_leads_nowhere(id: str) -> None:
    assert job_of(id) is None
