"""The number of whoever an agent attested something of, as offices write it."""

from __future__ import annotations

import pytest

from app.cases import holder_of


@pytest.mark.parametrize("written", ["+26658123456", "58123456", "5812 3456", "0026658123456", "+266 5812-3456"])
def test_a_number_is_read_as_people_write_it(written: str) -> None:
    assert holder_of({"holder": written}, "LS") == "+26658123456"


@pytest.mark.parametrize("written", ["", "none", "+2661", "581234567890", "Lineo"])
def test_what_is_no_number_is_texted_nothing(written: str) -> None:
    assert holder_of({"holder": written}, "LS") == holder_of({}, "LS") == ""
